import pytest
from django.db import IntegrityError, transaction

from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.passage import actions, queries, rules
from safeconduct.passage.models import Plan, Said
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE, WORDS
from safeconduct.post import actions as post
from safeconduct.post.models import Message as Sent
from safeconduct.refusal import Refused
from safeconduct.ways.disclosure import LEAST_POSSIBLE


def test_the_whole_way_of_a_passage_from_the_draft_to_contact(journey):
    assert journey.to_open().state == State.OPEN
    assert journey.case().state == "PLANNED"
    assert journey.offers().state == State.OFFERED
    assert journey.agrees().letter == "A"
    assert journey.case().state == "AGREED"
    journey.wait(minutes=50)
    for duty in WORDS:
        journey.reads_back(duty)
    journey.on_station()
    for duty in WORDS:
        journey.goes_ahead(duty)
    plan = journey.plan()
    assert journey.case().state == "MOVING"
    assert plan.gone_at == journey.now
    legs = len(journey.content()["ways"]["A"]["texts"])
    for _leg in range(legs - 1):
        actions.tell_next(journey[Duty.PIL], ref=plan.ref, profile=PROFILE, now=journey.now)
    with pytest.raises(Refused, match="whole way"):
        actions.tell_next(journey[Duty.PIL], ref=plan.ref, profile=PROFILE, now=journey.now)
    journey.goes("CONTACT")
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.CLOSED
    assert not cases.was_told(journey[Duty.PLN], ref=journey.ref, what="sign", value="white_cloth")
    journey.goes("SECURED")
    journey.follows()
    journey.passage.refresh_from_db()
    assert journey.passage.ended_at


def test_a_plan_needs_its_planner_and_two_others_a_commander_among_them(journey):
    journey.drafts()
    journey.proposes()
    journey.prepares()
    journey.approves(Duty.LEG)
    with pytest.raises(Refused):
        journey.approves(Duty.LEG)
    assert journey.plan().state == State.ONE_OF_TWO
    journey.approves(Duty.LEG, number=1)
    assert journey.plan().state == State.ONE_OF_TWO  # two lawyers are not enough
    assert journey.approves(Duty.DPC).state == State.OPEN


def test_the_planner_cannot_approve_his_own_plan_even_as_a_commander(journey, officer):
    both = officer(Duty.PLN, Duty.DPC, now=journey.now)
    journey._people[Duty.PLN, 0] = journey._people[Duty.DPC, 0] = both
    journey.let_in(both, Duty.PLN)
    journey.let_in(both, Duty.DPC)
    journey.drafts()
    journey.proposes()
    journey.prepares()
    with pytest.raises(Refused, match="you planned it"):
        journey.approves(Duty.DPC)
    assert journey.approves(Duty.DPC, number=1).state == State.ONE_OF_TWO


def test_the_second_yes_counts_only_when_all_else_is_on_record(journey):
    journey.drafts()
    journey.proposes()
    journey.approves(Duty.DPC)
    with pytest.raises(Refused, match="Not yet"):
        journey.approves(Duty.LEG)
    assert journey.plan().state == State.ONE_OF_TWO
    assert journey.case().state == "READY"
    journey.prepares()
    assert journey.approves(Duty.LEG).state == State.OPEN


def test_a_changed_plan_voids_the_yes_given_to_the_old_one(journey):
    journey.drafts()
    old = journey.proposes()
    journey.approves(Duty.DPC)
    new = journey.proposes(risk="the bridge is out")
    old.refresh_from_db()
    assert old.state == State.CLOSED
    assert new.state == State.DRAFT
    assert bytes(new.digest) != bytes(old.digest)
    journey.prepares()
    assert journey.approves(Duty.LEG).state == State.ONE_OF_TWO


def test_a_plan_sent_back_keeps_its_reason_and_opens_for_nobody(journey):
    journey.drafts()
    plan = journey.proposes()
    with pytest.raises(Refused, match="No reason"):
        actions.send_back(journey[Duty.LEG], ref=plan.ref, reason=" ", now=journey.now)
    actions.send_back(journey[Duty.LEG], ref=plan.ref, reason="too near", now=journey.now)
    plan.refresh_from_db()
    assert plan.state == State.CLOSED
    assert plan.sent_back is not None
    assert queries.living_plan(journey.passage) is None


def test_place_time_and_sign_leave_in_texts_of_their_own(journey):
    journey.to_open()
    plan = journey.offers()
    content = journey.content()
    parts = list(Said.objects.filter(plan=plan).order_by("pk").values_list("part", flat=True))
    assert parts == ["A", "B", "time", "sign", "stop", "ask"]
    words = queries.words_of(content, profile=PROFILE)
    told = [text["text"] for text in content["texts"]]
    found = [rules.facts_in(text, words) for text in told]
    assert all(len(facts) <= 1 for facts in found)
    assert {fact for facts in found for fact in facts} == set(rules.Fact)


