"""One process that presses a button when it is told to: half of a double click.

`python -m safeconduct.access.tests.clicking` reads one JSON line, then waits for a second line.
"""

# ruff: noqa: E402  after django.setup

import json
import sys
from datetime import UTC, datetime

import django
from django.db import IntegrityError

django.setup()

from safeconduct.access import actions, client
from safeconduct.access.models import Approval, HeldDuty, Person, Subject
from safeconduct.access.rules import Act, Duty, Officer, Proof
from safeconduct.refusal import Refusal, Refused


def prepare(told, now):
    """Write the rows that both clicks find."""
    person, made = Person.objects.get_or_create(
        ref=told["person"], defaults={"name": "Operator 1", "created_at": now}
    )
    if made:
        HeldDuty.objects.create(person=person, duty="DPC", since=now)
    digest = bytes.fromhex(told["digest"])
    actions.put_subject(told["subject"], verb=told["verb"], digest=digest, author=None, now=now)


def asked_for(told):
    """Return who presses, what he says yes to, and his touch."""
    person = Person.objects.get(ref=told["person"])
    who = Officer(person.ref, person.pk, person.name, frozenset({Duty.DPC}), told["login"])
    act = Act(told["verb"], told["subject"], bytes.fromhex(told["digest"]), Duty.DPC)
    return who, act, Proof(**told["proof"])


def by_action(told, now):
    """Approve as the page does."""
    actions.approve(*asked_for(told), now=now)


def by_insert(told, now):
    """Check that there is none, then write: what a careless action would do."""
    subject = Subject.objects.get(ref=told["subject"])
    if Approval.objects.filter(subject=subject).exists():
        raise Refused(Refusal("approve.twice", "It is there."))
    yes = client.act(*asked_for(told), now=now)
    Approval.objects.create(
        subject=subject,
        digest=bytes.fromhex(told["digest"]),
        person=Person.objects.get(ref=told["person"]),
        duty="DPC",
        given_at=now,
        told=yes.told,
        signature=yes.signature,
    )


if __name__ == "__main__":
    asked = json.loads(sys.stdin.readline())
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    does = {"prepare": prepare, "action": by_action, "insert": by_insert}[asked["does"]]
    list(Person.objects.all())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        does(asked, noon)
        outcome = "yes"
    except (Refused, IntegrityError):
        outcome = "no"
    sys.stdout.write(
        f"{outcome} {Approval.objects.filter(subject__ref=asked['subject']).count()}\n"
    )
