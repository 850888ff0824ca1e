"""The pages of a case, in a browser of the person who looks."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from safeconduct import clock, sealing
from safeconduct.access import closing
from safeconduct.access.rules import MAY_BE_MEMBER, Duty
from safeconduct.cases import actions, queries
from safeconduct.cases.actions import people
from safeconduct.cases.models import Closure
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING, TO_READY, company, crew, db, house
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.spool import stops

__all__ = ["company", "crew", "db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
# What differs on every page that is drawn: form tokens, where live news go on.
CHANGING = re.compile(r"\b[A-Za-z0-9]{64}\b|after=[\w-]+")


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, crew):
    """World time of the pages is that of the crew; the clock has its own tests."""
    monkeypatch.setattr(clock, "now", lambda: crew.now)


def shown(response) -> str:
    return response.content.decode()


def test_the_list_shows_what_one_was_let_into_and_no_more(crew, client_of, officer):
    crew.opened()
    assert crew.ref in shown(client_of(crew["OP"]).get("/cases/"))
    empty = shown(client_of(officer(Duty.OP)).get("/cases/"))
    assert crew.ref not in empty
    assert "No case is open to you" in empty


def test_a_case_that_is_not_yours_and_one_that_is_not_there_look_the_same(crew, client_of, officer):
    crew.opened()
    stranger = client_of(officer(Duty.OP))
    assert stranger.get(f"/cases/{crew.ref}/").status_code == 404
    assert stranger.get("/cases/nothing/").status_code == 404
    assert client_of(crew["OP"]).get(f"/cases/{crew.ref}/").status_code == 200


def test_the_page_says_what_is_missing_and_who_brings_it(crew, client_of):
    crew.opened()
    text = shown(client_of(crew["OP"]).get(f"/cases/{crew.ref}/"))
    assert "Missing: 4 of 4." in text
    assert "Brought by: operator" in text


def test_evidence_is_recorded_and_the_step_taken_by_plain_forms(crew, client_of):
    crew.opened()
    browser = client_of(crew["OP"])
    refused = browser.post(f"/cases/{crew.ref}/step/", {"to": "APPLIED"})
    assert refused.status_code == 409
    assert 'data-refusal="case.missing"' in shown(refused)
    crew.brings("safe_window")
    for kind in ("his_wish", "privacy_notice", "language_noted"):
        answer = browser.post(f"/cases/{crew.ref}/record/", {"kind": kind, "note": "he wrote so"})
        assert answer.status_code == 303
    assert browser.post(f"/cases/{crew.ref}/step/", {"to": "APPLIED"}).status_code == 303
    assert crew.case().state == "APPLIED"


def test_notes_stay_sealed_until_a_reason_is_given(crew, client_of):
    crew.opened()
    crew.brings("his_wish", note="I want to live")
    browser = client_of(crew["OP"])
    assert "I want to live" not in shown(browser.get(f"/cases/{crew.ref}/"))
    assert browser.post(f"/cases/{crew.ref}/unseal/", {"reason": " "}).status_code == 409
    opened = browser.post(f"/cases/{crew.ref}/unseal/", {"reason": "shift hand-over"})
    assert "I want to live" in shown(opened)
    assert "I want to live" not in shown(browser.get(f"/cases/{crew.ref}/"))


def test_a_step_of_two_people_is_put_up_and_taken_by_their_passkeys(crew, client_of, touch):
    crew.opened()
    crew.goes("APPLIED", "VERIFYING")
    crew.brings_all("STANDBY")
    first, second = crew["VER"], crew.another("VER")
    client_of(first).post(f"/cases/{crew.ref}/propose/", {"to": "STANDBY"})
    proposal = queries.proposals_of(crew.case()).get()
    for person in (first, second):
        page = shown(client_of(person).get(f"/cases/{crew.ref}/"))
        assert 'data-act="cases.approve"' in page
        proof = touch(person, actions.steps.act_of(proposal, Duty.VER))
        sent = {
            "proposal": proposal.ref, "duty": "VER", "nonce": proof.nonce,
            "assertion": proof.assertion,
        }  # fmt: skip
        assert client_of(person).post(f"/cases/{crew.ref}/approve/", sent).status_code == 303
    assert crew.case().state == "STANDBY"


@pytest.mark.parametrize("walked", [TO_READY, TO_MOVING])
def test_suspected_force_leaves_no_trace_on_the_operators_pages(crew, client_of, officer, walked):
    crew.opened()
    crew.goes(*walked)
    called = officer(Duty.SUP)
    operator, supervisor = client_of(crew["OP"]), client_of(crew["SUP"])
    before = CHANGING.sub("", shown(operator.get(f"/cases/{crew.ref}/")))
    actions.stop(crew["SUP"], ref=crew.ref, to="DURESS", now=crew.now)
    crew.let_in(called, Duty.SUP)
    assert CHANGING.sub("", shown(operator.get(f"/cases/{crew.ref}/"))) == before
    told = shown(supervisor.get(f"/cases/{crew.ref}/"))
    assert 'data-state="DURESS"' in told
    assert f"<dt>{called.name}</dt>" in told


def test_he_is_here_is_one_press_of_a_receiver_who_was_never_let_in(crew, client_of, officer):
    crew.opened()
    receiver = client_of(officer(Duty.RCV))
    assert receiver.post(f"/cases/{crew.ref}/here/").status_code == 303
    assert crew.case().state == "CONTACT"


def test_an_operator_who_does_not_receive_cannot_say_that_he_is_here(crew, client_of):
    crew.opened()
    assert client_of(crew["OP"]).post(f"/cases/{crew.ref}/here/").status_code == 404
    assert crew.case().state == "ENQUIRY"


def test_a_stop_holds_though_the_journal_cannot_be_written_and_the_page_says_so(
    crew, client_of, data_folder, no_journal
):
    stops.prepare(data_folder)
    crew.opened()
    crew.goes(*TO_MOVING)
    browser = client_of(crew["PIL"])
    broken, mended = no_journal
    broken()
    answer = browser.post(f"/cases/{crew.ref}/stop/", {"to": "ABORTED"})
    assert "The stop is in force" in shown(answer)
    assert crew.case().state == "ABORTED"
    mended()
    assert actions.enter_stops(crew.clocks, now=crew.now)
    with transaction.atomic():
        assert queries.stopped_in_spool(crew.ref) == ""


def certified(crew):
    """Give the case a certificate, as its erasure does; return it and the key it is signed by."""
    private, public = sealing.new_sign_keys()
    facts = {"subject": "ab", "root": "file", "before": 1, "after": 2, "at": 0}
    made = closing.certify(private, {**facts, "claims": [closing.CLAIMS["file"]]})
    row = {"case": crew.case(), "at": crew.now, "signature": made.signature}
    return Closure.objects.create(told=made.told, **row), public


def test_an_erased_case_is_shown_with_its_certificate_and_a_changed_one_is_named(crew, client_of):
    crew.opened()
    closure, public = certified(crew)
    told = bytes(closure.told)
    browser = client_of(crew["DPO"])
    page = shown(browser.get("/cases/erased/"))
    assert crew.ref in page
    assert public.hex() in page
    assert "unless an old copy of keys.db and root.key are both kept" in page
    Closure.objects.filter(pk=closure.pk).update(told=told.replace(b"file", b"hsm!"))
    page = shown(browser.get("/cases/erased/"))
    assert "It proves nothing" in page
    assert public.hex() not in page


def erase(crew):
    """Take a case to its end and erase it, by two people's passkeys."""
    crew.goes("DECLINED")
    crew.brings("his_no")
    crew.wait(days=31)
    ref = actions.propose_purge(crew["DPO"], ref=crew.ref, profile=PROFILE, now=crew.now)
    proposal = queries.Proposal.objects.get(ref=ref)
    for duty in (Duty.DPO, Duty.AUD):
        crew.says_yes(crew[duty], duty, proposal)
    assert crew.case().state == "PURGED"


