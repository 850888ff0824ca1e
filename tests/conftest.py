"""What several of these tests lean on: the far end of the real spool, and a man who has written by it."""

from safeconduct.conversations.tests.conftest import writes  # without the spool
from tests.spooled import _gateway, fate_of, gateway, written

__all__ = ["_gateway", "fate_of", "gateway", "writes", "written"]
