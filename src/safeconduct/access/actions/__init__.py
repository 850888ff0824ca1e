"""Verbs that change who is on the staff, who was let in where, and who said yes to what."""

from safeconduct.access.actions.approvals import approve, close_subject, confirm, put_subject
from safeconduct.access.actions.calls import (
    acknowledge,
    add_shift,
    end_shift,
    escalate_calls,
    page,
)
from safeconduct.access.actions.compartments import join, leave, open_compartment
from safeconduct.access.actions.logins import (
    begin_code,
    end_all_logins,
    end_login,
    enrol,
    finish_code,
    panic,
    seen,
    sign_in,
    sign_in_by_code,
)
from safeconduct.access.actions.people import (
    Invited,
    create_person,
    end_duty,
    first_administrator,
    hold_duty,
    invite_again,
    refuse_duty,
    refuse_invitation,
    refuse_person,
)

__all__ = [
    "Invited",
    "acknowledge",
    "add_shift",
    "approve",
    "begin_code",
    "close_subject",
    "confirm",
    "create_person",
    "end_all_logins",
    "end_duty",
    "end_login",
    "end_shift",
    "enrol",
    "escalate_calls",
    "finish_code",
    "first_administrator",
    "hold_duty",
    "invite_again",
    "join",
    "leave",
    "open_compartment",
    "page",
    "panic",
    "put_subject",
    "refuse_duty",
    "refuse_invitation",
    "refuse_person",
    "seen",
    "sign_in",
    "sign_in_by_code",
]
