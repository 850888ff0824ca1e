"""A real keeper that can be asked to reach a port: `python -m safeconduct.keeper.tests.reaching`.

The product is as ever; the table of calls has one more, `reach`, tried in the thread that answers.
With SAFECONDUCT_STRANGE set it runs on a machine for which nobody has written the filter.
"""

import os
import socket
import sys
from typing import Any

from safeconduct.keeper import __main__ as keeper
from safeconduct.keeper import network, server
from safeconduct.keeper.house import House, Told


class Calls(server.Calls):
    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._calls["reach"] = reach


def reach(told: Told) -> dict[str, Any]:
    """Return why a port of loopback was not reached, "" if it was."""
    try:
        socket.create_connection(("127.0.0.1", int(told["port"])), timeout=2).close()
    except OSError as failed:
        return {"why": failed.strerror}
    return {"why": ""}


if __name__ == "__main__":
    keeper.Calls = Calls
    if "SAFECONDUCT_STRANGE" in os.environ:
        network._MACHINES.clear()
    sys.exit(keeper.main())
