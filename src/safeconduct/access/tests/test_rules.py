from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access import rules, staff
from safeconduct.access.rules import Act, Duty, Given, Method, Officer, Purpose, WorkerId

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DUTIES = st.sampled_from(list(Duty))


def someone(*duties, ref="me", method=Method.PASSKEY):
    return Officer(ref, 1, "Operator 14", frozenset(duties), "proof", method)


def code(verdict):
    return verdict.code if verdict else ""


def test_every_duty_has_one_line_in_the_table():
    assert set(rules.TABLE) == set(Duty)
    assert all(entry.name and entry.does for entry in rules.TABLE.values())


def test_neither_proof_nor_token_can_reach_a_traceback():
    assert "proof" not in repr(someone(Duty.OP))
    assert "secret" not in repr(WorkerId("SYS:send", "secret"))


def test_a_worker_has_the_one_purpose_of_its_name():
    assert WorkerId("SYS:send", "t").purpose is Purpose.SEND
    with pytest.raises(ValueError, match="NOTHING"):
        _ = WorkerId("SYS:nothing", "t").purpose


@pytest.mark.parametrize(
    ("who", "verb", "among", "member", "says"),
    [
        (someone(Duty.ADM), "people.hold", (), None, ""),
        (someone(Duty.OP), "people.hold", (), None, "access.not_your_duty"),
        (someone(*Duty), "nobody.thought_of_it", (), None, "access.not_your_duty"),
        (someone(), "people.panic", (), None, "access.not_your_duty"),
        (someone(Duty.OP), "cases.open", {Duty.OP}, True, ""),
        (someone(Duty.OP), "cases.open", {Duty.OP}, False, "access.not_a_member"),
        (someone(Duty.ADM), "cases.open", {Duty.ADM}, True, "access.not_a_member"),
        (WorkerId("SYS:clocks", "t"), "cases.expire", (), None, ""),
        (WorkerId("SYS:clocks", "t"), "people.hold", (), None, "access.no_worker"),
        (WorkerId("SYS:read", "t"), "cases.expire", (), None, "access.no_worker"),
    ],
)
def test_what_is_not_said_to_be_allowed_is_refused(who, verb, among, member, says):
    assert code(rules.can(who, verb, among=among, member=member)) == says


@given(verb=st.text(max_size=20).filter(lambda v: v not in rules.VERBS), duties=st.sets(DUTIES))
def test_an_unknown_verb_is_refused_whoever_asks(verb, duties):
    assert rules.can(someone(*duties), verb) is not None


@pytest.mark.parametrize("alone", sorted(rules.ALONE))
@pytest.mark.parametrize("other", [Duty.OP, Duty.PUB])
def test_who_judges_or_serves_the_others_holds_no_other_duty(alone, other):
    assert code(rules.may_hold(alone, beside={other})) == "duty.stands_alone"
    assert code(rules.may_hold(other, beside={alone})) == "duty.stands_alone"
    assert rules.may_hold(alone, beside={alone}) is None


@pytest.mark.parametrize("away", sorted(rules.AWAY_FROM_CASES))
@pytest.mark.parametrize("way", sorted(rules.ON_THE_WAY))
def test_what_is_promised_or_published_is_coloured_by_no_case(away, way):
    assert code(rules.may_hold(away, beside={way})) == "duty.away_from_cases"
    assert code(rules.may_hold(way, beside={away})) == "duty.away_from_cases"


@given(st.lists(DUTIES, unique=True, max_size=6))
def test_whatever_order_duties_are_given_in_the_forbidden_sets_stay_out(wished):
    held: set[Duty] = set()
    for duty in wished:
        if rules.may_hold(duty, beside=held) is None:
            held.add(duty)
    assert len(held) <= 1 or not held & rules.ALONE
    assert not (held & rules.AWAY_FROM_CASES and held & rules.ON_THE_WAY)
    assert rules.MAY_BE_MEMBER.isdisjoint(rules.AWAY_FROM_CASES | {Duty.ADM})


def test_nobody_gives_a_duty_to_himself():
    admin = someone(Duty.ADM)
    verdict = rules.may_grant(admin, person="me", duty=Duty.OP, beside=())
    assert code(verdict) == "duty.to_oneself"
    assert rules.may_grant(admin, person="another", duty=Duty.OP, beside=()) is None
    refused = rules.may_grant(someone(Duty.SUP), person="another", duty=Duty.OP, beside=())
    assert code(refused) == "access.not_your_duty"
    kept_apart = rules.may_grant(admin, person="another", duty=Duty.OFF, beside={Duty.PLG})
    assert code(kept_apart) == "duty.away_from_cases"


