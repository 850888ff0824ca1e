"""What a messenger's server may send: any JSON at all. Nothing of it ends a gateway."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.gateways import signal, telegram
from safeconduct.gateways.tests.channels import Ends
from safeconduct.spool.saying import NotTaken

pytestmark = pytest.mark.enable_socket  # a free port is asked of the machine
NAMES = (
    *("message", "edited_message", "chat", "type", "id", "text", "caption", "photo", "location", "update_id"),
    *("envelope", "exception", "dataMessage", "editMessage", "receiptMessage", "timestamps", "attachments"),
    *("reaction", "groupInfo", "sourceUuid", "sourceNumber", "result", "results", "error", "code", "data"),
    *("response", "timestamp", "ok", "error_code", "parameters", "retry_after", "message_id"),
)  # fmt: skip
UUID = "1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["private", UUID, "", "\ud800"])
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def bots(tmp_path_factory):
    """A bot and a daemon, each with its own spool."""
    folder = tmp_path_factory.mktemp("strange")
    bot = Ends(folder / "t", name="telegram", table='token = "1:A"\napi = "http://127.0.0.1:1"\n')
    daemon = Ends(folder / "s", name="signal", table='socket = "none"\n')
    return telegram.Bot(bot.edge, bot.made.config()), signal.Daemon(
        daemon.edge, daemon.made.config()
    )


@given(
    message=st.dictionaries(st.sampled_from(NAMES), ANY, max_size=5), number=st.integers(1, 2**40)
)
def test_whatever_comes_is_stored_or_passed_over_and_ends_nothing(bots, message, number):
    bot, daemon = bots
    told = json.loads(json.dumps(message))
    bot._store(
        [{"update_id": number, "message": {"chat": {"id": 5, "type": "private"}, **told}}, told]
    )
    daemon._store({"envelope": {"sourceUuid": UUID, "dataMessage": told, **told}})
    for outcome in (telegram._outcome, signal.outcome_of):
        with contextlib.suppress(NotTaken):
            assert outcome(told).outcome in {"SENT", "REFUSED", "UNKNOWN"}
