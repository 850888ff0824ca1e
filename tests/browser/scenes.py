"""What stands on the pages of words when they are looked at: fixtures, each with the pages it fills.

The built-in story reaches none of these. Everything is made through the rooms' own actions.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from safeconduct import clock, names
from safeconduct.access import letting
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.actions.shift import WHY
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import answers, brings, takes, writes
from safeconduct.conversations.tests.test_scripts import FIRST
from safeconduct.outreach import actions as campaigns
from safeconduct.outreach.models import Campaign
from safeconduct.outreach.tests.test_views import fields, leave, listed, say_yes
from safeconduct.pledges import actions as pledges
from safeconduct.pledges.tests.conftest import REWARD, in_force, joined, person, proposed
from safeconduct.post import linked, progress
from safeconduct.post.models import Link
from safeconduct.programme import load
from safeconduct.tracing import actions as tracing
from safeconduct.tracing import calls as tracing_calls
from safeconduct.tracing.models import TracingRequest

__all__ = [  # the rooms' own fixtures, and those below
    "answers",
    "brings",
    "channels",
    "empty",
    "in_force",
    "joined",
    "money",
    "outreach",
    "person",
    "proposed",
    "relatives",
    "scripts",
    "shifts",
    "takes",
    "talk",
    "talks",
    "writes",
]  # fmt: skip
LOCK, REPLY = timedelta(minutes=15), timedelta(hours=24)
SIGNAL = "signal:1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"
WROTE = (
    "Здравствуйте. Нас двое, хотим выйти, один ранен в ногу. Можно сегодня ночью?",
    "Добрий день, я хочу здатися, що мені робити",
    "Завтра нас перебросят под Купянск, потом будет поздно",
)


@dataclass(frozen=True)
class Sight:
    """One page: who looks, where, and what he does there before it is looked at."""

    name: str
    who: Officer
    at: str
    does: Callable[[Page], None] | None = None
    paper: bool = False


def types(text: str) -> Callable[[Page], None]:
    """Return what types a reply and waits for what it weighs."""

    def does(page: Page) -> None:
        with page.expect_response("**/weigh/"):
            page.fill("#reply", text)
        page.wait_for_selector("#weighed[role=status]")

    return does


def fills(field: str, text: str, *, until: str) -> Callable[[Page], None]:
    """Return what fills a field, sends its form by key, and waits for what comes."""

    def does(page: Page) -> None:
        page.fill(field, text)
        page.press(field, "Control+Enter")
        page.wait_for_selector(until)

    return does


def opens_all(page: Page) -> None:
    """Open every part of the page that is closed."""
    page.evaluate("() => document.querySelectorAll('details').forEach((e) => { e.open = true; })")


@pytest.fixture
def empty(officer: Any) -> list[Sight]:
    """Pages of a house where nothing was said yet."""
    op, trc, cam, sup = (officer(each) for each in (Duty.OP, Duty.TRC, Duty.CAM, Duty.SUP))
    return [
        Sight("empty-inbox", op, "/conversations/"),
        Sight("empty-relatives", trc, "/relatives/"),
        Sight("empty-tracing", trc, "/tracing/"),
        Sight("empty-search", op, "/conversations/search/"),
        Sight("empty-leaving", op, "/conversations/hand-over/"),
        Sight("empty-scripts", sup, "/conversations/scripts/"),
        Sight("empty-campaigns", cam, "/outreach/"),
    ]


@pytest.fixture
def scripts(data_folder: Path, officer: Any) -> Iterator[list[Sight]]:
    """A script that runs, and one that cannot."""
    place = data_folder / "scripts"
    place.mkdir()
    (place / "first.toml").write_text(FIRST)
    (place / "winter.toml").write_text(FIRST.replace('then = "ask"', 'then = "asks"'))
    sup = officer(Duty.SUP)
    yield [
        Sight("scripts", sup, "/conversations/scripts/"),
        Sight("script", sup, "/conversations/scripts/first/", paper=True),
        Sight("script-wrong", sup, "/conversations/scripts/winter/"),
    ]
    shutil.rmtree(place)


@pytest.fixture
def talks(scripts: object, writes: Any, takes: Any, officer: Any) -> tuple[Any, Any, list[Any]]:
    """Return (operator, supervisor, three conversations of his); six more wait."""
    now, op, sup = clock.now(), officer(Duty.OP), officer(Duty.SUP)
    rows = []
    for number, text in enumerate(WROTE):
        rows.append(writes(text, sender=f"+38050111000{number}", now=now))
        takes(op, now=now)
    for number in range(6):
        since = now - timedelta(minutes=9 * number)
        writes("Как к вам перейти?", sender=f"+38050222000{number}", now=since)
    return op, sup, rows


@pytest.fixture
def talk(talks: Any, writes: Any, answers: Any, in_force: Any) -> list[Sight]:
    """One conversation, with an answer, an offer, a note, and a text that tells too much at once."""
    now, (op, sup, (first, *_others)) = clock.now(), talks
    answers(op, first, "Слышим вас. Вы сейчас можете писать?", now=now)
    answers(op, first, "Читайте:", offers=[in_force(REWARD, now=now).ref], now=now)
    told = "Могу ещё час. Мы у старой мельницы, 48.5231, 37.9012, в 21:30"
    writes(told, sender="+380501110000", now=now)
    actions.add_note(op, ref=first.ref, text="Пишет коротко, торопится.", now=now)
    actions.ask_supervisor(op, ref=first.ref, now=now)
    actions.present(sup, ref=first.ref, writing=False, wall=clock.wall())
    url, search = f"/conversations/{first.ref}/", "/conversations/search/"
    found = "#hits, [data-refusal]"
    return [
        Sight("inbox", op, "/conversations/"),
        Sight("talk", op, url, opens_all, paper=True),
        Sight("talk-plain", op, url),
        Sight("typing", op, url, types("Мы слышим вас. Напишите, есть ли раненые: это для врача.")),
        Sight("typing-promise", op, url, types("Дадим 10 000 долларов завтра в 18:00")),
        Sight("refused", op, url, fills("#reply", "Дадим 10 000 долларов", until="[data-refusal]")),
        Sight("search", op, search, fills("#words", "мельниц", until=found)),
        Sight("search-none", op, search, fills("#words", "трактор", until=found)),
        Sight("search-refused", op, search, fills("#words", "м", until=found)),
    ]


@pytest.fixture
def channels(talks: Any, brings: Any, takes: Any, touch: Any) -> list[Sight]:
    """Two conversations that one of two people says are one man's, and what is said by voice."""
    now, (op, sup, (first, second, *_others)) = clock.now(), talks
    other = brings("Это снова я", route="signal", sender=SIGNAL, now=now).conversation
    Conversation.objects.filter(pk=other.pk).update(waiting_since=now - timedelta(days=9))
    while other.holder != op.ref:
        takes(op, now=now)
        other.refresh_from_db()
    for row in (first, other):
        actions.ask_supervisor(op, ref=row.ref, now=now)
    link = actions.put_link(op, ref=first.ref, other=other.ref, now=now)
    proof = touch(op, linked.act_for(op, Link.objects.get(ref=link)))
    actions.say_linked(op, ref=first.ref, link=link, proof=proof, now=now)
    heard = {"ref": second.ref, "channel": "voice", "now": now}
    ago, words = timedelta(minutes=12), "Нас троє, один поранений. Світло бачимо."
    actions.write_down(op, **heard, text=words, ago=ago, profile=load.current())
    for text in ("Залишайтеся в укритті, ми на зв'язку.", "Чи можете ви ходити?"):
        line = actions.put_to_say(op, **heard, text=text, reply_after_stop=REPLY)
        if text.startswith("З"):
            actions.was_said(op, ref=second.ref, message=line.ref, said=True, now=now)
    url, spoken = f"/conversations/{first.ref}/channels/", f"/conversations/{second.ref}/spoken/"
    return [
        Sight("channels", sup, url),
        Sight("channels-op", op, url),
        Sight("spoken", op, spoken, paper=True),
        Sight("spoken-refused", op, spoken, fills("#say", "Дамо 500 євро", until="[data-refusal]")),
    ]


