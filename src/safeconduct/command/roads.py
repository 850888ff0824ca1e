"""`safeconduct roads import|info|route|places`: the map of a data folder, and nothing but the map.

No case, no table and no keeper is asked, and nothing is written but what `import` brings in and
`--page` is told to write. Reports of danger come from a file, for the programme's own leave by nothing.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct.command.doors import Doors, door, on_data
from safeconduct.command.trouble import Trouble

if TYPE_CHECKING:
    from safeconduct.command.asking import Map

VEHICLES = ("foot", "car", "lorry", "tracked")  # as ways.roads has them, which loads numpy
_IMPORT = "import an extract (.osm.pbf, .osm.gz) as this programme's road graph, or heights (.hgt)"
_INFO = "say what the map holds: version, bounds, kinds of road, names"
_ROUTE = "give the ways from one place to another: time, and danger by the reports of a file"
_PLACES = "give the places where two who start apart may meet, or with --search places by a name"


def declare(doors: Doors) -> None:
    """Add the commands of the map."""
    line = "import, info, route, places: the map of a programme, and no case"
    kinds = doors.add_parser("roads", help=line).add_subparsers(
        dest="what", metavar="WHAT", required=True
    )
    bring = door(kinds, "import", _IMPORT, _import)
    bring.add_argument("file", type=Path)
    bring.add_argument("--name", default="", help="name of the graph (default: the file's)")
    line = "leave out what can be told on it: each process then finds what it asks for"
    bring.add_argument("--no-words", action="store_true", help=line)
    line = "shapes of regions with their names, GeoJSON or TopoJSON, instead of an extract"
    bring.add_argument("--regions", action="store_true", help=line)
    line = "with --regions: whose they are (UA)"
    bring.add_argument("--country", default="UA", metavar="ISO", help=line)
    line = "with --regions: the official table of P-codes, CSV"
    bring.add_argument("--pcodes", type=Path, metavar="FILE", help=line)
    info, route = door(kinds, "info", _INFO, _info), door(kinds, "route", _ROUTE, _route)
    places = door(kinds, "places", _PLACES, _places)
    _ends(route, "from", "to")
    _ends(places, "his", "team", optional=True)
    add = places.add_argument
    add("--search", default="", metavar="NAME", help="find a place by its name, in any spelling")
    add("--limit", type=int, default=10, metavar="N", help="at most so many (10)")
    for parser in (bring, info, route, places):
        on_data(parser)
    for parser in (info, route, places):
        parser.add_argument("--json", action="store_true", help="as docs/operate.md, Roads, says")


def _ends(parser: argparse.ArgumentParser, *names: str, optional: bool = False) -> None:
    line = "degrees, MGRS, a plus code, or a name that the map has once"
    for name in names:
        parser.add_argument(name, nargs="?" if optional else None, metavar=name.upper(), help=line)
    add = parser.add_argument
    add("--vehicle", choices=VEHICLES, default="car", help="who drives, or walks (car)")
    add("--dangers", type=Path, metavar="FILE", help="reports, as docs/operate.md, Roads, says")
    add("--at", default="", metavar="TIME", help="price them at 2026-11-30T02:50Z (default: now)")
    line = "write a page with a map to print; it asks nobody for anything"
    add("--page", type=Path, metavar="FILE.html", help=line)


def _import(args: argparse.Namespace) -> int:
    if not args.file.exists():
        raise Trouble(f"There is no file {args.file}. Give an .osm.pbf or .osm.gz extract.")
    if not (args.data / "stamp").exists():
        raise Trouble(f"{args.data} is no data folder yet. Run: safeconduct up --data {args.data}")
    if args.regions:
        return _bring_regions(args)
    if args.file.name.lower().endswith((".hgt", ".hgt.zip")):
        return _bring_tile(args)
    return bring_in(args.file, data=args.data, name=args.name, told=not args.no_words)


def _bring_regions(args: argparse.Namespace) -> int:
    from safeconduct.passage import roads

    told = {"country": args.country, "pcodes": args.pcodes}
    try:
        print(roads.import_regions(args.file, folder=args.data / "roads", **told))
    except (ValueError, OSError) as wrong:
        raise Trouble(f"{args.file.name} cannot be imported: {wrong}") from None
    return 0


def _bring_tile(args: argparse.Namespace) -> int:
    from safeconduct.passage import roads

    try:
        print(roads.import_tile(args.file, folder=args.data / "roads"))
    except (ValueError, OSError) as wrong:
        raise Trouble(f"{args.file.name} cannot be imported: {wrong}") from None
    return 0


def bring_in(file: Path, *, data: Path, name: str, told: bool = True) -> int:
    """Import with progress on the terminal; print the graph's version.

    Args:
        told: also what can be told on it, once for all processes.
    """
    from safeconduct.command import folder
    from safeconduct.passage import roads

    folder.set_environment(data)

    def progress(words: str) -> None:
        sys.stderr.write(f"\r{words:<60}")
        sys.stderr.flush()

    try:
        imported = roads.import_roads(file, folder=data / "roads", name=name, progress=progress)
        tiles = roads.import_tiles(file, folder=data / "roads", name=name, progress=progress)
        words = "Each process finds for itself what can be told."
        if told:
            words = roads.learn_words(file, folder=data / "roads", name=name, progress=progress)
        progress("compiling the searches")
        searches = roads.compile_searches(file, folder=data / "roads", name=name)
    except (RuntimeError, ValueError, OSError) as wrong:
        raise Trouble(f"{file.name} cannot be imported: {wrong}") from None
    sys.stderr.write("\n")
    print(f"{imported}\n{tiles}\n{words}\n{searches}")
    return 0


def _map(args: argparse.Namespace) -> "Map":
    from safeconduct.command import asking

    return asking.map_of(args.data)


def _say(told: dict[str, Any], lines: list[str], *, as_json: bool) -> int:
    print(json.dumps(told, ensure_ascii=False) if as_json else "\n".join(lines))
    return 0


def _info(args: argparse.Namespace) -> int:
    from safeconduct.command import answers

    return _say(*answers.info(_map(args)), as_json=args.json)


def _route(args: argparse.Namespace) -> int:
    from safeconduct.command import answers, asking

    held = asking.for_vehicle(_map(args), args.vehicle)
    asked = asking.asked(held, getattr(args, "from"), args.to, dangers=args.dangers, at=args.at)
    answer = answers.route(held, asked)
    _write(args.page, answer)
    return _say(answer.told, answer.lines, as_json=args.json)


def _places(args: argparse.Namespace) -> int:
    from safeconduct.command import answers, asking

    held = _map(args)
    if args.search:
        return _say(*answers.found(held, args.search, limit=args.limit), as_json=args.json)
    if not (args.his and args.team):
        raise Trouble(
            "Give two places, where he starts and where the unit starts; or --search NAME."
        )
    held = asking.for_vehicle(held, args.vehicle)
    asked = asking.asked(held, args.his, args.team, dangers=args.dangers, at=args.at)
    answer = answers.places(held, asked, limit=args.limit)
    _write(args.page, answer)
    return _say(answer.told, answer.lines, as_json=args.json)


def _write(to: Path | None, answer: Any) -> None:
    if to is None:
        return
    try:
        to.write_text(answer.page(), encoding="utf-8")
    except OSError as failed:
        raise Trouble(f"{to} cannot be written: {failed.strerror}. Name another file.") from None
