"""A log line carries allow-listed fields or it is not written."""

import json
import subprocess
import sys

import pytest

from safeconduct import log


@pytest.fixture
def logger(capfd):
    log.configure(process="test")
    return log.get_logger()


def test_an_allowed_field_is_written(logger, capfd):
    logger.info("message.received", ref="abc", bytes=12)
    told = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert told["event"] == "message.received"
    assert told["ref"] == "abc"
    assert told["process"] == "test"


@pytest.mark.parametrize("field", ["number", "text", "name", "place", "path"])
def test_a_field_that_could_name_a_person_or_a_place_raises(logger, field):
    with pytest.raises(log.UnlistedField, match=field):
        logger.info("message.received", **{field: "secret"})


def test_an_error_is_found_by_its_line_and_not_by_its_words():
    log.configure(process="test")
    with pytest.raises(log.UnlistedField) as caught:
        log.get_logger().info("message.received", number="secret")
    assert log.where(caught.value).startswith("log.py:")


def test_what_shows_the_values_of_variables_is_not_read_in_and_stays_there_for_others():
    told = "import sys, safeconduct.log; print('rich' in sys.modules); import rich"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("False\n", "")
