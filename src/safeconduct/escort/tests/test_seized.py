"""Who has the tables, or the keeper's files, of a programme with a passage under way: what he reads."""

import pytest
from django.apps import apps
from django.db import connection

from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.exercise import diskgrep
from safeconduct.geo import Point
from safeconduct.passage import queries as passages
from safeconduct.sealing import KINDS

NUMBER, WORDS = "+380501234567", {"first": "Добрый день", "distress": "гололёд", "clear": "ромашка"}


def dump(path):
    """Write every value of every table to one file, texts as UTF-8, as a dump of the database would."""
    with path.open("wb") as file, connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608  our own tables
            for row in cursor.fetchall():
                for value in row:
                    raw = isinstance(value, (bytes, memoryview))
                    file.write((bytes(value) if raw else str(value).encode()) + b"\n")


@pytest.fixture
def searched(under_way, tmp_path):
    """Return what is found in a dump of a passage under way: his number, words, track and meeting place."""
    here = under_way.on_way(300)
    under_way.hears(under_way.fix(here), under_way.fix(here, "aircraft:1"))
    passage = passages.passage_for(
        under_way[Duty.PLN], Purpose.READ, ref=under_way.journey.passage.ref
    )
    plan = passages.living_plan(passage)
    content = passages.content_of(under_way.keys(), plan)
    places = {"where he is": here, "where he is met": _met(content)}

    def search():
        dump(tmp_path / "dump")
        secrets = {"number": NUMBER, **WORDS}
        return diskgrep.search(tmp_path, secrets, places=places)

    return search


def _met(content):
    place = next(iter(content["places"].values()))
    return Point(place["lat_e7"] / 1e7, place["lon_e7"] / 1e7)


def test_a_dump_of_all_tables_tells_no_text_number_or_place(searched):
    assert searched() == []


def test_one_that_lies_there_readable_is_found(searched):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE access_person SET name = %s WHERE id = (SELECT MIN(id) FROM access_person)",
            [NUMBER],
        )
    assert {found.secret for found in searched()} == {"number"}


def test_the_keepers_files_tell_no_key_that_it_gave_out(under_way, keeper):
    operator = under_way[Duty.OP]
    ring = keyring.open_fields(operator, Purpose.READ, [under_way.journey.compartment], KINDS[:1])
    given = [*ring._opened.keys.values(), *map(str.encode, keeper.tokens.values())]
    given += [operator.login.partition(".")[0].encode()]
    files = [path for path in keeper.folder.glob("ke*") if path.is_file()]
    assert {"keys.db", "keeper-log.db"} <= {path.name for path in files}
    assert len(given) > 3
    for path in files:
        raw = path.read_bytes()
        assert not [key for key in given if key in raw or key.hex().encode() in raw], path
