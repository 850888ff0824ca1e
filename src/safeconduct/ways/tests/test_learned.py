"""What can be told on a whole map, kept beside it: the same as learned anew, or not used at all."""

import re
from dataclasses import replace
from itertools import product

import pytest

from safeconduct.ways import learned, lexicon
from safeconduct.ways.certain import MODES
from safeconduct.ways.clearly import Untellable, letters_in
from safeconduct.ways.danger import price
from safeconduct.ways.learned import SUFFIX, forget, keep, kept
from safeconduct.ways.lexicon import Words, learn
from safeconduct.ways.mapped import load, save
from safeconduct.ways.plain import plain_told
from safeconduct.ways.route import Web
from safeconduct.ways.sight import sight
from safeconduct.ways.step import Step
from safeconduct.ways.steps import run_from
from safeconduct.ways.stepwords import TABLES
from safeconduct.ways.tests.grids import NOON, tangle
from safeconduct.ways.tests.town import town

LANGUAGES = ("ru", "en")


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """Return a folder with a map and everything that can be told on it."""
    folder = tmp_path_factory.mktemp("roads")
    save(town(5), folder / "town.roads")
    roads = load(folder / "town.roads")
    for language, told in learn(roads, LANGUAGES).items():
        keep(roads, language, told, folder)
    return folder


def fresh(beside):
    """The map as a process has it that was just started."""
    lexicon.words.cache_clear()
    return load(beside / "town.roads")


def said(roads, pairs):
    web = Web(roads, price(roads, [], at=NOON))
    for start, end in pairs:
        try:
            yield plain_told(web, start, end, language="ru", place="x")[1]
        except Untellable as no:
            yield str(no)


def test_what_is_kept_is_all_that_would_be_learned_and_nobody_learns_it_again(beside, monkeypatch):
    roads = fresh(beside)
    pairs = [(n, (n * 7 + 20) % roads.places) for n in range(0, 40, 2)]
    anew = list(said(replace(roads, beside=None), pairs))
    monkeypatch.setattr(Words, "learn", lambda *_told: pytest.fail("learned again"))
    assert list(said(roads, pairs)) == anew
    assert any(isinstance(told, list) for told in anew)


def test_whoever_waits_is_written_into_no_file(beside):
    roads = fresh(beside)
    before = {path: path.read_bytes() for path in beside.glob("*/*")}
    words = lexicon.words(roads, "ru")
    for edge in range(0, roads.edges, 9):
        row = words.waits(edge)
        assert words.begun[row, 0] >= 0
    assert {path: path.read_bytes() for path in beside.glob("*/*")} == before


def test_it_is_of_the_whole_map_or_not_kept(tmp_path):
    roads = tangle(2)
    words = Words(roads, "ru")
    for edge in range(roads.edges - 1):
        words.learn(edge)
    with pytest.raises(ValueError, match="whole map"):
        keep(roads, "ru", words.tables, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_with_other_rules_another_map_or_no_file_it_is_not_used(beside, monkeypatch):
    roads = fresh(beside)
    assert kept(roads, "ru", beside) is not None
    assert kept(roads, "uk", beside) is None
    assert kept(replace(roads, time_s=roads.time_s + 1), "ru", beside) is not None  # who is slower
    assert kept(replace(roads, head=roads.head[::-1]), "ru", beside) is None
    monkeypatch.setattr(learned, "rules", lambda: "other words")
    assert kept(roads, "ru", beside) is None
    monkeypatch.setattr(learned, "rules", lambda: "")  # a package without its sources
    assert kept(roads, "ru", beside) is None


@pytest.mark.parametrize("name", ["begun.npy", "words.npy", "stops.npy", "stamp.json"])
@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_what_is_damaged_is_learned_again(beside, tmp_path, name, harm):
    roads = fresh(beside)
    folder = learned.folder_of(roads, "ru", beside)
    copy = learned.folder_of(roads, "ru", tmp_path)
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert kept(roads, "ru", tmp_path) is not None
    raw = bytearray((copy / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    told = {"flipped": bytes(raw), "cut": bytes(raw[:20]), "gone": None}[harm]
    (copy / name).unlink()
    if told is not None:
        (copy / name).write_bytes(told)
    assert kept(roads, "ru", tmp_path) is None
    assert lexicon.words(replace(roads, beside=tmp_path), "ru").begun[0, 0] < 0


def test_a_folder_that_takes_nothing_stops_nothing_and_leaves_nothing_half(beside, tmp_path):
    roads = fresh(beside)
    tables = lexicon.words(roads, "ru").tables
    target = learned.folder_of(roads, "ru", tmp_path)
    target.write_text("in the way")
    with pytest.raises(OSError, match=re.escape(target.name)):
        keep(roads, "ru", tables, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    forget(tmp_path)


def test_nothing_but_the_map_and_the_rules_decides_what_is_in_it(beside, tmp_path):
    roads = town(5)
    for language, told in learn(roads, LANGUAGES).items():
        keep(roads, language, told, tmp_path)
    stamps = [
        {path.parent.name: path.read_text() for path in folder.glob(f"*{SUFFIX}/{learned.STAMP}")}
        for folder in (beside, tmp_path)
    ]
    assert stamps[0] == stamps[1]
    assert len(stamps[0]) == len(LANGUAGES)
    assert all(learned.rules() in told for told in stamps[0].values())


@pytest.mark.parametrize("language", sorted(TABLES))
def test_what_can_be_said_at_once_is_the_shortest_where_nothing_is_counted(language):
    letters = letters_in(language)
    kinds = [("count", "left"), ("road", "left"), ("track", "right"), ("next", "left"), ("next turn", "right"),
             ("end", "left"), ("fork", "right"), ("place count", "left"), ("place next", ""), ("place end", "")]  # fmt: skip
    for (kind, side), mode, past in product(kinds, MODES, (0, 2)):
        at_once = letters(Step(kind, side, 1, 600.0, "", mode, past))
        for beyond, after_m in (("fuel", 0), ("bridge", 0), ("", 100), ("", 1000), ("", 6000)):
            assert letters(Step(kind, side, 1, 600.0, "", mode, past, beyond, after_m)) > at_once


@pytest.mark.parametrize("language", ["ru", "sw"])
def test_no_fewer_letters_are_found_where_every_way_to_say_it_is_made(language):
    roads, letters = town(3), letters_in(language)
    told, seen = Words(roads, language), sight(roads)
    for edge in range(0, roads.edges, 3):
        found = [run_from(seen, edge, mode=mode) for mode in MODES]
        fewest = {}
        for turn in (turn for run in found for turn in run.turns):
            fewest[turn.edge] = min(fewest.get(turn.edge, 999), letters(turn.step))
        assert {step.edge: step.letters for step in told.after(edge)[0]} == fewest
