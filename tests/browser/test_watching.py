"""Whoever watches an exercise comes in by a link that works once, in a real browser."""

import pytest

from safeconduct import clock
from safeconduct.exercise.console import Browser, Stuck
from safeconduct.exercise.watching import Door, Observer
from tests.browser.looking import tab


def test_the_watchers_link_signs_a_browser_in_once_and_only_in_an_exercise(chrome, here, tmp_path):
    admin = Browser(here.origin)
    admin.enrol(here.invite)
    with pytest.raises(Stuck, match="not stamped exercise"):
        Observer(admin, folder=here.data)
    stamped = tmp_path / "exercise"
    stamped.mkdir()
    (stamped / clock.STAMP).write_text("exercise\n")
    said = []
    door = Door(Observer(admin, folder=stamped), says=said.append)
    link = door.link
    with tab(chrome) as looked:
        looked.page.goto(link)
        assert looked.page.url == f"{here.origin}/"
        assert looked.page.locator("nav.rooms").is_visible()
        (login,) = [c for c in looked.page.context.cookies() if c["name"].endswith("login")]
        assert (login["httpOnly"], login["sameSite"]) == (True, "Strict")
        answer = looked.page.goto(f"{here.origin}/cases/")
        assert (answer.status, looked.page.url) == (200, f"{here.origin}/cases/")
    with tab(chrome) as stranger:
        assert stranger.page.goto(link).status == 410
        stranger.page.goto(f"{here.origin}/")
        assert stranger.page.url == f"{here.origin}/sign-in/"
        assert door.link != link
        assert door.link in said[-1]
        stranger.page.goto(door.link)
        assert stranger.page.url == f"{here.origin}/"
    door.shut()
    admin.close()
