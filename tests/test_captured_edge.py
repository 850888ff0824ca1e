"""The host of a gateway is seized: what its disk tells, with every key that lies on it."""

import base64
import re
import resource

import pytest
from cryptography.hazmat.primitives import serialization

from safeconduct.envelope import InboundText, OutboundText
from safeconduct.exercise import diskgrep
from safeconduct.exercise.phones import Phone
from safeconduct.exercise.smsc import Carrier, Habits
from safeconduct.sealing import Tampered
from safeconduct.spool import core_end
from safeconduct.spool.carried import Opener, Sealer, Unopenable
from safeconduct.spool.form import read
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.lanes import Sending
from safeconduct.spool.queue import Queue
from safeconduct.spool.tests.made import NOON, programme, text
from tests import programme as product
from tests.edge_world import dialler, gateway
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket
BOUND = "80000009"  # bind_transceiver_resp (SMPP 3.4, §5.1.2.1)
TAKEN = "80000005"  # deliver_sm_resp (§5.1.2.1): a text of his was taken
HIM, PLACE, ASKED = "+380501112233", "the mill by the river", "is the mill by the river safe"


def brought(made):
    """A text of his, as the gateway seals it, while no core takes it."""
    keys = made.folder / "keys"
    sealer = Sealer(
        "smpp",
        to=read_key(keys / "core-box.pub"),
        sign=read_key(keys / "sign.key"),
        direction="in",
    )
    thing = InboundText.from_bytes(text(1).to_bytes())
    raw = thing.to_bytes().replace(b'"text 1"', f'"{ASKED}"'.encode()).replace(b'"200"', HIM_RAW)
    Sending(Queue(made.folder / "spool" / "to-core.db"), sealer).put("smpp:1", raw)


HIM_RAW = f'"{HIM}"'.encode()


def leaving(made):
    thing = OutboundText(
        attempt="a1", route="smpp", sender="100", recipient=HIM, text=PLACE,
        not_after=NOON.replace(year=2100),
    )  # fmt: skip
    lane = core_end.sending_to(made.data, "smpp")
    lane.put("a1", thing.to_bytes())
    return lane


@pytest.fixture
def seized(tmp_path):
    """A gateway that held its key, with texts both ways on its disk; then the power went."""
    port = free_port()  # of a carrier that is away: what is to leave waits here
    table = f'server = "127.0.0.1:{port}"\nsystem_id = "us"\npassword = "secret"\n'
    made = programme(tmp_path, table=table)
    lane = leaving(made)
    edge, core = (
        gateway("smpp", made.folder / "gateway.toml"),
        dialler(made.data, "smpp", key=made.gateway_private),
    )
    try:
        assert product.until(lambda: lane.queue.waiting() == 0)
        assert resource.prlimit(edge.pid, resource.RLIMIT_CORE) == (0, 0)
    finally:
        for process in (edge, core):
            process.kill()
            process.communicate()
        lane.queue.close()
    brought(made)
    return made, port


def rows(made, name):
    items = Queue(made.folder / "spool" / name).take()
    return [one for item in items for one in read(item.body).each()]


def keys_on(folder):
    """Every secret that lies there, as raw bytes, also its pieces of the length of a key's halves."""
    found = set()
    for path in (folder / "keys").iterdir():
        held = path.read_bytes()
        if path.name == "link-key.pem":
            key = serialization.load_pem_private_key(held, None)
            found.add(key.private_numbers().private_value.to_bytes(32, "big"))
        elif path.suffix in {".key", ".pub"}:
            found.add(base64.b64decode(held))
    halves = {raw[at : at + 96] for raw in found for at in range(0, max(1, len(raw) - 95), 32)}
    return {(piece * 3)[:96] for piece in found | halves if piece}


def opens(sealed, private, direction):
    try:
        return Opener(private, direction=direction).open(sealed)
    except (Unopenable, Tampered, ValueError):
        return None


def test_with_every_key_on_the_seized_disk_nothing_opens_in_either_direction(seized):
    made, _ = seized
    (arrived,), (leaves,) = rows(made, "to-core.db"), rows(made, "from-core.db")
    assert ASKED.encode() in opens(arrived, made.core_private, "in")  # the keys that do open them
    assert PLACE.encode() in opens(leaves, made.gateway_private, "out")
    tried = keys_on(made.folder)
    assert len(tried) >= 4
    for private in tried:
        assert opens(arrived, private, "in") is None
        assert opens(leaves, private, "out") is None
    assert opens(leaves, made.core_private, "out") is None
    assert opens(arrived, made.gateway_private, "in") is None


def test_the_key_that_was_handed_over_lies_on_no_disk_nor_does_a_number_or_a_word(seized):
    made, _ = seized
    assert diskgrep.search(made.folder, {"number": HIM, "told": PLACE, "asked": ASKED}) == []
    secrets = {"whole": made.gateway_private, "seed": made.gateway_private[:64]}
    secrets |= {"scalar": made.gateway_private[64:], "core": made.core_private}
    for path in made.folder.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        for name, secret in secrets.items():
            forms = (secret, secret.hex().encode(), base64.b64encode(secret)[:-4])
            assert not any(form in held for form in forms), (name, path)


def test_started_again_without_the_core_it_sends_nothing_and_with_it_what_waited_leaves_once(
    seized, tmp_path
):
    made, port = seized
    carrier = Carrier(accounts={"us": "secret"}, record=tmp_path / "carrier.jsonl", habits=Habits())
    carrier.start(port)
    phone = Phone(HIM, carrier=carrier, programme="100")
    edge, core = gateway("smpp", made.folder / "gateway.toml"), None
    record = tmp_path / "carrier.jsonl"
    try:
        assert product.until(lambda: record.exists() and BOUND in record.read_text())
        for taken in range(1, 11):  # it works on: between two of these it looks for what may leave
            phone.say(f"{taken}")
            assert product.until(lambda n=taken: record.read_text().count(TAKEN) == n)
        assert phone.texts() == []
        core = dialler(made.data, "smpp", key=made.gateway_private)
        assert phone.hear(re.compile(PLACE), patience_s=40)
        assert phone.texts() == [PLACE]
    finally:
        for process in filter(None, (edge, core)):
            process.kill()
            process.communicate()
        carrier.stop()
