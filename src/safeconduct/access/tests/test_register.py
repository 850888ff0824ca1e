"""A register that cannot be written calls a supervisor, once, and is quiet when it is written again."""

import pytest
from conftest import NOON
from django.db import transaction

from safeconduct.access import actions, queries
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.access.worker import loops
from safeconduct.audit import actions as audit
from safeconduct.audit import register
from safeconduct.audit.models import Entry

UNWRITTEN = "register.unwritten"


@pytest.fixture
def unwritable(settings, tmp_path, committed):
    """A data folder in which the register's file takes nothing; one number said stop."""
    settings.DATA = tmp_path
    (tmp_path / register.FILE).mkdir()
    with transaction.atomic():
        audit.remember("optout", {"index": "ab" * 32}, now=NOON)
    return tmp_path / register.FILE


def begun():
    """Return the step of the register's loop, as a worker that begins has it."""
    return next(loop.step for loop in loops() if loop.name == "access.register")


def fails(step, times=1):
    for _time in range(times):
        with pytest.raises(OSError, match="directory"):
            step()


def calls():
    return list(Call.objects.order_by("pk").values_list("duty", "kind"))


def test_who_supervises_is_called_once_and_the_call_ends_when_it_is_written_again(
    unwritable, officer
):
    chief, step = officer(Duty.SUP), begun()
    fails(step, times=3)
    assert calls() == [("SUP", UNWRITTEN)]
    (shown,) = queries.calls_for(chief)
    actions.acknowledge(chief, ref=shown.ref, now=NOON)
    fails(step, times=3)
    assert calls() == [("SUP", UNWRITTEN)]  # answered: he knows
    unwritable.rmdir()
    step()
    assert len(register.read(unwritable)) == 1
    unwritable.rename(f"{unwritable}.kept")
    unwritable.mkdir()
    fails(step)
    assert calls() == [("SUP", UNWRITTEN)] * 2  # another failure is another call
    unwritable.rmdir()


def test_the_call_ends_by_itself_also_in_a_worker_that_begins_anew(unwritable, officer):
    chief = officer(Duty.SUP)
    fails(begun())
    assert queries.calls_for(chief)
    unwritable.rmdir()
    begun()()
    assert not queries.calls_for(chief)
    assert Call.objects.get().answered_by is None
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"call.made.SUP", "call.over.SUP"} <= verbs


def test_a_register_that_is_written_calls_nobody(unwritable):
    unwritable.rmdir()
    step = begun()
    step()
    step()
    assert calls() == []
