"""Field keys for one request: asked from the keeper once, held as long as the page is made.

`queries` of a room open a whole page with one `open_fields`; the keeper judges who, for which
purpose, which compartments and which kinds of field, and writes it down before a key leaves it.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from safeconduct import log, sealing
from safeconduct.access import client
from safeconduct.access.boxes import Box
from safeconduct.access.closing import Certificate
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.refusal import Refusal, Refused

PROGRAMME = "programme"  # drafts of offers and templates: no person's words
ROSTER = "roster"  # pagers of people on duty
OVER_RATE = "open.rate"  # a refusal that another compartment may not meet
CHANGED = Refusal(
    "keys.changed",
    "What stands here does not open: somebody changed or moved it in the database.",
    "A supervisor is called. Believe nothing of it until it is known what happened.",
)
logger = log.get_logger()
DANGERS = "dangers"  # reports of dangers: they price every case, and belong to none
PHONES = "phones"  # what telephones of receiving units bring, and the key it is sealed to
BURNED = "burned"  # places that are never used again; outlives every case


class Keyring:
    """Seals and opens fields of the compartments it was asked for, and no others."""

    def __init__(self, opened: client.Opened, who: Officer | WorkerId | None = None) -> None:
        """Hold keys; `who` asked for them, and speaks for us when a box turns out to be changed."""
        self._opened, self._who = opened, who

    def __repr__(self) -> str:
        """Return nothing of the keys."""
        return "<Keyring>"

    def seal(
        self,
        plain: str | bytes,
        *,
        field: str,
        kind: str = "body",
        compartment: str,
        ref: str,
        own: bytes = b"",
    ) -> Box:
        """Return `plain` sealed for one field of one row.

        Args:
            plain: text or bytes.
            field: "room.Model.field".
            kind: one of `sealing.KINDS`.
            compartment: whose key.
            ref: of the row, made before.
            own: the row's own key, where it names a person; see `actions.seal_named`.

        Raises:
            Refused: the keyring was not opened for this compartment and kind.
        """
        raw = plain.encode() if isinstance(plain, str) else plain
        key = self._key(compartment, kind, own)
        sealed = sealing.seal_field(key, raw, sealing.address(field, compartment, ref))
        return Box(sealed, column=field, ref=ref, fresh=True)

    def open(
        self,
        blob: bytes,
        *,
        field: str,
        kind: str = "body",
        compartment: str,
        ref: str,
        own: bytes = b"",
    ) -> str:
        """Return the text sealed in `blob`; see `open_bytes`. `own`: see `seal`."""
        key = self._key(compartment, kind, own)
        return self._unsealed(key, blob, field, compartment, ref).decode()

    def open_bytes(
        self, blob: bytes, *, field: str, kind: str = "body", compartment: str, ref: str
    ) -> bytes:
        """Return the bytes sealed in `blob`.

        Raises:
            Refused: not opened for this, the compartment's key was destroyed, or the box was
                changed or moved; of that the keeper is told, so that a supervisor is called.
            ValueError: a box is opened as if it were another column's.
        """
        return self._unsealed(self._key(compartment, kind), blob, field, compartment, ref)

    def open_rows(
        self, rows: Iterable[tuple[bytes, str]], *, field: str, kind: str, compartment: str
    ) -> list[str]:
        """Return the texts of many rows of one column and compartment, each told by box and ref.

        Raises:
            Refused: as `open_bytes`; nothing is returned then.
            ValueError: a ref is none.
        """
        key, address_of = self._key(compartment, kind), sealing.addresses(field, compartment)
        found = []
        ref = ""
        try:
            unseal = sealing.unsealing(key)
            for box, ref in rows:
                found.append(unseal(box, address_of(ref)).decode())
        except sealing.Tampered:
            raise self.changed(field=field, compartment=compartment, ref=ref) from None
        return found

    def _unsealed(self, key: bytes, blob: bytes, field: str, compartment: str, ref: str) -> bytes:
        column = getattr(blob, "column", field)
        if column != field:
            raise ValueError(f"a box of {column} was opened as one of {field}")
        try:
            return sealing.unseal_field(key, bytes(blob), sealing.address(field, compartment, ref))
        except sealing.Tampered:
            raise self.changed(field=field, compartment=compartment, ref=ref) from None

    def changed(self, *, field: str, compartment: str, ref: str) -> Refused:
        """Tell the keeper that a row is not what was written, and return what to raise."""
        logger.error("a sealed box was changed", subject=field, ref=ref)
        if self._who is not None:
            client.tell_changed(self._who, column=field, compartment=compartment)
        return Refused(CHANGED)

    def index(self, value: str, *, compartment: str, kind: str) -> bytes:
        """Return a keyed hash by which equal values of one compartment meet (cases: burned list)."""
        return sealing.blind_index(self._key(compartment, kind), f"index|{kind}", value)

    def carried(self) -> list[tuple[str, str, str]]:
        """Return the keys as (compartment, kind, hex), for a worker to seal at once and for itself alone."""
        return [(where, kind, key.hex()) for (where, kind), key in self._opened.keys.items()]

    @classmethod
    def of(cls, carried: Iterable[Sequence[str]], who: WorkerId) -> "Keyring":
        """Return the keyring that `carried` was told of."""
        keys = {(where, kind): bytes.fromhex(key) for where, kind, key in carried}
        return cls(client.Opened(keys, frozenset()), who)

    def of_one(self, compartment: str) -> "Keyring":
        """Return a keyring with the keys of one compartment, and no others."""
        keys = {place: key for place, key in self._opened.keys.items() if place[0] == compartment}
        return Keyring(client.Opened(keys, self._opened.gone & {compartment}), self._who)

    def gone(self, compartment: str) -> bool:
        """Return whether the compartment's key was destroyed: nothing in it opens any more."""
        return compartment in self._opened.gone

    def _key(self, compartment: str, kind: str, own: bytes = b"") -> bytes:
        key = self._opened.keys.get((compartment, kind))
        if key is not None:
            return sealing.named_key(key, own) if own else key
        if self.gone(compartment):
            raise Refused(
                Refusal(
                    "keys.destroyed",
                    "What you ask for was erased, and its key destroyed.",
                    "Nobody can bring it back.",
                )
            )
        raise Refused(
            Refusal(
                "keys.not_asked",
                "This was not opened for this page.",
                "Ask open_fields for its compartment and kind.",
            )
        )


