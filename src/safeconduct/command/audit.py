"""`safeconduct audit verify`: prove the log without Django."""

from collections.abc import Sequence
from pathlib import Path

from safeconduct.command.trouble import Trouble


def verify(
    data: Path, *, heads: Sequence[Path], lines: Sequence[str], postgres: str, key: str
) -> int:
    """Verify against exported heads; 0 only for a proved log, 1 altered, 3 cannot be
    proved, 4 proved but for what a restore lost.

    Args:
        data: the data folder.
        heads: folders of heads that were kept elsewhere.
        lines: heads scanned or typed in from paper.
        postgres: URL of the core's database, when it is no file.
        key: hex of the keeper's signing key, as noted when the first head left.
    """
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")
    if missing := [each for each in heads if not each.is_dir()]:
        raise Trouble(f"There is no folder {missing[0]}. Name one that holds heads with --heads.")
    from safeconduct.audit import verify as audit

    told = ["--data", str(data), "--postgres", postgres, "--key", key]
    return audit.main(
        [
            *told,
            *(word for each in heads for word in ("--heads", str(each))),
            *(word for each in lines for word in ("--head", each)),
        ]
    )
