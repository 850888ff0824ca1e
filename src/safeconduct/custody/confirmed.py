"""What the bureau has confirmed, and nothing else: the one window through which tracing may look.

A person stands here only when a notice on him was sent, the bureau confirmed it, and he wishes
to be found or a legal decision stands for his wish. That somebody wrote, applied, was expected or came is no such fact;
unknown, applied, unconfirmed and refused look the same here, for there is nothing of them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from safeconduct.custody.models import Document, Sentence
from safeconduct.custody.rules import BUREAU_KINDS

AT_ONCE = 50  # requests by one question to the database: SQLite takes some 32,000 values in one


def meant(asked: Sequence[Collection[bytes]]) -> list[int]:
    """Return of each request how many persons are meant of whom the bureau has confirmed a fact, and who may be found.

    One question asks for many requests: how long it takes says nothing of one of them.

    Args:
        asked: for each request the hashes of its questions; see safeconduct/names.py.
    """
    told = Document.objects.filter(confirmed_at__isnull=False, kind__in=sorted(BUREAU_KINDS))
    may_be_found = Sentence.objects.filter(case__in=told.values("case"))
    whose: dict[bytes, set[int]] = defaultdict(set)
    for at in range(0, len(asked), AT_ONCE):
        keys = [key for each in asked[at : at + AT_ONCE] for key in each]
        for key, case in may_be_found.filter(key__in=keys).values_list("key", "case"):
            whose[bytes(key)].add(case)
    return [len({case for key in each if key in whose for case in whose[key]}) for each in asked]
