"""Atheris over one target of tests/fuzzing.py, or over "every": it sees which branches were tried.

`python -m tests.fuzz NAME CORPUS -max_total_time=600`; what libFuzzer takes follows the name.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["safeconduct"], enable_loader_override=False):
    from tests.fuzzing import TARGETS, every


def main() -> None:
    """Fuzz; it never returns."""
    name, corpus, *more = sys.argv[1:]
    for at, seed in enumerate(TARGETS[name].seeds if name in TARGETS else ()):
        Path(corpus, f"seed-{at}").write_bytes(seed)
    atheris.Setup([sys.argv[0], corpus, *more], every if name == "every" else TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
