"""What is read before a flight, and one moment of it afterwards: looked at with something on the pages."""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

import re
from collections.abc import Callable

from playwright.sync_api import Browser

from safeconduct.access.rules import Duty
from safeconduct.escort.tests.test_preflight import read  # noqa: F401  pytest finds fixtures by name
from tests.browser.looking import HAND, SCHEMES, WIDE, tab
from tests.browser.test_abort import (  # noqa: F401  the same
    Overwatch,
    country,
    db,
    eyes,
    house,
    origin,
    seen_by,
    under_way,
    world,
)

ASIDE = ("preflight", "replay", "record")


def looks_at_both(chrome: Browser, url: str, cookies: list[dict[str, str]]) -> dict[str, list[str]]:
    """Open both pages in both schemes, wide and in the hand; return what is wrong with each."""
    wrong: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        with tab(chrome, scheme=scheme, cookies=cookies) as looked:
            looked.page.route(re.compile("/live"), lambda route: route.abort())
            for name in ASIDE:
                looked.page.goto(url + name)
                looked.faults.clear()  # of the stream that is held off
                found = [*looked.found_by_axe(), *looked.lost_to_keys(), *looked.small_text()]
                for size in (HAND, WIDE):
                    looked.page.set_viewport_size(size)  # type: ignore[arg-type]  # two numbers
                    found += looked.cut_off()
                if found:
                    wrong[f"{name} {scheme}"] = found
    return wrong


def test_what_was_read_of_a_drone_and_what_is_replayed_are_sound_in_every_dress(
    under_way: Overwatch,
    read: Callable[..., None],
    seen_by: Callable[..., object],
) -> None:
    read(GRIP_ENABLE="1")  # it could let something fall
    read(subject="aircraft:3", FENCE_ENABLE=None)  # not told: somebody has to look
    assert seen_by(Duty.DPC, looks_at_both) == {}
