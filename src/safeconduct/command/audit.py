"""`safeconduct audit verify`: prove the log without Django."""

from pathlib import Path

from safeconduct.command.trouble import Trouble


def verify(data: Path) -> int:
    """Verify against the exported heads; the exit code is 0 only for a proved log."""
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")
    from safeconduct.audit import verify as audit

    return audit.main(["--data", str(data)])
