"""What the keeper hands out to whom: kinds of field by duty and by worker, and rates. Pure.

A key is handed out for one kind of field, so a duty opens only what its work needs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from safeconduct.access.closing import KEPT, KIN, READS_KEPT, VOICE
from safeconduct.access.rules import MAY_BE_MEMBER, ON_THE_WAY, Duty, Purpose

# Why somebody was let in or broke the glass (access/reasons.py): for members, and for those who
# judge it and are let in nowhere.
WHY = frozenset({"why"})
JUDGES = frozenset({Duty.SUP, Duty.AUD})
_TALKED = frozenset({"body", "text", "line", "sent", "sign"}) | WHY
_ALL, _TALK, _PLACE = (
    _TALKED | {"name", "pos"},
    _TALKED | {"name"},
    _TALKED | {"pos"},
)

# A member opens these of his compartment. Nobody on the staff opens a phone number.
KINDS_OF: Mapping[Duty, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(MAY_BE_MEMBER, _ALL),
        Duty.MED: _TALK,
        Duty.CPO: _TALK,
        Duty.PLG: _TALK,
        Duty.FCO: _PLACE,
        Duty.PIL: _PLACE,
        # What a relative wrote and was answered; tracing is in nowhere else (access/rules.py).
        Duty.TRC: frozenset({"text", "line", "sent"}),
    }
)
# A list is drawn with the last lines alone; who wants more opens the one he reads, at that rate.
LISTED = frozenset({"line"})
OFFICER_PURPOSES = frozenset({Purpose.READ, Purpose.WRITE, Purpose.TRIAGE, Purpose.APPROVE})


@dataclass(frozen=True, slots=True)
class WorkerPolicy:
    """What a worker opens: for one purpose, some kinds of field."""

    purpose: Purpose
    kinds: frozenset[str]


WORKERS: Mapping[str, WorkerPolicy] = MappingProxyType(
    {
        "ingest": WorkerPolicy(
            Purpose.INGEST, frozenset({"text", "line", "sent", "sign", "phone"})
        ),
        "send": WorkerPolicy(Purpose.SEND, frozenset({"sent", "phone"})),
        "escort": WorkerPolicy(Purpose.ESCORT, frozenset({"pos"})),
        "clocks": WorkerPolicy(Purpose.CLOCKS, frozenset({"body", "sent", "sign", "pos"})),
    }
)
WORKER_NAMES = frozenset({*WORKERS, "web", "link"})
LETS_IN = frozenset({"ingest", "clocks"})  # workers that bring staff to a compartment
LISTS = "SYS:send"  # reads the lists of campaigns, and the receipts for them
# Who has what hashed: numbers of a list; a sentence about a person (names.py), by those who hear his word
# and those who are asked after him. No worker hashes a sentence: none need be tried by the thousand.
BLINDS: Mapping[str, frozenset[Duty]] = MappingProxyType(
    {
        "phone": frozenset({Duty.CAM}),
        "optout": frozenset({Duty.CAM}),
        "name": frozenset({Duty.RCP, Duty.LEG, Duty.TRC}),
    }
)
MEETS_NEW = frozenset({"ingest", "send"})  # workers whose rate counts nobody on his first day


@dataclass(frozen=True, slots=True)
class NamedPolicy:
    """Who opens a compartment that belongs to no person."""

    duties: Mapping[Duty, frozenset[str]]
    workers: Mapping[str, frozenset[str]]
    of_one: bool = False  # there is one for each ref: "campaign:<ref>"
    ends: bool = False  # two people may destroy its key


_NOBODY_SEES = frozenset({Duty.ADM, Duty.AUD, Duty.DPO, Duty.PUB, Duty.TRC, Duty.DEL, Duty.OMB})
_STAFF = frozenset(Duty) - _NOBODY_SEES
_BODY, _POS, _LIST = frozenset({"body"}), frozenset({"pos", "body"}), frozenset({"sent", "phone"})
NAMED: Mapping[str, NamedPolicy] = MappingProxyType(
    {
        "programme": NamedPolicy(
            dict.fromkeys(_STAFF, _BODY), dict.fromkeys(("ingest", "send", "clocks"), _BODY)
        ),
        "roster": NamedPolicy(
            dict.fromkeys((Duty.ADM, Duty.SUP, Duty.DPC), _BODY), {"send": _BODY}
        ),
        # Why a duty or a new key was given: whoever it is about reads it.
        "staff": NamedPolicy(dict.fromkeys(Duty, WHY), {}),
        "burned": NamedPolicy(
            dict.fromkeys(ON_THE_WAY, _POS), dict.fromkeys(("ingest", "escort", "clocks"), _POS)
        ),
        # Reports of dangers price every case: whoever plans makes them, and the clocks price with them.
        "dangers": NamedPolicy({Duty.PLN: frozenset({"pos"})}, {"clocks": frozenset({"pos"})}),
        # What telephones of receiving units brought, before it has a case: whoever receives.
        "phones": NamedPolicy({Duty.RCV: _BODY, Duty.RCP: _BODY}, {}),
        # What law keeps of somebody who was erased: notices, card, property (docs/decisions/0037).
        KEPT: NamedPolicy(
            dict.fromkeys(READS_KEPT, frozenset({"body", "name"})), {}, of_one=True, ends=True
        ),
        # What he complains of: read by the ombudsman, and by nobody who keeps him.
        VOICE: NamedPolicy({Duty.OMB: _BODY}, {}, of_one=True, ends=True),
        # Who asks after whom, and by which papers: the desk puts it up, a lawyer decides on it.
        KIN: NamedPolicy({Duty.TRC: _BODY, Duty.LEG: _BODY}, {}, of_one=True),
        # The list of numbers: whoever prepares it, and the worker that sends.
        "campaign": NamedPolicy(
            {Duty.CAM: _LIST, **dict.fromkeys((Duty.SUP, Duty.LEG, Duty.OFF), frozenset({"sent"}))},
            {"send": _LIST},
            of_one=True,
        ),
    }
)


def named(compartment: str) -> NamedPolicy | None:
    """Return the policy of "programme", "campaign:<ref>", "core:<ref>" …, None for a person's."""
    name, colon, _ = compartment.partition(":")
    rule = NAMED.get(name)
    return rule if rule and bool(colon) == rule.of_one else None


