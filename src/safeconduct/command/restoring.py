"""`safeconduct restore`: a copy becomes a programme again, and brings nothing back that had ended.

It is made in a folder beside the one that is asked for, and takes its name when all of it was done:
laid out, compared with the heads, migrated, what was erased, stopped and burned since done again, and a
branch signed by the keeper for what is lost. Killed on the way, it is begun again from the start; what
it reads, copies and keys, it never changes.
"""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safeconduct import apart
from safeconduct.audit import exported, register, verify
from safeconduct.audit.exported import Head
from safeconduct.command import beside, copies, folder, postgres, rooting, sealed, upgrading
from safeconduct.command.supervise import in_order
from safeconduct.command.trouble import Trouble
from safeconduct.spool.keyfiles import write_key
from safeconduct.traces import open_sqlite

_ROOT = "root.key"
_CORE_FILE, _KEEPER_FILE = copies.LOGS
_LINKS = ("spool", "link", "gateways", "gateways.toml", *copies.STOPS)
_LOGS = ("core", "keeper")


@dataclass(frozen=True, slots=True)
class Wish:
    """What `restore` was told.

    Attributes:
        copy: the sealed file, or a folder whose newest is taken.
        key: the private half of the copies' key.
        to: the folder to make.
        left: a folder with keys.db or sealed copies of it, and with what else is left of the
            programme: root.key, keeper-log.db, register, heads, spools and links.
        heads: folders of heads and registers that were kept elsewhere.
    """

    copy: Path
    key: Path
    to: Path
    left: Path
    heads: Sequence[Path] = ()
    root: rooting.Wanted = field(default_factory=rooting.Wanted)


