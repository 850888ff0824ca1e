"""Compiles the console's words when a wheel or an editable install is made."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # a build front end does not know our folder

from tools.compile_words import LOCALE, compile_words


class WordsHook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types here
    """Compile, and take the compiled catalogues into the wheel though git ignores them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before files are collected."""
        compile_words(Path(self.root))
        build_data["artifacts"].append(f"{LOCALE}/**/*.mo")
