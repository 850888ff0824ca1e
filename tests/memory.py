"""`python -m tests.memory COMMAND …`: run a command whose temporary folders lie in memory, where there is room.

A test kills processes and never the machine: what a kill must not lose, memory keeps as a disk does. On
a disk hundreds of keepers and databases wait for each commit, all at one disk. TMPDIR, where it is set,
is left as it is: then everything lies there.
"""

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

SHARED = Path("/dev/shm")  # noqa: S108  Linux has it, or there is none
ROOM = 4 * 2**30  # bytes; a run leaves about 200 million, on PostgreSQL a thousand


def has_room(place: Path = SHARED) -> bool:
    """Return whether a run has room in this place, and may start programmes there: a container's is small."""
    if not place.is_dir() or not os.access(place, os.W_OK):
        return False
    return shutil.disk_usage(place).free >= ROOM and not os.statvfs(place).f_flag & os.ST_NOEXEC


def main() -> int:
    """Run the command; what it leaves in memory goes with its end."""
    if "TMPDIR" in os.environ or not has_room():
        return subprocess.run(sys.argv[1:], check=False).returncode
    place = SHARED / f"sc{secrets.token_hex(2)}"  # short: a socket's path has room for 107 letters
    place.mkdir(mode=0o711)  # as root, tests run the programme as users without a name
    try:
        env = {**os.environ, "TMPDIR": str(place)}
        return subprocess.run(sys.argv[1:], env=env, check=False).returncode
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
