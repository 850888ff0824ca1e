"""The locked requirements name no host, carry a hash for everything, and agree with pyproject."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_names_no_host_and_hashes_everything(lock):
    text = lock.read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    for entry in entries:
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_direct_dependency_is_pinned_and_locked_as_pinned():
    core = (ROOT / "requirements/core.txt").read_text().lower()
    for pin in PROJECT["dependencies"]:
        assert re.fullmatch(r"[\w.\-\[\]]+==[\w.]+", pin), f"{pin} is not pinned"
        name, version = re.sub(r"\[.*\]", "", pin).lower().split("==")
        assert f"{name}=={version} " in core, f"{pin} is not what the lock says; run: just lock"


def test_an_edge_host_installs_neither_django_nor_numpy():
    edge = (ROOT / "requirements/edge.txt").read_text().lower()
    for heavy in ("django", "numpy", "scipy", "typst"):
        assert f"\n{heavy}==" not in f"\n{edge}"
