"""Pages that name a function and the test that calls it; and the proof that it really does.

A line of such a page carries two names in backticks: `room/file.py:function` (or `:Class.method`)
and `room/tests/test_file.py::test_name`, both below src/safeconduct; `tests/test_file.py::…` is
below the root. The proof: the test runs once more with the function made to raise, in a process of
its own (tests/breaking.py), and must have called it and failed.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.breaking import key

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src/safeconduct"
WAY, LAW, REFUSALS = (ROOT / f"docs/{name}.md" for name in ("way-of-the-data", "law", "refusals"))
PATIENCE_S = 1500  # a guard, not a measure: alone this takes about a minute

_FUNCTION = re.compile(r"`([\w/]+\.py):(\w+(?:\.\w+)?)`")
_TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


@dataclass(frozen=True, slots=True)
class Named:
    """One function and the test that is said to call it."""

    page: str
    file: str
    function: str
    test_file: str
    test: str

    def __str__(self) -> str:
        return f"{self.page}: {self.file}:{self.function} by {self.test}"

    @property
    def target(self) -> str:
        """Return "module:function" as Python imports it."""
        return f"safeconduct.{self.file.removesuffix('.py').replace('/', '.')}:{self.function}"

    @property
    def node(self) -> str:
        """Return the test as pytest names it, from the root."""
        under = "" if self.test_file.startswith("tests/") else "src/safeconduct/"
        return f"{under}{self.test_file}::{self.test}"


class Unpaired(ValueError):
    """A line names functions without a test, or a test without a function."""


def read(page: Path) -> list[Named]:
    """Return every pair of a page: each function of a line with each test of it.

    Raises:
        Unpaired: a line has one half only.
    """
    found: list[Named] = []
    for line in page.read_text(encoding="utf-8").splitlines():
        functions, tests = _FUNCTION.findall(line), _TEST.findall(line)
        if bool(functions) != bool(tests):
            raise Unpaired(f"{page.name}: a function and its test stand in one line: {line}")
        found += [Named(page.name, *f, *t) for f in functions for t in tests]
    return found


def missing(named: Named) -> str:
    """Return what of a pair does not exist, "" if both do."""
    file, test_file = SRC / named.file, ROOT / named.node.partition("::")[0]
    if named.function not in _defined(file):
        return f"{named}: there is no {named.function} in {named.file}"
    if named.test not in _defined(test_file):
        return f"{named}: there is no {named.test} in {named.test_file}"
    return ""


@lru_cache
def _defined(file: Path) -> frozenset[str]:
    if not file.exists():
        return frozenset()
    names: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if hasattr(each, "name")}
    return frozenset(names)


def unproven(raise_: Sequence[Named] = (), *, remove: Sequence[Named] = ()) -> list[str]:
    """Return one sentence for each pair whose test does not call its function, or outlives its fault.

    Args:
        raise_: whose functions are made to raise.
        remove: rules that are made to refuse nothing.
    """
    proofs = dict.fromkeys([(n, "raises") for n in raise_] + [(n, "removed") for n in remove])
    seen = _run(list(proofs))
    return [
        f"{named}: {wrong}"
        for named, how in proofs
        if (wrong := _wrong(seen.get(key(named.node, named.target, how))))
    ]


def _wrong(verdict: dict[str, bool] | None) -> str:
    if verdict is None:
        return "the test did not run"
    if not verdict["called"]:
        return "the test never calls it"
    return "" if verdict["failed"] else "the test passes although it raises"


def _run(proofs: Sequence[tuple[Named, str]]) -> dict[str, dict[str, bool]]:
    """Run each test once for each of its functions, with it broken; return what tests/breaking.py saw."""
    broken: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for named, how in proofs:
        if (named.target, how) not in broken[named.node]:  # two pages may say the same
            broken[named.node].append((named.target, how))
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        env = {
            **os.environ,
            "SAFECONDUCT_BREAK": json.dumps(broken),
            "SAFECONDUCT_BROKEN": str(told),
            "SAFECONDUCT_TEST_DB": str(Path(folder) / "test.db"),
        }
        env.pop("SAFECONDUCT_POSTGRES", None)  # who calls whom does not hang on the database
        argv = [sys.executable, "-m", "pytest", "-p", "tests.breaking", "-p", "no:randomly"]
        ran = subprocess.run(
            [*argv, "--tb=short", "--no-header", *broken],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        if not told.exists():
            raise RuntimeError(f"the tests could not be run:\n{ran.stdout[-2000:]}{ran.stderr}")
        seen: dict[str, dict[str, bool]] = json.loads(told.read_text())
        return seen
