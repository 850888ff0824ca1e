"""The pages of reception, as a telephone shows them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from safeconduct.access.rules import Duty
from safeconduct.cases.tests.walking import TO_MOVING
from safeconduct.reception.actions.handing import act_of
from safeconduct.reception.models import Handover
from safeconduct.reception.tests.test_papers import picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def shown(response) -> str:
    return response.content.decode()


def test_who_is_coming_and_who_is_here(crew, client_of):
    crew.opened()
    crew.goes(*TO_MOVING)
    receiver = client_of(crew["RCV"])
    assert crew.ref in shown(receiver.get("/reception/")).split(">Here<")[0]
    receiver.post("/reception/here/", {"ref": crew.ref})
    assert crew.ref in shown(receiver.get("/reception/")).split(">Here<")[1]


def test_the_whole_reception_by_plain_forms(contact, client_of, touch):
    crew, base = contact, f"/reception/{contact.ref}/"
    lead, desk, medic = (client_of(crew[duty]) for duty in ("RCV", "RCP", "MED"))
    posts = [
        (lead, "paper/challenge/", {"matched": "yes"}),
        (lead, "paper/posture/", {"act": "cloth", "discernible": "yes", "unconditional": "yes"}),
        (lead, "count/", {"gate": "contact", "counted": "1"}),
        (lead, "secure/", {"weapons": "safe", "search": "done", "first_aid": "none needed"}),
        (lead, "item/", {"kind": "equipment", "what": "BMP-2", "serial": "A1",
                         "photo": SimpleUploadedFile("x.jpg", picture(), "image/jpeg")}),
        (lead, "item/", {"kind": "money", "money": "1500", "currency": "RUB"}),
        (desk, "receipt/", {}),
        (medic, "paper/medical/", {"injuries": "none", "fit": "yes"}),
        (lead, "handover/", {}),
    ]  # fmt: skip
    for browser, where, sent in posts:
        answer = browser.post(base + where, sent)
        assert answer.status_code == 303, (where, shown(answer))
    for browser, duty, name in ((lead, "RCV", "reception.sign"), (desk, "RCP", "reception.sign")):
        assert f'data-act="{name}"' in shown(browser.get(base))
        proof = touch(crew[duty], act_of(Handover.objects.get(), Duty(duty)))
        sent = {"duty": duty, "nonce": proof.nonce, "assertion": proof.assertion}
        assert browser.post(base + "sign/", sent).status_code == 303
    for where, sent in (
        (
            "paper/four/",
            dict.fromkeys(("names", "rank", "birth_date", "service_number"), "refused"),
        ),
        ("paper/rights/", {"language": "ru"}),
        ("paper/card/", {"name": "Ivanov", "health": "good"}),
        ("register/", {}),
    ):
        answer = desk.post(base + where, sent)
        assert answer.status_code == 303, (where, shown(answer))
    assert crew.case().state == "IN_CUSTODY"
    card = desk.get(base + "card.pdf")
    assert card.content.startswith(b"%PDF")
    assert desk.get(base + "card.pdf").content == card.content
    for sheet in ("receipt", "equipment", "medical"):
        assert desk.get(base + f"{sheet}.pdf").content.startswith(b"%PDF"), sheet
    assert lead.get(base + "medical.pdf").status_code == 404, "not the receiving lead's"


def test_a_number_that_differs_stands_on_the_page_and_names_no_blame(contact, client_of):
    lead = client_of(contact["RCV"])
    lead.post(f"/reception/{contact.ref}/count/", {"gate": "contact", "counted": "3"})
    text = shown(lead.get(f"/reception/{contact.ref}/"))
    assert 'data-kind="reception.differs"' in text
    assert "their protection does not" in text


def test_a_receiver_who_said_he_is_here_waits_a_moment_and_others_find_nothing(
    crew, client_of, officer
):
    crew.opened()
    receiver = client_of(officer(Duty.RCV))
    answer = receiver.post("/reception/here/", {"ref": crew.ref}, follow=True)
    assert "You are being let in" in shown(answer)
    assert client_of(officer(Duty.LEG)).get(f"/reception/{crew.ref}/").status_code == 404


def test_the_units_page_waits_for_a_plan_and_the_cards_for_nothing(crew, client_of):
    crew.opened()
    lead = client_of(crew["RCV"])
    assert lead.get(f"/reception/{crew.ref}/briefing.pdf").status_code == 404
    cards = lead.get("/reception/pictograms.pdf").content
    assert cards.startswith(b"%PDF")
    assert cards == lead.get("/reception/pictograms.pdf").content
