"""The night's ratchet goes on by itself, whatever the root answers."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from safeconduct.keeper import server, vault
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.roots.transit import TransitRoot
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN


class Failing(Held):
    """A root that destroys, unless it is told to fail."""

    wrong: Exception | None = None
    kept = 0

    def keep_only(self, box, *, epoch):
        if self.wrong:
            raise self.wrong
        self.kept = epoch


@pytest.fixture
def night(tmp_path):
    """A keeper whose night has come; returns its calls, its root and its file."""
    store, journal = Store(tmp_path / "keys.db"), Journal(tmp_path / "keeper-log.db")
    root = Failing("two", b"r" * 32)
    house = House(store, vault.Vault(store, root), journal, {}, [ORIGIN], "localhost")
    store.set_mark(vault.RATCHETED, 0)
    yield server.Calls(house), root, store
    store.close()
    journal.close()


@pytest.mark.parametrize("wrong", [NoRoot("away"), KeyError("data"), TypeError("none")])
def test_what_the_root_did_not_destroy_is_tried_again_at_the_next_look(night, wrong):
    calls, root, store = night
    root.wrong = wrong
    calls.nightly()
    assert (store.kek()[0], root.kept) == (2, 1)
    root.wrong = None
    calls.nightly()
    assert (store.kek()[0], root.kept) == (2, 2)
    root.kept = 0
    calls.nightly()
    assert (store.kek()[0], root.kept) == (2, 0)


@pytest.fixture
def stranger():
    """Something at Vault's address that is no Vault; returns the server, whose `says` it answers."""

    class Says(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.says)))
            self.end_headers()
            self.wfile.write(self.server.says)

        def do_GET(self):
            self.do_POST()

        def log_message(self, *_args):
            pass

    there = HTTPServer(("127.0.0.1", 0), Says)
    there.says = b""
    thread = threading.Thread(target=there.serve_forever)
    thread.start()
    yield there
    there.shutdown()
    thread.join()
    there.server_close()


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    "says",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"data": {}}', b'{"data": {"plaintext": 7}}'],
)
def test_what_is_no_vault_is_no_root(stranger, says):
    stranger.says = says
    at = {"address": f"http://127.0.0.1:{stranger.server_port}", "key": "k"}
    root = TransitRoot(at, "token")
    with pytest.raises(NoRoot, match="as Vault does"):
        root.unseal(b"vault:v1:x", epoch=1)
    with pytest.raises(NoRoot, match="as Vault does"):
        root.seal(b"k" * 32, epoch=1)
