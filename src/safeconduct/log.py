"""Logs carry allow-listed fields only: never a name, number, text, place or path from outside.

A ref finds the rest for those who may look. An unlisted field raises: a leak must fail in a test.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, TextIO


@contextlib.contextmanager
def _without(name: str) -> Iterator[None]:
    """Let a module that is not read in yet count as not installed, while the block runs."""
    kept = sys.modules.get(name)
    sys.modules[name] = kept  # type: ignore[assignment]  # None: it is not installed
    yield
    if kept is None:
        del sys.modules[name]


# Where rich is installed structlog reads in all of it, for tracebacks with the values of variables:
# a seventh of what a start takes, and what no log of ours may show.
with _without("rich"):
    import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "ref", "subject", "verb", "channel", "gateway", "route", "process", "topic", "kind", "code",
        "state", "outcome", "reason_code", "bytes", "count", "seq", "attempt", "pid", "port",
        "duration_ms", "exit_code", "version", "stamp", "speed", "error", "where",
    }
)  # fmt: skip


class UnlistedField(ValueError):
    """A log call named a field that is not on the allow-list."""


def _only_allowed(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    unlisted = sorted(set(event) - ALLOWED)
    if unlisted:
        raise UnlistedField(f"log fields {unlisted} are not on the allow-list of safeconduct.log")
    return event


class _Libraries(logging.Handler):
    """What a library logs may hold anything; of it stay its name, its level, and what it raised."""

    def emit(self, record: logging.LogRecord) -> None:
        raised = record.exc_info[1] if record.exc_info else None
        told = {"error": type(raised).__name__, "where": where(raised)} if raised else {}
        structlog.get_logger().warning("library.said", logger=record.name, **told)


class _Lines:
    """Writes to a stream, or to whatever stderr is at that moment."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write one line, whole."""
        stream = self._stream or sys.stderr
        with contextlib.suppress(OSError):  # a full disk must not end what it is reported by
            stream.write(f"{line}\n")
            stream.flush()

    debug = info = warning = error = critical = exception = msg


def configure(*, process: str, file: Path | None = None) -> None:
    """Send every line of this process to stderr, or to a file, as JSON, with its process name."""
    stream = file.open("a", buffering=1) if file else None
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _only_allowed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: _Lines(stream),
    )
    logging.basicConfig(handlers=[_Libraries(logging.WARNING)], force=True)
    structlog.contextvars.bind_contextvars(process=process)


def get_logger() -> Any:
    """Return the logger; `error` takes the exception's class name, never its text."""
    return structlog.get_logger()


def where(error: BaseException) -> str:
    """Return the line of ours at which an error arose ("post/actions.py:120"), never its text."""
    found = ""
    frame = error.__traceback__
    while frame is not None:
        name = frame.tb_frame.f_code.co_filename
        if "/safeconduct/" in name:
            found = f"{name.rpartition('/safeconduct/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return found
