"""Puts the pages of Help into the wheel, as `studio/_docs`. Called by hatchling."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))
import guide


class PagesOfHelp(BuildHookInterface[Any]):
    """An installation of the checkout itself reads them where they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            named = {str(path): f"studio/_docs/{place}" for path, place in guide.files().items()}
            build_data["force_include"].update(named)
