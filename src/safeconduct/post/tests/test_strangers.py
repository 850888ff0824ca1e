"""Strangers who are met together are asked of the keeper together, and share nothing else."""

import itertools
from dataclasses import replace

import pytest

from safeconduct.post import actions
from safeconduct.post.actions import strangers
from safeconduct.post.models import Handle
from safeconduct.refusal import Refused

NUMBERS = [f"+38050111{n:04d}" for n in range(3)]


@pytest.fixture
def admits(writes):
    """Return `admits(number, meeting)`: one writes, and is taken in."""
    return lambda number, meeting=None: writes("Здравствуйте", sender=number, meeting=meeting)


@pytest.fixture
def meets(ingest, db):
    senders = [("smpp", number) for number in NUMBERS]
    return lambda: actions.meet_senders(ingest, senders, region="UA")


def test_each_of_those_met_together_has_a_compartment_of_his_own_whose_keys_open_no_others(
    admits, meets
):
    meeting = meets()
    met = [admits(number, meeting) for number in NUMBERS]
    assert len({each.compartment for each in met}) == len(NUMBERS)
    for each, other in itertools.pairwise(met):
        box = each.keys.seal(
            "да", field="a.B.c", kind="text", compartment=each.compartment, ref="r"
        )
        assert box
        with pytest.raises(Refused, match="not opened"):
            each.keys.seal("да", field="a.B.c", kind="text", compartment=other.compartment, ref="r")


def test_who_was_met_among_many_is_the_same_man_when_he_writes_alone(admits, meets):
    together = [admits(number, meets()) for number in NUMBERS]
    alone = [admits(number) for number in NUMBERS]
    assert [each.person_ref for each in alone] == [each.person_ref for each in together]
    assert [each.met for each in (*together, *alone)] == [True] * 3 + [False] * 3
    stops = [bytes(each.optout_index) for each in Handle.objects.order_by("pk")]
    Handle.objects.all().delete()
    assert [admits(number).met for number in NUMBERS] == [True] * 3
    assert [bytes(each.optout_index) for each in Handle.objects.order_by("pk")] == stops


def test_no_more_compartments_are_made_than_there_are_strangers(admits, meets, ingest):
    strangers._empty.clear()
    for left, number in zip((2, 1, 0), NUMBERS, strict=True):
        admits(number, meets())
        assert len(strangers._empty[ingest.token]) == left


def test_a_compartment_is_given_out_once_though_what_was_to_stand_in_it_was_undone(meets, ingest):
    meeting = meets()
    given = [meeting.compartment(ingest)[0] for _each in range(len(NUMBERS) + 1)]
    assert len(set(given)) == len(given)


def test_a_compartment_that_waits_is_given_to_nobody_whom_another_keeper_knows(meets, ingest):
    meets().compartment(ingest)
    with pytest.raises(Refused):  # it is asked for anew, of a keeper that does not know him
        meets().compartment(replace(ingest, token=ingest.token[::-1]))
