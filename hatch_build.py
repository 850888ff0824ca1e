"""Compiles the console's words when a wheel or an editable install is made; a release brings MapLibre too."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))  # a build front end does not know our folder

from tools import map_packages
from tools.compile_words import LOCALE, compile_words

RELEASE = "SAFECONDUCT_RELEASE"  # set by `just wheel`


class WordsHook(BuildHookInterface):  # type: ignore[misc]  # hatchling has no types here
    """Compile, and take the compiled catalogues into the wheel though git ignores them."""

    brought: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before files are collected."""
        compile_words(Path(self.root))
        build_data["artifacts"].append(f"{LOCALE}/**/*.mo")
        if os.environ.get(RELEASE) and version != "editable":
            self.brought = Path(tempfile.mkdtemp(prefix="maplibre-"))
            build_data["force_include"].update(map_packages.bring(self.brought))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Run when the wheel is written."""
        if self.brought:
            shutil.rmtree(self.brought)
