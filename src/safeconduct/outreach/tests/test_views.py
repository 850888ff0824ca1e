"""A campaign over HTTP: frozen, approved by two others, begun, stopped by one, resumed by two."""

import json
import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from safeconduct import clock
from safeconduct.access.doors import Proof
from safeconduct.access.rules import Duty, Purpose
from safeconduct.access.tests import forging
from safeconduct.envelope import SendResult
from safeconduct.outreach import actions, queries
from safeconduct.outreach.models import Campaign
from safeconduct.post import actions as post
from safeconduct.post import progress
from safeconduct.post.campaign_tables import Recipient

pytestmark = pytest.mark.django_db
TEXT = "Сдаться можно живым. Без оружия, белая ткань, руки видны. Стоп: 0"


def fields(**other) -> dict[str, object]:
    rows = [f"+3806700{n:05d},ru,Europe/Moscow" for n in range(100)]
    raw = "\n".join(["number,language,zone", *rows]).encode()
    return {
        "name": "Maiak-3",
        "text_ru": TEXT,
        "holder": "Ministry of Example",
        "basis": "Article 12 of the Example Act",
        "document_sha256": "a" * 64,
        "term_ends": "2026-12-20",
        "route": "smpp",
        "per_second": "50",
        "recipients": SimpleUploadedFile("list.csv", raw),
    } | other


@pytest.fixture(autouse=True)
def _world(data_folder, monkeypatch):
    """The world of these tests is the real one; the term above lies ahead of it."""


@pytest.fixture
def author(officer):
    return officer(Duty.CAM)


@pytest.fixture
def drafted(author, client_of):
    answer = client_of(author).post("/outreach/draft", fields())
    assert answer.status_code == 302, answer.content.decode()
    return Campaign.objects.get()


def say_yes(client_of, touch, who, campaign, *, to: str = "approve", verb: str = queries.VERB):
    proof: Proof = touch(who, queries.act_for(who, campaign, verb=verb))
    given = {"nonce": proof.nonce, "assertion": proof.assertion}
    return client_of(who).post(f"/outreach/{campaign.ref}/{to}", given)


def test_two_others_approve_and_the_author_never(drafted, author, officer, client_of, touch):
    own = say_yes(client_of, touch, author, drafted)
    assert own.status_code == 409
    assert 'data-refusal="approve.own"' in own.content.decode()
    assert say_yes(client_of, touch, officer(Duty.CAM), drafted).status_code == 302
    assert Campaign.objects.get().state == "DRAFT"
    assert say_yes(client_of, touch, officer(Duty.LEG), drafted).status_code == 302
    assert Campaign.objects.get().state == "APPROVED"


def test_a_changed_text_voids_the_yeses(drafted, officer, client_of, touch, author):
    for duty in (Duty.CAM, Duty.LEG):
        say_yes(client_of, touch, officer(duty), drafted)
    Campaign.objects.update(texts={"ru": ["Другое. Стоп: 0"]})
    answer = client_of(author).post(f"/outreach/{drafted.ref}/start")
    assert answer.status_code == 409
    assert 'data-refusal="campaign.changed"' in answer.content.decode()


def test_what_the_table_alone_calls_approved_does_not_begin(
    drafted, officer, client_of, touch, author
):
    say_yes(client_of, touch, officer(Duty.CAM), drafted)
    forged = {"digest": bytes(drafted.digest), "verb": queries.VERB, "duty": "LEG"}
    forging.insert(drafted.ref, officer(Duty.LEG), **forged)
    Campaign.objects.update(state="APPROVED", approved_at=drafted.made_at)
    answer = client_of(author).post(f"/outreach/{drafted.ref}/start")
    assert answer.status_code == 409
    assert 'data-refusal="campaign.unsigned"' in answer.content.decode()
    assert Campaign.objects.get().state == "APPROVED"


