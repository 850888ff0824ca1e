"""What is done once, in a process that ends: the supervisor stays, so it stays small."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar, cast

from safeconduct.command.supervise import tied_to
from safeconduct.command.trouble import Trouble

_FORKED = multiprocessing.get_context(
    "fork"
)  # whoever this process acts as, the other does as well
_T = TypeVar("_T")


def once(function: Callable[..., _T], *args: object, patience_s: float | None = None) -> _T:
    """Return what a function returns in a process forked off for it: what it loads goes with that.

    To be called while this process has one thread. Broken off, the other is killed, and its transaction undone.

    Args:
        patience_s: after which it is broken off; without one, never.

    Raises:
        Trouble: the function's own, or its process ended without an answer, or in time gave none.
    """
    ours, theirs = _FORKED.Pipe(duplex=False)
    other = _FORKED.Process(target=_answer, args=(os.getpid(), theirs, function, args))
    other.start()
    theirs.close()
    try:
        if ours.poll(patience_s):
            trouble, told = ours.recv()
        else:
            other.kill()
            trouble, told = f"{function.__name__} gave no answer in {patience_s} s.", None
    except EOFError:
        raise Trouble(
            "What works with the tables was killed or failed; what it said stands above. "
            "Run this again; it goes on where it stands."
        ) from None
    except BaseException:
        other.kill()
        raise
    finally:
        other.join()
    if trouble:
        raise Trouble(trouble)
    return cast(_T, told)  # a pipe carries anything; this end knows what


def _answer(
    parent: int, theirs: Connection, function: Callable[..., Any], args: tuple[object, ...]
) -> None:
    tied_to(parent)()
    try:
        told = "", function(*args)
    except Trouble as no:
        told = str(no), None
    theirs.send(told)
