"""Heads go out of the house by themselves: each file once into each inbox of DATA/inboxes.toml.

An inbox is a folder on another's machine, or an address that takes files by PUT. What was sent is
noted in DATA/heads/sent-NAME.txt. Nothing is fetched, and nothing in an inbox is made shorter.
"""

import http.client
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from safeconduct.audit import register, verify

MARK = "safeconduct-inbox"  # whoever gives a folder puts this file in: an unmounted disk has none
WAIT_S = 10.0  # for one file; the step must stay far below what counts as hanging
_AT_ONCE = 20  # files in one step
_LOOPBACK = {"localhost", "127.0.0.1"}


class Away(RuntimeError):
    """An inbox takes nothing now.

    Attributes:
        code: "no_mark", no folder of theirs is there, perhaps no disk; "other", they hold another
            file under the name; "unwritten"; "no_https"; "no_answer"; "misset", the address or its
            ca file cannot be used; or an HTTP status.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Standing:
    """How an inbox stands.

    Attributes:
        waiting: files that it has not.
        last: the head it was sent last, by its file's name; "" for none.
    """

    name: str
    waiting: int
    last: str


def send_due(data: Path) -> tuple[bool, list[Away]]:
    """Send what inboxes have not; return whether there may be more, and which are away.

    Raises:
        ValueError: inboxes.toml cannot be read.
    """
    more, away = False, []
    for inbox in verify.inboxes(data):
        due = _due(data, inbox["name"])
        try:
            for path in due[:_AT_ONCE]:
                _send(inbox, path)
                _note(data, inbox["name"], path)
        except Away as gone:
            away.append(gone)
        else:
            more = more or len(due) > _AT_ONCE
    return more, away


def standings(data: Path) -> list[Standing]:
    """Return how every inbox stands. Raises: ValueError: inboxes.toml cannot be read."""
    found = []
    for inbox in verify.inboxes(data):
        sent = [name for name in _sent(data, inbox["name"]) if name.startswith("core")]
        waiting = len(_due(data, inbox["name"]))
        found.append(Standing(inbox["name"], waiting, max(sent, default="")))
    return found


def _due(data: Path, name: str) -> list[Path]:
    """Return the files an inbox has not, heads in the order they left; the register by its length."""
    sent = _sent(data, name)
    heads = sorted((data / "heads").glob("*.json"), key=lambda path: path.stat().st_mtime)
    files = [path for path in heads if path.name not in sent]
    lasting = data / register.FILE
    if lasting.exists() and _told(lasting) not in sent:
        files.append(lasting)
    return files


def _told(path: Path) -> str:
    """Return by what it is noted that a file was sent: one that grows, with its length."""
    return f"{path.name} {path.stat().st_size}" if path.name == register.FILE else path.name


def _list(data: Path, name: str) -> Path:
    return data / "heads" / f"sent-{name}.txt"


def _sent(data: Path, name: str) -> set[str]:
    path = _list(data, name)
    return set(path.read_text().splitlines()) if path.exists() else set()


def _note(data: Path, name: str, path: Path) -> None:
    with _list(data, name).open("a") as file:
        file.write(f"{_told(path)}\n")
        file.flush()
        os.fsync(file.fileno())


def _send(inbox: Mapping[str, str], path: Path) -> None:
    if "folder" in inbox:
        _into_folder(Path(inbox["folder"]), path)
    else:
        _put(inbox["url"], inbox.get("ca", ""), path)


def _into_folder(folder: Path, path: Path) -> None:
    to, raw = folder / path.name, path.read_bytes()
    try:
        if not (folder / MARK).is_file():
            raise Away("no_mark")
        if to.exists() and not raw.startswith(to.read_bytes()):
            raise Away("other")
        fresh = to.with_name(f"{to.name}.new")
        fresh.write_bytes(raw)
        fresh.replace(to)
    except (OSError, ValueError):
        raise Away("unwritten") from None


def _put(url: str, ca: str, path: Path) -> None:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme != "https" and host not in _LOOPBACK:
            raise Away("no_https")
        line = _line(parts.scheme, host, parts.port, ca)
    except (OSError, ValueError, http.client.HTTPException):
        raise Away("misset") from None
    try:
        line.request("PUT", f"{parts.path.rstrip('/')}/{quote(path.name)}", path.read_bytes())
        status = line.getresponse().status
    except (OSError, ValueError, http.client.HTTPException):
        raise Away("no_answer") from None
    finally:
        line.close()
    if status not in range(200, 300):
        raise Away(str(status))


def _line(scheme: str, host: str, port: int | None, ca: str) -> http.client.HTTPConnection:
    if scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=WAIT_S)
    trusted = ssl.create_default_context(cafile=ca or None)
    return http.client.HTTPSConnection(host, port, timeout=WAIT_S, context=trusted)
