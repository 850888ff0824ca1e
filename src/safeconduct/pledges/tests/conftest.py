"""Offers as an authority grants them."""

from datetime import UTC, datetime, timedelta

import pytest

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.pledges import actions, queries
from safeconduct.pledges.actions import Draft
from safeconduct.pledges.models import Pledge
from safeconduct.pledges.rules import Kind

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LANGUAGES = ("ru", "uk", "en")
REWARD = Draft(
    kind=Kind.REWARD,
    name="Vehicle handed over",
    authority="Ministry order 77",
    legal_basis="Law 12, Article 3",
    items=("USD 10,000", "right to apply for citizenship", "safe haven"),
    conditions="vehicle handed over",
    amount=1_000_000,
    budget=50_000_000,
    currency="USD",
    starts_at=NOON - timedelta(days=1),
    expires_at=NOON + timedelta(days=40),
    texts={
        "ru": "За переданную машину: 10 000 долларов, право просить гражданство, убежище.",
        "uk": "За передану машину: 10 000 доларів, право просити громадянство, притулок.",
        "en": "For a vehicle handed over: USD 10,000, the right to apply for citizenship, refuge.",
    },
)
STANDARD = Draft(
    kind=Kind.STANDARD,
    name="How you live with us",
    authority="Ministry order 5",
    legal_basis="GC III 13, 25",
    items=("television", "telephone", "kitchen", "shower"),
    conditions="",
    amount=None,
    budget=None,
    currency="",
    starts_at=NOON - timedelta(days=1),
    expires_at=None,
    texts={
        "ru": "У вас будут телевизор, телефон, кухня и душ.",
        "uk": "У вас будуть телевізор, телефон, кухня і душ.",
        "en": "You will have television, a telephone, a kitchen and a shower.",
    },
)


@pytest.fixture
def proposed(officer):
    """Return `proposed(draft)`: who proposed it, and the version's ref."""

    def propose(draft, *, now=NOON):
        author = officer(Duty.OFF)
        return author, actions.propose(author, draft, languages=LANGUAGES, now=now)

    return propose


@pytest.fixture
def in_force(proposed, officer, touch):
    """Return `in_force(draft)`: a version that two others have approved."""

    def approve(draft, *, now=NOON):
        author, ref = proposed(draft, now=now)
        version = queries.version_for(author, Purpose.READ, ref=ref)
        for duty in (Duty.LEG, Duty.SUP):
            other = officer(duty)
            version = queries.version_for(other, Purpose.APPROVE, ref=ref)
            proof = touch(other, queries.act_for(other, version))
            version = actions.approve(other, ref=ref, proof=proof, now=now)
        return version

    return approve


@pytest.fixture
def person(officer, worker, db):
    """Return `person(version)`: somebody shown it; his pledge keeper, and one pledge: the first is money."""

    def show(version, *, nth=0, now=NOON):
        ingest = worker(Purpose.INGEST)
        compartment = keyring.new_compartment(ingest, now=now)
        keeper = officer(Duty.PLG)
        access.join(
            ingest, compartment=compartment, person=keeper.ref, duty=Duty.PLG, reason="pledges",
            until=None, now=now,
        )  # fmt: skip
        actions.show(
            ingest, person_ref=f"p{compartment[:10]}", compartment=compartment,
            version_ref=version.ref, language="ru", channel="smpp", message_ref="m", now=now,
        )  # fmt: skip
        return keeper, Pledge.objects.filter(compartment=compartment).order_by("pk")[nth]

    return show


@pytest.fixture
def joined(officer, worker):
    """Return `joined(pledge, *duties)`: somebody on the staff who is let into that man's case."""

    def join(pledge, *duties):
        who = officer(*duties)
        for duty in duties:
            access.join(
                worker(Purpose.INGEST), compartment=pledge.compartment, person=who.ref, duty=duty,
                reason="pledges", until=None, now=NOON,
            )  # fmt: skip
        return who

    return join
