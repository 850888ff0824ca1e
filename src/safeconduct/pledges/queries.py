"""Offers in force, and what was promised: the one way to read either."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Duty, Officer, Purpose, WorkerId, digest_of
from safeconduct.pledges import kept as keeping
from safeconduct.pledges import money, orders, rules
from safeconduct.pledges.kept import Group, Kept, Standing
from safeconduct.pledges.models import Account, Offer, Pledge, Shown, Version
from safeconduct.pledges.rules import State, Token

NOTE = "pledges.Pledge.note"
APPROVE = "pledges.approve"
APPROVERS = frozenset({Duty.OFF, Duty.LEG, Duty.SUP})  # (P) beside the proposer, two of them
READERS = frozenset({Duty.OFF, Duty.LEG, Duty.SUP, Duty.PLG, Duty.OP, Duty.RCP, Duty.CAM, Duty.AUD})


def content_of(version: Version) -> dict[str, object]:
    """Return the canonical content that approvals bind; a changed letter voids them.

    What a version of an older release does not say is not among it, so that its approvals stand.
    """
    given_for = {"given_for": version.given_for} if version.given_for else {}
    return given_for | {
        "offer": version.offer.number,
        "version": version.number,
        "kind": version.kind,
        "name": version.name,
        "authority": version.authority,
        "legal_basis": version.legal_basis,
        "items": list(version.items),
        "conditions": version.conditions,
        "amount": version.amount,
        "budget": version.budget,
        "currency": version.currency,
        "starts_at": int(version.starts_at.timestamp()),
        "expires_at": int(version.expires_at.timestamp()) if version.expires_at else None,
        "texts": dict(version.texts),
    }


def digest_now(version: Version) -> bytes:
    """Return the digest of the version as it stands in the table this moment."""
    return digest_of(content_of(version))


def act_for(officer: Officer, version: Version) -> Act:
    """Return the act of approving this version, under the duty that lets `officer` do it."""
    duty = next((d for d in (Duty.LEG, Duty.SUP, Duty.OFF) if d in officer.duties), Duty.OFF)
    return Act(APPROVE, version.ref, bytes(version.digest), duty)


def live(*, now: datetime) -> list[Version]:
    """Return every version that may be shown at `now`: the newest living one of each offer."""
    running = Q(starts_at__lte=now) & (Q(expires_at=None) | Q(expires_at__gt=now))
    rows = (
        Version.objects.filter(running, approved_at__isnull=False, withdrawn_at=None)
        .select_related("offer")
        .order_by("offer__number", "-number")
    )
    newest: dict[int, Version] = {}
    for row in rows:
        newest.setdefault(row.offer_id, row)
    return list(newest.values())


def token_for(version: Version, language: str) -> Token:
    """Return the leave to say this version's own words in one language, whole."""
    return Token("offer", version.ref, bytes(version.digest), (version.texts[language],))


def words_of(ref: str) -> tuple[str, ...]:
    """Return the words of one version in every language, as they stand now; () for none."""
    texts = Version.objects.filter(ref=ref).values_list("texts", flat=True).first()
    return tuple((texts or {}).values())


def covers(token: Token, *, now: datetime) -> bool:
    """Return whether an offer's token is what two people approved: alive, unchanged, its own words.

    Raises:
        KeeperAway: there is nothing yet to prove their approvals by.
    """
    row = Version.objects.filter(ref=token.ref).select_related("offer").first()
    if row is None or digest_now(row) != token.digest or bytes(row.digest) != token.digest:
        return False
    alive = rules.is_live(
        approved_at=row.approved_at,
        withdrawn_at=row.withdrawn_at,
        starts_at=row.starts_at,
        expires_at=row.expires_at,
        now=now,
    )
    if not alive or not set(token.spans) <= set(row.texts.values()):
        return False
    given = access.approvals_once(row.ref, token.digest, verb=APPROVE)
    return len({each.person for each in given}) >= rules.APPROVALS


def version_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> Version:
    """Return one version to somebody who works with offers.

    Raises:
        Absent: there is none, or `officer` has no such duty.
    """
    rows = Version.objects.select_for_update(of=("self",)) if lock else Version.objects.all()
    found = rows.select_related("offer").filter(ref=ref).first()
    if found is None or not officer.duties & READERS:
        raise Absent
    return found


@dataclass(frozen=True, slots=True)
class OfferCard:
    """One offer as the page shows it: the version in force, drafts that wait, what still binds us."""

    offer: Offer
    version: Version
    standing: str  # live, waiting, withdrawn, over, future
    approvals: int
    bound: int


