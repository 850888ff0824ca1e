"""Verbs of reception. Each writes its own paper and hands the evidence to `cases`."""

from safeconduct.reception.actions.arriving import (
    account_extra,
    count_heads,
    erase,
    speak,
    walk_in,
)
from safeconduct.reception.actions.handing import put_handover, sign_handover
from safeconduct.reception.actions.papers import secure, share_names, write_paper
from safeconduct.reception.actions.phoning import (
    forget_seen,
    key_now,
    look_again,
    looked_at,
    take_in,
    take_over,
)
from safeconduct.reception.actions.things import add_item, close_receipt, hand_back

__all__ = [
    "account_extra",
    "add_item",
    "close_receipt",
    "count_heads",
    "erase",
    "forget_seen",
    "hand_back",
    "key_now",
    "look_again",
    "looked_at",
    "put_handover",
    "secure",
    "share_names",
    "sign_handover",
    "speak",
    "take_in",
    "take_over",
    "walk_in",
    "write_paper",
]