def test_an_offer_tells_an_area_with_others_in_it_and_the_last_text_alone_the_place(journey):
    journey.to_open()
    journey.offers()
    content, outlook = journey.content(), journey.outlook()
    for letter, place in content["places"].items():
        name = place["names"]["ru"]
        offered = next(text["text"] for text in content["texts"] if text["part"] == letter)
        assert content["areas"][letter]
        assert content["areas"][letter][0] in offered
        legs = [text["text"] for text in content["ways"][letter]["texts"]]
        said = [*(text["text"] for text in content["texts"]), *legs[:-1]]
        assert not any(rules.folded(name) in rules.folded(text) for text in said)
        assert rules.folded(name) in rules.folded(legs[-1])
        villages = {outlook.web.roads.name(p.landmark.village, "ru") for p in outlook.places}
        assert set(content["areas"][letter]) <= villages
    area = content["areas"]["A"]
    inside = [
        p for p in outlook.places
        if outlook.web.roads.name(p.landmark.village, "ru") in area
    ]  # fmt: skip
    assert len(inside) >= LEAST_POSSIBLE


def test_he_agrees_with_a_letter_and_his_word_and_with_nothing_less(journey):
    journey.to_open()
    journey.offers()
    for wrong, why in (
        ("да", "begin with A or B"),
        ("A", "not the one agreed"),
        ("A василёк", "not the one agreed"),
    ):
        with pytest.raises(Refused, match=why):
            journey.agrees(wrong)
    with pytest.raises(Refused, match="hold and abort"):
        journey.agrees("В ромашка", accepts=False)
    assert journey.agrees("В ромашка").letter == "B"


def test_his_answer_that_names_place_and_time_together_is_no_yes(journey):
    journey.to_open()
    journey.offers()
    content = journey.content()
    clock = queries.words_of(content, profile=PROFILE)[rules.Fact.TIME][0]
    place = content["places"]["A"]["names"]["ru"]
    with pytest.raises(Refused, match="together"):
        journey.agrees(f"A ромашка, {place} {clock}")
    assert journey.case().state == "PLANNED"


def test_a_text_from_before_the_offer_is_no_answer(journey):
    journey.to_open()
    early = journey.says("A ромашка")
    journey.wait(minutes=1)
    journey.offers()
    with pytest.raises(Refused, match="has not answered"):
        actions.agree(
            journey[Duty.OP], ref=journey.plan().ref, message=early.ref, accepts=True,
            profile=PROFILE, now=journey.now,
        )  # fmt: skip