@pytest.mark.parametrize(
    ("who", "person", "duty", "held", "inside", "already", "says"),
    [
        (someone(Duty.OP), "you", Duty.LEG, {Duty.LEG}, True, {Duty.OP}, ""),
        (someone(Duty.OP), "you", Duty.LEG, {Duty.LEG}, False, {Duty.OP}, "access.not_a_member"),
        (someone(Duty.SUP), "you", Duty.LEG, {Duty.LEG}, False, {Duty.OP}, ""),
        (someone(Duty.ADM), "you", Duty.LEG, {Duty.LEG}, True, (), "access.not_your_duty"),
        (someone(Duty.OP), "you", Duty.LEG, {Duty.OP}, True, {Duty.OP}, "member.not_held"),
        (someone(Duty.OP), "you", Duty.ADM, {Duty.ADM}, True, {Duty.OP}, "member.no_content"),
        (someone(Duty.SUP), "you", Duty.PUB, {Duty.PUB}, True, {Duty.OP}, "member.no_content"),
        (someone(Duty.OP), "me", Duty.OP, {Duty.OP}, False, (), ""),
        (someone(Duty.OP), "me", Duty.OP, {Duty.OP}, False, {Duty.OP}, "member.to_oneself"),
        (someone(Duty.SUP), "me", Duty.SUP, {Duty.SUP}, False, {Duty.OP}, "member.to_oneself"),
        (someone(Duty.TRC), "me", Duty.TRC, {Duty.TRC}, False, (), ""),
        (someone(Duty.TRC), "me", Duty.TRC, {Duty.TRC}, False, {Duty.SUP}, ""),
        (someone(Duty.TRC), "me", Duty.TRC, {Duty.TRC}, False, {Duty.VER}, "member.to_oneself"),
        (someone(Duty.TRC), "me", Duty.TRC, {Duty.TRC}, False, {Duty.TRC}, "member.to_oneself"),
        (someone(Duty.SUP), "you", Duty.TRC, {Duty.TRC}, True, (), "member.no_content"),
        (WorkerId("SYS:ingest", "t"), "you", Duty.TRC, {Duty.TRC}, False, (), "member.no_content"),
        (someone(Duty.OP), "me", Duty.OP, {Duty.OP}, False, {Duty.TRC}, "member.to_oneself"),
        (WorkerId("SYS:clocks", "t"), "you", Duty.OP, {Duty.OP}, False, (), ""),
        (WorkerId("SYS:audit", "t"), "you", Duty.OP, {Duty.OP}, False, (), "access.no_worker"),
    ],
)
def test_nobody_lets_himself_in_but_who_takes_the_next_in_the_queue(
    *, who, person, duty, held, inside, already, says
):
    verdict = rules.may_join(
        who,
        person=person,
        duty=duty,
        held=held,
        granter_is_member=inside,
        already=already,
    )
    assert code(verdict) == says


DIGEST = rules.digest_of({"place": 501234567})
ACT = Act("passage.approve", "plan", DIGEST, Duty.DPC)


@pytest.mark.parametrize(
    ("officer", "author", "digest", "given", "says"),
    [
        (someone(Duty.DPC), "planner", DIGEST, (), ""),
        (someone(Duty.DPC), "", DIGEST, (Given("other", Duty.LEG, NOON),), ""),
        (someone(Duty.DPC, method=Method.TOTP), "planner", DIGEST, (), "approve.needs_passkey"),
        (someone(Duty.LEG), "planner", DIGEST, (), "approve.not_your_duty"),
        (someone(Duty.DPC), "planner", None, (), "approve.changed"),
        (someone(Duty.DPC), "planner", b"\0" * 32, (), "approve.changed"),
        (someone(Duty.DPC), "me", DIGEST, (), "approve.own"),
        (someone(Duty.DPC), "", DIGEST, (Given("me", Duty.DPC, NOON),), "approve.twice"),
    ],
)
def test_who_may_say_yes_to_what(officer, author, digest, given, says):
    verdict = rules.may_approve(officer, ACT, author=author, digest=digest, given=given)
    assert code(verdict) == says


