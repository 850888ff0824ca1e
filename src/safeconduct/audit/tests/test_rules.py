import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree  # type: ignore[import-untyped]

from safeconduct.audit.rules import (
    EMPTY_ROOT,
    Peaks,
    Told,
    grow,
    instant,
    leaf_hash,
    micros,
)


def other_authors_root(entries):
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    return tree.get_root()


@pytest.mark.parametrize("size", range(1, 71))
def test_the_root_is_the_one_another_library_computes(size):
    entries = [f"entry {i}".encode() for i in range(size)]
    assert grow(map(leaf_hash, entries)).root() == other_authors_root(entries)


def test_the_empty_tree_is_the_hash_of_nothing():
    assert Peaks().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=60), st.data())
def test_growing_in_two_goes_is_growing_in_one(entries, data):
    cut = data.draw(st.integers(0, len(entries)))
    leaves = [leaf_hash(entry) for entry in entries]
    half = grow(leaves[:cut])
    again = Peaks.from_bytes(half.size, half.to_bytes())
    assert grow(leaves[cut:], onto=again) == grow(leaves)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=40), st.data())
def test_any_change_of_any_entry_changes_the_root(entries, data):
    place = data.draw(st.integers(0, len(entries) - 1))
    changed = [*entries[:place], entries[place] + b"!", *entries[place + 1 :]]
    assert grow(map(leaf_hash, entries)).root() != grow(map(leaf_hash, changed)).root()


def test_peaks_of_another_size_are_refused():
    with pytest.raises(ValueError, match="does not have these peaks"):
        Peaks.from_bytes(3, bytes(32))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30_000)))
def test_an_instant_survives_to_the_microsecond(since):
    at = datetime(1999, 1, 1, tzinfo=UTC) + since
    assert instant(micros(at)) == at


def test_a_leaf_holds_every_word_of_its_entry_and_the_name_of_its_log():
    told = Told(0, 1, "p1", "plan.approved", "plan7", b"d" * 32)
    others = [
        Told(1, 1, "p1", "plan.approved", "plan7", b"d" * 32),
        Told(0, 2, "p1", "plan.approved", "plan7", b"d" * 32),
        Told(0, 1, "p2", "plan.approved", "plan7", b"d" * 32),
        Told(0, 1, "p1", "plan.proposed", "plan7", b"d" * 32),
        Told(0, 1, "p1", "plan.approved", "plan8", b"d" * 32),
        Told(0, 1, "p1", "plan.approved", "plan7", b"e" * 32),
    ]
    leaves = {each.leaf("core") for each in [told, *others]} | {told.leaf("keeper")}
    assert len(leaves) == 8
