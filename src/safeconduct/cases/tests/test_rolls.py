"""A commander's list is one man's word: doubles are shown with reasons, and nobody is certified by it alone."""

import pytest
from conftest import NOON
from django.db import DatabaseError, connection, transaction

from safeconduct.access import workers
from safeconduct.access.rules import Absent, Duty, digest_of
from safeconduct.audit.models import Entry
from safeconduct.cases import actions, alike, graded, rolled, rolls
from safeconduct.cases.models import Case
from safeconduct.cases.roll_tables import RollLine
from safeconduct.cases.tests.walking import Crew, db, house
from safeconduct.post.models import Handle, Message
from safeconduct.refusal import Refused

__all__ = ["db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
LIST = """Name;rank;born;phone
Кузьмінов Олексій;капитан;1995-03-07;+380501112201
Aleksey Kuzminov;;07.03.1995;
Иванов Пётр;;1999-02-01;0501112203
Сидоренко Іван;;1990-01-01;+380 50 111 22 03
Кузьминов Алексей;;1970-01-01;
"""
PAPER = graded.Signal(graded.Source.PAPER, "B", 2)


@pytest.fixture(scope="module")
def opened(house, _staff, keeper):
    """Hire everybody and open the commander's case, once for a module."""
    crew = Crew(_staff.hire, _staff.touch, workers.me, NOON)
    crew.opened()
    for duty in (Duty.VER, Duty.SUP):
        _staff.own_key(crew[duty], now=NOON)
    assert crew[Duty.LEG]
    return crew


@pytest.fixture
def crew(opened, db):
    with opened.undone():
        yield opened


@pytest.fixture
def roll(crew):
    told = {"ref": crew.ref, "text": LIST, "region": "UA", "now": NOON}
    with pytest.raises(Refused, match="not among your duties"):
        actions.take_down(crew["LEG"], **told)
    return actions.take_down(crew["VER"], **told)


def shown(crew, who="VER"):
    return rolls.page_for(crew[who], ref=crew.ref, now=NOON).rolls[0]


def does(action, crew, roll, number, *, who="VER", **more):
    return action(crew[who], ref=crew.ref, roll=roll, number=number, now=NOON, **more)


def state(crew):
    return Case.objects.get(ref=crew.ref).state


def test_doubles_are_found_in_other_letters_and_by_one_telephone_with_every_reason(crew, roll):
    found = [(pair.one, pair.other, pair.reasons) for pair in shown(crew).pairs]
    assert found == [(1, 2, ("letters", "born")), (3, 4, ("phone",))]
    lines = [told["name"] for _line, told, _note in shown(crew).lines]
    assert lines[1] == "Aleksey Kuzminov"
    assert shown(crew, "LEG").pairs == shown(crew).pairs


def test_no_number_of_a_list_is_kept_written_to_or_meets_one_who_wrote(crew, roll):
    assert not Message.objects.exists()
    assert not Handle.objects.exists()
    rows = list(RollLine.objects.order_by("number").values_list("phone", flat=True))
    assert [len(phone) for phone in rows] == [16, 0, 16, 16, 0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_rollline")
        dump = repr(cursor.fetchall())
        cursor.execute("SELECT body FROM cases_roll")
        dump += repr([bytes(body) for (body,) in cursor.fetchall()])
    assert "50111" not in dump
    assert "phone" not in shown(crew).lines[0][1]


def test_nobody_is_certified_without_a_second_evidence_of_another_source_and_by_another(crew, roll):
    with pytest.raises(Refused, match="word alone certifies nobody"):
        does(actions.certify, crew, roll, 5, who="SUP")
    for signal in (graded.Signal(graded.Source.PERSON, "A", 1), PAPER._replace(credibility=4)):
        with pytest.raises(Refused, match="no second evidence"):
            does(actions.back, crew, roll, 5, signal=signal, note="")
    does(actions.back, crew, roll, 5, signal=PAPER, note="military ticket")
    told = {"roll": roll, "line": 5, "source": "paper", "grade": "B2"}
    entry = Entry.objects.filter(verb="roll.second evidence").get()
    assert bytes(entry.digest) == digest_of(told), (
        "the journal says which line, to whom has the list"
    )
    with pytest.raises(Refused, match="does not certify"):
        does(actions.certify, crew, roll, 5)
    before = state(crew)
    does(actions.certify, crew, roll, 5, who="SUP")
    assert shown(crew).certified == 1
    assert (state(crew), Case.objects.count()) == (before, 1), "no case is opened or verified by it"
    for change in (
        {"certified_by": "x", "certified_at": NOON},
        {
            "certified_by": "x",
            "certified_at": NOON,
            "second": "person",
            "reliability": "A",
            "credibility": 1,
        },
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            RollLine.objects.filter(number=3).update(**change)


def test_who_may_be_one_person_is_told_apart_or_struck_before_anybody_is_certified(crew, roll):
    does(actions.back, crew, roll, 2, signal=PAPER, note="")
    with pytest.raises(Refused, match="same person"):
        does(actions.certify, crew, roll, 2, who="SUP")
    does(actions.tell_apart, crew, roll, 2, other=1)
    does(actions.certify, crew, roll, 2, who="SUP")
    does(actions.strike, crew, roll, 4, same_as=3)
    assert shown(crew).pairs == []
    does(actions.back, crew, roll, 4, signal=PAPER, note="")
    with pytest.raises(Refused, match="same person"):
        does(actions.certify, crew, roll, 4, who="SUP")
    for number, same_as in ((4, 4), (3, 4), (2, 1)):
        with pytest.raises(Refused, match="cannot be struck"):
            does(actions.strike, crew, roll, number, same_as=same_as)
    does(actions.strike, crew, roll, 4, same_as=None)
    assert len(shown(crew).pairs) == 1
    with pytest.raises(Absent):
        does(actions.strike, crew, roll, 9, same_as=1)


def test_the_page_takes_a_list_shows_it_and_certifies_nobody_by_itself(crew, client_of):
    url = f"/cases/{crew.ref}/rolls/"
    browser = client_of(crew["VER"])
    assert browser.post(f"{url}take-down/", {"text": LIST}).status_code == 303
    text = browser.get(url).content.decode()
    assert "Aleksey Kuzminov" in text
    assert "50111" not in text
    assert 'data-state="letters born"' in text
    assert text.count("Aleksey Kuzminov, 07.03.1995") == 2, "beside its double, and on its line"
    told = {"roll": Case.objects.get().rolls.get().ref, "number": "5"}
    backed = {**told, "source": "paper", "reliability": "B", "credibility": "2", "note": "x"}
    noted = {**backed, "number": "4", "note": "паспорт бачила сестра"}
    assert browser.post(f"{url}second/", noted).status_code == 303
    assert noted["note"] not in browser.get(url).content.decode()
    assert browser.post(f"{url}unseal/", {"reason": " "}).status_code == 409
    for reader in ("VER", "SUP", "LEG"):
        page = client_of(crew[reader]).post(f"{url}unseal/", {"reason": "to certify"})
        assert noted["note"] in page.content.decode()
    assert Entry.objects.filter(verb="roll.notes opened", subject=crew.ref).count() == 3
    assert (
        noted["note"]
        not in actions.open_notes(crew["VER"], ref=crew.ref, reason="x", now=NOON).values()
    )
    assert client_of(crew["OP"]).post(f"{url}unseal/", {"reason": "x"}).status_code in {403, 404}
    struck = browser.post(f"{url}strike/", {**told, "number": "4", "same_as": "3"})
    assert struck["Location"].endswith(f"#roll-{told['roll']}"), "back to where he was"
    assert "cases.roll_certify" not in client_of(crew["LEG"]).get(url).content.decode()
    posts = [
        browser.post(f"{url}strike/", {**told, "number": "4", "same_as": "3"}).status_code,
        browser.post(f"{url}apart/", {**told, "number": "1", "other": "2"}).status_code,
        browser.post(f"{url}second/", backed).status_code,
        browser.post(f"{url}certify/", told).status_code,
        browser.post(f"{url}certify/", {**told, "number": "x"}).status_code,
        client_of(crew["SUP"]).post(f"{url}certify/", told).status_code,
    ]
    assert posts == [303, 303, 303, 409, 409, 303]
    assert client_of(crew["LEG"]).post(f"{url}take-down/", {"text": LIST}).status_code in {
        403,
        404,
        409,
    }


@pytest.mark.parametrize(
    "text",
    ["", "a,b,c,d,e", ",капитан", "\n".join(["Иванов Иван"] * 201), "name;rank\n"],
    ids=["nothing", "a fifth column", "no name", "too many", "heads alone"],
)
def test_a_list_with_more_of_people_than_four_things_is_refused(text):
    with pytest.raises(Refused):
        rolled.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "Іваненко Петро;+380671112233",
        "name;phone;rank\nІваненко Петро;067 111-22-33;капитан",
        "Іваненко Петро 0671112233",
        "Іваненко Петро;;01.01.1990 (067)1112233",
    ],
)
def test_a_telephone_in_a_wrong_column_is_refused_and_a_date_is_not(text):
    with pytest.raises(Refused, match="long number"):
        rolled.read(text)
    for born in ("01.01.1990", "1990-01-01", "1.1.1990 р.н.", "1990"):
        line = rolled.read(f"Іваненко Петро;в/ч А1234;{born};+380671112233")[0]
        assert (line["born"], line["phone"]) == (born, "+380671112233")


def test_whatever_is_pasted_is_read_or_refused_in_words():
    assert [line["name"] for line in rolled.read("Иванов Иван\rПетров Пётр;;\r\n")] == [
        "Иванов Иван",
        "Петров Пётр",
    ]
    for text in ('"' + "я" * 200_000, "\0", '"Иванов;\n"', "я\n" * 30_000):
        try:
            assert len(rolled.read(text)) == 1
        except Refused:
            continue


def test_what_is_no_double_is_none():
    lines = [{"name": name, "born": born} for name, born in (
        ("Иванов Пётр", "1990-01-01"), ("Иванов Пётр", "1971-05-06"), ("Петров Пётр", ""), ("Иванова Петра", ""),
    )]  # fmt: skip
    assert alike.pairs(lines, [b""] * 4) == [
        (1, 4, ("letters",)), (2, 4, ("letters",)),
    ]  # fmt: skip
