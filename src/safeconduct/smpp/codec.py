"""SMPP 3.4 octets: frames, the PDUs we speak, their TLVs. Pure; bytes in, values out.

Section numbers are those of "Short Message Peer to Peer Protocol Specification v3.4", Issue 1.2.
Unknown TLVs are kept raw; what cannot be read raises `Malformed` and never anything else.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Self

HEADER = struct.Struct(">IIII")  # command_length, command_id, command_status, sequence (§3.2)
MAX_PDU = 128 * 1024  # our cap; a message_payload is 64 KiB at most (§5.3.2.32)
MAX_SHORT = 254  # octets of short_message (§5.2.22)
_LONGEST_SHORT_CODE = 8  # digits; E.164 numbers in use have more
LAST_SEQUENCE = 0x7FFFFFFF  # §5.1.4
ANSWER = 0x80000000  # set in the command_id of every response (§5.1.2.1)


class Command(IntEnum):
    """Command ids, §5.1.2.1."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    GENERIC_NACK = 0x80000000


class Status(IntEnum):
    """Command statuses that we send or judge by, §5.1.3."""

    OK = 0x00
    BAD_COMMAND_LENGTH = 0x02
    BAD_COMMAND = 0x03
    WRONG_BIND_STATE = 0x04
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    BIND_FAILED = 0x0D
    BAD_PASSWORD = 0x0E
    BAD_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY = 0x64  # ESME Receiver Temporary App Error: "come again", for deliver_sm_resp


class Tag(IntEnum):
    """TLV tags, §5.3.2."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class Malformed(ValueError):
    """These octets are no PDU of SMPP 3.4. `status` is what to answer."""

    def __init__(self, why: str, *, status: int = Status.BAD_COMMAND_LENGTH) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Pdu:
    """One frame with its body unread."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the frame, §3.2."""
        length = HEADER.size + len(self.body)
        return HEADER.pack(length, self.command, self.status, self.sequence) + self.body


@dataclass(frozen=True, slots=True)
class Address:
    """A telephone number or a name, with its type and plan (§5.2.5, §5.2.6).

    `ton` 1 is international, 5 alphanumeric, 3 a network's short code; `npi` 1 is E.164.
    """

    number: str
    ton: int = 1
    npi: int = 1

    @classmethod
    def of(cls, number: str) -> Self:
        """Return an address as carriers want it: +380… international, 100 a short code, else a name."""
        digits = number.removeprefix("+")
        if not digits.isdecimal():
            return cls(number, 5, 0)
        if number.startswith("+") or len(digits) > _LONGEST_SHORT_CODE:
            return cls(digits, 1, 1)
        return cls(digits, 3, 0)

    def __str__(self) -> str:
        return f"+{self.number}" if self.ton == 1 and self.number.isdecimal() else self.number


@dataclass(frozen=True, slots=True)
class Message:
    """The common body of submit_sm and deliver_sm, §4.4.1 and §4.6.1; data_sm fills what it has."""

    source: Address
    destination: Address
    short: bytes = b""
    coding: int = 0
    esm_class: int = 0
    registered: int = 0
    service: str = ""
    protocol: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    replace: int = 0
    default_id: int = 0
    tlvs: tuple[tuple[int, bytes], ...] = field(default=())

    def tlv(self, tag: int) -> bytes | None:
        """Return the value of the first TLV with this tag."""
        return next((value for known, value in self.tlvs if known == tag), None)

    @property
    def content(self) -> bytes:
        """Return message_payload when short_message is empty (§5.3.2.32), else short_message."""
        payload = self.tlv(Tag.MESSAGE_PAYLOAD)
        return payload if payload is not None and not self.short else self.short


@dataclass(frozen=True, slots=True)
class Bind:
    """The body of the three binds, §4.1."""

    system_id: str
    password: str
    system_type: str = ""
    version: int = 0x34
    ton: int = 0
    npi: int = 0
    address_range: str = ""


def cut(buffer: bytearray) -> list[Pdu]:
    """Take every whole frame off the front of `buffer`, in place.

    Raises:
        Malformed: the next length is below 16 or over our cap: the stream cannot be followed any
            further. Frames before it are given first; the next call raises.
    """
    found: list[Pdu] = []
    at = 0
    while len(buffer) - at >= HEADER.size:
        length, command, status, sequence = HEADER.unpack_from(buffer, at)
        if not HEADER.size <= length <= MAX_PDU:
            if found:
                break
            raise Malformed(f"a frame of {length} octets")
        if len(buffer) - at < length:
            break
        body = bytes(buffer[at + HEADER.size : at + length])
        found.append(Pdu(command, status, sequence, body))
        at += length
    del buffer[:at]
    return found


