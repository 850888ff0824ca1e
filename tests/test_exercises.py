"""The exercise files that ship: each can be played, and a misspelt one is refused by name."""

import json
import re
import sqlite3
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from safeconduct import sealing
from safeconduct.audit import rules
from safeconduct.audit.rules import Told
from safeconduct.audit.tests.test_verify import Journal
from safeconduct.command import demo
from safeconduct.command.trouble import Trouble
from safeconduct.exercise import judge, play, sightings, story
from safeconduct.exercise.story import SHIPPED, WrongStory
from safeconduct.programme import load

PLAYABLE = sorted(path for path in SHIPPED.glob("*.toml") if not path.name.startswith("_"))
PARTS = sorted(path for path in SHIPPED.glob("_*.toml") if path.stem != "_dev")  # _dev: one's own
EXPLAINED = Path(__file__).parent.parent / "docs/exercises.md"
PAGES = sorted(SHIPPED.parent.parent.rglob("templates/**/*.html"))
WHOLE = """
title = "Small"
profile = "ukraine"
starts = 2026-03-02T09:00:00Z
steps = ["One"]
staff = [{ key = "op", name = "Operator 1", duties = ["OP"], phone = "+380500000101" }]
phone = [{ key = "him", number = "+380671000777" }]
act = [{ step = 1, does = "he writes", phone = "him", says = "Добрый вечер" }]
expect = [{ kind = "log_is_proved", step = 1, why = "the log is proved" }]
"""


@pytest.fixture
def written(tmp_path):
    """Write an exercise with one line changed, and return its path."""

    def write(old: str = "", new: str = ""):
        assert old in WHOLE
        path = tmp_path / "small.toml"
        path.write_text(WHOLE.replace(old, new) if old else WHOLE + new, encoding="utf-8")
        return path

    return write


def named(path):
    return path.stem


def test_at_least_six_exercises_ship():
    assert {"story", "duress", "silent", "headcount", "promise", "arrival", "rivers", "twice"} <= {
        path.stem for path in PLAYABLE
    }


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_every_shipped_exercise_reads_with_all_its_includes(path):
    read = story.read(path)
    assert read.acts
    assert read.expectations
    assert read.title
    assert (load.SHIPPED / f"{read.profile}.toml").exists()


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_every_check_of_a_shipped_exercise_is_known(path):
    read = story.read(path)
    asked = {act.judge["kind"] for act in read.acts if act.judge}
    asked |= {expectation.kind for expectation in read.expectations}
    assert asked <= set(judge.CHECKS)


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_where_an_aircraft_flies_what_it_received_is_judged(path):
    read = story.read(path)
    flies = any(act.aircraft for act in read.acts)
    judged = {each.kind for each in read.expectations} & {
        "aircraft_only_asked",
        "aircraft_within_the_list",
    }
    assert len(judged) == flies
    assert ("aircraft_within_the_list" in judged) == read.pilot


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_where_everything_is_stopped_whom_it_reached_is_measured(path):
    read = story.read(path)
    stops = [a for a in read.acts if a.press == "escort.abort" or a.station.get("does") == "abort"]
    marked = {act.marks for act in stops}
    measured = {act.judge["since"] for act in read.acts if act.judge.get("kind") == "abort_reached"}
    assert marked <= measured


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_whoever_is_asked_to_look_is_in_the_cast(path):
    read = story.read(path)
    told = [act.judge for act in read.acts if act.judge] + [e.given for e in read.expectations]
    looking: set[str] = set()
    for given in told:
        who = given.get("who", [])
        looking |= {who} if isinstance(who, str) else set(who)
        looking |= {each.split()[0] for each in given.get("pages", {}).values()}
    assert looking <= {one.key for one in read.staff}
    phones = {one.key for one in read.phones} | {one.key for one in read.staff if one.phone}
    rung = {e.given["phone"] for e in read.expectations if "phone" in e.given}
    assert rung <= phones


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_no_step_of_a_shipped_exercise_is_empty_and_every_expectation_has_one(path):
    read = story.read(path)
    numbers = set(range(1, len(read.steps) + 1))
    assert {act.step for act in read.acts} == numbers
    assert {expectation.step for expectation in read.expectations} <= numbers


