"""Verbs of custody."""

from safeconduct.custody.actions.caring import check_in, inspect, record_move, start_aftercare
from safeconduct.custody.actions.choosing import interview, prepare_release, settle_pledges
from safeconduct.custody.actions.finding import let_find
from safeconduct.custody.actions.keeping import erase, share_core, split_core
from safeconduct.custody.actions.ringing import follow, ring
from safeconduct.custody.actions.telling import confirm_document, decide, send_document, share_names

__all__ = [
    "check_in",
    "confirm_document",
    "decide",
    "erase",
    "follow",
    "inspect",
    "interview",
    "let_find",
    "prepare_release",
    "record_move",
    "ring",
    "send_document",
    "settle_pledges",
    "share_core",
    "share_names",
    "split_core",
    "start_aftercare",
]
