"""A telephone that had no link: once, at the time it was written, by the rules of a form, and never lost."""

import contextlib
import json
from datetime import timedelta

import pytest
from conftest import NOON
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.access import actions as access
from safeconduct.access.models import Person
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.cases.queries import CaseRow
from safeconduct.programme import load
from safeconduct.reception import actions, phonebox, phoned, queries
from safeconduct.reception.models import PhoneEntry
from safeconduct.refusal import Refused

PROFILE = load.current()
IN_FIELD = NOON - timedelta(hours=3)


def plain(kind, about, **told):
    return json.dumps(
        {"kind": kind, "about": about, "told": told, "at": IN_FIELD.timestamp() * 1000}
    ).encode()


class Phone:
    """Seals as the page does, and sends when it is told to."""

    def __init__(self, officer):
        self.officer, self.sent = officer, 0
        self.key = actions.key_now(officer, now=NOON)

    def seals(self, kind, about, **told):
        self.sent += 1
        entry = f"{self.sent:032x}"
        return entry, phonebox.sealed_to(
            bytes(self.key.public), plain(kind, about, **told), entry=entry
        )

    def sends(self, entry, box):
        return actions.take_in(
            self.officer, entry=entry, key=self.key.ref, box=box, profile=PROFILE, now=NOON
        )

    def says(self, kind, about, **told):
        return self.sends(*self.seals(kind, about, **told))


@pytest.fixture
def phone(officer):
    return Phone(officer(Duty.RCV))


pytestmark = pytest.mark.django_db
ONE = {"people": "1", "children": "0", "hurt": "0", "armed": "no"}


def test_a_walk_in_of_the_field_is_a_case_with_both_times_and_what_it_said_in_its_own_compartment(
    phone,
):
    assert phone.says("walk_in", "ACDEFG", **ONE) == "done"
    case = CaseRow.objects.get()
    assert case.state == "WALK_IN"
    (told,) = queries.phoned_of(phone.officer, Purpose.READ, ref=case.ref)
    assert (told.tag, told.at, told.came_at) == ("ACDEFG", IN_FIELD, NOON)
    assert told.told == {"kind": "walk_in", **ONE}
    assert b"people" not in bytes(PhoneEntry.objects.get().body)


def test_the_four_items_of_the_field_are_a_paper_for_its_readers_keys_and_refused_is_a_full_answer(
    officer,
):
    phone = Phone(officer(Duty.RCP))
    phone.says("walk_in", "ACDEFG", **ONE)
    case = CaseRow.objects.get()
    full = {"names": "Zimorodkov", "rank": "unknown", "birth_date": "refused"}
    assert phone.says("four", "ACDEFG", **full) == "look", "a blank is none"
    assert phone.says("four", "ACDEFG", **full, service_number="refused") == "done"
    arrival = queries.arrival_for(phone.officer, Purpose.READ, ref=case.ref)
    told = queries.named_of(phone.officer, Purpose.READ, arrival)["four"]
    assert told == {**full, "service_number": "refused"}
    assert PhoneEntry.objects.get(case=case, state="done", tag="").body is None
    assert case.evidence.filter(kind="four_items").exists()


def test_what_is_sent_twice_is_stored_once(phone):
    entry, box = phone.seals("walk_in", "ACDEFG", **ONE)
    assert {phone.sends(entry, box) for _ in range(3)} == {"done"}
    assert (CaseRow.objects.count(), PhoneEntry.objects.count()) == (1, 1)


def test_a_group_is_a_case_for_each_with_children_and_hurt_marked_in_doubt(phone):
    told = {"people": "3", "children": "1", "hurt": "2", "armed": "yes"}
    phone.says("walk_in", "ACDEFG", **told)
    rows = CaseRow.objects.order_by("pk")
    assert [(each.child, each.medical) for each in rows] == [
        (False, True),
        (False, True),
        (True, False),
    ]
    assert sorted(PhoneEntry.objects.values_list("tag", flat=True)) == [
        "ACDEFG",
        "ACDEFG-2",
        "ACDEFG-3",
    ]


def test_what_follows_finds_him_by_his_tag_and_goes_by_the_verbs_of_a_form(phone):
    phone.says("walk_in", "ACDEFG", **ONE)
    for kind, told in (
        ("count", {"counted": "1"}),
        ("challenge", {"matched": "no"}),
        ("secure", {"weapons": "safe", "search": "done"}),
        ("effect", {"what": "wedding ring"}),
        ("money", {"money": "1500", "currency": "RUB"}),
    ):
        assert phone.says(kind, "acdefg", **told) == "done", kind
    ref = CaseRow.objects.get().ref
    arrival = queries.arrival_for(phone.officer, Purpose.READ, ref=ref)
    ring = queries.ring_for(phone.officer, Purpose.READ, arrival)
    assert [each.told.get("what", "") for each in queries.things_of(arrival, ring)] == [
        "wedding ring",
        "",
    ]
    assert queries.counts_of(arrival) == {"contact": 1}
    assert CaseRow.objects.get().state == "SECURED"


