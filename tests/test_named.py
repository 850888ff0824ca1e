"""The proof behind docs/way-of-the-data.md and docs/law.md can itself fail."""

import contextlib

import pytest

from safeconduct import geo
from tests import named
from tests.named import Named, Unpaired

PROVEN = Named("here", "geo.py", "distance_m", "tests/test_geo.py", "")


def page(tmp_path, text):
    path = tmp_path / "page.md"
    path.write_text(text)
    return path


def test_a_line_pairs_its_functions_with_its_tests(tmp_path):
    line = "1. `geo.py:distance_m` measures | `tests/test_geo.py::test_it`\n\nNo names here.\n"
    (found,) = named.read(page(tmp_path, line))
    assert found.target == "safeconduct.geo:distance_m"
    assert found.node == "tests/test_geo.py::test_it"


def test_a_function_without_a_test_beside_it_is_refused(tmp_path):
    with pytest.raises(Unpaired, match="one line"):
        named.read(page(tmp_path, "1. `geo.py:distance_m` measures\n"))


def test_what_does_not_exist_is_missed_by_name():
    ghost = Named("here", "geo.py", "no_such", "tests/test_named.py", "test_calls_nothing")
    assert "no no_such in geo.py" in named.missing(ghost)
    ghost = Named("here", "geo.py", "distance_m", "tests/test_named.py", "test_no_such")
    assert "no test_no_such" in named.missing(ghost)


def test_only_a_test_that_calls_the_function_and_fails_with_it_proves_it():
    proven = "test_kyiv_to_paris_is_what_the_sphere_says"
    here = Named("here", "geo.py", "distance_m", "tests/test_geo.py", proven)
    idle = Named("here", "geo.py", "bearing_deg", "tests/test_geo.py", proven)
    deaf = Named("here", "geo.py", "local_m", "tests/test_named.py", "test_a_deaf_one")
    told = named.unproven((here, idle, deaf))
    assert [sentence.rpartition(": ")[2] for sentence in told] == [
        "the test never calls it",
        "the test passes although it raises",
    ]


def test_a_deaf_one():
    """Called above with its function broken: it calls, and hears nothing."""
    kyiv = geo.Point(50.4501, 30.5234)
    with contextlib.suppress(RuntimeError):
        assert geo.local_m(kyiv, origin=kyiv) == (0, 0)
