"""Judges what was said by text: by the carrier's own record, and by the pages of whoever read it."""

import re
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from safeconduct import clock
from safeconduct.exercise import staging, wire
from safeconduct.exercise.console import Browser, Shown
from safeconduct.exercise.report import Verdict

if TYPE_CHECKING:
    from safeconduct.exercise.play import Play

UNDER_WAY = 100  # texts a gateway may have in hand when it dies: ten windows (docs/gateways.md)
SETTLES_S = 20.0  # a killed process is back, and has taken in what waited for it
LOST_WITHIN_S = 5.0  # a text was under way no longer than this when the gateway died
RECEIVED = "message.received"  # the verb under which every text that came stands in the audit log


def carrier(play: "Play") -> wire.Carrier:
    """Return what the carrier's record holds."""
    return wire.carrier(play.stage.records / staging.CARRIER_RECORD)


def _bare(number: str) -> str:
    return number.lstrip("+")


def _line(text: str) -> str:
    return " ".join(text.split())


def _texts_to(play: "Play", number: str) -> list[wire.Text]:
    sent = [t for t in carrier(play).submitted if _bare(t.recipient) == _bare(number)]
    return wire.whole(sent)


def by_phone(play: "Play", number: str) -> list[str]:
    """Return what a telephone said, as the carrier handed it to us."""
    texts = wire.whole(carrier(play).delivered)
    return [text.text for text in texts if _bare(text.sender) == _bare(number)]


def crowd_written_once(given: dict[str, Any], play: "Play") -> Verdict:
    """Every number of a crowd got the campaign once; a death of the gateway alone excuses a lack.

    A killed gateway leaves what it had in hand UNKNOWN, for ever: the page must say how many.
    """
    numbers = {_bare(p.number) for p in play.stage.crowd(given["crowd"])}
    texts = wire.whole(carrier(play).submitted)
    got = Counter(_bare(t.recipient) for t in texts if given["says"] in t.text)
    twice = sum(count > 1 for count in got.values())
    lacking = len(numbers - set(got))
    page = play.stage.staff[given["who"]].open(given["at"])
    unknown = sum(
        int(card.get("data-state", "0"))
        for card in page.cards("outreach.outcome")
        if card.get("data-ref") == "unknown"
    )
    excused = min(unknown, UNDER_WAY * play.kills.gateway_died())
    told = {"numbers": len(numbers), "lacking": lacking, "unknown": unknown, "twice": twice}
    held = bool(numbers) and not twice and lacking <= excused
    return Verdict(
        held, f"{len(numbers) - lacking} reached, {unknown} unknown, {twice} twice", told
    )


def stopped_means_stopped(given: dict[str, Any], play: "Play") -> Verdict:
    """From our answer to a stop on, no campaign reaches that number, and one confirmation at most.

    `campaigns` are words of each, in the order they left; the last began after the stops and must
    have reached `others` numbers that had not stopped: it could have reached these too. Only a death
    of the gateway since it began excuses a lack.
    """
    record = carrier(play)
    words = {word.casefold() for word in given["words"]}
    stops = {}
    for text in reversed(wire.whole(t for t in record.delivered if t.asked in record.acknowledged)):
        if text.text.strip().casefold() in words:
            stops[_bare(text.sender)] = record.acknowledged[text.asked]
    after: Counter[str] = Counter()
    campaigns, others = 0, set()
    began: datetime | None = None
    for text in wire.whole(record.submitted):
        number = _bare(text.recipient)
        if given["campaigns"][-1] in text.text:
            began = min(began or text.at, text.at)
        if number in stops and text.at > stops[number]:
            campaigns += any(campaign in text.text for campaign in given["campaigns"])
            after[number] += 1
        elif number not in stops and given["campaigns"][-1] in text.text:
            others.add(number)
    talkative = sum(count > 1 for count in after.values())
    since = began - timedelta(seconds=LOST_WITHIN_S) if began else None
    excused = UNDER_WAY * play.kills.gateway_died(since=since)
    reached = len(others) >= max(1, int(given["others"]) - excused)
    held = len(stops) == int(given["stops"]) and not campaigns and not talkative and reached
    told = {
        "said_stop": len(stops),
        "campaign_texts_after": campaigns,
        "more_than_one": talkative,
        "others_reached": len(others),
    }
    found = f"{len(stops)} said stop, {campaigns} campaign texts after it, {len(others)} to others"
    return Verdict(held, found, told)


