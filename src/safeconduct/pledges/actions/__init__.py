"""Verbs of pledges: offers, what was shown, promises to people, payments."""

from safeconduct.pledges.actions.clashes import rule, sign_ruling
from safeconduct.pledges.actions.keeping import (
    KEEPERS,
    SHOWERS,
    accept,
    erase_person,
    fail,
    fall_due,
    fulfil,
    postpone,
    ring,
    waive,
)
from safeconduct.pledges.actions.offers import Draft, approve, propose, withdraw
from safeconduct.pledges.actions.paying import (
    approve_order,
    cancel_order,
    order,
    pay,
    ring_unpaid,
    undo,
)
from safeconduct.pledges.actions.showing import owe_standards, show

__all__ = [
    "KEEPERS",
    "SHOWERS",
    "Draft",
    "accept",
    "approve",
    "approve_order",
    "cancel_order",
    "erase_person",
    "fail",
    "fall_due",
    "fulfil",
    "order",
    "owe_standards",
    "pay",
    "postpone",
    "propose",
    "ring",
    "ring_unpaid",
    "rule",
    "show",
    "sign_ruling",
    "undo",
    "waive",
    "withdraw",
]
