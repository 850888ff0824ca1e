"""One name in many letters is one name; a namesake is another person."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.names import MOST, Known, born_on, father_of, marks_of, questions, sentences, sound

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
    for words in ("Сергій Сергей Сергійович Сергеевна Serhiiovych Sergeevich", "Ілля Ильич Illich"):
        assert len({father_of(word) for word in words.split()}) == 1
    assert father_of("Миколайович") == father_of("Nikolai") != father_of("Михайлович")


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


def test_what_is_refused_or_one_name_alone_tells_nobody():
    for told in ("refused", "Олексій", "", "12 34"):
        assert sentences(Known(told, born="1995-03-07")) == []
        assert questions(Known(told, born="1995-03-07")) == []
    assert sentences(replace(HE, born="refused", marks="")) == []
    assert met(
        Known("Алексей Кузьминов", father="Пётр", born="1995-03-07"),
        replace(HE, names="Кузьмінов Олексій"),
    )
    assert born_on("32.01.1999") is None


@given(st.text(max_size=60), st.text(max_size=20), st.dates(), st.text(max_size=60))
def test_whatever_was_written_is_read_and_no_sentence_tells_less_than_both_names_and_another_thing(
    names, father, born, marks
):
    for told in (sentences, questions):
        found = told(Known(names, father, born.isoformat(), marks))
        assert len(found) <= MOST
        assert all(len(each.split("|")) == 4 and " " in each.split("|")[1] for each in found)
