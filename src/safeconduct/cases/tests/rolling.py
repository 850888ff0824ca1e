"""A commander gives a list; and whether anything of it stands."""

from safeconduct.access.models import OwnCopy
from safeconduct.access.rules import Duty
from safeconduct.cases import actions


def gives_a_list(crew):
    """Let a verifier take one line down; return the list's ref. The lawyer has a key that it is sealed to."""
    told = {"text": "Іваненко Петро;;01.01.1990;0671112233", "region": "UA", "now": crew.now}
    assert crew[Duty.LEG]
    return actions.take_down(crew[Duty.VER], ref=crew.ref, **told)


def no_list_stands(case, roll):
    """Return whether neither list nor any copy of its key is left."""
    return not case.rolls.exists() and not OwnCopy.objects.filter(row=roll).exists()
