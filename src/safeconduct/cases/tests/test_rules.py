"""Who may take which step, and what is missing. Each refusal stands beside its success."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty, Given, Officer, WorkerId
from safeconduct.cases import rules
from safeconduct.cases.machine import MACHINE
from safeconduct.programme import load

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = load.current().limits_s
CLOCKS = WorkerId("SYS:clocks", "")


def officer(*duties: Duty, ref: str = "ann") -> Officer:
    return Officer(ref=ref, pk=1, name="Officer", duties=frozenset(duties), login="")


def whole(way, *, at=NOON):
    """Everything a step asks for, brought just now by a person for each."""
    kinds = [MACHINE.kinds[slug] for slug in way.before if not MACHINE.kinds[slug].judged]
    slugs = [slug for kind in kinds for slug in (kind.parts or (kind.slug,))]
    return tuple(rules.Entry(slug, f"p{n}", at) for n, slug in enumerate(slugs))


def standing(way, *, evidence=None, waited=timedelta(days=400), **more):
    fresh = whole(way) if evidence is None else evidence
    before = "not_verified_before" not in way.before
    return rules.Standing(way.source, NOON - waited, fresh, verified_before=before, **more)


def yeses(way):
    """Different people, one for each role that has to say yes, in the order of the roles."""
    roles = way.staff[1:] if way.who_rule == "proposed" else way.staff
    roles = [roles[0]] * way.approvals if len(roles) < way.approvals else roles
    return tuple(
        Given(f"y{n}", Duty(duty), NOON + timedelta(seconds=n)) for n, duty in enumerate(roles)
    )


def judge(way, *, stands=None, who=None, given=(), author=""):
    who = who or (officer(Duty(way.staff[0])) if way.staff else CLOCKS)
    return rules.verdict(
        MACHINE,
        stands or standing(way),
        way.target,
        who=who,
        given=given or (yeses(way) if way.approvals > 1 else ()),
        author=author,
        now=NOON,
        limits_s=LIMITS,
    )


WAYS = list(MACHINE.transitions.values())
SEVERAL = [pytest.param(way, id=way.target) for way in WAYS if way.approvals > 1]
STOPS = [way for way in WAYS if way.target in MACHINE.stopping]
GOING = [way for way in WAYS if way.target not in MACHINE.stopping]


def test_every_step_is_possible_when_all_is_there():
    assert (len(WAYS), len(STOPS), len(GOING)) == (153, 68, 85)
    assert [way.pair for way in WAYS if judge(way) is not None] == []


def test_every_step_is_refused_to_who_has_no_part_in_it():
    stranger, nobody = officer(Duty.PUB), (Given("x", Duty.PUB, NOON),) * 3
    for way in WAYS:
        if way.approvals == 1:
            assert judge(way, who=stranger).code == "case.not_your_duty", way.pair
        else:
            assert judge(way, given=nobody).code == "case.approvals", way.pair


def test_each_missing_piece_bars_the_step_and_is_named():
    for way in GOING:
        pieces = whole(way)
        for gone in pieces:
            left = tuple(entry for entry in pieces if entry is not gone)
            refused = judge(way, stands=standing(way, evidence=left))
            assert refused is not None, (way.pair, gone)
            assert refused.code == "case.missing", (way.pair, gone)
            assert refused.remedy, (way.pair, gone)


@pytest.mark.parametrize("pair", [("READY", "PLANNED"), ("AGREED", "MOVING")])
def test_an_acknowledgement_counts_no_longer_than_its_area(pair):
    way = MACHINE.transitions[pair]

    def judged(ended_at):
        ended = rules.Entry("no_fire_ended", "fires", ended_at)
        return judge(way, stands=standing(way, evidence=(*whole(way), ended)))

    assert judged(NOON - timedelta(minutes=1)) is None
    assert judged(NOON).code == "case.missing"
    assert "no-fire" in judged(NOON).why


@pytest.mark.parametrize("way", SEVERAL)
def test_one_person_never_counts_twice(way):
    alone = tuple(Given("same", each.duty, each.at) for each in yeses(way))
    assert judge(way, given=alone).code == "case.approvals"


@pytest.mark.parametrize("way", SEVERAL)
def test_whoever_put_it_forward_is_not_counted(way):
    given_ = yeses(way)[: way.approvals]
    assert judge(way, given=given_, author=given_[0].person).code == "case.approvals"


def test_the_handover_is_given_before_it_is_taken():
    way = MACHINE.transitions["SECURED", "RECEIVED"]
    giver, taker = Given("g", Duty.RCV, NOON), Given("t", Duty.RCP, NOON + timedelta(minutes=1))
    assert judge(way, given=(giver, taker)) is None
    early = Given("t", Duty.RCP, NOON - timedelta(minutes=1))
    assert judge(way, given=(giver, early)).code == "case.approvals"


def test_two_planners_or_two_lawyers_do_not_approve_a_plan():
    way = MACHINE.transitions["READY", "PLANNED"]
    for duties in ((Duty.PLN, Duty.DPC), (Duty.LEG, Duty.LEG)):
        said = tuple(Given(f"y{n}", duty, NOON) for n, duty in enumerate(duties))
        assert judge(way, given=said).code == "case.approvals"
    two_commanders = (Given("a", Duty.DPC, NOON), Given("b", Duty.DPC, NOON))
    assert judge(way, given=two_commanders) is None


@given(st.sets(st.sampled_from(["DPC", "FCO", "RCV"]), max_size=2))
def test_go_needs_one_person_for_each_of_three_roles(said):
    way = MACHINE.transitions["AGREED", "MOVING"]
    given_ = tuple(Given(duty, Duty(duty), NOON) for duty in sorted(said))
    refused = rules.verdict(
        MACHINE, standing(way), "MOVING", who=CLOCKS, given=given_, now=NOON, limits_s=LIMITS
    )
    assert refused.code == "case.approvals"


@given(st.integers(0, 7200))
def test_a_read_back_counts_for_thirty_minutes_and_no_longer(age_s):
    way = MACHINE.transitions["AGREED", "MOVING"]
    then = NOON - timedelta(seconds=age_s)
    pieces = tuple(
        rules.Entry(e.kind, e.by, then if e.kind == "read_back_rcv" else e.at) for e in whole(way)
    )
    refused = judge(way, stands=standing(way, evidence=pieces))
    assert (refused is None) == (age_s <= 1800)


def test_three_read_backs_by_two_people_are_not_three():
    way = MACHINE.transitions["AGREED", "MOVING"]
    pieces = tuple(
        rules.Entry(e.kind, "same" if e.kind.startswith("read_back") else e.by, e.at)
        for e in whole(way)
    )
    assert judge(way, stands=standing(way, evidence=pieces)).code == "case.missing"


def test_nothing_is_planned_for_a_frozen_case():
    way = MACHINE.transitions["READY", "PLANNED"]
    assert judge(way, stands=standing(way, frozen=True)).code == "case.missing"
    assert judge(way, stands=standing(way)) is None


def test_what_was_brought_for_an_earlier_plan_does_not_count_for_the_next():
    way = MACHINE.transitions["READY", "PLANNED"]
    earlier = whole(way, at=NOON - timedelta(days=401))
    refused = judge(way, stands=standing(way, evidence=earlier))
    assert refused.code == "case.missing"
    assert "run out of date" in refused.why


def test_a_stop_asks_for_nothing_even_on_a_frozen_case_with_everything_owed():
    owed = frozenset(MACHINE.kinds)
    for way in STOPS:
        bare = rules.Standing(way.source, NOON, (), owed_open=owed, frozen=True)
        for duty in way.staff:
            assert judge(way, stands=bare, who=officer(Duty(duty))) is None, (way.pair, duty)


def test_a_stop_is_judged_without_any_table():
    for way in STOPS:
        assert rules.may_stop(MACHINE, way.target, officer(Duty(way.staff[0]))) is None, way.pair
        refused = rules.may_stop(MACHINE, way.target, officer(Duty.PUB))
        assert refused.code == "case.not_your_duty", way.pair
    assert rules.may_stop(MACHINE, "MOVING", officer(Duty.DPC)).code == "case.no_stop"


def test_a_worker_takes_no_step_but_those_that_time_takes():
    for way in WAYS:
        if way.approvals == 1:
            allowed = judge(way, who=CLOCKS) is None
            assert allowed == ("SYS" in way.who), way


def test_whoever_refused_him_does_not_decide_his_appeal():
    way = MACHINE.transitions["NOT_ACCEPTED", "VERIFYING"]
    first = yeses(way)[0].person
    refused = judge(way, stands=standing(way, refused_by=frozenset({first})))
    assert refused.code == "case.refused_before"
    assert judge(way) is None


def test_purging_waits_for_its_term_and_for_what_is_owed():
    way = MACHINE.transitions["DECLINED", "PURGED"]
    assert judge(way, stands=standing(way, waited=timedelta(days=29))).code == "case.missing"
    assert judge(way, stands=standing(way, waited=timedelta(days=31))) is None
    settled = MACHINE.transitions["SETTLED", "PURGED"]
    owing = standing(settled, owed_open=frozenset({"bureau_notice"}))
    assert judge(settled, stands=owing).code == "case.missing"


def test_what_he_was_told_burns_on_every_exit_but_contact():
    for way in WAYS:
        if way.source in rules.TOLD and way.target not in rules.TOLD:
            assert rules.burns(way) == (way.target != "CONTACT"), way.pair
        if way.target == "CONTACT":
            assert not rules.burns(way), way.pair


def test_suspected_force_is_seen_by_two_duties_and_by_no_other():
    for duty in Duty:
        seen = rules.shown_state("DURESS", ordinary="STANDBY", duties={duty})
        assert (seen == "DURESS") == (duty in {Duty.SUP, Duty.VER})


def test_nobody_records_what_the_programme_judges_nor_what_is_not_his():
    kinds, now = MACHINE.kinds, NOON
    assert rules.may_record(kinds["nothing_owed"], officer(*Duty), at=now, now=now) is not None
    assert rules.may_record(kinds["identity_b"], officer(Duty.OP), at=now, now=now) is not None
    assert rules.may_record(kinds["identity_b"], officer(Duty.VER), at=now, now=now) is None
    ahead = now + timedelta(minutes=1)
    assert rules.may_record(kinds["identity_b"], officer(Duty.VER), at=ahead, now=now) is not None


def test_a_freeze_is_lifted_by_two_people_and_a_childs_fact_by_two_duties():
    one = (Given("a", Duty.SUP, NOON),)
    assert rules.may_lift("frozen", one) is not None
    assert rules.may_lift("frozen", (*one, Given("b", Duty.VER, NOON))) is None
    lawyers = (Given("a", Duty.LEG, NOON), Given("b", Duty.LEG, NOON))
    assert rules.may_lift("child", lawyers) is not None
    assert rules.may_lift("child", (lawyers[0], Given("c", Duty.CPO, NOON))) is None


def test_erasing_takes_two_people_even_where_the_machine_asks_one():
    one = (Given("a", Duty.DPO, NOON),)
    for state in ("DECLINED", "ABORTED"):  # the second rests for good: the machine has no way there
        duties = rules.purgers(MACHINE, state)
        assert rules.may_purge(duties, one) is not None
        assert rules.may_purge(duties, (*one, Given("b", Duty.AUD, NOON))) is None
        without = (Given("a", Duty.AUD, NOON), Given("b", Duty.AUD, NOON))
        assert rules.may_purge(duties, without) is not None


@pytest.mark.parametrize("way", [w for w in GOING if w.target == "DECEASED"], ids=lambda w: w.pair)
def test_a_death_owes_certificate_inquiry_and_notice(way):
    owed = {debt.kind for debt in rules.still_owed(MACHINE, way, ())}
    proofs = {"death_certificate", "death_proved", "bureau_confirms_death", "death_confirmed"}
    assert owed & proofs
    if MACHINE.group(way.source) in {"arrival", "custody"}:
        assert {"inquiry", "bureau_notice", "death_certificate"} <= owed


def test_what_was_done_once_for_him_is_not_owed_again_when_he_goes_to_hospital():
    way = MACHINE.transitions["SECURED", "MEDICAL"]
    before = {debt.kind for debt in rules.still_owed(MACHINE, way, ())}
    after = {debt.kind for debt in rules.still_owed(MACHINE, way, ("property_list",))}
    assert before - after == {"property_list"}
