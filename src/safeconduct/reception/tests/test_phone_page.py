"""The telephone's page: small, of our own, and the same for everybody who opens it."""

import re
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from safeconduct.access.rules import Duty
from safeconduct.cases.queries import CaseRow
from safeconduct.reception import phonebox
from safeconduct.reception.models import PhoneEntry
from safeconduct.reception.tests.test_phoned import ONE, plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
SCRIPTS = sorted((Path(__file__).parents[1] / "static/handover").glob("*.js"))


def test_its_scripts_are_two_and_shorter_than_two_hundred_lines_and_ask_nobody_else():
    told = {each.name: each.read_text() for each in SCRIPTS}
    assert list(told) == ["phone.js", "worker.js"]
    assert sum(len(text.splitlines()) for text in told.values()) < 200
    for text in told.values():
        assert not re.search(r"https?://|\beval\(|innerHTML|localStorage|sessionStorage", text)


def test_the_page_that_is_kept_is_the_same_for_two_officers(client_of, officer):
    first, second = (
        client_of(officer(duty)).get("/reception/phone/").content for duty in (Duty.RCV, Duty.RCP)
    )
    assert first == second
    assert b"csrf" not in first.lower()
    assert client_of(officer(Duty.OP)).get("/reception/phone/").status_code == 404


def test_one_door_takes_an_entry_from_a_telephone_and_what_waits_is_shown_and_looked_at(
    client_of, crew
):
    lead = client_of(crew["RCV"])
    held = lead.get("/reception/phone/key").json()
    assert lead.get("/reception/phone/key").json()["key"] == held["key"]

    def sends(number, kind, about, **told):
        entry, to = f"{number:032x}", b64decode(held["public"])
        box = phonebox.sealed_to(to, plain(kind, about, **told), entry=entry)
        body = {"entry": entry, "key": held["key"], "box": b64encode(box).decode()}
        return lead.post("/reception/phone/send", body)

    assert sends(1, "walk_in", "ACDEFG", **ONE).json() == {"became": "done"}
    assert sends(2, "money", "ACDEFG", money="many", currency="RUB").json() == {"became": "look"}
    case, waits = CaseRow.objects.get(), PhoneEntry.objects.get(state="look")
    shown = lead.get("/reception/").content.decode()
    assert waits.ref in shown
    assert "no sum of money" in shown
    assert lead.post("/reception/phone/looked", {"entry": waits.ref}).status_code == 303
    stands = f'data-ref="{waits.ref}" data-state='
    assert f'{stands}"seen"' in lead.get("/reception/").content.decode()
    assert lead.post("/reception/phone/again", {"entry": waits.ref}).status_code == 303
    assert f'{stands}"look"' in lead.get("/reception/").content.decode()
    assert lead.post("/reception/phone/taken", {"entry": waits.ref}).status_code == 409
    assert "ACDEFG" in lead.get(f"/reception/{case.ref}/").content.decode()
    for entry, box in (("x", "AAAA"), ("f" * 32, ""), ("f" * 32, "%")):
        assert lead.post("/reception/phone/send", {"entry": entry, "box": box}).status_code == 409
