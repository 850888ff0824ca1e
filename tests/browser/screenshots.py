"""`just screenshots`: the pages of the built-in story, with what is on them, into screenshots/.

Light and dark, on a wide screen; some in the hand, some on paper. Each is held against axe, small
text, what is cut off and whom it asks; `moments.py` says which pages, when and by whom.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from safeconduct.command import demo
from safeconduct.documents import briefing
from safeconduct.documents.card import card_pdf, receipt_pdf, three
from safeconduct.documents.sheets import printed
from safeconduct.documents.tests.test_briefing import TOLD
from safeconduct.documents.tests.test_sheets import DAY, HIM, THREE, made
from safeconduct.documents.unit_words import SPEAKS
from tests.browser import house

PICTURES = house.ROOT / "screenshots"


def tour(
    data: Path, *, pictures: Path | None, speed: float, story: str = "story", brief: str = ""
) -> dict[str, Any]:
    """Play the story with eyes open; return what was seen.

    Args:
        story: a shipped story's name, or a file.
        brief: "yes" for the main pages and axe alone.
    """
    os.environ["TOUR_PICTURES"] = str(pictures or "")
    os.environ["TOUR_BRIEF"] = brief
    os.environ["PYTHONPATH"] = os.pathsep.join([str(house.ROOT / "src"), str(house.ROOT)])
    wish = demo.Wish(
        story=story,
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
    written = Path(f"{data}-world") / "looked.json"
    if not written.exists():
        raise SystemExit("The player broke before the story ended; what it said last stands above.")
    looked: dict[str, Any] = json.loads(written.read_text())
    return looked


def sheets_of_paper(pictures: Path) -> None:
    """Picture each sheet that is printed for him, with an invented man on it."""
    for name, sheet in made().items():
        picture = printed(sheet, case="CASE-1", languages=THREE, on=DAY, form="png")
        (pictures / f"sheet-{name}.png").write_bytes(picture)
    taken = [("a phone, its glass broken", ""), ("", "3500 RUB")]
    for his in ("ru", "sw"):
        said = {"languages": three(["fr", "en"], his=his), "on": DAY, "form": "png"}
        told = {**HIM, "name": "Иванов", "health": "sick", "father": "unknown"}
        (pictures / f"sheet-card-{his}.png").write_bytes(card_pdf(told, **said))
        receipt = receipt_pdf(taken, case="CASE-1", taker="Reception 3", **said)
        (pictures / f"sheet-receipt-{his}.png").write_bytes(receipt)
    for language in SPEAKS:
        picture = briefing.briefing(TOLD, language=language, on=DAY, form="png")
        (pictures / f"sheet-briefing-{language}.png").write_bytes(picture)
    for page in (0, 1):
        picture = briefing.cards(language="uk", on=DAY, form="png", page=page)
        (pictures / f"sheet-pictograms-{page + 1}.png").write_bytes(picture)


def main() -> int:
    """Take the pictures; say by name what was wrong, or not seen, on the way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brief", metavar="STORY", help="the main pages and axe, no pictures")
    story: str | None = parser.parse_args().brief
    house.chromium()
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "tour"
        if story:
            looked = tour(data, pictures=None, speed=60.0, story=story, brief="yes")
        else:
            shutil.rmtree(PICTURES, ignore_errors=True)
            PICTURES.mkdir()
            looked = tour(data, pictures=PICTURES, speed=20.0)
            sheets_of_paper(PICTURES)
            taken = len(list(PICTURES.glob("*.png")))
            sys.stdout.write(f"{taken} pictures in screenshots/\n")
    return told(looked)


def told(looked: dict[str, Any]) -> int:
    """Say what was found; return 0 when there was nothing to find and everything was seen."""
    for page, faults in looked["faults"].items():
        for fault in faults:
            sys.stdout.write(f"{page}: {fault}\n")
    if looked["unseen"]:
        sys.stdout.write(f"never came to be seen: {', '.join(looked['unseen'])}\n")
    if not looked["held"]:
        sys.stdout.write(f"the story did not hold: {looked['trouble'] or 'see above'}\n")
    return 0 if looked["held"] and not looked["faults"] and not looked["unseen"] else 1


if __name__ == "__main__":
    sys.exit(main())
