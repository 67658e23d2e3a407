"""Where the program's own files are: fonts, icons, translations, documentation."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(*parts: str) -> Path:
    """The path of a file under `resources/`, in a checkout, a wheel or a frozen build.

    A wheel and a frozen build carry the folder as `studio/_resources`; a checkout has it beside `studio`.
    """
    shipped = _PACKAGE / "_resources"
    root = shipped if shipped.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*parts)


def document(*parts: str) -> Path:
    """The path of a file under `docs/`. A wheel and a frozen build carry those of Help as `studio/_docs`."""
    shipped = _PACKAGE / "_docs"
    root = shipped if shipped.is_dir() else _PACKAGE.parent / "docs"
    return root.joinpath(*parts)
