"""Keys as files: one line of base64, readable by the owner alone. And the names on the link."""

import base64
import binascii
import os
from pathlib import Path

from safeconduct.spool.config import ConfigWrong

CORE = "core"
STRUCK = ".struck"  # behind the name of a key that was laid aside: its gateway is struck out
LANGUAGES = "languages"  # a file beside the keys: which ones the programme speaks


SIGN_BYTES = 32  # either half, RFC 8032
BOX_BYTES = 1216  # a public half: ML-KEM-768 and X25519


class KeyDamaged(ConfigWrong):
    """A key's file is there, and holds no key."""


def edge_host_name(gateway: str) -> str:
    """Return the name that a gateway's certificate bears."""
    return f"{gateway}.edge.safeconduct"


def write_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a small file whole or not at all, on a full disk too; through no link that somebody laid.

    Args:
        mode: the owner alone may read it, where nothing else is said.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), mode)
    fresh.replace(path)


def write_key(path: Path, key: bytes) -> None:
    """Write raw key bytes."""
    write_file(path, base64.b64encode(key) + b"\n")


def read_key(path: Path, *, size: int | None = None) -> bytes:
    """Read what `write_key` wrote.

    Args:
        size: bytes that the key has; None where whoever asks judges that.

    Raises:
        FileNotFoundError: with what to do.
        KeyDamaged: it is no key of that size.
    """
    if not path.exists():
        raise FileNotFoundError(
            f"The key {path.name} is not in {path.parent.name}/. Enrol this gateway again at the core."
        )
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except binascii.Error:
        key = b""
    if not key or len(key) != (size or len(key)):
        raise KeyDamaged(
            f"The key {path.name} in {path.parent.name}/ is damaged. Bring it back from a copy; without one "
            "enrol the gateway under a new name at the core."
        )
    return key
