"""What both signed stays what it was when a paper is sealed anew, and another paper is named."""

import pytest

from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Purpose
from safeconduct.audit import queries as audit
from safeconduct.cases.tests.walking import PROFILE
from safeconduct.reception import actions, queries
from safeconduct.reception.actions.handing import content_of
from safeconduct.reception.models import Paper
from safeconduct.reception.tests.test_actions import FOUR, secured, sign, write
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
KINDS = ["body", "name"]


@pytest.fixture
def named(contact):
    """A crew in which two may read who he is; a third, who was let out, could."""
    assert contact["LEG"]
    assert contact["RCV"]
    secured(contact)
    write(contact, "RCP", "four", **FOUR)
    return contact


def told(crew, kind):
    arrival = queries.arrival_for(crew["RCP"], Purpose.READ, ref=crew.ref)
    if kind in {"four", "card"}:
        return queries.named_of(crew["RCP"], Purpose.READ, arrival)[kind]
    return queries.paper_of(arrival, kind, queries.ring_for(crew["RCP"], Purpose.READ, arrival))


def put(crew, row, text):
    """Seal `text` in the place of a paper, with every key that one of its readers has."""
    officer, compartment = crew["RCP"], crew.compartment
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], KINDS)
    kind, own = ("body", b"")
    if row.kind in {"four", "card"}:
        kind, own = (
            "name",
            staff.own_keys_for(officer, [queries.as_named(row, compartment)])[row.ref],
        )
    Paper.objects.filter(pk=row.pk).update(
        body=ring.seal(
            text, field=queries.BODY, kind=kind, compartment=compartment, ref=row.ref, own=own
        )
    )


def test_what_both_signed_and_the_journal_keeps_stays_when_a_reader_is_let_out(named, touch):
    actions.put_handover(named["RCP"], ref=named.ref, profile=PROFILE, now=named.now)
    sign(named, touch, "RCV")
    row = Paper.objects.get(kind="four")
    body, digest, both = bytes(row.body), bytes(row.digest), content_of(row.arrival)
    access.leave(
        named["RCP"], compartment=named.compartment, person=named["LEG"].ref, now=named.now
    )
    actions.share_names(named["RCP"], ref=named.ref, now=named.now)
    row.refresh_from_db()
    assert bytes(row.body) != body
    assert content_of(row.arrival) == both
    assert told(named, "four") == FOUR  # the text is proved by the digest that was signed
    entries = audit.latest(ref=named.ref)
    assert digest in {bytes(each.digest) for each in entries if each.verb == "reception.four"}
    sign(named, touch, "RCP")
    assert named.case().state == "RECEIVED"


@pytest.mark.parametrize("kind", ["four", "secure"])
def test_a_paper_put_in_the_place_of_another_is_named_though_its_box_is_whole(named, kind):
    row = Paper.objects.get(kind=kind)
    ours = told(named, kind)
    text, _digest = papers.written({**ours, next(iter(ours)): "another"})
    put(named, row, text)
    with pytest.raises(Refused, match="changed or moved"):
        told(named, kind)


def test_the_digest_of_one_and_the_same_answer_is_another_each_time(named):
    """So nobody tries all names against the digests, which lie open and outlive an erasure."""
    write(named, "RCP", "four", **FOUR)
    first, second = Paper.objects.filter(kind="four")
    assert bytes(first.digest) != bytes(second.digest)
    assert told(named, "four") == FOUR