def test_what_the_core_refuses_waits_with_its_reason_for_a_person_and_is_not_lost(phone):
    phone.says("walk_in", "ACDEFG", **ONE)
    assert phone.says("money", "ACDEFG", money="many", currency="RUB") == "look"
    assert phone.says("effect", "XXXXXX", what="a photograph of his mother") == "look"
    assert phone.says("walk_in", "CDEFGH", people="2", children="3") == "look"
    phone.sends("f" * 32, b"\x01" + bytes(60))
    waits = queries.to_look_at(phone.officer, Purpose.READ)
    assert [each.why.code for each in waits] == [
        "reception.no_amount",
        "reception.phone_no_case",
        "reception.phone_number",
        "reception.phone_unreadable",
    ]
    assert waits[1].told["what"] == "a photograph of his mother"
    assert bytes(PhoneEntry.objects.get(entry="f" * 32).box) == b"\x01" + bytes(60)
    assert CaseRow.objects.count() == 1
    actions.looked_at(phone.officer, ref=waits[0].ref, now=NOON)
    assert len(queries.to_look_at(phone.officer, Purpose.READ)) == 3
    assert Entry.objects.filter(verb="reception.phone set aside").count() == 4


def test_what_waits_is_taken_over_by_whoever_may_or_looked_at_again_and_forgotten_after_a_week(
    phone, officer, worker
):
    phone.says("walk_in", "ACDEFG", **ONE)
    other = Phone(officer(Duty.RCV))
    other.sent = 100
    assert other.says("effect", "ACDEFG", what="a knife") == "look"
    (waits,) = queries.to_look_at(phone.officer, Purpose.READ)
    told, clocks = {"ref": waits.ref, "now": NOON}, worker(Purpose.CLOCKS)
    with pytest.raises(Absent):
        actions.take_over(officer(Duty.RCV), profile=PROFILE, **told)
    with pytest.raises(Refused, match="were not let"):
        actions.take_over(other.officer, profile=PROFILE, **told)
    actions.looked_at(other.officer, **told)
    actions.look_again(phone.officer, **told)
    actions.take_over(phone.officer, profile=PROFILE, **told)
    ref = CaseRow.objects.get().ref
    assert queries.phoned_of(phone.officer, Purpose.READ, ref=ref)[-1].told["what"] == "a knife"
    assert queries.to_look_at(phone.officer, Purpose.READ) == []
    assert other.says("effect", "XXXXXX", what="a ring") == "look"
    (waits,) = queries.to_look_at(other.officer, Purpose.READ)
    actions.looked_at(other.officer, ref=waits.ref, now=NOON)
    assert not actions.forget_seen(clocks, now=NOON + timedelta(days=7))
    assert [each.ref for each in queries.looked_at(phone.officer, now=NOON)] == [waits.ref]
    assert actions.forget_seen(clocks, now=NOON + timedelta(days=7, seconds=1))
    assert PhoneEntry.objects.get(ref=waits.ref).body is None
    with pytest.raises(Absent):
        actions.look_again(phone.officer, ref=waits.ref, now=NOON + timedelta(days=8))


def test_that_he_is_here_is_in_force_from_a_telephone_whose_owner_was_not_let_in_yet(crew):
    crew.opened()
    crew.goes("APPLIED")
    phone = Phone(crew.another("RCV", 7))
    ref = crew.ref.upper()  # as a telephone's keyboard makes it
    case_before = CaseRow.objects.get(ref=crew.ref)
    CaseRow.objects.filter(pk=case_before.pk).update(entered_at=IN_FIELD - timedelta(hours=1))
    access.leave(crew["OP"], compartment=crew.compartment, person=phone.officer.ref, now=crew.now)
    assert phone.says("here", ref) == "done"
    assert CaseRow.objects.get(ref=crew.ref).state == "CONTACT"
    (row,) = PhoneEntry.objects.filter(case__ref=crew.ref)
    assert row.body is None, "nothing was sealed, for it says no more"


