"""Compiles the console's words (.po to .mo), where that is not done yet. Needs Babel alone."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = "src/safeconduct/locale"


def compile_words(root: Path) -> list[Path]:
    """Compile every catalogue under `root` that is newer than its compiled form; return those."""
    written = []
    for told in sorted((root / LOCALE).glob("*/LC_MESSAGES/django.po")):
        compiled = told.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= told.stat().st_mtime_ns:
            continue
        with told.open("rb") as source:
            catalogue = read_po(source)
        fresh = compiled.with_suffix(".new")
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        fresh.replace(compiled)
        written.append(compiled)
    return written
