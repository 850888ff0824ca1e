"""The other end of a benchmark: takes submit_sm by the whole read and answers it by the whole write.

Not our session: blocking sockets, and numpy over all equal frames of a read at once, so that it
is several times faster than any client. One process of its own: `python -m safeconduct.bench.sink`
prints its port and serves until its standard input ends; each line there is answered with one of
JSON, what each link has seen. With `--receipts` every submission is followed by a delivery receipt,
text and TLVs, and answers to them are counted. `--port N` listens there.
"""

import json
import socket
import struct
import sys
import threading
import time

import numpy as np

_HEADER = struct.Struct(">IIII")
_SUBMIT, _DELIVER, _ANSWER = 0x04, 0x05, 0x80000000
_ID_DIGITS = 10
_READ = 2**18
_POWERS = 10 ** np.arange(_ID_DIGITS - 1, -1, -1, dtype=np.int64)
_LENGTH = 16 + _ID_DIGITS + 1  # of a submit_sm_resp
_ANSWERED = _HEADER.pack(_LENGTH, _SUBMIT | _ANSWER, 0, 0)[:12]
_FEW = 32  # below which an array costs more than it saves


class Link:
    """One client's connection."""

    def __init__(self, sock: socket.socket, *, receipts: bool) -> None:
        self._sock, self._receipts = sock, receipts
        self._taken = 0
        self.answered = 0  # receipts, with status 0
        self.first_at = self.last_at = 0.0  # the first submit_sm, the last receipt's answer

    @property
    def seen(self) -> dict[str, float]:
        """Return what has passed, and in how many seconds."""
        spent = self.last_at - self.first_at
        return {"submitted": self._taken, "receipted": self.answered, "seconds": spent}

    def serve(self) -> None:
        """Answer until the other side goes."""
        sock = self._sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held = b""
        while data := sock.recv(_READ):
            held = held + data if held else data
            out, used = self._answers(held)
            held = held[used:]
            if out:
                sock.sendall(out)

    def _answers(self, held: bytes) -> tuple[bytes, int]:
        out, at = [], 0
        while len(held) - at >= _HEADER.size:
            length, command, _, sequence = _HEADER.unpack_from(held, at)
            if len(held) - at < length:
                break
            if command == _SUBMIT:
                told, count = self._submitted(held, at, length)
                out.append(told)
                at += count * length
                continue
            if command == _DELIVER | _ANSWER:
                self._receipt_taken(ok=held[at + 8 : at + 12] == b"\0\0\0\0")
            elif not command & _ANSWER:
                body = b"sink\0" if command in {1, 2, 9} else b""
                head = _HEADER.pack(16 + len(body), command | _ANSWER, 0, sequence)
                out.append(head + body)
            at += length
        return b"".join(out), at

    def _receipt_taken(self, *, ok: bool) -> None:
        self.answered += ok
        self.last_at = time.perf_counter()

    def _few(self, held: bytes, at: int, length: int, most: int) -> tuple[bytes, int]:
        out, count, head = [], 0, held[at : at + 8]
        while count < most and held.startswith(head, at):
            frame = held[at : at + length]
            at, count = at + length, count + 1
            out.append(_ANSWERED + frame[12:16] + b"%010d\0" % self._taken)
            if self._receipts:
                out.append(_receipt(frame, self._taken))
            self._taken += 1
        return b"".join(out), count

    def _submitted(self, held: bytes, at: int, length: int) -> tuple[bytes, int]:
        """Answer the run of equally long submit_sm that begins at `at`; and how many they are."""
        self.first_at = self.first_at or time.perf_counter()
        count = (len(held) - at) // length
        if count < _FEW:
            return self._few(held, at, length, count)
        frames = np.frombuffer(held, np.uint8, count * length, at).reshape(count, length)
        differs = np.flatnonzero((frames[:, :8] != frames[0, :8]).any(axis=1))
        count = int(differs[0]) if len(differs) else count
        ids = np.arange(self._taken, self._taken + count, dtype=np.int64)
        self._taken += count
        out = np.zeros((count, _LENGTH), np.uint8)
        out[:, :12] = np.frombuffer(_ANSWERED, np.uint8)
        out[:, 12:16] = frames[:count, 12:16]
        out[:, 16:-1] = (ids[:, None] // _POWERS) % 10 + ord("0")
        told = out.tobytes()
        if self._receipts:
            told += b"".join(
                _receipt(held[at + n * length : at + (n + 1) * length], int(number))
                for n, number in enumerate(ids)
            )
        return told, count


def _receipt(frame: bytes, number: int) -> bytes:
    """Return the deliver_sm of a receipt for one submit_sm, SMPP 3.4, Appendix B."""
    at = frame.index(0, 16) + 1
    source_end = frame.index(0, at + 2) + 1
    destination_end = frame.index(0, source_end + 2) + 1
    source, destination = frame[at:source_end], frame[source_end:destination_end]
    name = b"%010d" % number
    text = (
        b"id:%b sub:001 dlvrd:001 submit date:3105041200 done date:3105041200 "
        b"stat:DELIVRD err:000 text:" % name
    )
    body = (
        b"\0" + destination + source + b"\x04\0\0\0\0\0\0\0\0" + bytes((len(text),)) + text
        + b"\0\x1e\0\x0b" + name + b"\0" + b"\x04\x27\0\x01\x02"
    )  # fmt: skip
    return _HEADER.pack(16 + len(body), _DELIVER, 0, number % 0x7FFFFFFF + 1) + body


def main() -> None:
    """Listen, print the port, serve each client in a thread, end with standard input."""
    options = sys.argv[1:]
    receipts = "--receipts" in options
    port = int(options[options.index("--port") + 1]) if "--port" in options else 0
    listening = socket.create_server(("127.0.0.1", port))
    print(listening.getsockname()[1], flush=True)
    links: list[Link] = []

    def meet() -> None:
        while True:
            sock, _ = listening.accept()
            links.append(Link(sock, receipts=receipts))
            threading.Thread(target=links[-1].serve, daemon=True).start()

    threading.Thread(target=meet, daemon=True).start()
    for _line in sys.stdin:
        print(json.dumps([link.seen for link in links]), flush=True)


if __name__ == "__main__":
    main()
