"""Verbs of custody."""

from safeconduct.custody.actions.calling import answer_call, close_call, give_call
from safeconduct.custody.actions.caring import (
    certify_death,
    check_in,
    inspect,
    look_after,
    record_move,
    start_aftercare,
)
from safeconduct.custody.actions.choosing import interview, prepare_release, settle_pledges
from safeconduct.custody.actions.finding import let_find
from safeconduct.custody.actions.keeping import erase, share_core, split_core
from safeconduct.custody.actions.posting import correct_count, offer_letters
from safeconduct.custody.actions.ringing import follow, ring
from safeconduct.custody.actions.telling import confirm_document, decide, send_document, share_names
from safeconduct.custody.actions.visiting import ask_visit, give_visit, hold_visit
from safeconduct.custody.actions.voicing import answer_voice, call_about_voices, hear

__all__ = [
    "answer_call",
    "answer_voice",
    "ask_visit",
    "call_about_voices",
    "certify_death",
    "check_in",
    "close_call",
    "confirm_document",
    "correct_count",
    "decide",
    "erase",
    "follow",
    "give_call",
    "give_visit",
    "hear",
    "hold_visit",
    "inspect",
    "interview",
    "let_find",
    "look_after",
    "offer_letters",
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
