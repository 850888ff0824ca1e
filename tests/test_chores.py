"""What the supervisor does beside its children: a chore that fails ends no programme."""

import json
import time

from safeconduct import log
from safeconduct.command.supervise import Family, Part
from tests.programme import until

_WAITS = ("-c", "import sys; sys.stdin.read()")


def test_a_chore_that_fails_again_and_again_ends_no_part_and_holds_up_no_other(tmp_path, capfd):
    log.configure(process="test")
    parts, failed, done = Family(tmp_path, env={}), [], []

    def fail():
        failed.append(time.monotonic())
        raise ValueError("the bridge at dawn")

    parts.chore(fail, every_s=0.01)
    parts.chore(lambda: done.append(1), every_s=0.01)
    parts.start((Part("keeper", _WAITS, 1),))
    try:
        child = parts._children["keeper"]
        first = child.process
        assert until(lambda: parts.tend() or (len(failed) > 2 and len(done) > 2))
        assert first.poll() is None
        first.kill()
        assert until(lambda: parts.tend() or child.process is not first)
        assert child.process.poll() is None
    finally:
        parts.stop()
    said = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "chore" in line]
    assert {(each["event"], each["error"]) for each in said} == {("chore.failed", "ValueError")}
    assert "bridge" not in json.dumps(said)
