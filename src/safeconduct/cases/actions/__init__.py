"""Verbs that change a case. One function, one transaction, one line in the journal."""

from safeconduct.cases.actions.burning import (
    bring_burned_back,
    burn_untold,
    burned_near,
    burned_of,
    is_burned,
    tell,
    was_told,
)
from safeconduct.cases.actions.clocks import call_about, clock_steps
from safeconduct.cases.actions.correcting import propose_correction
from safeconduct.cases.actions.facts import lift_fact, set_fact
from safeconduct.cases.actions.forgetting import forget_relatives
from safeconduct.cases.actions.grading import grade
from safeconduct.cases.actions.handing import hand_in_agreed
from safeconduct.cases.actions.merging import propose_merge, propose_unmerge
from safeconduct.cases.actions.narrowing import narrow
from safeconduct.cases.actions.opening import open_from, open_notes
from safeconduct.cases.actions.people import JOB, ask_in, let_in, let_receiver_in, to_let_in
from safeconduct.cases.actions.purging import erase_again, propose_purge, purge
from safeconduct.cases.actions.records import agree_check_in, record_by_hand, record_evidence
from safeconduct.cases.actions.relieving import relieve_unit, unit_not_ready
from safeconduct.cases.actions.rolls import (
    back,
    certify,
    open_seconds,
    share_rolls,
    strike,
    take_down,
    tell_apart,
)
from safeconduct.cases.actions.seizing import count_seized, plans_burned, say_seized
from safeconduct.cases.actions.signs import freeze_by_sign
from safeconduct.cases.actions.steps import (
    SECOND_READING,
    advance,
    approve,
    insist_not_frozen,
    open_case,
    propose,
    withdraw,
)
from safeconduct.cases.actions.stopping import Stopped, enter_stops, stop
from safeconduct.cases.actions.yes import say_yes

__all__ = [
    "JOB",
    "SECOND_READING",
    "Stopped",
    "advance",
    "agree_check_in",
    "approve",
    "ask_in",
    "back",
    "bring_burned_back",
    "burn_untold",
    "burned_near",
    "burned_of",
    "call_about",
    "certify",
    "clock_steps",
    "count_seized",
    "enter_stops",
    "erase_again",
    "forget_relatives",
    "freeze_by_sign",
    "grade",
    "hand_in_agreed",
    "insist_not_frozen",
    "is_burned",
    "let_in",
    "let_receiver_in",
    "lift_fact",
    "narrow",
    "open_case",
    "open_from",
    "open_notes",
    "open_seconds",
    "plans_burned",
    "propose",
    "propose_correction",
    "propose_merge",
    "propose_purge",
    "propose_unmerge",
    "purge",
    "record_by_hand",
    "record_evidence",
    "relieve_unit",
    "say_seized",
    "say_yes",
    "set_fact",
    "share_rolls",
    "stop",
    "strike",
    "take_down",
    "tell",
    "tell_apart",
    "to_let_in",
    "unit_not_ready",
    "was_told",
    "withdraw",
]
