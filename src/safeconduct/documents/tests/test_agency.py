"""What the Central Tracing Agency is sent: what was sent to the bureau, and nothing its schema does not name."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.documents import agency
from safeconduct.documents.sheets import NOTICE

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HIM = {"names": "Иванов Иван", "rank": "refused", "birth_date": "unknown"}
SAID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)


def exported(told, about="bureau_notice", **onward):
    notices = [agency.Sent(about, NOON, confirmed=True, told=told)]
    return agency.exported("C-1234", notices, onward=onward, now=NOON)


def test_the_same_notices_are_the_same_bytes_and_refused_is_an_answer():
    assert exported(HIM) == exported(HIM)
    told = json.loads(exported(HIM, power="wait"))
    assert told["notices"][0]["person"] == HIM
    assert told["onward"] == {"power": "wait", "family": "undecided"}


@given(st.dictionaries(st.sampled_from([*NOTICE, "photo", "how", "state", "circumstances"]), SAID))
def test_whatever_is_known_of_him_only_what_the_article_asks_leaves(known):
    person = json.loads(exported(known))["notices"][0]["person"]
    assert set(person) <= set(NOTICE)
    assert person == {key: text for key, text in known.items() if key in NOTICE}


def test_a_file_of_nothing_of_another_kind_or_with_a_field_more_is_none():
    with pytest.raises(ValueError, match="no file for the agency"):
        agency.exported("C-1234", [], onward={}, now=NOON)
    with pytest.raises(ValueError, match="no file for the agency"):
        exported(HIM, "notice_family")
    told = json.loads(exported(HIM))
    agency.checked(told)
    told["notices"][0]["person"]["photo"] = "…"
    with pytest.raises(ValueError, match="no file for the agency"):
        agency.checked(told)
