"""A campaign over HTTP: frozen, approved by two others, begun, stopped by one, resumed by two."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from safeconduct.access.doors import Proof
from safeconduct.access.rules import Duty
from safeconduct.access.tests import forging
from safeconduct.outreach import queries
from safeconduct.outreach.models import Campaign

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
    Campaign.objects.update(texts={"ru": "Другое. Стоп: 0"})
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
