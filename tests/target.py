"""One parser as the fuzzing takes it: a function of bytes, and what it may say against them."""

import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """One parser.

    Attributes:
        run: takes what came.
        says: what it may raise; anything else is a fault.
        seeds: what it reads without a word, as a start for those who change it.
    """

    run: Callable[[bytes], object]
    says: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]

    def __call__(self, raw: bytes) -> None:
        """Parse, and swallow what is declared."""
        with contextlib.suppress(*self.says):
            self.run(raw)


def lying(parse: Callable[[Path], object], name: str) -> Callable[[bytes], None]:
    """Return a parser of bytes that lie in a file of this name."""

    def run(raw: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(raw)
            parse(path)

    return run
