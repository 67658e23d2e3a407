"""Formulas on lines of their own."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from studio.ui.theme import Theme
from studio.ui.transcript.boxes import TextStyle
from studio.ui.transcript.formulas import Formulas
from studio.ui.transcript.math_box import MathBox
from tests.ui.transcript.support import WIDTH, block_of, box_of, drawn, ink, paint


def test_a_formula_on_its_own_lines(qtbot, theme: Theme) -> None:
    formulas = Formulas()
    try:
        style = TextStyle(theme, formulas)
        source = "$$\n\\sum_{i=1}^n x_i\n$$"
        box = box_of(source, style)
        wide = box_of("$$" + "x + " * 400 + "y$$", style)
        table = box_of("| a |\n|---|\n| $x^2$ |", style)
        bad = box_of(r"$$\notacommand$$", style)
        assert box.text == source
        drawn(qtbot, formulas)
        assert box.refresh()
        assert (box.text, box.markdown(0, 1), box.word_at(0)) == ("\ufffc", source, (0, 1))
        assert box.position_at(0, 5) == 0
        assert box.position_at(WIDTH, 5) == 1
        assert box.rect_at(0).left() > 200  # in the middle
        assert ink(paint(box), QRectF(WIDTH / 2 - 40, 0, 80, box.height)) > 50
        assert wide.refresh()
        assert wide.scroll_by(100)
        assert wide.control_at(50, wide.height - 6) == "scroll"
        assert table.refresh()
        assert table.text == "a\n\ufffc"
        assert not bad.refresh()
        assert not bad.waiting
        assert bad.text == r"$$\notacommand$$"
        assert bad.markdown(2, 5) == r"\no"
    finally:
        formulas.stop()


def test_without_a_renderer_the_source_is_text() -> None:
    box = box_of("$$x + y$$")
    assert isinstance(box, MathBox)
    assert not box.waiting
    assert box.text == "$$x + y$$"
    assert box.text[slice(*box.word_at(3))] == "x"
    assert box.position_at(box.rect_at(4).left(), 5) == 4
    assert box.grow(block_of("$$x + y$$"))
    assert not box.grow(block_of("$$x + z$$"))
    assert not box.scroll_by(10)
