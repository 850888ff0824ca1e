"""What the bureau has confirmed, and nothing else: the one window through which tracing may look.

A person stands here only when a notice on him was sent, the bureau confirmed it, and he wishes
to be found or a legal decision stands for his wish. That somebody wrote, applied, was expected or came is no such fact;
unknown, applied, unconfirmed and refused look the same here, for there is nothing of them.
"""

from collections.abc import Collection

from safeconduct.custody.models import Document, Sentence
from safeconduct.custody.rules import BUREAU_KINDS


def meant(keys: Collection[bytes]) -> int:
    """Return how many persons of whom the bureau has confirmed a fact, and who may be found, are meant.

    Args:
        keys: the hashes of an asker's questions; see safeconduct/names.py.
    """
    told = Document.objects.filter(confirmed_at__isnull=False, kind__in=sorted(BUREAU_KINDS))
    found = Sentence.objects.filter(key__in=list(keys), case__in=told.values("case"))
    return found.values("case").distinct().count()
