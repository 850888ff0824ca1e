import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from safeconduct.access import inboxes
from safeconduct.audit import register

REGISTER = register.FILE


@pytest.fixture
def data(tmp_path):
    """A data folder from which two heads and a register want to go out."""
    data = tmp_path / "data"
    (data / "heads").mkdir(parents=True)
    for name in ("core-000000000007.json", "keeper-000000000003.json"):
        (data / "heads" / name).write_text(name)
    (data / REGISTER).write_text("one\n")
    return data


@pytest.fixture
def theirs(data, tmp_path):
    """The folder of another organisation, on a disk of theirs."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / inboxes.MARK).touch()
    (data / "inboxes.toml").write_text(f'[[inbox]]\nname = "bar"\nfolder = "{theirs}"\n')
    return theirs


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != inboxes.MARK)


def test_every_head_goes_out_once_and_the_register_whenever_it_has_grown(data, theirs):
    assert inboxes.send_due(data) == (False, [])
    sent = ["core-000000000007.json", "keeper-000000000003.json", REGISTER]
    assert names(theirs) == sent
    assert inboxes.standings(data) == [inboxes.Standing("bar", 0, sent[0])]
    (theirs / sent[0]).unlink()  # they took it further
    (data / REGISTER).write_text("one\ntwo\n")
    assert inboxes.send_due(data) == (False, [])
    assert names(theirs) == sent[1:]
    assert (theirs / REGISTER).read_text() == "one\ntwo\n"


def codes(data):
    return [away.code for away in inboxes.send_due(data)[1]]


def test_a_disk_that_is_not_there_gets_nothing_and_gets_all_when_it_is_back(data, theirs):
    (theirs / inboxes.MARK).unlink()  # the bare mount point, on our own disk
    assert codes(data) == ["no_mark"]
    assert names(theirs) == []
    assert inboxes.standings(data) == [inboxes.Standing("bar", 3, "")]
    (theirs / inboxes.MARK).touch()
    assert codes(data) == []
    assert len(names(theirs)) == 3


def test_nothing_that_they_hold_is_made_shorter_or_another(data, theirs):
    inboxes.send_due(data)
    (data / REGISTER).write_text("another\n")
    assert codes(data) == ["other"]
    assert (theirs / REGISTER).read_text() == "one\n"
    (data / REGISTER).write_text("on")
    assert codes(data) == ["other"]
    assert (theirs / REGISTER).read_text() == "one\n"


def test_one_inbox_that_is_away_keeps_no_other_waiting(data, theirs, tmp_path):
    with (data / "inboxes.toml").open("a") as file:
        file.write(f'[[inbox]]\nname = "press"\nfolder = "{tmp_path / "nowhere"}"\n')
    assert codes(data) == ["no_mark"]
    assert len(names(theirs)) == 3


@pytest.mark.parametrize(
    ("dead", "code"),
    [
        ('url = "https://bar.example:x/"', "misset"),
        ('url = "https://[bar/"', "misset"),
        ('url = "https://bar.example/"\nca = "/nowhere/ca.pem"', "misset"),
        (f'folder = "/{"x" * 300}"', None),  # the disk answers with an error of its own
    ],
)
def test_one_inbox_that_cannot_be_used_keeps_none_after_it_waiting(data, theirs, dead, code):
    path = data / "inboxes.toml"
    path.write_text(f'[[inbox]]\nname = "dead"\n{dead}\n' + path.read_text())
    (said,) = codes(data)
    assert said == code or (code is None and said in {"unwritten", "no_mark"})
    assert len(names(theirs)) == 3


class Taker(BaseHTTPRequestHandler):
    """An address that takes files."""

    def do_PUT(self):
        self.server.taken[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture
def address():
    server = HTTPServer(("127.0.0.1", 0), Taker)
    server.taken, server.status = {}, 201
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.enable_socket
def test_an_address_takes_each_file_by_put_and_what_it_refuses_is_sent_again(data, address):
    url = f"http://127.0.0.1:{address.server_port}/in/x7"
    (data / "inboxes.toml").write_text(f'[[inbox]]\nname = "bar"\nurl = "{url}"\n')
    address.status = 507
    assert codes(data) == ["507"]
    assert inboxes.standings(data)[0].waiting == 3
    address.status = 201
    assert codes(data) == []
    assert address.taken[f"/in/x7/{REGISTER}"] == b"one\n"
    assert len(address.taken) == 3
    address.taken.clear()
    assert codes(data) == []
    assert address.taken == {}


@pytest.mark.enable_socket
def test_an_address_that_is_gone_or_in_the_clear_gets_nothing(data):
    for url, code in (("http://127.0.0.1:9/", "no_answer"), ("http://bar.example/", "no_https")):
        (data / "inboxes.toml").write_text(f'[[inbox]]\nname = "bar"\nurl = "{url}"\n')
        assert codes(data) == [code]
    assert inboxes.standings(data)[0].waiting == 3
