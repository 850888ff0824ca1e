"""A token for tests: SoftHSM 2, Debian's, in a folder of its own."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "739104"
ASK = (
    "The tests of the token need SoftHSM: apt-get install softhsm2 (as root), then run this again."
)


@dataclass(frozen=True)
class Token:
    """One initialised token."""

    place: Path
    label: str = "programme"

    @property
    def conf(self) -> Path:
        return self.place / "softhsm2.conf"

    @property
    def root(self) -> tuple[str, ...]:
        """Return what --make-root takes."""
        at = ("--root-at", f"module={MODULE}", "--root-at", f"token={self.label}")
        return ("--root", "pkcs11", *at)

    @property
    def objects(self) -> int:
        """Return how many keys lie in it."""
        return len([each for each in self.place.rglob("*.object") if each.stem != "token"])

    def _configure(self) -> None:
        folder = self.place / "tokens"
        self.conf.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")

    def initialise(self) -> None:
        (self.place / "tokens").mkdir(parents=True)
        self._configure()
        told = ["--init-token", "--free", "--label", self.label, "--pin", PIN, "--so-pin", PIN]
        subprocess.run(
            ["softhsm2-util", *told],
            check=True,
            capture_output=True,
            env={**os.environ, "SOFTHSM2_CONF": str(self.conf)},
        )

    def copied(self, place: Path) -> "Token":
        """Return a copy of it as it is now, as a thief of the machine would take one."""
        shutil.copytree(self.place, place)
        copy = Token(place, self.label)
        copy._configure()
        return copy
