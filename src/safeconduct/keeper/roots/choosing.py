"""Which root a folder has: chosen once, remembered in keys.db without any secret, opened at each start."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from safeconduct.keeper.roots import file, passphrase, pkcs11, two
from safeconduct.keeper.roots.root import NoRoot, Root

# What somebody has to bring at each start, by word of mouth or from a safe.
WORDS = {"passphrase": "the passphrase", "pkcs11": "the token's PIN", "vault": "Vault's token"}
KINDS = ("file", "passphrase", "two", "pkcs11", "vault")


@dataclass(frozen=True, slots=True)
class Brought:
    """What came with the start.

    Attributes:
        at: name → value of --root-at: where it lies, never a secret.
        word: what `WORDS` asks for; "" for the others.
    """

    at: dict[str, str]
    word: str = ""

    def __repr__(self) -> str:
        """Return nothing of the word."""
        return "<Brought>"


def choose(kind: str, folder: Path, brought: Brought) -> dict[str, str]:
    """Make what a new root of `kind` needs; return what finds it again.

    Raises:
        NoRoot: something is missing, or cannot be used.
    """
    _insist_on_word(kind, brought)
    if kind == "file":
        file.make(folder / file.NAME)
        return {}
    if kind == "passphrase":
        return passphrase.choose(brought.word, brought.at)
    if kind == "two":
        return two.choose(brought.at)
    if kind == "pkcs11":
        return pkcs11.choose(brought.at)
    found: dict[str, str] = _transit().choose(brought.at)
    return found


def open_root(kind: str, folder: Path, told: dict[str, str], brought: Brought) -> Root:
    """Return the root of `kind`, found by `told` and by what was brought; the latter wins.

    Raises:
        NoRoot: it is missing, exposed or wrong.
    """
    _insist_on_word(kind, brought)
    at = {**told, **brought.at}
    if kind == "file":
        return file.FileRoot(folder / file.NAME)
    if kind == "passphrase":
        return passphrase.open_with(brought.word, at)
    if kind == "two":
        return two.open_with(at)
    if kind == "pkcs11":
        return pkcs11.TokenRoot(at, brought.word)
    root: Root = _transit().TransitRoot(at, brought.word)
    return root


def needs_network(kind: str, at: dict[str, str]) -> bool:
    """Return whether a root is reached by a network: Vault, and a token whose owner says so."""
    return kind == "vault" or (kind == "pkcs11" and at.get("network") == "yes")


def _transit() -> ModuleType:
    from safeconduct.keeper.roots import transit  # noqa: PLC0415  httpx is slow, and for it alone

    return transit


def _insist_on_word(kind: str, brought: Brought) -> None:
    if kind not in KINDS:
        raise NoRoot(f"there is no root of kind {kind}; there are {', '.join(KINDS)}")
    if kind in WORDS and not brought.word:
        raise NoRoot(f"it needs {WORDS[kind]}; start it on a terminal, or with --root-fd")