@dataclass(frozen=True, slots=True)
class Laid:
    """A copy laid out, proved and migrated, in which nothing was done again yet.

    Attributes:
        place: the folder.
        at: when the copy was made, ISO.
        size, peaks: of the core's log as the copy brought it.
        lines: the longest register that is known.
        logs: those that the copy brought, and that take a branch.
    """

    place: Path
    at: str
    size: int
    peaks: bytes
    lines: list[register.Line]
    logs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done again.

    Attributes:
        counts: see `lasting.do_again`.
        tried: compartments with a sealed number in the copy.
        before: those of them that opened before anything was done again.
        opened: those of them that open still.
        gone: compartments that were ever destroyed.
        unknown: living compartments of people whom the copy does not know.
    """

    counts: dict[str, int]
    tried: set[str]
    before: set[str]
    opened: set[str]
    gone: set[str]
    unknown: set[str]


def run(wish: Wish) -> int:
    """Restore a programme.

    Raises:
        Trouble: something is missing, or the copy was altered; then nothing of it is left behind.
    """
    if not (wish.to / beside.MARK).exists():  # else one was killed that had done all but this
        with beside.on_disk(wish.to), in_order():
            _make(wish)
    mark = wish.to / beside.MARK
    if postgres.here():
        postgres.end(mark.read_text())
    mark.unlink()
    _say_next(wish.to)
    return 0


def _make(wish: Wish) -> None:
    place, mark = begin(wish)
    try:
        _restore(wish, place, mark)
        place.rename(wish.to)
    except BaseException:  # a Ctrl-C too leaves no root and no keys behind
        if place.exists():  # else it has its name, and all was done
            _give_up(place, mark)
        raise


def _give_up(place: Path, mark: str) -> None:
    try:
        if postgres.here():
            postgres.give_up(mark)
    finally:
        beside.remove(place)


def _restore(wish: Wish, place: Path, mark: str) -> None:
    laid = lay_out(wish, place, mark)
    from safeconduct.command import lasting  # Django's tables, which now have a place

    say_done(do_again(laid, wish.root, laid.lines))
    print(*prove(laid, wish.heads), sep="\n")
    lasting.close()
    write_key(place / copies.PUBLIC, sealed.public_of(wish.key))
    for name in (copies.FACTS, copies.DUMP):
        (place / name).unlink(missing_ok=True)


def begin(wish: Wish) -> tuple[Path, str]:
    """Make the folder beside; return it and the mark of this restore, an earlier try's if any.

    Raises:
        Trouble: something is there already, or there is no key.
    """
    if not wish.key.is_file():
        raise Trouble(f"There is no key {wish.key}. Bring what backup-key --to wrote.")
    return beside.begin(wish.to)


def lay_out(wish: Wish, place: Path, mark: str) -> Laid:
    """Lay a copy out in an empty folder, prove it, and bring its tables to the present.

    Args:
        mark: hex, by which PostgreSQL's database is known to be this restore's own.

    Raises:
        Trouble: a part is missing, damaged, or not what it was when its head left.
    """
    for inner in ("run", "logs", "spool", "gateways", "heads", "roads"):
        (place / inner).mkdir(mode=0o700)
    copy = copies.newest(wish.copy, copies.CORE) if wish.copy.is_dir() else wish.copy
    sealed.unpack(copy, kind=copies.CORE, key=wish.key, into=place)
    at = str(json.loads((place / copies.FACTS).read_text())["at"])
    print(f"The copy was made at {at}: {copy.name}.")
    lines = _registers(wish, place)
    _bring_keys(wish, place)
    logs = _LOGS if _bring_keeper_log(wish.left, place) else ("core",)
    _bring_links(wish.left, place)
    for each in (wish.left / "heads", *wish.heads):
        _bring_heads(each, place / "heads")
    folder.set_environment(place, DJANGO_SETTINGS_MODULE="safeconduct.web.settings")
    if postgres.here():
        postgres.begin(mark)
        postgres.load(place / copies.DUMP)
    else:
        _insist_on_file(place / _CORE_FILE)
    _insist_on_whole(place, wish.heads)
    return _migrated(place, at, lines, logs)


def _registers(wish: Wish, place: Path) -> list[register.Line]:
    """Return the longest register; its file is written anew when the tables have all of it."""
    folders = (place, wish.left, *wish.heads)
    try:
        lines = register.longest([register.read(each / register.FILE) for each in folders])
    except register.Torn as torn:
        raise Trouble(f"A register cannot be believed: {torn}.") from None
    (place / register.FILE).unlink(missing_ok=True)
    return lines


def _bring_keys(wish: Wish, place: Path) -> None:
    left = apart.of_keeper(wish.left)
    if (left / copies.KEYS).exists():
        copies.snapshot(left / copies.KEYS, place / copies.KEYS)
    elif any(wish.left.glob(f"{copies.KEEPER}-*.copy")):
        mark = place / copies.MARK
        ours = mark.read_text() if mark.exists() else ""
        copy = copies.newest(wish.left, copies.KEEPER, of=ours)
        sealed.unpack(copy, kind=copies.KEEPER, key=wish.key, into=place)
        print(f"The keys come from {copy.name}.")
    else:
        raise Trouble(
            f"There is neither {copies.KEYS} nor a copy of it in {wish.left}. Without the keys nothing "
            "opens: name the folder that holds them with --keys."
        )
    for root in (left / _ROOT, *_root_files(wish.root)):
        if root.is_file():
            shutil.copyfile(root, place / _ROOT)
            (place / _ROOT).chmod(0o600)


def _root_files(wanted: rooting.Wanted) -> list[Path]:
    """Return the root that is a file, where --root-at names it: file=PATH."""
    pairs = [each.partition("=") for each in wanted.at]
    return [Path(value) for name, _, value in pairs if name == "file"]


def _bring_keeper_log(left: Path, place: Path) -> bool:
    """Bring the keeper's log where it is left and longer; return whether the copy's has to do."""
    theirs = apart.of_keeper(left) / _KEEPER_FILE
    if not theirs.exists() or _length(theirs) < _length(place / _KEEPER_FILE):
        return True
    (place / _KEEPER_FILE).unlink(missing_ok=True)
    copies.snapshot(theirs, place / _KEEPER_FILE)
    return False


def _length(path: Path) -> int:
    if not path.exists():  # a copy of a folder whose keeper never began
        return 0
    with closing(open_sqlite(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        row = db.execute("SELECT size FROM tree").fetchone()
    return int(row[0]) if row else 0


def _bring_links(left: Path, place: Path) -> None:
    """Bring spools and links from what is left; else set the gateways aside, to be enrolled anew."""
    if not (left / "link").is_dir():
        for name in ("gateways", "gateways.toml"):
            if (place / name).exists():
                (place / name).rename(place / f"before-{name}")
        (place / "gateways").mkdir(mode=0o700)
        return
    for name in _LINKS:
        if (left / name).is_dir():
            shutil.copytree(left / name, place / name, dirs_exist_ok=True)
        elif (left / name).exists():
            shutil.copy(left / name, place / name)


def _bring_heads(theirs: Path, ours: Path) -> None:
    for path in theirs.glob("*.json") if theirs.is_dir() else ():
        if not (ours / path.name).exists():
            shutil.copy(path, ours / path.name)


def _insist_on_file(path: Path) -> None:
    try:
        with closing(open_sqlite(path)) as db:
            (said,) = db.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as broken:
        said = str(broken)
    if said != "ok":
        raise Trouble(f"The tables in this copy are damaged ({said}). Take another copy.")


def _insist_on_whole(place: Path, heads: Sequence[Path]) -> None:
    """Refuse a copy in which an entry was altered; that its end is missing is what a copy is."""
    for log in _LOGS:
        verdict = _verdict(place, log, heads)
        if verdict.code == verify.ALTERED and not verdict.cut:
            raise Trouble(f"This copy is not what it was: {log}: {'; '.join(verdict.said)}.")


def _verdict(place: Path, log: str, heads: Sequence[Path]) -> verify.Verdict:
    url = postgres.url() if log == "core" else ""
    return verify.verify(place, log, heads=heads, postgres=url)


def _migrated(place: Path, at: str, lines: list[register.Line], logs: tuple[str, ...]) -> Laid:
    upgrading.migrate()
    from safeconduct.audit import queries

    try:
        lines = register.longest([queries.lasting(0), lines])
    except register.Torn as torn:
        raise Trouble(f"The register does not belong to this copy: {torn}.") from None
    head = queries.head()
    return Laid(place, at, head.size, head.peaks, lines, logs)


def do_again(laid: Laid, root: rooting.Wanted, lines: Sequence[register.Line]) -> Done:
    """Do what the register's lines tell, in the keeper's file and in the tables.

    Raises:
        Trouble: the root does not open these keys, or these keys open nothing of this copy.
    """
    from safeconduct.command import lasting

    told = {log: _known(laid.place / "heads", log) for log in laid.logs}
    told["core"] |= {"size": laid.size, "peaks": laid.peaks.hex()}
    boxes = lasting.sealed_numbers()
    erased = sorted(lasting.erased(lines))
    said = _tell_keeper(laid.place, root, {"erased": erased, "logs": told, "boxes": boxes})
    tried = {each["compartment"] for each in boxes}
    if tried - set(said["gone"]) and not said["opened"]:
        raise Trouble("These keys open nothing of this copy: they are another programme's.")
    for branch in said["branches"]:
        name = f"branch-{branch['log']}-{branch['branch']:03d}.json"
        folder.write_whole(laid.place / "heads" / name, json.dumps(branch))
    counts = lasting.do_again(lines, gone=said["gone"])
    unknown = set(said["living"]) - lasting.known()
    before, opened, gone = (set(said[name]) for name in ("before", "opened", "gone"))
    return Done(counts, tried, before, opened, gone, unknown)


def _known(heads: Path, log: str) -> dict[str, Any]:
    """Return how long a log is known to have been, and its last known branch."""
    found, _wrong = exported.heads_in([heads], log)
    branches, _bad = exported.branches_in([heads], log)
    number = max([each.branch for each in branches] + [head.branch for head in found], default=0)
    latest: list[Head] = [head for head in found if head.branch == number]
    return {"lost": max((head.size for head in latest), default=0), "branch": number}


def _tell_keeper(place: Path, wanted: rooting.Wanted, told: dict[str, Any]) -> dict[str, Any]:
    root = rooting.bring(place, wanted)
    if root.kind == "file" and not (place / _ROOT).exists():
        raise Trouble("The root of these keys is a file. Bring it: --root-at file=PATH/root.key")
    lines = json.dumps({"root": root.word}) + "\n" + json.dumps(told) + "\n"
    done = rooting.ask(place, "--restored", *root.arguments, told=lines)
    if done.returncode:
        raise Trouble((done.stderr.strip().splitlines() or ["The keeper said nothing."])[-1])
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def say_done(done: Done) -> None:
    """Print what was done again, and what nobody can."""
    counts = done.counts
    print(
        f"Done again since: {counts['erased']} erased, {counts['optout']} stops, "
        f"{counts['burned']} burned. {counts['unsent']} texts that waited in the copy do not leave."
    )
    print(f"{len(done.opened)} of {len(done.tried)} numbers in the copy open with these keys.")
    if done.unknown:
        print(f"{len(done.unknown)} people wrote since: all that was said and agreed is lost.")


def prove(laid: Laid, heads: Sequence[Path]) -> list[str]:
    """Return what both logs prove now, and what of them is lost.

    Raises:
        Trouble: a log does not go on from this copy.
    """
    said = []
    for log in _LOGS:
        verdict = _verdict(laid.place, log, heads)
        said.append(f"{log}: {'; '.join(verdict.said)}.")
        if verdict.code == verify.ALTERED:
            raise Trouble(
                f"{said[-1]} It does not go on from this copy, which may be older than an earlier "
                "restore: take a newer copy."
            )
    return said


def _say_next(to: Path) -> None:
    print(f"Restored into {to}. Go through the page People before anybody works: who was removed")
    print("since the copy is back in it. Everybody signs in again; open invitations are void.")
    if not (to / "link").is_dir():
        print("Gateways are enrolled anew, under new names: docs/operate.md, Restore.")
    print(f"Then run: safeconduct up --data {to}")
