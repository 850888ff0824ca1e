import pytest

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.models import CannedText
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.programme import load
from safeconduct.refusal import Refused

TEXTS = {"ru": "Вы один?", "uk": "Ви самі?", "en": "Are you alone?"}


def propose(author, texts=TEXTS):
    return actions.propose_text(
        author, name="alone", texts=texts, languages=("ru", "uk", "en"), now=NOON
    )


def canned(officer, language="ru"):
    profile = load.current()
    return {
        name: text
        for _key, name, text in queries.canned_for(
            officer, Purpose.READ, profile=profile, language=language
        )
    }


def test_a_ready_text_stands_before_operators_once_two_others_approved_it(officer, touch):
    author = officer(Duty.OP)
    ref = propose(author)
    for other in (officer(Duty.SUP), officer(Duty.LEG)):
        assert "alone" not in canned(author)
        row = queries.text_for(other, Purpose.READ, ref=ref)
        proof = touch(other, queries.text_act(other, row))
        actions.approve_text(other, ref=ref, proof=proof, now=NOON)
    assert canned(author)["alone"] == "Вы один?"
    assert canned(author, "uk")["alone"] == "Ви самі?"
    CannedText.objects.update(texts={**TEXTS, "ru": "Все ли вы здесь?"})
    assert "alone" not in canned(author)


def test_the_author_does_not_approve_his_own(officer, touch):
    author = officer(Duty.SUP)
    ref = propose(author)
    row = queries.text_for(author, Purpose.READ, ref=ref)
    with pytest.raises(Refused, match="wrote it"):
        actions.approve_text(
            author, ref=ref, proof=touch(author, queries.text_act(author, row)), now=NOON
        )


def test_a_ready_text_promises_nothing_and_lacks_no_language(officer):
    author = officer(Duty.OP)
    for texts in ({**TEXTS, "uk": ""}, {**TEXTS, "en": "We pay you"}):
        with pytest.raises(Refused):
            propose(author, texts)
    assert not CannedText.objects.exists()


def test_the_page_takes_a_text_and_keeps_what_was_typed_when_it_is_refused(officer, client_of):
    browser = client_of(officer(Duty.OP))
    form = {"name": "alone", **{f"text_{language}": text for language, text in TEXTS.items()}}
    refused = browser.post("/conversations/texts/propose/", {**form, "text_en": "Last chance"})
    assert refused.status_code == 409
    assert "Ви самі?" in refused.content.decode()
    sent = browser.post("/conversations/texts/propose/", form)
    assert sent.status_code == 303
    assert "conversations.approve_text" not in browser.get(sent["Location"]).content.decode()
    other = client_of(officer(Duty.LEG)).get(sent["Location"]).content.decode()
    assert 'data-act="conversations.approve_text"' in other
