"""Keys of the links' ends, turned each week, and what is told of our own log.

Only box keys turn. Whoever signs is known by his key to the other end, and stays.
"""

import sqlite3
from collections.abc import Callable
from typing import Any

from safeconduct import sealing
from safeconduct.access.rules import Duty
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.journal import entry
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import Vault
from safeconduct.refs import is_ref
from safeconduct.refusal import Refusal, Refused
from safeconduct.sealing import text

WEEK_S = 7 * 24 * 3600  # in wall time, as the KEK's night: keys are stolen in real time
TURNED = "links turned"  # mark: wall second of the last turn; it only rises
BEFORE = "links turned before"  # mark: of the turn before that, 0 for none
HELD = "links held"  # mark: 1 while some gateway could not follow a turn
_EARLIER = ":earlier"
_ISSUER = "issuer"  # the secret's name; what turns begins with "link:"
_HALVES = ("box_private", "box_earlier", "box_public", "sign_private", "sign_public")
# Who gets which private half of the core's own pair: whoever reads, and whoever signs.
_CORE = {
    "ingest": {"box_private", "box_earlier"},
    "link": {"box_private", "box_earlier", "sign_private"},
    "send": {"sign_private"},
}


def turning(vault: Vault, *, last: int, wall: int) -> Callable[[sqlite3.Connection], None] | None:
    """Return what a ratchet does to the links' box keys, None while they are not a week old.

    Each gets a new one; the one that was becomes the earlier one, and what was the earlier one is gone
    with the epoch. So a thing opens for a week, at the least, after the key was turned it was sealed to.

    Args:
        last: wall second of the last turn.
        wall: wall second.
    """
    if wall - last < WEEK_S:
        return None

    def turn(db: sqlite3.Connection) -> None:
        known = db.execute("SELECT 1 FROM secret WHERE name LIKE 'link:%:box:earlier'").fetchone()
        rows = db.execute("SELECT name, wrapped FROM secret WHERE name LIKE 'link:%:box'")
        for name, wrapped in rows.fetchall():
            kept = {
                name + _EARLIER: vault.unwrap(f"secret|v1|{name}", wrapped),
                name: sealing.new_box_keys()[0],
            }
            db.executemany(
                "INSERT OR REPLACE INTO secret VALUES (?,?,?)",
                [(n, vault.epoch, vault.wrap(f"secret|v1|{n}", key)) for n, key in kept.items()],
            )
        marks = [(BEFORE, last if known else 0), (TURNED, max(wall, last + 1))]
        db.executemany("INSERT OR REPLACE INTO mark VALUES (?,?)", marks)

    return turn


def begin_week(store: Store, *, wall: int) -> None:
    """Let the first week of a folder begin now in which no turn was ever noted.

    It may be of a release that knew of none: then nobody can say how old its keys are, and its
    gateways have yet to come up to a release that can follow.
    """
    if not store.mark(TURNED):
        store.set_mark(TURNED, wall)


class Links:
    """What crosses the house's walls."""

    def __init__(self, house: House) -> None:
        self._house = house

    def gateway_keys(self, told: Told) -> dict[str, Any]:
        """Hand out the keys of one end; a gateway's private halves go to the link worker alone.

        The gateway holds them in memory; with its disk alone nothing opens. "turned" says which week's
        they are.
        """
        worker = self._house.worker(told, "ingest", "link", "send")
        name = str(told["name"])
        if not is_ref(name):
            raise Refused(Refusal("link.name", "A link's end is named by letters, digits and -."))
        pair = self._pair(name)
        both = _CORE["link"] if worker == "link" else set[str]()
        private = _CORE[worker] if name == "core" else both
        self._house.write_down(f"SYS:{worker}", "link keys", [name])
        shown = {half for half in _HALVES if half.endswith("public")} | private
        told = {half: text(pair[half]) if half in shown else "" for half in _HALVES}
        return {**told, "turned": self._house.store.mark(TURNED)}

    def _pair(self, name: str) -> dict[str, bytes]:
        vault = self._house.vault
        if not vault.has(f"link:{name}:box"):
            box, _ = sealing.new_box_keys()
            sign, _ = sealing.new_sign_keys()
            vault.add({f"link:{name}:box": box, f"link:{name}:sign": sign})
            begin_week(self._house.store, wall=self._house.wall())
        box, sign = vault.secret(f"link:{name}:box"), vault.secret(f"link:{name}:sign")
        earlier = f"link:{name}:box{_EARLIER}"
        return {
            "box_private": box,
            "box_earlier": vault.secret(earlier) if vault.has(earlier) else b"",
            "box_public": sealing.box_public(box),
            "sign_private": sign,
            "sign_public": sealing.sign_public(sign),
        }

    def hold_links(self, told: Told) -> dict[str, Any]:
        """Turn no key, or turn them again: some gateway is of a release that could not follow, or none is.

        The link's worker says so, whose side knows what each gateway speaks; it stays said over a restart.
        """
        worker, held = self._house.worker(told, "link"), bool(told["held"])
        verb = "link keys held" if held else "link keys let go"
        self._house.write_down(f"SYS:{worker}", verb, ["keeper"])
        self._house.store.set_mark(HELD, int(held))
        return {}

    def issuer_key(self, told: Told) -> dict[str, Any]:
        """Hand out the key under which the console's own authority lies; to the link worker alone.

        It does not turn: a programme that rested for a year is still the one its telephones trust.
        """
        worker, vault = self._house.worker(told, "link"), self._house.vault
        if not vault.has(_ISSUER):
            vault.add({_ISSUER: sealing.new_key()})
        self._house.write_down(f"SYS:{worker}", "issuer key", ["console"])
        return {"key": text(vault.secret(_ISSUER))}

    def log(self, told: Told) -> dict[str, Any]:
        """Return the latest entries of our own log."""
        officer = self._house.officer(told["login"])
        self._house.insist_on(officer, Duty.AUD, Duty.SUP)
        last, subject = min(int(told["last"]), 500), str(told["subject"])
        rows = self._house.journal.latest(last=last, subject=subject)
        return {"entries": [entry(row) for row in rows]}

    def ping(self, _told: Told) -> dict[str, Any]:
        """Tell that we are here, what opens, how the links' keys stand, and how we are cut off.

        Returns:
            "state": open or locked; "people": how many are enrolled; "root": its kind; "epoch"; "network":
            none, wanted by the root, or open; and of the links' keys, in wall seconds, "turned": the last turn;
            "before": the one before that, 0 for none; "turns": the next at the earliest; whether they are "held";
            "key": our public half, by which yeses and heads are believed, "" while locked.
        """
        people = self._house.store.db.execute(
            "SELECT COUNT(*) FROM person WHERE ended_at IS NULL"
        ).fetchone()[0]
        vault = self._house.vault
        state = "locked" if vault.locked else "open"
        told = {"state": state, "people": people, "root": vault.root, "epoch": vault.epoch}
        turned, before, held = (self._house.store.mark(m) for m in (TURNED, BEFORE, HELD))
        turns = {"turned": turned, "before": before, "turns": turned + WEEK_S, "held": bool(held)}
        key = "" if vault.locked else sealing.sign_public(vault.secret("sign")).hex()
        return {**told, **turns, "network": self._house.network, "key": key}
