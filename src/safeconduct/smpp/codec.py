"""SMPP 3.4 octets: frames, the PDUs we speak, their TLVs. Pure; bytes in, values out.

Section numbers are those of "Short Message Peer to Peer Protocol Specification v3.4", Issue 1.2.
Unknown TLVs are kept raw; what cannot be read raises `Malformed` and never anything else.
Values are named tuples: a hundred thousand a second are made and dropped.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple, Self

from safeconduct.smpp.codes import ANSWER, LAST_SEQUENCE, NOT_TAKEN, Command, Status, Tag

HEADER = struct.Struct(">IIII")  # command_length, command_id, command_status, sequence (§3.2)
MAX_PDU = 128 * 1024  # our cap; a message_payload is 64 KiB at most (§5.3.2.32)
MAX_SHORT = 254  # octets of short_message (§5.2.22)
_new = tuple.__new__  # what a named tuple's own call ends in, without its detour
_TLV = struct.Struct(">HH")  # tag, length (§3.2.4.1)
_LONGEST_SHORT_CODE = 8  # digits; E.164 numbers in use have more

# submit_sm and deliver_sm up to short_message, §4.4.1: %b a string or octets, %c one octet.
_MESSAGE = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b"


class Malformed(ValueError):
    """These octets are no PDU of SMPP 3.4. `status` is what to answer."""

    def __init__(self, why: str, *, status: int = Status.BAD_COMMAND_LENGTH) -> None:
        super().__init__(why)
        self.status = status


class Pdu(NamedTuple):
    """One frame with its body unread."""

    command: int
    status: int
    sequence: int
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the frame, §3.2."""
        length = HEADER.size + len(self.body)
        return HEADER.pack(length, self.command, self.status, self.sequence) + self.body


class Address(NamedTuple):
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


