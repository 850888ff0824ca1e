"""Whether a text may leave to a person now. Pure: values in, verdict out.

Silence is never a reason to write. Stopping closes the door at once, in every state and for every
channel; nothing here ever opens it again for a campaign.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from safeconduct.access.rules import Duty
from safeconduct.pledges.folding import clean, normal, one_apart, readings_of
from safeconduct.refusal import Refusal

LIVE = "live"
KNOW_OF_FORCE = frozenset({Duty.SUP, Duty.VER})  # all others see a person under force as before
REPLY_OPEN = timedelta(hours=24)  # (P) after his last text, while he has declared no window
# What a way stands on: `passage` puts both up under these verbs, and the door asks for them again.
PLAN, GO, SWITCH = "passage.approve", "passage.go", "passage.switch"
PLAN_APPROVALS = 2  # beside the planner, who never approves his own
GOERS = (Duty.DPC, Duty.FCO, Duty.RCV)
SWITCHERS = (Duty.DPC, Duty.RCV)
# What stands beside a plan's own token for a text that needs more than the plan; see `marks.Proof`.
BESIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {"": frozenset(), "go": frozenset({"go"}), "switch": frozenset({"go", "switch"})}
)
LOCK_WAIT = timedelta(minutes=1)  # who reads the clock may wait then while a row is stored
JUST_WROTE = timedelta(minutes=15)  # (P) he holds the phone in his hand, whatever his window says
MAX_ATTEMPTS = 3  # (P) of a reply; a campaign has one
ANSWER_DUE = timedelta(minutes=5)  # (P) without an answer by then an attempt is UNKNOWN
MESSAGE_LIFE = timedelta(hours=24)  # (P) a reply older than this is not sent any more
PARTS_WAIT = timedelta(minutes=10)  # (P) then an incomplete text is shown as far as it came
NEAR_FROM = 4  # letters; a shorter stop word counts exact only
ORPHAN_WAIT = timedelta(minutes=2)  # receipts may come before our commit of the answer
RECEIPT_WAIT = timedelta(minutes=1)  # (P) before an UNKNOWN text goes again: its receipt may come
RECEIPTS_COME = timedelta(days=3)  # (P) after which a carrier tells nothing more of a text


class Kind(StrEnum):
    """Why a text leaves. Each has its own leave to do so."""

    REPLY = "reply"  # typed by a person
    SCRIPT = "script"  # approved text sent by a rule: the first answer, the opt-out confirmation
    CONFIRM = "confirm"  # confirmation of his stop, once
    INSTRUCTION = "instruction"  # leg by leg on the way
    ABORT = "abort"  # hold and abort texts he agreed to
    CAMPAIGN = "campaign"


class Outcome(StrEnum):
    """What became of a text. Each ends in exactly one; UNKNOWN is an answer of its own."""

    SENT = "SENT"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


class HoldKind(StrEnum):
    """FREEZE is told to the operator; SILENT and CASE are seen by those alone who know of force.

    A supervisor ends SILENT. CASE comes with a frozen case, and ends with it, by two people.
    """

    FREEZE = "freeze"
    SILENT = "silent"
    CASE = "case"


IN_SILENCE = frozenset({HoldKind.SILENT, HoldKind.CASE})


@dataclass(frozen=True, slots=True)
class Usual:
    """How long after its claim one earlier text was answered for, and arrived; None: never told."""

    answered: timedelta
    arrived: timedelta | None


# (P) for the very first text of a house: a carrier answers within a second, a phone in some more.
FIRST_USUAL = Usual(timedelta(seconds=1), timedelta(seconds=5))


STRUCK_OUT = "struck_out"  # the reason of a text that was skipped for it
UNSERVED = Refusal(
    f"post.{STRUCK_OUT}",
    "The gateway by which he writes was struck out, and none has taken its place: nothing reaches him.",
    "Ask an administrator to enrol one in its place; or wait until he writes on another channel.",
)


class WindowKind(StrEnum):
    """DAILY at his hours; ONCE between two instants; WAY from AGREED until it is closed."""

    DAILY = "daily"
    ONCE = "once"
    WAY = "way"


@dataclass(frozen=True, slots=True)
class Opening:
    """One safe window as the rules need it."""

    kind: WindowKind
    opens_at: datetime
    closes_at: datetime | None
    zone: str = "UTC"
    from_minute: int = 0
    to_minute: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the door knows of one person.

    Attributes:
        opted_out_at: when he said stop, None if never.
        last_inbound_at: when he wrote last, None for a number that never wrote.
        holds: kinds of the open holds.
        openings: windows he declared or agreed to.
        confirmed: whether his stop was confirmed to him already.
        fetches: he comes for our texts himself, by the contact page: nothing rings where he is.
        served: a gateway takes what is to leave to him; False where his was struck out and none took its place.
    """

    opted_out_at: datetime | None = None
    last_inbound_at: datetime | None = None
    holds: frozenset[HoldKind] = frozenset()
    openings: tuple[Opening, ...] = ()
    confirmed: bool = False
    fetches: bool = False
    served: bool = True