@pytest.fixture
def shifts(talks: Any, takes: Any, officer: Any, touch: Any) -> list[Sight]:
    """A hand-over that waits for its second signature, and one that is about to be signed."""
    now, (op, _sup, _rows) = clock.now(), talks
    other, third = officer(Duty.OP), officer(Duty.OP)
    takes(third, now=now)
    held = list(queries.held_by(op))
    told: dict[str, Any] = {"person": other.ref, "duties": [Duty.OP], "reason": WHY}
    act = letting.act_over([row.compartment for row in held], **told, until=None, duty=Duty.OP)
    refs, proof = [row.ref for row in held], touch(op, act)
    made = actions.hand_over(op, to=other.ref, refs=refs, duty=Duty.OP, proof=proof, now=now)
    home, url = "/conversations/hand-over/", f"/conversations/hand-over/{made.ref}/"
    return [
        Sight("leaving-given", op, home),
        Sight("leaving-taker", other, home),
        Sight("inbox-taker", other, "/conversations/"),
        Sight("shift", other, url, paper=True),
        Sight("shift-giver", op, url),
        Sight("leaving-choose", third, home),
        Sight("leaving", third, f"{home}?to={other.ref}", paper=True),
    ]


@pytest.fixture
def relatives(writes: Any, officer: Any) -> list[Sight]:
    """The relatives' desk and tracing: four ask, two are talked with, one request lacks one thing."""
    now, trc = clock.now(), officer(Duty.TRC)
    for number in range(4):
        since = now - timedelta(hours=number)
        writes("Ищу сына, пропал без вести в мае", sender=f"+38050333000{number}", now=since)
    how: dict[str, Any] = {"desk": Desk.RELATIVES, "lock_for": LOCK, "wall": clock.wall()}
    one, other = (actions.take_next(trc, **how, now=now) for _time in range(2))
    sought = {"sought": "Иванов Пётр Ильич, 1999, из Рязани", "language": "ru"}
    request = tracing.open_request(trc, compartment=one.compartment, **sought, now=now)
    seen = "Свидетельство о рождении, по видео"
    tracing.prove_kinship(trc, ref=request.ref, seen=seen, now=now)
    known = names.Known("Иванов Пётр Ильич", born="01.02.1999", marks="шрам на щеке")
    tracing.describe(trc, ref=request.ref, known=known, now=now)
    asked = tracing.open_request(trc, compartment=other.compartment, **sought, now=now)
    tracing.prove_kinship(trc, ref=asked.ref, seen=seen, now=now)
    tracing.give_ground(trc, ref=asked.ref, ground="decision", paper="7/2026", now=now)
    tracing.describe(trc, ref=asked.ref, known=known, now=now)
    tracing.put_up(trc, ref=asked.ref, now=now)
    told = _told_of_news(trc, how, now=now)
    return [
        Sight("tracing-call", trc, f"/tracing/{told}/"),
        Sight("relatives", trc, "/relatives/"),
        Sight("relative-talk", trc, f"/conversations/{other.ref}/"),
        Sight("relative-asked", trc, f"/conversations/{one.ref}/"),
        Sight("tracing", trc, "/tracing/"),
        Sight("tracing-one", trc, f"/tracing/{request.ref}/", paper=True),
        Sight("tracing-decision", officer(Duty.LEG), f"/tracing/{asked.ref}/decision/"),
    ]


