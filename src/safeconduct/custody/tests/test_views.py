"""The pages of custody; and that no door of theirs silences a clock."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import get_resolver

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.cases.tests.walking import PROFILE, db, house
from safeconduct.custody import actions, urls
from safeconduct.custody.kept_page import field_names
from safeconduct.custody.models import Clock, Document, Letters
from safeconduct.custody.tests.conftest import carded
from safeconduct.documents.sheets import DIED, MOVES, NOTICE
from safeconduct.pledges import actions as pledges
from safeconduct.reception.actions.papers import FIELDS
from safeconduct.reception.actions.things import ITEM_FIELDS
from safeconduct.refusal import Refused

__all__ = ["db", "house"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def held(registered, db):
    """Return the man of the module, who is registered in custody; what a test does to him is undone."""
    with registered.undone():
        yield registered


def shown(response) -> str:
    return response.content.decode()


def follow(crew):
    while actions.follow(crew.clocks, profile=PROFILE, now=crew.now):
        pass


def test_what_is_due_stands_on_one_page_with_its_end(held, client_of):
    follow(held)
    held.wait(days=8)
    text = shown(client_of(held["RCP"]).get("/custody/due/"))
    assert "Capture card" in text
    assert "National Information Bureau" in text
    assert "over" in text


def test_a_promised_date_stands_with_what_is_due(held, client_of, standard):
    told = {"person_ref": "p1", "compartment": held.compartment, "language": "ru"}
    due_at = held.now + timedelta(days=5)
    pledges.owe_standards(held.clocks, due_at=due_at, now=held.now, **told)
    assert "Television" not in shown(client_of(held["LEG"]).get("/custody/due/"))
    held.wait(days=6)
    for duty, sees in (("LEG", True), ("PLG", True), ("MED", False)):
        text = shown(client_of(held[duty]).get("/custody/due/")).lower()
        assert ("television" in text) == sees
        assert (f'href="/custody/{held.ref}/"' in text) or not sees


def test_what_waits_for_a_second_yes_stands_with_what_is_due_and_is_over_after_a_day(
    held, client_of
):
    told = {"alone": "yes", "choice": "stay", "non_refoulement": "stays"}
    actions.interview(held["LEG"], ref=held.ref, content=told, now=held.now)
    held.brings_all("OUTCOME_CHOSEN")
    proposal = held.propose("OUTCOME_CHOSEN")
    row = f'data-ref="{proposal.ref}"'

    def said(duty):
        return (
            shown(client_of(held[duty]).get("/custody/due/")).partition(row)[2].partition("</tr>")
        )

    assert "Waits for your yes" in said("LEG")[0]
    held.says_yes(held["LEG"], Duty.LEG, proposal)
    assert "Waits for another" in said("LEG")[0], "he has said his"
    held.wait(days=1, seconds=1)
    assert "is-attention" in said("LEG")[0]
    assert row not in shown(client_of(held["MED"]).get("/custody/due/"))


def test_the_page_of_one_man_from_his_notice_to_his_choice(held, client_of, standard):
    follow(held)
    desk, lawyer = client_of(held["RCP"]), client_of(held["LEG"])
    base = f"/custody/{held.ref}/"
    document = Document.objects.get(kind="bureau_notice")
    assert 'data-act="custody.send"' in shown(desk.get(base))
    assert desk.post(base + "send/", {"document": document.ref}).status_code == 303
    assert desk.post(base + "confirm/", {"document": document.ref}).status_code == 303
    assert desk.post(base + "inspect/", {"met": ["television", "kitchen"]}).status_code == 303
    text = shown(desk.get(base))
    assert 'data-state="met"' in text
    assert 'data-state="unmet"' in text
    told = {"alone": "yes", "choice": "stay", "non_refoulement": "stays"}
    assert lawyer.post(base + "interview/", told).status_code == 303
    assert lawyer.post(base + "propose/", {"to": "OUTCOME_CHOSEN"}).status_code == 303
    assert "cases.approve" in shown(lawyer.get(f"/cases/{held.ref}/"))


def test_each_sheet_is_printed_by_who_answers_for_it_and_a_notice_only_as_it_was_sent(
    held, client_of, standard
):
    follow(held)
    desk, lawyer, medic = (client_of(held[duty]) for duty in ("RCP", "LEG", "MED"))
    base = f"/custody/{held.ref}/"
    document = Document.objects.get(kind="bureau_notice").ref
    assert desk.get(f"{base}notice/{document}.pdf").status_code == 404, "it was not sent"
    assert desk.get(f"{base}transfer.pdf").status_code == 404, "he was not moved"
    assert "transfer.pdf" not in shown(desk.get(base))
    desk.post(base + "send/", {"document": document})
    desk.post(base + "move/", {"why": "sick"})
    assert desk.get(f"{base}transfer.pdf").status_code == 404, "sick where he is"
    assert 'value="well"' not in shown(desk.get(base))
    assert 'value="well"' in shown(medic.get(base))
    desk.post(base + "move/", {"why": "move"})
    desk.post(base + "inspect/", {"met": ["television"]})
    assert f"notice/{document}.pdf" in shown(desk.get(base))
    sheets = [f"{base}{kind}.pdf" for kind in (f"notice/{document}", "transfer", "inspection")]
    printed = [desk.get(sheet).content for sheet in sheets]
    assert all(raw.startswith(b"%PDF") for raw in printed)
    held.wait(hours=1)
    assert [desk.get(sheet).content for sheet in sheets] == printed, "the same on another day"
    assert lawyer.get(f"{base}statement.pdf").content.startswith(b"%PDF")
    assert medic.get(f"{base}statement.pdf").status_code == 409
    assert medic.get(f"{base}notice/{document}.pdf").status_code == 404
    assert desk.get(f"{base}diary.pdf").status_code == 404, "there is no such sheet"


def test_a_card_bears_the_day_it_was_written_and_not_that_of_a_later_step(held, client_of):
    carded(held)
    desk, at = client_of(held["RCP"]), f"/reception/{held.ref}/card.pdf"
    before = desk.get(at).content
    held.wait(days=3)
    held.goes("ESCAPED")
    assert before.startswith(b"%PDF")
    assert desk.get(at).content == before


def test_no_outcome_is_chosen_before_he_has_said_it_and_it_is_told_in_the_officers_language(
    held, client_of
):
    lawyer, base = client_of(held["LEG"]), f"/custody/{held.ref}/"
    told = {"alone": "yes", "choice": "stay", "non_refoulement": "stays"}
    assert lawyer.post(base + "interview/", {**told, "choice": ""}).status_code == 409
    assert lawyer.post(base + "interview/", told).status_code == 303
    held.goes("OUTCOME_CHOSEN")
    text = shown(lawyer.get(base))
    assert text.count('<option value="stay">To stay in the country') == 2, "asked again, not told"
    assert 'value="stay" selected' not in text


def test_he_leaves_with_a_paper_once_he_was_asked_again(held, client_of):
    lawyer, base = client_of(held["LEG"]), f"/custody/{held.ref}/"
    told = {"alone": "yes", "choice": "stay", "non_refoulement": "stays"}
    lawyer.post(base + "interview/", told)
    assert lawyer.get(base + "release.pdf").status_code == 404
    lawyer.post(base + "release/", {**told, "papers": "a passport", "party": "the ministry"})
    assert lawyer.get(base + "release.pdf").content.startswith(b"%PDF")
    assert client_of(held["RCP"]).get(base + "release.pdf").status_code == 409


def month(crew, **running):
    return Clock.objects.filter(case__ref=crew.ref, kind="letters", **running)


def test_letters_and_cards_are_offered_each_month_or_reception_is_called_and_then_the_lawyer(
    held, client_of
):
    desk, base = client_of(held["RCP"]), f"/custody/{held.ref}/"
    follow(held)
    assert month(held).get().started_at == held.case().custody_since
    assert month(held).get().done_at is None
    for days, duty, word in ((28, "RCP", "warned"), (3, "LEG", "broken")):
        held.wait(days=days)
        while actions.ring(held.clocks, now=held.now):
            pass
        assert Call.objects.filter(kind=f"custody.letters.{word}", duty=duty).exists()
    assert "Letters and cards: offer" in shown(desk.get("/custody/due/"))
    told = {"offered": "yes", "letters_sent": "2", "cards_handed": "1"}
    assert client_of(held["LEG"]).post(base + "letters/", told).status_code == 404
    assert desk.post(base + "letters/", {**told, "offered": ""}).status_code == 409
    assert desk.post(base + "letters/", {**told, "cards_sent": "-1"}).status_code == 409
    assert not Letters.objects.exists()
    assert desk.post(base + "letters/", told).status_code == 303
    follow(held)
    assert month(held, done_at=held.now).get().done_by == held["RCP"].ref
    assert month(held, done_at=None).get().started_at == held.now, "the next month begins"


def test_a_count_is_corrected_without_another_month_and_says_neither_what_nor_to_whom(
    held, client_of
):
    medic, url = client_of(held["MED"]), f"/custody/{held.ref}/letters/"
    assert medic.post(url, {"again": "yes"}).status_code == 404, "nothing was offered"
    held.wait(days=2)
    began = held.now
    assert medic.post(url, {"offered": "yes", "letters_sent": "22"}).status_code == 303
    held.wait(days=1)
    told = {"again": "yes", "letters_sent": "2", "cards_sent": "4"}
    assert medic.post(url, told).status_code == 303
    follow(held)
    assert month(held, done_at=None).get().started_at == began
    page = shown(client_of(held["LEG"]).get(f"/custody/{held.ref}/"))
    assert "letters: 2, cards: 4" in page
    assert 'data-act="custody.letters"' not in page, "the lawyer reads it"
    assert Letters.objects.count() == 2, "what was written first stays"
    fields = {field.name for field in Letters._meta.fields}
    assert fields.isdisjoint({"body", "text", "to", "name", "address"})


def test_his_month_goes_on_when_he_is_moved_ends_when_he_is_gone_and_begins_when_he_is_back(held):
    held.wait(days=3)
    actions.record_move(held["RCP"], ref=held.ref, why="move", now=held.now)
    held.goes("MEDICAL")
    follow(held)
    assert month(held).get().done_at is None
    held.wait(days=1)
    held.goes("ESCAPED")
    held.wait(days=1)
    with pytest.raises(Refused, match="held no more"):
        actions.offer_letters(held["RCP"], ref=held.ref, content={"offered": "yes"}, now=held.now)
    held.goes("IN_CUSTODY")  # and the worker had stood still meanwhile
    follow(held)
    ended, begun = month(held).order_by("started_at")
    assert ended.done_at == held.now - timedelta(days=1)
    assert (begun.started_at, begun.done_at) == (held.now, None)


def test_no_door_of_custody_silences_a_clock_for_any_duty(held, client_of, officer, subtests):
    follow(held)
    told = {
        "why": "move", "document": "x", "decision": "wait", "clock": Clock.objects.first().ref,
        "note": "x", "to": "SETTLED", "met": ["x"], "alone": "yes", "choice": "stay",
        "silence": "yes", "off": "1", "done": "1", "until": "2099-01-01",
    }  # fmt: skip
    for duty in sorted(Duty):  # about the same man, each from the same tables
        with subtests.test(duty=duty), transaction.atomic():
            somebody = officer(duty)
            held.let_in(somebody, duty)
            tries_every_door(held, client_of(somebody), told)
            running = set(Clock.objects.filter(done_at=None).values_list("kind", flat=True))
            assert {"card", "bureau", "letters", "review"} <= running
            transaction.set_rollback(True)


def tries_every_door(held, browser, told):
    for door in urls.urlpatterns:
        path = f"/custody/{door.pattern}".replace("<str:ref>", held.ref)
        path = path.replace("<str:document>", "x").replace("<slug:kind>", "inspection")
        assert get_resolver().resolve(path)
        browser.post(path, told)
        browser.get(path, told)
    follow(held)


def test_data_protection_and_legal_read_what_law_keeps_and_nobody_else_learns_that_it_is(
    held, client_of, officer
):
    follow(held)
    document = Document.objects.get(kind="bureau_notice")
    actions.send_document(held["RCP"], case=held.ref, ref=document.ref, now=held.now)
    assert held["DPO"]
    actions.share_names(held["RCP"], case=held.ref, now=held.now)
    actions.split_core(held["DPO"], ref=held.ref, now=held.now)
    url, later = f"/custody/kept/{held.ref}/", officer(Duty.LEG, now=held.now)
    for reader in (held["DPO"], held["LEG"]):
        page = shown(client_of(reader).get(url))
        assert 'data-paper="bureau_notice"' in page
        assert "<dt>Notice</dt>" in page
    assert 'data-ref="own.waits"' in shown(client_of(later).get(url))
    assert client_of(held["DPO"]).post(f"{url}share/").status_code == 303
    assert 'data-paper="bureau_notice"' in shown(client_of(later).get(url))
    for duty in (Duty.RCP, Duty.SUP, Duty.ADM):
        assert client_of(officer(duty)).get(url).status_code == 404
    assert client_of(later).get("/custody/kept/nobody/").status_code == 404


def test_every_field_that_law_keeps_has_a_name_for_people():
    written = {*FIELDS["card"], *FIELDS["four"], *FIELDS["medical"]}
    told = {"kind", *NOTICE, *DIED, MOVES}
    assert {*written, *told, *ITEM_FIELDS} - set(field_names()) == set()


def test_outsiders_find_no_page(held, client_of, officer):
    assert client_of(officer(Duty.RCP)).get(f"/custody/{held.ref}/").status_code == 404
    assert client_of(officer(Duty.OP)).get("/custody/").status_code == 404
    assert "Nobody is in custody" in shown(client_of(officer(Duty.RCP)).get("/custody/"))


def test_the_agency_is_sent_what_the_bureau_was_and_nothing_before_that(held, client_of):
    follow(held)
    desk = client_of(held["RCP"])
    base = f"/custody/{held.ref}/"
    assert desk.get(base + "agency.json").status_code == 404, "nothing was sent"
    assert "agency.json" not in shown(desk.get(base))
    desk.post(base + "send/", {"document": Document.objects.get(kind="bureau_notice").ref})
    assert "agency.json" in shown(desk.get(base))
    told = desk.get(base + "agency.json").json()
    assert told["reference"] == held.ref
    assert told["onward"] == {"family": "undecided", "power": "undecided"}
    assert client_of(held["MED"]).get(base + "agency.json").status_code == 404


def test_who_is_in_transit_stands_on_one_list_and_who_is_in_custody_does_not(held, client_of, crew):
    crew.opened("WALK_IN")
    crew.goes("SECURED")
    desk, other = client_of(crew["RCP"]), client_of(held["RCP"])
    assert 'data-act="custody.evacuees"' in shown(desk.get("/custody/"))
    assert 'data-act="custody.evacuees"' not in shown(other.get("/custody/"))
    listed = desk.post("/custody/evacuees/", {"ref": [crew.ref]})
    assert listed.content.startswith(b"%PDF")
    assert desk.post("/custody/evacuees/").status_code == 409, "nobody was ticked"
    assert other.post("/custody/evacuees/", {"ref": [held.ref]}).status_code == 404, "in custody"
    assert other.post("/custody/evacuees/", {"ref": [crew.ref]}).status_code == 404, "not his case"


def test_a_death_has_a_certificate_that_the_medic_writes_and_no_living_man_has_one(held, client_of):
    medic, base = client_of(held["MED"]), f"/custody/{held.ref}/"
    told = {"died_at": "2026-03-02 04:00", "died_where": "hospital 4", "cause": "unknown"}
    assert medic.post(base + "death/", told).status_code == 409, "he lives"
    assert medic.get(base + "death.pdf").status_code == 404
    held.goes("DECEASED")
    assert "death_certificate" in held.open_debts()
    assert medic.post(base + "death/", {**told, "cause": ""}).status_code == 409
    assert 'data-act="custody.death"' in shown(medic.get(base))
    assert medic.post(base + "death/", told).status_code == 303
    assert "death_certificate" not in held.open_debts()
    assert medic.get(base + "death.pdf").content.startswith(b"%PDF")
    assert client_of(held["RCP"]).post(base + "death/", told).status_code == 404