def open_until(opening: Opening, *, now: datetime) -> datetime | None:
    """Return when this window closes if it is open at `now`, else None.

    A daily window that ends before it begins runs over midnight of his zone. One that opened while
    the asker waited for the row, after he had read the clock, is open.
    """
    if now < opening.opens_at - LOCK_WAIT or (
        opening.closes_at is not None and now >= opening.closes_at
    ):
        return None
    if opening.kind is not WindowKind.DAILY:
        return opening.closes_at or datetime.max.replace(tzinfo=now.tzinfo)
    his = now.astimezone(ZoneInfo(opening.zone))
    minute = his.hour * 60 + his.minute
    length = (opening.to_minute - opening.from_minute) % 1440
    since = (minute - opening.from_minute) % 1440
    if since >= length:
        return None
    return now - timedelta(seconds=his.second) + timedelta(minutes=length - since)


def may_send(
    kind: Kind, standing: Standing, *, now: datetime, reply_after_stop: timedelta
) -> Refusal | None:
    """Judge whether a text of `kind` may be put out for this person at `now`.

    Args:
        reply_after_stop: programme limit; how long one who said stop may be answered after he
            wrote again.
    """
    stopped = _stopped(kind, standing, now=now, reply_after_stop=reply_after_stop)
    if not (stopped or standing.served):
        return UNSERVED
    if stopped or kind is Kind.CONFIRM:
        return stopped
    if HoldKind.FREEZE in standing.holds and kind is not Kind.ABORT:
        return Refusal(
            "post.frozen",
            "Writing to this person is frozen.",
            "The supervisor (SUP) can end the hold.",
        )
    if kind is Kind.CAMPAIGN:
        return None
    return _in_window(kind, standing, now=now)


def _stopped(
    kind: Kind, standing: Standing, *, now: datetime, reply_after_stop: timedelta
) -> Refusal | None:
    stopped_at, wrote_at = standing.opted_out_at, standing.last_inbound_at
    if kind is Kind.CONFIRM:
        if stopped_at is None or standing.confirmed or now - stopped_at > JUST_WROTE:
            return Refusal("post.no_confirmation", "There is no stop to confirm now.")
        return None
    if stopped_at is None:
        return None
    wrote_again = wrote_at is not None and wrote_at > stopped_at
    if kind is not Kind.CAMPAIGN and wrote_again and now - wrote_at <= reply_after_stop:  # type: ignore[operator]  # wrote_again
        return None
    return Refusal(
        "post.stopped",
        "This person said stop. Nothing is sent to him.",
        "If he writes again, he may be answered for a day.",
    )


def _in_window(kind: Kind, standing: Standing, *, now: datetime) -> Refusal | None:
    if kind in {Kind.INSTRUCTION, Kind.ABORT}:
        way = [o for o in standing.openings if o.kind is WindowKind.WAY]
        if any(open_until(opening, now=now) for opening in way):
            return None
        return Refusal(
            "post.no_way_window",
            "He has agreed to no text on the way, or the way is closed.",
            "The passage opens it when he agrees.",
        )
    if standing.fetches or window_left(standing, now=now) is not None:
        return None
    return Refusal(
        "post.window",
        "This is outside the hours in which he can be written to safely, and he has not just written.",
        "Wait for his window, or for his next text.",
    )


def window_left(standing: Standing, *, now: datetime) -> timedelta | None:
    """Return how long he may still be replied to, None when he may not.

    The window of the way is no hour for replies: he agreed to hold, abort and the way's own texts.
    """
    declared = [o for o in standing.openings if o.kind is not WindowKind.WAY]
    ends = [until for o in declared if (until := open_until(o, now=now)) is not None]
    wrote_at = standing.last_inbound_at
    reach = JUST_WROTE if declared else REPLY_OPEN
    if wrote_at is not None and -LOCK_WAIT <= now - wrote_at < reach:
        ends.append(wrote_at + reach)
    return max(ends) - now if ends else None


