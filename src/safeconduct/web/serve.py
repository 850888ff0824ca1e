"""Serves the console: `python -m safeconduct.web.serve`, one process, on loopback.

TLS and the outside world belong to the proxy in front (docs/operate.md). Its word that a page came
by TLS counts because nobody else reaches us: HOST is loopback, always. Open streams must not
hold up a stop, so that after two seconds they are cut; a page reconnects by itself. The supervisor
has the kernel end this process with itself (PR_SET_PDEATHSIG).
"""

import os
import socket
import sys

import django
import uvicorn

from safeconduct import clock, log, traces

HOST = "127.0.0.1"
STOP_WITHIN_S = 2


class Console(uvicorn.Server):
    """A server that says when it can be reached, by a file next to its pid."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets=sockets)
        folder = clock.data_folder()
        if self.started and folder is not None and (folder / "run").is_dir():
            (folder / "run" / "web.ready").touch()  # empty: a full disk has room for a name


def configuration(port: int) -> uvicorn.Config:
    """Return how the console is served: quiet, small, no header that tells more than it must."""
    return uvicorn.Config(
        "safeconduct.web.asgi:application",
        host=HOST,
        port=port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )


def refuse_what_is_wrong() -> None:
    """Run the checks of web/checks.py; what is wrong goes to stderr with its mend.

    Raises:
        SystemExit: something is wrong.
    """
    from django.core.checks import ERROR, run_checks  # noqa: PLC0415  after django.setup

    wrong = [found for found in run_checks(databases=["default"]) if found.level >= ERROR]
    for found in wrong:
        sys.stderr.write(f"{found.id}: {found.msg} {found.hint or ''}\n")
    if wrong:
        raise SystemExit(2)


def main() -> None:
    """Serve until told to stop."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
    traces.leave_none()
    log.configure(process="web")
    django.setup()
    refuse_what_is_wrong()
    port = int(os.environ.get("SAFECONDUCT_PORT", "8400"))
    log.get_logger().info("web.starting", port=port)
    Console(configuration(port)).run()


if __name__ == "__main__":
    main()
