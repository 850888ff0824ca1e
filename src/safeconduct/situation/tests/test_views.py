"""The picture over HTTP: claims beside counts, small cells hidden, a second pair of eyes."""

import re

import pytest
from django.db import IntegrityError, transaction

from safeconduct.access.rules import Duty
from safeconduct.conversations.rules import Condition
from safeconduct.conversations.totals import WEEKS
from safeconduct.situation.models import EarlierTotal

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
BEFORE = "situation.before"
TOTAL = {"counts": "crossed", "month": "2025-11-03", "count": "212", "record_sha256": "a" * 64}


def card(page, kind, ref=""):
    """Return the first card of a kind on a page, and of a ref."""
    found = page.split(f'data-kind="{kind}" data-ref="{ref}')[1]
    return found.split("</tr>")[0]


def counted(page):
    """Return all that the page counts of our own, cell by cell."""
    kinds = ("situation.before", "situation.count")
    return [
        part.split("</td>")[0]
        for kind in kinds
        for part in page.split(f'data-kind="{kind}" data-ref="')[1:]
    ]


def test_a_press_claim_stands_with_claimant_outlet_and_grade_and_changes_no_count(
    officer, client_of
):
    client = client_of(officer(Duty.PUB))
    before = counted(client.get("/situation/").content.decode())
    assert client.post("/situation/claim", CLAIM).status_code == 302
    page = client.get("/situation/").content.decode()
    said = card(page, "situation.claim")
    assert 'data-state="one_side_only"' in said
    assert "300 refused orders" in said
    assert "Northern Wire, 18 Mar 2026" in said
    assert "claimant: Kyiv, an army spokesman" in said
    assert '<td class="nowrap">300</td>' in said
    assert '<td class="nowrap">C 4</td>' in said
    assert "may be published yet" in page
    assert len(before) == 12
    assert counted(page) == before


def enters(first, second, **other):
    """Let one enter a total from the records, and another confirm it."""
    given = TOTAL | other
    assert first.post("/situation/earlier", given).status_code == 302
    page = second.get("/situation/").content.decode()
    ref = page.split('data-kind="situation.earlier" data-ref="')[1].split('"')[0]
    confirmed = second.post(f"/situation/earlier/{ref}/confirm", {"count": given["count"]})
    assert confirmed.status_code == 302
    return second.get("/situation/").content.decode()


def test_a_total_counts_only_when_a_second_person_has_read_the_same_in_the_record(
    officer, client_of
):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    assert first.post("/situation/earlier", TOTAL).status_code == 302
    page = second.get("/situation/").content.decode()
    assert "212" not in re.sub(r"<[^>]*>", " ", page)  # he reads the record
    ref = page.split('data-kind="situation.earlier" data-ref="')[1].split('"')[0]
    confirm = f"/situation/earlier/{ref}/confirm"
    assert first.post(confirm, {"count": "212"}).status_code == 409
    for wrong in ("211", ""):
        assert second.post(confirm, {"count": wrong}).status_code == 409
    assert 'data-state="—"' in card(second.get("/situation/").content.decode(), BEFORE, "crossed")
    assert second.post(confirm, {"count": "212"}).status_code == 302
    page = first.get("/situation/").content.decode()
    assert 'data-state="210–219"' in card(page, BEFORE, "crossed")


def test_a_small_record_shows_no_figure_on_the_whole_page(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    page = enters(first, second, counts="in_custody", count="7")
    assert 'data-state="&lt;10"' in card(page, BEFORE, "in_custody")
    other = enters(first, second, counts="in_custody", month="2025-10-03", count="3")
    assert card(other, BEFORE, "in_custody") == card(page, BEFORE, "in_custody")


def test_who_is_held_is_counted_at_one_months_end_and_who_came_over_all_months(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    for month, count in (("2025-11-03", "1072"), ("2025-12-03", "1081"), ("2025-10-03", "990")):
        for counts in ("waiting", "crossed"):
            page = enters(first, second, counts=counts, month=month, count=count)
    waiting, crossed = card(page, BEFORE, "waiting"), card(page, BEFORE, "crossed")
    assert 'data-state="1,080–1,089"' in waiting
    assert "end of Dec 2025" in " ".join(waiting.split())
    assert 'data-state="3,140–3,167"' in crossed


def total_of(page):
    """Return the ref and the state of the first total on a page."""
    told = page.split('data-kind="situation.earlier" data-ref="')[1]
    return told.split('"')[0], told.split('data-state="')[1].split('"')[0]


def test_a_wrong_total_that_counts_is_withdrawn_by_two_and_entered_anew(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    ref, _state = total_of(enters(first, second))
    doubt, withdraw = f"/situation/earlier/{ref}/doubt", f"/situation/earlier/{ref}/withdraw"
    assert second.post(withdraw).status_code == 409  # nobody said that it is wrong
    assert first.post(doubt, {"reason": " "}).status_code == 409
    assert first.post(doubt, {"reason": "the record's page 2 counts others"}).status_code == 302
    assert first.post(withdraw).status_code == 409  # one person withdraws nothing that counts
    page = first.get("/situation/").content.decode()
    assert total_of(page) == (ref, "DOUBTED")
    assert 'data-state="210–219"' in card(page, BEFORE, "crossed")
    assert second.post(withdraw).status_code == 302
    page = first.get("/situation/").content.decode()
    assert total_of(page) == (ref, "WITHDRAWN")
    assert "page 2 counts others" in card(page, "situation.earlier", ref)
    assert 'data-state="—"' in card(page, BEFORE, "crossed")
    assert second.post(withdraw).status_code == 409
    page = enters(second, first, count="121")  # the same month, from the right page
    assert 'data-state="120–129"' in card(page, BEFORE, "crossed")
    assert "page 2 counts others" in page  # what was stays to be seen
    assert EarlierTotal.objects.count() == 2


def test_a_wrong_entry_that_never_counted_is_withdrawn_by_whoever_says_so(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    first.post("/situation/earlier", TOTAL)
    ref, _state = total_of(second.get("/situation/").content.decode())
    told = {"reason": "the record says another number"}
    assert second.post(f"/situation/earlier/{ref}/doubt", told).status_code == 302
    assert second.post(f"/situation/earlier/{ref}/confirm", {"count": "212"}).status_code == 409
    page = enters(second, first, count="221")
    assert 'data-state="220–229"' in card(page, BEFORE, "crossed")


def test_the_database_lets_nobody_withdraw_alone_what_counted(officer, client_of):
    one, other = officer(Duty.PUB), officer(Duty.PUB)
    enters(client_of(one), client_of(other))
    row = EarlierTotal.objects.get()
    alone = {"withdrawn_at": row.confirmed_at, "withdrawn_by": one.ref, "doubt": "x"}
    with pytest.raises(IntegrityError), transaction.atomic():
        EarlierTotal.objects.update(**alone, doubted_by=one.ref)
    assert EarlierTotal.objects.update(**alone, doubted_by=other.ref) == 1


def test_records_and_this_ledger_are_never_added(officer, client_of):
    first, second = client_of(officer(Duty.PUB)), client_of(officer(Duty.PUB))
    before = counted(first.get("/situation/").content.decode())
    page = enters(first, second)
    assert counted(page)[6:] == before[6:]  # the ledger's own column


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
