"""The two ends of a lane: `Sending` seals into a queue, `Receiving` takes from one and opens.

What leaves is keyed: the same key twice is one row. What arrives comes at least once; a consumer
keeps `Arrived.key` unique in its own transaction and only then says `done`.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from safeconduct import envelope, log
from safeconduct.envelope import Carried, Sealed
from safeconduct.spool import form
from safeconduct.spool.carried import Chain, Gap, Newer, Opener, Sealer, check_order
from safeconduct.spool.form import CarriedRefused, Form, Mark
from safeconduct.spool.queue import Change, Item, Queue

_Kind = TypeVar("_Kind", bound=Carried)
logger = log.get_logger()

TRIES = 4  # of one thing; with the worker's pauses between them about four seconds
WAITS = "Waits"  # why a row lies aside that waits for its turn, and for no person
CHAIN = "chain"  # the note that holds how far a queue's own chain has come
AHEAD = 500  # rows that `ahead` holds in memory at a time
TOGETHER_BYTES = 2**17  # of content in one carried form; one thing may be longer than that


class Sending:
    """Seals things into a queue; numbers and chains them in the transaction that stores them.

    Several processes may send into one file: the chain's mark is read inside the transaction.
    """

    def __init__(self, queue: Queue, sealer: Sealer) -> None:
        self.queue = queue
        self._sealer = sealer

    def put(self, key: str, content: bytes) -> bool:
        """Store one thing durably; False, changing nothing, when its key is known.

        Raises:
            SpoolFull: the disk is full; nothing was stored.
        """
        return self.put_many([(key, content)]) == 1

    def put_many(self, things: Iterable[tuple[str, bytes]]) -> int:
        """Store things in one transaction; return how many were new."""
        with self.queue.change() as change:
            return self.put_within(change, things)

    def put_within(self, change: Change, things: Iterable[tuple[str, bytes]]) -> int:
        """Store things in a transaction of the caller's on the same queue."""
        first: dict[str, bytes] = {}
        for key, content in things:
            first.setdefault(key, content)
        known = change.known(first)
        fresh = [(key, content) for key, content in first.items() if key not in known]
        if not fresh:
            return 0
        mark = Mark.from_bytes(change.note(CHAIN))
        for some in _together(fresh):
            raw, mark = self._sealer.seal_together(some, mark=mark)
            change.put_together([key for key, _content in some], raw)
        change.set_note(CHAIN, mark.to_bytes())
        return len(fresh)