def test_that_he_was_here_before_his_case_moved_on_a_person_looks_at(crew):
    crew.opened()
    crew.goes("APPLIED")  # three hours after it was written down
    phone = Phone(crew["RCV"])
    assert phone.says("here", crew.ref) == "look"
    assert CaseRow.objects.get(ref=crew.ref).state == "APPLIED"
    (waits,) = queries.to_look_at(phone.officer, Purpose.READ)
    assert waits.why.code == "reception.phone_old"


@pytest.mark.parametrize("about", ["", "ACDEF", "wrist band"])
def test_a_tag_that_is_none_loses_no_word_of_what_was_written_down(phone, about):
    assert phone.says("effect", about, what="a ring") == "look"
    (waits,) = queries.to_look_at(phone.officer, Purpose.READ)
    assert waits.told["what"] == "a ring"


def test_another_officers_telephone_does_not_write_into_a_case_he_was_not_let_into(phone, officer):
    phone.says("walk_in", "ACDEFG", **ONE)
    other = Phone(officer(Duty.RCV))
    other.sent = 100
    assert other.says("effect", "ACDEFG", what="a knife") == "look"
    third = officer(Duty.RCV)
    told = [queries.to_look_at(each, Purpose.READ)[0].told.get("what") for each in
            (phone.officer, other.officer, third)]  # fmt: skip
    assert told == ["a knife", "a knife", None], (
        "let in, or who wrote it; another sees that it waits"
    )
    assert PhoneEntry.objects.filter(case=CaseRow.objects.get()).count() == 2, "it goes with him"
    assert queries.to_look_at(officer(Duty.OP), Purpose.READ) == []
    assert Person.objects.exists()


def test_a_key_turns_each_week_and_what_was_sealed_to_the_earlier_one_still_opens(phone):
    entry, box = phone.seals("walk_in", "ACDEFG", **ONE)
    later = actions.key_now(phone.officer, now=NOON + timedelta(days=8))
    assert later.ref != phone.key.ref
    assert actions.key_now(phone.officer, now=NOON + timedelta(days=9)).ref == later.ref
    assert phone.sends(entry, box) == "done"
    assert b"walk_in" not in box


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WITH_ITS_KEYS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(phoned.FIELDS)) | ANYTHING,
        "about": st.text(max_size=20) | ANYTHING,
        "told": st.dictionaries(st.sampled_from(["what", "people"]), ANYTHING) | ANYTHING,
        "at": st.integers() | ANYTHING,
    }
).map(lambda told: json.dumps(told).encode())


@given(st.binary(max_size=200) | WITH_ITS_KEYS | st.just(b"[" * 16_000))
def test_whatever_comes_is_an_entry_or_is_refused(raw):
    with contextlib.suppress(Refused):
        assert phoned.read(raw).kind in phoned.FIELDS


def test_a_box_opens_as_the_entry_it_was_sealed_as_and_as_no_other():
    private = sealing.new_key()
    box = phonebox.sealed_to(phonebox.public_of(private), b"told", entry="a" * 32)
    assert phonebox.opened(private, box, entry="a" * 32) == b"told"
    for entry, key, cut in (
        ("b" * 32, private, box),
        ("a" * 32, sealing.new_key(), box),
        ("a" * 32, private, box[:-1]),
        ("a" * 32, private, b"\x02" + box[1:]),
    ):
        with pytest.raises(sealing.Tampered):
            phonebox.opened(key, cut, entry=entry)


def test_a_walk_in_from_a_telephone_is_merged_by_two_people_and_parted_by_two(crew):
    for duty in ("OP", "VER", "RCV", "RCP"):
        crew[duty]
    earlier = crew.opened()
    crew.goes("APPLIED", "VERIFYING", "STANDBY")
    phone = Phone(crew["RCV"])
    phone.says("walk_in", "ACDEFG", **ONE)
    crew.ref = walk_in = CaseRow.objects.get(state="WALK_IN").ref
    crew.compartment = CaseRow.objects.get(ref=walk_in).compartment
    for duty in ("RCP", "OP", "VER"):
        crew.let_in(crew[duty], Duty(duty))
    for act, done in (("propose_merge", {"earlier": earlier}), ("propose_unmerge", {})):
        getattr(cases, act)(crew["RCP"], ref=walk_in, why="his marks", now=crew.now, **done)
        proposal = case_queries.proposals_of(crew.case()).get()
        before = case_queries.merge_of(crew.case())
        crew.says_yes(crew["RCP"], Duty.RCP, proposal)
        assert case_queries.merge_of(crew.case()) == before, "one yes changes nothing"
        crew.says_yes(crew["VER"], Duty.VER, proposal)
        after = case_queries.merge_of(crew.case())
        assert (after.earlier.ref if after else "") == done.get("earlier", "")
