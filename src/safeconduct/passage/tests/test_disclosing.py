"""The area first, the place late: what each duty may see of a plan at each stage, and what he is told when."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.passage import actions, queries
from safeconduct.passage.actions.telling import say
from safeconduct.passage.disclosing import UNIT, WHOLE, Stage, may_tell, on_map, sight
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_views import forms_on
from safeconduct.passage.views import LOOKING
from safeconduct.post.models import Message
from safeconduct.post.rules import Kind
from safeconduct.refusal import Refused

DRAFT, APPROVED = Stage(approved=False), Stage(approved=True)
ARRIVING = Stage(approved=True, letter="B", told_all=True)
STAGES = (DRAFT, APPROVED, Stage(approved=True, letter="B"), ARRIVING)


@pytest.fixture
def pages(journey, client_of):
    """Return what gives a duty's page and what its map draws."""

    def get(duty):
        browser, url = client_of(journey[duty]), f"/passage/{journey.passage.ref}/"
        drawn = browser.get(f"{url}layer.json").json()["features"]
        kinds = [(f["properties"]["kind"], f["properties"].get("letter", "")) for f in drawn]
        return browser.get(url).content.decode(), set(kinds)

    return get


def names(journey, letter):
    return journey.content()["places"][letter]["names"]["en"]


def test_before_two_have_approved_neither_the_unit_nor_who_talks_with_him_is_shown_a_place(
    journey, pages
):
    journey.drafts()
    journey.proposes()
    for duty in (Duty.RCV, Duty.RCP, Duty.OP, Duty.VER):
        page, drawn = pages(duty)
        assert not any(names(journey, letter) in page for letter in "AB"), duty
        assert not drawn & {("place", "A"), ("place", "B"), ("way", "A"), ("start", "")}
        assert 'data-kind="passage.told_late"' in page
    page, drawn = pages(Duty.LEG)
    assert names(journey, "A") in page
    assert {("place", "A"), ("way", "A"), ("start", "")} <= drawn


def test_the_unit_is_shown_both_places_once_approved_and_never_his_start_or_way(journey, pages):
    journey.to_open()
    page, drawn = pages(Duty.RCV)
    assert names(journey, "A") in page
    assert drawn == {("place", "A"), ("place", "B")}
    assert "front-table" not in page
    page, drawn = pages(Duty.OP)
    assert names(journey, "A") not in page
    assert drawn == set()
    assert "passage.offer" in forms_on(page)


def test_who_talks_with_him_reads_the_legs_as_they_are_told_and_the_place_in_the_last(
    journey, pages
):
    journey.to_moving()
    content = journey.content()
    texts = [text["text"] for text in content["ways"]["A"]["texts"]]
    while True:
        page, drawn = pages(Duty.OP)
        told = journey.plan().told
        shown = [n for n, text in enumerate(texts) if escaped(text) in page]
        assert shown == list(range(min(told + 1, len(texts))))
        assert not any(escaped(text) in pages(Duty.RCV)[0] for text in texts)
        assert (("place", "A") in drawn) == (told == len(texts))
        if told == len(texts):
            break
        actions.tell_next(
            journey[Duty.OP], ref=journey.plan().ref, profile=PROFILE, now=journey.now
        )


def escaped(text):
    return text.replace("&", "&amp;").replace("'", "&#x27;").replace('"', "&quot;")


def test_no_leg_leaves_before_go_out_of_its_order_or_of_the_way_to_the_other_place(journey):
    journey.to_agreed()
    plan, content = journey.plan(), journey.content()

    def says(texts, plan):
        say(
            journey[Duty.DPC], plan, content, texts,
            kind=Kind.INSTRUCTION, profile=PROFILE, now=journey.now,
        )  # fmt: skip

    way, other = content["ways"]["A"], content["ways"]["A"]["switches"]
    with pytest.raises(Refused, match="told later"):
        says(way["texts"][:1], plan)
    assert not Message.objects.filter(kind=Kind.INSTRUCTION).exists()
    journey.to_moving_from_agreed()
    plan = journey.plan()
    if len(way["texts"]) > 2:
        with pytest.raises(Refused, match="told later"):
            says(way["texts"][-1:], plan)
    of_other = next(each["texts"] for each in other if each["texts"])
    with pytest.raises(Refused, match="a way that he is not led"):
        says(of_other[:1], plan)
    says(way["texts"][1:2], plan)


LEGS = ("leg 1", "leg 2", "leg 3")


@given(st.permutations(LEGS), st.booleans())
def test_whatever_order_is_tried_the_place_is_told_last_and_nothing_before_go(order, gone):
    said = set()
    for part in [*order, *LEGS]:
        if may_tell(part, legs=LEGS, said=said, gone=gone, turned=False) is None:
            assert gone
            assert set(LEGS[: LEGS.index(part)]) <= said
            said.add(part)
    assert said == (set(LEGS) if gone else set())


def test_a_duty_sees_no_less_for_holding_another_and_a_stage_takes_nothing_back():
    for duty in LOOKING:
        seen = [sight({duty}, stage).places for stage in STAGES]
        assert all(a <= b for a, b in pairwise(seen)), duty
        for stage in STAGES:
            assert sight({duty}, stage).places <= sight({duty, Duty.RCV}, stage).places
            assert sight({duty}, stage).legs <= sight({duty, Duty.RCV}, stage).legs
            assert sight({duty}, stage).whole is (duty in WHOLE)
    assert sight({Duty.OP}, ARRIVING).places == {"B"}
    assert all(sight({duty}, APPROVED).places == {"A", "B"} for duty in UNIT)


def test_the_stage_of_a_plan_is_told_by_what_has_left(journey):
    journey.to_open()
    assert queries.stage_of(journey.plan(), journey.content()) == APPROVED


OUT = ("MOVING", "SIGHTED", "ABORTED", "MISSING")


def test_on_a_map_fires_see_his_way_and_the_unit_its_end_once_he_himself_was_told_the_place():
    fires, unit, both, nobody = {"fires"}, {"unit"}, {"fires", "unit"}, set()
    assert on_map("way", state="MOVING", told_all=True) == fires
    assert on_map("arrival", state="MOVING", told_all=False) == nobody
    assert on_map("arrival", state="MOVING", told_all=True) == unit
    assert on_map("arrival", state="SIGHTED", told_all=False) == unit
    for thing in ("vehicle", "drone"):
        assert on_map(thing, state="MOVING", told_all=False) == both
    for state in OUT:
        assert on_map("stop", state=state, told_all=False) == both
        assert on_map("casualty", state=state, told_all=False) == both


@given(
    thing=st.sampled_from(
        ["way", "arrival", "vehicle", "drone", "stop", "casualty", "contact", ""]
    ),
    state=st.sampled_from(["READY", "PLANNED", "AGREED", *OUT, "CONTACT", "SECURED", "PURGED", ""]),
    told_all=st.booleans(),
)
def test_before_go_after_an_abort_and_once_he_is_here_no_map_shows_him_or_his_way(
    thing, state, told_all
):
    shown = on_map(thing, state=state, told_all=told_all)
    assert not shown or state in OUT
    assert not shown or thing in {"stop", "casualty"} or state in {"MOVING", "SIGHTED"}
    assert thing not in {"contact", ""} or not shown
    assert on_map("vehicle", state="MOVING", told_all=told_all)  # on the way he is protected by it
