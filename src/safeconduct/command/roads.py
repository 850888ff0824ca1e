"""`safeconduct roads import FILE`: bring an extract in as this programme's road graph."""

import sys
from pathlib import Path

from safeconduct.command import folder
from safeconduct.command.trouble import Trouble


def bring_in(file: Path, *, data: Path, name: str) -> int:
    """Import with progress on the terminal; print the graph's version."""
    if not file.exists():
        raise Trouble(f"There is no file {file}. Give an .osm.pbf or .osm.gz extract.")
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder yet. Run: safeconduct up --data {data}")
    folder.set_environment(data)
    from safeconduct.passage import roads

    def progress(words: str) -> None:
        sys.stderr.write(f"\r{words:<60}")
        sys.stderr.flush()

    try:
        imported = roads.import_roads(file, folder=data / "roads", name=name, progress=progress)
        tiles = roads.import_tiles(file, folder=data / "roads", name=name, progress=progress)
    except (RuntimeError, ValueError, OSError) as wrong:
        raise Trouble(f"{file.name} cannot be imported: {wrong}") from None
    sys.stderr.write("\n")
    print(f"{imported}\n{tiles}")
    return 0
