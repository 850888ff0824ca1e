"""Where a real house keeps the machine code of its searches: in its own folder, and in no copy of it."""

import pytest

from safeconduct import clock
from safeconduct.command import copies, folder


@pytest.fixture
def alone(monkeypatch):
    """No folder for it is named, and what is set here is undone."""
    monkeypatch.setenv("SAFECONDUCT_DATA", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "x")
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    return monkeypatch


@pytest.mark.parametrize(("stamp", "kept"), [("real", True), ("exercise", False)])
def test_a_real_house_compiles_into_its_own_folder_and_an_exercise_does_not(
    tmp_path, alone, stamp, kept
):
    (tmp_path / clock.STAMP).write_text(stamp)
    env = folder.set_environment(tmp_path)
    assert env.get("NUMBA_CACHE_DIR") == (str(tmp_path / "compiled") if kept else None)
    assert (tmp_path / "compiled").exists() is kept
    if kept:
        assert (tmp_path / "compiled").stat().st_mode & 0o777 == 0o700
        assert not any("compiled" in name for _path, name in copies._small(tmp_path))


def test_a_folder_that_was_named_is_used_and_one_that_cannot_be_made_stops_nothing(tmp_path, alone):
    (tmp_path / clock.STAMP).write_text("real")
    (tmp_path / "compiled").write_text("in the way")
    assert folder.set_environment(tmp_path)["NUMBA_CACHE_DIR"] == str(tmp_path / "compiled")
    alone.setenv("NUMBA_CACHE_DIR", "/elsewhere")
    assert "NUMBA_CACHE_DIR" not in folder.set_environment(tmp_path)
