"""What a seized thing touched: which cases, and how much that was told in them. Reads, changes nothing.

Who could have read counts as who has read. What no table here knows stands in docs/decisions/0075.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from safeconduct import clock
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.cases import queries, rules, seized
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import BurnedPlace, BurnedSign, Case, Owed, Seizure, Step, Touched
from safeconduct.cases.seized import Counts, Kind, Thing
from safeconduct.conversations import queries as conversations
from safeconduct.post import queries as post
from safeconduct.refusal import Refusal, Refused
from safeconduct.spool import config, core_end

SHOWN = 50


def named(kind: str, name: str, *, since: datetime | None) -> Thing:
    """Return the thing somebody named.

    Args:
        name: a pseudonym, the name of a gateway, or the ref of a case; nothing for everything.

    Raises:
        Refused: there is no such kind of thing, nobody of that name, or no such gateway.
        Absent: there is no such case.
    """
    if kind not in set(Kind):
        raise Refused(
            Refusal(
                "seizure.unknown", "It was not said what was seized.", "Choose one of the four."
            )
        )
    told = name.strip()
    if kind == Kind.STAFF:
        told = access.who_is_called(told)
    elif kind == Kind.GATEWAY and told not in gateways():
        told = ""
    elif kind == Kind.CASE:
        told = _case(told)
    elif kind == Kind.EVERYTHING:
        return Thing(Kind.EVERYTHING, "", since)
    if not told:
        raise Refused(
            Refusal(
                "seizure.nobody",
                "There is nobody, and no gateway, of that name.",
                "Choose from the list, or mend the name.",
            )
        )
    return Thing(Kind(kind), told, since)


def _case(ref: str) -> str:
    if not Case.objects.filter(ref=ref).exclude(state=MACHINE.end).exists():
        raise Absent
    return ref


def gateways() -> list[str]:
    """Return the names of the gateways that are enrolled, or were and are in the core's file still."""
    data = Path(settings.DATA)
    return sorted({*core_end.names(data), *_lands()})


def is_struck_out(gateway: str) -> bool:
    """Return whether nothing of a gateway is taken any more."""
    return not core_end.is_enrolled(Path(settings.DATA), gateway)


def _lands() -> dict[str, str]:
    """Return gateway → the file its things land in, as far as the core's own file can be read."""
    data = Path(settings.DATA)
    try:
        return {peer.name: peer.into for peer in config.peers(data, stamp=clock.stamp_of(data))}
    except config.ConfigWrong:
        return {}


def touched_by(thing: Thing) -> QuerySet[Case]:
    """Return the cases that a thing touched from its `since` on, none that was erased."""
    living = Case.objects.exclude(state=MACHINE.end)
    if thing.kind is Kind.EVERYTHING:
        return living
    if thing.kind is Kind.STAFF:
        return living.filter(_of_staff(thing))
    if thing.kind is Kind.GATEWAY:
        return living.filter(_of_gateway(thing))
    one = queries.resting().filter(Q(earlier__ref=thing.name) | Q(walk_in__ref=thing.name))
    both = {pk for pair in one.values_list("earlier", "walk_in") for pk in pair}
    return living.filter(Q(ref=thing.name) | Q(pk__in=both))


def _of_staff(thing: Thing) -> Q:
    opened = Q(opened_by=thing.name)
    if thing.since is not None:
        opened &= Q(opened_at__gte=thing.since) | ~Q(compartment="")
    return Q(compartment__in=access.touched_by(thing.name, since=thing.since)) | opened


def _of_gateway(thing: Thing) -> Q:
    people = post.people_through(thing.name, since=thing.since)
    people |= conversations.people_through(thing.name, since=thing.since)
    through = Q(person_ref__in=people)
    into = _lands().get(thing.name, core_end.IN)
    return through if into == core_end.IN else through | _was_on_the_way(thing.since)


def _was_on_the_way(since: datetime | None) -> Q:
    """Return whose machines told where they are: positions have no route to a person."""
    went = Step.objects.filter(target__in=sorted(rules.ON_THE_WAY))
    if since is not None:
        went = went.filter(at__gte=since)
    return Q(pk__in=went.values("case")) | Q(ordinary__in=sorted(rules.ON_THE_WAY))


def told_in(thing: Thing, refs: list[str]) -> tuple[QuerySet[BurnedPlace], QuerySet[BurnedSign]]:
    """Return the places and signs told in the cases `refs`; for everything also those of the erased."""
    if thing.kind is Kind.EVERYTHING:
        return BurnedPlace.objects.all(), BurnedSign.objects.all()
    places = BurnedPlace.objects.filter(case_ref__in=refs).exclude(case_ref="")
    return places, BurnedSign.objects.filter(case_ref__in=refs).exclude(case_ref="")


def counted(thing: Thing, cases: list[Case]) -> Counts:
    """Return how much a thing touched; the same before and after it was burned."""
    places, signs = told_in(thing, [case.ref for case in cases])
    on_the_way = sum(case.ordinary in rules.ON_THE_WAY for case in cases)
    return Counts(len(cases), places.count(), signs.count(), on_the_way)


def counts_open_to(officer: Officer, kind: str, name: str) -> bool:
    """Return whether `officer` may see in numbers what a thing touched."""
    one = kind == Kind.CASE
    return seized.may_be_counted(Kind(kind), let_in=one and queries.is_let_into(officer, name))


def waiting() -> list[Case]:
    """Return the cases whose plans are to burn still, some of them, the oldest first. For the clocks."""
    rows = Touched.objects.filter(plans_at=None).select_related("case").order_by("pk")
    return list(dict.fromkeys(row.case for row in rows[:SHOWN]))


def waits(case: Case) -> bool:
    """Return whether a thing touched the case and the places of its plans have not burned yet."""
    return case.touched.filter(plans_at=None).exists()


def seizures_for(officer: Officer, _purpose: Purpose) -> list[Seizure]:
    """Return what was said to be seized, newest first, to those who may say so.

    Raises:
        Absent: `officer` may not.
    """
    if not officer.duties & seized.MAY_SAY:
        raise Absent
    return list(Seizure.objects.order_by("-at", "-pk")[:SHOWN])


def seizure_for(officer: Officer, _purpose: Purpose, *, ref: str) -> Seizure:
    """Return one of them.

    Raises:
        Absent: there is none, or `officer` may not say that something was seized.
    """
    found = Seizure.objects.filter(ref=ref).first()
    if found is None or not officer.duties & seized.MAY_SAY:
        raise Absent
    return found


def left_of(seizure: Seizure) -> tuple[int, int]:
    """Return how many of its cases nobody has looked at yet, and of how many plans are to burn still."""
    there = seizure.touched.values("case")
    owed = Owed.objects.filter(case__in=there, kind=seized.LOOKED_AT, done_at=None)
    return owed.count(), seizure.touched.filter(plans_at=None).count()
