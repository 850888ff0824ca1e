"""Serves the console: `python -m safeconduct.web.serve`, one process.

It listens on loopback, and TLS and the outside world belong to the proxy in front (docs/operate.md);
the proxy's word that a page came by TLS counts because nobody else reaches us. Or it stands in the
open, ends TLS itself (web/tls.py), speaks nothing else, and believes nobody's word. Open streams must
not hold up a stop, so that after two seconds they are cut; a page reconnects by itself. The
supervisor has the kernel end this process with itself (PR_SET_PDEATHSIG).
"""

import gc
import io
import json
import os
import resource
import socket
import sys

import django
import uvicorn
from django.conf import settings

from safeconduct import clock, log, traces
from safeconduct.web import tls
from safeconduct.web.patience import Patient

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


def configuration(port: int, *, served: tls.Served | None = None) -> uvicorn.Config:
    """Return how the console is served: quiet, small, no header that tells more than it must."""
    listens = served.listens if served else None
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
        ssl_context_factory=(lambda _config, _usual: listens) if listens else None,
        http=Patient if served else "auto",
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


def load_pages() -> None:
    """Load every page now, and never look for garbage among what was loaded: it stays."""
    from safeconduct.web import asgi, urls  # noqa: F401, PLC0415  after django.setup

    gc.freeze()
    gc.enable()


def main() -> None:
    """Serve until told to stop."""
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
    traces.leave_none()
    log.configure(process="web")
    django.setup()
    refuse_what_is_wrong()
    load_pages()
    port = int(os.environ.get("SAFECONDUCT_PORT", "8400"))
    log.get_logger().info("web.starting", port=port)
    if settings.LISTEN:
        serve_in_the_open(port)
    else:
        Console(configuration(port)).run()


def serve_in_the_open(port: int) -> None:
    """Serve with TLS under the console's name, by the certificates that come on standard input."""
    # Unbuffered: a thread that waits in a buffered stdin keeps the process from ending in order.
    lines = io.FileIO(sys.stdin.fileno(), closefd=False)
    _least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a stranger's sockets fill no 1024
    served = tls.Served(settings.ALLOWED_HOSTS[0], json.loads(lines.readline()))
    served.follow(lines)
    Console(configuration(port, served=served)).run(sockets=[tls.listen(settings.LISTEN, port)])


if __name__ == "__main__":
    main()
