"""What left the house: heads of a log, on a file or on paper, and branches after a restore. No Django.

On paper a head is one line: log/size/root/time/key/signature/check, in letters that a QR code packs
tightly and a hand can type; the short form to type has log/size/root and check alone. Whoever types
a short one vouches for it himself, by the page in his hand.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safeconduct import sealing
from safeconduct.audit.rules import branch_bytes, head_bytes

_CHECK = 4  # letters, 20 bits: a slip of the hand is seen, not a forger; he meets the signature
_TYPED, _WHOLE = 3, 6  # parts of the short and of the whole line
# What a file that is none raises; the last of them where it is nested without an end.
_MALFORMED = (KeyError, TypeError, ValueError, OSError, RecursionError)
_CONFUSED = str.maketrans("018", "OIB")  # base32 has none of these (RFC 4648 section 6)


@dataclass(frozen=True, slots=True)
class Head:
    """A head as it left: size and root, and the leaf hashes since the one before.

    Attributes:
        log: name of the log, with its branch behind a dot after a restore ("core.1").
        key, signature: empty where it was typed in short.
        leaves: those of entries `since` … `size` - 1; empty on paper.
    """

    log: str
    size: int
    root: bytes
    at_us: int
    key: bytes
    signature: bytes
    since: int = 0
    leaves: tuple[bytes, ...] = ()

    @property
    def branch(self) -> int:
        """Return the number of restores before it."""
        number = self.log.partition(".")[2]
        return int(number) if number else 0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Head":
        """Return a head told by the keeper or a file, its signature proved.

        Raises:
            KeyError, TypeError, ValueError: it is none, or its signature does not fit it.
        """
        head = cls(
            told["log"],
            told["size"],
            bytes.fromhex(told["root"]),
            told["at_us"],
            bytes.fromhex(told["key"]),
            bytes.fromhex(told["signature"]),
            told["since"],
            tuple(map(bytes.fromhex, told["leaves"])),
        )
        return head._proved()

    @classmethod
    def read(cls, path: Path) -> "Head":
        """Read an exported head.

        Raises:
            ValueError: it is none, or its signature does not fit it.
        """
        try:
            return cls.of(json.loads(path.read_text()))
        except _MALFORMED as wrong:
            raise ValueError(f"{path.name} is no head as it left the house") from wrong

    @classmethod
    def typed(cls, line: str) -> "Head":
        """Read a head that was scanned or typed in from paper, whole or short.

        Raises:
            ValueError: a letter is wrong or missing, or its signature does not fit it.
        """
        try:
            return cls._of_parts(*_parts(line))
        except (ValueError, binascii.Error) as wrong:
            raise ValueError(
                "this line is no head: read it again, every letter and both slashes"
            ) from wrong

    @classmethod
    def _of_parts(cls, log: str, size: str, root: str, *rest: str) -> "Head":
        if not rest:
            return cls(log.lower(), int(size), _bytes(root), 0, b"", b"")
        at_us, key, signature = rest
        head = cls(log.lower(), int(size), _bytes(root), int(at_us), _bytes(key), _bytes(signature))
        return head._proved()

    def _proved(self) -> "Head":
        signed = head_bytes(log=self.log, size=self.size, root=self.root, at_us=self.at_us)
        sealing.verify(self.key, signed, self.signature)
        return self

    def line(self) -> str:
        """Return the whole line, for a QR code: capital letters, digits, - . / only."""
        parts = (self.log.upper(), str(self.size), _letters(self.root), str(self.at_us))
        return _checked(*parts, _letters(self.key), _letters(self.signature))

    def short(self) -> str:
        """Return the short line, for a hand: its letters in fours."""
        return _checked(self.log.upper(), str(self.size), _letters(self.root))


@dataclass(frozen=True, slots=True)
class Branch:
    """The keeper's signed word that a log goes on from a restored copy of `size` entries."""

    log: str
    branch: int
    size: int
    root: bytes
    lost: int
    at_us: int
    key: bytes
    signature: bytes

    @classmethod
    def read(cls, path: Path) -> "Branch":
        """Read a branch as the keeper signed it.

        Raises:
            ValueError: it is none, or its signature does not fit it.
        """
        try:
            told = json.loads(path.read_text())
            given = {name: told[name] for name in ("log", "branch", "size", "lost", "at_us")}
            root, key = bytes.fromhex(told["root"]), bytes.fromhex(told["key"])
            signature = bytes.fromhex(told["signature"])
            sealing.verify(key, branch_bytes(**given, root=root), signature)
            return cls(**given, root=root, key=key, signature=signature)
        except _MALFORMED as wrong:
            raise ValueError(f"{path.name} is no branch as the keeper signed it") from wrong


def heads_in(folders: Iterable[Path], log: str) -> tuple[list[Head], list[str]]:
    """Return the good heads of one log and its branches, and what is wrong with the others."""
    heads, wrong = [], []
    for path in _files(folders, log):
        try:
            heads.append(Head.read(path))
        except ValueError as bad:
            wrong.append(str(bad))
    return sorted((h for h in heads if _of(h.log, log)), key=lambda head: head.size), wrong


def branches_in(folders: Iterable[Path], log: str) -> tuple[list[Branch], list[str]]:
    """Return the branches of one log, the first restore first, and what is wrong with the others."""
    found, wrong = {}, []
    for path in sorted(p for folder in folders for p in folder.glob(f"branch-{log}-*.json")):
        try:
            branch = Branch.read(path)
            found[branch.branch] = branch
        except ValueError as bad:
            wrong.append(str(bad))
    return [found[number] for number in sorted(found)], wrong


def _files(folders: Iterable[Path], log: str) -> list[Path]:
    names = (f"{log}-*.json", f"{log}.*-*.json")
    return sorted(p for folder in folders for name in names for p in folder.glob(name))


def _of(name: str, log: str) -> bool:
    return name.partition(".")[0] == log


def _letters(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def _bytes(letters: str) -> bytes:
    letters = letters.translate(_CONFUSED)
    return base64.b32decode(letters + "=" * (-len(letters) % 8))


def _check(told: str) -> str:
    return _letters(hashlib.sha256(told.encode()).digest())[:_CHECK]


def _checked(*parts: str) -> str:
    whole = [*parts[:-1], parts[-1] + _check("/".join(parts))]
    if len(parts) == _TYPED:
        letters = whole[-1]
        whole[-1] = "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
    return "/".join(whole)


def _parts(line: str) -> list[str]:
    parts = "".join(line.split()).replace("-", "").upper().split("/")
    if len(parts) not in {_TYPED, _WHOLE}:
        raise ValueError("a head has three parts, or six")
    letters = [parts[0], parts[1], *(part.translate(_CONFUSED) for part in parts[2:])]
    if len(parts) == _WHOLE:
        letters[3] = parts[3]
    letters[-1], check = letters[-1][:-_CHECK], letters[-1][-_CHECK:]
    if _check("/".join(letters)) != check:
        raise ValueError("the check letters do not fit")
    return letters