def _together(things: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    """Yield so many of them at a time as one carried form takes."""
    first, held = 0, 0
    for n, (_key, content) in enumerate(things):
        held += len(content)
        if n > first and (n - first == form.MOST or held > TOGETHER_BYTES):
            yield things[first:n]
            first, held = n, len(content)
    yield things[first:]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One opened thing. `content` is for `envelope.*.from_bytes`; `key` is its idempotency key.

    Attributes:
        told: the content as it was read once, by field, or the thing itself.
    """

    row: int
    sender: str
    key: str
    content: bytes
    told: Carried | Mapping[str, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> str:
        """Return the name of the kind of thing, "" if it is none."""
        if isinstance(self.told, Carried):
            return type(self.told).__name__
        return str(
            (envelope.insist_known(self.content) if self.told is None else self.told).get("is", "")
        )

    def read(self, kind: type[_Kind]) -> _Kind:
        """Return the thing. Raises as `from_bytes`."""
        if isinstance(self.told, kind):
            return self.told
        if self.told is None or isinstance(self.told, Carried):
            return kind.from_bytes(self.content)
        return kind.from_told(self.told)


Place = tuple[int, Mapping[str, Mark]]  # how far `ahead` has come: its row, and each sender's chain


class Receiving:
    """Takes from a queue in order, checks each sender's chain, opens.

    What does not open is set aside with its reason, never dropped, and the lane goes on. A gap
    found here, behind the link that lets none through, is set aside as an alarm and read all the
    same: a text is worth more than the order of numbers. What only a newer release knows is set
    aside too; each process begins by looking whether it is of that release.
    """

    def __init__(self, queue: Queue, *, chain: Chain, opener: Opener) -> None:
        self.queue = queue
        self._chain, self._opener = chain, opener
        self._passed: dict[int, tuple[str, Mark]] = {}  # row -> its sender's mark behind it
        self._seen_row = 0  # how far `ahead` has looked, and how far each sender's chain came there
        self._seen: dict[str, Mark] = {}
        self._looked = False
        self._newer = [row for row, why in queue.whys().items() if why.startswith(Newer.__name__)]

    def take(self, *, limit: int = 50) -> list[Arrived]:
        """Return the oldest things beyond the cursor, opened. They stay until `done`.

        Before all others come those that an earlier release set aside and this one knows.
        """
        if known := self._known_now(limit):
            return known
        start = self.queue.position()
        items = self._items(start, limit)
        marks: dict[str, Mark] = {}
        opened = (one for item in items for one in self._open(item, start, marks))
        arrived = list(islice(opened, limit))
        if items and not arrived:
            self._pass_over(items[-1])
        return arrived

    def _items(self, start: int, rows: int) -> list[Item]:
        """Return what lies under so many rows behind `start`; more, where these end amid a form.

        Where nothing lies under them, rows are gone from the disk: then what is next behind them.
        """
        upto = start + rows + form.MOST - 1
        found = self.queue.take(limit=rows, after=start, upto=upto)
        return found or self.queue.take(limit=1, after=start)

    def _open(self, item: Item, start: int, marks: dict[str, Mark]) -> Iterator[Arrived]:
        """Yield what one form holds behind the row `start`; what may not be believed is set aside."""
        try:
            read = self._chain.check_sender(item.body)
        except CarriedRefused as refused:
            for each in _each_alone(item):
                if each.id > start:  # the others are stored where they belong
                    self._set_aside(each, refused)
            return
        for place, row in _rows(item, read):
            if row <= start:
                continue
            try:
                sealed = self._follow(item, read, place, marks)
                self._passed[row] = sealed.sender, marks[sealed.sender]
                yield self._arrived(row, sealed)
            except CarriedRefused as refused:
                self._set_aside(_alone(item, read, place), refused)

    def _follow(self, item: Item, read: Form, place: int, marks: dict[str, Mark]) -> Sealed:
        sealed = read.sealed(place)
        known = marks.get(sealed.sender)
        mark = known or Mark.from_bytes(self.queue.note(_opened(sealed.sender)))
        try:
            check_order(sealed, mark=mark)
        except Gap as gap:  # the link lets none through: rows were touched on this disk
            self._set_aside(_alone(item, read, place), gap)
        marks[sealed.sender] = read.mark(place)
        return sealed

    def ahead(self) -> Iterator[Arrived]:
        """Yield, opened, whatever lies beyond the cursor and was not yielded before, oldest first.

        Nothing changes on the disk: all of it comes by `take` too, in its turn, so it must do no
        harm to take it in twice. What may not be believed is left to `take`, which sets it aside.
        A row counts as yielded once the next one is asked for.
        """
        while items := self._items(start := self._seen_row or self.queue.position(), AHEAD):
            for item in items:
                yield from self._peek(item, start)
                self._seen_row = item.id

    def _peek(self, item: Item, start: int) -> Iterator[Arrived]:
        try:
            read = self._chain.check_sender(item.body)
        except CarriedRefused:
            return
        noted = Mark.from_bytes(self.queue.note(_opened(read.sender)))
        for place, row in _rows(item, read):
            if row <= start:
                continue
            with contextlib.suppress(CarriedRefused):
                mark = max(noted, self._seen.get(read.sender, noted), key=lambda each: each.seq)
                sealed = read.sealed(place)
                with contextlib.suppress(
                    Gap
                ):  # read all the same, as by `take`, which gives the alarm
                    check_order(sealed, mark=mark)
                arrived = self._arrived(row, sealed)
                yield arrived
                self._seen[read.sender] = read.mark(place)
            self._seen_row = row

    def looked(self) -> Place:
        """Return how far `ahead` has come, for `look_from`."""
        return self._seen_row, dict(self._seen)

    def look_from(self, place: Place) -> None:
        """Go back to a place of `looked`: what was yielded since comes once more."""
        row, seen = place
        self._seen_row, self._seen = row, dict(seen)

    def _arrived(self, row: int, sealed: Sealed) -> Arrived:
        content = self._opener.open(sealed)
        try:
            told = envelope.insist_known(content)
        except envelope.Newer as newer:
            raise Newer(f"number {sealed.seq} of {sealed.sender}: {newer}") from None
        return Arrived(row, sealed.sender, sealed.key, content, told)

    def _known_now(self, limit: int) -> list[Arrived]:
        if not self._looked:
            self._newer = [row for row in self._newer if self._known(row) is not None]
            self._looked = True
        found = {row: self._known(row) for row in self._newer[:limit]}
        # Whose sender was struck out since stays aside for a person, and holds nobody up.
        self._newer = [row for row in self._newer if found.get(row, row) is not None]
        return [one for one in found.values() if one is not None]

    def _known(self, row: int) -> Arrived | None:
        try:
            return self.again(row)
        except CarriedRefused:
            return None

    def _set_aside(self, item: Item, refused: CarriedRefused) -> None:
        with self.queue.change() as change:
            change.set_aside(item, why=f"{type(refused).__name__}: {refused}")
        logger.error("spool.set_aside", seq=item.id, reason_code=type(refused).__name__)

    def _pass_over(self, item: Item) -> None:
        with self.queue.change() as change:
            self._advance(change, item.id)

    def done(self, arrived: Arrived) -> None:
        """Say that everything up to `arrived` is stored where it belongs; its bytes go."""
        with self.queue.change() as change:
            self.done_within(change, arrived)

    def done_within(self, change: Change, arrived: Arrived) -> None:
        """Say so in a transaction of the caller's on the same queue."""
        self._advance(change, arrived.row)

    def failed(self, arrived: Arrived, *, why: str) -> bool:
        """Count one try at `arrived` that failed; True when it was set aside and the lane goes on.

        The count lies beside the rows, so that it outlives the process that the thing may kill.

        Args:
            why: what kind of fault it was, without a word of the content.
        """
        if arrived.row in self._newer:  # it lies aside, and stays there
            self._newer.remove(arrived.row)
            return True
        with self.queue.change() as change:
            note, item = f"tries:{arrived.row}", _held(change, arrived.row)
            tries = int(change.note(note) or 0) + 1
            if tries < TRIES or item is None:
                change.set_note(note, str(tries).encode())
                return False
            change.set_note(note, None)
            change.set_aside(item, why=why)
            self._advance(change, arrived.row)
        logger.error("spool.set_aside", seq=arrived.row, reason_code=why)
        return True

    def let_wait(self, arrived: Arrived) -> None:
        """Put one thing aside that cannot be taken in yet, and go on: nothing is wrong with it.

        One that lies aside already, for an alarm, stays there for the person whom it calls.
        """
        if arrived.row in self._newer:  # it lies aside, and stays there
            self._newer.remove(arrived.row)
            return
        alarm = self.queue.aside(arrived.row) is not None
        with self.queue.change() as change:
            item = _held(change, arrived.row)
            if item is not None:
                if not alarm:
                    change.set_aside(item, why=WAITS)
                self._advance(change, arrived.row)

    def wait_no_more(self, row: int, *, why: str) -> None:
        """Leave a row that was let wait to a person: it fails by itself, not for the rate.

        Args:
            row: one of `waiting`.
            why: as for `failed`.
        """
        item = self.queue.aside(row)
        if item is not None:
            with self.queue.change() as change:
                change.set_aside(item, why=why)
        logger.error("spool.set_aside", seq=row, reason_code=why)

    def waiting(self) -> list[int]:
        """Return the rows that were let wait, oldest first."""
        return [row for row, why in self.queue.whys().items() if why == WAITS]

    def again(self, row: int) -> Arrived | None:
        """Open a row that was set aside, whatever its number in the chain; None: it is not there.

        Raises:
            CarriedRefused: it does not open still.
        """
        item = self.queue.aside(row)
        if item is None:
            return None
        return self._arrived(row, self._chain.check_sender(item.body).sealed(0))

    def forget(self, row: int) -> None:
        """Say that a row once set aside is stored where it belongs; its bytes go."""
        with self.queue.change() as change:
            change.forget_aside(row)

    def _advance(self, change: Change, upto: int) -> None:
        for row in [row for row in self._passed if row <= upto]:
            sender, mark = self._passed.pop(row)
            change.set_note(_opened(sender), mark.to_bytes())
        for row in [row for row in self._newer if row <= upto]:
            self._newer.remove(row)
            change.forget_aside(row)
        change.acknowledge(upto)


def _rows(item: Item, read: Form) -> Iterator[tuple[int, int]]:
    """Return place and row of each thing in a form; the last one's row holds the bytes of all."""
    return enumerate(range(item.id - len(read.things) + 1, item.id + 1))


def _alone(item: Item, read: Form, place: int) -> Item:
    """Return one thing of a form under its own row, with octets that stand alone."""
    row, mark = item.id - len(read.things) + 1 + place, read.mark(place)
    return Item(row, f"{read.sender}/{mark.seq}", read.alone(place))


def _each_alone(item: Item) -> list[Item]:
    """Return each thing of a form under its own row; what is no form at all as it is."""
    try:
        read = form.read(item.body)
    except CarriedRefused:
        return [item]
    return [_alone(item, read, place) for place in range(len(read.things))]


def _held(change: Change, row: int) -> Item | None:
    """Return the thing of one row alone; None where its bytes are gone."""
    found = change.holding(row)
    items = [] if found is None else _each_alone(found)
    return next((item for item in items if item.id == row), None)


def _opened(sender: str) -> str:
    return f"opened:{sender}"