@pytest.mark.parametrize("path", PLAYABLE, ids=named)
def test_no_name_is_used_that_nothing_keeps(path):
    """A name in braces is kept by an act, stands for a place, a telephone, a person or a time."""
    read = story.read(path)
    kept = {"each", "his_place", "team_place", "danger_place", "his_heading_deg", "his_rear_deg"}
    kept |= {play.HIS_PLACE, *read.given}
    kept |= {told for one in read.phones for told in (one.key, f"{one.key}.writers")}
    kept |= {f"{one.key}.{what}" for one in read.staff for what in ("ref", "name")}
    languages = load.reviewed(load.SHIPPED / f"{read.profile}.toml").languages
    for act in read.acts:
        told = f"{act.at} {act.within} {act.fill} {act.says} {act.see} {act.hears}"
        used = set(re.findall(r"\{([^{}]+)\}", told))
        used = {name.replace("*", language) for name in used for language in languages}
        wanted = {name for name in used if re.fullmatch(r"[a-z_0-9.]*[a-z_.][a-z_0-9.]*", name)}
        assert wanted <= kept, act.does
        if act.aircraft.get("does") == "spots":
            told = (field.name for field in fields(sightings.Seen))
            kept |= {f"{act.aircraft['vehicle']}_{name}" for name in told}
        kept |= set(act.keep) | set(re.findall(r"\?P<(\w+)>", act.hears))


@pytest.mark.parametrize("path", PARTS, ids=named)
def test_every_shared_part_is_included_or_cast_by_somebody(path):
    texts = [other.read_text(encoding="utf-8") for other in SHIPPED.glob("*.toml")]
    assert any(f'"{path.stem}"' in text for text in texts)


def test_a_whole_small_exercise_reads(written):
    assert story.read(written()).acts[0].verb() == "says"


def test_the_exercise_shown_in_the_docs_is_whole_and_presses_what_the_console_has(tmp_path):
    shown = EXPLAINED.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "shown.toml"
    path.write_text(shown, encoding="utf-8")
    read = story.read(path)
    assert {expectation.kind for expectation in read.expectations} <= set(judge.CHECKS)
    console = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    pressed = [act.press for act in read.acts if act.press]
    assert pressed
    assert [press for press in pressed if f'data-act="{press}"' not in console] == []


def test_every_check_is_explained_and_no_other():
    table = EXPLAINED.read_text(encoding="utf-8").split("| Check | Holds when |")[1]
    assert set(re.findall(r"^\| `(\w+)` \|", table.split("\n## ")[0], re.MULTILINE)) == set(
        judge.CHECKS
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("says =", "sais =", "unknown entry 'sais'"),
        ("profile =", "colour = 1\nprofile =", "unknown entry 'colour'"),
        ('says = "Добрый вечер"', 'says = "Да", hears = "Да"', "exactly one of"),
        ('phone = "him", says = "Добрый вечер"', "pause_s = 1", "exactly one of"),
        ('phone = "him", says', 'phone = "her", says', "'her', not in the cast"),
        (
            'phone = "him", says = "Добрый вечер"',
            'who = "fco", at = "/", press = "x"',
            "'fco', not in the cast",
        ),
        ("act = [{ step = 1", "act = [{ step = 2", "step 2, which has no name"),
        ("act = [{ ", 'act = [{ include = "_nowhere" }, { ', "no file _nowhere.toml"),
        ('title = "Small"', "", "lacks 'title'"),
        ('title = "Small"', 'title = "Small', "is no TOML"),
        ('key = "op", ', "", "key"),
    ],
)
def test_what_cannot_be_played_is_refused_by_name(written, old, new, told):
    with pytest.raises(WrongStory, match=re.escape(told)):
        story.read(written(old, new))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(WrongStory, match=r"no exercise file lost\.toml"):
        story.read(tmp_path / "lost.toml")


