import re

import pytest

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.pledges import queries
from safeconduct.pledges.models import Version
from safeconduct.pledges.tests.conftest import REWARD

FORM = {
    "kind": "standard",
    "name": "How you live with us",
    "authority": "Ministry order 5",
    "legal_basis": "GC III 13, 25",
    "items": "television\ntelephone\nkitchen\nshower",
    "text_ru": "У вас будут телевизор, телефон, кухня и душ.",
    "text_uk": "У вас будуть телевізор, телефон, кухня і душ.",
    "text_en": "You will have television, a telephone, a kitchen and a shower.",
}


def test_an_offer_is_proposed_and_approved_on_the_page(officer, client_of, touch):
    browser = client_of(officer(Duty.OFF))
    assert 'data-act="pledges.propose"' in browser.get("/pledges/offers/new/").content.decode()
    sent = browser.post("/pledges/offers/propose/", FORM)
    assert sent.status_code == 303
    page = sent["Location"]
    for duty in (Duty.LEG, Duty.SUP):
        other = officer(duty)
        shown = client_of(other).get(page).content.decode()
        assert 'data-act="pledges.approve"' in shown
        version = Version.objects.get()
        proof = touch(other, queries.act_for(other, version))
        answer = client_of(other).post(
            f"{page}approve/", {"nonce": proof.nonce, "assertion": proof.assertion}
        )
        assert answer.status_code == 303
    assert [row.name for row in queries.live(now=clock.now())] == ["How you live with us"]


def test_what_was_typed_stays_when_an_offer_is_refused(officer, client_of):
    browser = client_of(officer(Duty.OFF))
    refused = browser.post("/pledges/offers/propose/", {**FORM, "conditions": "obedience"})
    assert refused.status_code == 409
    assert 'data-refusal="offer.standard_condition"' in refused.content.decode()
    assert "GC III 13, 25" in refused.content.decode()
    assert not Version.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "These cannot be read: Currency, three letters. Mend them and send again."),
        ("uk", "Цього не вдалося прочитати: Валюта, три літери. "),
    ],
)
def test_a_refusal_with_a_value_is_read_in_the_readers_language(
    officer, client_of, settings, language, words
):
    browser = client_of(officer(Duty.OFF))
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = browser.post("/pledges/offers/propose/", {**FORM, "currency": "money"})
    assert (page.status_code, page.headers["Content-Language"]) == (409, language)
    assert words in page.content.decode()


def test_the_proposer_finds_no_button_to_approve_his_own(proposed, client_of):
    author, ref = proposed(REWARD)
    page = client_of(author).get(f"/pledges/offers/{ref}/").content.decode()
    assert "pledges.approve" not in page


@pytest.mark.parametrize("duty", [Duty.ADM, Duty.PUB, Duty.PIL])
def test_the_ledger_is_closed_to_those_who_promise_nothing(officer, client_of, duty):
    assert client_of(officer(Duty.OFF)).get("/pledges/").status_code == 200
    if duty is not Duty.ADM:
        assert client_of(officer(duty)).get("/pledges/").status_code == 404


def test_the_empty_ledger_says_how_to_begin(officer, client_of):
    page = client_of(officer(Duty.OFF)).get("/pledges/").content.decode()
    assert "An offers officer (OFF) proposes one" in page
    assert re.search(r'data-kind="pledges.kept" data-fulfilled="\d+"', page)
