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
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

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


def unproven(pairs: tuple[Named, ...], *, how: str = "raises") -> list[str]:
    """Return one sentence for each pair whose test does not call its function, or outlives its fault.

    Args:
        how: "raises", or "removed" for a rule that is made to refuse nothing.
    """
    by_test: dict[str, list[Named]] = defaultdict(list)
    for named in dict.fromkeys(pairs):
        by_test[named.node].append(named)
    wrong: list[str] = []
    for one_each in zip_longest(*by_test.values()):  # a test breaks one function at a time
        wrong += _round([named for named in one_each if named], how=how)
    return wrong


def _round(pairs: list[Named], *, how: str) -> list[str]:
    seen = _run({named.node: named.target for named in pairs}, how=how)
    wrong = []
    for named in pairs:
        verdict = seen.get(named.node)
        if verdict is None:
            wrong.append(f"{named}: the test did not run")
        elif not verdict["called"]:
            wrong.append(f"{named}: the test never calls it")
        elif not verdict["failed"]:
            wrong.append(f"{named}: the test passes although it raises")
    return wrong


def _run(broken: dict[str, str], *, how: str = "raises") -> dict[str, dict[str, bool]]:
    """Run tests, each with its own function made to raise; return what tests/breaking.py saw."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        env = {
            **os.environ,
            "SAFECONDUCT_BREAK": json.dumps(broken),
            "SAFECONDUCT_BROKEN": str(told),
            "SAFECONDUCT_BREAK_HOW": how,
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
