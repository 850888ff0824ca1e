"""The machine as shipped is the one that was agreed on: nothing lost, nothing bent."""

import hashlib
import json
from collections import Counter, deque
from importlib.resources import files

import pytest

from safeconduct.access.rules import Duty
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.way import SOFTWARE
from safeconduct.programme import load

# sha256 of the agreed states.json in canonical form (sorted keys, no spaces).
AGREED = "18c79047009e71ba944c278c1e4454017a3d94cdf8d48d4b363bc12fdfb8d701"
RAW = json.loads(files("safeconduct.cases").joinpath("machine.json").read_text(encoding="utf-8"))
MORE = {"near_miss", "bureau_notice_death"}  # what is owed beside what was agreed then
BEFORE_MOVING = sorted(s for s in MACHINE.states if MACHINE.group(s) == "before_move")


def as_agreed() -> dict:
    """Undo what our form adds: names of evidence, seconds, and timers apart."""
    kinds, timers = RAW["kinds"], RAW["timers"]
    told = {key: value for key, value in RAW.items() if key not in {"kinds", "timers"}}
    told["transitions"] = [
        way
        | {
            "before": [kinds[slug]["text"] for slug in way["before"]],
            "owed": [
                {
                    "what": kinds[debt["kind"]].get("owed_text", kinds[debt["kind"]]["text"]),
                    "within": debt["within"],
                }
                for debt in way["owed"]
                if debt["kind"] not in MORE
            ],
            "timer": way["timer"] and timers[way["timer"]]["text"],
        }
        for way in RAW["transitions"]
    ]
    return told


def reached(start: str, *, backwards: bool = False) -> set[str]:
    seen, queue = {start}, deque([start])
    while queue:
        here = queue.popleft()
        for source, target in MACHINE.transitions:
            one, other = (target, source) if backwards else (source, target)
            if one == here and other not in seen:
                seen.add(other)
                queue.append(other)
    return seen


def test_the_machine_loses_nothing_of_what_was_agreed():
    text = json.dumps(as_agreed(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == AGREED


def test_a_review_is_owed_after_every_abort_and_every_one_who_is_missed():
    owe = {
        pair
        for pair, way in MACHINE.transitions.items()
        if "near_miss" in {d.kind for d in way.owed}
    }
    stopped = {pair for pair in MACHINE.transitions if pair[1] in {"ABORTED", "MISSING"}}
    assert stopped - owe == {("ABORTED", "MISSING"), ("MISSING", "ABORTED")}, "owed already"
    assert owe <= stopped
    assert MACHINE.kinds["near_miss"].by == {Duty.SUP}, "a supervisor"


def test_a_changed_word_of_the_machine_is_noticed():
    told = as_agreed()
    told["transitions"][6]["before"].pop()
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() != AGREED


def test_31_states_and_153_steps_of_which_111_take_one_person_41_two_and_go_three():
    assert len(MACHINE.states) == 31
    assert len(MACHINE.transitions) == 153
    assert Counter(w.approvals for w in MACHINE.transitions.values()) == {1: 111, 2: 41, 3: 1}
    assert MACHINE.transitions["AGREED", "MOVING"].approvals == 3


def test_every_state_is_reached_and_every_way_can_end_purged():
    assert reached("ENQUIRY") == set(MACHINE.states)
    assert reached("PURGED", backwards=True) == set(MACHINE.states)


@pytest.mark.parametrize("state", sorted(MACHINE.living))
def test_from_every_state_in_which_he_may_live_one_receiver_records_that_he_is_here(state):
    way = MACHINE.transitions[state, "CONTACT"]
    assert way.approvals == 1
    assert way.before == ()
    assert set(way.staff) == {"RCV", "RCP"}


@pytest.mark.parametrize("state", BEFORE_MOVING)
def test_every_state_before_moving_is_left_by_one_word_of_his(state):
    way = MACHINE.transitions[state, "DECLINED"]
    assert (way.approvals, way.before, way.who_rule) == (1, (), "word")


def test_the_68_stopping_steps_ask_nothing_first_and_one_person():
    stopping = [w for w in MACHINE.transitions.values() if w.target in MACHINE.stopping]
    assert len(stopping) == 68
    assert all(way.before == () and way.approvals == 1 for way in stopping)


def test_no_way_leads_back_from_contact_to_declined():
    for start in ("CONTACT", "SECURED", "RECEIVED", "IN_CUSTODY", "OUTCOME_CHOSEN"):
        assert "DECLINED" not in {to for source, to in MACHINE.transitions if source == start}


def test_only_those_who_were_verified_come_to_ready():
    sources = {source for source, to in MACHINE.transitions if to == "READY"}
    assert sources == {"STANDBY", "PLANNED", "AGREED"}
    ways_in = [way for way in MACHINE.transitions.values() if way.target == "STANDBY"]
    for way in ways_in:
        graded = {"identity_b", "identity_anew", "verified_before"} & set(way.before)
        assert graded or way.source == "READY", way.source


def test_all_evidence_is_brought_by_somebody_or_judged():
    for kind in MACHINE.kinds.values():
        assert kind.by or kind.judged or kind.parts, kind.slug
        assert kind.by <= {*Duty, SOFTWARE}, kind.slug
        assert set(kind.parts) <= set(MACHINE.kinds), kind.slug


def test_every_clock_of_the_machine_has_its_length_in_every_profile():
    limits = load.current().limits_s
    for timer in MACHINE.timers.values():
        assert set(timer.limits) <= set(limits), timer.text
    for kind in MACHINE.kinds.values():
        assert {kind.fresh, kind.limit} - {""} <= set(limits), kind.slug


def test_the_bureau_has_no_login_and_the_reception_officer_speaks_for_it():
    assert MACHINE.transitions["LOST_CONTACT", "DECEASED"].staff == ("RCP", "LEG")