def open_fields(
    who: Officer | WorkerId, purpose: Purpose, compartments: Iterable[str], fields: Iterable[str]
) -> Keyring:
    """Return the keys of `fields` (kinds) in `compartments`, in one call to the keeper.

    A worker has one purpose and opens for that, whatever `purpose` says.

    Raises:
        Refused: not a member, wrong purpose, over the rate: then nothing is opened.
        client.KeeperAway: the keeper does not answer.
    """
    wanted, kinds = set(compartments), set(fields)
    if not wanted or not kinds:
        return Keyring(client.Opened({}, frozenset()), who)
    own = who.purpose if isinstance(who, WorkerId) else purpose
    opened = client.open_keys(who, purpose=own, compartments=wanted, kinds=kinds)
    return Keyring(opened, who)


def new_compartment(who: Officer | WorkerId, *, now: datetime) -> str:
    """Return the ref of a new compartment; an officer becomes its first member."""
    return client.create(who)[0]


def new_compartments(
    who: WorkerId, fields: Iterable[str], *, count: int
) -> list[tuple[str, Keyring]]:
    """Return as many new compartments, each with a keyring of its own, in two calls to the keeper.

    Raises:
        Refused, client.KeeperAway: as `open_fields`; compartments that were made stay empty.
    """
    made = client.create(who, count=count)
    keys = open_fields(who, Purpose.INGEST, made, fields)
    return [(compartment, keys.of_one(compartment)) for compartment in made]


def blind(who: Officer | WorkerId, kind: str, value: str) -> bytes:
    """Return the blind index of one value; `kind` is "phone", "optout" or "name"."""
    return client.blind(who, kind, [value])[0]


def blind_many(who: Officer | WorkerId, kind: str, values: Sequence[str]) -> list[bytes]:
    """Return blind indexes of many values in one call, in their order."""
    return client.blind(who, kind, values) if values else []


def destroy(
    who: Officer | WorkerId,
    *,
    compartment: str,
    yeses: Sequence[client.Yes],
    beside: Collection[str] = (),
) -> Certificate | None:
    """Destroy a compartment's key, and return what the root can prove of it; see `client.destroy`.

    Args:
        who: a worker, or an officer who is a member.
        compartment: whose key.
        yeses: the keeper's signed words of two different people who approved an act whose digest
            is `acts.destroy_digest(compartment, beside)`.
        beside: compartments whose keys go with it.
    """
    return client.destroy(who, compartment=compartment, yeses=yeses, beside=beside)