def _told_of_news(trc: Officer, how: dict[str, Any], *, now: datetime) -> str:
    """Return the request of one who was told of news, wanted a call, wants none any more, and may ask anew."""
    row = actions.take_next(trc, **how, now=now)
    sought = {"sought": "Иванов Пётр Ильич, 1999", "language": "ru"}
    request = tracing.open_request(trc, compartment=row.compartment, **sought, now=now)
    known = names.Known("Иванов Пётр Ильич", born="01.02.1999")
    tracing.describe(trc, ref=request.ref, known=known, now=now)
    due, rows = now - timedelta(days=1), TracingRequest.objects.filter(ref=request.ref)
    rows.update(answer="tracing_confirmed", due_at=due, answered_at=due, keys=b"")
    tracing_calls.ask(trc, ref=request.ref, caller="его мать, Анна", now=due)
    tracing_calls.drop(trc, ref=request.ref, now=now)
    ref: str = request.ref
    return ref


@pytest.fixture
def outreach(officer: Any, client_of: Any, touch: Any, worker: Any) -> list[Sight]:
    """Campaigns: one done, one under way, one that waits for yeses, one whose list is read, one paused."""
    now, cam, others = clock.now(), officer(Duty.CAM), [officer(Duty.CAM), officer(Duty.LEG)]

    def make(name: str, count: int, *, yeses: int) -> Campaign:
        second = "Плен по закону. Стоп: 0"
        told = fields(name=name, recipients=listed(count), other_ru=second)
        assert client_of(cam).post("/outreach/draft", told).status_code == 302
        made = Campaign.objects.get(name=name)
        for who in others[:yeses]:
            say_yes(client_of, touch, who, made)
        if yeses == len(others):
            client_of(cam).post(f"/outreach/{made.ref}/start")
        return made

    done = make("Маяк-1", 240, yeses=2)
    leave(now.replace(hour=12, minute=0))
    campaigns.close_ended(worker(Purpose.SEND), now=now)
    going = make("Маяк-2, осень", 700, yeses=2)
    leave(now.replace(hour=12, minute=1), most=4, later=timedelta(minutes=1))
    assert all(0 < lane.claimed < lane.put for lane in progress.of(going.ref))
    waits, read = make("Маяк-3", 220, yeses=1), make("Маяк-4", 2300, yeses=0)
    paused = make("Маяк-5", 210, yeses=2)
    client_of(others[1]).post(f"/outreach/{paused.ref}/pause")
    return [
        Sight("campaigns", cam, "/outreach/"),
        Sight("campaign-going", cam, f"/outreach/{going.ref}/", paper=True),
        Sight("campaign-done", cam, f"/outreach/{done.ref}/", paper=True),
        Sight("campaign-results", cam, f"/outreach/{done.ref}/results", paper=True),
        Sight("campaign-waits", others[1], f"/outreach/{waits.ref}/"),
        Sight("campaign-read", cam, f"/outreach/{read.ref}/"),
        Sight("campaign-paused", cam, f"/outreach/{paused.ref}/"),
        Sight("campaign-draft", cam, "/outreach/draft"),
    ]


@pytest.fixture
def money(in_force: Any, person: Any, joined: Any) -> list[Sight]:
    """Promises of money: the ledger with one accepted, and an order on it as its lawyer sees it."""
    now, version = clock.now(), in_force(REWARD, now=clock.now())
    keeper, pledge = person(version, now=now)
    pledges.accept(keeper, ref=pledge.ref, due_at=now + timedelta(days=30), now=now)
    order = pledges.order(keeper, ref=pledge.ref, amount=REWARD.amount, now=now)
    return [
        Sight("ledger", keeper, "/pledges/"),
        Sight("offer", keeper, f"/pledges/offers/{version.ref}/"),
        Sight("order", joined(pledge, Duty.LEG), f"/pledges/orders/{order}/"),
        Sight("promised", keeper, f"/pledges/promises/{pledge.ref}/"),
    ]
