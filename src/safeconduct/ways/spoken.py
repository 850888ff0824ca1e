"""A way said by voice: whole sentences from the steps of its texts, with what a text has no room for.

To each step come the road's name, how far it is, and the village near it, where the extract knows
them. Nothing is told that the texts do not tell; drafts (N): no native speaker has checked the words.
"""

import numpy as np

from safeconduct.ways.clearly import THEN, Landed, Told, distance_said, said_of, said_place
from safeconduct.ways.places import VILLAGES
from safeconduct.ways.roads import E7, Roads, metres
from safeconduct.ways.route import Way
from safeconduct.ways.stepwords import TABLES

NEAR_M, HALF_M = 1500.0, 25.0  # a village further off is no help; half of what is rounded to
_SAID = {
    "ru": ("«{road}»", "это около {d}", "рядом {village}"),
    "uk": ("«{road}»", "це близько {d}", "поруч {village}"),
    "en": ("“{road}”", "that is about {d}", "near {village}"),
    "fr": ("« {road} »", "c'est à environ {d}", "près de {village}"),
    "sw": ("«{road}»", "ni kama {d}", "karibu na {village}"),
}


def spoken(roads: Roads, way: Way, told: Told, *, language: str, place: str) -> list[str]:
    """Return for each text of a way what is read to him of it.

    Args:
        told: the texts, in `language`.
        place: what the meeting place is called.
    """
    said, last = [], ""
    for part in told.parts:
        sentences = []
        for each in part:
            village = _village(roads, way, each.at, language)
            near = village if village != last else ""
            last = village or last
            sentences.append(_sentence(roads, way, each, language=language, place=place, near=near))
        said.append(" ".join(sentences))
    return said


def _sentence(roads: Roads, way: Way, each: Landed, *, language: str, place: str, near: str) -> str:
    table, (onto, about, by) = TABLES[language], _SAID[language]
    step, there = each.step, each.at >= len(way.edges)
    text = said_place(step, table, place) if there else said_of(step, table)
    words = [
        ", ".join(
            line if n == 0 else line[:1].lower() + line[1:]
            for n, line in enumerate(text.split(THEN))
        )
    ]
    if step.kind == "start":  # a text has no room for the whole word, a voice has
        words[0] = words[0].replace(
            table[step.side], table.get(f"full {step.side}", table[step.side])
        )
    if not there and (road := _road(roads, way.edges[each.at], language)):
        words.append(onto.format(road=road))
    if step.length_m > HALF_M and not step.past:
        words.append(about.format(d=distance_said(step.length_m + HALF_M, table)))
    if near:
        words.append(by.format(village=near))
    text = ", ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def _road(roads: Roads, edge: int, language: str) -> str:
    return roads.name(int(roads.segment_name[roads.segment[edge]]), language)


def _village(roads: Roads, way: Way, at: int, language: str) -> str:
    """Return the name of the village nearest to a junction of the way, "" without one near."""
    kinds = [n for n, kind in enumerate(roads.mark_kinds) if kind in VILLAGES]
    found = np.flatnonzero(np.isin(roads.mark_kind, kinds))
    if not len(found):
        return ""
    junction = way.junctions[at]
    lat, lon = int(roads.junction_lat_e7[junction]), int(roads.junction_lon_e7[junction])
    middle = lat / E7
    flat = metres(roads.mark_lat_e7[found], roads.mark_lon_e7[found], at_lat_deg=middle)
    here = metres(np.array([lat]), np.array([lon]), at_lat_deg=middle)
    away = np.hypot(*(flat - here).T)
    nearest = int(away.argmin())
    return (
        roads.name(int(roads.mark_name[found[nearest]]), language)
        if away[nearest] <= NEAR_M
        else ""
    )