def test_an_act_is_the_same_bytes_on_every_machine_and_other_bytes_for_any_change():
    assert ACT.canonical() == Act("passage.approve", "plan", DIGEST, Duty.DPC).canonical()
    others = [
        Act("passage.go", "plan", DIGEST, Duty.DPC),
        Act("passage.approve", "other", DIGEST, Duty.DPC),
        Act("passage.approve", "plan", bytes(32), Duty.DPC),
        Act("passage.approve", "plan", DIGEST, Duty.LEG),
    ]
    assert len({ACT.canonical(), *(act.canonical() for act in others)}) == 5
    assert len(rules.spoken(DIGEST)) == 9
    with pytest.raises(TypeError, match="integers only"):
        rules.digest_of({"lat": 50.1})


def test_one_person_never_fills_two_places():
    one = Given("a", Duty.DPC, NOON), Given("a", Duty.FCO, NOON), Given("c", Duty.RCV, NOON)
    assert not rules.shares_duty(one, [Duty.DPC, Duty.FCO, Duty.RCV])
    three = (*one, Given("b", Duty.FCO, NOON))
    assert rules.shares_duty(three, [Duty.DPC, Duty.FCO, Duty.RCV])
    assert rules.shares_duty([], [])


@given(
    st.lists(
        st.builds(
            Given,
            st.sampled_from("abcd"),
            st.sampled_from([Duty.DPC, Duty.FCO, Duty.RCV]),
            st.just(NOON),
        ),
        max_size=8,
    )
)
def test_three_places_are_filled_only_by_three_people(given_):
    if rules.shares_duty(given_, [Duty.DPC, Duty.FCO, Duty.RCV]):
        assert len({each.person for each in given_}) >= 3


@pytest.mark.parametrize(
    ("idle_s", "age_s", "lives"),
    [(0, 0, True), (599, 599, True), (600, 600, False), (0, 28_799, True), (0, 28_800, False)],
)
def test_a_login_idles_out_after_ten_minutes_and_ends_after_eight_hours(idle_s, age_s, lives):
    seen, began = NOON - timedelta(seconds=idle_s), NOON - timedelta(seconds=age_s)
    assert staff.login_lives(began, seen, wall=NOON) is lives


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Operator 14", ""),
        ("Anna Kovalenko", "person.no_pseudonym"),
        ("a1", "person.no_pseudonym"),
        (" Operator 14", "person.no_pseudonym"),
        ("9" * 61, "person.no_pseudonym"),
    ],
)
def test_a_name_without_a_number_is_most_likely_true_and_refused(name, says):
    assert code(staff.name_of_staff(name)) == says


def test_a_reason_is_asked_for():
    assert staff.a_reason("spare key for the safe") is None
    assert code(staff.a_reason("  ")) == "access.no_reason"


@pytest.mark.parametrize(
    ("held", "begins_h", "ends_h", "says"),
    [
        ({Duty.DPC}, 0, 12, ""),
        ({Duty.OP}, 0, 12, "shift.not_held"),
        ({Duty.DPC}, 12, 12, "shift.over"),
        ({Duty.DPC}, -24, -12, "shift.over"),
    ],
)
def test_a_shift_is_for_a_duty_held_and_a_time_to_come(held, begins_h, ends_h, says):
    begins, ends = NOON + timedelta(hours=begins_h), NOON + timedelta(hours=ends_h)
    verdict = staff.may_serve(Duty.DPC, held=held, begins_at=begins, ends_at=ends, now=NOON)
    assert code(verdict) == says


@pytest.mark.parametrize(
    ("handle", "says"),
    [
        ("", ""),
        ("+380441234567", ""),
        ("380441234567", "shift.no_number"),
        ("+12", "shift.no_number"),
        ("+3804412345670000", "shift.no_number"),
        ("+38044 123456", "shift.no_number"),
    ],
)
def test_a_pager_is_a_number_or_nothing(handle, says):
    assert code(staff.a_pager(handle)) == says


def test_nobody_reviews_his_own_glass_and_another_says_why():
    asked = {"breaker": "a", "duty": Duty.AUD, "words": "I read it too"}
    assert staff.may_review("b", **asked) is None
    assert staff.may_review("a", **asked).code == "glass.own_review"
    assert staff.may_review("b", **{**asked, "duty": Duty.OP}).code == "glass.no_reviewer"
    assert staff.may_review("b", **{**asked, "words": " "}).code == "access.no_reason"


def test_a_programme_keeps_more_duties_apart_than_the_product_does():
    apart = [frozenset({"OP", "VER"})]
    assert staff.apart_here({Duty.OP, Duty.PLN}, apart=apart) is None
    assert code(staff.apart_here({Duty.OP, Duty.PLN, Duty.VER}, apart=apart)) == "duty.apart_here"
    assert staff.apart_here({Duty.OP, Duty.VER}, apart=()) is None
