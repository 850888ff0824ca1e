"""`safeconduct gateway CHANNEL --config FILE`, as it is typed on an edge host, for every channel."""

from pathlib import Path

import pytest

from safeconduct import gateways
from safeconduct.command.gateway import CHANNELS
from safeconduct.envelope import Page
from safeconduct.spool import core_end
from safeconduct.spool.queue import Queue
from safeconduct.spool.tests.made import programme
from tests import programme as running
from tests.edge_world import dialler, gateway
from tests.ports import free_port

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
SMPP = 'server = "127.0.0.1:{port}"\nsystem_id = "us"\npassword = "secret"\nsegments_per_s = 10\n'
TABLES = {
    "smpp": SMPP,
    "pager": SMPP,
    "mavlink": 'listen = "127.0.0.1:{port}"\n[mavlink.systems]\n1 = "aircraft:1"\n',
    "tak": 'server = "127.0.0.1:{port}"\nplain = true\n',
    "web": 'page = "127.0.0.1:{port}"\naway = "https://weather.example/"\n',
}


def test_every_channel_there_is_is_tried_here():
    folder = Path(gateways.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(CHANNELS.values())
    assert set(TABLES) == set(CHANNELS)


@pytest.mark.parametrize("channel", TABLES)
def test_a_gateway_takes_what_the_core_sends_over_the_link_and_never_loads_django_or_numpy(
    tmp_path, channel
):
    table = TABLES[channel].format(port=free_port())
    made = programme(tmp_path, name=channel, table=table)
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
