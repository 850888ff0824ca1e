"""What tests share: one data folder stamped exercise, one real keeper, and those who speak to it."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from safeconduct import clock
from safeconduct.access.rules import WorkerId
from safeconduct.keeper.tests.process import KeeperProcess

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty data folder, stamped exercise, whose world clock starts at NOON."""
    folder = tmp_path_factory.mktemp("data")
    (folder / clock.STAMP).write_text("exercise")
    before = os.environ.get("SAFECONDUCT_DATA")
    os.environ["SAFECONDUCT_DATA"] = str(folder)
    clock.move(folder, world=NOON, speed=1.0)
    yield folder
    if before is None:
        del os.environ["SAFECONDUCT_DATA"]
    else:
        os.environ["SAFECONDUCT_DATA"] = before


@pytest.fixture(scope="session")
def keeper(data_folder: Path) -> Iterator[KeeperProcess]:
    """The keeper's real process over that folder."""
    process = KeeperProcess(data_folder)
    yield process
    process.stop()


@pytest.fixture(scope="session")
def worker(keeper: KeeperProcess) -> Callable[[str], WorkerId]:
    """Return who a worker of a purpose is: worker("ingest")."""
    return lambda purpose: WorkerId(f"SYS:{purpose.lower()}", keeper.tokens[purpose.lower()])
