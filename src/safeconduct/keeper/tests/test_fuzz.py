"""Whatever is put on the keeper's socket, it answers or hangs up, gives nothing away and goes on."""

import contextlib
import inspect
import json
import re
import socket
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.access import client
from safeconduct.access.rules import Duty, Purpose
from safeconduct.keeper.server import MISFORMED, Calls

# What answers whoever may speak to the socket at all; it says nothing of anybody.
OPEN_TO_ALL = {"ping", "head", "login_begin", "logout"}
FIELDS = (
    "login", "worker", "token", "person", "duty", "duties", "purpose", "compartments", "compartment",
    "kinds", "kind", "values", "until", "reason", "nonce", "assertion", "invite", "name", "device",
    "verb", "ref", "digest", "yeses", "size", "root", "since", "last", "subject", "called", "column",
    "code", "credential", "count", "forget_others", "leaves",
)  # fmt: skip
plain = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("web")
anything = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def calls():
    """The names of all calls, as the server's own table has them."""
    names = sorted(set(re.findall(r'"(\w+)"', inspect.getsource(Calls.__init__))))
    assert {"open", "destroy", "act_finish", "login_begin", "changed"} <= set(names)
    return names


@pytest.fixture(autouse=True)
def _goes_on(town):
    """After all that was put on its socket the keeper is the same process, open, and serves people."""
    town.administrator()  # before there is one, anybody on the machine may make the first
    before = town.process.process.pid
    yield
    assert (town.process.process.pid, town.process.process.poll()) == (before, None)
    assert client.ping()["state"] == "open"
    auditor = town.person(Duty.AUD)
    assert client.log(auditor.login, last=5)


def asked(folder, raw):
    """Put bytes on the socket and return what comes back; None where it hung up."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(folder / "keeper.sock"))
        line.sendall(raw)
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
        try:
            return sealing.read_frame(line)
        except (sealing.Tampered, ConnectionResetError):
            return None


def framed(content):
    body = json.dumps(content).encode()
    return struct.pack(">I", len(body)) + body


@settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_call_of_any_form_by_nobody_gets_a_refusal(town, calls, data):
    op = data.draw(st.sampled_from(calls))
    told = data.draw(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=12))
    answer = asked(town.process.folder, framed({"op": op, **told}))
    assert answer is not None
    if op not in OPEN_TO_ALL:
        assert set(answer) == {"refused"}, (op, told, answer)


@settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_call_of_any_form_by_somebody_signed_in_opens_what_is_not_his_never(town, data):
    if "fuzzer" not in town.keys:
        town.keys["fuzzer"] = town.person(Duty.OP)
    login = town.keys["fuzzer"].login
    other = client.create(town.worker("ingest"))[0]
    known = anything | st.sampled_from([[other], other, ["body"], *Purpose])
    told = data.draw(st.dictionaries(st.sampled_from(FIELDS), known, max_size=12))
    told |= {"login": login, "compartments": [other]}
    op = data.draw(
        st.sampled_from(["open", "destroy", "grant", "invite", "recover", "join", "alarms"])
    )
    answer = asked(town.process.folder, framed({"op": op, **told}))
    assert answer is not None
    assert set(answer) == {"refused"}, (op, told, answer)


@settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: struct.pack(">I", len(b)) + b)
)
def test_bytes_that_are_no_call_are_answered_or_hung_up_on(town, raw):
    answer = asked(town.process.folder, raw)
    assert answer is None or answer["refused"]["code"] == MISFORMED.code
