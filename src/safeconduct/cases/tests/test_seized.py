"""Something was seized: what it touched burns, nothing else does, and those who work on it are called."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tables import closed

from safeconduct import clock, sealing
from safeconduct.access import client, queries
from safeconduct.access.boxes import Box
from safeconduct.access.models import Call, Membership, Person
from safeconduct.access.rules import Absent, Duty
from safeconduct.audit.models import Entry, Lasting
from safeconduct.cases import actions, seized, touching
from safeconduct.cases.models import BurnedPlace, BurnedSign, Merge, Seizure, Touched
from safeconduct.cases.seized import Kind, Thing
from safeconduct.cases.tests.walking import Crew
from safeconduct.geo import Point
from safeconduct.post.models import Handle
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class Told:
    """Cases in each of which a place and two signs were told, ten kilometres apart."""

    def __init__(self, crew: Crew) -> None:
        self.crew, self.men = crew, list[Crew]()
        crew[Duty.OP]

    def another(self) -> Crew:
        man = Crew(self.crew._hire, self.crew._touch, lambda _purpose: self.crew.clocks, NOON)
        man._people = dict(self.crew._people)
        man.opened()
        place = Point(50 + len(self.men) * 0.1, 30)
        told = {"places": [place], "points": [Point(place.lat_deg, 30.05)], "signs": ["cloth"]}
        actions.tell(man[Duty.OP], ref=man.ref, **told, challenge="dog", radius_m=500, now=man.now)
        self.men.append(man)
        return man


@pytest.fixture
def told(crew):
    return Told(crew)


@pytest.fixture
def says(officer):
    """Return what a supervisor says to be seized."""
    supervisor = officer(Duty.SUP)

    def say(kind, name="", *, since=None, now=NOON, by=supervisor):
        return actions.say_seized(by, Thing(kind, name, since), now=now, wall=clock.wall())

    return say


def burned() -> set[str]:
    """Return the refs of the cases all of whose places and signs have burned; none burns by halves."""
    rows = [*BurnedPlace.objects.all(), *BurnedSign.objects.all()]
    gone = {row.case_ref for row in rows if row.burned_at}
    assert not gone & {row.case_ref for row in rows if not row.burned_at}
    return gone


def call_kinds() -> set[tuple[str, str]]:
    return set(Call.objects.values_list("duty", "kind"))


# ---- what burns ----

span_st = st.tuples(st.integers(0, 9), st.integers(0, 9) | st.none())


def test_of_a_colleague_burns_what_he_could_read_since_then_and_nothing_else(told, says, officer):
    men = [told.another() for _man in range(4)]
    colleague = Person.objects.get(pk=officer(Duty.OP).pk)

    @settings(max_examples=25)
    @given(
        spans=st.tuples(*[st.lists(span_st, max_size=2)] * len(men)),
        since=st.integers(0, 9) | st.none(),
    )
    def holds(spans, since):
        with transaction.atomic():
            touched = set()
            for man, his in zip(men, spans, strict=True):
                for begin, length in his:
                    end = None if length is None else begin + length
                    _let_in(colleague, man, begin=begin, end=end)
                    if since is None or end is None or end >= since:
                        touched.add(man.ref)
            says(
                Kind.STAFF,
                colleague.ref,
                since=None if since is None else NOON + since * HOUR,
                now=NOON + 20 * HOUR,
            )
            assert burned() == touched
            assert set(Touched.objects.values_list("case__ref", flat=True)) == touched
            transaction.set_rollback(True)

    holds()


def _let_in(colleague, man, *, begin, end):
    # The duty is of no weight here, and one living membership of a duty is all the table takes.
    there = Membership.objects.filter(person=colleague, compartment=man.compartment)
    Membership.objects.create(
        person=colleague,
        compartment=man.compartment,
        duty=(Duty.OP, Duty.VER)[there.count()],
        granted_by="test",
        since=NOON + begin * HOUR,
        ended_at=None if end is None else NOON + end * HOUR,
    )


def test_of_his_telephone_burns_what_he_was_told_and_nobody_elses(told, says):
    mine, other = told.another(), told.another()
    says(Kind.CASE, mine.ref)
    assert burned() == {mine.ref}
    assert other.case().owed.filter(kind=seized.LOOKED_AT).count() == 0


def test_of_a_man_with_two_cases_both_burn(told, says):
    walk_in, earlier, other = told.another(), told.another(), told.another()
    Merge.objects.create(
        walk_in=walk_in.case(), earlier=earlier.case(), since=NOON, people=["a", "b"], approvals=2
    )
    says(Kind.CASE, walk_in.ref)
    assert burned() == {walk_in.ref, earlier.ref}
    assert other.ref not in burned()
    assert walk_in.open_debts() & {seized.LOOKED_AT}
    assert not earlier.open_debts() & {seized.LOOKED_AT}  # it rests; nobody could look at it


def writes_by(man, route, *, at=NOON):
    """Let his number have come in by a route."""
    ref = new_ref()
    address = sealing.address("post.Handle.number", man.compartment, ref)
    box = sealing.seal_field(sealing.new_key(), b"+380501234567", address)
    Handle.objects.create(
        ref=ref,
        person_ref=man.case().person_ref,
        compartment=man.compartment,
        route=route,
        number=Box(box, column="post.Handle.number", ref=ref, fresh=True),
        index=sealing.new_key(),
        optout_index=sealing.new_key(),
        first_at=at,
        last_inbound_at=at,
    )


def test_of_a_gateway_burn_those_who_wrote_by_it_since_then(told, says):
    men = [told.another() for _man in range(4)]
    routes = (("smpp", 5), ("smpp:second", 6), ("smpp", 1), ("web", 6))
    for man, (route, hour) in zip(men, routes, strict=True):
        writes_by(man, route, at=NOON + hour * HOUR)
    says(Kind.GATEWAY, "smpp", since=NOON + 4 * HOUR, now=NOON + 9 * HOUR)
    assert burned() == {men[0].ref, men[1].ref}
    says(Kind.GATEWAY, "smpp", now=NOON + 9 * HOUR)
    assert burned() == {man.ref for man in men[:3]}


def test_of_a_gateway_that_carries_positions_burn_those_who_were_on_the_way(
    crew, told, says, tmp_path, settings
):
    settings.DATA = tmp_path
    (tmp_path / "gateways.toml").write_text(
        '[[gateway]]\nname = "mavlink"\naddress = "127.0.0.1:7301"\ninto = "in-mavlink"\n'
        '[[gateway]]\nname = "pager"\naddress = "127.0.0.1:7302"\n'
    )
    moving, waiting = told.another(), told.another()
    moving.goes("APPLIED", "VERIFYING", "STANDBY", "READY", "PLANNED", "AGREED", "MOVING")
    says(Kind.GATEWAY, "pager")
    assert burned() == set()
    says(Kind.GATEWAY, "mavlink")
    assert burned() == {moving.ref}
    assert waiting.case().touched.count() == 0


def test_of_everything_all_burns_also_what_nobody_is_joined_to_any_more(told, says):
    men = [told.another(), told.another()]
    BurnedPlace.objects.filter(case_ref=men[0].ref).update(case_ref="")
    says(Kind.EVERYTHING)
    assert burned() == {"", men[0].ref, men[1].ref}


def test_what_burned_stands_in_the_register_so_that_no_restore_brings_it_back(told, says):
    man = told.another()
    before = Lasting.objects.filter(kind="burned").count()
    says(Kind.CASE, man.ref)
    assert Lasting.objects.filter(kind="burned").count() == before + 4  # two places, two marks


# ---- who is called, and what is owed ----


def test_members_have_an_hour_to_look_and_whoever_looked_says_so(told, says):
    man = told.another()
    says(Kind.CASE, man.ref)
    owed = man.case().owed.get(kind=seized.LOOKED_AT)
    assert owed.due_at == NOON + HOUR
    assert {("OP", "cases.seized"), ("SUP", "cases.seized")} <= call_kinds()
    assert not [kind for _duty, kind in call_kinds() if kind.endswith("on_the_way")]
    actions.record_by_hand(man.ref, kind=seized.LOOKED_AT, by=man[Duty.OP], at=NOON + HOUR / 2)
    assert man.owes(seized.LOOKED_AT) == NOON + HOUR / 2


def test_nobody_is_called_for_a_case_that_was_not_touched(told, says, officer):
    touched = told.another()
    man = told.another()
    man[Duty.PLG]
    says(Kind.CASE, touched.ref)
    assert ("PLG", "cases.seized") not in call_kinds()
    assert not man.open_debts() & {seized.LOOKED_AT}


def test_the_commander_is_called_at_once_about_one_who_is_on_the_way(told, says):
    man = told.another()
    man.goes("APPLIED", "VERIFYING", "STANDBY", "READY", "PLANNED", "AGREED", "MOVING")
    says(Kind.CASE, man.ref)
    assert ("DPC", "cases.seized_on_the_way") in call_kinds()


def test_a_seized_gateway_calls_whoever_can_strike_it_out(told, says):
    says(Kind.GATEWAY, "smpp")
    assert ("ADM", "cases.seized_machine") in call_kinds()


def test_a_colleagues_login_ends_in_both_tables(told, says, officer):
    colleague = officer(Duty.OP)
    ref = says(Kind.STAFF, colleague.ref)
    assert Seizure.objects.get(ref=ref).shut_at == NOON
    assert queries.officer_of(colleague.login, now=NOON, wall=clock.wall()) is None
    with pytest.raises(Refused):
        client.whoami(colleague.login)


@pytest.mark.parametrize("duty", sorted(seized.MAY_SAY))
def test_each_of_the_three_ends_a_login_alone(told, says, officer, duty):
    colleague = officer(Duty.OP)
    ref = says(Kind.STAFF, colleague.ref, by=officer(duty))
    assert Seizure.objects.get(ref=ref).shut_at == NOON


# ---- who says so, and what he learns ----


@pytest.mark.parametrize("duty", sorted(set(Duty) - seized.MAY_SAY))
def test_no_other_duty_says_so_or_counts(told, officer, duty):
    thing, who = Thing(Kind.EVERYTHING, ""), officer(duty)
    with pytest.raises(Refused, match="not among your duties"):
        actions.say_seized(who, thing, now=NOON, wall=clock.wall())
    with pytest.raises(Refused, match="not among your duties"):
        actions.count_seized(who, thing, now=NOON)
    assert not Seizure.objects.exists()


def test_nothing_was_seized_tomorrow(told, says):
    with pytest.raises(Refused, match="lies ahead"):
        says(Kind.EVERYTHING, since=NOON + HOUR)


def test_what_is_named_has_to_be_there(told, data_folder):
    man = told.another()
    assert touching.named("case", f" {man.ref} ", since=None) == Thing(Kind.CASE, man.ref)
    name = man[Duty.OP].name
    assert touching.named("staff", name.lower(), since=None).name == man[Duty.OP].ref
    for kind, wrong in (("staff", "Nobody 7"), ("staff", ""), ("gateway", "smoke"), ("horse", "")):
        with pytest.raises(Refused):
            touching.named(kind, wrong, since=None)
    with pytest.raises(Absent):
        touching.named("case", "nothing", since=None)


def test_he_counts_what_it_would_touch_and_that_goes_on_record(told, officer):
    men = [told.another() for _man in range(3)]
    colleague, supervisor = officer(Duty.VER), officer(Duty.SUP)
    men[0].let_in(colleague, Duty.VER)
    counts = actions.count_seized(supervisor, Thing(Kind.STAFF, colleague.ref), now=NOON)
    assert (counts.cases, counts.places, counts.signs, counts.on_the_way) == (1, 2, 2, 0)
    assert Entry.objects.filter(who=supervisor.ref, verb="seizure.staff counted").count() == 1
    assert burned() == set()


@pytest.mark.parametrize(
    ("kind", "name", "subject"),
    [
        (Kind.GATEWAY, "smpp:a-name-longer-than-any-ref", "gateway"),
        (Kind.EVERYTHING, "", "everything"),
    ],
)
def test_what_has_no_ref_is_counted_under_its_kind(officer, kind, name, subject):
    actions.count_seized(officer(Duty.SUP), Thing(kind, name), now=NOON)
    assert Entry.objects.get(verb=f"seizure.{kind} counted").subject == subject


def test_of_one_case_nobody_outside_learns_what_was_told_in_it(told, officer):
    man = told.another()
    thing = Thing(Kind.CASE, man.ref)
    assert actions.count_seized(officer(Duty.SUP), thing, now=NOON) is None
    assert actions.count_seized(man[Duty.SUP], thing, now=NOON).places == 2


def test_the_numbers_do_not_tell_that_he_may_be_forced(told, officer):
    man = told.another()
    man.goes("APPLIED", "VERIFYING", "STANDBY", "READY", "PLANNED", "AGREED", "MOVING")
    thing, commander = Thing(Kind.CASE, man.ref), man[Duty.DPC]
    before = actions.count_seized(commander, thing, now=NOON)
    actions.stop(man[Duty.OP], ref=man.ref, to="DURESS", now=man.now)
    assert burned() == {man.ref}
    assert actions.count_seized(commander, thing, now=NOON) == before


# ---- twice, at once, and when things fail ----


def test_pressed_twice_it_burns_once_and_owes_once(told, says):
    man = told.another()
    says(Kind.CASE, man.ref)
    first = list(BurnedPlace.objects.values_list("pk", "burned_at"))
    lines, calls = Lasting.objects.count(), call_kinds()
    says(Kind.CASE, man.ref, now=NOON + HOUR / 6)
    assert list(BurnedPlace.objects.values_list("pk", "burned_at")) == first
    assert (Lasting.objects.count(), call_kinds()) == (lines, calls)
    assert man.case().owed.filter(kind=seized.LOOKED_AT).count() == 1
    assert Seizure.objects.count() == 2


def test_a_table_that_takes_no_row_is_said_in_words_and_nothing_burns_by_halves(told, says):
    man = told.another()
    with closed("cases_touched"), pytest.raises(Refused, match="Nothing was burned"):
        says(Kind.CASE, man.ref)
    assert burned() == set()
    assert not man.open_debts() & {seized.LOOKED_AT}


def test_without_the_keeper_all_burns_and_its_part_of_the_login_is_ended_when_it_is_back(
    told, says, officer, keeper
):
    man, colleague = told.another(), officer(Duty.OP)
    man.let_in(colleague, Duty.OP)
    keeper.kill()
    try:
        ref = says(Kind.STAFF, colleague.ref)
    finally:
        keeper.start()
    assert burned() == {man.ref}
    assert queries.officer_of(colleague.login, now=NOON, wall=clock.wall()) is None
    assert Seizure.objects.get(ref=ref).shut_at is None
    assert client.whoami(colleague.login).person == colleague.ref
    assert Seizure.objects.get(ref=says(Kind.STAFF, colleague.ref)).shut_at == NOON
    with pytest.raises(Refused):
        client.whoami(colleague.login)


def test_while_its_plans_wait_to_burn_no_place_of_the_case_is_told(told, says):
    man = told.another()
    far = {"places": [Point(55, 30)], "radius_m": 500}
    says(Kind.CASE, man.ref)
    with pytest.raises(Refused, match="was seized"):
        actions.tell(man[Duty.OP], ref=man.ref, **far, now=NOON)
    actions.plans_burned(man.case(), now=NOON)
    actions.tell(man[Duty.OP], ref=man.ref, **far, now=NOON)
    assert BurnedPlace.objects.filter(case_ref=man.ref, burned_at=None).count() == 1


def test_an_erased_case_is_touched_by_nothing_and_leaves_no_trace_of_what_was(told, says):
    man = told.another()
    says(Kind.CASE, man.ref)
    actions.erase_again(man.compartment, now=NOON)
    assert Touched.objects.count() == 0
    assert Seizure.objects.count() == 1
    says(Kind.EVERYTHING)
    assert Touched.objects.count() == 0