def kinds_for(duties: Collection[Duty], table: Mapping[Duty, frozenset[str]]) -> frozenset[str]:
    """Return every kind of field that one of `duties` opens."""
    return frozenset[str]().union(*(table.get(duty, frozenset()) for duty in duties))


@dataclass(frozen=True, slots=True)
class Rates:
    """Distinct compartments in 24 h of wall time, a programme's limits; `blind` counts numbers.

    Attributes:
        case: for one person, opened to read, write or approve.
        triage: for one person, last lines of a list.
        everybody: all people together.
        worker: for each worker, of those whom staff has taken, and again of all others; who came
            within the last 24 h does not count.
        join: compartments into which one person may be brought.
        blind: different numbers, for each asker; handles of the contact page do not count.
        names: different sentences about persons, for each asker: of twenty who are described in full
            (191 each, see names.py), or some fifty by the father's name and a mark (71 each). Whoever has
            a login of the desk tries as many names with dates a day, and no list of names.
        lists: hashes that the worker which sends may have made, in clock hours: of a list of a million
            numbers under both keys, and of the receipts for it. It opens what it hashes. It is kept
            in memory alone: a keeper that is started again begins anew.
        glass: how often one person may break the glass; world time.
    """

    case: int = 200
    triage: int = 2_000
    everybody: int = 10_000
    worker: int = 50_000
    join: int = 500
    blind: int = 200_000
    names: int = 4_000
    lists: int = 4_000_000
    glass: int = 3
