"""The only way to read a conversation."""

from safeconduct.conversations.queries.inbox import (
    BODY,
    Page,
    QueueLine,
    ThreadLine,
    conversation_for,
    own_for,
    picks,
    queue_for,
    queued,
    taken_before,
)
from safeconduct.conversations.queries.readings import (
    CAUSE,
    cause_of,
    reading_for,
    readings_for,
)
from safeconduct.conversations.queries.thread import (
    PRESENT_FOR,
    HisText,
    Spoken,
    Thread,
    all_clear_since,
    canned_for,
    his_texts_since,
    newest_in,
    thread_for,
)

__all__ = [
    "BODY",
    "CAUSE",
    "PRESENT_FOR",
    "HisText",
    "Page",
    "QueueLine",
    "Spoken",
    "Thread",
    "ThreadLine",
    "all_clear_since",
    "canned_for",
    "cause_of",
    "conversation_for",
    "his_texts_since",
    "newest_in",
    "own_for",
    "picks",
    "queue_for",
    "queued",
    "reading_for",
    "readings_for",
    "taken_before",
    "thread_for",
]
