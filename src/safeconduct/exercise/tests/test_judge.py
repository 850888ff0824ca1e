"""What is said not to be there must have been looked for: on the page itself, among real secrets."""

from types import SimpleNamespace

import lxml.html
import pytest

from safeconduct.exercise import judge, said, staging
from safeconduct.exercise.console import Shown
from safeconduct.geo import Point

LONG = "Нам три дня не дают еды, хочу жить"


def play_with(
    page=None, *, texts=(), places=None, folder=None, meeting=None, copies=("core", "keys")
):
    browser = SimpleNamespace(open=lambda _path: page)
    stage = SimpleNamespace(
        staff={"op": browser},
        folder=folder,
        phone=lambda _key: SimpleNamespace(number="+380671000777"),
        fleet=SimpleNamespace(whereabouts=lambda _now: places or {}),
        records=folder and folder.with_name("records"),
        copied=lambda: list(copies),
    )
    kept = {"meeting:A": meeting} if meeting else {}
    return SimpleNamespace(stage=stage, fill=lambda text: text, texts=texts, kept=kept)


def page(body, *, url="http://localhost:1/cases/x/", status=200):
    return Shown(url, status, lxml.html.document_fromstring(f"<div>{body}</div>"))


ASKED = {"who": "op", "at": "/cases/x/", "cards": "cases.happened", "not": True}
CARD = '<article data-kind="cases.happened"></article>'


def test_a_page_without_it_holds_and_a_page_with_it_does_not():
    assert judge.page_shows(ASKED, play_with(page(""))).held
    assert not judge.page_shows(ASKED, play_with(page(CARD))).held


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_a_refused_page_does_not_show_is_not_proved(status):
    assert not judge.page_shows(ASKED, play_with(page("", status=status))).held


def test_what_the_door_does_not_show_is_not_proved():
    door = page("", url="http://localhost:1/sign-in/?next=/cases/x/")
    assert not judge.page_shows(ASKED, play_with(door)).held


@pytest.fixture
def spoken(monkeypatch):
    monkeypatch.setattr(said, "by_phone", lambda play, _number: play.texts)


@pytest.mark.usefixtures("spoken")
def test_texts_and_places_that_were_to_be_looked_for_must_be_there_to_look_for(tmp_path):
    asked, somewhere = {"phones": ["him"], "places": True}, {"his": Point(51.2, 34.8)}
    whole = play_with(texts=[LONG], places=somewhere, folder=tmp_path)
    assert judge.unreadable_on_disk(asked, whole).held
    dumb = play_with(texts=["да"], places=somewhere, folder=tmp_path)
    assert not judge.unreadable_on_disk(asked, dumb).held
    nowhere = play_with(texts=[LONG], folder=tmp_path)
    assert not judge.unreadable_on_disk(asked, nowhere).held
    (tmp_path / "left").write_text(LONG)
    assert not judge.unreadable_on_disk(asked, whole).held


@pytest.mark.usefixtures("spoken")
def test_a_meeting_place_is_looked_for_in_data_copies_and_temporary_files_alike(tmp_path):
    asked, data = {"phones": ["him"], "meeting": True}, tmp_path / "data"
    left = tmp_path / "records/beside/copies"
    data.mkdir()
    left.mkdir(parents=True)

    def judged(**more):
        return judge.unreadable_on_disk(asked, play_with(texts=[LONG], folder=data, **more)).held

    assert judged(meeting="51.2345678, 34.8")
    assert not judged()  # no meeting place is known
    assert not judged(meeting="51.2345678, 34.8", copies=("core",))  # the keys were not copied
    (left / "core-1.copy").write_text("at 51.2345678")
    assert not judged(meeting="51.2345678, 34.8")


def test_meeting_places_are_kept_from_a_plans_map_and_a_map_without_one_does_not_hold():
    def layer(kind):
        pair = {"coordinates": [34.8, 51.2]}
        found = {"properties": {"kind": kind, "letter": "A"}, "geometry": pair}
        return SimpleNamespace(json=lambda: {"features": [found]})

    for kind, kept in (("place", {"meeting:A": "51.2, 34.8"}), ("way", {})):
        play = play_with()
        play.stage.staff["pln"] = SimpleNamespace(fetch=lambda _path, kind=kind: layer(kind))
        verdict = judge.meeting_places_kept({"who": "pln", "at": "/"}, play)
        assert verdict.held == bool(kept)
        assert play.kept == kept


def test_the_log_of_a_postgres_is_looked_for_there_and_that_of_a_file_in_the_folder(monkeypatch):
    monkeypatch.delenv("SAFECONDUCT_POSTGRES", raising=False)
    assert staging.tables_elsewhere() == ()
    monkeypatch.setenv("SAFECONDUCT_POSTGRES", "/run/pg")
    monkeypatch.delenv("SAFECONDUCT_POSTGRES_USER", raising=False)
    monkeypatch.setenv("SAFECONDUCT_POSTGRES_DB", "another")
    told = ("--postgres", "host=/run/pg dbname=another user=postgres")
    assert staging.tables_elsewhere() == told
