"""The `safeconduct` command. Thin: parse, import late, call one thing, say what happened."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from safeconduct.command import record, roads, station, users
from safeconduct.command.doors import Doors, by_users, door, on_data, rooted, under
from safeconduct.command.gateway import CHANNELS
from safeconduct.command.trouble import Trouble

if TYPE_CHECKING:
    from safeconduct.command.rooting import Wanted


def _up(args: argparse.Namespace) -> int:
    from safeconduct.command import public, up

    asked = public.Asked(args.public, args.listen, args.certificate, args.certificate_key)
    place = up.Place(args.port, args.origin, asked)
    root = _wanted(args)
    return up.run(args.data, place=place, profile=args.profile, root=root, who=args.users)


def _public_page(args: argparse.Namespace) -> int:
    from safeconduct.command import phones

    return phones.run(args.data, to=args.to, language=args.language)


def _root(args: argparse.Namespace) -> int:
    from safeconduct.command import rooting

    return rooting.run(args.data, to=_wanted(args))


def _wanted(args: argparse.Namespace) -> "Wanted":
    from safeconduct.command.rooting import Wanted

    return Wanted(args.root, tuple(args.root_at), args.root_fd)


def _demo(args: argparse.Namespace) -> int:
    from safeconduct.command import demo

    return demo.run(
        demo.Wish(
            story=args.file,
            data=args.data,
            port=args.port,
            speed=args.speed,
            report=args.report,
            roads=args.roads,
            headless=args.headless,
            kills=args.kills,
            seed=args.seed,
            stay=args.stay,
            users=args.users,
        )
    )


def _exercise_list(_args: argparse.Namespace) -> int:
    from safeconduct.exercise import story

    for path in sorted(story.SHIPPED.glob("*.toml")):
        if not path.stem.startswith("_"):
            print(f"{path.stem:<24} {story.read(path).title}")
    return 0


def _gateway(args: argparse.Namespace) -> int:
    from safeconduct.command import gateway

    return gateway.run(args.channel, args.config)


def _pilot(args: argparse.Namespace) -> int:
    from safeconduct.command import pilot

    return pilot.run(args.config, args.order)


def _audit_verify(args: argparse.Namespace) -> int:
    from safeconduct.command import audit

    return audit.verify(
        args.data, heads=args.heads, lines=args.head, postgres=args.postgres, key=args.key
    )


def _unlock(args: argparse.Namespace) -> int:
    from safeconduct.command import unlock

    return unlock.run(args.data, root=_wanted(args))


def _backup_key(args: argparse.Namespace) -> int:
    from safeconduct.command import copies

    return copies.make_key(args.data, to=args.to)


def _backup(args: argparse.Namespace) -> int:
    from safeconduct import clock
    from safeconduct.command import copies

    return copies.back_up(args.data, to=args.to, keys_to=args.keys_to, at=clock.wall())


def _restore(args: argparse.Namespace) -> int:
    from safeconduct.command import restoring

    told = (args.copy, args.key, args.data, args.keys, args.heads, _wanted(args))
    return restoring.run(restoring.Wish(*told))


def _drill(args: argparse.Namespace) -> int:
    from safeconduct.command import drill, restoring

    at = args.at or drill.own_place()
    told = (args.copy, args.key, at, args.keys, args.heads, _wanted(args))
    return drill.run(restoring.Wish(*told))


def _site(args: argparse.Namespace) -> int:
    from safeconduct.command import site

    if args.what == "key":
        return site.new_key(args.to)
    if args.what == "verify":
        return site.verify(args.folder, key=args.key)
    return site.make(args.words, key=args.key, to=args.to, days=args.days)


def _script_check(args: argparse.Namespace) -> int:
    from safeconduct.command import scripts

    return scripts.check(args.file, data=args.data)


def _bench(args: argparse.Namespace) -> int:
    from safeconduct.bench import runner

    return runner.run(
        args.name, quick=args.quick, as_json=args.json, part=args.part, extract=args.extract
    )


def _invite(args: argparse.Namespace) -> int:
    from safeconduct.command import up

    return up.invite(args.data)


def _playing(parser: argparse.ArgumentParser, *, data: str) -> None:
    add = parser.add_argument
    by_users(parser)
    add("--headless", action="store_true", help="no browser, end when the story ends")
    add("--speed", type=float, default=1.0, metavar="N", help="N times as fast (default: 1)")
    add(
        "--report",
        type=Path,
        metavar="FILE",
        help="write what happened, with its evidence, as JSON",
    )
    add("--roads", type=Path, metavar="FILE", help="play on a real extract (.osm.pbf) instead")
    add(
        "--data",
        type=Path,
        default=Path(data),
        metavar="DIR",
        help=f"exercise folder (default: ./{data})",
    )
    add(
        "--port", type=int, default=0, metavar="N", help="port of the console (default: a free one)"
    )
    add(
        "--kills",
        type=int,
        default=0,
        metavar="N",
        help="kill N of the product's processes on the way",
    )
    add(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="seed of the kills (printed with the result)",
    )
    add("--stay", action="store_true", help="keep the console open after the story, until Ctrl-C")


_VERIFY = "prove the log against its exported heads, without Django"


def _operating(doors: Doors) -> None:
    """Add what runs a programme."""
    up = door(doors, "up", "start or resume a programme in a data folder, for real use", _up)
    on_data(up)
    _reaching(up)
    up.add_argument(
        "--profile", type=Path, metavar="FILE", help="the programme's profile, on first start"
    )
    by_users(up)
    rooted(up, "--root", "at the first start: what opens the keys (file)")
    root = door(doors, "root", "say what opens the keys; with --to, take another root", _root)
    on_data(root)
    rooted(root, "--to", "the kind to take")
    invite = door(doors, "invite", "print a new one-time link for the first administrator", _invite)
    on_data(invite)
    gateway = door(
        doors, "gateway", "run one edge gateway alone, on a host without the database", _gateway
    )
    gateway.add_argument("channel", choices=tuple(CHANNELS))
    gateway.add_argument("--config", type=Path, required=True, metavar="FILE", help="gateway.toml")
    pilot = door(doors, "pilot", "give an order at the pilot's own station, or one a line", _pilot)
    pilot.add_argument("--config", type=Path, required=True, metavar="FILE", help="gateway.toml")
    pilot.add_argument("order", nargs="*", metavar="WORD", help="as: watch 1 distance=60")
    station.declare(doors)
    record.declare(doors)
    unlock = door(doors, "unlock", "end the panic lock, with the root in its place", _unlock)
    on_data(unlock)
    rooted(unlock, "--root", "which root it is, if you want it checked")
    _copying(doors)
    _verifying(doors)
    _publishing(doors)
    _scripting(doors)
    _paper(doors)
    roads.declare(doors)


def _reaching(up: argparse.ArgumentParser) -> None:
    add = up.add_argument
    add("--port", type=int, metavar="N", help="port of the console on loopback (8400)")
    line = "the console's address behind a TLS proxy, https://HOST[:PORT]; kept for later starts"
    add("--origin", default="", metavar="URL", help=line)
    line = "stand in the open under this name, with TLS and without a proxy (8443); kept"
    add("--public", default="", metavar="NAME[:PORT]", help=line)
    add("--listen", default="", metavar="ADDRESS", help="with --public: on this address alone")
    line = "with --public: the chain in PEM; without it an authority of its own signs"
    add("--certificate", type=Path, metavar="FILE", help=line)
    add("--certificate-key", type=Path, metavar="FILE", help="with --certificate: its key")


def _copying(doors: Doors) -> None:
    line = "make the key that copies are sealed to; its private half is carried away"
    key = door(doors, "backup-key", line, _backup_key)
    on_data(key)
    key.add_argument("--to", type=Path, required=True, metavar="FILE", help="on another medium")
    backup = door(
        doors, "backup", "make a sealed copy, while it runs; the keys apart from it", _backup
    )
    on_data(backup)
    add = backup.add_argument
    add("--to", type=Path, required=True, metavar="DIR", help="the folder of the copies")
    add("--keys-to", type=Path, metavar="DIR", help="copy the keys too, into another folder")
    restore = door(doors, "restore", "make a programme of a copy, with what ended since", _restore)
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder to make")
    line = "restore the newest copy into a place of its own, try it, and throw it away"
    drill = door(doors, "drill", line, _drill)
    drill.add_argument("--at", type=Path, metavar="DIR", help="where (default: in memory)")
    for parser in (restore, drill):
        _of_a_copy(parser)


def _of_a_copy(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("copy", type=Path, help="the sealed copy, or the folder of the copies")
    add("--key", type=Path, required=True, metavar="FILE", help="what backup-key --to wrote")
    line = "keys.db or a copy of it, and what else is left"
    add("--keys", type=Path, required=True, metavar="DIR", help=line)
    _kept(parser, "heads and registers that were kept elsewhere (repeatable)")
    rooted(parser, "--root", "which root it is, if you want it checked")


def _kept(parser: argparse.ArgumentParser, line: str) -> None:
    parser.add_argument("--heads", type=Path, action="append", default=[], metavar="DIR", help=line)


def _verifying(doors: Doors) -> None:
    verify = under(
        doors, "audit", f"verify: {_VERIFY}", name="verify", line=_VERIFY, run=_audit_verify
    )
    on_data(verify)
    _kept(
        verify, "heads that were kept elsewhere (repeatable; default: the folders of inboxes.toml)"
    )
    verify.add_argument(
        "--head", action="append", default=[], metavar="TEXT", help="a head from paper (repeatable)"
    )
    verify.add_argument(
        "--postgres", default="", metavar="URL", help="the core's database, when it is no file"
    )
    verify.add_argument(
        "--key", default="", metavar="HEX", help="the keeper's signing key, as you noted it"
    )


def _scripting(doors: Doors) -> None:
    line = "say every way through a script with its words, or what is wrong in which line"
    check = under(doors, "script", f"check: {line}", name="check", line=line, run=_script_check)
    on_data(check)
    check.add_argument("file", type=Path, help="a script's TOML file")


def _publishing(doors: Doors) -> None:
    site = doors.add_parser("site", help="key, make, verify: the public site, signed")
    kinds = site.add_subparsers(dest="what", metavar="WHAT", required=True)
    key = door(kinds, "key", "make the key that signs the public site", _site)
    key.add_argument("--to", type=Path, required=True, metavar="FILE")
    make = door(kinds, "make", "write the signed public site into a new folder", _site)
    make.add_argument("words", type=Path, help="what it says: a TOML file, a table a language")
    make.add_argument("--key", type=Path, required=True, metavar="FILE")
    make.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    make.add_argument("--days", type=int, default=30, help="for how long a copy counts")
    verify = door(kinds, "verify", "say whether a copy of the site is genuine", _site)
    verify.add_argument("folder", type=Path)
    verify.add_argument("--key", required=True, help="the key, as it is printed on leaflets")


def _paper(doors: Doors) -> None:
    line = "write the page, and the file, by which a telephone trusts a console in the open"
    page = under(doors, "public", f"page: {line}", name="page", line=line, run=_public_page)
    on_data(page)
    page.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    line = "of the page (default: the console's first)"
    page.add_argument("--language", default="", metavar="CODE", help=line)


def _trying(doors: Doors) -> None:
    """Add what plays and measures."""
    demo = door(doors, "demo", "play the built-in story in an exercise folder", _demo)
    demo.set_defaults(file="story")
    _playing(demo, data="safeconduct-demo")
    exercise = doors.add_parser(
        "exercise", help="run: play an exercise; list: name the shipped ones"
    )
    kinds = exercise.add_subparsers(dest="what", metavar="WHAT", required=True)
    play = door(kinds, "run", "play an exercise: a shipped one by name, or your own file", _demo)
    play.add_argument("file", help="name or path of the exercise")
    _playing(play, data="safeconduct-exercise")
    door(kinds, "list", "list the shipped exercises", _exercise_list)
    bench = door(doors, "bench", "measure one figure beside its peer or physical limit", _bench)
    bench.add_argument("name", nargs="?", default="", help="which; without a name, list them")
    bench.add_argument("--quick", action="store_true", help="under a minute")
    bench.add_argument("--json", action="store_true", help="one object a line")
    bench.add_argument("--part", default="", metavar="NAME", help="of ways: this part alone")
    bench.add_argument("--extract", type=Path, metavar="FILE", help="of ways: the roads to measure")


def parser() -> argparse.ArgumentParser:
    """Return the whole command line; `--help` lists every command with one line."""
    top = argparse.ArgumentParser(
        prog="safeconduct",
        description="Brings a person who surrenders from the first text to a verified arrival.",
    )
    doors = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _trying(doors)
    _operating(doors)
    return top


def _run(args: argparse.Namespace) -> int:
    try:
        code: int = args.run(args)
    finally:
        if isinstance(data := getattr(args, "data", None), Path):
            users.mend(data)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a wrong setting or state ends with one sentence and exit code 2."""
    args = parser().parse_args(argv)
    try:
        return _run(args)
    except Trouble as trouble:
        print(f"safeconduct: {trouble}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
