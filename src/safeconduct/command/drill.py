"""`safeconduct drill`: the newest copy is restored into a place of its own, tried, and thrown away.

What is restored is the real copy, with the real keys and the real root; the programme goes on and is not
touched. One person's compartment is told to have been erased after the copy was made: whatever would
bring him back is found here, and not on the day the copy is needed.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from safeconduct import clock
from safeconduct.access.closing import VOICE
from safeconduct.audit import register
from safeconduct.audit.rules import micros
from safeconduct.command import beside, postgres, restoring
from safeconduct.command.restoring import Done, Laid, Wish
from safeconduct.command.supervise import in_order
from safeconduct.command.trouble import Trouble
from safeconduct.envelope import canonical

PROVED, FAILED, UNPROVED = 0, 1, 3  # as `audit verify` has them; 2 is a Trouble
FOLDER = "safeconduct-drill"
_MEMORY = Path("/dev/shm")  # noqa: S108  what is made in it has a folder of its own, 0700


def run(wish: Wish) -> int:
    """Try a copy; say what stands and what does not.

    Args:
        wish: as for a restore; `to` is the folder in which the drill makes its own.

    Returns:
        0: all of it stands. 1: something does not. 3: there is nobody in the copy to erase.
    """
    begun = time.monotonic()
    wish = replace(wish, to=wish.to / FOLDER)
    with in_order(), _own_database(), _own_folder(wish) as (place, mark):
        laid = restoring.lay_out(wish, place, mark)
        _say_age(laid.at, wall=clock.wall())
        found = _tried(laid, wish)
    for sentence in found.wrong:
        print(f"NOT SO: {sentence}.")
    if found.wrong:
        print("The drill failed. Mend it now: this copy would not bring the programme back whole.")
        return FAILED
    print(f"The copy was restored and tried in {time.monotonic() - begun:.0f} s; all is removed.")
    if not found.erased:
        print("Nobody is in this copy, so nothing is proved of erasing.")
        return UNPROVED
    print("The drill is passed.")
    return PROVED


@contextmanager
def _own_folder(wish: Wish) -> Iterator[tuple[Path, str]]:
    with beside.on_disk(wish.to):
        place, mark = restoring.begin(wish)
        try:
            yield place, mark
        finally:
            beside.remove(place)


def own_place() -> Path:
    """Return where the root and the keys lie in memory alone. Raises: Trouble: nowhere here."""
    if not (_MEMORY.is_mount() and os.access(_MEMORY, os.W_OK)):
        raise Trouble(
            "This machine has no memory disk for the root and the keys. Name a folder with --at, "
            "on a disk that is encrypted."
        )
    return _MEMORY


def _own_database() -> AbstractContextManager[None]:
    return postgres.lent() if postgres.here() else nullcontext()


def _say_age(at: str, *, wall: datetime) -> None:
    age = wall - datetime.fromisoformat(at)
    print(f"It is {age // timedelta(hours=1)} h {age // timedelta(minutes=1) % 60} min old.")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was tried: whom the drill erased, and what does not stand."""

    erased: str
    wrong: list[str]


def _tried(laid: Laid, wish: Wish) -> _Found:
    from safeconduct.command import lasting

    chosen = lasting.somebody(lasting.erased(laid.lines))
    lines = [*laid.lines, *_erasing(chosen, seq=len(laid.lines))]
    done = restoring.do_again(laid, wish.root, lines)
    restoring.say_done(done)
    wrong = _wrong(done, lines, chosen)
    try:
        print(*restoring.prove(laid, wish.heads), sep="\n")
    except Trouble as altered:
        wrong.append(str(altered).removesuffix("."))
    lasting.close()
    return _Found(chosen, wrong)


def _erasing(compartment: str, *, seq: int) -> list[register.Line]:
    if not compartment:
        return []
    value = canonical({"compartment": compartment}).decode()
    return [register.Line(seq, micros(clock.now()), "erased", value)]


def _wrong(done: Done, lines: Sequence[register.Line], chosen: str) -> list[str]:
    from safeconduct.command import lasting

    erased = lasting.erased(lines)
    closed = done.tried - done.opened - done.gone
    revived, again = erased & done.opened, lasting.traces(erased)
    unproved = {chosen} - {""} - done.before
    told = {
        "whom the drill erased had no number that opened before, so these keys may be another "
        "programme's, or no register tells of his end": unproved,
        f"{len(closed)} numbers in the copy do not open with these keys": closed,
        f"{len(revived)} erased compartments open": revived,
        f"{len(again)} erased people have rows": again,
        "a number that said stop may be written to": lasting.stops_missing(lines),
        "a place or sign that burned may be used": lasting.burned_missing(lines),
    }
    if chosen:
        others = sum(not each.startswith(f"{VOICE}:") for each in erased) - 1  # one man, two keys
        print(f"One person was erased for the drill, and {others} were before: looked for them.")
    return [sentence for sentence, found in told.items() if found]
