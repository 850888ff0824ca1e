"""His channel itself reports that somebody else may answer as him: that freezes, in silence.

A number is a pointer, never an identity. Nothing is asked or looked up to find it out; what a
channel tells unasked is taken in like a text, and is no text: nobody's page shows it.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.conversations.actions.receive import put_sign
from safeconduct.conversations.models import Conversation, SecondReading
from safeconduct.conversations.queries import CAUSE_KIND
from safeconduct.envelope import IdentityChanged
from safeconduct.log import get_logger
from safeconduct.post import actions as post
from safeconduct.post.rules import HoldKind
from safeconduct.refs import ref_of

logger = get_logger()


def identity_changed(
    worker: WorkerId, report: IdentityChanged, *, key: str, region: str, now: datetime
) -> None:
    """Freeze in silence whoever writes by this handle, then tell the supervisor; once for each key.

    The hold is kept by itself before anything is opened: with the keeper locked it is in force, and
    the report comes again until the rest is written too.

    Args:
        key: the carried form's.
        region: where a number without a country belongs (profile).
    """
    person = post.person_behind(worker, report.handle, route=report.route, region=region)
    if not person:
        logger.info("identity.of_nobody")
        return
    ref = ref_of(keyring.blind(worker, "phone", f"identity {key}"))
    if SecondReading.objects.filter(ref=ref).exists():
        return
    post.hold(worker, person_ref=person, kind=HoldKind.SILENT, now=now)
    with transaction.atomic():
        row = Conversation.objects.filter(person_ref=person).order_by("-last_at", "-pk").first()
        if row is None:  # only pieces of a first text have come: it is told when that is whole
            return
        keys = keyring.open_fields(worker, Purpose.INGEST, [row.compartment], [CAUSE_KIND])
        put_sign(worker, row, cause="identity", keys=keys, ref=ref, now=now)
