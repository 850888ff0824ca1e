"""Which handles are one man's, by two people's word, and by what he can be written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from safeconduct.access import queries as access
from safeconduct.access.rules import Act, Duty, Officer, digest_of
from safeconduct.post.channels import OPEN_CHANNELS, Channel, channel_of
from safeconduct.post.models import Handle, Link, OptOut
from safeconduct.refusal import Refusal

LINK = "post.link"
LINKERS = (Duty.OP, Duty.SUP, Duty.VER)
LINKED_BY = 2


def digest_for(link: Link) -> bytes:
    """Return the digest of what two people say: who leads, who follows."""
    return digest_of({"link": link.ref, "leads": link.leads, "follows": link.follows})


def act_for(officer: Officer, link: Link) -> Act:
    """Return the act of saying so, under a duty that `officer` holds."""
    duty = next((each for each in LINKERS if each in officer.duties), Duty.OP)
    return Act(LINK, link.ref, bytes(link.digest), duty)


def _proved(link: Link) -> bool:
    """Return whether two people's signed yes stands behind a link: the web's row is not enough.

    Raises:
        KeeperAway: it cannot be proved yet.
    """
    if digest_for(link) != bytes(link.digest):
        return False
    return len(_given(link)) >= LINKED_BY


def home_of(handle: Handle) -> str:
    """Return the compartment in which a handle belongs now: its own, or that of whom it follows."""
    said = Link.objects.filter(follows=handle.person_ref, linked_at__isnull=False)
    link = said.order_by("-pk").first()
    if link is None:
        return handle.compartment
    if link.undone_at is None and _proved(link):
        lead = Handle.objects.filter(person_ref=link.leads).first()
        if lead is not None:
            return lead.compartment
    return link.home


def leader_of(handle: Handle) -> str:
    """Return under which person ref other rooms know who writes by a handle.

    One that follows is its leader's only once its number lies in the leader's compartment.
    """
    said = Link.objects.filter(follows=handle.person_ref, linked_at__isnull=False, undone_at=None)
    link = said.first()
    if link is None:
        return handle.person_ref
    there = Handle.objects.filter(person_ref=link.leads, compartment=handle.compartment)
    return link.leads if there.exists() else handle.person_ref


def people_of(person_ref: str) -> list[str]:
    """Return the person refs of all handles that are one man's, himself first."""
    living = Link.objects.filter(linked_at__isnull=False, undone_at=None)
    near = living.filter(Q(follows=person_ref) | Q(leads=person_ref)).first()
    if near is None:
        return [person_ref]
    down = living.filter(leads=near.leads).order_by("pk").values_list("follows", flat=True)
    return [person_ref, *(each for each in (near.leads, *down) if each != person_ref)]


def compartments_of(person_ref: str) -> set[str]:
    """Return the compartments of one man: of his handles, and of those before they followed."""
    people = people_of(person_ref)
    homes = Link.objects.filter(follows__in=people, linked_at__isnull=False, undone_at=None)
    own = Handle.objects.filter(person_ref__in=people)
    return {*homes.values_list("home", flat=True), *own.values_list("compartment", flat=True)}


def stopped_at(handle: Handle, people: Sequence[str]) -> datetime | None:
    """Return when he said stop on any of his channels, None if he never did.

    Args:
        people: as `people_of` returns them for this handle.
    """
    indexes = [bytes(handle.optout_index)]
    if len(people) > 1:
        rows = Handle.objects.filter(person_ref__in=people)
        indexes = [bytes(each) for each in rows.values_list("optout_index", flat=True)]
    stops = OptOut.objects.filter(index__in=indexes).order_by("-at")
    return stops.values_list("at", flat=True).first()


def handles_of(person_ref: str) -> Sequence[Handle]:
    """Return the handles of one man that can be written to from his conversation; newest first."""
    own = Handle.objects.filter(person_ref=person_ref).first()
    if own is None:
        return []
    rows = Handle.objects.filter(person_ref__in=people_of(person_ref), compartment=own.compartment)
    return list(rows.order_by("-last_inbound_at", "-pk"))


@dataclass(frozen=True, slots=True)
class Way:
    """One channel by which he can be written to; `by` names it to the door."""

    by: str
    route: str
    channel: Channel
    last_inbound_at: datetime

    @property
    def is_open(self) -> bool:
        """Return whether whoever carries it can read it."""
        return self.channel in OPEN_CHANNELS


def ways_to(person_ref: str) -> list[Way]:
    """Return the channels of one man, that by which he wrote last first."""
    return [
        Way(row.person_ref, row.route, channel_of(row.route), row.last_inbound_at)
        for row in handles_of(person_ref)
    ]


@dataclass(frozen=True, slots=True)
class Linking:
    """A link as its page shows it: who follows, who said yes, and what one's own yes would say."""

    ref: str
    follows: str
    linked: bool
    given: tuple[str, ...]
    act: Act


def links_of(officer: Officer, *, leads: str) -> list[Linking]:
    """Return the links of whoever leads, said or waiting."""
    rows = Link.objects.filter(leads=leads, undone_at=None).order_by("pk")
    return [
        Linking(row.ref, row.follows, row.linked_at is not None, _given(row), act_for(officer, row))
        for row in rows
    ]


def _given(link: Link) -> tuple[str, ...]:
    given = access.approvals_once(link.ref, bytes(link.digest), verb=LINK)
    return tuple(dict.fromkeys(each.person for each in given))


def with_leaders(people: set[str]) -> set[str]:
    """Return them, and beside those who follow another him too."""
    rows = Link.objects.filter(follows__in=people, linked_at__isnull=False, undone_at=None)
    return people | set(rows.values_list("leads", flat=True))


def may_link(*, leads: str, follows: str) -> Refusal | None:
    """Judge whether one person may be put up as following another."""
    if leads == follows:
        return Refusal("link.same", "These two conversations are one person's already.")
    open_ = Link.objects.filter(undone_at=None)
    if open_.filter(follows__in=[leads, follows]).exists() or open_.filter(leads=follows).exists():
        return Refusal(
            "link.taken",
            "One of the two is linked already, or waits for it.",
            "Open the other conversation, and link or undo it there.",
        )
    return None
