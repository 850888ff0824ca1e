"""Compiles the console's words (.po to .mo) when a wheel or an editable install is made."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCALE = "src/safeconduct/locale"


def compile_words(root: Path) -> list[Path]:
    """Compile every catalogue under `root`; return the files written."""
    written = []
    for told in sorted((root / LOCALE).glob("*/LC_MESSAGES/django.po")):
        compiled = told.with_suffix(".mo")
        with told.open("rb") as source:
            catalogue = read_po(source)
        with compiled.open("wb") as target:
            write_mo(target, catalogue)
        written.append(compiled)
    return written


class WordsHook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types here
    """Compile, and take the compiled catalogues into the wheel though git ignores them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before files are collected."""
        compile_words(Path(self.root))
        build_data["artifacts"].append(f"{LOCALE}/**/*.mo")
