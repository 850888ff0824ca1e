"""Scripts ask, branch and wait for a person, in approved words; a wrong file says its line and its mend."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from tests.tables import closed

from safeconduct import clock
from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.conversations import actions, queries, scripts
from safeconduct.conversations.models import Conversation, ScriptRun
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.programme import load

pytestmark = pytest.mark.usefixtures("time_stands")

FIRST = """\
about = "Who may wait"
starts = "new"
begin = "hello"

[steps.hello]
say = "privacy"
then = "ask"

[steps.ask]
ask = "privacy"
answers = [
  { any = ["да", "так", "1"], then = "more" },
  { any = ["нет", "ні"], then = "calm" },
]
otherwise = "calm"

[steps.more]
say = "ack"
then = "hurt"

[steps.hurt]
person = "Ask where a medic finds him."

[steps.calm]
person = "Go on by hand."

[[tries]]
he = ["Да!"]
ends = "hurt"
"""
FAULTS = [
    ('about = "Who', "about = Who", 1, "no TOML"),
    ('starts = "new"', 'starts = "soon"', 2, "'soon' is unknown"),
    ('starts = "new"', "starts = []", 2, "[] is unknown"),
    ('begin = "hello"', 'begin = "hallo"', 3, "no such step"),
    ('begin = "hello"', 'begin = "hello"\ncolour = "red"', 1, "'colour', which is unknown"),
    ('then = "ask"', 'then = "asks"', 5, "leads to 'asks', and there is no such step"),
    ('then = "ask"\n', "", 5, "lacks 'then'"),
    ('say = "privacy"', 'say = "privacy"\nask = "ack"', 5, "either say, ask"),
    ('say = "privacy"', "say = 7", 6, "'say' is no text"),
    ('"так", "1"', '"так", "нет"', 11, "'нет' leads to two steps"),
    ('otherwise = "calm"', "", 9, "lacks 'otherwise'"),
    ('otherwise = "calm"', 'otherwise = "ask"\nthen = "calm"', 9, "'then', which is unknown"),
    ('then = "hurt"', 'then = "more"', 17, "no way ends with a person"),
    (
        "[steps.calm]",
        '[steps.idle]\nperson = "x"\n\n[steps.calm]',
        24,
        "Nothing leads to step 'idle'",
    ),
    ("[steps.hello]", "[steps.Hello]", 5, "no name of a step"),
    ('ends = "hurt"', 'ends = "calm"', 27, "ends in step 'hurt', not in 'calm'"),
]


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def folder(data_folder):
    """Return the programme's folder of scripts; it is gone when the test ends."""
    place = Path(data_folder) / "scripts"
    place.mkdir()
    yield place
    shutil.rmtree(place)


@pytest.fixture
def first(folder):
    """Put FIRST there, and return its path."""
    path = folder / "first.toml"
    path.write_text(FIRST)
    return path


@pytest.fixture
def opens(worker):
    """Return `opens(row)`: the approved texts that left to him, by name, in order."""

    def names(row):
        keys = keyring.open_fields(
            worker(Purpose.INGEST), Purpose.INGEST, [row.compartment], [door.SENT]
        )
        by_text = {load.current().text(k, row.language): k for k in ("ack", "privacy", "optout")}
        return [by_text[door.opened(each, keys)] for each in door.texts_of(row.person_ref)]

    return names


@pytest.fixture
def hand(officer, takes, answers):
    """Return (operator, takes, answers)."""
    return officer(Duty.OP), takes, answers


def run(row):
    found = queries.run_of(row)
    return (found.step, found.why)


def test_a_wrong_script_says_its_line_what_is_wrong_and_how_it_is_mended():
    told = []
    for old, new, _line, what in FAULTS:
        assert FIRST.count(old) == 1 or old.startswith(("then", "say", "begin")), old
        with pytest.raises(scripts.WrongScript) as wrong:
            scripts.read(FIRST.replace(old, new, 1))
        told.append((wrong.value.line, what in wrong.value.what, bool(wrong.value.mend)))
    assert told == [(line, True, True) for _old, _new, line, _what in FAULTS]
    assert scripts.read(FIRST).begin == "hello"


def test_a_script_asks_branches_and_waits_for_a_person_who_is_waited_for_all_the_while(
    first, writes, opens, now
):
    row = writes("Здравствуйте", now=now)
    assert opens(row) == ["ack", "privacy", "privacy"]
    assert run(row) == ("ask", "")
    assert row.waiting_since == now
    writes("ДА!", now=now)
    row.refresh_from_db()
    assert opens(row) == ["ack", "privacy", "privacy", "ack"]
    assert run(row) == ("hurt", "person")
    writes("Вы там?", now=now)
    assert len(opens(row)) == 4
    assert Conversation.objects.get(pk=row.pk).waiting_since == now


def test_what_is_no_listed_answer_word_for_word_goes_to_a_person(first, writes, opens, now):
    row = writes("Здравствуйте", now=now)
    writes("да, но нас двое", now=now)
    assert (run(row), len(opens(row))) == (("calm", "person"), 3)