@pytest.mark.parametrize("duty", sorted(MAY_BE_MEMBER))
def test_who_was_erased_is_known_to_those_who_answer_for_it_and_to_nobody_else(
    crew, client_of, duty
):
    member, knows = crew[duty], duty in {Duty.DPO, Duty.AUD}
    crew.opened()
    erase(crew)
    browser = client_of(member)
    answer = browser.get("/cases/erased/")
    assert answer.status_code == (200 if knows else 404)
    assert (crew.ref in shown(answer)) == knows
    cases = shown(browser.get("/cases/"))
    assert ("/cases/erased/" in cases) == knows
    assert crew.ref not in cases


@pytest.mark.parametrize(
    ("duty", "door", "sent"),
    [
        ("RCV", "", None),
        ("RCP", "here/", {}),
        ("RCV", "here/", {}),
        ("SUP", "stop/", {"to": "ABORTED"}),
        ("SUP", "stop/", {"to": "DURESS"}),
        ("MED", "fact/", {"fact": "medical"}),
        ("SUP", "join/", {"person": "nobody", "reason": "to see whether it was there"}),
    ],
)
def test_no_door_tells_an_erased_case_from_one_that_never_was(crew, client_of, duty, door, sent):
    member, told = crew[duty], []
    crew.opened()
    erase(crew)
    browser = client_of(member)
    for ref in (crew.ref, new_ref()):
        url = f"/cases/{ref}/{door}"
        answer = browser.get(url) if sent is None else browser.post(url, sent)
        told.append((answer.status_code, shown(answer).replace(ref, "")))
    assert told[0][0] == told[1][0] == 404
    assert CHANGING.sub("", told[0][1]) == CHANGING.sub("", told[1][1])


def test_nobody_is_let_into_a_case_that_was_erased_meanwhile(crew):
    receiver = crew["RCV"]
    crew.opened()
    people.ask_in(receiver, ref=crew.ref)
    erase(crew)
    (job,) = notices.claim_jobs([people.JOB], wall=clock.wall())
    people.let_receiver_in(crew.clocks, job, now=crew.now)
    assert notices.claim_jobs([people.JOB], wall=clock.wall() + timedelta(days=1)) == []
