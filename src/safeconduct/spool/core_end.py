"""The core's ends of the lanes: what rooms' workers seal to a gateway, and what they take in.

All of it lies in the data folder: spool/out-<gateway>.db, spool/in.db, link/ with its keys.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from safeconduct import clock, log
from safeconduct.spool import config, refused, standing, turns
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.keyfiles import CORE, SIGN_BYTES, STRUCK, KeyDamaged, read_key
from safeconduct.spool.lanes import Receiving, Sending
from safeconduct.spool.protocol import FOLLOWS_TURNS
from safeconduct.spool.queue import Queue
from safeconduct.spool.turns import Keeping, Turns

IN = "in"  # the lane of words: texts, results, receipts
logger = log.get_logger()
_SUFFIX = "-sign.pub"
_KEEPS = "keeps"  # the note of whom somebody was called about, and why


def outgoing(data: Path, gateway: str) -> Queue:
    """Return the queue of sealed things that wait for the link to a gateway."""
    return Queue(data / "spool" / f"out-{gateway}.db")


def incoming_path(data: Path, into: str) -> Path:
    """Return the file of the queue `into`, in which gateways' things land."""
    return data / "spool" / f"{into}.db"


def incoming(data: Path, into: str = IN) -> Queue:
    """Return the queue in which gateways' things land, still sealed."""
    return Queue(incoming_path(data, into))


def names(data: Path) -> list[str]:
    """Return the names of the gateways that were enrolled and not struck out."""
    found = (path.name.removesuffix(_SUFFIX) for path in (data / "link").glob(f"*{_SUFFIX}"))
    return sorted(name for name in found if name != CORE)


def is_enrolled(data: Path, gateway: str) -> bool:
    """Return whether a gateway is enrolled now; one that is struck out is not, from that moment."""
    return (data / "link" / f"{gateway}{_SUFFIX}").exists()


def is_struck_out(data: Path, gateway: str) -> bool:
    """Return whether a gateway was enrolled, and was struck out."""
    struck = (data / "link" / f"{gateway}{_SUFFIX}{STRUCK}").exists()
    return struck and not is_enrolled(data, gateway)


def struck_out(data: Path) -> list[str]:
    """Return the names of those that were struck out."""
    behind = f"{_SUFFIX}{STRUCK}"
    found = (path.name.removesuffix(behind) for path in (data / "link").glob(f"*{behind}"))
    return sorted(name for name in found if not is_enrolled(data, name))


def serving(data: Path, gateway: str) -> str:
    """Return the gateway by which what is to leave by `gateway` leaves now.

    Itself, unless it is struck out; then the one that stands in its place in gateways.toml, or "".
    """
    if not is_struck_out(data, gateway):
        return gateway
    taken = (peer.name for peer in _dialled(data) if gateway in peer.instead_of)
    return next(taken, "")


def strike_out(data: Path, gateway: str) -> bool:
    """Take nothing of a gateway any more, in any process; return whether it was enrolled.

    Its key is laid aside, not deleted: whoever keeps the machine can say that it was a mistake.

    Raises:
        OSError: the folder cannot be written.
    """
    if gateway not in names(data):
        return False
    key = data / "link" / f"{gateway}{_SUFFIX}"
    key.rename(key.with_name(f"{key.name}{STRUCK}"))
    return True


def _sign_keys(data: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the gateways' keys; one that is damaged shuts its own gateway out, and no other."""
    for name in names(data):
        try:
            yield name, read_key(data / "link" / f"{name}{_SUFFIX}", size=SIGN_BYTES)
        except (KeyDamaged, OSError) as why:
            logger.error("link.key_damaged", gateway=name, error=type(why).__name__)  # noqa: TRY400  a traceback could show what was read


class _Enrolled(Mapping[str, bytes]):
    """Keys of the gateways by name, each for as long as it is not struck out."""

    def __init__(self, data: Path) -> None:
        self._data = data
        # A name comes from outside: only those known here ever become a path.
        self._keys = dict(_sign_keys(data))

    def __getitem__(self, name: str) -> bytes:
        key = self._keys[name]
        if not is_enrolled(self._data, name):
            raise KeyError(name)
        return key

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._keys if is_enrolled(self._data, name))

    def __len__(self) -> int:
        return sum(1 for _name in self)


def enrolled(data: Path) -> Chain:
    """Return who may send to the core: every gateway that was enrolled and is not struck out."""
    return Chain(_Enrolled(data), direction="in")


def sending_to(data: Path, gateway: str) -> Sending:
    """Return the lane to a gateway: `put(key, thing.to_bytes())`, then it leaves by itself.

    Raises:
        FileNotFoundError: no such gateway was enrolled.
    """
    link = data / "link"
    box, sign = link / f"{gateway}-box.pub", read_key(link / "sign.key")
    read_key(box)  # now, not at the first thing that is to leave
    sealer = Sealer(CORE, to=lambda: read_key(box), sign=sign, direction="out")
    return Sending(outgoing(data, gateway), sealer)


