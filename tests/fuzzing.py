"""What parses bytes from outside, each as one function of bytes, with what it may say against them.

`tests/test_fuzz.py` runs all of it for seconds, by hypothesis and by atheris; `just fuzz` for as
long as one likes. A target that raises what it does not declare is a fault.
"""

import asyncio
import contextlib
import io
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime

import h11
from PIL import Image
from pymavlink.dialects.v20 import ardupilotmega as dialect

from safeconduct import clock, envelope, sealing
from safeconduct.audit import register
from safeconduct.audit.exported import Head
from safeconduct.audit.register import Line, Torn
from safeconduct.audit.rules import head_bytes
from safeconduct.mavlink import frame as mavlink
from safeconduct.mavlink.links import raw_of
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.wall import Frame
from safeconduct.outreach import listing
from safeconduct.pages import serving, wordcode
from safeconduct.reception.photo import encoded_anew
from safeconduct.refusal import Refused
from safeconduct.smpp import alphabet, codec, receipts, segments, wire
from safeconduct.spool import carried, form, handed, http, protocol, standing
from safeconduct.spool.link import Link, LinkBroken
from tests.fuzzed_files import FILES
from tests.target import Target, lying

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SIGN, BOX = sealing.new_sign_keys(), sealing.new_box_keys()
_HEARD = (1, 2, 24, 33, 147, 193, 253)  # every message that mavlink/telemetry.py takes


# ---- the carrier's side ------------------------------------------------------------------------


def _smpp(raw: bytes) -> None:
    """As smpp/wire.py and gateways/smpp.py read: one that is malformed spoils itself alone."""
    for pdu in codec.cut(bytearray(raw)):
        for read in (codec.read_message, codec.read_bind, codec.read_id):
            with contextlib.suppress(codec.Malformed):
                found = read(pdu)
                if isinstance(found, codec.Message):
                    _message(found)


def _message(message: codec.Message) -> None:
    if receipts.is_receipt(message) and (report := receipts.read(message)):
        for base in receipts.BASES:
            receipts.canonical(report.carrier_id, base=base)
    for default in alphabet.CARRIER_DEFAULTS:
        segments.read(message, default=default)


class _Nowhere(asyncio.Transport):
    """Takes what is written, and closes."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert codec.cut(bytearray(data))

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass


def _smpp_link(raw: bytes) -> None:
    """As smpp/wire.py hears a carrier, in two reads, while it waits for answers of its own."""

    async def hear() -> None:
        link, told = wire.Wire(takes=frozenset({4, 5, 6, 0x103})), []
        link.connection_made(_Nowhere())
        for command in (4, 0x15, 9):
            link.request(command, b"", within_s=9, told=told.append)
        for part in (raw[: len(raw) // 2], raw[len(raw) // 2 :]):
            link.get_buffer(-1)[: len(part)] = part
            link.buffer_updated(len(part))
        link.connection_lost(None)
        assert len(told) == 3  # each is answered, or unknown, once
        with contextlib.suppress(ConnectionError, codec.Malformed):
            await link.requests()

    asyncio.run(hear())


def _pdus() -> tuple[bytes, ...]:
    him, us = codec.Address.of("+380671234567"), codec.Address.of("7007")
    texts = [
        codec.Message(him, us, short="Нам три дня не дают еды".encode("utf-16-be"), coding=8),
        codec.Message(him, us, short=b"help", tlvs=((0x020C, b"\0\1"), (0x020E, b"\2"))),
        codec.Message(him, us, short=b"\5\0\3\1\2\1abc", esm_class=0x40),
        codec.Message(
            him,
            us,
            short=b"id:7 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD",
            esm_class=0x04,
        ),
    ]
    made = [codec.Pdu(5, 0, n, codec.message_body(text)) for n, text in enumerate(texts, 1)]
    packed = alphabet.packed(alphabet.septets("hello") or b"", fill=1)
    shifted = codec.Message(him, us, short=b"\3\x25\1\1" + packed, esm_class=0x40, coding=0xF0)
    made += [codec.Pdu(4, 0, 7, codec.message_body(shifted)), codec.Pdu(0x15, 0, 8)]
    made.append(codec.Pdu(9, 0, 1, codec.bind_body(codec.Bind("safeconduct", "exercise"))))
    made.append(codec.Pdu(0x80000004, 0, 1, codec.id_body("17")))
    return tuple(pdu.to_bytes() for pdu in made)


# ---- aircraft and trackers ---------------------------------------------------------------------


class Nowhere:
    """A way that takes frames of the encoder's, and brings them to nobody."""

    def send(self, frame: Frame) -> None:
        raw_of(frame)


