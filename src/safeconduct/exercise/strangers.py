"""What went to an aircraft, as another author's library reads it, and what of it is on no list.

MAVSDK decodes with libmav and its own message definitions, and shares no line with the codec that wrote the
frames; where it is not installed, pymavlink's widest dialect reads them, and a verdict says so. A frame that
cannot be read is a finding too. What may have left stands here once more, by the names that they use.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from pymavlink.dialects.v20 import all as mavlink
from pymavlink.dialects.v20 import ardupilotmega as codec

WAITS_S = 5.0
US = 245, 191  # the product's system and component id
_REPOSITION = 192
Read = tuple[str, dict[str, Any]]
Listed = Mapping[str, frozenset[int] | None]
WATCH: Listed = {
    "HEARTBEAT": None,
    "PARAM_REQUEST_READ": None,
    "PARAM_REQUEST_LIST": None,
    "COMMAND_LONG": frozenset({511, 512}),
}
_KINDS = {"FENCE": frozenset({5001, 5002, 5003, 5004}), "RALLY": frozenset({5100})}
PILOT: Listed = {
    **WATCH,
    "COMMAND_LONG": frozenset({511, 512, 176, 178, 197, 1000}),
    "COMMAND_INT": frozenset({_REPOSITION, 195}),
    "MISSION_ITEM_INT": _KINDS["FENCE"] | _KINDS["RALLY"],
    **dict.fromkeys(
        ("SET_POSITION_TARGET_LOCAL_NED", "SET_POSITION_TARGET_GLOBAL_INT", "FOLLOW_TARGET",
         "MISSION_REQUEST_LIST", "MISSION_COUNT", "MISSION_CLEAR_ALL", "MISSION_ACK",
         "MISSION_REQUEST_INT")
    ),
}  # fmt: skip


class Unread(AssertionError):
    """A frame that left was not read."""


class Library(Protocol):
    """One author's reading of frames."""

    name: str

    def read(self, frames: Iterable[bytes]) -> list[Read]:
        """Return each frame's name and fields, in order.

        Raises:
            Unread: it read fewer than there are, or another sender.
        """
        ...


class Reader:
    """Decodes frames of one sender by MAVSDK, without a socket.

    It reads as the aircraft `to` would: what is meant for another it does not show.

    Raises:
        ImportError: MAVSDK is not installed.
    """

    name = "MAVSDK"

    def __init__(self, *, to: int = 1) -> None:
        from mavsdk.logging import log_subscribe  # noqa: PLC0415  only where it is installed
        from mavsdk.mavsdk import Configuration, Mavsdk  # noqa: PLC0415  as above
        from mavsdk.plugins.mavlink_direct import MavlinkDirect  # noqa: PLC0415  as above

        log_subscribe(lambda *_told: True)  # it would write to the terminal
        self._mavsdk = Mavsdk(Configuration.create_manual(to, 1, False))
        self._mavsdk.add_any_connection("raw://")
        self._mavsdk.subscribe_raw_bytes_to_be_sent(lambda _raw: None)
        # It shows messages of a sender that it knows, so the sender beats once.
        writer = codec.MAVLink(None, srcSystem=US[0], srcComponent=US[1])
        beat = codec.MAVLink_heartbeat_message(18, 8, 0, 0, 4, 3)
        self._mavsdk.pass_received_raw_bytes(bytes(beat.pack(writer)))
        self._wait(self._mavsdk.get_systems)
        self._got: list[Any] = []
        self._direct = MavlinkDirect(self._mavsdk.get_systems()[0])
        self._direct.subscribe_message("", lambda told, _data=None: self._got.append(told))

    def _wait(self, true: Any) -> Any:
        end = time.monotonic() + WAITS_S
        while not true() and time.monotonic() < end:
            time.sleep(0.002)
        return true()

    def read(self, frames: Iterable[bytes]) -> list[Read]:
        """Return each frame's name and fields, in order.

        Raises:
            Unread: it read fewer than there are, or another sender.
        """
        frames = list(frames)
        self._got.clear()
        for raw in frames:
            self._mavsdk.pass_received_raw_bytes(raw)
        if not self._wait(lambda: len(self._got) >= len(frames)):
            raise Unread(f"of {len(frames)} frames that left, MAVSDK reads {len(self._got)}")
        found = [(told.message_name, json.loads(told.fields_json)) for told in self._got]
        strangers = {(told.system_id, told.component_id) for told in self._got} - {US}
        if len(found) != len(frames) or strangers:
            raise Unread(f"{len(frames)} frames left and {len(found)} came, {strangers} among them")
        return found

    def close(self) -> None:
        """Give it back."""
        self._direct.destroy()
        self._mavsdk.destroy()


class Pymavlink:
    """Decodes frames by pymavlink's widest dialect."""

    name = "pymavlink"

    def read(self, frames: Iterable[bytes]) -> list[Read]:
        """Return each frame's name and fields, in order.

        Raises:
            Unread: it cannot read one, or another sender sent it.
        """
        found: list[Read] = []
        for raw in frames:
            codec_ = mavlink.MAVLink(None)
            codec_.robust_parsing = True
            told = codec_.parse_buffer(raw) or []
            if len(told) != 1 or told[0].get_type() == "BAD_DATA":
                raise Unread("pymavlink cannot read a frame that left")
            if (told[0].get_srcSystem(), told[0].get_srcComponent()) != US:
                raise Unread("a frame of another sender left")
            found.append((told[0].get_type(), told[0].to_dict()))
        return found


@contextmanager
def reader(*, to: int = 1) -> Iterator[Reader]:
    """Lend a reader of MAVSDK."""
    made = Reader(to=to)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def library(*, to: int) -> Iterator[Library]:
    """Lend the most foreign library there is here."""
    try:
        made = Reader(to=to)
    except ImportError:
        yield Pymavlink()
        return
    try:
        yield made
    finally:
        made.close()


def outside(read: Sequence[Read], listed: Listed = WATCH) -> list[tuple[str, Any]]:
    """Return what is on no list, by name and command."""
    return [
        (name, fields.get("command"))
        for name, fields in read
        if name not in listed or not _within(name, fields, listed)
    ]


def _within(name: str, fields: Mapping[str, Any], listed: Listed) -> bool:
    commands, kind = listed[name], {1: "FENCE", 2: "RALLY"}.get(fields.get("mission_type", 1))
    if kind is None or (commands is not None and fields["command"] not in commands):
        return False
    if fields.get("command") == _REPOSITION and fields["param2"] != 0:
        return False
    return name != "MISSION_ITEM_INT" or fields["command"] in _KINDS[kind]
