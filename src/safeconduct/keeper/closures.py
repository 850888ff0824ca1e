"""Closing a compartment for ever: two people's yes, the ratchet, and a certificate of what it proves."""

import json
import sqlite3
from typing import Any

from safeconduct import clock, log
from safeconduct.access import acts, closing
from safeconduct.access.closing import Lay
from safeconduct.audit.rules import micros
from safeconduct.keeper import approvals, policy
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.links import HELD, TURNED, begin_week, turning
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.vault import RATCHETED, ROOT_AWAY, nothing
from safeconduct.refusal import Refusal, Refused
from safeconduct.sealing import text

_PEOPLE_TO_DESTROY = 2
# One man's eight channels, more than anybody has, and what he told the ombudsman: a page that lies to two people of what they touch takes no more.
_MOST_BESIDE = 9
# A KEK lives so long at most. In wall time: what it guards against, a copy of keys.db taken last
# week, is made in real time, and an exercise that moves its clock must not burn keys by it.
NIGHT_S = 24 * 3600
logger = log.get_logger()


class Closures:
    """What is never opened again."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._owed = False  # the root has not destroyed yet what opened the last epoch

    def destroy(self, told: Told) -> dict[str, Any]:
        """Drop a compartment's key for ever, on the signed yes of two different people.

        A worker may carry the two yeses here, or a member; the yeses decide, not the carrier.
        Those named beside it go first, by the same yes, and are few. Asked again it ends what was cut
        short, and returns the same certificate.
        """
        who, ref = self._house.who(told), str(told["compartment"])
        beside = [str(each) for each in told["beside"]]
        if len(beside) > _MOST_BESIDE:
            raise Refused(
                Refusal(
                    "destroy.beside",
                    "One erasure takes nine keys beside a case's at most.",
                    "Part what is not his, and put the erasure up again.",
                )
            )
        rules = filter(None, map(policy.named, (ref, *beside)))
        if not all(rule.ends for rule in rules):
            raise Refused(
                Refusal("destroy.named", "What belongs to the programme is not erased so.")
            )
        wanted = acts.destroy_digest(ref, beside).hex()
        yeses = [approvals.signed(self._house, each) for each in told["yeses"]]
        people = {yes["person"] for yes in yeses if yes["digest"] == wanted}
        if len(people) < _PEOPLE_TO_DESTROY:
            raise Refused(
                Refusal(
                    "destroy.two",
                    "Erasing for ever takes two people's yes to exactly this.",
                    "Ask another person who may approve it.",
                )
            )
        for each in (*beside, ref):
            made_in = self._made_in(each)
            if made_in is not None:
                self._house.write_down(who.ref, "destroyed", [each], digest=bytes.fromhex(wanted))
                self._close(each, made_in)
        self._finish()
        return self._certificate(ref, wanted)

    def _made_in(self, ref: str) -> int | None:
        row = self._house.store.db.execute(
            "SELECT epoch FROM compartment WHERE ref=?", (ref,)
        ).fetchone()
        return None if row is None else int(row[0])

    def _close(self, ref: str, made_in: int) -> None:
        vault, at_us = self._house.vault, micros(clock.wall())
        roots = json.dumps([[lay.kind, lay.ended] for lay in vault.roots_since(made_in)])
        row = (ref, roots, vault.epoch, vault.epoch + 1, at_us)

        def drop(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM compartment WHERE ref=?", (ref,))
            db.execute("DELETE FROM member WHERE compartment=?", (ref,))
            db.execute("INSERT INTO gone VALUES (?,?)", (ref, self._house.wall()))
            db.execute("INSERT INTO closure VALUES (?,?,?,?,?)", row)

        vault.ratchet(drop, wall=self._house.wall())

    def _finish(self) -> None:
        self._owed = True
        # What secure_delete leaves between the cells of a page goes with the page.
        self._house.store.db.execute("VACUUM")
        try:
            self._house.vault.finish()
        except NoRoot as away:
            logger.error("the root did not answer", error=type(away).__name__)  # noqa: TRY400  its words may name the root
            raise Refused(ROOT_AWAY) from None
        self._owed = False

    def _certificate(self, ref: str, wanted: str) -> dict[str, Any]:
        row = self._house.store.db.execute(
            "SELECT roots, before, after, at_us FROM closure WHERE ref=?", (ref,)
        ).fetchone()
        if row is None:  # never made here, or gone before there were certificates
            return {"told": "", "signature": ""}
        roots = [Lay(kind, ended=ended) for kind, ended in json.loads(row[0])]
        certificate = closing.certify(
            self._house.vault.secret("sign"),
            {
                "subject": wanted,
                "root": roots[-1].kind,
                "before": row[1],
                "after": row[2],
                "at": row[3],
                "claims": closing.claims(roots),
            },
        )
        return {"told": text(certificate.told), "signature": text(certificate.signature)}

    def nightly(self) -> None:
        """Ratchet if the KEK is a day old, and end what the root did not.

        The ratchet of a week's end turns the links' keys with it, unless they are held. Raises: see
        `Vault.ratchet`.
        """
        store, wall = self._house.store, self._house.wall()
        if self._house.vault.locked:
            return
        begin_week(store, wall=wall)
        if wall - store.mark(RATCHETED) >= NIGHT_S:
            self._house.write_down("SYS:keeper", "ratcheted", ["keeper"])
            vault = self._house.vault
            turn = None
            if not store.mark(HELD):
                turn = turning(vault, last=store.mark(TURNED), wall=wall)
            if turn is not None:
                self._house.write_down("SYS:keeper", "link keys turned", ["keeper"])
            vault.ratchet(turn or nothing, wall=wall)
            self._owed = True
        if self._owed:
            self._finish()
