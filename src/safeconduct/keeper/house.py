"""What every call needs: the files, the keys, the clocks, and who asks."""

import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from safeconduct import clock, sealing
from safeconduct.access.rules import Duty, Method, Officer, WorkerId, ask
from safeconduct.access.staff import IDLE, LONGEST, OWES_REVIEW
from safeconduct.keeper import network
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.policy import Rates
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import Vault
from safeconduct.refusal import Refusal, Refused

SIGNED_OUT = Refusal("keeper.signed_out", "Your login has ended.", "Sign in again.")
NO_WORKER = Refusal(
    "keeper.no_worker", "This worker's token is not known here.", "Start it through the supervisor."
)
# How a person stands: free; under force until two colleagues end it; in a drill until his next sign-in.
FREE, FORCED, DRILL = 0, 1, 2
_SEEN_S = 60  # a login's last use is written down at most once a minute; it may end so much early

Told = Mapping[str, Any]
Who = Officer | WorkerId


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A person's own key while it is open (keeper/ownkeys.py).

    Attributes:
        login: hash of the login it was opened in; it is open for no other.
        until: wall second.
    """

    login: bytes
    private: bytes
    until: int

    def __repr__(self) -> str:
        """Return nothing of the key."""
        return "<OpenKey>"


@dataclass
class House:
    """One keeper.

    Attributes:
        tokens: purpose → token, given by the supervisor at every start.
        network: how it stands to a network, a word of `keeper/network.py`.
    """

    store: Store
    vault: Vault
    journal: Journal
    tokens: Mapping[str, str]
    origins: list[str]
    rp_id: str
    rates: Rates = field(default_factory=Rates)
    network: str = network.OPEN
    # Signs challenges while our own secrets are locked in: people come in to stop and to watch.
    _night: bytes = field(default_factory=sealing.new_key)
    opened: dict[str, OpenKey] = field(default_factory=dict)  # person → his own key, open

    def shut(self, person: str) -> None:
        """Forget a person's own key: he shut it, or his login ended."""
        self.opened.pop(person, None)

    def now(self) -> datetime:
        """Return world time: terms of duties and memberships run in it."""
        return clock.now()

    def wall(self) -> int:
        """Return wall time in seconds: logins, nonces, invites and rates run in it."""
        return int(clock.wall().timestamp())

    def write_down(
        self, who: str, verb: str, subjects: Iterable[str], *, digest: bytes = b""
    ) -> None:
        """Write the journal, before what it tells of."""
        self.journal.write(who, verb, subjects, now=self.now(), wall=self.wall(), digest=digest)

    def who(self, told: Told) -> Who:
        """Return who asks, by login proof or by worker's token.

        Raises:
            Refused: neither holds.
        """
        if "login" in told:
            return self.officer(told["login"])
        name, token = str(told.get("worker")), str(told.get("token"))
        known = self.tokens.get(name, "")
        if not known or not hmac.compare_digest(known, token):
            raise Refused(NO_WORKER)
        return WorkerId(f"SYS:{name}", "")

    def worker(self, told: Told, *names: str) -> str:
        """Return the name of the worker who asks.

        Raises:
            Refused: it is none of `names`.
        """
        who = self.who(told)
        name = who.ref.removeprefix("SYS:")
        if not isinstance(who, WorkerId) or name not in names:
            raise Refused(Refusal("keeper.not_this_worker", "This worker may not ask for that."))
        return name

    def officer(self, login: str) -> Officer:
        """Return the person behind a living login proof, with the duties he holds now.

        A proof is "<login>.<device>": it counts beside the device that it was made in, and no other.

        Raises:
            Refused: the login has ended: by itself, by another one, by the panic lock; or the
                device is another.
        """
        token, _, device = login.partition(".")
        digest, wall = sealing.token_hash(token), self.wall()
        row = self.store.db.execute(
            "SELECT person, method, started, seen FROM login WHERE hash=? AND device=?",
            (digest, sealing.token_hash(device)),
        ).fetchone()
        if row is None:
            raise Refused(SIGNED_OUT)
        person, method, started, seen = row
        if wall - seen > IDLE.total_seconds() or wall - started > LONGEST.total_seconds():
            with self.store.write() as db:
                db.execute("DELETE FROM login WHERE hash=?", (digest,))
            raise Refused(SIGNED_OUT)
        if wall - seen >= _SEEN_S:
            with self.store.write() as db:
                db.execute("UPDATE login SET seen=? WHERE hash=?", (wall, digest))
        return Officer(person, 0, "", self.duties(person), login, Method(method))

    def forced(self, login: str) -> bool:
        """Return whether whoever holds this proof said that he is forced, in a drill or not."""
        token, _, device = login.partition(".")
        row = self.store.db.execute(
            "SELECT p.force FROM login l JOIN person p ON p.ref = l.person "
            "WHERE l.hash=? AND l.device=?",
            (sealing.token_hash(token), sealing.token_hash(device)),
        ).fetchone()
        return row is not None and row[0] != FREE

    def duties(self, person: str) -> frozenset[Duty]:
        """Return the duties a person holds now, by our own table."""
        world = int(self.now().timestamp())
        rows = self.store.db.execute(
            "SELECT duty FROM duty WHERE person=? AND (until IS NULL OR until > ?)", (person, world)
        )
        return frozenset(Duty(duty) for (duty,) in rows)

    def holders(self, duties: Collection[Duty]) -> dict[str, set[Duty]]:
        """Return person → which of `duties` he holds now, of everybody who holds one."""
        world, found = int(self.now().timestamp()), defaultdict[str, set[Duty]](set)
        rows = self.store.db.execute(
            "SELECT person, duty FROM duty WHERE duty IN (SELECT value FROM json_each(?)) "
            "AND (until IS NULL OR until > ?)",
            (json.dumps(sorted(duties)), world),
        )
        for person, duty in rows:
            found[person].add(Duty(duty))
        return found

    def insist_on(self, officer: Officer, *duties: Duty) -> None:
        """Return if the officer holds one of `duties`.

        Raises:
            Refused: he holds none of them.
        """
        if not officer.duties & set(duties):
            raise Refused(
                Refusal(
                    "keeper.not_your_duty",
                    "This is not among your duties.",
                    ask(duties),
                )
            )

    def insist_reviewed(self, person: str) -> None:
        """Return unless a glass that he broke has waited for its review for too long.

        Raises:
            Refused: it has; he only reads and stops.
        """
        if self.store.db.execute(
            "SELECT 1 FROM glass WHERE person=? AND reviewed IS NULL AND due <= ?",
            (person, int(self.now().timestamp())),
        ).fetchone():
            raise Refused(OWES_REVIEW)

    # --- challenges: signed by us instead of stored, and counted once ---

    def mint(self, use: str, context: bytes, *, lives_s: int) -> tuple[bytes, int]:
        """Return a fresh nonce for one use in one context, and when it ends (wall seconds)."""
        until = self.wall() + lives_s
        body = secrets.token_bytes(16) + until.to_bytes(8, "big")
        return body + self._mac(use, context, body), until

    def spend(self, nonce: bytes, use: str, context: bytes) -> int:
        """Use a nonce up; return when it would have ended.

        Raises:
            Refused: not ours for this use, over, or used before.
        """
        body, mac = nonce[:24], nonce[24:]
        if not hmac.compare_digest(mac, self._mac(use, context, body)):
            raise Refused(
                Refusal("nonce.not_ours", "This answer belongs to another question.", "Try again.")
            )
        until, wall = int.from_bytes(body[16:], "big"), self.wall()
        if wall > until:
            raise Refused(Refusal("nonce.late", "The answer came too late.", "Try again."))
        with self.store.write() as db:
            db.execute("DELETE FROM spent WHERE until < ?", (wall,))
            if db.execute("SELECT 1 FROM spent WHERE nonce=?", (nonce,)).fetchone():
                raise Refused(
                    Refusal("nonce.used", "This answer was used before.", "Touch the key again.")
                )
            db.execute("INSERT INTO spent VALUES (?,?)", (nonce, until))
        return until

    def _mac(self, use: str, context: bytes, body: bytes) -> bytes:
        message = use.encode() + b"|" + context + b"|" + body
        key = self._night if self.vault.locked else self.vault.secret("nonce")
        return hmac.digest(key, message, "sha256")[:16]