def inbound_is_there(given: dict[str, Any], play: "Play") -> Verdict:
    """Every text for which the carrier holds our answer is there, as often as it was answered.

    Those of the phones in `pages` stand on these pages, whatever stands there more often marked as
    a possible duplicate; and so is, surely, what was lost between commit and answer, for it comes
    again. Of all senders together, the `auditor` finds as many taken in as were answered, and at most
    what the carrier got no answer for more: it came again.
    """
    record = carrier(play)
    answered = wire.whole(t for t in record.delivered if t.asked in record.acknowledged)
    most = len(answered) + sum(t.asked not in record.acknowledged for t in record.delivered)
    lost = _lost(record, play.kills.died_at("commit-answer"))
    until = time.monotonic() + SETTLES_S
    while True:
        trouble = []
        for key, told in given["pages"].items():
            who, at = told.split()
            number = _bare(play.stage.phone(key).number)
            page = play.stage.staff[who].open(play.fill(at))
            trouble += [f"{key}: {each}" for each in _amiss(page, number, answered, lost)]
        taken = logged(play.stage.staff[given["auditor"]])[RECEIVED]
        if not len(answered) <= taken <= most:
            trouble.append(f"{taken} taken in")
        if not trouble or time.monotonic() > until:
            break
        time.sleep(1)
    told = {"answered": len(answered), "taken_in": taken, "lost": len(lost), "amiss": trouble}
    return Verdict(bool(answered) and not trouble, f"{len(answered)} answered, {trouble}", told)


def _lost(record: wire.Carrier, at: datetime | None) -> set[str]:
    """Return who had a text under way when the gateway died between its commit and its answer.

    One that an earlier death had lost, and that came again before this one, was not under way.
    """
    if at is None:
        return set()
    before = [text for text in record.delivered if text.at < at]
    last = {(text.sender, _line(text.text)): text.at for text in before}  # in their order
    return {
        _bare(text.sender)
        for text in before
        if text.asked not in record.acknowledged
        and at - text.at <= timedelta(seconds=LOST_WITHIN_S)
        and last[text.sender, _line(text.text)] == text.at
    }


def _amiss(page: Shown, number: str, answered: list[wire.Text], lost: set[str]) -> list[str]:
    """Return what is wrong with a conversation's page, held against what its person sent."""
    shown, marked = _shown(page)
    held = Counter(_line(text.text) for text in answered if _bare(text.sender) == number)
    missing, unmarked = (held - shown).total(), (shown - marked - held).total()
    amiss = [f"{missing} missing"] if missing or not held else []
    amiss += [f"{unmarked} there again without a mark"] if unmarked else []
    return amiss + (["one came again, none is marked"] if number in lost and not marked else [])


def redeliveries_are_marked(given: dict[str, Any], play: "Play") -> Verdict:
    """What a carrier delivered more often than it was said is marked each time but the first.

    On the page of each phone in `pages` no text stands unmarked more often than the phone said it,
    and of each phone something came once more. That none is missing is `inbound_is_there`'s to say.
    """
    until = time.monotonic() + SETTLES_S
    while True:
        found = {key: _redelivered(play, key, told) for key, told in given["pages"].items()}
        held = all(again and not unmarked for again, unmarked in found.values())
        if held or time.monotonic() > until:
            break
        time.sleep(1)
    told = {key: {"again": n, "unmarked": bare} for key, (n, bare) in found.items()}
    return Verdict(held, f"{told}", told)


def _redelivered(play: "Play", key: str, told: str) -> tuple[int, int]:
    """Return how much of what a phone said we answered once more, and how much of that is not marked."""
    phone, (who, at) = play.stage.phone(key), told.split()
    record, said = carrier(play), Counter(map(_line, phone.said()))
    answered = wire.whole(t for t in record.delivered if t.asked in record.acknowledged)
    came = Counter(_line(t.text) for t in answered if _bare(t.sender) == _bare(phone.number))
    shown, marked = _shown(play.stage.staff[who].open(play.fill(at)))
    return (came - said).total(), (shown - marked - said).total()


