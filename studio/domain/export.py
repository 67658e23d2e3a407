"""Copies of assets for the world outside: how they are made, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.core.errors import StudioError

ExportFormat = Literal["original", "png", "jpeg", "webp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """How copies are made.

    Args:
        format: pictures alone are converted; films, sounds and texts are copied as they are.
        quality: 1 to 100, of JPEG and WebP; 100 makes WebP lossless.
        longest_side: pixels; larger pictures are made smaller, smaller ones stay. None: as they are.
        parameters: False takes out everything that tells how the picture was made.
        sidecar: put the sidecar beside each copy.
        names: a template for their names (`files.stem_from_template`, and `{name}`, `{n}`); "" keeps them.
    """

    format: ExportFormat = "original"
    quality: int = 90
    longest_side: int | None = None
    parameters: bool = True
    sidecar: bool = False
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What came of it: files written, and why others were not."""

    written: tuple[Path, ...] = ()
    refused: tuple[tuple[str, StudioError], ...] = ()
