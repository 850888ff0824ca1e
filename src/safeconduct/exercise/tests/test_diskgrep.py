"""The judge's search finds what lies readable, in any of its forms, and nothing else.

The forms are written here by other means than those that search for them.
"""

import base64
import gzip
import json
import os
import quopri
import struct
import zipfile
import zlib
from urllib.parse import quote

import gsm0338  # noqa: F401  registers the codec: another author's table
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.exercise import diskgrep, forms
from safeconduct.exercise.diskgrep import search
from safeconduct.geo import Point

SECRETS = {"number": "+380671234567", "text": "Еды нет третий день", "latin": "meet me at the mill"}
PLACE = Point(50.4501237, 30.5234891)
LETTERS = st.text(st.sampled_from("абвгдежзик abcdefg'\"ёїє"), min_size=8, max_size=40).filter(
    lambda text: len(text.strip()) >= 8
)
LATIN = st.text(st.sampled_from("abcdefghij @?$ABC019"), min_size=8, max_size=40)
NUMBERS = st.integers(10**10, 10**14).map(lambda n: f"+{n}")
PLACES = st.builds(Point, st.floats(-85, 85).filter(lambda v: abs(v) > 1), st.floats(1.5, 179))
NOISE = st.binary(max_size=40)


def packed(text: str, *, before: str = "") -> bytes:
    """Pack septets by writing out their bits, last first."""
    bits = "".join(f"{septet:07b}" for septet in reversed((before + text).encode("gsm03.38")))
    return int(bits, 2).to_bytes(-(-len(bits) // 8), "little")


def bcd(number: str, *, swapped: bool) -> bytes:
    digits = number.lstrip("+")
    digits += "f" * (len(digits) % 2)
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return bytes.fromhex("".join(pair[::-1] if swapped else pair for pair in pairs))


TEXTS = {
    "utf-8": lambda text: text.encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "hex of ucs-2": lambda text: text.encode("utf-16-be").hex().encode(),
    "HEX of utf-8": lambda text: text.encode().hex().upper().encode(),
    "base64 at 0": lambda text: base64.b64encode(text.encode() + b"end"),
    "base64 at 1": lambda text: base64.b64encode(b"x" + text.encode() + b"end"),
    "base64 at 2": lambda text: base64.b64encode(b"xy" + text.encode() + b"end"),
    "base64 of utf-16 at 1": lambda text: base64.b64encode(b"x" + text.encode("utf-16-le")),
    "base64url": lambda text: base64.urlsafe_b64encode(b"xyz" + text.encode() + b"end"),
    "percent": lambda text: quote(text, safe="").encode(),
    "json": lambda text: json.dumps({"said": text}).encode(),
    "json, not escaped": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].encode(),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "gzip": lambda text: gzip.compress(b"line " + text.encode()),
    "zlib": lambda text: zlib.compress(b"line " + text.encode() * 3, 9),
    "zlib of utf-16, cut": lambda text: zlib.compress(text.encode("utf-16-le") + os.urandom(99))[
        :-20
    ],
}


def found(tmp_path_factory, written: bytes, before: bytes, after: bytes, **what) -> list:
    folder = tmp_path_factory.mktemp("disk")
    (folder / "a.db-wal").write_bytes(before + written + after)
    return search(folder, what.get("secrets", {}), places=what.get("places"))


@pytest.mark.parametrize("how", TEXTS)
@settings(
    deadline=None,
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=LETTERS, before=NOISE, after=NOISE)
def test_a_text_is_found_in_every_encoding(tmp_path_factory, how, text, before, after):
    written = TEXTS[how](text)
    assert found(tmp_path_factory, written, before, after, secrets={"text": text})


@settings(deadline=None, max_examples=30)
@given(text=LATIN, shift=st.integers(0, 7), before=NOISE, after=NOISE)
def test_a_text_is_found_in_packed_septets_wherever_it_begins_in_an_octet(
    tmp_path_factory, text, shift, before, after
):
    written = packed(text + "bye", before="x" * shift)
    assert found(tmp_path_factory, written, before, after, secrets={"text": text})


@pytest.mark.parametrize("swapped", [False, True])
@settings(deadline=None, max_examples=30)
@given(number=NUMBERS, before=NOISE)
def test_a_number_is_found_as_packed_decimals_either_way(tmp_path_factory, swapped, number, before):
    written = bcd(number, swapped=swapped)
    assert found(tmp_path_factory, written, before, b"", secrets={"number": number})


@pytest.mark.parametrize(
    "write",
    [
        lambda p: struct.pack("<BIdd", 1, 1, p.lon_deg, p.lat_deg),
        lambda p: struct.pack(">BIdd", 0, 1, p.lon_deg, p.lat_deg),
        lambda p: struct.pack("<BIIdd", 1, 0x20000001, 4326, p.lon_deg, p.lat_deg),
        lambda p: struct.pack("<BIdd", 1, 1, p.lon_deg, p.lat_deg).hex().encode(),
        lambda p: struct.pack("<2i", round(p.lat_deg * 1e7), round(p.lon_deg * 1e7)),
        lambda p: struct.pack(">2i", round(p.lon_deg * 1e7), round(p.lat_deg * 1e7)),
        lambda p: struct.pack("<2q", int(p.lat_deg * 1e6), int(p.lon_deg * 1e6)),
        lambda p: struct.pack("<d", round(p.lat_deg * 1e7) / 1e7),
        lambda p: f'{{"lat": {p.lat_deg:.6f}, "lon": {p.lon_deg:.6f}}}'.encode(),
        lambda p: f"lat {round(p.lat_deg * 1e7)} lon {round(p.lon_deg * 1e7)}".encode(),
        lambda p: f"{p.lat_deg:.5f}".encode("utf-16-le"),
    ],
    ids=[
        "wkb",
        "wkb-be",
        "ewkb",
        "hex",
        "e7",
        "e7-be",
        "e6-cut",
        "double",
        "json",
        "e7-text",
        "16",
    ],
)
@settings(deadline=None, max_examples=15)
@given(place=PLACES, before=NOISE, after=NOISE)
def test_a_place_is_found_in_every_form(tmp_path_factory, write, place, before, after):
    assert found(tmp_path_factory, write(place), before, after, places={"meeting": place})


def test_a_place_is_no_find_on_the_map_and_a_text_is(tmp_path):
    raw = struct.pack("<2i", round(PLACE.lat_deg * 1e7), round(PLACE.lon_deg * 1e7))
    (tmp_path / "roads").mkdir()
    (tmp_path / "roads/nodes.bin").write_bytes(raw + SECRETS["text"].encode())
    hits = search(tmp_path, SECRETS, places={"meeting": PLACE})
    assert {hit.secret for hit in hits} == {"text"}
    (tmp_path / "core.db").write_bytes(raw)
    hits = search(tmp_path, {}, places={"meeting": PLACE})
    assert {hit.secret for hit in hits} == {"meeting"}


def test_what_lies_in_an_archive_or_deep_in_a_file_is_found(tmp_path):
    with zipfile.ZipFile(tmp_path / "backup.bin", "w", zipfile.ZIP_DEFLATED) as packed_file:
        packed_file.writestr("a/b.txt", "x" * 500 + SECRETS["text"])
    (tmp_path / "deep.db").write_bytes(os.urandom(3000) + gzip.compress(b"+380671234567" * 9))
    hits = search(tmp_path, SECRETS)
    assert {hit.secret for hit in hits} == {"text", "number"}


def test_sealed_looking_bytes_are_not_mistaken_for_a_secret(tmp_path):
    (tmp_path / "a.db").write_bytes(bytes(range(256)) * 400)
    (tmp_path / "b.db").write_bytes(os.urandom(2_000_000))
    assert search(tmp_path, SECRETS, places={"meeting": PLACE}) == []


def test_a_second_of_a_time_of_day_is_no_latitude_and_a_latitude_beside_it_is_found(tmp_path):
    clock = b"2026-03-04 09:53:50.450123"
    (tmp_path / "a.db").write_bytes(clock)
    assert search(tmp_path, {}, places={"meeting": PLACE}) == []
    for before in (b'{"lat":', b'"53:', b" ", clock + b"\0"):
        (tmp_path / "a.db").write_bytes(before + b"50.450123, 30.5")
        assert {hit.form for hit in search(tmp_path, {}, places={"meeting": PLACE})} == {"degrees"}


def test_a_search_that_is_blind_in_one_form_gives_no_verdict(tmp_path, monkeypatch):
    blind = diskgrep.Needle("text", "packed", b"twelve bytes")
    monkeypatch.setattr(diskgrep, "_hits", lambda _path, _needles: set())
    assert diskgrep._not_found_again([blind]) == [blind]
    with pytest.raises(RuntimeError, match="worthless"):
        search(tmp_path, SECRETS)


def test_what_is_too_short_to_tell_anything_is_not_looked_for():
    assert "utf-8" not in forms.of_text("да")
    assert "utf-8" in forms.of_text("ромашка")


def test_a_number_too_long_for_an_integer_is_searched_for_in_its_other_forms():
    longest = str(2**64 - 1)
    assert forms.of_text(longest)["as an integer"]
    too_long = forms.of_text(str(2**64))
    assert "as an integer" not in too_long
    assert too_long["digits"]