def test_an_approved_campaign_begins_one_person_stops_it_and_two_let_it_go_on(
    drafted, officer, client_of, touch, author
):
    assert client_of(author).post(f"/outreach/{drafted.ref}/start").status_code == 409
    for duty in (Duty.CAM, Duty.LEG):
        say_yes(client_of, touch, officer(duty), drafted)
    assert client_of(author).post(f"/outreach/{drafted.ref}/start").status_code == 302
    auditor = officer(Duty.AUD)
    assert client_of(auditor).post(f"/outreach/{drafted.ref}/pause").status_code == 302
    assert Campaign.objects.get().state == "PAUSED"
    for duty in (Duty.CAM, Duty.SUP):
        done = say_yes(client_of, touch, officer(duty), drafted, to="resume", verb=queries.RESUME)
        assert done.status_code == 302, done.content.decode()
    assert Campaign.objects.get().state == "RUNNING"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"text_ru": "Вам заплатят 10 000 долларов. Стоп: 0"}, "words.promise"),
        ({"text_ru": "Кто не сдастся, будет убит. Стоп: 0"}, "words.threat"),
        ({"text_ru": "Сдаться можно живым."}, "text.stop"),
        ({"other_ru": TEXT}, "text.alike"),
        ({"other_ru": "Вам заплатят 10 000 долларов. Стоп: 0"}, "list.segment"),
        ({"per_hour": "49"}, "rate.hour"),
        ({"document_sha256": "no"}, "list.document"),
        ({"holder": " - "}, "list.statement"),
    ],
)
def test_a_text_or_list_that_must_not_leave_is_refused(author, client_of, other, code):
    answer = client_of(author).post("/outreach/draft", fields(**other))
    assert answer.status_code == 409
    assert f'data-refusal="{code}"' in answer.content.decode()
    assert not Campaign.objects.exists()


def test_no_page_shows_a_number_and_a_stranger_finds_none(drafted, officer, client_of, author):
    page = client_of(author).get(f"/outreach/{drafted.ref}/").content.decode()
    assert "38067" not in page
    assert "38067" not in json.dumps(queries.content_of(drafted))
    assert client_of(officer(Duty.OP)).get(f"/outreach/{drafted.ref}/").status_code == 404


def listed(count: int, *, last: str = "") -> SimpleUploadedFile:
    rows = [f"+3806700{n:05d},ru,Europe/Moscow" for n in range(count)]
    return SimpleUploadedFile("list.csv", "\n".join(["number,language,zone", *rows, last]).encode())


@pytest.fixture
def send(worker):
    return worker(Purpose.SEND)


def read_on(send, **how):
    return actions.read_on(send, region="UA", now=clock.now(), **how)


def test_a_long_list_is_read_by_and_by_and_cannot_be_approved_before_all_of_it_is(
    author, officer, client_of, touch, send
):
    client_of(author).post("/outreach/draft", fields(recipients=listed(2_300)))
    campaign = Campaign.objects.get()
    assert campaign.state == "READING"
    page = client_of(author).get(f"/outreach/{campaign.ref}/").content.decode()
    assert 'data-kind="outreach.reading" data-ref="reading" data-state="1000"' in page
    assert "1000 of 2300 lines are read" in page.replace("\u202f", "").replace(",", "")
    refused = say_yes(client_of, touch, officer(Duty.LEG), campaign)
    assert refused.status_code == 409
    assert read_on(send)
    assert read_on(send)
    assert not read_on(send)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.listed) == ("DRAFT", 2_300)
    assert campaign.segments == [["ru", "Europe/Moscow", 2_300]]
    assert say_yes(client_of, touch, officer(Duty.LEG), campaign).status_code == 302


def test_a_list_with_a_bad_line_far_down_is_refused_whole_and_its_name_is_free_again(
    author, client_of, send
):
    bad = fields(recipients=listed(1_500, last="+123,ru,Europe/Moscow"))
    assert client_of(author).post("/outreach/draft", bad).status_code == 302
    while read_on(send):
        pass
    campaign = Campaign.objects.get()
    assert campaign.state == "REFUSED"
    page = client_of(author).get(f"/outreach/{campaign.ref}/").content.decode()
    assert "Line 1502 holds no telephone number." in page
    assert "38067" not in page
    while actions.delete_on():
        pass
    assert progress.left_of(campaign.ref) == 0
    again = client_of(author).post("/outreach/draft", fields(recipients=listed(100)))
    assert again.status_code == 302


