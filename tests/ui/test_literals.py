"""Colours, spaces and fonts are decided in `studio/ui/theme.py` and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

STUDIO = Path(__file__).parents[2] / "studio"
FOLDERS = ("ui", "panes", "shell", "qt_models")
FORBIDDEN = {
    "a colour": r"#([0-9A-Fa-f]{6,8}|[0-9A-Fa-f]{3})\b|(?<!\.)\brgba?\(|QColor\(\s*[\"'\d]|GlobalColor\.[^t]",
    "a font": r"set(PixelSize|PointSize|Family|Families)\(|QFont\(\s*[\"']|font-(size|family|weight):\s*\w",
    "a space": r"set(ContentsMargins|\w*Spacing)\([^)]*\b[1-9]\d*\b|addSpacing\(\d",
    "a size": r"set(Fixed|Minimum|Maximum)(Size|Width|Height)\(\s*[2-9]\d+|\b[2-9]\d*px\b",
    "a style sheet of its own": r"\.setStyleSheet\(",
}
FILES = [
    path
    for folder in FOLDERS
    for path in sorted((STUDIO / folder).rglob("*.py"))
    if path.relative_to(STUDIO) != Path("ui/theme.py")
]


def test_no_literals_outside_the_theme() -> None:
    found = [
        f"{path.relative_to(STUDIO)}:{number}: {what}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert not found, "\n".join(found)
