"""Whatever comes from outside, each parser says only what it declares; `tests/fuzzing.py` has them all.

Short here. For as long as one likes: `just fuzz NAME`.
"""

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzed_files import FILES
from tests.fuzzing import TARGETS, every
from tests.target import Target

ROOT = Path(__file__).parent.parent
RUNS = 3000  # of atheris, over all targets: about three seconds
SLOW = {"photo", *FILES}
DEEP = (b"[" * 5000, b'{"a":' * 5000, b"a=" + b"[" * 5000)  # deeper than Python's parsers go


@st.composite
def spoiled(draw, seeds):
    """Something that the parser reads, changed in a few places; or anything at all."""
    raw = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(raw)))
        gone = draw(st.integers(0, 4))
        raw[at : at + gone] = draw(st.binary(max_size=6))
    return bytes(raw)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_parser_raises_what_it_declares_and_nothing_else(name):
    target = TARGETS[name]

    @settings(deadline=None, max_examples=30 if name in SLOW else 100)
    @given(st.binary(max_size=300) | spoiled(target.seeds))
    def fuzz(raw):
        target(raw)

    fuzz()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_is_nested_without_an_end_is_refused_like_anything_else(name):
    for raw in DEEP:
        TARGETS[name](raw)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_parser_reads_what_the_fuzzing_starts_from(name):
    """A seed that is refused at the door would leave the rooms behind it untried."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)


def test_a_parser_that_says_something_else_is_found():
    def careless(raw):
        return {0x53: "S"}[raw[0]]  # KeyError, IndexError

    careless_one = Target(careless, (ValueError,), (b"S",))

    # It may meet both faults, and would then raise a group of them.
    @settings(deadline=None, max_examples=100, database=None, report_multiple_bugs=False)
    @given(spoiled(careless_one.seeds))
    def fuzz(raw):
        careless_one(raw)

    with pytest.raises((KeyError, IndexError)):
        fuzz()


def atheris(tmp_path, *more):
    corpus = tmp_path / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, name in enumerate(sorted(TARGETS)):
        for at, seed in enumerate(TARGETS[name].seeds):
            (corpus / f"{name}-{at}").write_bytes(bytes((number,)) + seed)
    argv = [sys.executable, "-m", "tests.fuzz", *more, str(corpus), f"-runs={RUNS}", "-seed=7"]
    argv += [
        f"-artifact_prefix={tmp_path}/",
        "-reload=0",
    ]  # read again each second, runs would vary
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="atheris comes for Linux"
)
def test_atheris_which_sees_the_branches_finds_nothing_either(tmp_path):
    done = atheris(tmp_path, "every")
    assert done.returncode == 0, (
        done.stdout[-2000:] + done.stderr[-3000:]
    )  # the fault, then the run
    assert f"Done {RUNS} runs" in done.stderr


def test_every_target_is_reached_by_its_number():
    for number in range(len(TARGETS)):
        every(bytes((number,)) + b"\xff" * 9)
    every(b"")