def test_a_redelivered_answer_answers_no_second_question_and_his_next_one_does(
    first, writes, opens, now
):
    asks = 'ask = "ack"\nanswers = [{ any = ["да"], then = "hurt" }]\notherwise = "calm"'
    twice = FIRST.replace('say = "ack"\nthen = "hurt"', asks)
    first.write_text(twice.replace('he = ["Да!"]', 'he = ["Да!", "да"]'))
    row = writes("Здравствуйте", now=now)
    writes("да", now=now)
    assert (run(row), len(opens(row))) == (("more", ""), 4)
    writes("да", again=True, now=now)
    assert (run(row), len(opens(row))) == (("more", ""), 4)
    assert row.messages.filter(direction="in").count() == 3
    writes("да", now=now)
    assert run(row) == ("hurt", "person")


def test_a_text_that_came_when_nothing_could_be_kept_moves_the_script_once(
    first, writes, opens, now
):
    row = writes("Здравствуйте", now=now)
    with closed("post_message"), pytest.raises(DatabaseError):
        writes("да", now=now)
    assert (run(row), len(opens(row)), row.messages.filter(direction="in").count()) == (
        ("ask", ""), 3, 1,
    )  # fmt: skip
    writes("да", now=now)
    assert (run(row), len(opens(row))) == (("hurt", "person"), 4)


@pytest.mark.usefixtures("first")
def test_a_hold_in_silence_changes_nothing_of_what_a_script_says_and_lets_it_leave(
    writes, opens, officer, takes, now
):
    operator, rows = officer(Duty.OP), []
    for number, word in ((1, "рябинушка"), (2, "черёмуха")):
        row = writes("Здравствуйте", sender=f"+38050111000{number}", now=now)
        rows.append(row)
        ScriptRun.objects.filter(conversation=row).update(by=operator.ref)
        takes(operator, now=now)
        actions.agree_words(operator, ref=row.ref, distress=word, all_clear="подснежник", now=now)
        writes("Черёмуха цветёт", sender=f"+38050111000{number}", now=now)
    assert [door.is_silent(row.person_ref) for row in rows] == [False, True]
    assert opens(rows[0]) == opens(rows[1])
    assert run(rows[0]) == run(rows[1]) == ("calm", "person")
    left = post.claim_live(limit=50, now=now, wall=now, reply_after_stop=timedelta(days=1))
    assert len(left) == len(opens(rows[0])) + len(opens(rows[1]))


@pytest.mark.parametrize("by", ["reply", "stop", "file", "hold", "withdrawn"])
def test_a_script_ends_where_a_person_answers_he_stops_or_its_file_is_another(
    by, first, writes, hand
):
    operator, takes, answers = hand
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    if by == "reply":
        takes(operator, now=now)
        answers(operator, row, "Слышим вас.", now=now)
    elif by == "hold":
        takes(operator, now=now)
    elif by == "file":
        first.write_text(FIRST.replace("Who may wait", "Who else"))
    elif by == "withdrawn":
        first.write_text(FIRST.replace('ask = "privacy"', 'ask = "no such text"'))
    writes("стоп" if by == "stop" else "да", now=now)
    ends = {"reply": "answered", "stop": "shut", "hold": "held"}
    assert run(row) == ("ask", ends.get(by, "changed"))


def test_an_operator_begins_one_by_hand_in_what_he_holds_and_reads_where_it_stands(
    folder, writes, hand, client_of, now
):
    (folder / "ask.toml").write_text(FIRST.replace('"new"', '"hand"'))
    (operator, takes, _answers), row = hand, writes("Здравствуйте", now=now)
    browser, url = client_of(operator), f"/conversations/{row.ref}/"
    with pytest.raises(Absent):
        actions.begin_script(operator, ref=row.ref, name="ask", profile=load.current(), now=now)
    takes(operator, now=now)
    assert browser.post(f"{url}script/", {"script": "ask"}).status_code == 303
    page = browser.get(url).content.decode()
    assert 'data-kind="conversations.run" data-state="runs"' in page
    assert browser.post(f"{url}script/", {"script": "ask"}).status_code == 409
    writes("нет", now=now)
    assert 'data-kind="conversations.run" data-state="ended"' in browser.get(url).content.decode()
    assert run(row) == ("calm", "person")


@pytest.mark.usefixtures("first")
def test_a_broken_file_runs_not_says_so_on_its_page_and_stops_no_other(
    folder, writes, officer, client_of, now
):
    (folder / "broken.toml").write_text(FIRST.replace('then = "ask"', 'then = "asks"', 1))
    (folder / "unheard.toml").write_text(FIRST.replace('say = "ack"', 'say = "hold"'))
    (folder / "Мой файл.toml").write_text(FIRST)
    (folder / "gone.toml").symlink_to("nowhere")  # neither can be read, as what root alone may read
    (folder / "a-folder.toml").mkdir()
    browser = client_of(officer(Duty.SUP))
    listed = browser.get("/conversations/scripts/").content.decode()
    assert listed.count('data-state="wrong"') == 5
    assert browser.get("/conversations/scripts/Мой файл/").status_code == 200
    page = browser.get("/conversations/scripts/broken/").content.decode()
    assert "cannot be read" in browser.get("/conversations/scripts/gone/").content.decode()
    assert '5: <span lang="en">Step &#x27;hello&#x27; leads to &#x27;asks&#x27;' in page
    walk = browser.get("/conversations/scripts/first/").content.decode()
    assert walk.count('data-kind="conversations.step"') == 6
    assert load.current().text("privacy", "uk") in walk
    assert browser.get("/conversations/scripts/none/").status_code == 404
    assert run(writes("Здравствуйте", now=now)) == ("ask", "")