def _shown(page: Shown) -> tuple[Counter[str], Counter[str]]:
    """Return how often each text of his stands on a page, and how often of that it is marked."""
    cards = [c for c in page.cards("conversations.message") if c.get("data-direction") == "in"]
    again = [card for card in cards if card.xpath(".//*[@data-again]")]
    shown, marked = (Counter(_line(str(c.findtext("p"))) for c in each) for each in (cards, again))
    return shown, marked


def logged(auditor: Browser) -> Counter[str]:
    """Return how often each verb stands in the audit log, by all its pages as an auditor sees them."""
    found: Counter[str] = Counter()
    at = "/audit/"
    while at:
        page = auditor.open(at)
        found.update(str(entry.get("data-verb")) for entry in page.cards("audit.entry"))
        older = page.tree.xpath("//a[contains(@href, 'before=')]/@href")
        at = urljoin(page.url, str(older[0])) if older else ""
    return found


def logged_times(given: dict[str, Any], play: "Play") -> Verdict:
    """Each verb of `times` stands in the audit log just so often: an alert was raised once.

    What came from an edge and is not taken in yet may be missing for a while; what is there too often stays so.
    """
    wanted, until = given["times"], time.monotonic() + SETTLES_S
    while True:
        log = logged(play.stage.staff[given["who"]])
        found = {verb: log[verb] for verb in wanted}
        if all(found[verb] >= wanted[verb] for verb in wanted) or time.monotonic() > until:
            break
        time.sleep(1.0)
    return Verdict(bool(found) and found == given["times"], f"{found}", {"times": found})


def shown_within(given: dict[str, Any], play: "Play") -> Verdict:
    """A text of a phone's stands on a page `within_s` after its last part left the carrier, real time.

    Time is held at speed 1 alone, and where nothing is killed; that it stands there, always.
    """
    from safeconduct.exercise.play import seen  # noqa: PLC0415  play knows the judge

    number = _bare(play.stage.phone(given["phone"]).number)
    wanted = {"kind": given["cards"], "text": given.get("text", "")}
    browser, until = play.stage.staff[given["who"]], time.monotonic() + SETTLES_S
    while not (there := seen(browser.open(play.fill(given["at"])), wanted)):
        if time.monotonic() > until:
            break
    now = clock.wall()
    sent = [text.at for text in carrier(play).delivered if _bare(text.sender) == number]
    took_s = (now - max(sent)).total_seconds() if sent else SETTLES_S
    untimed = play.kills.count > 0 or play.stage.speed != 1
    held = there and bool(sent) and (untimed or took_s <= float(given["within_s"]))
    return Verdict(held, f"after {took_s:.2f} s", {"seconds": round(took_s, 2), "there": there})


def never_in_one_text(given: dict[str, Any], play: "Play") -> Verdict:
    """No text to or from a phone tells two of the facts, and each was told alone at least once.

    A fact is a list of patterns; one that is a kept name stands for each part of what was kept
    ("tower, Upper Village"), so that a part of a place is the place.
    """
    record, number = carrier(play), _bare(play.stage.phone(given["phone"]).number)
    facts = {name: _pattern(words, play) for name, words in given["facts"].items()}
    texts = wire.whole(
        t
        for t in (*record.submitted, *record.delivered)
        if number in {_bare(t.sender), _bare(t.recipient)}
    )
    told = [{name for name, fact in facts.items() if fact.search(text.text)} for text in texts]
    worst = max((len(names) for names in told), default=0)
    unsaid = sorted(set(facts) - {name for names in told if len(names) == 1 for name in names})
    found = f"{len(texts)} texts, at most {worst} fact in one, never told alone: {unsaid}"
    evidence = {"texts": len(texts), "most_facts_in_one": worst, "never_told_alone": unsaid}
    return Verdict(worst == 1 and not unsaid, found, evidence)


def _pattern(words: list[str], play: "Play") -> re.Pattern[str]:
    parts = []
    for word in words:
        kept = play.fill(word)
        parts += [word] if kept == word else [re.escape(each) for each in kept.split(", ")]
    return re.compile("|".join(parts), re.IGNORECASE)


