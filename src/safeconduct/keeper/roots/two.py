"""The root as two halves, each kept by one person on a medium of his own: one alone tells nothing.

The halves are a random key and its exclusive or with the root: each by itself is as random as the
other, so nothing is learnt from one (the one-time pad).
"""

import hashlib
from pathlib import Path

from safeconduct import sealing
from safeconduct.keeper.roots.file import write_once
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.roots.root import NoRoot

_TITLE = "safeconduct, half of a root: keep it apart from the other half"
_LINES = 3


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _check(root: bytes) -> str:
    """Return eight digits by which two halves of one root are known."""
    return hashlib.sha256(b"half|v1|" + root).hexdigest()[:8]


def choose(at: dict[str, str]) -> dict[str, str]:
    """Write two fresh halves where `first` and `second` say, and return both paths.

    Raises:
        NoRoot: a path is missing, or something lies there already.
    """
    paths = _paths(at)
    if any(path.exists() for path in paths):
        raise NoRoot("a half is never written over; name two files that are not there yet")
    root, first = sealing.new_key(), sealing.new_key()
    for path, half in zip(paths, (first, _xor(root, first)), strict=True):
        write_once(path, f"{_TITLE}\n{half.hex()}\n{_check(root)}\n".encode())
    return {"first": str(paths[0]), "second": str(paths[1])}


def _paths(at: dict[str, str]) -> tuple[Path, Path]:
    try:
        paths = Path(at["first"]).absolute(), Path(at["second"]).absolute()
    except KeyError:
        raise NoRoot(
            "two halves need two places: --root-at first=FILE --root-at second=FILE"
        ) from None
    if paths[0] == paths[1]:
        raise NoRoot("the two halves are in one file; keep them apart")
    return paths


def _half(path: Path) -> tuple[bytes, str]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        raise NoRoot(f"there is no half at {path}; have its keeper bring it") from None
    try:
        half = bytes.fromhex(lines[1]) if len(lines) == _LINES and lines[0] == _TITLE else b""
    except ValueError:
        half = b""
    if len(half) != sealing.KEY_BYTES:
        raise NoRoot(f"{path} is no half of a root, or was changed; bring its copy")
    return half, lines[2]


def open_with(at: dict[str, str]) -> Held:
    """Return the root made of the two halves.

    Raises:
        NoRoot: a half is missing or changed, or they belong to different roots.
    """
    (first, check), (second, other) = map(_half, _paths(at))
    root = _xor(first, second)
    if not check == other == _check(root):
        raise NoRoot("these two halves do not belong together; bring the two of one root")
    return Held("two", root)
