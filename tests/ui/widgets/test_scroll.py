"""A column that scrolls keeps the width of what is in it: there is nothing to lay out back and forth."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import Paragraph


def test_nothing_moves_when_the_bar_appears(window, qapp: QApplication) -> None:
    column = ScrollColumn()
    field = PromptEdit("Prompt")
    field.set_text("a lighthouse at dusk " * 12)
    column.column.addWidget(field)
    column.column.addWidget(Paragraph("Words that wrap in a narrow column. " * 6))
    column.column.addStretch(1)
    shown = window(column, width=300)
    widths: set[tuple[int, int, int]] = set()
    bar = column.verticalScrollBar()
    seen: set[bool] = set()
    for height in range(520, 120, -7):
        column.setFixedHeight(height)
        shown.resize(300, height + 40)
        qapp.sendPostedEvents()
        seen.add(bar.isEnabled())
        widths.add((column.widget().width(), field.width(), field.editor.viewport().width()))
    assert seen == {True, False}
    assert len(widths) == 1
