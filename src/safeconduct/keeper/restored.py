"""After a restore: what was erased since dies here too, and both logs go on under a new branch.

A restored log is shorter than the head signed last, and we sign no shorter one. So we say it: a
signed statement of how far the copy went and how much was lost (docs/decisions/0021). It leaves
with the heads; without it no head of the branch proves anything.

The root is only looked through. It may serve a programme that runs, or a second try after this one is
killed, and in both cases what it destroyed would be missed. The first start turns the ratchet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct import sealing
from safeconduct.audit.rules import Peaks, branch_bytes, micros
from safeconduct.keeper import policy
from safeconduct.keeper.heads import keep_core_tree
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.links import TURNED
from safeconduct.keeper.roots.root import NoRoot, Root
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import RATCHETED, Vault

WHO = "SYS:restore"


class Lent:
    """A root that opens what it sealed, and seals and destroys nothing."""

    destroys = False

    def __init__(self, root: Root) -> None:
        self._root, self.kind = root, root.kind

    def seal(self, kek: bytes, *, epoch: int) -> bytes:
        """Refuse: no epoch begins here. Raises: NoRoot: always."""
        raise NoRoot("these keys were never begun; bring the keys.db of the programme")

    def unseal(self, box: bytes, *, epoch: int) -> bytes:
        """Return the KEK; see `Root.unseal`."""
        return self._root.unseal(box, epoch=epoch)

    def keep_only(self, box: bytes, *, epoch: int) -> None:
        """Destroy nothing."""

    def retire(self) -> None:
        """Destroy nothing."""

    def forget(self) -> None:
        """Drop every secret held in memory."""
        self._root.forget()


@dataclass(frozen=True, slots=True)
class Files:
    """What lies in the restored folder, open."""

    store: Store
    vault: Vault
    journal: Journal


def after_restore(
    told: Mapping[str, Any], files: Files, *, now: datetime, wall: int
) -> dict[str, Any]:
    """Forget what was erased, end every login, and give each log that the copy brought its branch.

    Args:
        told: "erased", the compartments of the register; "logs", log → "lost", how long it is known
            to have been, and "branch", the last one known; of "core" also "size" and "peaks" (hex);
            "boxes", sealed fields of the copy, each with compartment, kind, aad and box (hex).
        now: world time.
        wall: real time, seconds.

    Returns:
        "gone", every compartment that was ever destroyed; "living", those of people that are not;
        "before", the compartments of the boxes that opened before anything was forgotten; "opened",
        those that open still; "branches", the signed statements.
    """
    store, journal = files.store, files.journal
    logs = dict(told["logs"])
    if "keeper" in logs:  # before we write a line of our own: heads of before hold so far
        edge = {"size": journal.peaks.size, "peaks": journal.peaks.to_bytes().hex()}
        logs["keeper"] = {**logs["keeper"], **edge}
    before = sorted(_opened(told["boxes"], files))
    journal.write(WHO, "restored", ["keeper"], now=now, wall=wall)
    _forget([str(ref) for ref in told["erased"]], files, now=now, wall=wall)
    branches = [_branch(files, log, of, at_us=micros(now)) for log, of in sorted(logs.items())]
    gone = [ref for (ref,) in store.db.execute("SELECT ref FROM gone ORDER BY ref")]
    living = sorted(ref for ref in _living(store) if not policy.named(ref))
    opened = sorted(_opened(told["boxes"], files))
    return {
        "gone": gone,
        "living": living,
        "before": before,
        "opened": opened,
        "branches": branches,
    }


def _living(store: Store) -> set[str]:
    return {ref for (ref,) in store.db.execute("SELECT ref FROM compartment")}


def _forget(refs: list[str], files: Files, *, now: datetime, wall: int) -> None:
    store, dying = files.store, sorted(_living(files.store) & set(refs))
    files.journal.write(WHO, "destroyed", dying, now=now, wall=wall)
    with store.write() as db:
        rows = [(ref,) for ref in refs]
        db.executemany("DELETE FROM compartment WHERE ref=?", rows)
        db.executemany("DELETE FROM member WHERE compartment=?", rows)
        db.executemany("INSERT OR IGNORE INTO gone VALUES (?,?)", [(ref, wall) for ref in refs])
        db.execute("DELETE FROM login")
        db.execute("DELETE FROM invite")
        # The copy may be older than a turn that gateways know: they take no key of an earlier one.
        marks = [(RATCHETED, 0), (TURNED, wall)]
        db.executemany("INSERT OR REPLACE INTO mark VALUES (?,?)", marks)
    store.db.execute("VACUUM")


def _opened(boxes: Iterable[Mapping[str, str]], files: Files) -> set[str]:
    opened = set()
    for each in boxes:
        row = files.store.db.execute(
            "SELECT wrapped FROM compartment WHERE ref=?", (each["compartment"],)
        ).fetchone()
        if row is not None and _opens(each, files.vault.dek(each["compartment"], row[0])):
            opened.add(each["compartment"])
    return opened


def _opens(each: Mapping[str, str], dek: bytes) -> bool:
    key = sealing.field_key(dek, each["kind"])
    try:
        sealing.unseal_field(key, bytes.fromhex(each["box"]), each["aad"].encode())
    except sealing.Tampered:
        return False
    return True


def _branch(files: Files, log: str, of: Mapping[str, Any], *, at_us: int) -> dict[str, Any]:
    store, size = files.store, int(of["size"])
    peaks = Peaks.from_bytes(size, bytes.fromhex(of["peaks"]))
    branch = max(store.mark(f"{log} branch"), int(of["branch"])) + 1
    lost = max(store.mark(f"{log} head"), int(of["lost"]), size)
    store.set_mark(f"{log} branch", branch)
    if log == "core":
        keep_core_tree(store, peaks)
    else:
        store.set_mark(f"{log} head", size)
    statement: dict[str, Any] = {
        "log": log,
        "branch": branch,
        "size": size,
        "lost": lost,
        "at_us": at_us,
    }
    private = files.vault.secret("sign")
    signed = sealing.sign(private, branch_bytes(**statement, root=peaks.root()))
    key = sealing.sign_public(private).hex()
    return {**statement, "root": peaks.root().hex(), "key": key, "signature": signed.hex()}
