"""The escort team's laptop in an exercise: `safeconduct station` as its own process, its page, and its link home.

The link passes through a proxy of ours, which cuts it as a radio is cut: nothing passes, nobody is told. The process
begins before anybody types: the gateway beside it waits for the key that it makes at its first start.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from safeconduct.exercise.console import Stuck

WORDS = "rain walks over six quiet hills"  # whoever sits there made it up
LOOKS_EACH_S = 0.5
_PIECE = 65536


class Link:
    """A TCP proxy between the core and the laptop: `cut`, and `joined` again."""

    def __init__(self, *, port: int, to: tuple[str, int]) -> None:
        self._to, self._cut, self._ended = to, False, False
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listens = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, name="link-home", daemon=True).start()

    def _serve(self) -> None:
        while not self._ended:
            with contextlib.suppress(OSError):
                near, _ = self._listens.accept()
                self._join(near)

    def _join(self, near: socket.socket) -> None:
        with self._lock:
            try:
                far = None if self._cut else socket.create_connection(self._to, timeout=2)
            except OSError:
                far = None
            if far is None:
                near.close()
                return
            far.settimeout(None)
            self._open += [near, far]
        for one, other in ((near, far), (far, near)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        """End every connection, and take no new one."""
        with self._lock:
            self._cut = True
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self._open.clear()

    def joined(self) -> None:
        """Take connections again."""
        self._cut = False

    def stop(self) -> None:
        """End."""
        self._ended = True
        self.cut()
        self._listens.close()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := one.recv(_PIECE):
            other.sendall(piece)
    for each in (one, other):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


class Laptop:
    """One laptop.

    Args:
        folder: its own, as it was carried there: keys and station.toml.
        told: its ports: "console", its page; "links", where the core dials and where the processes on it listen.
    """

    def __init__(self, folder: Path, told: dict[str, Any]) -> None:
        self._links = [Link(port=home, to=("127.0.0.1", there)) for home, there in told["links"]]
        self._page = httpx.Client(base_url=f"http://127.0.0.1:{told['console']}", timeout=30)
        read, write = os.pipe()
        words = [sys.executable, "-m", "safeconduct.command.main", "station"]
        words += ["--config", str(folder / "station.toml"), "--passphrase-fd", str(read)]
        self._process = subprocess.Popen(words, pass_fds=(read,), stderr=subprocess.DEVNULL)  # noqa: S603  our own
        os.close(read)
        with os.fdopen(write, "w") as pipe:
            pipe.write(f"{WORDS}\n")

    def stop(self) -> None:
        """Switch it off."""
        self._page.close()
        for link in self._links:
            link.stop()
        self._process.terminate()
        self._process.wait(timeout=10)

    def obey(self, told: dict[str, str], *, patience_s: float, marks: Callable[[], None]) -> None:
        """Do one order of an exercise file: {"does": "open" | "cut" | "join" | "abort" | "lock" | "shows", …}.

        "open" types the passphrase, "shows" waits until the page says what `text` matches; `marks` is called as a
        button is pressed or the link changes.

        Raises:
            Stuck: the page does not come to show it, or there is no such order.
        """
        does = told.get("does", "")
        if does in {"cut", "join"}:
            marks()
            for link in self._links:
                (link.cut if does == "cut" else link.joined)()
        elif does in {"abort", "lock"}:
            marks()
            self._press(does)
        elif does == "open":
            self._shows("passphrase|safeconduct", patience_s)
            self._press("unlock", words=WORDS)
        elif does == "shows":
            self._shows(told["text"], patience_s)
        else:
            raise Stuck(f"a laptop cannot {does!r}; it can open, cut, join, abort, lock, shows")

    def _press(self, act: str, **form: str) -> None:
        answer = self._page.post(
            f"/{act}", data=form, headers={"Origin": str(self._page.base_url).rstrip("/")}
        )
        if answer.status_code not in {200, 303}:
            raise Stuck(f"the station's page answers {act} with {answer.status_code}")

    def _shows(self, text: str, patience_s: float) -> None:
        wanted, until, shown = re.compile(text, re.IGNORECASE), time.monotonic() + patience_s, ""
        while not wanted.search(shown):
            if time.monotonic() > until:
                raise Stuck(f"the station's page never said {text!r}; it says {shown[:600]!r}")
            time.sleep(LOOKS_EACH_S if shown else 0.1)
            with contextlib.suppress(httpx.TransportError):
                shown = self._page.get("/").text