def never_said(given: dict[str, Any], play: "Play") -> Verdict:
    """None of these words ever left by text, in whatever case, and texts did leave."""
    texts = [text.text.casefold() for text in wire.whole(carrier(play).submitted)]
    words = [play.fill(word).casefold() for word in given["words"]]
    hits = sum(any(word in text for word in words) for text in texts)
    told = {"texts": len(texts), "with_such_words": hits}
    found = f"{len(texts)} texts looked at, {hits} with such words"
    return Verdict(bool(texts) and not hits, found, told)


def texts_to_phone(given: dict[str, Any], play: "Play") -> Verdict:
    """How many texts went to a phone, of those that say `says`: between `least` and `most`."""
    number = play.stage.phone(given["phone"]).number
    texts = _texts_to(play, number)
    if "says" in given:
        texts = [t for t in texts if given["says"] in t.text]
    count = len(texts)
    held = int(given.get("least", 0)) <= count <= int(given.get("most", 10**6))
    return Verdict(held, f"{count} texts", {"texts": count})


def few_before_him(given: dict[str, Any], play: "Play") -> Verdict:
    """In a flood of `flood` texts from others, at most `most` of them had our answer before a phone had.

    Counted by the carrier's record, from our acknowledgement of the phone's first text to the first
    text that left for it. A count and no time: the bound is the same on a slow machine.
    """
    record, number = carrier(play), _bare(play.stage.phone(given["phone"]).number)
    came = wire.whole(t for t in record.delivered if t.asked in record.acknowledged)
    his = [record.acknowledged[t.asked] for t in came if _bare(t.sender) == number]
    others = sum(_bare(t.sender) != number for t in came)
    since = min(his, default=None)
    left = [t for t in record.submitted if since and t.at >= since]
    there = [t.at for t in left if _bare(t.recipient) == number]
    until = min(there, default=None)
    before = {_bare(t.recipient) for t in left if until and t.at < until} - {number}
    took_s = round((until - since).total_seconds(), 1) if since and until else None
    told = {"flood": others, "before_him": len(before), "seconds": took_s}
    held = bool(there) and others >= int(given["flood"]) and len(before) <= int(given["most"])
    found = f"{len(before)} of {others} had our answer before him, {took_s} s after his text"
    return Verdict(held, found, told)


def each_heard_once(given: dict[str, Any], play: "Play") -> Verdict:
    """Every telephone of `crowds` got one text of ours, by the end of `patience_s`, and none a second.

    They are looked at until all have one, and once more some seconds later.
    """
    phones = [phone for crowd in given["crowds"] for phone in play.stage.crowd(crowd)]
    until = time.monotonic() + float(given["patience_s"])
    while not all(phone.texts() for phone in phones) and (left_s := until - time.monotonic()) > 0:
        time.sleep(min(1.0, left_s))
    # A second text to one of them may be under way still, and is so no longer than this.
    time.sleep(min(LOST_WITHIN_S, float(given["patience_s"])))
    heard = Counter(len(phone.texts()) for phone in phones)
    lacking, twice = heard[0], sum(n for times, n in heard.items() if times > 1)
    told = {"phones": len(phones), "lacking": lacking, "twice": twice}
    found = f"{len(phones)} telephones, {lacking} without an answer, {twice} with two"
    return Verdict(bool(phones) and not lacking and not twice, found, told)


def nothing_after_his_last(given: dict[str, Any], play: "Play") -> Verdict:
    """No text left for a phone after the last one it sent: silence is no reason to write.

    With `since`, the last of its texts that says so counts: after that word nothing left.
    """
    phone = play.stage.phone(given["phone"])
    his = [
        text.at
        for text in wire.whole(carrier(play).delivered)
        if _bare(text.sender) == _bare(phone.number) and given.get("since", "") in text.text
    ]
    late = [text for text in _texts_to(play, phone.number) if his and text.at > max(his)]
    told = {"his_texts": len(his), "texts_after": len(late)}
    return Verdict(bool(his) and not late, f"{len(late)} texts after his last", told)


def says_nothing(given: dict[str, Any], play: "Play") -> Verdict:
    """Whoever finds a pager learns nothing: every text to it is the same, with no digit in it."""
    texts = {t.text for t in _texts_to(play, play.stage.phone(given["phone"]).number)}
    bare = not any(character.isdigit() for text in texts for character in text)
    told = {"different_texts": len(texts)}
    return Verdict(len(texts) == 1 and bare, f"{len(texts)} different texts", told)
