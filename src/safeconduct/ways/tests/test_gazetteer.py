"""Names of a map: read from an extract, found however they are spelled, chosen by a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.exercise import district
from safeconduct.geo import Point
from safeconduct.ways.gazetteer import SETTLEMENTS, STREET, Thing, gathered, load, save
from safeconduct.ways.naming import KINDS, read_names
from safeconduct.ways.roads import WrongMap
from safeconduct.ways.spelling import words_of

TOWNS = [
    ("city", {"": "Херсон", "uk": "Херсон", "ru": "Херсон", "en": "Kherson"}),
    ("city", {"": "Харків", "uk": "Харків", "ru": "Харьков", "en": "Kharkiv"}),
    ("village", {"": "Нова Каховка", "ru": "Новая Каховка", "en": "Nova Kakhovka"}),
    ("village", {"": "Каховка", "en": "Kakhovka"}),
    ("village", {"": "Щербаківка", "ru": "Щербаковка"}),
    ("village", {"": "Запоріжжя", "ru": "Запорожье", "alt": "Січ;Sich"}),
    ("street", {"": "вулиця Соборна", "ru": "Соборная улица", "old": "вулиця Леніна"}),
]
PLACES = [
    Thing(kind, names, 10_000_000 * (46 + n), 330_000_000) for n, (kind, names) in enumerate(TOWNS)
]
NAMES = gathered(PLACES, [-1] * 6 + [0], kinds=KINDS)
ALIKE = {
    "Херсон": ("Херсон", "Kherson", "Херсонъ", "херсон", "KHERSON", "м. Херсон", "город Херсон"),
    "Харків": ("Харків", "Харьков", "Kharkiv", "Kharkov", "Charkiw", "Harkiv", "Харкив"),
    "Щербаківка": ("Щербаковка", "Shcherbakivka", "Ščerbakivka", "щербакивка", "Sherbakivka"),
    "Запоріжжя": ("Запорожье", "Zaporizhzhia", "Zaporizhia", "Запоріжя", "Sich"),
    "вулиця Соборна": ("ул. Соборная", "Soborna street", "вул Соборна", "Леніна", "vulytsia Soborna"),
}  # fmt: skip
SLIPS = ("Херсн", "Херрсон", "Хесрон", "Керсон", "Хурсон", "Khersin", "Hkerson")


@pytest.mark.parametrize(("meant", "text"), [(n, t) for n, texts in ALIKE.items() for t in texts])
def test_a_name_is_found_in_any_of_its_languages_and_letters(meant, text):
    assert NAMES.search(text)[0].name == meant


@pytest.mark.parametrize("text", SLIPS)
def test_one_wrong_missing_doubled_or_exchanged_letter_is_forgiven_and_said(text):
    found = NAMES.search(text)
    assert found[0].name == "Херсон"
    assert found[0].how == "one letter off" or words_of(text) == ["herson"]


@pytest.mark.parametrize("text", ["", "???", "Одеса", "Хсн", "улица"])
def test_what_no_name_is_like_is_not_found(text):
    assert NAMES.search(text) == []


def test_a_name_in_another_script_is_found_as_it_stands_there():
    told = {"": "Херсон", "ka": "ხერსონი", "ar": "خيرسون", "ja": "ヘルソン"}
    names = gathered([Thing("city", told, 466_350_000, 326_170_000)], [-1], kinds=KINDS)
    for text in (*told.values(), "ხერს"):
        assert names.search(text)[0].name == "Херсон"


def test_the_whole_name_comes_before_what_begins_so_and_that_before_its_later_words():
    found = [each.name for each in NAMES.search("Каховка")]
    assert found == ["Каховка", "Нова Каховка"]
    assert [each.how for each in NAMES.search("Ках")] == ["begins", "a word begins"]


def test_of_two_alike_the_larger_comes_first_and_then_the_nearer():
    twice = [
        Thing("village", {"": "Іванівка"}, 480_000_000, 330_000_000),
        Thing("village", {"": "Іванівка"}, 470_000_000, 330_000_000),
        Thing("town", {"": "Іванівка"}, 400_000_000, 330_000_000),
    ]
    found = gathered(twice, [-1] * 3, kinds=KINDS).search("ivanivka", near=Point(47.0, 33.0))
    assert [each.kind for each in found] == ["town", "village", "village"]
    assert found[1].point.lat_deg == 47.0


def test_a_street_says_where_it_is_and_names_follow_the_language_asked_for():
    (street,) = NAMES.search("Soborna", language="ru")
    assert (street.name, street.within, street.kind) == ("Соборная улица", "Херсон", STREET)
    assert NAMES.search("Херсон", language="en")[0].name == "Kherson"
    assert NAMES.search("Щербаковка", language="fr")[0].name == "Щербаківка"


@given(st.text(max_size=40))
def test_whatever_is_typed_is_looked_for_and_nothing_breaks(text):
    assert len(NAMES.search(text, near=Point(47.0, 33.0), limit=3)) <= 3


def test_an_extract_gives_its_villages_landmarks_and_streets_and_they_outlive_a_file(tmp_path):
    path = tmp_path / "district.osm.pbf"
    drawn = district.build(7)
    district.write(drawn, path)
    save(read_names(path), tmp_path / "district.names")
    names = load(tmp_path / "district.names")
    for place in drawn.of_kind("village"):
        found = names.search(place.name, near=place.point, language="en")[0]
        assert (found.name, found.how) == (place.name, "exact")
        assert found.kind in SETTLEMENTS
        assert abs(found.point.lat_deg - place.point.lat_deg) < 1e-6
    assert {names.kinds[kind] for kind in names.kind} == {"town", "village", "bridge"}
    (bridge,) = names.search("Млиновий", limit=1)
    assert (bridge.kind, bool(bridge.within)) == ("bridge", True)
    (tmp_path / "district.names").write_bytes(b"no file of ours")
    with pytest.raises(WrongMap, match="Import the extract again"):
        load(tmp_path / "district.names")
