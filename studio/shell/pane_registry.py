"""Finds the panes: every folder of `studio.panes` with a `PANE`. Importing one is cheap, building is not."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from functools import cache

from studio import panes
from studio.ui.pane import PaneSpec

log = logging.getLogger(__name__)


@cache
def find_panes() -> tuple[PaneSpec, ...]:
    """The panes in the order of their tabs. One that cannot be imported is left out and logged."""
    found: list[PaneSpec] = []
    for module in pkgutil.iter_modules(panes.__path__, prefix=f"{panes.__name__}."):
        try:
            spec = importlib.import_module(module.name).PANE
        except (ImportError, AttributeError):
            log.exception("the pane %s is broken", module.name)
            continue
        found.append(spec)
    return tuple(sorted(found, key=lambda spec: spec.order))
