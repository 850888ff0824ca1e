"""The whole product, started as anybody starts it, and a browser that talks to nobody else."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.ports import free_port
from tests.programme import cut_short

ROOT = Path(__file__).parents[2]
NO_CHROMIUM = "The browser tests need Chromium: apt-get install chromium (as root), then run again."
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


@dataclass(frozen=True)
class House:
    """A running product.

    Attributes:
        invite: the one-time link of the first administrator.
    """

    origin: str
    invite: str
    data: Path


def chromium() -> str:
    """Return where Chromium is.

    Raises:
        RuntimeError: it is not installed; the message says how to mend that.
    """
    found = shutil.which("chromium")
    if found is None:
        raise RuntimeError(NO_CHROMIUM)
    return found


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """Run Chromium, headless; without its sandbox only where root leaves it none."""
    flags = [*QUIET, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium(), args=flags)
        try:
            yield chrome
        finally:
            chrome.close()


@contextmanager
def running(data: Path, *, tables: Path | None = None, public: str = "") -> Iterator[House]:
    """Run `safeconduct up` in a new folder until the block ends, and stop it as Ctrl-C does.

    Args:
        tables: what an earlier start that was cut short had made; None is an empty folder.
        public: the name under which it stands in the open; "" is on loopback.
    """
    if tables:
        cut_short(data, tables)
    port = free_port()
    place = ("--public", f"{public}:{port}") if public else ("--port", str(port))
    argv = [sys.executable, "-m", "safeconduct.command.main", "up", "--data", str(data)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("SAFECONDUCT_")}
    with (data.parent / "up.log").open("w+") as said:
        process = subprocess.Popen(
            [*argv, *place],
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**env, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"},
        )
        try:
            origin = f"https://{public}:{port}" if public else f"http://localhost:{port}"
            yield House(origin, _link(process, said.name), data)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def _link(process: "subprocess.Popen[bytes]", log: str, *, wait_s: float = 180.0) -> str:
    until = time.monotonic() + wait_s
    while time.monotonic() < until and process.poll() is None:
        said = Path(log).read_text()
        links = [line.strip() for line in said.splitlines() if "/sign-in/join/" in line]
        if links:
            return links[0]
        time.sleep(0.1)
    raise RuntimeError(f"`safeconduct up` printed no link: {Path(log).read_text()[-2000:]}")
