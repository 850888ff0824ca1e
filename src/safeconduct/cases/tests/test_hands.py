"""What a case takes from the acts that know: agreed words, his hours, graded signals."""

from datetime import time, timedelta

import pytest
from conftest import NOON
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import clock
from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import actions, graded, hands
from safeconduct.cases.actions.taking import take
from safeconduct.cases.graded import Signal, Source
from safeconduct.cases.models import Case
from safeconduct.conversations import actions as talk
from safeconduct.conversations.tests.conftest import takes, writes
from safeconduct.refusal import Refused

__all__ = ["takes", "writes"]
LATER = NOON + timedelta(minutes=5)
signals = st.builds(
    Signal,
    st.sampled_from(list(Source)),
    st.sampled_from(graded.RELIABILITY),
    st.sampled_from(list(graded.CREDIBILITY)),
)


@pytest.fixture
def talking(officer, writes, takes):
    """An operator who holds a man's conversation."""
    operator = officer(Duty.OP)
    writes("Хочу сдаться.")
    return operator, takes(operator)


def on_record(case, kind):
    found = case.evidence.filter(kind=kind).first()
    return (found.by, found.at) if found else None


def agrees(operator, ref, now=NOON):
    talk.agree_words(operator, ref=ref, distress="берёза", all_clear="рябина", now=now)


def enters_hours(operator, ref, now=NOON):
    told = {"zone": "Europe/Kyiv", "begins": time(20), "ends": time(23)}
    talk.set_window(operator, ref=ref, now=now, **told)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [hands.WORDS, hands.WINDOW])
def test_no_form_of_the_case_says_what_was_agreed_elsewhere(crew, kind):
    crew.opened()
    with pytest.raises(Refused) as refused:
        actions.record_by_hand(crew.ref, kind=kind, by=crew["OP"], at=crew.now)
    assert refused.value.refusal.code == "case.by_conversation"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind",
    ["capture_card", "bureau_notice", "handover_taken", "effects_returned", "pledges_closed"],
)
def test_no_tick_on_the_case_stops_a_clock_of_the_law(crew, kind):
    crew.opened()
    everybody = [crew[duty] for duty in ("RCP", "RCV", "LEG", "PLG", "DPO", "MED")]
    for somebody in everybody:
        with pytest.raises(Refused) as refused:
            actions.record_by_hand(crew.ref, kind=kind, by=somebody, at=crew.now)
        assert refused.value.refusal.code in {"case.by_reception", "case.by_custody"}


@pytest.mark.django_db
def test_a_near_miss_is_reviewed_in_words(crew):
    crew.opened()
    near = {"kind": "near_miss", "by": crew["SUP"], "at": crew.now}
    with pytest.raises(Refused, match="in words"):
        actions.record_by_hand(crew.ref, **near, note=" ")
    actions.record_by_hand(crew.ref, **near, note="The unit was told late; it is called first now.")
    assert on_record(crew.case(), "near_miss") is not None


@pytest.mark.django_db
def test_what_was_agreed_before_the_case_is_on_record_as_it_opens(talking):
    operator, ref = talking
    agrees(operator, ref)
    enters_hours(operator, ref)
    case = Case.objects.get(ref=actions.open_from(operator, conversation=ref, now=LATER))
    assert on_record(case, hands.WORDS) == (operator.ref, NOON)
    assert on_record(case, hands.WINDOW) == (operator.ref, NOON)


@pytest.mark.django_db
def test_what_is_agreed_afterwards_is_handed_in_once_by_whoever_agreed_it(talking, worker):
    operator, ref = talking
    case = Case.objects.get(ref=actions.open_from(operator, conversation=ref, now=NOON))
    clocks = worker(Purpose.CLOCKS)
    assert actions.hand_in_agreed(clocks, now=NOON) == 0
    assert on_record(case, hands.WORDS) is None
    agrees(operator, ref)
    assert actions.hand_in_agreed(clocks, now=LATER) == 1
    assert on_record(case, hands.WORDS) == (operator.ref, NOON)
    assert on_record(case, hands.WINDOW) is None
    enters_hours(operator, ref)
    assert actions.hand_in_agreed(clocks, now=LATER) == 1
    assert actions.hand_in_agreed(clocks, now=LATER) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["DURESS", "COMPROMISED"])
def test_under_suspected_force_it_is_handed_in_as_ever_for_its_absence_would_tell(
    talking, worker, to
):
    operator, ref = talking
    case = Case.objects.get(ref=actions.open_from(operator, conversation=ref, now=NOON))
    take(case, to=to, by="x", now=NOON, people=["a", "b"], kind="correction")
    agrees(operator, ref)
    assert actions.hand_in_agreed(worker(Purpose.CLOCKS), now=LATER) == 1
    assert on_record(case, hands.WORDS) == (operator.ref, NOON)


