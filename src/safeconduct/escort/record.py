"""What leaves the house of an escort that is over: his and the aircraft's track, the flight logs, what was said when.

KML and GeoJSON for any map, `.tlog` as the autopilot's own programmes read it. No name, number, case or plan, no
contact, no area, no film. Pure: values in, bytes out.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime

from safeconduct.canonical import canonical
from safeconduct.envelope import Position
from safeconduct.escort.sealed import E7

TRACKS = ("vehicle", "aircraft")  # subjects, or how they begin: nobody else's place leaves
KML, GEOJSON, SAID = "track.kml", "track.geojson", "said.json"
BOUND = "safeconduct.escort.record|v1|"  # before the export's name, in what a box is sealed under
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a zip: the files' own time says nothing
_DIGITS = 7


def of_him_and_aircraft(track: Sequence[Position]) -> dict[str, list[Position]]:
    """Return the fixes of each machine, oldest first; others' are left out."""
    found: dict[str, list[Position]] = {}
    for fix in sorted(track, key=lambda each: each.fixed_at):
        if fix.subject.partition(":")[0] in TRACKS:
            found.setdefault(fix.subject, []).append(fix)
    return found


def kml(tracks: Mapping[str, Sequence[Position]]) -> bytes:
    """Return tracks as KML 2.2 with Google's gx:Track: a time and a place for each fix."""
    marks = "".join(_placemark(name, fixes) for name, fixes in sorted(tracks.items()))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2">'
        f"<Document>{marks}</Document></kml>\n"
    ).encode()


def _placemark(name: str, fixes: Sequence[Position]) -> str:
    whens = "".join(f"<when>{_iso(fix.fixed_at)}</when>" for fix in fixes)
    places = "".join(
        f"<gx:coord>{fix.lon_e7 / E7:.7f} {fix.lat_e7 / E7:.7f} {fix.alt_mm / 1000:.1f}</gx:coord>"
        for fix in fixes
    )
    return f"<Placemark><name>{name}</name><gx:Track>{whens}{places}</gx:Track></Placemark>"


def geojson(tracks: Mapping[str, Sequence[Position]]) -> bytes:
    """Return tracks as GeoJSON (RFC 7946): a line for each machine, its times beside its corners."""
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "LineString",
                "coordinates": [
                    [round(fix.lon_e7 / E7, _DIGITS), round(fix.lat_e7 / E7, _DIGITS)]
                    for fix in fixes
                ],
            },
            "properties": {
                "subject": name,
                "times": [_iso(fix.fixed_at) for fix in fixes],
                "sources": sorted({fix.source for fix in fixes}),
            },
        }
        for name, fixes in sorted(tracks.items())
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def said(began: datetime, told: Sequence[tuple[str, datetime, datetime | None]]) -> bytes:
    """Return what was said when: each alert's cause and each order, in seconds since GO; no word of anybody's.

    Args:
        began: GO.
        told: cause or order, since when, and until when; None where it stood to the end.
    """
    rows = [[what, _s(at, began), None if until is None else _s(until, began)]
            for what, at, until in sorted(told, key=lambda each: (each[1], each[0]))]  # fmt: skip
    return canonical({"said": rows})


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in sorted(files.items()):
            whole.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _s(at: datetime, began: datetime) -> int:
    return round((at - began).total_seconds())
