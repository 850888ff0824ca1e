"""The labelled sets of incoming texts; docs/decisions/0108 says who wrote them."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

TIERS = {"now", "soon", "today", "none"}
CLASSES = {
    "ready", "wounded", "duress", "optout", "conditions", "relative", "hostile", "probe",
    "place-time", "smalltalk", "wrong", "media", "spam",
}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    """Read `inbound` or `confusable`; the head of each file says what a row holds."""
    return list(tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())["rows"])


def split(text: str) -> str:
    """Return dev or test, fixed by the text alone: the first byte of its SHA-256, odd → test."""
    return "test" if hashlib.sha256(text.encode()).digest()[0] % 2 else "dev"
