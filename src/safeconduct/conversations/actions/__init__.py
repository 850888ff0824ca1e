"""The verbs of conversations."""

from safeconduct.conversations.actions.answer import (
    add_note,
    close,
    free_overdue,
    lower,
    move,
    release,
    reply,
    take_child,
    take_next,
)
from safeconduct.conversations.actions.care import (
    agree_words,
    ask_supervisor,
    count_condition,
    draw_readings,
    freeze,
    read_again,
    set_context,
    set_window,
    stop_writing,
    unfreeze,
)
from safeconduct.conversations.actions.children import seat_children
from safeconduct.conversations.actions.identity import identity_changed
from safeconduct.conversations.actions.linking import put_link, say_linked, undo_link
from safeconduct.conversations.actions.presence import present
from safeconduct.conversations.actions.receive import SIGN, receive_message, show_incomplete
from safeconduct.conversations.actions.scripted import begin_script
from safeconduct.conversations.actions.search import search
from safeconduct.conversations.actions.shift import hand_over, take_back, take_over
from safeconduct.conversations.actions.sleep import snooze, wake
from safeconduct.conversations.actions.spoken import put_to_say, was_said, write_down
from safeconduct.conversations.actions.texts import approve_text, propose_text, withdraw_text

__all__ = [
    "SIGN",
    "add_note",
    "agree_words",
    "approve_text",
    "ask_supervisor",
    "begin_script",
    "close",
    "count_condition",
    "draw_readings",
    "free_overdue",
    "freeze",
    "hand_over",
    "identity_changed",
    "lower",
    "move",
    "present",
    "propose_text",
    "put_link",
    "put_to_say",
    "read_again",
    "receive_message",
    "release",
    "reply",
    "say_linked",
    "search",
    "seat_children",
    "set_context",
    "set_window",
    "show_incomplete",
    "snooze",
    "stop_writing",
    "take_back",
    "take_child",
    "take_next",
    "take_over",
    "undo_link",
    "unfreeze",
    "wake",
    "was_said",
    "withdraw_text",
    "write_down",
]