# ---- signals -----------------------------------------------------------------------------------


@given(st.lists(signals, max_size=6))
def test_two_signals_of_one_source_are_never_independent(many):
    if graded.are_two_independent(many):
        assert len({each.source for each in many}) > 1
    same = [each._replace(source=Source.PAPER) for each in many]
    assert not graded.are_two_independent(same)


@given(st.lists(signals, max_size=6), st.sampled_from("CDEF"), st.integers(1, 6))
def test_a_source_that_was_graded_down_carries_no_identity(many, letter, digit):
    worse = [Signal(source, letter, digit) for source in Source]
    assert not graded.is_identity_b([*many, *worse])
    assert graded.is_identity_b([*many, *worse, Signal(Source.FACE, "B", 2)])


@pytest.mark.parametrize(
    ("letter", "digit", "identity", "counts"),
    [("A", 1, True, True), ("B", 2, True, True), ("B", 3, False, True), ("C", 3, False, True),
     ("C", 4, False, False), ("D", 1, False, False), ("F", 6, False, False)],
)  # fmt: skip
def test_the_bars_stand_where_the_decision_put_them(letter, digit, identity, counts):
    one, other = Signal(Source.PAPER, letter, digit), Signal(Source.FACE, "C", 3)
    assert graded.is_identity_b([one]) == identity
    assert graded.are_two_independent([one, other]) == counts


@pytest.mark.parametrize(
    "told", [("rumour", "B", "2"), ("paper", "G", "2"), ("paper", "B", "0"), ("paper", "", "2")]
)
def test_what_is_no_source_and_no_grade_is_refused(told):
    with pytest.raises(Refused):
        graded.read(*told)
    assert graded.read("paper", "B", "2") == Signal(Source.PAPER, "B", 2)


@pytest.mark.django_db
def test_the_grades_alone_put_on_record_what_they_amount_to(crew):
    crew.opened()
    for kind in (hands.IDENTITY, hands.SIGNALS):
        with pytest.raises(Refused) as refused:
            actions.record_by_hand(crew.ref, kind=kind, by=crew["VER"], at=crew.now)
        assert refused.value.refusal.code == "case.by_grades"
    ver = crew["VER"]
    actions.grade(ver, ref=crew.ref, signal=Signal(Source.PAPER, "C", 2), now=crew.now)
    actions.grade(ver, ref=crew.ref, signal=Signal(Source.PAPER, "C", 3), now=crew.now)
    assert on_record(crew.case(), hands.SIGNALS) is None
    second = crew.another("VER")
    actions.grade(second, ref=crew.ref, signal=Signal(Source.FACE, "B", 2), now=crew.now)
    assert on_record(crew.case(), hands.SIGNALS) == (second.ref, crew.now)
    assert on_record(crew.case(), hands.IDENTITY) == (second.ref, crew.now)


@pytest.mark.django_db
def test_a_verifier_alone_grades_and_no_grade_is_ever_changed(crew):
    crew.opened()
    with pytest.raises(Refused):
        actions.grade(crew["OP"], ref=crew.ref, signal=Signal(Source.PAPER, "B", 2), now=crew.now)
    ver = crew["VER"]
    actions.grade(ver, ref=crew.ref, signal=Signal(Source.PAPER, "B", 2), note="x", now=crew.now)
    signal = crew.case().signals.get()
    for change in (lambda: crew.case().signals.update(reliability="A"), signal.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert bytes(signal.note) != b"x"


@pytest.mark.django_db
def test_the_page_grades_shows_what_stands_and_opens_the_note_for_a_reason(
    crew, client_of, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: crew.now)
    crew.opened()
    browser, at = client_of(crew["VER"]), f"/cases/{crew.ref}/"
    told = {"source": "paper", "reliability": "D", "credibility": "4", "note": "his service book"}
    assert browser.post(f"{at}grade/", told).status_code == 303
    crew.wait(minutes=1)
    assert (
        browser.post(f"{at}grade/", told | {"reliability": "B", "credibility": "2"}).status_code
        == 303
    )
    shown = browser.get(at).content.decode()
    assert 'data-kind="cases.signal"' in shown
    assert 'data-state="B2"' in shown
    assert 'data-state="replaced"' in shown
    assert "his service book" not in shown
    opened = browser.post(f"{at}unseal/", {"reason": "hand-over"}).content.decode()
    assert "his service book" in opened
    assert client_of(crew["OP"]).post(f"{at}grade/", told).status_code in {403, 404}
    assert browser.post(f"{at}grade/", told | {"reliability": "Z"}).status_code == 409
