"""Two people say that two handles are one man's; one alone may take it back."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Absent, Officer, Proof, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.post import linked, queries
from safeconduct.post.models import Link
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist


@transaction.atomic
def put_link(officer: Officer, *, leads: str, follows: str, url: str, now: datetime) -> str:
    """Put up that who writes as `follows` is the man of `leads`; return the link's ref.

    Nothing is linked by this: two people, of whom the one who puts it up may be one, say yes.
    """
    insist(can(officer, linked.LINK, among=linked.LINKERS))
    lead = queries.handle_of(leads, lock=True)
    home = queries.handle_of(follows, lock=True).compartment
    insist(linked.may_link(leads=leads, follows=follows))
    row = Link(
        ref=new_ref(), leads=leads, follows=follows, home=home, put_by=officer.ref, put_at=now
    )
    row.digest = linked.digest_for(row)
    row.save(force_insert=True)
    access.put_subject(
        row.ref,
        verb=linked.LINK,
        digest=bytes(row.digest),
        author=None,
        now=now,
        title=N_("Say whether two channels are one man's"),
        url=url,
        duties=list(linked.LINKERS),
        compartment=lead.compartment,
    )
    audit.record(officer.ref, "post.link_put", ref=row.ref, now=now, digest=bytes(row.digest))
    return row.ref


def link_for(ref: str, *, leads: str, lock: bool = False) -> Link:
    """Return a link that nobody has undone, to whoever was let into its leader's conversation.

    Raises:
        Absent: there is none.
    """
    rows = Link.objects.select_for_update() if lock else Link.objects.all()
    found = rows.filter(ref=ref, leads=leads, undone_at=None).first()
    if found is None:
        raise Absent
    return found


@transaction.atomic
def say_linked(officer: Officer, *, ref: str, leads: str, proof: Proof, now: datetime) -> Link:
    """Give one of the two yeses; from the second on, what comes by either is one conversation."""
    row = link_for(ref, leads=leads, lock=True)
    if row.linked_at is not None:
        raise Refused(Refusal("link.done", "Two people have said so already."))
    given = access.approve(officer, linked.act_for(officer, row), proof, now=now)
    if len({each.person for each in given}) >= linked.LINKED_BY:
        row.linked_at = now
        row.save(update_fields=["linked_at"])
        access.close_subject(ref, verb=linked.LINK, now=now)
    audit.record(officer.ref, "post.link_said", ref=ref, now=now, digest=bytes(row.digest))
    return row


@transaction.atomic
def undo_link(officer: Officer, *, ref: str, leads: str, now: datetime) -> Link:
    """Take a link back, said or not: from his next text on, who followed stands for himself again."""
    insist(can(officer, "post.unlink", among=linked.LINKERS))
    row = link_for(ref, leads=leads, lock=True)
    row.undone_at, row.undone_by = now, officer.ref
    row.save(update_fields=["undone_at", "undone_by"])
    access.close_subject(ref, verb=linked.LINK, now=now)
    audit.record(officer.ref, "post.link_undone", ref=ref, now=now)
    notices.emit("post.link", row.leads)
    return row
