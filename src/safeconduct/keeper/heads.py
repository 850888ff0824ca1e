"""The signed heads of both logs. A head of the core's is signed only where it follows the one before.

The keeper grows the core's tree itself, by the leaf hashes of what came since the head it signed
last, and signs the root that comes of them. So no size leaps, no two roots have one size, and an entry
altered before that head shows at the next. What does not follow is news: a supervisor is called.
"""

from collections.abc import Mapping
from typing import Any

from safeconduct import sealing
from safeconduct.audit.rules import Peaks, grow, head_bytes, micros, name_of
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.store import Store
from safeconduct.refusal import Refusal, Refused

MOST_LEAVES = 20_000  # in one call or answer; beyond, a head of ours names no single entry
CORE_HEAD = "core head"  # mark: size of the core's head signed last
_LEAF_BYTES = 32
SHORTER = Refusal(
    "head.shorter",
    "The journal is shorter than the head signed last: entries are missing.",
    "Compare it with the exported heads: safeconduct audit verify.",
)
OTHER = Refusal(
    "head.other",
    "The journal does not go on from the head signed last: entries were altered or others put in.",
    "Compare it with the exported heads: safeconduct audit verify.",
)
ELSEWHERE = Refusal("head.elsewhere", "The keeper's tree ends elsewhere.", "Ask where it ends.")


def core_tree(store: Store) -> Peaks:
    """Return the edge of the core's tree under the head signed last."""
    row = store.db.execute("SELECT size, peaks FROM core_tree").fetchone()
    return Peaks.from_bytes(*row) if row else Peaks()


def keep_core_tree(store: Store, peaks: Peaks) -> None:
    """Take this edge for that of the head signed last."""
    with store.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO core_tree VALUES (1,?,?)", (peaks.size, peaks.to_bytes())
        )
        db.execute("INSERT OR REPLACE INTO mark VALUES (?,?)", (CORE_HEAD, peaks.size))


class Heads:
    """What the keeper signs of both logs."""

    def __init__(self, house: House, alarms: Alarms) -> None:
        self._house, self._alarms = house, alarms
        self._growing: Peaks | None = None  # between two calls of one head; on no disk

    def head(self, told: Told) -> dict[str, Any]:
        """Return our own log's head, signed, and the leaf hashes from `since` on, if not too many."""
        peaks, since = self._house.journal.peaks, int(told["since"])
        name = name_of("keeper", self._house.store.mark("keeper branch"))
        signed = self._sign(name, peaks.size, peaks.root())
        journal = self._house.journal
        leaves = (
            []
            if not 0 <= peaks.size - since <= MOST_LEAVES
            else [leaf.hex() for leaf in journal.leaves(since)]
        )
        return {**signed, "since": since, "leaves": leaves}

    def core_head(self, told: Told) -> dict[str, Any]:
        """Tell the clocks how far the core's tree goes here; what they began to tell is dropped."""
        self._house.worker(told, "clocks")
        self._growing = None
        return {"size": core_tree(self._house.store).size}

    def sign_head(self, told: Told) -> dict[str, Any]:
        """Grow the core's tree by leaves from `since` on; sign its head once `root` is told.

        Without a root more leaves follow in a next call.
        """
        self._house.worker(told, "clocks")
        here = self._growing or core_tree(self._house.store)
        self._growing = None
        size, leaves = int(told["size"]), _leaves(told)
        if int(told["since"]) != here.size:  # another head was signed meanwhile: no news
            raise Refused(ELSEWHERE)
        if size < self._house.store.mark(CORE_HEAD):
            raise self._news(SHORTER)
        grown = grow(leaves, onto=here)
        if not told["root"]:
            self._growing = grown
            return {"size": grown.size}
        if (grown.size, grown.root()) != (size, bytes.fromhex(told["root"])):
            raise self._news(OTHER)
        keep_core_tree(self._house.store, grown)
        return self._sign(
            name_of("core", self._house.store.mark("core branch")), size, grown.root()
        )

    def _news(self, refusal: Refusal) -> Refused:
        self._alarms.head_refused(refusal.code)
        return Refused(refusal)

    def _sign(self, log: str, size: int, root: bytes) -> dict[str, Any]:
        private, at_us = self._house.vault.secret("sign"), micros(self._house.now())
        signature = sealing.sign(private, head_bytes(log=log, size=size, root=root, at_us=at_us))
        return {
            "log": log,
            "size": size,
            "root": root.hex(),
            "at_us": at_us,
            "key": sealing.sign_public(private).hex(),
            "signature": signature.hex(),
        }


def _leaves(told: Mapping[str, Any]) -> list[bytes]:
    leaves = [bytes.fromhex(leaf) for leaf in told["leaves"]]
    if len(leaves) > MOST_LEAVES or any(len(leaf) != _LEAF_BYTES for leaf in leaves):
        raise ValueError("leaves are hashes of 32 bytes, and not too many")
    return leaves
