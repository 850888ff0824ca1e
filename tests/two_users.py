"""Two users of the machine, and Python run as either: what each of them gets at."""

import subprocess
import sys
import sysconfig
from pathlib import Path

from safeconduct.command.users import User, Users
from tests import programme as running
from tests.programme import ROOT

TWO = Users(User(61801, 61801), User(61802, 61802))  # without a name, as in a container
PATHS = f"{ROOT / 'src'}:{sysconfig.get_path('purelib')}"
WAYS_IN = """
import ctypes, os, sys
keeper, data = int(sys.argv[1]), sys.argv[2]
def may(act):
    try:
        act()
    except OSError:
        return False
    return True
def trace():
    if ctypes.CDLL(None, use_errno=True).ptrace(0x4206, keeper, 0, 0) != 0:  # PTRACE_SEIZE, which stops nobody
        raise OSError(ctypes.get_errno(), "no")
print(*(name for name, act in {
    "keys": lambda: open(f"{data}/keeper/keys.db", "rb"),
    "root": lambda: open(f"{data}/keeper/root.key", "rb"),
    "list": lambda: os.listdir(f"{data}/keeper"),
    "put": lambda: open(f"{data}/keeper/mine", "x"),
    "move": lambda: os.rename(f"{data}/keeper/keys.db", f"{data}/keeper/gone.db"),
    "memory": lambda: open(f"/proc/{keeper}/mem", "rb"),
    "trace": trace,
    "kill": lambda: os.kill(keeper, 0),
    "tables": lambda: open(f"{data}/safeconduct.db", "rb"),
    "clock": lambda: open(f"{data}/stamp"),
}.items() if name in (sys.argv[3:] or name) and may(act)))
"""
FLICKER = """
import pathlib, sys
files = [pathlib.Path(sys.argv[1]) / f"{number}-journal" for number in range(20)]
for _ in range(300):
    for file in files: file.touch()
    for file in files: file.unlink()
"""
PING = """
import pathlib, sys
from safeconduct.access.connection import Keeper, KeeperAway
try:
    print(Keeper(pathlib.Path(sys.argv[1]) / "keeper" / "keeper.sock", connect_s=5, answer_s=30).call("ping")["state"])
except KeeperAway:
    print("away")
"""


def python() -> str:
    """Return a Python of ours that a user without a name may run, "" if there is none."""
    told = ("-c", "import safeconduct.command.main, django")
    for each in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        if Path(each).exists() and as_user(each, TWO.others, *told).returncode == 0:
            return each
    return ""


def as_user(argv0: str, user: User, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run Python as a user of the machine; what cannot be run ended with 126, as a shell has it."""
    try:
        return subprocess.run(
            [argv0, *argv],
            env={**running.environment(), "PYTHONPATH": PATHS},
            cwd="/",
            user=user.uid,
            group=user.gid,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
    except PermissionError as no:
        return subprocess.CompletedProcess([argv0], 126, "", str(no))
