"""`safeconduct record`: a recipient's key, the opening of what was sealed to it, and an exercise made of that."""

import base64
import io
import json
import secrets
import zipfile
from pathlib import Path

from safeconduct import sealing
from safeconduct.command.doors import Doors, door
from safeconduct.command.trouble import Trouble
from safeconduct.escort.record import BOUND, GEOJSON, SAID
from safeconduct.exercise import retold
from safeconduct.spool.keyfiles import read_key, write_key

_LINE = 76
_LONGEST_REF = 40


def new_key(to: Path) -> int:
    """Make a recipient's pair: the private half into `to`, the public one on the terminal, to be pasted."""
    if to.exists():
        raise Trouble(f"{to} is there already. Name a file that is not.")
    private, public = sealing.new_box_keys()
    write_key(to, private)
    text = base64.b64encode(public).decode()
    print("\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE)))
    return 0


def open_(sealed: Path, *, key: Path, to: Path) -> int:
    """Open a record with the recipient's private key, into a folder of its own.

    Raises:
        Trouble: another key, cut, changed, or no record; nothing is laid out then.
    """
    if to.exists():
        raise Trouble(f"{to} is there already. Name a folder that is not.")
    ref, _, box = sealed.read_bytes().partition(b"\n")
    try:
        info = BOUND.encode() + ref[:_LONGEST_REF]
        packed = sealing.hpke_open(read_key(key), box, info=info)
        with zipfile.ZipFile(io.BytesIO(packed)) as whole:
            files = {Path(name).name: whole.read(name) for name in whole.namelist()}
    except (sealing.Tampered, ValueError, zipfile.BadZipFile):
        raise Trouble(
            f"{sealed.name} does not open: another key, cut off, changed, or no record of ours."
        ) from None
    to.mkdir(mode=0o700, parents=True)
    for name, content in files.items():
        (to / name).write_bytes(content)
        (to / name).chmod(0o600)
        print(f"{to / name}: {len(content)} bytes")
    return 0


def retell(opened: Path, *, to: Path) -> int:
    """Make an exercise of an opened record: nothing of where, when and who is in it.

    Raises:
        Trouble: the folder holds no opened record.
    """
    if to.exists():
        raise Trouble(f"{to} is there already. Name a file that is not.")
    try:
        told = [json.loads((opened / name).read_text()) for name in (SAID, GEOJSON)]
        happened, speed = retold.read(*told)
    except (OSError, ValueError) as wrong:
        raise Trouble(
            f"{opened} holds no opened record ({type(wrong).__name__}). See: safeconduct record open"
        ) from None
    to.write_text(retold.retold(happened, speed, seed=secrets.randbelow(retold.SEEDS)))
    print(f"{len(happened)} things. Play it: safeconduct exercise run {to}")
    return 0


def declare(doors: Doors) -> None:
    """Add the commands."""
    record = doors.add_parser(
        "record", help="key, open, retell: the record of an escort, sealed to you"
    )
    kinds = record.add_subparsers(dest="what", metavar="WHAT", required=True)
    line = "make a recipient's key, and print the line for whoever asks for the record"
    key = door(kinds, "key", line, lambda args: new_key(args.to))
    key.add_argument("--to", type=Path, required=True, metavar="FILE", help="the private half")
    line = "open a record that was sealed to you, into a new folder"
    opening = door(kinds, "open", line, lambda args: open_(args.file, key=args.key, to=args.to))
    opening.add_argument("file", type=Path)
    opening.add_argument("--key", type=Path, required=True, metavar="FILE")
    opening.add_argument("--to", type=Path, required=True, metavar="DIR")
    line = "make an exercise of an opened record, with invented ground and cast"
    again = door(kinds, "retell", line, lambda args: retell(args.opened, to=args.to))
    again.add_argument("opened", type=Path, metavar="DIR", help="what record open laid out")
    again.add_argument("--to", type=Path, required=True, metavar="FILE", help="the exercise, .toml")