def test_go_waits_for_three_different_peoples_fresh_read_backs(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    journey.on_station()
    for duty in (Duty.DPC, Duty.FCO):
        journey.reads_back(duty)
    with pytest.raises(Refused, match="RCV"):
        journey.goes_ahead(Duty.DPC)
    journey.reads_back(Duty.RCV)
    journey.goes_ahead(Duty.DPC)
    journey.goes_ahead(Duty.FCO)
    assert journey.case().state == "AGREED"
    with pytest.raises(Refused):
        journey.goes_ahead(Duty.FCO)
    assert journey.goes_ahead(Duty.RCV).gone_at
    assert journey.case().state == "MOVING"


def test_a_read_back_older_than_thirty_minutes_closes_go_and_its_yeses_begin_anew(journey):
    journey.to_agreed()
    journey.wait(minutes=48)
    journey.on_station()
    for duty in WORDS:
        journey.reads_back(duty)
    journey.goes_ahead(Duty.DPC)
    journey.wait(minutes=19)
    journey.wait(minutes=12)
    with pytest.raises(Refused):
        journey.goes_ahead(Duty.FCO)


def test_somebody_who_did_not_read_back_gives_no_go(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in WORDS:
        journey.reads_back(duty)
    journey.on_station()
    with pytest.raises(Refused, match="read the plan back"):
        journey.goes_ahead(Duty.RCV, number=1)


def test_a_read_back_is_neither_a_nod_nor_somebody_elses_words(journey):
    journey.drafts()
    journey.proposes()
    with pytest.raises(Refused, match="own words"):
        journey.reads_back(Duty.RCV, words="ok")
    journey.reads_back(Duty.RCV)
    with pytest.raises(Refused, match="exactly these words"):
        journey.reads_back(Duty.DPC, words=WORDS[Duty.RCV])


def test_outside_the_start_window_nobody_sets_him_off(journey):
    journey.to_agreed()
    journey.wait(minutes=30)
    for duty in WORDS:
        journey.reads_back(duty)
    with pytest.raises(Refused, match="start window"):
        journey.goes_ahead(Duty.DPC)


def test_abort_takes_one_person_burns_what_he_was_told_and_sends_the_text_he_agreed_to(journey):
    plan = journey.to_moving()
    before = Sent.objects.count()
    actions.abort(journey[Duty.PIL], ref=plan.ref, reason="", profile=PROFILE, now=journey.now)
    assert journey.case().state == "ABORTED"
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert Sent.objects.count() == before + 1
    assert cases.was_told(journey[Duty.PLN], ref=journey.ref, what="sign", value="white_cloth")
    with pytest.raises(Refused):
        actions.tell_next(journey[Duty.PIL], ref=plan.ref, profile=PROFILE, now=journey.now)


def test_an_abort_pressed_elsewhere_is_followed_by_the_clocks(journey):
    plan = journey.to_moving()
    cases.stop(journey[Duty.RCV], ref=journey.ref, to="ABORTED", now=journey.now)
    before = Sent.objects.count()
    journey.follows()
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert Sent.objects.count() == before + 1


@pytest.mark.parametrize("why", ["his gateway is struck out", "he said stop"])
def test_an_abort_that_cannot_reach_him_ends_the_plan_all_the_same_and_calls_a_commander(
    journey, struck_out, worker, why
):
    plan = journey.to_moving()
    if why == "he said stop":
        post.opt_out(worker(Purpose.INGEST), person_ref=plan.passage.person_ref, now=journey.now)
    else:
        struck_out()
    cases.stop(journey[Duty.RCV], ref=journey.ref, to="ABORTED", now=journey.now)
    before = Sent.objects.count()
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert Sent.objects.count() == before
    assert Call.objects.filter(duty="DPC", kind="passage.not_told").count() == 1


@pytest.mark.parametrize("to", ["DECLINED", "ABORTED"])
def test_every_exit_but_contact_burns_an_offer_and_writes_nothing_more(journey, to):
    journey.to_open()
    plan = journey.offers()
    before = Sent.objects.count()
    cases.stop(journey[Duty.DPC], ref=journey.ref, to=to, now=journey.now)
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert Sent.objects.count() == before


def test_taking_a_plan_back_burns_what_he_was_told_and_its_places_are_offered_to_nobody(journey):
    journey.to_open()
    plan = journey.offers()
    places = [n["names"]["en"] for n in journey.content()["places"].values()]
    used = {p.junction for p in journey.outlook().ranking.choices}
    actions.withdraw(journey[Duty.PLN], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert journey.case().state == "READY"
    assert places
    again = journey.outlook().ranking
    burned = [left for left in again.left_out if left.why == "burned"]
    assert len(burned) >= 2
    assert not {left.place.junction for left in burned} & {p.junction for p in again.choices}
    assert used
    with pytest.raises(Refused, match="told to him before"):
        journey.proposes(answer="Рекс")
    assert journey.proposes(answer="Рекс", signs=("lamp_twice",)).number == 2


def test_an_approval_that_runs_out_ends_the_plan(journey):
    journey.to_open()
    plan = journey.offers()
    journey.wait(hours=6, minutes=1)
    while cases.clock_steps(journey.clocks, profile=PROFILE, now=journey.now):
        pass
    journey.follows()
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert journey.case().state == "READY"


def test_suspected_force_leaves_the_plan_as_it_looked_and_lets_nobody_go_on(journey):
    journey.to_open()
    journey.offers()
    cases.stop(journey[Duty.SUP], ref=journey.ref, to="DURESS", now=journey.now)
    journey.follows()
    assert journey.plan().state == State.OFFERED
    with pytest.raises(Refused, match="second reading"):
        journey.agrees()


def test_somebody_who_was_not_let_in_finds_no_passage(journey, officer):
    journey.drafts()
    stranger = officer(Duty.DPC, now=journey.now)
    with pytest.raises(Absent):
        queries.passage_for(stranger, Purpose.READ, ref=journey.passage.ref)
    plan = journey.proposes()
    with pytest.raises(Absent):
        actions.send_back(stranger, ref=plan.ref, reason="x", now=journey.now)


def test_the_escort_learns_the_way_only_after_go(journey, worker):
    journey.to_agreed()
    with pytest.raises(Absent):
        queries.route_under_escort(journey[Duty.PIL], journey.passage.ref, profile=PROFILE)
    journey.wait(minutes=50)
    for duty in WORDS:
        journey.reads_back(duty)
    journey.on_station()
    for duty in WORDS:
        journey.goes_ahead(duty)
    escort = worker("ESCORT")
    route = queries.route_under_escort(escort, journey.passage.ref, profile=PROFILE)
    assert len(route.line) > 2
    assert route.letter == "A"
    assert [c.key for c in route.checkpoints] == ["CP1", "CP2", "CP3"]
    assert route.since == journey.now
    assert queries.under_escort(escort) == [journey.passage.ref]


def test_the_database_lets_no_second_plan_live_and_nobody_go_without_his_yes(journey):
    journey.drafts()
    plan = journey.proposes()
    for change in ({"gone_at": journey.now}, {"offered_at": journey.now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(**change)
    plan.refresh_from_db()  # a box that was read may be any row's: the tables refuse this one
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.create(
            passage=journey.passage, number=9, content=plan.content, digest=plan.digest,
            language="ru", made_by="x", made_at=journey.now,
        )  # fmt: skip