def _mavlink(raw: bytes) -> None:
    listener = Listener(systems={1: "aircraft:1", 250: "vehicle"}, rate_hz=1.0, now=clock.now)
    listener.hear(raw, Nowhere())
    for fix in listener.fixes:
        envelope.Position.from_bytes(fix.to_bytes())


def _telemetry(raw: bytes) -> None:
    """As a system that is known, or that forged its number: whole frames, any content."""
    frames = b""
    for number in _HEARD:
        head = struct.pack("<BBBBBB3s", len(raw[:255]), 0, 0, 0, 1, 1, number.to_bytes(3, "little"))
        crc = dialect.x25crc(head + raw[:255])
        crc.accumulate(struct.pack("B", dialect.mavlink_map[number].crc_extra))
        frames += b"\xfd" + head + raw[:255] + struct.pack("<H", crc.crc)
    _mavlink(frames)


def _mavlink_frames() -> tuple[bytes, ...]:
    sender = dialect.MAVLink(None, srcSystem=1, srcComponent=1)
    messages = [
        dialect.MAVLink_global_position_int_message(7, 505000000, 305000000, 1, 2, 3, 4, 5, 6),
        dialect.MAVLink_system_time_message(1_795_000_000_000_000, 7),
        dialect.MAVLink_ekf_status_report_message(1, 0.1, 0.2, 0.3, 0.4, 0.5),
        dialect.MAVLink_statustext_message(4, b"GPS Glitch"),
        dialect.MAVLink_gps_raw_int_message(1, 3, 505000000, 305000000, 1, 2, 3, 4, 5, 9),
        dialect.MAVLink_sys_status_message(0, 0, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0),
    ]
    return tuple(bytes(message.pack(sender)) for message in messages)


# ---- machines of ours that may be somebody else's by now ---------------------------------------


def _spool(raw: bytes) -> None:
    """As the core reads a seized gateway, which has its keys and signs what it likes."""
    signed = raw + sealing.sign(SIGN[0], b"in" + raw)
    chain = carried.Chain({"smpp": SIGN[1]}, direction="in")
    opener = carried.Opener(BOX[0], direction="in")
    for told in (raw, signed):
        with contextlib.suppress(form.CarriedRefused):
            for sealed in chain.check(told, mark=form.Mark()).each():
                opener.open(sealed)


def _carried() -> tuple[bytes, ...]:
    sealer = carried.Sealer("smpp", to=BOX[1], sign=SIGN[0], direction="in")
    things = [("smpp:1", b"content"), ("smpp:2", b"more")]
    whole, _after = sealer.seal_together(things, mark=form.Mark())
    return (whole[:-64], whole, form.read(whole).alone(0))


def _link(raw: bytes) -> None:
    link = Link.__new__(Link)
    link._buffer = bytearray(raw)
    link._cut(64)


def _things(raw: bytes) -> None:
    with contextlib.suppress(envelope.Newer):
        envelope.insist_known(raw)
    envelope.kind_of(raw)
    for kind in envelope.KINDS.values():
        with contextlib.suppress(ValueError):
            kind.from_bytes(raw).to_bytes()


def _hello(raw: bytes) -> None:
    """As both ends read what the other says of itself, and as the core reads what a gateway set aside."""
    protocol.Speech.from_bytes(raw)


def _set_asides(raw: bytes) -> None:
    for kind, count in standing._read(raw).items():
        assert kind.isidentifier()
        assert count > 0


def _core_key(raw: bytes) -> None:
    signed = raw + sealing.sign(SIGN[0], b"core-box|v1|" + raw)
    for told in (raw, signed):
        with contextlib.suppress(carried.Foreign):
            handed.read_core(told, verify=SIGN[1])


def _carried_things() -> tuple[bytes, ...]:
    text = envelope.InboundText("smpp", 1, NOON, "+380671234567", "7007", "да", 0, 1, 1, b"", False)
    return (text.to_bytes(),)


class _Wire(io.BytesIO):
    def recv(self, count: int, /) -> bytes:
        return self.read(count)

    def sendall(self, data: bytes, /) -> None:
        raise AssertionError


