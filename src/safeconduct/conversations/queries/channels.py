"""By which channels one man writes, and what links them."""

from dataclasses import dataclass

from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Officer, Purpose
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.queries.inbox import conversation_for
from safeconduct.post import linked
from safeconduct.post.linked import Linking, Way


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link; `other` is the ref of the conversation that follows, "" to who is not let into it."""

    ref: str
    linked: bool
    other: str


@dataclass(frozen=True, slots=True)
class Channels:
    """What the page of his channels shows.

    Attributes:
        others: conversations of other people that the officer holds and is let into, to choose from.
        given: names of those who said yes to the link that waits.
        act: what his own yes would say; None when he may not give it.
    """

    conversation: Conversation
    ways: list[Way]
    links: list[LinkLine]
    others: list[Conversation]
    given: list[str]
    act: Act | None

    @property
    def waits(self) -> bool:
        """Return whether a link waits for its two people; until then no other is put up."""
        return not all(link.linked for link in self.links)


def conversation_of(officer: Officer, purpose: Purpose, *, person_ref: str) -> Conversation:
    """Return the newest conversation of a person to somebody let into it.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    row = Conversation.objects.filter(person_ref=person_ref).order_by("-opened_at", "-pk").first()
    if row is None:
        raise Absent
    return conversation_for(officer, purpose, ref=row.ref)


def channels_for(officer: Officer, purpose: Purpose, *, ref: str) -> Channels:
    """Return his channels, in a conversation that `officer` was let into.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    row = conversation_for(officer, purpose, ref=ref)
    links = linked.links_of(officer, leads=row.person_ref)
    waits = next((each for each in links if not each.linked), None)
    given = waits.given if waits else ()
    names = access.names_of(given)
    own = Conversation.objects.filter(holder=officer.ref, state="open")
    others = own.exclude(person_ref__in=linked.people_of(row.person_ref)).order_by("-last_at")
    if officer.let_in is not None:
        others = others.filter(compartment__in=officer.let_in)
    return Channels(
        conversation=row,
        ways=linked.ways_to(row.person_ref),
        links=[LinkLine(each.ref, each.linked, _other(officer, purpose, each)) for each in links],
        others=list(others[:50]),
        given=[names.get(each, "") for each in given],
        act=waits.act if waits and officer.ref not in given else None,
    )


def _other(officer: Officer, purpose: Purpose, link: Linking) -> str:
    try:
        return conversation_of(officer, purpose, person_ref=link.follows).ref
    except Absent:
        return ""
