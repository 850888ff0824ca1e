"""What became of every text of a kill test: the carrier's own log, held against the operator's pages.

Pure. The log is read by another author's library (exercise/wire.py); the pages are what an
operator saw. A text is told from another by who said it and by its words: equal words of one
person are counted, as many as he said.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from safeconduct.exercise import wire


@dataclass(frozen=True, slots=True)
class Seen:
    """One text as it stands on an operator's page.

    Attributes:
        ours: whether we wrote it.
        marked: "possible duplicate" on one of his; "may have arrived twice" on one of ours.
        fate: what the page says became of one of ours, "" while it says nothing.
    """

    text: str
    ours: bool
    marked: bool = False
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as its page tells of it: numbers listed, and outcome → how many ended in it."""

    text: str
    listed: int
    outcomes: Mapping[str, int]


@dataclass(slots=True)
class Tally:
    """The figures.

    Attributes:
        texts_in: whole texts for which the carrier holds our answer, each counted once.
        lost: of those, how many stand nowhere.
        merged: how many stand, but fewer times than they were said, or mixed with another's words.
        doubled_in, doubled_out: how many stand, or left, more often than they were said.
        untold: of both, those that nobody was told of.
        untrue: texts of which we say SENT, and which the carrier never took.
        unaccounted: texts of ours, and numbers of a campaign, that ended in no outcome.
        amiss: what is wrong, in words; a text of a round begins with its seed.
    """

    texts_in: int = 0
    lost: int = 0
    merged: int = 0
    doubled_in: int = 0
    texts_out: int = 0
    doubled_out: int = 0
    untold: int = 0
    unknown: int = 0
    untrue: int = 0
    unaccounted: int = 0
    amiss: list[str] = field(default_factory=list)

    def add(self, figure: str, count: int, what: str) -> None:
        """Count what is wrong, if it is, and keep it in words."""
        if count > 0:
            setattr(self, figure, getattr(self, figure) + count)
            self.amiss.append(f"{count} {figure}: {what}")


def bare(number: str) -> str:
    """Return a number as the carrier writes it."""
    return number.lstrip("+")


def line(text: str) -> str:
    """Return a text as a page shows it, in one line."""
    return " ".join(text.split())


def judge(
    record: wire.Carrier,
    *,
    said: Mapping[str, Iterable[str]],
    pages: Mapping[str, Iterable[Seen]],
    campaigns: Iterable[Campaign],
) -> Tally:
    """Hold the carrier's log against the pages.

    Args:
        record: the carrier's log.
        said: number → what its telephone said, once for each time.
        pages: number → the texts on the page of its conversation.
        campaigns: those that ran.
    """
    tally = Tally()
    answered = wire.whole(t for t in record.delivered if t.asked in record.acknowledged)
    left = Counter((bare(t.recipient), line(t.text)) for t in wire.whole(record.submitted))
    for number, texts in said.items():
        own = list(pages.get(number, ()))
        held = Counter(line(t.text) for t in answered if bare(t.sender) == bare(number))
        _came(tally, Counter(map(line, texts)), held, [each for each in own if not each.ours])
        _left(tally, bare(number), left, [each for each in own if each.ours])
    for campaign in campaigns:
        _campaigned(tally, campaign, left)
    return tally


def _came(tally: Tally, said: Counter[str], held: Counter[str], shown: list[Seen]) -> None:
    there = Counter(line(each.text) for each in shown)
    marked = Counter(line(each.text) for each in shown if each.marked)
    for text, times in said.items():
        owed = min(times, held[text])  # what the carrier holds no answer for, it brings again
        tally.texts_in += owed
        lacking = owed - there[text]
        tally.add("merged" if there[text] else "lost", lacking, text)
        extra = max(0, there[text] - times)
        tally.doubled_in += extra
        tally.add("untold", extra - marked[text], text)
    for text in there:
        if text not in said:  # words that nobody said so, put together of two texts
            tally.add("merged", there[text], text)


def _left(tally: Tally, number: str, left: Counter[tuple[str, str]], shown: list[Seen]) -> None:
    cards_of = _by_text(shown)
    for (whom, text), took in left.items():
        if whom == number and text not in cards_of:  # it left, and no page says so
            tally.add("untold", took, text)
    for text, cards in cards_of.items():
        took = left[number, text]
        tally.texts_out += took
        extra = max(0, took - len(cards))
        tally.doubled_out += extra
        told = any(each.marked for each in cards)
        tally.add("untold", 0 if told else extra, text)
        tally.unknown += sum(each.fate == "UNKNOWN" for each in cards)
        tally.add("untrue", sum(each.fate == "SENT" for each in cards) - took, text)
        tally.add("unaccounted", sum(not each.fate for each in cards), text)


def _by_text(shown: list[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {}
    for each in shown:
        found.setdefault(line(each.text), []).append(each)
    return found


def _campaigned(tally: Tally, campaign: Campaign, left: Counter[tuple[str, str]]) -> None:
    took = [count for (_number, text), count in left.items() if text == line(campaign.text)]
    tally.texts_out += sum(took)
    extra = sum(count - 1 for count in took)  # a campaign is never tried twice, so nobody is told
    tally.doubled_out += extra
    tally.add("untold", extra, campaign.text)
    outcomes = {name.casefold(): count for name, count in campaign.outcomes.items()}
    tally.unknown += outcomes.get("unknown", 0)
    tally.add("untrue", outcomes.get("sent", 0) - len(took), campaign.text)
    tally.add("unaccounted", abs(campaign.listed - sum(outcomes.values())), campaign.text)
