"""A way told in three texts that every driver takes alike: decisions only, the place last.

Parts come out of order or not at all, so each has its number, at most `UNITS` UTF-16 units (one
joined UCS-2 part) and whole instructions. A way that does not fit, or that a driver could take
otherwise, is refused, never cut and never guessed: the next one on the front is told instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from safeconduct.ways.outset import begun
from safeconduct.ways.passed import COUNT_M, said_m
from safeconduct.ways.places import Landmark
from safeconduct.ways.roads import Roads
from safeconduct.ways.route import Way
from safeconduct.ways.step import Step
from safeconduct.ways.steps import runs
from safeconduct.ways.stepwords import TABLES, UNITS, Table, units
from safeconduct.ways.waiting import waiting

MOST = 3  # texts for one way, the last of them with the place
ROOM = UNITS - len("1) ")  # what a text has beside its number
BETWEEN = "\n"  # each step has a line of its own: one letter, and nobody overlooks where it begins
THEN = "\n"  # within a step: what he drives until then, and what he does there, each in a line
LINE = ROOM + len(BETWEEN)  # so much of a text is there for steps, each with its line end
KM, HALF_M = 1000, 25.0  # a kilometre; half of what short distances are rounded to


class Untellable(ValueError):
    """This way cannot be told; offer the next one. The message says why."""


class TooLong(Untellable):
    """It does not fit into its texts."""


class Unclear(Untellable):
    """A driver could take it two ways."""


class Landed(NamedTuple):
    """A step, and which edge of the way he is on once he has done it; their number at the place."""

    at: int
    step: Step


_Way = tuple[int, tuple[Landed, ...]]  # how far it fills the texts, its steps


@dataclass(frozen=True, slots=True)
class Told:
    """A way in its texts, and per text what it tells; the place is the last thing of the last."""

    texts: tuple[str, ...]
    parts: tuple[tuple[Landed, ...], ...]


def told_clearly(
    roads: Roads,
    way: Way,
    *,
    language: str,
    place: str,
    most: int = MOST,
) -> list[str]:
    """Return the texts of a way: see `told_by_legs`."""
    return list(told_by_legs(roads, way, language=language, place=place, most=most).texts)


def told_by_legs(
    roads: Roads,
    way: Way,
    *,
    language: str,
    place: str,
    most: int = MOST,
    coming: int | None = None,
) -> Told:
    """Return a way in texts, numbered "1)" …, the place at the end of the last one.

    Args:
        language: one of `stepwords.TABLES`.
        place: what the meeting place is called, in that language (`place_in_words`).
        most: texts for the way.
        coming: see `steps_along`.

    Raises:
        TooLong: it does not fit, or there is no table for the language.
        Unclear: somewhere on it nothing can be said that has one meaning only.
    """
    table = words_in(language)
    *steps, last = steps_along(roads, way, language=language, coming=coming)
    said = [said_of(each.step, table) for each in steps]
    packed = _packed(said, said_place(last.step, table, place), most=most)
    texts = [f"{n}) {BETWEEN.join(text)}" for n, text in enumerate(packed, start=1)]
    left = iter((*steps, last))
    return Told(tuple(texts), tuple(tuple(next(left) for _ in text) for text in packed))


def place_in_words(language: str, landmark: Landmark, name: Callable[[int, str], str]) -> str:
    """Return what a place is called: the landmark's own name or kind, and its village.

    Args:
        name: `Roads.name`.

    Raises:
        TooLong: there is no table for the language.
    """
    table = words_in(language)
    own = name(landmark.name, language)
    village = name(landmark.village, language)
    said = f"{table[landmark.kind]} «{own}»" if own and own != village else table[landmark.kind]
    return f"{said}, {village}" if village else said


def words_in(language: str) -> Table:
    """Return what is said how in a language.

    Raises:
        TooLong: there is no table for it.
    """
    if language not in TABLES:
        raise TooLong(
            f"there are no words for a way in {language!r}; known are {', '.join(TABLES)}"
        )
    return TABLES[language]


# ---- what is said ----


def steps_of(roads: Roads, way: Way, *, language: str) -> list[Step]:
    """Return what he is told along `way`: see `steps_along`."""
    return [each.step for each in steps_along(roads, way, language=language)]


def steps_along(
    roads: Roads, way: Way, *, language: str, coming: int | None = None
) -> list[Landed]:
    """Return what he is told along `way`, in the fewest letters: the start first, the place last.

    Args:
        coming: the edge by which he came to the start of the way, where he waits now: then no
            compass word is said, and all is told from there on. None where he sets out.

    Raises:
        Unclear: somewhere nothing can be said that has one meaning only.
    """
    if not way.edges:
        return [Landed(0, Step("here"))]
    letters, end = letters_in(language), len(way.edges)
    told = _begun(roads, way, language=language, coming=coming)
    whole: _Way | None = None
    furthest = 0
    for at in range(-1, end):
        if at not in told:
            continue
        furthest = at
        cost, steps = told[at]
        for each in _along(roads, way.edges, at, coming):
            one = (filled(cost, letters(each.step)), (*steps, each))
            if each.at == end:
                whole = min(whole or one, one, key=_plainer)
            else:
                told[each.at] = min(told.get(each.at, one), one, key=_plainer)
    if whole is None:
        raise Unclear(f"after {len(told[furthest][1])} steps a driver could take this way two ways")
    return list(whole[1])


def _plainer(way: _Way) -> tuple[int, int]:
    """Return what is less for the plainer of two ways to say it: the letters, then the steps."""
    used, steps = way
    return used, len(steps)


def _begun(roads: Roads, way: Way, *, language: str, coming: int | None) -> dict[int, _Way]:
    """Return what is told before he drives: a compass word, or nothing where he waits."""
    if coming is not None:
        return {-1: (0, ())}
    first = begun(roads, way.edges[0])
    if first is None:
        raise Unclear("where this way sets out, no compass word tells its road from the next")
    letters = letters_in(language)
    return {0: (sum(map(letters, first)), tuple(Landed(0, step) for step in first))}


def _along(roads: Roads, way: Sequence[int], at: int, coming: int | None) -> list[Landed]:
    """Return each place on the way to which one step leads from `at`; its length is the end.

    Args:
        at: which edge he is on; -1 where he waits, having come by `coming`.
    """
    landed_at, edges, before = [], way, 0
    if at < 0 and coming is not None:
        at, edges, before = 0, (coming, *way), 1
    found = waiting(roads, edges[0]) if before else runs(roads).of(edges[at])
    for run in found:
        kept = 0
        while (
            kept < len(run.edges) and edges[at + kept : at + kept + 1] == run.edges[kept : kept + 1]
        ):
            kept += 1
        for turn in run.turns:
            landed = at + turn.run + 1 + len(turn.via)
            driven = (*turn.via, turn.edge)
            if turn.run < kept and edges[at + turn.run + 1 : landed + 1] == driven:
                landed_at.append(Landed(landed - before, turn.step))
        ends = len(edges) - 1 - at
        landed_at += [Landed(len(way), s.step) for s in run.stops if s.run == ends < kept]
    return landed_at


@cache
def letters_in(language: str) -> Callable[[Step], int]:
    """Return what counts the letters a step takes in a language, its line end included."""
    counted = letters_alike(language)
    return lambda step: counted(alike(step))


@cache
def letters_alike(language: str) -> Callable[[Step], int]:
    """Return what counts the letters of a step that is `alike`, its line end included."""
    table = words_in(language)

    @lru_cache(maxsize=1 << 15)
    def counted(step: Step) -> int:
        if step.kind.startswith("place"):
            return units(said_place(step, table, "")) + len(BETWEEN)
        return units(said_of(step, table)) + len(BETWEEN)

    return counted


def alike(step: Step) -> Step:
    """Return one step for all that are said alike: of most no distance is told, of none to the metre."""
    kind, side, number, length_m, mark, mode, past, beyond, after_m = step
    if kind.startswith("place"):
        nearest = 0.0 if side else HALF_M
        told = said_m(length_m + nearest) - nearest
    else:
        told = said_m(length_m) if kind in {"count", "distance"} else 0
    return Step(kind, side, number, told, mark, mode, past, beyond, after_m)


def said_of(step: Step, table: Table) -> str:
    """Return one step in words."""
    if step.kind == "start":
        return table[step.side] + (f", {table[f'fork {step.mark}']}" if step.mark else "")
    return _before(step, table) + _SAID[step.kind](step, table)


def _before(step: Step, table: Table) -> str:
    """Return what comes before a step: what he keeps to, the circles, from where on he looks.

    What he keeps to, or a distance, has a line of its own; what he does after it is the next.
    """
    away_m = step.length_m if step.kind == "distance" else step.after_m
    said = [table[step.mode]] if step.mode else []
    if step.mode and ((step.past and step.kind != "circle") or step.beyond or not away_m):
        said[0] += THEN
    if step.past and step.kind != "circle":
        key = "past circle" if step.past == 1 else "past circles"
        said.append(table[key].format(n=step.past))
    if step.beyond:
        said.append(table[f"past {step.beyond}"])
    if away_m:
        said.append(distance_said(away_m, table) + THEN)
    return "".join(each if each.endswith(THEN) else f"{each} " for each in said)


def _count(step: Step, table: Table) -> str:
    if step.number == 1:
        return table[step.side]
    return table[f"nth {step.side}"].format(n=step.number)


def _count_far(step: Step, table: Table) -> str:
    check = table["check"].format(d=distance_said(step.length_m, table))
    far = step.length_m >= COUNT_M and not step.after_m
    return _count(step, table) + (check if far else "")


def _numbered(step: Step, table: Table) -> str:
    first = "first " if step.number == 1 else ""
    return table[f"{first}{step.kind} {step.side}"].format(n=step.number)


_SAID: dict[str, Callable[[Step, Table], str]] = {
    "count": _count_far,
    "road": _numbered,
    "access": _numbered,
    "track": _numbered,
    "distance": lambda step, table: table[step.side],  # the distance stands before it
    "mark": lambda step, table: f"{table[f'at {step.mark}']} {table[step.side]}",
    "end": lambda step, table: f"{table['at end']} {table[step.side]}",
    "sharp": lambda step, table: table[f"sharp {step.side}"],
    "fork": lambda step, table: table[f"fork {step.side}"],
    "next": _numbered,
    "next turn": _numbered,
    "onto": lambda step, table: table[f"onto {step.mark}"],
    "circle": lambda step, table: table["nth circle" if step.past else "circle"].format(
        n=step.number, at=step.past + 1
    ),
}


def said_place(step: Step, table: Table, place: str) -> str:
    """Return in words where he stops; a place without a name is called by what is there."""
    if step.kind == "here":
        return table["place"].format(place=place)
    kind = step.kind.removeprefix("place ")
    name = place or (table[step.mark] if step.mark else "")
    first = "first " if step.number == 1 else ""
    key = {
        "mark": "place",
        "next": f"place {first}next",
        "end": "place end",
        "count": f"place {first}{step.side}",
        **{road: f"place {first}{road} {step.side}" for road in ("road", "access", "track")},
    }.get(kind, f"place after {step.side}" if step.side else "place distance")
    main = _before(step, table)
    nearest = 0.0 if step.side else HALF_M  # no turning tells him the place: the nearest figure
    away = distance_said(step.length_m + nearest, table)
    said = table[key].format(place=name, n=step.number, d=away)
    said = said.removesuffix(": ")
    return _capital(main) + (
        said if main.endswith(THEN) or not main else said[:1].lower() + said[1:]
    )


def distance_said(length_m: float, table: Table) -> str:
    """Return a distance as it is said (`said_m`): in metres, then tenths, then whole kilometres."""
    metres = said_m(length_m)
    if metres < KM:
        return table["m"].format(d=metres)
    whole, tenths = divmod(metres // 100, 10)
    return table["km"].format(d=f"{whole},{tenths}" if tenths else whole)


# ---- into texts ----


def filled(used: int, letters: int) -> int:
    """Return how far the texts are filled with one step more: `LINE` for each that is full.

    Args:
        used: how far they are filled before it.
        letters: of the step, its line end included.
    """
    left = -used % LINE
    return used + letters + (left if letters > left else 0)


def _packed(said: Sequence[str], end: str, *, most: int) -> list[list[str]]:
    """Return whole steps packed into as few texts as they need, "1) " left free before each.

    The place has a text of its own where there is room for one: then it is told last of all.

    Raises:
        TooLong: more than `most` texts, or one step alone is longer than a text.
    """
    if units(end) > ROOM:
        raise TooLong(f"the name of the place is too long for one text of {UNITS}")
    alone = [*_joined(said), [end]]
    if len(alone) <= most:
        return alone
    together = _joined([*said, end])
    if len(together) > most:
        raise TooLong(f"this way takes {len(together)} texts, {most} are allowed")
    return together


def _joined(said: Sequence[str]) -> list[list[str]]:
    packed: list[list[str]] = []
    for step in map(_capital, said):
        if units(step) > ROOM:
            raise TooLong("one step of this way is longer than a text")
        if packed and units(BETWEEN.join((*packed[-1], step))) <= ROOM:
            packed[-1].append(step)
        else:
            packed.append([step])
    return packed


def _capital(text: str) -> str:
    return THEN.join(line[:1].upper() + line[1:] for line in text.split(THEN))