class _Reader:
    """Reads a body from its front."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def octet(self) -> int:
        if self._at >= len(self._body):
            raise Malformed("the body ends before its fields do")
        self._at += 1
        return self._body[self._at - 1]

    def word(self, most: int) -> str:
        """Return a C-Octet String, §3.1: Latin-1, ended by NULL, `most` octets with it."""
        end = self._body.find(b"\0", self._at)
        if end < 0:
            raise Malformed("a string has no end")
        if end - self._at >= most:
            raise Malformed(f"a string is longer than {most} octets")
        text = self._body[self._at : end].decode("latin-1")
        self._at = end + 1
        return text

    def octets(self, count: int) -> bytes:
        if self._at + count > len(self._body):
            raise Malformed("the body ends before its message does")
        self._at += count
        return self._body[self._at - count : self._at]

    def address(self) -> Address:
        ton, npi = self.octet(), self.octet()
        return Address(self.word(65), ton, npi)  # §5.2.8 has 21; data_sm, §4.7.1, has 65

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        """Return tag and value of each TLV, §3.2.4.1; a cut-off end is left out, not a reason to refuse."""
        found: list[tuple[int, bytes]] = []
        while len(self._body) - self._at >= 4:  # noqa: PLR2004  tag and length, two octets each
            tag, length = struct.unpack_from(">HH", self._body, self._at)
            start = self._at + 4
            if start + length > len(self._body):
                break
            found.append((tag, self._body[start : start + length]))
            self._at = start + length
        return tuple(found)


def read_message(pdu: Pdu) -> Message:
    """Read submit_sm, deliver_sm or data_sm.

    Raises:
        Malformed: a mandatory field is cut off or too long.
    """
    reader = _Reader(pdu.body)
    service = reader.word(6)
    source, destination = reader.address(), reader.address()
    esm_class = reader.octet()
    if pdu.command == Command.DATA_SM:
        registered, coding = reader.octet(), reader.octet()
        return Message(
            source, destination, coding=coding, esm_class=esm_class, registered=registered,
            service=service, tlvs=reader.tlvs(),
        )  # fmt: skip
    protocol, priority = reader.octet(), reader.octet()
    schedule, validity = reader.word(17), reader.word(17)
    registered, replace = reader.octet(), reader.octet()
    coding, default_id = reader.octet(), reader.octet()
    short = reader.octets(reader.octet())
    return Message(
        source, destination, short, coding, esm_class, registered, service, protocol, priority,
        schedule, validity, replace, default_id, reader.tlvs(),
    )  # fmt: skip


def _word(text: str, most: int) -> bytes:
    raw = text.encode("latin-1")
    if len(raw) >= most or b"\0" in raw:
        raise ValueError(f"a string of {len(raw)} octets does not fit a field of {most}")
    return raw + b"\0"


def _address(address: Address) -> bytes:
    return bytes((address.ton, address.npi)) + _word(address.number, 21)


def message_body(message: Message) -> bytes:
    """Return the body of a submit_sm or deliver_sm.

    Raises:
        ValueError: a field does not fit, see the message.
    """
    if len(message.short) > MAX_SHORT:
        raise ValueError(f"short_message holds {MAX_SHORT} octets; use message_payload or parts")
    flags = bytes((message.esm_class, message.protocol, message.priority))
    rest = bytes((message.registered, message.replace, message.coding, message.default_id))
    return b"".join(
        (
            _word(message.service, 6),
            _address(message.source),
            _address(message.destination),
            flags,
            _word(message.schedule, 17),
            _word(message.validity, 17),
            rest,
            bytes((len(message.short),)),
            message.short,
            *(struct.pack(">HH", tag, len(value)) + value for tag, value in message.tlvs),
        )
    )


def read_bind(pdu: Pdu) -> Bind:
    """Read a bind of any of the three kinds.

    Raises:
        Malformed: as named.
    """
    reader = _Reader(pdu.body)
    system_id, password, system_type = reader.word(16), reader.word(9), reader.word(13)
    version, ton, npi = reader.octet(), reader.octet(), reader.octet()
    return Bind(system_id, password, system_type, version, ton, npi, reader.word(41))


def bind_body(bind: Bind) -> bytes:
    """Return the body of a bind, §4.1.

    Raises:
        ValueError: a field does not fit; a password has 8 octets at most (§5.2.2).
    """
    return (
        _word(bind.system_id, 16)
        + _word(bind.password, 9)
        + _word(bind.system_type, 13)
        + bytes((bind.version, bind.ton, bind.npi))
        + _word(bind.address_range, 41)
    )


def read_id(pdu: Pdu) -> str:
    """Return the message_id of a submit_sm_resp or the system_id of a bind's response.

    Some carriers leave the body out when the status is not 0 (§4.4.2 allows it): then "".

    Raises:
        Malformed: the string has no end.
    """
    return _Reader(pdu.body).word(65) if pdu.body else ""


def id_body(text: str) -> bytes:
    """Return the body of a response that carries a message_id or a system_id."""
    return _word(text, 65)
