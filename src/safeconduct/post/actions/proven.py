"""What a text stands on, judged once more in the process that sends: the web's word is not enough.

Whoever holds the web process can put any row into the outbox. He gets nobody's signed yes there, so
an offer that was withdrawn, a plan without its two approvals and a way without its GO lead to no text.
"""

from datetime import datetime

from safeconduct.access.connection import KeeperAway
from safeconduct.pledges.rules import Token
from safeconduct.post.actions.door import verify_tokens
from safeconduct.post.models import Message
from safeconduct.post.rules import Kind
from safeconduct.refusal import Refusal, Refused

NOT_APPROVED = Refusal(
    "post.not_approved", "What these words stand on was not approved, or is in force no more."
)
WAITS = Refusal("post.unproved", "The keeper does not answer, so nothing of this is proved yet.")


def may_say(message: Message, *, now: datetime) -> Refusal | None:
    """Judge what a text that is about to leave stands on; hold and abort texts are never asked.

    A text of the way has a plan and its GO behind it, or it does not leave.
    """
    kind = Kind(message.kind)
    if kind is Kind.ABORT:
        return None
    tokens = [Token(each, ref, bytes.fromhex(digest), ()) for each, ref, digest in message.tokens]
    if kind is Kind.INSTRUCTION and not _leads(tokens):
        return NOT_APPROVED
    try:
        verify_tokens(tokens, now=now)
    except KeeperAway:
        return WAITS
    except Refused:
        return NOT_APPROVED
    return None


def _leads(tokens: list[Token]) -> bool:
    """Return whether a plan and its own GO are both named."""
    plans, goes = ({t.ref for t in tokens if t.kind == kind} for kind in ("plan", "go"))
    return bool(plans) and plans == goes