def receiving(
    data: Path,
    *,
    keys: Callable[[], Sequence[bytes]],
    into: str = IN,
) -> Receiving:
    """Return the lane from the gateways: `take()`, store by `Arrived.key`, then `done`.

    Args:
        data: the data folder.
        keys: returns the core's private box keys, this week's first; asked again when a thing does not
            open. They stay in memory.
        into: which file, as `gateways.toml` says for the gateway.
    """
    opener = Opener(*keys(), direction="in", anew=keys)
    return Receiving(incoming(data, into), chain=enrolled(data), opener=opener)


def _landings(data: Path) -> list[Path]:
    """Return the files in which gateways' things land; none is made by asking."""
    return sorted((data / "spool").glob(f"{IN}.db")) + sorted((data / "spool").glob(f"{IN}-*.db"))


def refusals(data: Path) -> list[refused.Refusals]:
    """Return what gateways sent and may not have sent, and nobody has looked into yet."""
    found: list[refused.Refusals] = []
    for path in _landings(data):
        queue = Queue(path)
        found += refused.of(queue)
        queue.close()
    return found


def refusals_told(data: Path, told: refused.Refusals) -> None:
    """Note that a supervisor was called about it."""
    for path in _landings(data):
        queue = Queue(path)
        refused.mark_told(queue, told)
        queue.close()


def look_into_refusals(data: Path, sender: str) -> bool:
    """Say that a person has looked into what this gateway sent; return whether there was anything."""
    there = False
    for path in _landings(data):
        queue = Queue(path)
        there = refused.look_into(queue, sender) or there
        queue.close()
    return there


def standings(data: Path) -> list[standing.Standing]:
    """Return how each enrolled gateway stood when it was linked last, by name."""
    found: list[standing.Standing] = []
    for path in _landings(data):
        queue = Queue(path)
        found += standing.of(queue)
        queue.close()
    known = [each for each in found if (data / "link" / f"{each.gateway}{_SUFFIX}").exists()]
    return sorted(known, key=lambda each: each.gateway)


def _dialled(data: Path) -> list[config.Peer]:
    """Return the gateways that are enrolled and in the core's file; none while that cannot be read."""
    try:
        known = config.peers(data, stamp=clock.stamp_of(data))
    except config.ConfigWrong:
        return []
    return [peer for peer in known if is_enrolled(data, peer.name)]


def holds_keys(data: Path) -> bool:
    """Return whether a gateway is known that could not follow if keys were turned."""
    speaks = {each.gateway: each.speaks for each in standings(data)}
    return any(speaks.get(peer.name, FOLLOWS_TURNS) < FOLLOWS_TURNS for peer in _dialled(data))


def keeping(data: Path, when: Turns, *, wall: datetime) -> list[Keeping]:
    """Return how each gateway of the core's file keeps up with the keys of its link."""
    stood = {each.gateway: each for each in standings(data)}
    found = []
    for peer in _dialled(data):
        there = stood.get(peer.name)
        known = data / "link" / f"{peer.name}{_SUFFIX}"
        linked = there.at if there else datetime.fromtimestamp(known.stat().st_mtime, UTC)
        speaks = there.speaks if there else None
        found.append(turns.keeping(peer.name, speaks=speaks, linked=linked, turns=when, wall=wall))
    return found


def untold(data: Path, found: Iterable[Keeping]) -> list[Keeping]:
    """Return those about which somebody is to be called and was not."""
    with contextlib.closing(incoming(data)) as queue:
        told = json.loads(queue.note(_KEEPS) or b"{}")
    return [each for each in found if each.calls and told.get(each.gateway) != each.keeps]


def keeping_told(data: Path, found: Iterable[Keeping]) -> None:
    """Note that somebody was called about these; one that keeps up again calls anew the next time."""
    told = json.dumps({each.gateway: each.keeps for each in found if each.calls}).encode()
    with contextlib.closing(incoming(data)) as queue:
        if told != (queue.note(_KEEPS) or b"{}"):
            with queue.change() as change:
                change.set_note(_KEEPS, told)


def standing_told(data: Path, told: standing.Standing) -> None:
    """Note that a supervisor was called about it."""
    for path in _landings(data):
        queue = Queue(path)
        standing.mark_told(queue, told)
        queue.close()


def set_aside_here(data: Path) -> dict[str, int]:
    """Return how many things of gateways lie aside at the core, by the kind of fault."""
    found: Counter[str] = Counter()
    for path in _landings(data):
        queue = Queue(path)
        found.update(queue.kinds_aside())
        queue.close()
    return dict(found)
