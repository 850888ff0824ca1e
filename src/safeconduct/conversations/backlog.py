"""What lies in the spool and was not taken in yet, opened once and put in order: who is known comes first.

A person's text waits for no receipt, a known person's for no stranger's, and what became of a text of
ours for neither: unheard of for long, it counts as unknown and is sent once more. Strangers who write
alike are a wave here already (`waves`): one of them and one who writes otherwise by turns, so that
nobody waits behind all of a wave, and none of it is left out. Nothing of this order lies on disk: the
lane's own order and each thing's key keep all of it, and keep it single.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence, Set
from itertools import chain, islice, zip_longest

from safeconduct.conversations.waves import Waves
from safeconduct.envelope import IdentityChanged, InboundText, SendResult, SendResults, kind_of
from safeconduct.log import get_logger
from safeconduct.spool.lanes import Arrived, Receiving

HELD = 5_000  # texts of strangers, and as many of waves, held opened, a kilobyte each; others wait their turn
LOOKED_AT = 5_000  # things opened by one look, some 50 µs each and once
FEW = 20  # texts for which nobody is looked up: they are all taken in at once

Sender = tuple[str, str]  # route and handle: an account counts on its own channel alone
Known = Callable[[Sequence[Sender]], Set[Sender]]
logger = get_logger()


class Backlog:
    """One lane's things beyond the cursor.

    Args:
        lane: it is read here by `ahead`, and by its owner in its own order besides.
        known: which of some senders the programme has heard before.
    """

    def __init__(self, lane: Receiving, *, known: Known) -> None:
        self.lane, self._known = lane, known
        self._heard: deque[Arrived] = deque()
        self._settles: deque[Arrived] = deque()
        self._strangers: deque[Arrived] = deque()
        self._alike: deque[Arrived] = deque()  # strangers' texts of a wave
        self._waves = Waves()
        self._of_waves: set[int] = set()
        self._taken: set[int] = set()
        self._last = 0

    def look(self) -> None:
        """Open and sort what came since.

        Raises:
            what `known` raises; then it is looked at again.
        """
        place = self.lane.looked()
        texts: list[Arrived] = []
        settles: list[Arrived] = []
        last = self._last
        for each in islice(self.lane.ahead(), LOOKED_AT):
            if each.row <= self._last:
                continue  # the last one looked at comes again
            last = each.row
            kind = self._kind(each)
            if kind in {InboundText.__name__, IdentityChanged.__name__}:
                texts.append(each)
            elif kind in {SendResult.__name__, SendResults.__name__}:
                settles.append(each)
        try:
            self._sort(texts)
        except Exception:
            self.lane.look_from(place)
            raise
        self._settles.extend(settles)
        self._last = last

    @staticmethod
    def _kind(arrived: Arrived) -> str:
        try:
            return kind_of(arrived.content)
        except Exception as fault:  # noqa: BLE001  what cannot be read fails in its turn
            logger.warning("ingest.not_ahead", seq=arrived.row, error=type(fault).__name__)
            return ""

    def _sort(self, texts: Sequence[Arrived]) -> None:
        if len(texts) + len(self._strangers) + len(self._alike) <= FEW:
            self._heard.extend(texts)
            return
        told = {each.row: inbound for each in texts if (inbound := _inbound(each))}
        known = self._known([(inbound.route, inbound.sender) for inbound in told.values()])
        for each in texts:
            inbound = told.get(each.row)
            if inbound is None or (inbound.route, inbound.sender) in known:
                self._heard.append(each)
                continue
            held = self._alike if self._joins_a_wave(each, inbound) else self._strangers
            if len(held) < HELD:
                held.append(each)

    def _joins_a_wave(self, arrived: Arrived, inbound: InboundText) -> bool:
        joined = self._waves.of(
            inbound.text, ref=inbound.sender, key=arrived.key, now=inbound.arrived_at
        )
        if joined.others:  # with this one it became a wave, and those who began it are of it too
            self._began_a_wave(frozenset(joined.others))
        if joined.wave:
            self._of_waves.add(arrived.row)
        return bool(joined.wave)

    def _began_a_wave(self, senders: Set[str]) -> None:
        early, others = deque[Arrived](), deque[Arrived]()
        for each in self._strangers:
            inbound = _inbound(each)
            (early if inbound and inbound.sender in senders else others).append(each)
        self._strangers = others
        self._alike = deque(sorted((*early, *self._alike), key=lambda each: each.row))
        self._of_waves |= {each.row for each in early}

    def is_of_a_wave(self, arrived: Arrived) -> bool:
        """Return whether enough texts like this one lie here, though few were taken in yet."""
        return arrived.row in self._of_waves

    def next(self, limit: int) -> list[Arrived]:
        """Return what is to be taken in next; it is held until `took` or `fails`."""
        by_turns = chain.from_iterable(zip_longest(self._strangers, self._alike))
        strangers = (each for each in by_turns if each is not None)
        return list(islice(chain(self._heard, self._settles, strangers), limit))

    def _all_held(self) -> tuple[deque[Arrived], ...]:
        return self._heard, self._settles, self._strangers, self._alike

    def took(self, arrived: Iterable[Arrived]) -> None:
        """Say that things of `next` are taken in; their turn will come all the same."""
        for each in arrived:
            self._taken.add(each.row)
            self._let_go(each)

    def fails(self, arrived: Arrived) -> None:
        """Say that a thing of `next` cannot be taken in now: it is tried in its turn."""
        self._let_go(arrived)

    def _let_go(self, arrived: Arrived) -> None:
        for held in self._all_held():
            if held and held[0] is arrived:
                held.popleft()
                return

    def was_taken(self, arrived: Arrived) -> bool:
        """Return whether a thing of the lane was taken in before its turn."""
        return arrived.row in self._taken

    def done(self, arrived: Sequence[Arrived]) -> None:
        """Say that things have left the lane, in its order."""
        last = max(each.row for each in arrived)
        self._taken = {row for row in self._taken if row > last}
        self._of_waves = {row for row in self._of_waves if row > last}
        for held in self._all_held():
            while held and held[0].row <= last:  # its turn came before its rank
                held.popleft()


def _inbound(arrived: Arrived) -> InboundText | None:
    if kind_of(arrived.content) != InboundText.__name__:
        return None
    try:
        return InboundText.from_bytes(arrived.content)
    except (ValueError, TypeError, KeyError):
        return None  # it fails in its turn


def sender_of(arrived: Arrived) -> Sender | None:
    """Return who wrote a text, None for whatever else arrived."""
    inbound = _inbound(arrived)
    return (inbound.route, inbound.sender) if inbound else None
