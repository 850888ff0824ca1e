"""How a command is declared on the command line: the words that several of them share."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

DATA = Path("safeconduct-data")
Doors: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  argparse has no public name for it


def on_data(parser: argparse.ArgumentParser) -> None:
    """Declare --data, the folder that a command works on."""
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help=f"data folder (default: ./{DATA})"
    )


def rooted(parser: argparse.ArgumentParser, name: str, line: str) -> None:
    """Declare an option that names a kind of root, and how its word is brought."""
    kinds = ("file", "passphrase", "two", "pkcs11", "vault")
    parser.add_argument(name, dest="root", choices=kinds, default="", help=line)
    parser.add_argument(
        "--root-at",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="where the root lies (repeatable; docs/operate.md, Key ceremony)",
    )
    parser.add_argument(
        "--root-fd",
        type=int,
        metavar="N",
        help="read the root's word from this open file descriptor instead of the terminal",
    )


def by_users(parser: argparse.ArgumentParser) -> None:
    """Declare whom the parts run as, where root starts them."""
    line = "as root: the keeper's user and everything else's, names or numbers (safeconduct-keeper,safeconduct)"
    parser.add_argument("--users", default="", metavar="KEEPER,OTHERS", help=line)


def door(under: Doors, name: str, line: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    """Add a command of one word."""
    parser: argparse.ArgumentParser = under.add_parser(name, help=line, description=line)
    parser.set_defaults(run=run)
    return parser


def under(
    doors: Doors,
    room: str,
    about: str,
    *,
    name: str,
    line: str,
    run: Callable[..., int],
) -> argparse.ArgumentParser:
    """Add a command of two words."""
    inner = doors.add_parser(room, help=about).add_subparsers(
        dest="what", metavar="WHAT", required=True
    )
    return door(inner, name, line, run)
