"""Which files of `docs/` the program carries for Help: its pages, and the pictures on them.

Used by the recipe of the frozen program (nectary.spec) and by that of the wheel (wheel.py), where nothing is
installed but Python: hence by pattern and not by the program's own parser. A test compares the two.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_PAGE = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s:]+\.md)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s:]+)\)")


def files() -> dict[Path, str]:
    """Files of the checkout, and their paths below the folder of Help."""
    index = DOCS / "guide" / "index.md"
    pages = [index, *(_target(index, link) for link in _PAGE.findall(_text(index)))]
    pictures = [_target(page, link) for page in pages for link in _PICTURE.findall(_text(page))]
    # Beside a light picture stands its dark one, where there is one.
    dark = [path.with_stem(f"{path.stem.removesuffix('-light')}-dark") for path in pictures]
    wanted = dict.fromkeys([*pages, *pictures, *(path for path in dark if path.is_file())])
    return {path: path.relative_to(DOCS).as_posix() for path in wanted}


def _target(page: Path, link: str) -> Path:
    return (page.parent / link).resolve()


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
