"""`just screenshots`: every page that the built-in story visits, light and dark, into screenshots/."""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from safeconduct.command import demo
from tests.browser import house

PICTURES = house.ROOT / "screenshots"


def tour(data: Path, *, pictures: Path | None, speed: float) -> dict[str, object]:
    """Play the story with eyes open; return what was seen."""
    os.environ["TOUR_PICTURES"] = str(pictures or "")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(house.ROOT / "src"), str(house.ROOT)])
    wish = demo.Wish(
        story="story",
        data=data,
        port=0,
        speed=speed,
        report=None,
        roads=None,
        headless=True,
        kills=0,
        seed=1,
        stay=False,
        player="tests.browser.player",
    )
    demo.run(wish)
    looked: dict[str, object] = json.loads((Path(f"{data}-world") / "looked.json").read_text())
    return looked


def main() -> int:
    """Take the pictures; say what was found wrong on the way."""
    house.chromium()
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    with tempfile.TemporaryDirectory() as place:
        looked = tour(Path(place) / "tour", pictures=PICTURES, speed=20.0)
    taken = len(list(PICTURES.glob("*.png")))
    sys.stdout.write(f"{taken} pictures in screenshots/\n")
    for page, faults in dict(looked["faults"]).items():  # type: ignore[call-overload]
        sys.stdout.write(f"{page}: {faults}\n")
    if not looked["held"]:
        sys.stdout.write(f"the story did not hold: {looked['trouble']}\n")
    return 0 if looked["held"] and not looked["faults"] else 1


if __name__ == "__main__":
    sys.exit(main())
