import pytest
from django.db import connection
from django.urls import path

from safeconduct import clock
from safeconduct.web import checks


def ids(found):
    return [each.id for each in found]


@pytest.fixture
def folder(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


def stamp(folder, word):
    (folder / clock.STAMP).write_text(word)


def test_a_real_folder_needs_a_secret_of_its_own(settings, folder):
    stamp(folder, "real")
    settings.SECRET_KEY = checks._NO_SECRET
    assert ids(checks.secret_is_set()) == ["safeconduct.E001"]
    settings.SECRET_KEY = "x" * 31
    assert ids(checks.secret_is_set()) == ["safeconduct.E001"]
    settings.SECRET_KEY = "x" * 32
    assert checks.secret_is_set() == []


def test_an_exercise_may_use_the_known_secret(settings, folder):
    stamp(folder, "exercise")
    settings.SECRET_KEY = checks._NO_SECRET
    assert checks.secret_is_set() == []


def test_debug_pages_stop_the_start(settings):
    settings.DEBUG = True
    assert ids(checks.debug_is_off()) == ["safeconduct.E002"]
    settings.DEBUG = False
    assert checks.debug_is_off() == []


@pytest.mark.parametrize("loose", ["'unsafe-inline'", "'unsafe-eval'", "https://cdn.example", "*"])
def test_another_host_or_an_inline_script_stops_the_start(settings, loose):
    assert checks.no_other_host_is_asked() == []
    told = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**told, "script-src": ["'self'", loose]}}
    assert ids(checks.no_other_host_is_asked()) == ["safeconduct.E003"]
    less = {name: sources for name, sources in told.items() if name != "default-src"}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": less}
    assert ids(checks.no_other_host_is_asked()) == ["safeconduct.E003"]


def test_a_clock_that_could_be_moved_stops_a_real_start(folder):
    stamp(folder, "real")
    assert checks.stamp_is_kept() == []
    (folder / "clock.json").write_text("{}")
    assert ids(checks.stamp_is_kept()) == ["safeconduct.E004"]


def test_an_exercise_may_move_its_clock(folder):
    stamp(folder, "exercise")
    (folder / "clock.json").write_text("{}")
    assert checks.stamp_is_kept() == []


@pytest.mark.django_db
def test_the_database_answers_as_it_was_set():
    assert checks.sqlite_keeps_what_it_says(databases=["default"]) == []


@pytest.mark.usefixtures("committed")
def test_a_database_that_forgets_in_a_power_cut_stops_the_start():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its own settings")
    connection.cursor().execute("PRAGMA synchronous=NORMAL")
    try:
        assert ids(checks.sqlite_keeps_what_it_says(databases=["default"])) == ["safeconduct.E005"]
    finally:
        connection.cursor().execute("PRAGMA synchronous=FULL")


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("name", sorted(checks.NOTHING_LEFT))
def test_a_connection_that_leaves_what_was_deleted_stops_the_start(name):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps its own settings")
    assert set(checks.NOTHING_LEFT) == {"secure_delete", "temp_store"}
    connection.cursor().execute(f"PRAGMA {name}=0")
    try:
        assert ids(checks.sqlite_keeps_what_it_says(databases=["default"])) == ["safeconduct.E005"]
    finally:
        connection.cursor().execute(f"PRAGMA {name}={checks.NOTHING_LEFT[name]}")


def test_every_door_of_the_console_declares_its_duty():
    assert checks.every_door_has_a_duty() == []


def test_a_door_without_a_duty_is_found():
    def view(_request):
        return None

    assert [url for url, _view in checks.doors([path("secret/", view)])] == ["/secret/"]
    assert not getattr(view, "duties", ())
