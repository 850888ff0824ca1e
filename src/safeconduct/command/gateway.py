"""`safeconduct gateway CHANNEL --config FILE`: one edge gateway, alone, without the core."""

import os
import sys
from pathlib import Path

from safeconduct.command.trouble import Trouble

CHANNELS = {  # as its table in gateway.toml is named, and its module
    "smpp": "smpp",
    "http_sms": "http_sms",
    "telegram": "telegram",
    "signal": "signal",
    "mavlink": "mavlink",
    "tak": "tak",
    "relay": "relay",
    "pager": "pager",
    "web": "web_form",
}


def run(channel: str, config: Path) -> int:
    """Become the gateway: this process is replaced, so that nothing of the command stays loaded."""
    if not config.exists():
        raise Trouble(f"There is no file {config}. docs/gateways.md shows one.")
    module = f"safeconduct.gateways.{CHANNELS[channel]}"
    os.execv(  # noqa: S606  our own interpreter and module
        sys.executable, [sys.executable, "-m", module, "--config", str(config)]
    )
