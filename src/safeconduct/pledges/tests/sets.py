"""The labelled sets of outgoing texts, and which third of the first two nobody may tune a rule on.

docs/decisions/0108 says who wrote them, and how somebody of the field adds rows.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

HELD = {"money", "amnesty", "status", "time", "safety"}
REFUSED = {"threat", "deadline", "no-quarter", "name", "unit", "place"}
HELD_OUT = 1  # the third that is looked at only to print a figure


def rows(name: str) -> list[dict[str, Any]]:
    """Read `evasions` or `innocents`, or the same with `fresh_`; the head of each file says what a row holds."""
    return list(tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())["rows"])


def third(text: str) -> int:
    """Return 1, 2 or 3, fixed by the text alone: SHA-256 as a number, modulo 3, plus 1."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()) % 3 + 1
