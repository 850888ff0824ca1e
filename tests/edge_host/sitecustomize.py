"""Loaded by every Python whose path begins here: at its end it says which heavy packages it carried."""

import atexit
import sys

HEAVY = {"django", "numpy", "scipy", "aiogram", "aiohttp", "pydantic"}


@atexit.register
def tell():
    """Say so on standard output, whatever else the process said."""
    loaded = {name.partition(".")[0] for name in sys.modules}
    sys.stdout.write(f"heavy {sorted(HEAVY & loaded)}\n")
