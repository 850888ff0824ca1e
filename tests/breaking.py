"""A pytest plugin: while a test runs, the one function that it is said to call raises.

SAFECONDUCT_BREAK is JSON, test → [["module:function", "raises" or "removed"], …]; the test runs once
for each. The function's own code is exchanged, so that every name by which anybody imported it leads
to the same fault, under whatever decorators. What was seen goes to the file SAFECONDUCT_BROKEN. See
tests/named.py.
"""

import inspect
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType, FunctionType
from typing import Any

import hypothesis
import pytest

WAITS_S = 5  # for what the broken function would have brought; then the test has failed
_CALLED: set[str] = set()
_FUNCTIONS: dict[str, list[tuple[str, str]]] = json.loads(os.environ.get("SAFECONDUCT_BREAK", "{}"))
_SEEN: dict[str, dict[str, bool]] = {}


class MadeToFail(RuntimeError):
    """The function was called while it was broken."""


class WaitedInVain(RuntimeError):
    """The test still waited for what the broken function did not do."""


def key(node: str, target: str, how: str) -> str:
    """Return under which word the verdict about one test and its function stands."""
    return f"{node} {target} {how}"


def _fault(target: str, how: str) -> FunctionType:
    """Return a function that needs nothing from the module into which its code is put."""
    lines = (
        "def fault(*_args, **_named):\n import tests.breaking\n tests.breaking.fail({!r}, {!r})\n"
    )
    made: dict[str, Any] = {}
    exec(lines.format(target, how), made)  # noqa: S102  our own two lines
    found: FunctionType = made["fault"]
    return found


def fail(target: str, how: str) -> None:
    """Note that a broken function was called, and raise; a removed rule refuses nothing instead."""
    if target not in _CALLED:
        _CALLED.add(target)
        signal.alarm(WAITS_S)
    if how != "removed":
        raise MadeToFail(target)


def _function(target: str) -> FunctionType:
    found = resolve_name(target)
    found = getattr(found, "fget", found)  # a property's getter
    function = inspect.unwrap(found)
    if not isinstance(function, FunctionType):
        raise TypeError(f"{target} is no plain function, so it cannot be made to raise")
    return function


@contextmanager
def broken(target: str, how: str) -> Iterator[None]:
    """Make a function raise until the block ends, or do nothing."""
    function = _function(target)
    code = function.__code__
    fault = _fault(target, how).__code__
    function.__code__ = fault.replace(co_freevars=code.co_freevars)
    try:
        yield
    finally:
        function.__code__ = code


def _wait_no_longer(_number: int, _frame: FrameType | None) -> None:
    raise WaitedInVain


def pytest_sessionstart() -> None:
    """Let the alarm end a test that waits, and a property that fails end at once: nobody reads which example."""
    signal.signal(signal.SIGALRM, _wait_no_longer)
    hypothesis.settings.register_profile(
        "broken",
        hypothesis.settings(),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    hypothesis.settings.load_profile("broken")


@pytest.fixture
def _broken(request: pytest.FixtureRequest) -> Any:
    return request.param


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test run once for each of its functions."""
    proofs = _FUNCTIONS.get(metafunc.definition.nodeid)
    if proofs:
        metafunc.fixturenames.append("_broken")
        metafunc.parametrize("_broken", proofs, indirect=True, ids="->".join)


def _proof(item: pytest.Function) -> tuple[str, str, str, dict[str, bool]]:
    target, how = item.callspec.params["_broken"]
    proof = key(item.nodeid.partition("[")[0], target, how)
    return target, how, proof, _SEEN.get(proof, {"called": False, "failed": False})


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Function) -> None:
    """Prepare nothing for what is proven already."""
    if _proof(item)[-1]["failed"]:
        pytest.skip("proven by an earlier example")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    """Run one test with its function broken, and note what came of it."""
    target, how, proof, before = _proof(item)
    _CALLED.discard(target)
    failed = True
    try:
        with broken(target, how):
            yield
        failed = False
    finally:
        signal.alarm(0)
        called = target in _CALLED
        _SEEN[proof] = {
            "called": before["called"] or called,
            "failed": before["failed"] or (failed and called),
        }


def pytest_sessionfinish() -> None:
    """Leave what was seen to who asked."""
    Path(os.environ["SAFECONDUCT_BROKEN"]).write_text(json.dumps(_SEEN))
