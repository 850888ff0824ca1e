"""What was said to a person just before, to be read together with the next text.

A promise cut in two leaves as two innocent texts. So each text is read behind the last ones to the same
person, of which only words that no token covered count: an offer's own words were approved as they stand.
"""

from safeconduct.access.keyring import CHANGED, Keyring
from safeconduct.pledges import queries as pledges
from safeconduct.pledges import rules as promises
from safeconduct.pledges.rules import Token
from safeconduct.post.linked import people_of
from safeconduct.post.models import Message
from safeconduct.post.queries import opened
from safeconduct.post.rules import Outcome
from safeconduct.refusal import Refused

TOGETHER = 8  # texts; a word sent letter by letter is still a word


def said_before(
    person_ref: str, keys: Keyring, compartment: str, *, until: int | None = None
) -> list[str]:
    """Return the last texts to a person that may have left, oldest first, without covered words.

    By whichever of his channels: he reads them all.

    Args:
        keys: opened for the compartment (sent).
        until: id of a message; only those before it.
    """
    rows = Message.objects.filter(person_ref__in=people_of(person_ref), compartment=compartment)
    if not rows.exists():  # most who are answered for the first time: the rest costs six times this
        return []
    rows = rows.exclude(attempts__results__outcome=Outcome.SKIPPED)
    if until is not None:
        rows = rows.filter(pk__lt=until)
    newest = list(rows.order_by("-pk")[:TOGETHER])
    return [_free_words(row, keys) for row in reversed(newest)]


def end_of_said(person_ref: str, keys: Keyring, compartment: str) -> str:
    """Return the end of what was said to him last, for who writes on; "" once it opens no more."""
    if keys.gone(compartment):
        return ""
    return promises.end_of(said_before(person_ref, keys, compartment))


def _free_words(row: Message, keys: Keyring) -> str:
    """Return a text without the words of its offers; a text of a plan is the plan's altogether.

    One that does not open never leaves, so it says nothing.
    """
    if any(kind == "plan" for kind, _ref, _digest in row.tokens):
        return ""
    try:
        text = opened(row, keys)
    except Refused as no:
        if no.refusal is not CHANGED:
            raise
        return ""
    spans = tuple(words for _kind, ref, _digest in row.tokens for words in pledges.words_of(ref))
    return promises.uncovered(text, [Token("offer", "", b"", spans)])
