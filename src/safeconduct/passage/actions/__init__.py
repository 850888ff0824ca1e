"""Verbs that change a passage. One function, one transaction, one line in the journal."""

from safeconduct.passage.actions.countering import counter
from safeconduct.passage.actions.deciding import (
    EVIDENCE,
    approve,
    give_go,
    read_back,
    record,
    send_back,
)
from safeconduct.passage.actions.drafting import (
    choices,
    open_passage,
    propose,
    withdraw,
)
from safeconduct.passage.actions.following import follow, forget
from safeconduct.passage.actions.relieving import not_ready, relieve_unit
from safeconduct.passage.actions.reporting import (
    end_danger,
    forget_dangers,
    merge_dangers,
    move_danger,
    report_danger,
)
from safeconduct.passage.actions.repricing import reprice, search_anew
from safeconduct.passage.actions.seized import burn_plans
from safeconduct.passage.actions.telling import abort, agree, hold, offer, say_where, tell_next
from safeconduct.passage.actions.turning import ask_switch, give_switch
from safeconduct.passage.actions.voicing import said_back

__all__ = [
    "EVIDENCE",
    "abort",
    "agree",
    "approve",
    "ask_switch",
    "burn_plans",
    "choices",
    "counter",
    "end_danger",
    "follow",
    "forget",
    "forget_dangers",
    "give_go",
    "give_switch",
    "hold",
    "merge_dangers",
    "move_danger",
    "not_ready",
    "offer",
    "open_passage",
    "propose",
    "read_back",
    "record",
    "relieve_unit",
    "report_danger",
    "reprice",
    "said_back",
    "say_where",
    "search_anew",
    "send_back",
    "tell_next",
    "withdraw",
]
