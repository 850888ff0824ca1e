"""What a page asks the keeper is counted as it is asked, and held against one."""

from collections import Counter

from safeconduct.access import client
from safeconduct.bench import inbox, page

TOOK = {(1, inbox.SEALED): [13.0, 15.0, 14.0], (1, inbox.PLAIN): [10.0, 10.0, 10.0]}


def test_a_page_stands_beside_its_twin_and_its_calls_beside_one():
    sealed, plain = Counter(whoami=2, open=1), Counter(whoami=2)
    time, calls = page.figures(TOOK, sealed=sealed, plain=plain)
    assert (time.ratio, time.met) == (1.4, True)
    assert (calls.value, calls.met) == (1, True)


def test_a_call_for_each_thread_is_not_met():
    _time, calls = page.figures(TOOK, sealed=Counter(open=50), plain=Counter())
    assert not calls.met


def test_a_page_that_asked_for_no_key_is_not_met():
    _time, calls = page.figures(TOOK, sealed=Counter(whoami=2), plain=Counter(whoami=2))
    assert not calls.met


def test_what_is_asked_is_counted_and_still_answered(keeper):
    with page.heard() as calls:
        assert client.ping()["state"] == "open"
    client.ping()
    assert calls == Counter(ping=1)