class Message(NamedTuple):
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
    tlvs: tuple[tuple[int, bytes], ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """Return the value of the first TLV with this tag."""
        for known, value in self.tlvs:
            if known == tag:
                return value
        return None

    @property
    def content(self) -> bytes:
        """Return message_payload when short_message is empty (§5.3.2.32), else short_message."""
        if self.short or not self.tlvs:
            return self.short
        payload = self.tlv(Tag.MESSAGE_PAYLOAD)
        return self.short if payload is None else payload


class Bind(NamedTuple):
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
    have, at = len(buffer), 0
    if have < HEADER.size or have < _length(buffer) <= MAX_PDU:
        return []
    raw = bytes(buffer)
    found: list[Pdu] = []
    while have - at >= HEADER.size:
        length, command, status, sequence = HEADER.unpack_from(raw, at)
        if not HEADER.size <= length <= MAX_PDU:
            if found:
                break
            raise Malformed(f"a frame of {length} octets")
        if have - at < length:
            break
        found.append(_new(Pdu, (command, status, sequence, raw[at + 16 : at + length])))
        at += length
    del buffer[:at]
    return found


def _length(buffer: bytearray) -> int:
    return int.from_bytes(buffer[:4], "big")


# ---- reading a body ----------------------------------------------------------------------------


def _word(body: bytes, at: int, most: int) -> tuple[str, int]:
    """Read a C-Octet String, §3.1: Latin-1, ended by NULL, `most` octets with it; and where it ends."""
    end = body.find(0, at)
    if end == at:
        return "", end + 1
    if end < 0:
        raise Malformed("a string has no end")
    if end - at >= most:
        raise Malformed(f"a string is longer than {most} octets")
    return body[at:end].decode("latin-1"), end + 1


def _address(body: bytes, at: int) -> tuple[Address, int]:
    number, end = _word(body, at + 2, 65)  # §5.2.8 has 21; data_sm, §4.7.1, has 65
    return _new(Address, (number, body[at], body[at + 1])), end


def _tlvs(body: bytes, at: int) -> tuple[tuple[int, bytes], ...]:
    """Return tag and value of each TLV, §3.2.4.1; a cut-off end is left out, not a reason to refuse."""
    if at == len(body):
        return ()
    found: list[tuple[int, bytes]] = []
    while len(body) - at >= _TLV.size:
        tag, length = _TLV.unpack_from(body, at)
        at += _TLV.size
        if at + length > len(body):
            break
        found.append((tag, body[at : at + length]))
        at += length
    return tuple(found)


def read_message(pdu: Pdu) -> Message:
    """Read submit_sm, deliver_sm or data_sm.

    Raises:
        Malformed: a mandatory field is cut off or too long.
    """
    try:
        return _data(pdu.body) if pdu.command == Command.DATA_SM else _sm(pdu.body)
    except IndexError:
        raise Malformed("the body ends before its fields do") from None


def _sm(body: bytes) -> Message:
    service, at = _word(body, 0, 6)
    source, at = _address(body, at)
    destination, at = _address(body, at)
    esm_class, protocol, priority = body[at], body[at + 1], body[at + 2]
    schedule, at = _word(body, at + 3, 17)
    validity, at = _word(body, at, 17)
    registered, replace, coding = body[at], body[at + 1], body[at + 2]
    default_id, length, at = body[at + 3], body[at + 4], at + 5
    short = body[at : at + length]
    if len(short) < length:
        raise Malformed("the body ends before its message does")
    return _new(Message, (
        source, destination, short, coding, esm_class, registered, service, protocol, priority,
        schedule, validity, replace, default_id, _tlvs(body, at + length),
    ))  # fmt: skip


def _data(body: bytes) -> Message:
    service, at = _word(body, 0, 6)
    source, at = _address(body, at)
    destination, at = _address(body, at)
    esm_class, registered, coding = body[at], body[at + 1], body[at + 2]
    return Message(
        source, destination, b"", coding, esm_class, registered, service, tlvs=_tlvs(body, at + 3)
    )


def read_bind(pdu: Pdu) -> Bind:
    """Read a bind of any of the three kinds.

    Raises:
        Malformed: as named.
    """
    body = pdu.body
    try:
        system_id, at = _word(body, 0, 16)
        password, at = _word(body, at, 9)
        system_type, at = _word(body, at, 13)
        version, ton, npi = body[at], body[at + 1], body[at + 2]
        address_range, at = _word(body, at + 3, 41)
    except IndexError:
        raise Malformed("the body ends before its fields do") from None
    return Bind(system_id, password, system_type, version, ton, npi, address_range)


def read_id(pdu: Pdu) -> str:
    """Return the message_id of a submit_sm_resp or the system_id of a bind's response.

    Some carriers leave the body out when the status is not 0 (§4.4.2 allows it): then "".

    Raises:
        Malformed: the string has no end.
    """
    body = pdu.body
    return _word(body, 0, 65)[0] if body else ""


# ---- writing a body ----------------------------------------------------------------------------


def _string(text: str, most: int) -> bytes:
    raw = text.encode("latin-1")
    if len(raw) >= most or 0 in raw:
        raise ValueError(f"a string of {len(raw)} octets does not fit a field of {most}")
    return raw


def message_body(message: Message) -> bytes:
    """Return the body of a submit_sm or deliver_sm.

    Raises:
        ValueError: a field does not fit, see the message.
    """
    (
        source, destination, short, coding, esm_class, registered, service, protocol, priority,
        schedule, validity, replace, default_id, tlvs,
    ) = message  # fmt: skip
    if len(short) > MAX_SHORT:
        raise ValueError(f"short_message holds {MAX_SHORT} octets; use message_payload or parts")
    try:
        body = _MESSAGE % (
            _string(service, 6) if service else b"",
            source[1], source[2], _string(source[0], 21),
            destination[1], destination[2], _string(destination[0], 21),
            esm_class, protocol, priority,
            _string(schedule, 17) if schedule else b"", _string(validity, 17) if validity else b"",
            registered, replace, coding, default_id, len(short), short,
        )  # fmt: skip
    except OverflowError:
        raise ValueError("a number does not fit a field of one octet") from None
    return body + tlv_octets(tlvs) if tlvs else body


def tlv_octets(tlvs: Iterable[tuple[int, bytes]]) -> bytes:
    """Return TLVs one after another, §3.2.4.1.

    Raises:
        ValueError: a value is longer than 65,535 octets, or a tag no 16-bit number.
    """
    try:
        return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs)
    except struct.error:
        raise ValueError("a TLV has a tag or a length of more than 16 bits") from None


def bind_body(bind: Bind) -> bytes:
    """Return the body of a bind, §4.1.

    Raises:
        ValueError: a field does not fit; a password has 8 octets at most (§5.2.2).
    """
    words = ((bind.system_id, 16), (bind.password, 9), (bind.system_type, 13))
    return (
        b"".join(_string(text, most) + b"\0" for text, most in words)
        + bytes((bind.version, bind.ton, bind.npi))
        + id_body(bind.address_range, most=41)
    )


def id_body(text: str, *, most: int = 65) -> bytes:
    """Return the body of a response that carries a message_id or a system_id."""
    return _string(text, most) + b"\0"


__all__ = [
    "ANSWER", "HEADER", "LAST_SEQUENCE", "MAX_PDU", "MAX_SHORT", "NOT_TAKEN", "Address", "Bind",
    "Command", "Malformed", "Message", "Pdu", "Status", "Tag", "bind_body", "cut", "id_body",
    "message_body", "read_bind", "read_id", "read_message", "tlv_octets",
]  # fmt: skip
