"""taky in a virtual environment of its own: the TAK server that our relay is measured beside.

Nothing of it is installed beside the product: of it nothing was released since April 2024, and it brings Flask,
gunicorn and redis. It lies in the folder that SAFECONDUCT_TAKY names, and is made there if it is not; without
that in a temporary one.
"""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.bench.figure import CannotMeasure

WHAT = "taky==0.10"
KEEP = "SAFECONDUCT_TAKY"
_PATIENCE_S = 600
_CONFIG = """[taky]
hostname = 127.0.0.1
bind_ip = 127.0.0.1
public_ip = 127.0.0.1
root_dir = {folder}
[cot_server]
port = {port}
[dp_server]
upload_path = {folder}
[ssl]
enabled = {tls}
client_cert_required = true
ca = {keys}/ca.pem
cert = {keys}/relay.pem
key = {keys}/relay-key.pem
cert_db = {folder}/cert-db.txt
"""


@contextmanager
def installed() -> Iterator[Path]:
    """Give the folder of its environment, made where it is not.

    Raises:
        CannotMeasure: it cannot be installed.
    """
    kept = os.environ.get(KEEP, "")
    if kept:
        yield _made(Path(kept).resolve())
        return
    with tempfile.TemporaryDirectory(prefix="safeconduct-bench-") as folder:
        yield _made(Path(folder))


def _made(folder: Path) -> Path:
    if not (folder / "venv/bin/taky").exists():
        sys.stderr.write(f"installing {WHAT} in a virtual environment of its own …\n")
        venv.create(folder / "venv", with_pip=True)
        pip = [str(folder / "venv/bin/python"), "-m", "pip", "install", "-q"]
        try:
            subprocess.run(  # noqa: S603  our own line
                [*pip, "--disable-pip-version-check", WHAT],
                check=True,
                capture_output=True,
                timeout=_PATIENCE_S,
            )
        except (OSError, subprocess.SubprocessError) as wrong:
            raise CannotMeasure(f"{WHAT} cannot be installed: {type(wrong).__name__}") from None
    return folder


@contextmanager
def serving(folder: Path, *, keys: Path, port: int, tls: bool) -> Iterator[int]:
    """Run it on loopback until the block ends; give its process id."""
    with tempfile.TemporaryDirectory(prefix="safeconduct-taky-") as root:
        path = Path(root) / "taky.conf"
        lines = _CONFIG.format(folder=root, keys=keys, port=port, tls=str(tls).lower())
        path.write_text(lines)
        (Path(root) / "cert-db.txt").touch()
        argv = [str(folder / "venv/bin/taky"), "-l", "error", "-c", str(path)]
        with subprocess.Popen(  # noqa: S603  our own line
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield process.pid
            finally:
                process.kill()  # it keeps nothing