def test_an_include_may_be_put_into_another_step(written, tmp_path):
    part = '[[act]]\nstep = 9\ndoes = "a day passes"\njump = "1d"\n'
    (tmp_path / "_part.toml").write_text(part, encoding="utf-8")
    path = written("act = [{ ", 'act = [{ include = "_part", step = 1 }, { ')
    assert [act.step for act in story.read(path).acts] == [1, 1]


def test_some_of_a_borrowed_cast_come_and_a_stranger_is_refused(written, tmp_path):
    (tmp_path / "_cast.toml").write_text(
        'staff = [{ key = "op", name = "A", duties = ["OP"] },'
        ' { key = "sup", name = "B", duties = ["SUP"] }]\n',
        encoding="utf-8",
    )
    line = 'staff = [{ key = "op", name = "Operator 1", duties = ["OP"], phone = "+380500000101" }]'
    path = written(line, 'cast = "_cast"\non_duty = ["op"]')
    assert [one.key for one in story.read(path).staff] == ["op"]
    path = written(line, 'cast = "_cast"\non_duty = ["nobody"]')
    with pytest.raises(WrongStory, match="on_duty names 'nobody'"):
        story.read(path)


def test_a_borrowed_cast_brings_its_words_and_an_exercise_may_say_others(written, tmp_path):
    (tmp_path / "_cast.toml").write_text(
        'given = { surname = "A", answer = "B" }\n'
        'staff = [{ key = "op", name = "Opérateur 4", duties = ["OP"] }]\n',
        encoding="utf-8",
    )
    line = 'staff = [{ key = "op", name = "Operator 1", duties = ["OP"], phone = "+380500000101" }]'
    path = written(line, 'cast = "_cast"\ngiven = { answer = "C" }')
    assert story.read(path).given == {"surname": "A", "answer": "C"}


def test_whoever_plays_a_part_is_named_in_what_the_terminal_says_and_a_stranger_is_refused(written):
    path = written('does = "he writes"', 'does = "{op.name} waits"')
    assert story.read(path).acts[0].does == "Operator 1 waits"
    with pytest.raises(WrongStory, match="names 'fco', not in the cast"):
        story.read(written('does = "he writes"', 'does = "{fco.name} waits"'))


def test_the_second_programme_plays_the_whole_way_by_the_built_in_story_s_parts():
    whole, second = (story.read(SHIPPED / f"{name}.toml") for name in ("story", "rivers"))
    assert second.profile != whole.profile
    own = {"outreach", "situation"}  # each programme's campaigns are its own, the figures one's
    told = {act.press for act in whole.acts if act.press} - {act.press for act in second.acts}
    assert {each for each in told if each.partition(".")[0] not in own} == set()


def test_spans_read_and_what_is_none_is_refused():
    assert story.span("1h30m") == timedelta(minutes=90)
    assert story.span("3d") == timedelta(days=3)
    for wrong in ("", "soon", "3 days", "-1h"):
        with pytest.raises(WrongStory):
            story.span(wrong)


def test_an_unknown_check_is_a_finding_that_names_the_known_ones():
    verdict = judge.check("looks_fine", {}, play=None)
    assert not verdict.held
    assert "never_said" in verdict.found


