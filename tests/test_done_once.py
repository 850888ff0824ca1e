"""What the supervisor has done once is done in a process that ends, with its troubles and its death told."""

import os
import signal
import time
from pathlib import Path

import pytest

from safeconduct.command.once import once
from safeconduct.command.trouble import Trouble


def refuse(why):
    raise Trouble(why)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def test_its_answer_comes_from_another_process_that_has_ended():
    pid = once(os.getpid)
    assert pid != os.getpid()
    assert not Path(f"/proc/{pid}").exists()


def test_its_trouble_is_told_as_if_it_were_ours():
    with pytest.raises(Trouble, match=r"^No room[.]$"):
        once(refuse, "No room.")


def test_one_that_is_killed_or_fails_is_told_and_leaves_nobody_waiting(capfd):
    with pytest.raises(Trouble, match=r"killed or failed.*Run this again"):
        once(die)
    with pytest.raises(Trouble, match=r"killed or failed.*Run this again"):
        once(int, "no number")
    assert "invalid literal" in capfd.readouterr().err


def test_one_that_gives_no_answer_in_time_is_killed_and_told():
    with pytest.raises(Trouble, match=r"^sleep gave no answer in 0.1 s"):
        once(time.sleep, 30, patience_s=0.1)


def test_broken_off_it_is_killed_and_does_no_more(tmp_path):
    def late():
        (tmp_path / "begun").touch()
        signal.pause()

    def interrupt(_signal, _frame):
        raise KeyboardInterrupt

    def begun():
        return set(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())

    stood = begun()
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            once(late)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert (tmp_path / "begun").exists()
    assert begun() == stood