def may_leave(
    kind: Kind, standing: Standing, *, now: datetime, reply_after_stop: timedelta
) -> Refusal | None:
    """Judge once more at the claim, when a text already lies in the outbox.

    A hold in silence is judged only here: the operator's screen must not tell of it. Approved scripts
    go on under it, so that nothing changes for whoever reads over his shoulder; so does the abort
    he agreed to.
    """
    if IN_SILENCE & standing.holds and kind not in {Kind.SCRIPT, Kind.CONFIRM, Kind.ABORT}:
        return Refusal("post.held", "Held until the supervisor decides.")
    if (
        kind is Kind.CONFIRM and standing.served
    ):  # it lies there because it was allowed; the reason has not gone
        return None
    return may_send(kind, standing, now=now, reply_after_stop=reply_after_stop)


def veil_may_take(known: Sequence[Usual]) -> Sequence[Usual]:
    """Return which earlier delays a text held in silence may be shown with: the quicker half.

    He has just written, so his phone is in his hand; a night's delay would look like no other.
    """
    told = [each for each in known if each.arrived is not None] or list(known)
    told.sort(key=lambda each: each.arrived or each.answered)
    return told[: (len(told) + 1) // 2] or [FIRST_USUAL]


def veil_covers(truth: Outcome | None, *, arrived: bool, held: bool, again: bool) -> bool:
    """Return whether others still see the veil of a text, and not what became of it.

    It falls when the truth says as much, or when somebody must act on the truth: a text let go and
    then refused, or unknown and not tried again (`again`), or one that never left though nobody
    holds it any more.
    """
    if truth is None:
        return True
    if truth is Outcome.SENT:
        return not arrived
    return (held and truth is not Outcome.REFUSED) or (again and truth is Outcome.UNKNOWN)


def may_repeat(kind: Kind, *, attempts: int) -> bool:
    """Return whether an UNKNOWN text is tried again: replies and the way's texts, never campaigns."""
    return kind is not Kind.CAMPAIGN and attempts < MAX_ATTEMPTS


def is_stop(text: str, stop_words: Collection[str]) -> bool:
    """Return whether a whole text is a stop word, exact or nearly, in any alphabet.

    Exact after folding; or one letter off for words of four letters and more, where vowels are
    written: in Arabic one letter more is another word ("I stand", "he expects"). Digits count in any
    script. A stop word followed by anything else is a person talking, and a person reads it ("stop,
    they are coming").
    """
    bare = "".join(
        c for c in clean(text) if unicodedata.category(c)[0] in "LN" or c.isspace()
    ).split()
    if len(bare) != 1:
        spaced = "".join(bare)
        if not bare or any(len(piece) > 1 for piece in bare):
            return False
        bare = [spaced]
    if bare[0].isdecimal():
        return "".join(str(int(digit)) for digit in bare[0]) in stop_words
    if normal(bare[0]) in _NOT_STOP:
        return False
    readings = readings_of(bare[0]) | {normal(bare[0])}
    words = stop_readings(stop_words)
    if readings & words:
        return True
    return any(
        _BY_VOWELS.fullmatch(word) and one_apart(reading, word)
        for reading in readings
        for word in words
    )


def stop_readings(stop_words: Collection[str]) -> frozenset[str]:
    """Return the stop words in every reading that a text's own readings are held against."""
    plain = [clean(word) for word in stop_words]
    every = [reading for word in plain if len(word) > 1 for reading in readings_of(word)]
    return frozenset(every) | {normal(word) for word in plain}


_BY_VOWELS = re.compile(rf"[a-z\u0400-\u04ff]{{{NEAR_FROM},}}")
# One letter from a stop word, and something else: "стой" is what one man shouts to another, "стою"
# what he answers. The last line: Swahili (twin, of), French (ridge).
_NOT_STOP = frozenset(
    map(
        normal,
        (
            *(
                "стой",
                "стій",
                "стою",
                "стоя",
                "стоит",
                "стон",
                "сноп",
                "стол",
                "стіл",
                "сто",
                "топ",
            ),
            *("step", "shop", "top", "stow", "stomp", "atop"),
            *("pacha", "cha", "arete"),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One stored part of a text."""

    key: str
    number: int
    total: int


def groups_of(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Return the pieces of one reference in groups that each could be one text.

    A part number that comes again opens a new group, for carriers reuse references; a redelivered
    part stands in a group of its own too, shown as a possible duplicate and never merged.
    """
    groups: list[list[Piece]] = []
    for piece in pieces:
        for group in groups:
            if len(group) < piece.total and all(p.number != piece.number for p in group):
                group.append(piece)
                break
        else:
            groups.append([piece])
    return [sorted(group, key=lambda piece: piece.number) for group in groups]


def final(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the one outcome of an attempt from all that was told of it, None while nothing was.

    A definite word beats UNKNOWN, whichever came first.
    """
    for best in (Outcome.SENT, Outcome.REFUSED, Outcome.SKIPPED, Outcome.UNKNOWN):
        if best in outcomes:
            return best
    return None
