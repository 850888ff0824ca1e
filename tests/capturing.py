"""A wiretap before an aircraft: what went to it, as another author's library reads it.

MAVSDK decodes with libmav and its own message definitions, and shares no line with the codec that
wrote the frames. A frame that it cannot read is a finding too. What may have left stands here once
more, by the names that it uses.
"""

import json
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path

from mavsdk.logging import log_subscribe
from mavsdk.mavsdk import Configuration, Mavsdk
from mavsdk.plugins.mavlink_direct import MavlinkDirect
from pymavlink.dialects.v20 import ardupilotmega as codec

WAITS_S = 5.0
US = 245, 191  # our system and component id
WATCH = {
    "HEARTBEAT": None,
    "PARAM_REQUEST_READ": None,
    "PARAM_REQUEST_LIST": None,
    "COMMAND_LONG": {511, 512},
}
_KINDS = {"FENCE": {5001, 5002, 5003, 5004}, "RALLY": {5100}}
PILOT = {
    **WATCH,
    "COMMAND_LONG": {511, 512, 176, 178, 197, 1000},
    "COMMAND_INT": {192, 195},
    "MISSION_ITEM_INT": set().union(*_KINDS.values()),
    **dict.fromkeys(
        ("SET_POSITION_TARGET_LOCAL_NED", "SET_POSITION_TARGET_GLOBAL_INT", "FOLLOW_TARGET",
         "MISSION_REQUEST_LIST", "MISSION_COUNT", "MISSION_CLEAR_ALL", "MISSION_ACK",
         "MISSION_REQUEST_INT")
    ),
}  # fmt: skip


class Unread(AssertionError):
    """MAVSDK did not read a frame that left."""


class Reader:
    """Decodes frames of one sender by MAVSDK, without a socket.

    It reads as the aircraft `to` would: what is meant for another it does not show.
    """

    def __init__(self, *, to: int = 1) -> None:
        log_subscribe(lambda *_told: True)  # it would write to the terminal
        self._mavsdk = Mavsdk(Configuration.create_manual(to, 1, False))
        self._mavsdk.add_any_connection("raw://")
        self._mavsdk.subscribe_raw_bytes_to_be_sent(lambda _raw: None)
        # It shows messages of a sender that it knows, so the sender beats once.
        writer = codec.MAVLink(None, srcSystem=US[0], srcComponent=US[1])
        beat = codec.MAVLink_heartbeat_message(18, 8, 0, 0, 4, 3)
        self._mavsdk.pass_received_raw_bytes(bytes(beat.pack(writer)))
        self._wait(self._mavsdk.get_systems)
        self._got = []
        self._direct = MavlinkDirect(self._mavsdk.get_systems()[0])
        self._direct.subscribe_message("", lambda told, _data=None: self._got.append(told))

    def _wait(self, true):
        end = time.monotonic() + WAITS_S
        while not true() and time.monotonic() < end:
            time.sleep(0.002)
        return true()

    def read(self, frames: Iterable[bytes]) -> list[tuple[str, dict[str, object]]]:
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

    def close(self):
        """Give it back."""
        self._direct.destroy()
        self._mavsdk.destroy()


@contextmanager
def reader(*, to=1):
    """Lend a reader."""
    made = Reader(to=to)
    try:
        yield made
    finally:
        made.close()


def outside(read, listed=WATCH):
    """Return what is on no list, by name and command."""
    return [
        (name, fields.get("command"))
        for name, fields in read
        if name not in listed or not _within(name, fields, listed)
    ]


def _within(name, fields, listed):
    commands, kind = listed[name], {1: "FENCE", 2: "RALLY"}.get(fields.get("mission_type", 1))
    if kind is None or (commands is not None and fields["command"] not in commands):
        return False
    if fields.get("command") == 192 and fields["param2"] != 0:
        return False
    return name != "MISSION_ITEM_INT" or fields["command"] in _KINDS[kind]


def recorded(log: Path) -> list[bytes]:
    """Return what an aircraft of the exercise wrote down of what it received."""
    lines = map(json.loads, log.read_text().splitlines())
    return [raw for line in lines for raw in cut(bytes.fromhex(line["hex"]))]


def cut(data: bytes) -> list[bytes]:
    """Return the frames of one datagram; what is no MAVLink 2 stays, so that it is found."""
    frames = []
    while data:
        whole = (
            12 + data[1] + (13 if data[2] & 1 else 0)
            if data[0] == 0xFD and len(data) > 2
            else len(data)
        )
        frames.append(data[:whole])
        data = data[whole:]
    return frames


class Wiretap:
    """A UDP proxy between one aircraft and whoever listens to it. Keeps what goes to the aircraft."""

    def __init__(self, to: tuple[str, int]) -> None:
        self.taken: list[bytes] = []
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self._far.connect(to)
        self._craft: tuple[str, int] | None = None
        self.address = self._near.getsockname()
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._out, self._in)
        ]
        self._ended = False

    def _out(self):
        while not self._ended:
            try:
                raw, self._craft = self._near.recvfrom(4096)
                self._far.send(raw)
            except OSError:
                continue

    def _in(self):
        while not self._ended:
            try:
                raw = self._far.recv(4096)
            except OSError:
                continue
            self.taken += cut(raw)
            if self._craft is not None:
                self._near.sendto(raw, self._craft)

    def __enter__(self):
        for each in (self._near, self._far):
            each.settimeout(0.1)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_ended):
        self._ended = True
        for thread in self._threads:
            thread.join()
        self._near.close()
        self._far.close()
