"""`safeconduct gateway CHANNEL --config FILE`, as it is typed on an edge host, for every channel."""

import socket
from pathlib import Path

import pytest

from safeconduct import gateways
from safeconduct.command.family import House, gateways_here
from safeconduct.command.gateway import CHANNELS
from safeconduct.command.trouble import Trouble
from safeconduct.envelope import Page
from safeconduct.spool import core_end
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.edge import Edge
from safeconduct.spool.queue import Queue
from safeconduct.spool.tests.made import programme
from tests import programme as running
from tests.edge_world import dialler, gateway
from tests.ports import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SMPP = 'server = "127.0.0.1:{port}"\nsystem_id = "us"\npassword = "secret"\nsegments_per_s = 10\n'
TABLES = {
    "smpp": SMPP,
    "http_sms": 'convention = "twilio"\nsend = "http://127.0.0.1:{port}/send"\naccount = "AC1"\nsecret = "s"\n'
    'listen = "unix:h/s"\npublic = "https://sms.example"\n',
    "telegram": 'token = "1:AA"\napi = "http://127.0.0.1:{port}"\n',
    "signal": 'socket = "daemon/socket"\n',
    "pager": SMPP,
    "mavlink": 'listen = "127.0.0.1:{port}"\nunsigned = true\n[mavlink.systems]\n1 = "aircraft:1"\n'
    "[mavlink.pilot]\naircraft = [1]\nfence = [[50.9, 33.9], [51.1, 33.9], [51.1, 34.1]]\n",
    "tak": 'server = "127.0.0.1:{port}"\nplain = true\nareas_to = "everybody"\n',
    "web": 'page = "127.0.0.1:{port}"\naway = "https://weather.example/"\n',
}


def test_every_channel_there_is_is_tried_here():
    folder = Path(gateways.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(CHANNELS.values())
    assert set(TABLES) | {"relay"} == set(CHANNELS)  # which has no link to the core


@pytest.mark.parametrize("channel", TABLES)
def test_a_gateway_takes_what_the_core_sends_over_the_link_and_never_loads_django_or_numpy(
    tmp_path_factory, channel
):
    table = TABLES[channel].format(port=free_port())
    short = tmp_path_factory.mktemp("g")  # a socket's path has room for 107 letters
    made = programme(short, name=channel, table=table)
    lane = core_end.sending_to(made.data, channel)
    lane.put("call", Page("call", channel, "+380441234567", "Please look.").to_bytes())
    process = gateway(channel, made.folder / "gateway.toml")
    core = dialler(made.data, channel, key=made.gateway_private)
    try:
        assert running.until(lambda: lane.queue.waiting() == 0), process.poll()
        process.terminate()
        told, errors = process.communicate(timeout=20)
    finally:
        for each in (process, core):
            each.kill()
            each.wait()
        lane.queue.close()
    assert (process.returncode, told) == (0, "heavy []\n"), errors
    assert Queue(made.folder / "spool" / "from-core.db").knows("core/1")


@pytest.mark.parametrize("channel", TABLES)
def test_without_its_file_it_says_in_one_line_what_to_bring(tmp_path, channel):
    process = gateway(channel, tmp_path / "gateway.toml")
    told, errors = process.communicate(timeout=20)
    assert (process.returncode, told) == (2, "heavy []\n")
    assert errors == (
        f"safeconduct: There is no file {tmp_path / 'gateway.toml'}. docs/gateways.md shows one.\n"
    )


def test_a_file_of_another_channel_is_refused_with_the_table_it_lacks(tmp_path):
    made = programme(tmp_path, name="smpp", table=SMPP.format(port=free_port()))
    process = gateway("tak", made.folder / "gateway.toml")
    _told, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == "gateway.toml has no table [tak]. Add it.\n"


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("core-sign.pub", "The key core-sign.pub in keys/ is damaged."),
        ("core-box.pub", "The key core-box.pub in keys/ is damaged."),
        ("sign.key", "The key sign.key in keys/ is damaged."),
        ("link.pem", "ca.pem, link.pem and link-key.pem in keys/ are not all there and whole."),
        ("ca.pem", "ca.pem, link.pem and link-key.pem in keys/ are not all there and whole."),
    ],
)
@pytest.mark.parametrize("damage", [b"junk\n", None])
def test_a_lost_or_damaged_key_is_named_before_the_carrier_is_met(tmp_path, name, mend, damage):
    made = programme(tmp_path, name="smpp", table=SMPP.format(port=free_port()))
    path = made.folder / "keys" / name
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises((ConfigWrong, FileNotFoundError)) as told:
        Edge(made.config())
    lost = damage is None and not name.endswith(".pem")
    assert str(told.value).startswith(f"The key {name} is not in keys/." if lost else mend)


def test_what_keeps_it_from_listening_or_from_its_spool_is_said_in_one_line(tmp_path):
    made = programme(tmp_path, name="smpp", table=SMPP.format(port=free_port()))
    where = made.config().listen
    with socket.create_server((where.host, where.port)):
        _told, errors = gateway("smpp", made.folder / "gateway.toml").communicate(timeout=30)
    assert errors.splitlines()[-1].startswith(f"{where.host}:{where.port} cannot be listened on: ")
    for path in (made.folder / "spool").glob("to-core.db*"):
        path.write_bytes(b"no queue " * 1000)
    process = gateway("smpp", made.folder / "gateway.toml")
    _told, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.startswith("A queue in spool/ cannot be read")
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "mend"),
    [("[gateway\n", "gateway.toml is no TOML: "), ("[gateway]\n", "has no channel's table")],
)
def test_up_names_the_gateways_file_that_it_cannot_use(tmp_path, file, mend):
    place = tmp_path / "gateways" / "smpp"
    place.mkdir(parents=True)
    (place / "gateway.toml").write_text(file)
    with pytest.raises(Trouble, match=mend):
        list(gateways_here(House(tmp_path, 8400, "real", {})))
