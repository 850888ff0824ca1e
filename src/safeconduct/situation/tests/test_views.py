"""The picture over HTTP: claims beside counts, small cells hidden, a second pair of eyes."""

import pytest

from safeconduct.access.rules import Duty
from safeconduct.conversations.rules import Condition
from safeconduct.conversations.totals import WEEKS

pytestmark = pytest.mark.django_db
CLAIM = {
    "quote": "300 refused orders",
    "language": "en",
    "outlet": "Northern Wire",
    "claimant": "Kyiv, an army spokesman",
    "claimant_party": "own",
    "published_on": "2026-03-18",
    "counts": "refused_order",
    "qualifier": "exact",
    "low": "300",
    "high": "300",
    "region": "UA-59",
    "reliability": "C",
    "credibility": "4",
}
TOTAL = {"counts": "crossed", "month": "2025-11-03", "count": "212", "record_sha256": "a" * 64}


def test_a_press_claim_stands_beside_our_counts_and_changes_none(officer, client_of):
    client = client_of(officer(Duty.PUB))
    before = client.get("/situation/").content.decode().count("&lt;10")
    assert client.post("/situation/claim", CLAIM).status_code == 302
    page = client.get("/situation/").content.decode()
    assert "Northern Wire" in page
    assert "Kyiv, an army spokesman" in page
    assert "may be published yet" in page
    assert page.count("&lt;10") == before


def test_a_total_counts_only_when_a_second_person_confirmed_it(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    assert first.post("/situation/earlier", TOTAL).status_code == 302
    page = first.get("/situation/").content.decode()
    ref = page.split('data-kind="situation.earlier" data-ref="')[1].split('"')[0]
    assert first.post(f"/situation/earlier/{ref}/confirm").status_code == 409
    assert 'data-ref="crossed" data-state="212"' not in first.get("/situation/").content.decode()
    assert second.post(f"/situation/earlier/{ref}/confirm").status_code == 302
    assert 'data-ref="crossed" data-state="212"' in first.get("/situation/").content.decode()


def test_a_claim_that_says_more_than_was_said_is_refused_and_kept_in_the_form(officer, client_of):
    client = client_of(officer(Duty.PUB))
    answer = client.post("/situation/claim", CLAIM | {"qualifier": "at_least"})
    assert answer.status_code == 409
    assert "300 refused orders" in answer.content.decode()
    assert 'data-refusal="claim.at_least"' in answer.content.decode()


def test_hardships_stand_on_the_picture_by_week_and_nothing_tells_few_from_none(officer, client_of):
    page = client_of(officer(Duty.SUP)).get("/situation/").content.decode()
    rows = page.split('data-kind="situation.hardship"')[1:]
    assert len(rows) == len(Condition)
    assert {row.split("</tr>")[0].count("&lt;10") for row in rows} == {WEEKS}


def test_an_operator_does_not_find_the_picture(officer, client_of):
    assert client_of(officer(Duty.OP)).get("/situation/").status_code == 404