def test_the_document_names_every_check_and_every_exercise():
    document = Path(__file__).parents[1] / "docs" / "exercises.md"
    told = set(re.findall(r"^\| `(\w+)` \|", document.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(judge.CHECKS) <= told
    assert {path.stem for path in PLAYABLE} <= told
    assert set(story.Act.VERBS) <= told


def test_what_an_earlier_world_wrote_down_is_gone_though_its_data_folder_was_removed_by_hand(
    tmp_path,
):
    data, world = tmp_path / "demo", tmp_path / "demo-world"
    world.mkdir()
    (world / demo.WORLD).write_text("{}")
    (world / "carrier.jsonl").write_text("{}")
    demo.fresh(data, world, Path("ukraine"))
    assert list(world.iterdir()) == []


def test_a_folder_of_that_name_that_is_no_world_of_ours_is_left_as_it_is(tmp_path):
    data, beside = tmp_path / "demo", tmp_path / "demo-world"
    beside.mkdir()
    (beside / "holiday.txt").write_text("mine")
    demo.fresh(data, beside, Path("ukraine"))
    assert (beside / "holiday.txt").read_text() == "mine"


def test_a_folder_that_somebody_works_in_is_never_begun_anew(tmp_path):
    data = tmp_path / "real"
    data.mkdir()
    (data / "stamp").write_text("real")
    with pytest.raises(Trouble):
        demo.fresh(data, tmp_path / "real-world", Path("ukraine"))
    assert (data / "stamp").read_text() == "real"


class Judged:
    """An exercise whose log is in a file, as far as the judge of the log looks at it."""

    def __init__(self, place):
        self.folder, self.records = place / "data", place / "world"
        self.folder.mkdir()
        self.records.mkdir()
        (self.folder / "stamp").write_text("exercise")
        self.stage, self.core = self, Journal(self.folder)
        with sqlite3.connect(self.folder / "keeper-log.db") as keeper:
            keeper.execute(
                "CREATE TABLE entry (seq INTEGER PRIMARY KEY, at_us INTEGER, who TEXT, verb TEXT,"
                " subject TEXT, digest BLOB, leaf BLOB)"
            )
        keeper.close()
        self.keeper_head()

    def keeper_head(self):
        signed = rules.head_bytes(log="keeper", size=0, root=rules.EMPTY_ROOT, at_us=7)
        told = {
            "log": "keeper", "size": 0, "root": rules.EMPTY_ROOT.hex(), "at_us": 7, "since": 0,
            "key": sealing.sign_public(self.core.key).hex(), "leaves": [],
            "signature": sealing.sign(self.core.key, signed).hex(),
        }  # fmt: skip
        (self.folder / "heads/keeper-000000000000.json").write_text(json.dumps(told))

    def acts(self, count):
        """Let so many entries be written and a head leave, and the act be over."""
        self.core.write(count)
        self.core.export()
        judge.take_heads(self.folder, self.records)

    def verdict(self):
        return judge.log_is_proved({}, self)


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """A world whose log is in a file, wherever the tables of this run lie."""
    monkeypatch.delenv("SAFECONDUCT_POSTGRES", raising=False)
    return Judged(tmp_path)


def test_a_log_is_proved_by_heads_that_were_taken_along(judged):
    world = judged
    world.acts(5)
    world.acts(4)
    verdict = world.verdict()
    assert verdict.held, verdict
    assert verdict.evidence["heads_before"] == 2


def test_a_log_that_was_cut_and_written_anew_before_the_judge_came_is_found(judged):
    world = judged
    world.acts(5)
    world.core.db.execute("DELETE FROM audit_entry WHERE seq>=2")
    for head in (world.folder / "heads").glob("core-*"):
        head.unlink()
    for seq in range(2, 9):  # as long as before and longer, and signed by the keeper's own key
        world.core.put(Told(seq, seq, "nobody", "case.opened", f"case{seq}", b""))
    world.core.export()
    verdict = world.verdict()
    assert not verdict.held
    assert verdict.evidence["exit_code"] == 1


def test_a_head_that_the_judge_takes_alone_proves_nothing(judged):
    world = judged
    world.core.write(5)
    world.core.export()
    verdict = world.verdict()
    assert not verdict.held
    assert "before the judge came" in verdict.found
