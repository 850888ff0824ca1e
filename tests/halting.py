"""A command that is killed at a certain step of its own: not by a look from outside, which comes late.

Python tells an audit hook what a process does before it does it: a file opened, renamed, its mode
set. The hook kills the process at one of these. It comes by a `sitecustomize` of its own,
so what is tested is the product as it is.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from tests.programme import ROOT

HOOK = """
import os, signal, sys

def halt(event, args, told=[({event!r}, {about!r})]):
    if told and event == told[0][0] and any(str(each) == told[0][1] for each in args):
        told.clear()
        {does}

sys.addaudithook(halt)
"""
_DIES = "os.kill(os.getpid(), signal.SIGKILL)"
KILLED = -signal.SIGKILL


def at(place: Path, event: str, about: object) -> Mapping[str, str]:
    """Return what to set so that a process dies before it does `event` to `about`; see `does`."""
    return does(place, event, about, _DIES)


def does(place: Path, event: str, about: object, what: str) -> Mapping[str, str]:
    """Return what to set so that a process does `what` first, once, before it does `event`.

    Args:
        place: an empty folder for the hook.
        event: of Python's table of audit events: "os.rename", "os.chmod", "open".
        about: one of the event's arguments, as text: a path or a module.
        what: a line of Python, which has os, signal and sys.
    """
    place.mkdir()
    (place / "sitecustomize.py").write_text(HOOK.format(event=event, about=str(about), does=what))
    return {"PYTHONPATH": os.pathsep.join((str(place), str(ROOT / "src")))}
