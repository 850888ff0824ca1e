"""Small judgements about the staff: a login's life, a pseudonym, a reason, a shift, a pager. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from safeconduct.access.rules import MAY_BE_MEMBER, Duty, Officer, can, duties_named
from safeconduct.refusal import Refusal, said

# Who reads what names a person, once let in; who sees places alone does not (keeper/policy.py).
SEES_NAMES = MAY_BE_MEMBER - {Duty.FCO, Duty.PIL}
# Real time; NIST SP 800-63B asks for 15 min and 12 h at its highest level. A refreshing page
# is no sign of a person.
IDLE = timedelta(minutes=10)
LONGEST = timedelta(hours=8)
_DIGITS, _APART = 4, 2
RECOVERY_LIVES = timedelta(hours=24)  # real time from a yes to the other one, or it counts no more
# World time, security.md §7.
GLASS_OPEN = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(hours=24)
REVIEWERS = frozenset({Duty.SUP, Duty.AUD})
OWES_REVIEW = Refusal(
    "glass.owes_review",
    "You broke the glass, and nobody has reviewed it within 24 hours. Until then you only read and stop.",
    "Ask another supervisor (SUP) or the auditor (AUD) for the review.",
)


def login_lives(started_at: datetime, last_seen: datetime, *, wall: datetime) -> bool:
    """Return whether a login still counts at `wall`, real time: 10 min idle, 8 h in all."""
    return wall - last_seen < IDLE and wall - started_at < LONGEST


def name_of_staff(name: str) -> Refusal | None:
    """Judge a pseudonym: 3 to 60 characters with a number in it, so that nobody types his own name.

    "Operator 14" says the work and which of them; a name without a number is most likely true.
    """
    if 3 <= len(name) <= 60 and name == name.strip() and any(map(str.isdigit, name)):  # noqa: PLR2004  letters of a working name
        return None
    return Refusal(
        "person.no_pseudonym",
        "This is no pseudonym.",
        "Use the work and a number, such as Operator 14; never a true name.",
    )


def a_reason(reason: str) -> Refusal | None:
    """Judge whether a reason was given at all; who reads the journal judges whether it is good."""
    if reason.strip():
        return None
    return Refusal("access.no_reason", "No reason was given.", "Write one line for the journal.")


def may_recover(by: str, *, person: str) -> Refusal | None:
    """Judge whether `by` may say yes to a new passkey for `person`: for another, never himself."""
    if by != person:
        return None
    return Refusal(
        "recover.oneself",
        "Nobody gives himself a new key.",
        "Ask two others, each an administrator (ADM) or a supervisor (SUP).",
    )


def two_numbers(own: str, force: str) -> Refusal | None:
    """Judge the two numbers of one person: four digits each, hard to guess, and hard to mistake.

    A slip of one finger must not call for help, so they differ in two places or more. Who holds his
    key has five tries in a quarter of an hour; runs, years and one digit four times are tried first.
    """
    for each in (own, force):
        if not (len(each) == _DIGITS and each.isascii() and each.isdigit()):
            return Refusal("numbers.form", "A number has four digits.", "Type both anew.")
        steps = {int(b) - int(a) for a, b in pairwise(each)}
        if steps in ({0}, {1}, {-1}) or each[:2] in {"19", "20"}:
            return Refusal(
                "numbers.guessed",
                "A run, a year or one digit four times is guessed first.",
                "Choose another number.",
            )
    if sum(a != b for a, b in zip(own, force, strict=True)) < _APART:
        return Refusal(
            "numbers.alike",
            "The two numbers are too alike: one slip of a finger would call for help.",
            "Let them differ in two places or more.",
        )
    return None


def may_serve(
    duty: Duty,
    *,
    held: Collection[Duty],
    begins_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Refusal | None:
    """Judge a line of the roster: a duty the person holds, and a time that is not over."""
    if duty not in held:
        return Refusal(
            "shift.not_held",
            "This person does not hold the duty.",
            "Ask an administrator (ADM) to give the duty first.",
        )
    if ends_at <= begins_at or ends_at <= now:
        return Refusal("shift.over", "This shift would be over.", "Give a later end.")
    return None


def a_pager(handle: str) -> Refusal | None:
    """Judge a pager's number: none at all, or + and 7 to 15 digits (ITU-T E.164)."""
    if not handle or (handle[0] == "+" and handle[1:].isdecimal() and 7 <= len(handle) - 1 <= 15):  # noqa: PLR2004  E.164
        return None
    return Refusal(
        "shift.no_number",
        "This is no telephone number.",
        "Write it with + and the country's code, digits only, or leave it empty for a sound.",
    )


def may_break(officer: Officer, *, member: bool, reason: str) -> Refusal | None:
    """Judge whether `officer` may open for himself what he was not let into."""
    if (refused := can(officer, "access.break_glass", among={Duty.SUP})) is not None:
        return refused
    if member:
        return Refusal("glass.member", "You are let in here already.", "Open the page of the case.")
    return a_reason(reason)


def may_review(by: str, *, breaker: str, duty: Duty, words: str) -> Refusal | None:
    """Judge whether `by` may review what `breaker` opened: another, and with words of his own."""
    if by == breaker:
        return Refusal(
            "glass.own_review",
            "Nobody reviews his own breaking of the glass.",
            "Ask another supervisor (SUP) or the auditor (AUD).",
        )
    if duty not in REVIEWERS:
        return Refusal(
            "glass.no_reviewer",
            "This duty does not review it.",
            "Ask a supervisor (SUP) or the auditor (AUD).",
        )
    return a_reason(words)


def apart_here(duties: Collection[str], *, apart: Iterable[frozenset[str]]) -> Refusal | None:
    """Judge whether the programme keeps two of `duties` apart, beside those that always are.

    Args:
        apart: the pairs of the profile's table of duties.
    """
    pair = next((sorted(each) for each in apart if each <= frozenset(map(str, duties))), None)
    if pair is None:
        return None
    return Refusal(
        "duty.apart_here",
        said("This programme keeps these duties apart: {duties}.", duties=duties_named(pair)),
        "Give it to another person, or end the other duty first.",
    )
