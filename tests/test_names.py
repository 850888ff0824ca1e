"""One name in many letters is one name; a namesake is another person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.names import (
    MOST,
    MOST_MARKS,
    Known,
    born_on,
    fathers_of,
    marks_of,
    questions,
    sentences,
    sound,
)

HE = Known("Кузьмінов Олексій Сергійович", born="1995-03-07", marks="шрам на щоці")


def met(asked, known=HE):
    return bool(set(sentences(known)) & set(questions(asked)))


@pytest.mark.parametrize(
    "names",
    [
        "Олексій Алексей Oleksii Aleksey Alexei Alexey Aleksej Лёша",
        "Кузьмінов Кузьминов Kuzminov Kuz'minov Kuzminow Kouzminoff Kuzminova",
        "Євген Евгений Yevhen Evgeny Yevgeniy Женя",
        "Микола Николай Mykola Nikolai Коля",
        "Щербак Shcherbak Scherbak Schtscherbak",
        "Григорій Григорий Hryhorii Grigoriy",
        "Ковальчук Kovalchuk Kowalczuk",
        "Хоменко Khomenko Homenko",
        "Цой Tsoi Tzoy",
        "Федір Фёдор Fedir Fyodor",
    ],
)
def test_one_name_in_many_letters_sounds_alike(names):
    assert len({sound(name) for name in names.split()}) == 1


@pytest.mark.parametrize("pair", ["Кузьмінов Кузьменко", "Олексій Олександр", "Бондар Бондаренко"])
def test_other_names_sound_otherwise(pair):
    one, other = pair.split()
    assert sound(one) != sound(other)


def test_a_father_is_one_by_his_name_and_by_what_is_made_of_it():
    for words in (
        "Сергій Сергей Сергійович Сергеевна Serhiiovych Sergeevich",
        "Ілля Илья Ильич Illich Ильинична Іллівна Illinichna",
        "Яків Яков Якович Яковлевич Яковлевна Яківна Yakovlevich",
        "Сава Савва Савич Саввична Savich",
        "Ярослав Ярославич Ярославович Ярославівна",
        "Павло Павлович Павлівна Pavlovich",
        "Микита Никита Микитович Никитич Никитична",
        "Лев Львович Левівна",
    ):
        assert set.intersection(*(set(fathers_of(word)) for word in words.split())), words
        assert max(len(fathers_of(word)) for word in words.split()) <= 2
    apart = ("Миколайович Михайлович", "Якович Ярославич", "Савич Сергійович", "Павлович Яковлевич")
    for one, other in map(str.split, apart):
        assert not set(fathers_of(one)) & set(fathers_of(other))
    full = Known("Абвгджзклмнпрст Олексій", "Якович", "1995-03-07", ", ".join(
        f"шрам на {where}" for where in ("руці", "нозі", "шиї", "спині", "щоці", "грудях")
    ))  # fmt: skip
    assert len(marks_of(full.marks)) == MOST_MARKS
    assert len(questions(full)) == len(sentences(full)) == MOST - 1, "nothing of him is cut off"


def test_a_man_and_a_woman_of_one_name_are_two_and_a_man_whose_name_ends_so_is_one():
    def born(names, father="Сергій"):
        return Known(names, father, "1995-03-07")

    for man, woman in (("Олександр", "Олександра"), ("Yevhen", "Євгенія"), ("Виктор", "Viktoriia")):
        assert not met(born(f"Коваль {woman}"), born(f"Коваль {man}"))
        assert met(born(f"Коваль {woman}"), born(f"{woman} Коваль"))
    assert met(born("Aleksandra Koval"), born("Коваль Олександра"))
    assert met(born("Коваль Данила"), born("Коваль Данило"))
    assert met(born("Nikita Koval"), born("Коваль Микита"))


def test_a_short_name_wants_a_third_thing_and_is_met_by_it():
    he = Known("Лис Богдан", "Сергійович", "1995-03-07", "шрам на щоці")
    assert not met(Known("Лось Богдан", born="1995-03-07"), he)
    assert not met(Known("Лис Богдан", born="1995-03-07"), he)
    for more in ({"father": "Сергей"}, {"marks": "шрам на щеке"}):
        assert met(Known("Лис Богдан", born="07.03.1995", **more), he)
    assert sentences(Known("Лис Богдан", born="1995-03-07")) == []
    assert met(
        Known("Кіт Богдан Яковлевич", born="1995-03-07"), Known("Кот Богдан", "Яків", "1995-03-07")
    )


def test_a_mark_is_one_in_both_languages():
    assert marks_of("татуювання якір на лівій руці, шрам на щоці") == marks_of(
        "татуировка якорь на левой руке; шрам на щеке"
    )
    assert marks_of("весёлый, любит рыбалку") == []


@pytest.mark.parametrize(
    "asked",
    [
        Known("Aleksey Kuzminov", born="07.03.1995"),
        Known("Кузьминов Алексей Сергеевич", born="07/03/1995"),
        Known("kuzminov oleksii", father="Sergey", born="1995-07-03"),
        Known("Кузьминов Алексей", father="Сергей", born="1996-03-07"),
        Known("Кузьмино Алексей", father="Сергей", born="1995-03-07"),
        Known("Кузьминов Алексей", born="1995-08-07", marks="Шрам, щека; шрам на щеке"),
        Known("Кузьминов Алексей", father="Сергеевич", marks="scar on the cheek"),
    ],
    ids=str,
)
def test_he_is_meant_in_other_letters_without_his_father_and_with_one_slip(asked):
    assert met(asked)


@pytest.mark.parametrize(
    "asked",
    [
        Known("Aleksey Kuzminov"),
        Known("Aleksey Kuzminov", born="1996-03-07"),
        Known("Кузьмино Алексей", born="1995-03-07"),
        Known("Кузьминов Алексей", father="Пётр", born="1995-03-07"),
        Known("Кузьминов Алексей", father="Сергей", born="1996-04-07"),
        Known("Кузьменко Алексей", father="Сергей", born="1995-04-07"),
        Known("Кузьминов Алексей", marks="шрам на щеке"),
    ],
    ids=str,
)
def test_a_namesake_is_not_he(asked):
    assert not met(asked)


def test_a_word_for_unknown_is_no_fathers_name_on_either_side():
    mother = questions(HE)
    for word in (
        "refused",
        "unknown",
        "Unknown.",
        "неизвестно",
        "не відомо",
        "inconnu",
        "haijulikani",
    ):
        kept, asks = replace(HE, father=word), questions(replace(HE, father=word))
        assert sentences(kept) == sentences(replace(HE, father=""))
        assert set(mother) & set(sentences(kept))
        assert set(asks) & set(sentences(HE))
    assert not set(mother) & set(sentences(replace(HE, father="Борис", marks="")))


def test_a_year_alone_makes_no_sentence_that_wants_a_date():
    assert not [each for each in sentences(replace(HE, born="1998")) if each.startswith("exact")]


def test_what_is_refused_or_one_name_alone_tells_nobody():
    for told in ("refused", "unknown", "Олексій", "", "12 34", "unknown Олексій", "не известно"):
        assert sentences(Known(told, born="1995-03-07")) == []
        assert questions(Known(told, born="1995-03-07")) == []
    assert sentences(replace(HE, born="refused", marks="")) == []
    assert met(
        Known("Алексей Кузьминов", father="Пётр", born="1995-03-07"),
        replace(HE, names="Кузьмінов Олексій"),
    )
    assert born_on("32.01.1999") is None


SURNAMES = ["Кузьмінов", "Kovalchuk", "Щербак", "Хоменко", "Bondarenko", "Гриценко", "Zahrebelnyi"]
FIRST_NAMES = ["Олексій", "Aleksey", "Микола", "Дмитрий", "Yevhen", "Олександра", "Богдан"]


@given(
    st.sampled_from(SURNAMES),
    st.sampled_from(FIRST_NAMES),
    st.sampled_from(FIRST_NAMES),
    st.dates(date(1940, 1, 1), date(2010, 1, 1)),
)
def test_whoever_has_two_names_and_a_birth_date_is_found_in_either_order_and_by_no_other_date(
    last, first, father, born
):
    he = Known(f"{last} {first}", father, born.isoformat())
    assert len(sentences(he)) > 15
    assert met(Known(f"{first}  {last}", born=f"{born:%d.%m.%Y}"), he)
    other = born + timedelta(days=400)
    assert not met(Known(f"{last} {first}", born=other.isoformat()), he)
    assert not met(Known(f"{last} Тимофій", father, born.isoformat()), he)


@given(st.text(max_size=60), st.text(max_size=20), st.dates(), st.text(max_size=60))
def test_whatever_was_written_is_read_and_no_sentence_tells_less_than_both_names_and_another_thing(
    names, father, born, marks
):
    for told in (sentences, questions):
        found = told(Known(names, father, born.isoformat(), marks))
        assert len(found) <= MOST
        assert all(len(each.split("|")) == 4 and " " in each.split("|")[1] for each in found)
