"""A relative is told one of two things, at a time fixed before anything was looked up."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import names
from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.conversations import actions as talk
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.tests.conftest import NOON, takes, writes
from safeconduct.custody import actions as custody
from safeconduct.custody import queries as notices_of
from safeconduct.custody.tests.conftest import carded, crew, held
from safeconduct.pledges import rules as promises
from safeconduct.post import actions as door_actions
from safeconduct.post import queries as door
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.tracing import actions, queries, rules, totals
from safeconduct.tracing.models import TracingRequest

__all__ = ["crew", "held", "takes", "writes"]  # fixtures
SEEKS = "Ищу сына, пропал без вести в мае"
DAY = timedelta(days=1)


@given(
    st.booleans(),
    st.sampled_from(["", "consent", "decision", "hope"]),
    st.booleans(),
    st.integers(0, 3),
)
def test_all_four_must_stand_or_the_words_are_those_that_anybody_gets(
    kinship, ground, decided, meant
):
    told = rules.answer(kinship=kinship, ground=ground, decided=decided, meant=meant)
    stands = kinship and ground in {"consent", "decision"} and decided and meant == 1
    assert told == ("tracing_confirmed" if stands else "tracing_same")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  hypothesis wants bounds without a zone
def test_the_time_of_the_answer_depends_on_when_it_began_and_on_nothing_else(opened):
    due = rules.due_at(opened)
    assert 3 * DAY < due - opened <= 3 * DAY + timedelta(hours=1)
    assert (due.minute, due.second, due.microsecond) == (0, 0, 0)


def test_both_answers_pass_the_door_in_every_language():
    profile = load.current()
    for key in rules.Answer:
        for language in profile.languages:
            text = profile.text(key, language)
            assert not promises.unauthorised_promises(text, language=language), (key, language)
            assert promises.no_quarter(text) is None


@pytest.fixture
def asker(writes, officer):
    """Return `asker(number)`: (tracer, his conversation with somebody who asks)."""

    def ask(number):
        tracer = officer(Duty.TRC)
        row = writes(SEEKS, sender=f"+3805011100{number:02}")
        talk.take_next(tracer, desk=Desk.RELATIVES, lock_for=timedelta(days=9), wall=NOON, now=NOON)
        return tracer, row

    return ask


def opens(tracer, row):
    return actions.open_request(
        tracer, compartment=row.compartment, sought="Иванов Пётр, 1999", language="ru", now=NOON
    )


HIS = names.Known("Aleksey Kuzminov", born="07.03.1995")
OTHER = names.Known("Пётр Иванов", born="01.02.1999")


def proves(tracer, ref, *, known):
    records(tracer, ref, known=known)
    actions.put_up(tracer, ref=ref, now=NOON)


def records(tracer, ref, *, known):
    actions.prove_kinship(tracer, ref=ref, seen="birth certificate, by video", now=NOON)
    actions.give_ground(tracer, ref=ref, ground="decision", paper="LEG 7/2026", now=NOON)
    actions.describe(tracer, ref=ref, known=known, now=NOON)


@pytest.fixture
def decides(officer, touch):
    """Return `decides(ref)`: a lawyer says yes to what was put up."""

    def decide(ref, *, by=None):
        lawyer = by or officer(Duty.LEG)
        act = queries.act_for(queries.to_decide(lawyer, ref=ref))
        actions.decide(lawyer, ref=ref, proof=touch(lawyer, act), now=NOON)

    return decide


def answers(worker, *, now):
    told = {"profile": load.current(), "reply_after_stop": DAY, "now": now}
    after = actions.answer_due(worker(Purpose.CLOCKS), **told)
    while after:
        after = actions.answer_due(worker(Purpose.CLOCKS), after=after, **told)


def said(worker, row):
    """Return the last text that was put out for him."""
    keys = keyring.open_fields(
        worker(Purpose.CLOCKS), Purpose.CLOCKS, [row.compartment], [door.SENT]
    )
    return door.opened(door.texts_of(row.person_ref)[-1], keys)


def noticed(held, worker):
    """Send the bureau notice of him; return what its confirmation names."""
    carded(held)
    for _ in range(3):
        custody.follow(worker(Purpose.CLOCKS), profile=load.current(), now=held.now)
    due = notices_of.documents_due(held["RCP"], Purpose.READ, now=held.now)
    document = due.get(kind="bureau_notice")
    told = {"case": held.ref, "ref": document.ref, "now": held.now}
    custody.send_document(held["RCP"], **told)
    return told


def test_unknown_applied_and_confirmed_are_answered_at_one_time_and_only_the_last_is_told(
    held, asker, writes, worker, decides
):
    told = noticed(held, worker)
    sought = {1: OTHER, 2: HIS, 3: HIS, 4: HIS}  # of 3 nothing is proved, of 4 nobody decided
    found = {}
    for number, known in sought.items():
        tracer, row = asker(number)
        found[number] = (row, opens(tracer, row))
        if number != 3:
            proves(tracer, found[number][1].ref, known=known)
            if number != 4:
                decides(found[number][1].ref)
        else:
            actions.describe(tracer, ref=found[number][1].ref, known=known, now=NOON)
    times = {search.due_at for _row, search in found.values()}
    assert times == {rules.due_at(NOON)}
    at = times.pop()
    for number in sought:  # unconfirmed still; each has just written, so he may be written to
        writes("Есть новости?", sender=f"+3805011100{number:02}", now=at - timedelta(minutes=5))
    answers(worker, now=at - timedelta(minutes=1))
    assert not TracingRequest.objects.exclude(answered_at=None)
    custody.confirm_document(held["RCP"], **told)
    wish = {"word": "yes", "alone": True, "marks": "", "now": held.now}
    custody.let_find(held["RCP"], ref=held.ref, **wish)
    answers(worker, now=at)
    texts = {number: said(worker, row) for number, (row, _search) in found.items()}
    profile = load.current()
    assert texts[1] == texts[3] == texts[4] == profile.text("tracing_same", "ru")
    assert texts[2] == profile.text("tracing_confirmed", "ru")
    assert set(TracingRequest.objects.values_list("answered_at", "keys")) == {(at, b"")}, "no join"


def test_of_two_who_cannot_be_told_apart_nobody_is_told():
    told = {"kinship": True, "ground": "consent", "decided": True}
    assert rules.answer(meant=1, **told) == "tracing_confirmed"
    assert rules.answer(meant=2, **told) == "tracing_same"


def test_every_request_asks_for_as_many_and_the_desk_is_told_of_none(asker, client_of):
    tracer, row = asker(1)
    search = opens(tracer, row)
    assert len(set(rules.asked(b"", ref=search.ref))) == names.MOST
    with pytest.raises(Refused, match="nobody can be told"):
        actions.describe(tracer, ref=search.ref, known=names.Known("Алексей"), now=NOON)
    actions.describe(tracer, ref=search.ref, known=HIS, now=NOON)
    search.refresh_from_db()
    asked = rules.asked(bytes(search.keys), ref=search.ref)
    assert len(set(asked)) == names.MOST
    assert len(search.keys) == 16 * len(names.questions(HIS))
    assert b"Kuzminov" not in bytes(search.described)
    page = client_of(tracer).get(f"/tracing/{search.ref}/").content.decode()
    assert "Aleksey Kuzminov, 07.03.1995" in page


def test_an_answer_waits_until_he_may_be_written_to(asker, writes, worker):
    tracer, row = asker(1)
    search = opens(tracer, row)
    answers(worker, now=search.due_at)
    search.refresh_from_db()
    assert search.answered_at is None
    later = search.due_at + DAY
    writes("Есть новости?", sender="+380501110001", now=later)
    answers(worker, now=later)
    search.refresh_from_db()
    assert search.answered_at == later
    with pytest.raises(Refused, match="is answered"):
        actions.describe(tracer, ref=search.ref, known=HIS, now=later)


def test_many_who_may_not_be_written_to_hold_up_nobody_behind_them(
    asker, writes, worker, monkeypatch
):
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    (before, silent), (tracer, row) = asker(1), asker(2)
    opens(before, silent)
    search = opens(tracer, row)
    writes("Есть новости?", sender="+380501110002", now=search.due_at)
    looked, real = [], actions.confirmed.meant

    def meant(asked):
        looked.extend(asked)
        return real(asked)

    monkeypatch.setattr(actions.confirmed, "meant", meant)
    answers(worker, now=search.due_at)
    assert len(looked) == 2, "each of a wave is looked up once"
    answered = TracingRequest.objects.filter(answered_at=search.due_at)
    assert list(answered.values_list("ref", flat=True)) == [search.ref]


def test_a_search_is_for_tracing_that_talks_with_the_asker_and_one_at_a_time(
    asker, officer, client_of
):
    tracer, row = asker(1)
    other = officer(Duty.TRC)
    with pytest.raises(Absent):
        opens(other, row)
    with pytest.raises(Refused, match="not among your duties"):
        opens(officer(Duty.OP), row)
    told = {"compartment": row.compartment, "language": "ru", "sought": "Иванов Пётр, 1999"}
    begun = client_of(tracer).post("/tracing/open/", told)
    search = TracingRequest.objects.get()
    assert begun["Location"] == f"/tracing/{search.ref}/"
    assert client_of(tracer).post("/tracing/open/", told).status_code == 409
    page = client_of(tracer).get(f"/tracing/{search.ref}/").content.decode()
    assert "Иванов Пётр, 1999" in page
    assert "Иванов" not in client_of(tracer).get("/tracing/").content.decode()
    assert client_of(other).get(f"/tracing/{search.ref}/").status_code == 404
    url = f"/tracing/{search.ref}/"
    browser = client_of(tracer)
    posts = [
        browser.post(f"{url}kinship/", {"words": "birth certificate"}),
        browser.post(f"{url}ground/", {"ground": "consent", "words": "paper 7"}),
        browser.post(f"{url}described/", {"names": "Иванов Пётр", "born": "1.2.1999"}),
        browser.post(f"{url}ground/", {"ground": "hope", "words": "paper 7"}),
    ]
    assert [each.status_code for each in posts] == [303, 303, 303, 409]
    shown = queries.shown(tracer, Purpose.READ, ref=search.ref)
    assert (shown.kinship, shown.paper, shown.row.ground) == (
        "birth certificate", "paper 7", "consent",
    )  # fmt: skip
    assert search.due_at == rules.due_at(search.opened_at)


def test_what_was_answered_stands_in_the_conversation(asker, writes, worker, client_of):
    tracer, row = asker(1)
    search = opens(tracer, row)
    writes("Есть новости?", sender="+380501110001", now=search.due_at)
    answers(worker, now=search.due_at)
    page = client_of(tracer).get(f"/conversations/{row.ref}/").content.decode()
    assert load.current().text("tracing_same", "ru") in page
    assert (
        page.count(load.current().text("ack", "ru")) == 2
    )  # in the log once, and among ready texts


def test_who_was_erased_leaves_no_request_behind(asker, worker):
    (tracer, row), (other, stays) = asker(1), asker(2)
    opens(tracer, row)
    kept = opens(other, stays)
    assert not actions.forget_askers(worker(Purpose.CLOCKS), now=NOON)
    door_actions.erase_person(worker(Purpose.CLOCKS), person_ref=row.person_ref, now=NOON)
    assert actions.forget_askers(worker(Purpose.CLOCKS), now=NOON)
    assert TracingRequest.objects.get() == kept


def test_who_was_erased_before_his_answer_holds_up_nobody_behind_him(asker, writes, worker):
    (before, gone), (tracer, row) = asker(1), asker(2)
    opens(before, gone)
    search = opens(tracer, row)
    writes("Есть новости?", sender="+380501110002", now=search.due_at)
    door_actions.erase_person(worker(Purpose.CLOCKS), person_ref=gone.person_ref, now=search.due_at)
    answers(worker, now=search.due_at)
    answered = TracingRequest.objects.filter(answered_at=search.due_at)
    assert list(answered.values_list("ref", flat=True)) == [search.ref]


def test_a_proof_that_was_forged_is_taken_back_and_counts_no_more(asker, client_of):
    tracer, row = asker(1)
    search = opens(tracer, row)
    proves(tracer, search.ref, known=HIS)
    browser, url = client_of(tracer), f"/tracing/{search.ref}/back/"
    assert browser.post(url, {"fact": "hope"}).status_code == 409
    for fact in rules.Fact:
        assert browser.post(url, {"fact": fact}).status_code == 303
    search.refresh_from_db()
    assert (search.kinship, search.ground, search.paper, search.described, bytes(search.keys)) == (
        None, "", None, None, b"",
    )  # fmt: skip
    assert search.due_at == rules.due_at(NOON)
    search.answered_at, search.answer = search.due_at, rules.Answer.SAME
    search.save(update_fields=["answered_at", "answer"])
    with pytest.raises(Refused, match="is answered"):
        actions.take_back(tracer, ref=search.ref, fact="kinship", now=NOON)


def test_a_lawyer_decides_on_all_of_it_and_the_desk_alone_tells_nobody_anything(
    asker, officer, decides, touch
):
    tracer, row = asker(1)
    search = opens(tracer, row)
    with pytest.raises(Refused, match="decides on all of it"):
        actions.put_up(tracer, ref=search.ref, now=NOON)
    proves(tracer, search.ref, known=HIS)
    with pytest.raises(Refused, match="asked already"):
        actions.put_up(tracer, ref=search.ref, now=NOON)
    with pytest.raises(Absent):
        queries.to_decide(tracer, ref=search.ref)
    lawyer = officer(Duty.LEG)
    proof = touch(lawyer, queries.act_for(queries.to_decide(lawyer, ref=search.ref)))
    with pytest.raises(Refused, match="not among your duties"):
        actions.decide(tracer, ref=search.ref, proof=proof, now=NOON)
    decides(search.ref)
    search.refresh_from_db()
    assert search.decided_at == NOON
    with pytest.raises(IntegrityError), transaction.atomic():
        TracingRequest.objects.filter(pk=search.pk).update(decided_by=tracer.ref)


@pytest.mark.parametrize("fact", ["kinship", "ground", "described"])
def test_what_changes_after_a_lawyers_yes_voids_it(asker, decides, fact):
    tracer, row = asker(1)
    search = opens(tracer, row)
    proves(tracer, search.ref, known=HIS)
    decides(search.ref)
    told = {"ref": search.ref, "now": NOON}
    {
        "kinship": lambda: actions.prove_kinship(tracer, seen="another paper", **told),
        "ground": lambda: actions.take_back(tracer, fact="ground", **told),
        "described": lambda: actions.describe(tracer, known=OTHER, **told),
    }[fact]()
    search.refresh_from_db()
    assert (search.decided_at, search.decided_by, search.file, search.file_digest) == (
        None, "", None, None,
    )  # fmt: skip


def test_a_lawyer_reads_what_he_decides_on_and_is_let_into_no_conversation(
    asker, officer, client_of
):
    tracer, row = asker(1)
    search = opens(tracer, row)
    proves(tracer, search.ref, known=HIS)
    lawyer = officer(Duty.LEG)
    browser, url = client_of(lawyer), f"/tracing/{search.ref}"
    page = browser.get(f"{url}/decision/").content.decode()
    assert "Иванов Пётр, 1999" in page
    assert "LEG 7/2026" in page
    assert "Aleksey Kuzminov" in page
    assert f"{url}/decision/" in browser.get("/").content.decode(), "it waits among his own"
    with pytest.raises(Absent):
        queries.shown(lawyer, Purpose.READ, ref=search.ref)
    with pytest.raises(Refused):
        keyring.open_fields(lawyer, Purpose.READ, [row.compartment], ["text"])
    for other in (officer(Duty.SUP), officer(Duty.OP)):
        with pytest.raises(Refused):
            keyring.open_fields(other, Purpose.READ, [queries.file_of(search.ref)], ["body"])
    assert browser.post(f"{url}/send-back/").status_code == 303
    assert browser.get(f"{url}/decision/").status_code == 404
    desk = client_of(tracer)
    assert "Ask a lawyer" in desk.get(f"{url}/").content.decode()
    assert desk.post(f"{url}/put-up/").status_code == 303


def test_figures_are_in_tens_late_and_tell_of_nobody(writes, worker):
    him, ingest = writes(SEEKS), worker(Purpose.INGEST)
    ring = keyring.open_fields(ingest, Purpose.INGEST, [him.compartment], [queries.TEXT])
    for number in range(12):
        told, ref = rules.Answer.CONFIRMED if number < 9 else rules.Answer.SAME, f"request{number}"
        box = ring.seal(
            "x", field=queries.SOUGHT, kind=queries.TEXT, compartment=him.compartment, ref=ref
        )
        TracingRequest.objects.create(
            ref=ref, person_ref=him.person_ref, compartment=him.compartment, language="ru",
            opened_by="x", sought=box, opened_at=NOON, due_at=NOON + 3 * DAY,
            answered_at=NOON + 4 * DAY, answer=told,
        )  # fmt: skip
    early, late = (totals.figures(now=NOON + days * DAY) for days in (10, 30))
    assert (str(early.asked), early.days) == ("—", None)
    assert [str(cell) for cell in (late.asked, late.answered, late.told)] == [
        "10–19",
        "10–19",
        "<10",
    ]
    assert late.days == 4
