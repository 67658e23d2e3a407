"""Boxes laid out and painted as the transcript does it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.domain.markdown import Block, Paragraph, Run
from studio.domain.markdown_parser import parse
from studio.ui.theme import Theme
from studio.ui.transcript.boxes import Box, TextStyle, make_box
from studio.ui.transcript.formulas import Formulas

WIDTH = 700.0


def block_of(text: str) -> Block:
    return parse(text)[0]


def box_of(text: str | Block, style: TextStyle | None = None, width: float = WIDTH) -> Box:
    """The box of the first block, laid out."""
    block = block_of(text) if isinstance(text, str) else text
    box = make_box(block, style or TextStyle(Theme.current()))
    box.set_width(width)
    return box


def paragraph(text: str) -> Paragraph:
    return Paragraph(inlines=(Run(text),))


def paint(
    box: Box,
    *,
    y: float = 0.0,
    height: float | None = None,
    selection: tuple[int, int] | None = None,
    marks: Sequence[tuple[int, int]] = (),
) -> QImage:
    """The box on an image, its top at `y`."""
    size = (int(WIDTH) + 40, int(height or min(box.height, 2000)) + 20)
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Theme.current().tokens.bg)
    painter = QPainter(image)
    box.paint(painter, 0, y, QRectF(0, 0, *size), selection, marks)
    painter.end()
    return image


def ink(image: QImage, rect: QRectF) -> int:
    """How many pixels of a rectangle differ from the background."""
    background = Theme.current().tokens.bg.rgb()
    area = rect.toAlignedRect().intersected(image.rect())
    return sum(
        image.pixel(x, y) != background
        for x in range(area.left(), area.right() + 1)
        for y in range(area.top(), area.bottom() + 1)
    )


def has_color(image: QImage, color: int) -> bool:
    return any(
        image.pixel(x, y) == color for y in range(0, image.height(), 2) for x in range(0, image.width(), 2)
    )


def drawn(qtbot, formulas: Formulas) -> None:
    """Wait until all formulas asked for are drawn."""
    deadline = time.monotonic() + 20
    while formulas.waiting():
        assert time.monotonic() < deadline
        with qtbot.waitSignal(formulas.drawn, timeout=20_000):
            pass
