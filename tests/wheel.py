"""`just test-wheel`: a release wheel in a fresh environment, our tests laid beside it, its map in a browser.

Where the real extracts are (SAFECONDUCT_SHARED), it also prints how soon a country's map can be used.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTED = ("tests/browser/test_tiles.py", "tests/browser/test_opening.py")
# Without the path to our sources: what is not in the wheel must be missed.
ENV = {name: told for name, told in os.environ.items() if name != "PYTHONPATH"}


def built(place: Path) -> Path:
    """Return a release wheel, made in `place`; needs npm."""
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(argv, cwd=ROOT, env={**os.environ, "SAFECONDUCT_RELEASE": "1"}, check=True)
    (wheel,) = place.glob("*.whl")
    return wheel


def installed(wheel: Path, place: Path) -> Path:
    """Return the interpreter of a fresh environment that holds the wheel, and beside it our tests."""
    python = place / "venv/bin/python"
    uv = [sys.executable, "-m", "uv"]
    install = [*uv, "pip", "install", "--quiet", "--python", str(python)]
    needed = ["--require-hashes", "-r", str(ROOT / "requirements/dev.txt")]
    subprocess.run(
        [*uv, "venv", "--quiet", "--python", sys.executable, str(place / "venv")], check=True
    )
    subprocess.run([*install, *needed], check=True)
    subprocess.run([*install, "--no-deps", str(wheel)], check=True)
    asked = [str(python), "-c", "import safeconduct; print(safeconduct.__path__[0])"]
    said = subprocess.run(asked, check=True, capture_output=True, text=True, env=ENV).stdout
    there = Path(said.strip())
    for tests in (ROOT / "src/safeconduct").glob("**/tests"):
        shutil.copytree(tests, there / tests.relative_to(ROOT / "src/safeconduct"))
    return python


def laid_out(place: Path) -> Path:
    """Return a folder with the tests and without our sources."""
    tree = place / "tree"
    for folder in ("tests", "tools"):
        shutil.copytree(ROOT / folder, tree / folder)
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tree)
    return tree


def main() -> int:
    """Build, install, and look."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        python, tree = installed(built(place), place), laid_out(place)
        argv = [str(python), "-m", "pytest", "-n", "0", "-m", "wheel", *TESTED]
        return subprocess.run(argv, cwd=tree, env=ENV, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