def test_another_list_than_was_approved_does_not_begin(drafted, officer, client_of, touch, author):
    for duty in (Duty.CAM, Duty.LEG):
        say_yes(client_of, touch, officer(duty), drafted)
    Recipient.objects.filter(campaign=drafted.ref, position=7).delete()
    answer = client_of(author).post(f"/outreach/{drafted.ref}/start")
    assert answer.status_code == 409
    assert 'data-refusal="campaign.changed"' in answer.content.decode()


@pytest.fixture
def begun(author, officer, client_of, touch):
    """A campaign of two texts that has begun."""
    two = fields(other_ru="Плен по закону. Стоп: 0", recipients=listed(200))
    client_of(author).post("/outreach/draft", two)
    campaign = Campaign.objects.get()
    for duty in (Duty.CAM, Duty.LEG):
        say_yes(client_of, touch, officer(duty), campaign)
    assert client_of(author).post(f"/outreach/{campaign.ref}/start").status_code == 302
    return campaign


def leave(now, *, most=99, later=timedelta(0)):
    """Let everything leave and be answered; what left before has taken its seconds of the rate: `later`."""
    wall = clock.wall() + later
    while most and (batch := post.claim_campaigns(now=now, wall=wall)):
        refs = [row[0] for row in batch.rows]
        post.settle_campaigns(
            [SendResult(ref, "smpp", "SENT", [ref], 0, wall) for ref in refs], now=now
        )
        wall += timedelta(seconds=1)
        most -= 1


def by_day(campaign):
    day = clock.now().replace(hour=12, minute=0)  # 15:00 in Moscow
    return min(day, datetime.combine(campaign.term_ends, time(), UTC) - timedelta(hours=9))


def test_the_page_says_how_far_it_is_and_when_it_ends_or_that_this_cannot_be_said(
    begun, author, client_of
):
    leave(by_day(begun), most=1)
    page = client_of(author).get(f"/outreach/{begun.ref}/").content.decode()
    assert 'data-kind="outreach.end" data-ref="end" data-state=""' in page
    assert 'data-ref="sent" data-state="50"' in page
    client_of(author).post(f"/outreach/{begun.ref}/pause")
    page = client_of(author).get(f"/outreach/{begun.ref}/").content.decode()
    assert 'data-kind="outreach.end" data-ref="end" data-state="paused"' in page


def test_the_printed_sheet_shows_tens_by_hour_route_region_and_text_and_outlives_the_list(
    begun, author, client_of, send
):
    leave(by_day(begun))
    actions.close_ended(send, now=clock.now())
    assert Campaign.objects.get().state == "DONE"
    page = client_of(author).get(f"/outreach/{begun.ref}/results").content.decode()
    kinds = ("zones", "hours", "routes", "texts", "back")
    assert all(f'data-kind="outreach.{kind}"' in page for kind in kinds)
    assert "200–209" in page
    assert "&lt;10" in page
    cells = set(re.findall(r'<td class="number">([^<]*)</td>', page))
    assert all("–" in cell or cell.startswith("&lt;") for cell in cells)
    assert client_of(author).post(f"/outreach/{begun.ref}/destroy").status_code == 302
    assert not Recipient.objects.exists()
    later = client_of(author).get(f"/outreach/{begun.ref}/results").content.decode()
    assert "200–209" in later


def test_when_its_term_is_over_a_list_is_destroyed_by_itself(begun, send):
    over = datetime.combine(begun.term_ends, time(), UTC)
    actions.close_ended(send, now=over - timedelta(minutes=1))
    assert Recipient.objects.count() == 200
    actions.close_ended(send, now=over)
    assert Campaign.objects.get().state == "DESTROYED"
    assert not Recipient.objects.exists()