def _keeper_frame(raw: bytes) -> None:
    sealing.read_frame(_Wire(raw))


# ---- anybody at the contact page ----------------------------------------------------------------


def _page(raw: bytes) -> None:
    async def read() -> serving.Request:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=http.MOST_HEAD)
        return serving.understood(await http.read_request(wire, reader))

    asked = asyncio.run(read())
    for text in asked.form.values():
        with contextlib.suppress(ValueError):
            wordcode.read(text)


def _pages() -> tuple[bytes, ...]:
    body = b"f=00&do=write&m=%D0%B4%D0%B0"
    head = b"POST /?l=ru HTTP/1.1\r\nHost: page\r\nContent-Length: %d\r\n\r\n" % len(body)
    chunked = (
        b"POST / HTTP/1.1\r\nHost: page\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nk=a\r\n0\r\n\r\n"
    )
    return (b"GET /?k=a HTTP/1.1\r\nHost: page\r\n\r\n", head + body, chunked)


# ---- files that people bring -------------------------------------------------------------------


def _list(raw: bytes) -> None:
    listing.read(raw, languages=("ru", "uk"), zones=("a", "b"))


def _whole_list() -> bytes:
    lines = [f"3806700{number:05},ru,a" for number in range(100)]
    return "\n".join(["number,language,zone", *lines]).encode()


def _heads() -> tuple[dict[str, object], str]:
    """Return a signed head as a file tells it, and as its line."""
    told: dict[str, object] = {"log": "keeper", "size": 7, "root": bytes(32).hex(), "at_us": 9}
    signed = head_bytes(log="keeper", size=7, root=bytes(32), at_us=9)
    more = {"key": SIGN[1].hex(), "signature": sealing.sign(SIGN[0], signed).hex(), "since": 0}
    told |= {**more, "leaves": [bytes(32).hex()]}
    return told, Head.of(told).line()


def _head_line(raw: bytes) -> None:
    Head.typed(raw.decode("utf-8", "replace"))


def _registers() -> bytes:
    line = Line(0, 1, "optout", "{}").written(register._FIRST)
    return (line + "\n").encode()


def _register(raw: bytes) -> None:
    register._parse(raw.decode("utf-8", "replace"))


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG")
    return out.getvalue()


TARGETS: Mapping[str, Target] = {
    "smpp": Target(_smpp, (codec.Malformed,), _pdus()),
    "smpp-link": Target(_smpp_link, (), _pdus()),
    "mavlink": Target(_mavlink, (), _mavlink_frames()),
    "telemetry": Target(
        _telemetry, (), (bytes(30), struct.pack("<5fH", *[float("nan")] * 5, 1), b"\xff" * 60)
    ),
    "mavlink-frame": Target(mavlink.look, (mavlink.NoFrame,), _mavlink_frames()),
    "spool": Target(_spool, (), _carried()),
    "link": Target(_link, (LinkBroken,), (struct.pack(">BI", 83, 4) + b"body",)),
    "hello": Target(_hello, (protocol.Skewed,), (protocol.OURS.to_bytes(),)),
    "set-asides": Target(_set_asides, (), (b'{"Newer": 2, "Unopenable": 1}',)),
    "core-key": Target(_core_key, (), (bytes(8) + BOX[1],)),
    "carried-things": Target(_things, (ValueError,), _carried_things()),
    "keeper-frame": Target(
        _keeper_frame, (sealing.Tampered,), (sealing.frame({"op": "open", "kinds": ["body"]}),)
    ),
    "page": Target(_page, (h11.RemoteProtocolError, http.NotServed), _pages()),
    "list": Target(_list, (Refused,), (_whole_list(),)),
    "photo": Target(encoded_anew, (Refused,), (_picture(),)),
    "head-line": Target(_head_line, (ValueError,), (_heads()[1].encode(),)),
    "head-file": Target(
        lying(Head.read, "keeper-7.json"), (ValueError,), (json.dumps(_heads()[0]).encode(),)
    ),
    "register": Target(_register, (Torn,), (_registers(),)),
    **FILES,
}


def every(raw: bytes) -> None:
    """Give bytes to the target that the first of them chooses."""
    names = sorted(TARGETS)
    if raw:
        TARGETS[names[raw[0] % len(names)]](raw[1:])
