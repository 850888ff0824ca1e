"""A running product for the browser tests; they alone may open a socket, to this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import house

HERE = Path(__file__).parent
expect.set_options(timeout=20_000)  # a busy machine is no fault of the page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of this folder speak to this machine, and to no other."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"]))


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, fresh_tables: Path | None
) -> Iterator[house.House]:
    """Run the product for one module, where nothing has happened yet; its clocks take their time."""
    with house.running(tmp_path_factory.mktemp("house") / "data", tables=fresh_tables) as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, fresh_tables: Path | None) -> Iterator[house.House]:
    """Run the product for one test alone, where nothing has happened yet."""
    with house.running(tmp_path / "data", tables=fresh_tables) as running:
        yield running


@pytest.fixture(scope="module")
def chrome(django_db_setup: None) -> Iterator[Browser]:
    """Run Chromium for one module: its event loop must not stay around other tests' databases.

    Nor around the making of ours, so that comes first.
    """
    with house.browser() as running:
        yield running
