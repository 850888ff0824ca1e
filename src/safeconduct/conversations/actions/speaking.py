"""A text of ours stands in the conversation, beside the outbox row that carries it."""

from datetime import datetime

from safeconduct.access.boxes import Box
from safeconduct.access.keyring import Keyring
from safeconduct.conversations import rules
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.queries import BODY, LINE, TEXT
from safeconduct.post.rules import Kind as Out
from safeconduct.refs import new_ref


def put_out(
    row: Conversation,
    text: str,
    *,
    kind: str,
    route: str,
    post_ref: str,
    keys: Keyring,
    by: str,
    now: datetime,
) -> Message:
    """Write a text of ours into the conversation, beside the outbox row that carries it."""
    ref = new_ref()
    message = Message.objects.create(
        ref=ref,
        conversation=row,
        key=post_ref,
        direction="out",
        kind=kind,
        route=route,
        language=row.language,
        body=keys.seal(text, field=BODY, kind=TEXT, compartment=row.compartment, ref=ref),
        at=now,
        wall_at=now,
        by=by,
    )
    if kind == Out.REPLY:  # a script is no answer: his own last words stay on the list
        row.last, row.last_at, row.line = message, now, line_of(row, text, keys)
        row.save(update_fields=["last", "last_at", "line"])
    return message


def line_of(row: Conversation, text: str, keys: Keyring) -> Box:
    """Return the beginning of a text sealed as what a list shows, under a key that opens no more."""
    shown = rules.line_of(text)
    return keys.seal(shown, field=LINE, kind="line", compartment=row.compartment, ref=row.ref)