def offers_for(officer: Officer, _purpose: Purpose, *, now: datetime) -> list[OfferCard]:
    """Return each offer's newest version and the one in force, by number."""
    if not officer.duties & READERS:
        raise Absent
    cards = []
    in_force = {row.offer_id: row for row in live(now=now)}
    for offer in Offer.objects.order_by("number"):
        newest = offer.versions.select_related("offer").order_by("-number").first()
        shown = {v.pk: v for v in (in_force.get(offer.pk), newest) if v}
        cards += [_card(offer, version, now=now) for version in shown.values()]
    return cards


def _card(offer: Offer, version: Version, *, now: datetime) -> OfferCard:
    given = access.approvals_of(version.ref, bytes(version.digest))
    bound = Pledge.objects.filter(version=version, state__in=[State.ACCEPTED, State.DUE]).count()
    return OfferCard(offer, version, standing_of(version, now=now), len(given), bound)


def standing_of(version: Version, *, now: datetime) -> str:
    """Return where a version stands, in one word."""
    if version.withdrawn_at is not None:
        return "withdrawn"
    if version.approved_at is None:
        return "waiting"
    if version.expires_at is not None and version.expires_at <= now:
        return "over"
    return "future" if version.starts_at > now else "live"


@dataclass(frozen=True, slots=True)
class Books:
    """Where the budget of one version stands; what was granted is the sum of the other three."""

    version: Version
    granted: int
    free: int
    reserved: int
    paid: int


def books_for(officer: Officer) -> list[Books]:
    """Return the accounts of every version that promises money, sums alone: no person, no promise.

    Raises:
        Absent: `officer` has no duty with offers.
    """
    if not officer.duties & READERS:
        raise Absent
    rows = Account.objects.select_related("version__offer")
    sums: dict[Version, dict[str, int]] = {}
    for row in rows.order_by("version__offer__number", "version__number"):
        kinds = sums.setdefault(row.version, dict.fromkeys(money.Account, 0))
        kinds[row.kind] += row.balance
    return [
        Books(version, -each["granted"], each["free"], each["reserved"], each["paid"])
        for version, each in sums.items()
    ]


# ---- promises to people ----


@dataclass(frozen=True, slots=True)
class Line:
    """One promise as the ledger shows it."""

    pledge: Pledge
    state: str  # of rules.State, or "OVERDUE"
    late: bool
    hoped_at: datetime | None
    note: str
    money: orders.Money | None = None


def ledger_for(
    officer: Officer, purpose: Purpose, *, now: datetime, person_ref: str = ""
) -> list[Line]:
    """Return the promises to people whom `officer` is let in to, the late ones first.

    One keeper call opens all notes of the page.
    """
    mine = access.compartments_of(officer, now=now)
    rows = list(_ledger(mine, person_ref).order_by("-shown_at", "pk")[:200])
    sealed = {row.compartment for row in rows if row.note is not None}
    keys = keyring.open_fields(officer, purpose, sealed, ["body"]) if sealed else None
    sums = orders.money_of(rows)
    lines = [_line(row, keys, sums.get(row.pk), now=now) for row in rows]
    return sorted(lines, key=_urgency)


_ORDER = ("OVERDUE", "FAILED", "DUE", "ACCEPTED", "SHOWN", "WAIVED", "FULFILLED")


def _urgency(line: Line) -> tuple[int, float]:
    due = line.pledge.due_at or line.pledge.shown_at
    return _ORDER.index(line.state), due.timestamp()


def _ledger(compartments: Collection[str], person_ref: str) -> QuerySet[Pledge]:
    rows = Pledge.objects.select_related("version__offer").prefetch_related("postponements")
    rows = rows.filter(compartment__in=compartments)
    return rows.filter(person_ref=person_ref) if person_ref else rows


def _line(
    row: Pledge, keys: keyring.Keyring | None, sums: orders.Money | None, *, now: datetime
) -> Line:
    overdue = keeping.is_overdue(State(row.state), row.due_at, now=now)
    note = ""
    if row.note is not None and keys is not None and not keys.gone(row.compartment):
        note = keys.open(row.note, field=NOTE, compartment=row.compartment, ref=row.ref)
    settled, due = row.settled_at, row.due_at
    late = (
        row.state == State.FULFILLED and settled is not None and due is not None and settled > due
    )
    hoped = max((each.hoped_at for each in row.postponements.all()), default=None)
    return Line(row, "OVERDUE" if overdue else row.state, late, hoped, note, sums)


