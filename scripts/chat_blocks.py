"""A page with every kind of block that an answer can have: `python -m scripts.chat_blocks DIR`.

It is parsed, laid out and painted by the program's own code, in both themes and at two font sizes.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from studio.domain.markdown import Block
from studio.domain.markdown_parser import parse
from studio.ui.theme import Mode, Theme
from studio.ui.transcript.boxes import Box, TextStyle, make_box
from studio.ui.transcript.formulas import Formulas
from studio.ui.transcript.highlighter import Highlighter

WIDTH, MARGIN = 720, 32
PAGE = Path(__file__).with_suffix(".md")


def stacked(blocks: list[Block], style: TextStyle, width: float) -> list[tuple[Box, float]]:
    """The boxes with their tops, as one text."""
    placed: list[tuple[Box, float]] = []
    y, previous = 0.0, None
    for block in blocks:
        box = make_box(block, style)
        y += box.above(previous)
        box.set_width(width)
        placed.append((box, y))
        y += box.height
        previous = block
    return placed


def picture(style: TextStyle, text: str, ratio: float = 1.0) -> QImage:
    """The page on the theme's background."""
    placed = stacked(parse(text), style, WIDTH)
    height = placed[-1][1] + placed[-1][0].height
    size = (WIDTH + 2 * MARGIN, round(height) + 2 * MARGIN)
    image = QImage(round(size[0] * ratio), round(size[1] * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(style.colors.bg)
    painter = QPainter(image)
    clip = QRectF(0, 0, *size)
    for box, y in placed:
        selection = (4, 60) if "Three directions" in box.text else None
        marks = [(5, 12)] if "Three directions" in box.text or "costs" in box.text else []
        box.paint(painter, MARGIN, MARGIN + y, clip, selection, marks)
    painter.end()
    return image


def pictures(folder: Path, application: QApplication) -> None:
    """Save the page in both themes, at 100 and 150 %."""
    formulas, highlighter = Formulas(), Highlighter()
    text = PAGE.read_text(encoding="utf-8")
    modes: tuple[Mode, ...] = ("light", "dark")
    for mode in modes:
        for scale in (1.0, 1.5):
            theme = Theme(mode, scale, True)
            theme.apply(application)
            style = TextStyle(theme, formulas, highlighter)
            picture(style, text)
            deadline = time.monotonic() + 20
            while (formulas.waiting() or highlighter.waiting()) and time.monotonic() < deadline:
                application.processEvents()
            picture(style, text).save(str(folder / f"chat-blocks-{mode}-{scale * 100:.0f}.png"))
    formulas.stop()
    highlighter.stop()


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pictures(folder, QApplication(sys.argv[:1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
