"""The desk of a kill test: an operator who answers, campaigners, and what their pages show.

They are patient: what a dead process kept from happening they look for, and do once more if it is
not there. What they see is what the judge is given.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

from lxml.html import HtmlElement

from safeconduct import clock
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser, Shown, Stuck
from safeconduct.exercise.rounds import spelt
from safeconduct.exercise.story import Staff
from safeconduct.exercise.tally import Campaign, Seen, line

CAST = (
    Staff(key="op", name="Operator 1", duties=("OP",)),
    Staff(key="cam", name="Campaigns 1", duties=("CAM",)),
    Staff(key="cam2", name="Campaigns 2", duties=("CAM",)),
    Staff(key="leg", name="Lawyer 1", duties=("LEG",)),
)
LISTED, A_SECOND = 100, 4  # the fewest numbers a campaign may have; of them, each second
FIRST_NUMBER = 380_681_000_000
TERM = timedelta(days=60)
PATIENCE_S = 60.0
_CARD = "conversations.message"
_TWICE = "may have arrived twice"


class Desk:
    """Whoever is on duty.

    Args:
        base, link: of the console.
        place: where lists for campaigns are written.
    """

    def __init__(self, base: str, link: str, place: Path) -> None:
        self._place = place
        self._staff = staffing.bring_on_duty(CAST, base=base, link=link, says=lambda _line: None)
        self._op: Browser = self._staff["op"]
        self._talks: dict[str, str] = {}  # number -> path of its conversation
        self._campaigns: list[tuple[str, str]] = []  # ref, text

    def take(self, hellos: Mapping[str, str]) -> None:
        """Take the conversations that wait, until there is one of everybody.

        Args:
            hellos: number → the first words of its telephone, by which one knows whose it is.
        """
        while hellos.keys() - self._talks.keys():
            waits = self._op.wait("/conversations/", _somebody_waits, patience_s=PATIENCE_S)
            page = self._op.press(waits, "conversations.take", {})
            shown = {line(each.text) for each in _texts(page)}
            self._talks |= {n: page.url for n, hello in hellos.items() if hello in shown}

    def answer(self, number: str, text: str) -> None:
        """Answer, once: whether it went is seen on the page, whatever became of the page before.

        Raises:
            Stuck: it could not be sent.
        """
        path, until, why = self._talks[number], time.monotonic() + PATIENCE_S, "no form"
        page = self._op.open(path)
        while not any(each.ours and line(each.text) == line(text) for each in _texts(page)):
            if time.monotonic() > until:
                raise Stuck(f"{text!r} cannot be sent: {why}")
            if page.tree.xpath("//form[@data-act='conversations.reply']"):
                page = self._op.press(page, "conversations.reply", {"text": text})
                why = page.why()
            else:
                time.sleep(0.3)
            if page.refusal() or not page.cards(_CARD):
                page = self._op.open(path)

    def begin_campaign(self, number: int) -> None:
        """Have one drafted, approved by two, and begun."""
        text = f"Вам ответит человек, в любое время. Письмо {spelt(number)}. Стоп: 0"
        given = {
            "name": f"Maiak-{number}",
            "text_ru": text,
            "holder": "Ministry of the Interior (exercise)",
            "basis": "Article 12 of the Example Act",
            "document_sha256": "5f" * 32,
            "term_ends": (clock.now() + TERM).date().isoformat(),
            "route": "smpp",
            "per_second": str(A_SECOND),
            "recipients": self._list(number),
        }
        cam = self._staff["cam"]
        drafted = cam.press(cam.open("/outreach/draft"), "outreach.draft", given)
        refs = drafted.refs("outreach.campaign")
        if not refs:
            raise Stuck(f"no campaign was drafted: {drafted.why()}")
        at = f"/outreach/{refs[0]}/"
        for who in ("cam2", "leg"):
            self._staff[who].press(self._staff[who].open(at), "outreach.approve", {})
        cam.press(cam.open(at), "outreach.start", {})
        self._campaigns.append((at, text))

    def _list(self, number: int) -> Path:
        path = self._place / f"list-{number}.csv"
        first = FIRST_NUMBER + number * LISTED
        rows = [f"+{first + n},ru,Europe/Moscow" for n in range(LISTED)]
        path.write_text("\n".join(["number,language,zone", *rows]))
        return path

    def campaigns(self) -> list[Campaign]:
        """Return every campaign as its page tells of it."""
        found = []
        for at, text in self._campaigns:
            cards = self._staff["cam"].open(at).cards("outreach.outcome")
            told = {str(card.get("data-ref")): int(card.get("data-state") or 0) for card in cards}
            found.append(Campaign(text, LISTED, told))
        return found

    def pages(self, numbers: Iterable[str]) -> dict[str, list[Seen]]:
        """Return every text of each conversation, oldest pages too."""
        return {number: list(self._whole(self._talks[number])) for number in numbers}

    def _whole(self, path: str) -> Iterator[Seen]:
        at = path
        seen: set[str] = set()
        while at:
            page = self._op.open(at)
            for card in page.cards(_CARD):
                if str(card.get("data-ref")) not in seen:
                    seen.add(str(card.get("data-ref")))
                    yield _seen(card)
            older = page.tree.xpath("//*[@id='texts']//a[contains(@href, 'before=')]/@href")
            at = f"{path.partition('?')[0]}{older[0]}" if older else ""


def _texts(page: Shown) -> list[Seen]:
    return [_seen(card) for card in page.cards(_CARD)]


def _somebody_waits(page: Shown) -> bool:
    return bool(page.cards("conversations.waiting"))


def _seen(card: HtmlElement) -> Seen:
    fates = card.xpath(".//*[@data-fate]")
    again = card.xpath(".//*[@data-again]")
    twice = any(_TWICE in each.text_content() for each in fates)
    return Seen(
        text=str(card.findtext("p")),
        ours=card.get("data-direction") == "out",
        marked=bool(again) or twice,
        fate=str(fates[0].get("data-fate")) if fates else "",
    )