def pledge_for(
    who: Officer | WorkerId, _purpose: Purpose, *, ref: str, lock: bool = False
) -> Pledge:
    """Return one promise to somebody let into that person's compartment.

    Raises:
        Absent: there is none, or it is not for `who`.
    """
    rows = Pledge.objects.select_for_update(of=("self",)) if lock else Pledge.objects.all()
    found = rows.select_related("version__offer").filter(ref=ref).first()
    if found is None or (isinstance(who, Officer) and not access.member(who, found.compartment)):
        raise Absent
    return found


def shown_to(
    who: Officer | WorkerId, _purpose: Purpose, *, person_ref: str, compartment: str
) -> list[Shown]:
    """Return what was shown to one person: exact version, when, by which channel."""
    if isinstance(who, Officer) and not access.member(who, compartment):
        raise Absent
    rows = Shown.objects.filter(person_ref=person_ref).select_related("version__offer")
    return list(rows.order_by("at"))


def promised_to(officer: Officer, *, person_ref: str, compartment: str) -> list[Pledge]:
    """Return every promise that was made to one person, in the order in which he was shown them.

    Raises:
        Absent: `officer` is not let into his case.
    """
    if not access.member(officer, compartment):
        raise Absent
    rows = Pledge.objects.filter(person_ref=person_ref).select_related("version__offer")
    return list(rows.order_by("shown_at", "pk"))


def open_of(person_ref: str) -> list[Pledge]:
    """Return what is still owed to a person; a case is not settled while any is."""
    rows = Pledge.objects.filter(person_ref=person_ref, state__in=[State.ACCEPTED, State.DUE])
    return list(rows.select_related("version__offer"))


def due_for(officer: Officer, *, now: datetime) -> list[Pledge]:
    """Return what is due or overdue to people whom `officer` is let in to, the oldest first."""
    if not officer.duties & READERS:
        return []
    owed = Pledge.objects.filter(
        compartment__in=access.compartments_of(officer, now=now),
        state__in=[State.ACCEPTED, State.DUE],
        due_at__lte=now + rules.DUE_NOTICE,
    )
    return list(owed.order_by("due_at", "pk"))


@dataclass(frozen=True, slots=True)
class Reproduced:
    """One promise as he was shown it: the words, whose they are, when and by which channel."""

    ref: str
    item: str
    text: str
    language: str
    offer: int
    version: int
    version_ref: str
    digest: str
    name: str
    authority: str
    legal_basis: str
    conditions: str
    channel: str
    message_ref: str
    shown_at: datetime
    due_at: datetime | None
    person_ref: str
    compartment: str


def reproduced(ref: str) -> Reproduced | None:
    """Return one promise whole, in one query; None for none. Whoever shows it asks `pledge_for` too."""
    row = Pledge.objects.select_related("version__offer").filter(ref=ref).first()
    if row is None:
        return None
    version = row.version
    return Reproduced(
        ref=row.ref,
        item=row.item,
        text=version.texts.get(row.language, ""),
        language=row.language,
        offer=version.offer.number,
        version=version.number,
        version_ref=version.ref,
        digest=bytes(version.digest).hex(),
        name=version.name,
        authority=version.authority,
        legal_basis=version.legal_basis,
        conditions=version.conditions,
        channel=row.channel,
        message_ref=row.message_ref,
        shown_at=row.shown_at,
        due_at=row.due_at,
        person_ref=row.person_ref,
        compartment=row.compartment,
    )


def reproduced_for(officer: Officer, *, ref: str) -> Reproduced:
    """Return one promise whole to somebody let into that person's compartment.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    found = reproduced(ref)
    if found is None or not access.member(officer, found.compartment):
        raise Absent
    return found


def _standings(rows: QuerySet[Pledge]) -> Iterator[tuple[Pledge, Standing]]:
    for row in rows.prefetch_related("postponements"):
        done = row.settled_at if row.state == State.FULFILLED else None
        postponed = bool(row.postponements.all())
        yield row, Standing(State(row.state), row.due_at, done, postponed, row.failed_at)


def kept(*, now: datetime, person_refs: Iterable[str] | None = None) -> Kept:
    """Return the kept-rate, computed from every promise: numbers only, no person."""
    rows = Pledge.objects.all()
    if person_refs is not None:
        rows = rows.filter(person_ref__in=list(person_refs))
    return keeping.kept((standing for _row, standing in _standings(rows)), now=now)


def kept_by_group(*, before: datetime, now: datetime) -> Mapping[Group, Kept]:
    """Return the kept-rate by offer, authority and quarter, of what fell due before an instant."""
    rows = Pledge.objects.filter(due_at__lt=before).select_related("version__offer")
    counted = [
        (Group(row.version.offer.number, row.version.authority, quarter), standing)
        for row, standing in _standings(rows)
        if (quarter := keeping.quarter_of(row.due_at))
    ]
    return keeping.by_group(counted, now=now)
