"""“refused” and “unknown” are taken on every line that asks him of himself, and told on as he said them (GC III 17)."""

import json
from datetime import UTC, datetime

import pytest

from safeconduct.custody import followed
from safeconduct.custody import rules as custody
from safeconduct.documents import agency, sheets
from safeconduct.documents.card import card_pdf
from safeconduct.names import Known, questions, sentences
from safeconduct.reception import phoned
from safeconduct.reception import rules as reception

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
ASKED = {*reception.FOUR, *reception.CARD}


@pytest.mark.parametrize("word", [reception.REFUSED, reception.UNKNOWN])
def test_every_form_the_telephone_the_sheets_and_the_agency_take_both_words(word):
    assert reception.four_items(dict.fromkeys(reception.FOUR, word)) is None
    assert reception.card(dict.fromkeys(reception.CARD, word)) is None
    for line in reception.CARD:
        assert reception.card({"health": "good", line: word}) is None
    told = dict.fromkeys(phoned.FIELDS["four"], word)
    entry = {"kind": "four", "about": "abcdefghjkmn", "told": told, "at": 1_781_000_000_000}
    assert phoned.read(json.dumps(entry).encode()).told == told
    assert set(sheets.NOTICE) <= ASKED, "a line of the notice that no form asks him"
    said = dict.fromkeys(sheets.NOTICE, word)
    rows = sheets.notice("C-1", said).rows
    assert [key for key, text in rows if text == word] == list(sheets.NOTICE)
    sent = agency.Sent("bureau_notice", AT, confirmed=False, told=said)
    [there] = json.loads(agency.exported("C-1", [sent], onward={}, now=AT))["notices"]
    assert there["person"] == said
    assert card_pdf(said, languages=["en", "ru", "uk"], on=AT).startswith(b"%PDF")


@pytest.mark.parametrize("word", [reception.REFUSED, reception.UNKNOWN])
def test_neither_word_is_a_name_that_anybody_is_found_by(word):
    assert sentences(Known(word, word, word, word)) == []
    assert questions(Known(f"{word} {word}", word, word, word)) == []


def test_his_choice_and_his_aftercare_may_be_refused_and_a_blank_is_no_refusal():
    assert custody.interview({"alone": "yes", "choice": "refused"}, child=False) is None
    assert (
        custody.interview({"alone": "yes", "choice": ""}, child=False).code == "custody.no_choice"
    )
    care = {"threats": "none", "countersigned": "today"}
    assert followed.aftercare({**care, "follow": "refused"}) is None
    assert followed.aftercare(care).code == "custody.no_follow"
