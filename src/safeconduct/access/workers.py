"""Who a loop of this process is to the keeper: the tokens that the supervisor handed over at start.

They come on stdin as one JSON line, {"tokens": {"send": "…"}}, live in memory only, and are the
same after a restart of the process. A loop asks for its own purpose and gets no other.
"""

import json
import sys
from collections.abc import Mapping

from safeconduct.access.rules import Purpose, WorkerId

_tokens: dict[str, str] = {}


class NoToken(RuntimeError):
    """This process was not given the token of a purpose; the keeper would refuse it."""


def take(tokens: Mapping[str, str]) -> None:
    """Remember the tokens of this process."""
    _tokens.update({purpose.lower(): token for purpose, token in tokens.items()})


def take_from_stdin() -> None:
    """Read the supervisor's line; an empty stdin gives no tokens."""
    line = sys.stdin.readline()
    if line.strip():
        take(json.loads(line).get("tokens", {}))


def me(purpose: Purpose) -> WorkerId:
    """Return who this process is for `purpose`.

    Raises:
        NoToken: it was started without one; start it by `safeconduct up`.
    """
    name = purpose.lower()
    if name not in _tokens:
        raise NoToken(
            f"no token for {name!r} was given to this process; start it by safeconduct up"
        )
    return WorkerId(f"SYS:{name}", _tokens[name])


def anybody() -> WorkerId | None:
    """Return who this process is by any token it has, None without one: to raise an alarm takes no more."""
    return next((WorkerId(f"SYS:{name}", token) for name, token in _tokens.items()), None)
