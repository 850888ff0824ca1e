"""The map's one file: whole, shared, and refused in words when it is not what it says."""

import json
import mmap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.ways.mapped import MAGIC, load, save
from safeconduct.ways.names import NameTable
from safeconduct.ways.roads import ARRAYS, VERSION, WrongMap
from safeconduct.ways.tests.grids import mark, road, roads, tangle

TOLD = roads(
    road((0, 0), (1000, 0), name="вулиця Садова"), road((1000, 0), (0, 0)),
    road((0, 0), (0, 500)), road((1000, 0), (1000, 700)), marks=[mark("fuel", 10, 10, "АЗС 1")],
)  # fmt: skip


def test_a_saved_map_is_read_back_whole(tmp_path):
    save(TOLD, tmp_path / "a.roads")
    again = load(tmp_path / "a.roads")
    assert again.digest == TOLD.digest
    assert again.names == TOLD.names
    assert again.name(int(again.mark_name[0]), "ru") == "АЗС 1"
    assert again.words() == TOLD.words()
    for name in ARRAYS:
        assert getattr(again, name).dtype == getattr(TOLD, name).dtype, name
        assert np.array_equal(getattr(again, name), getattr(TOLD, name)), name


def test_the_map_of_who_walks_is_in_the_same_file_and_in_its_digest(tmp_path):
    both = replace(TOLD, afoot=replace(tangle(2), vehicle="foot"))
    assert both.digest != TOLD.digest
    save(both, tmp_path / "a.roads")
    again = load(tmp_path / "a.roads")
    assert again.digest == both.digest
    assert again.afoot is not None
    assert again.afoot.digest == replace(tangle(2), vehicle="foot").digest


def test_a_map_is_mapped_and_not_read_and_what_one_writes_reaches_no_file(tmp_path):
    save(TOLD, tmp_path / "a.roads")
    before = (tmp_path / "a.roads").read_bytes()
    one, other = load(tmp_path / "a.roads"), load(tmp_path / "a.roads")
    assert isinstance(one.time_s.base.obj if one.time_s.base is not None else None, mmap.mmap)
    one.time_s[0] += 1
    assert other.time_s[0] + 1 == one.time_s[0]
    assert (tmp_path / "a.roads").read_bytes() == before
    assert load(tmp_path / "a.roads").digest == TOLD.digest


def test_a_map_that_is_written_anew_leaves_the_one_in_use_alone(tmp_path):
    save(TOLD, tmp_path / "a.roads")
    held = load(tmp_path / "a.roads")
    save(tangle(1), tmp_path / "a.roads")
    assert np.array_equal(held.time_s, TOLD.time_s)
    assert load(tmp_path / "a.roads").digest == tangle(1).digest
    assert [path.name for path in tmp_path.iterdir()] == ["a.roads"]


def test_an_older_map_is_refused_and_told_what_to_do(tmp_path):
    save(TOLD, tmp_path / "a.roads")
    raw = (tmp_path / "a.roads").read_bytes()
    (tmp_path / "a.roads").write_bytes(
        raw.replace(f'"version": {VERSION}'.encode(), b'"version": 1', 1)
    )
    with pytest.raises(
        WrongMap, match=rf"version 1, this program reads {VERSION}. Import the extract"
    ):
        load(tmp_path / "a.roads")


@pytest.mark.parametrize("raw", [b"", b"nothing of ours", MAGIC, MAGIC + b"\xff" * 99])
def test_what_is_no_map_is_refused(tmp_path, raw):
    (tmp_path / "c.roads").write_bytes(raw)
    with pytest.raises(WrongMap, match=r"Import the extract again"):
        load(tmp_path / "c.roads")
    with pytest.raises(WrongMap, match="cannot be read"):
        load(tmp_path / "absent.roads")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_map_is_refused_wherever_it_was_damaged(tmp_path_factory, data):
    path: Path = tmp_path_factory.getbasetemp() / "damaged.roads"
    save(TOLD, path)
    raw = bytearray(path.read_bytes())
    header = json.loads(raw[16 : 16 + int.from_bytes(raw[8:16], "little")])
    begin = 16 + int.from_bytes(raw[8:16], "little")
    spans = [(at, np.dtype(kind).itemsize * n) for kind, n, at in header["arrays"].values() if n]
    at, length = data.draw(st.sampled_from(spans))
    spot = begin + at + data.draw(st.integers(0, length - 1))
    raw[spot] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(raw)
    with pytest.raises(WrongMap, match="damaged"):
        load(path)
    path.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(WrongMap, match="Import the extract again"):
        load(path)


def test_a_name_is_found_by_its_number_and_a_number_too_large_is_refused():
    table = NameTable.of([{}, {"": "Лозна", "en": "Lozna"}, {"": "Зірка"}])
    assert (len(table), table[1], table[-1]) == (3, {"": "Лозна", "en": "Lozna"}, {"": "Зірка"})
    assert list(table) == table[:3] == [{}, table[1], table[2]]
    with pytest.raises(IndexError, match="no name 3"):
        table[3]
