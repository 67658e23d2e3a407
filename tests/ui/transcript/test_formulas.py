"""Formulas: what is drawn, what stays source, and the thread."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF

from studio.ui.theme import Theme
from studio.ui.transcript.boxes import TextStyle
from studio.ui.transcript.formulas import MAX_DEPTH, MAX_SOURCE, Formulas, draw, drawable, prepared
from tests.ui.transcript.support import box_of, drawn, ink, paint

GOOD = (
    r"\frac{a}{b} + \sqrt[3]{x}", r"\int_0^\infty e^{-x^2}\,dx", r"\sum_{i=1}^n x_i", r"a < b > c \& d",
    r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}^{-1}", r"\text{if } x > 0", r"\color{red}{x} + \boxed{y}",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\bigg\{ x \bigg\}", r"x \label{eq} \nonumber",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\cancel{x}", r"\left( a \middle| b \right)",
    r"\begin{bmatrix} \begin{matrix} a \end{matrix}^2 \end{bmatrix}_3",
)  # fmt: skip
BAD = (
    r"\frac{", r"\notacommand{x}", r"x^a^b", r"\begin{nothing} a \end{nothing}", "{" * 300 + "}" * 300,
    r"\left(" * 50, "", "  ", "x" * (MAX_SOURCE + 1), r"\hspace{99999999em} x", r"\frac{a", "}", r"\right)",
)  # fmt: skip


@pytest.mark.parametrize("source", GOOD)
def test_formulas_are_drawn(source: str) -> None:
    drawing = draw(source, 16, True)
    assert drawing is not None
    assert 0 < drawing.width < 400
    assert 0 < drawing.ascent < 100
    assert drawing.strokes


@pytest.mark.parametrize("source", BAD)
def test_what_cannot_be_drawn_is_told(source: str) -> None:
    assert not drawable(source) or draw(source, 16, True) is None


def test_deep_nesting_is_refused_before_it_is_tried() -> None:
    assert drawable("{" * MAX_DEPTH + "}" * MAX_DEPTH)
    assert not drawable("{" * (MAX_DEPTH + 1))
    assert drawable(r"\{" * (MAX_DEPTH + 1))
    assert not drawable(r"\left(" * (MAX_DEPTH + 1) + r"\right)" * (MAX_DEPTH + 1))


def test_an_environment_with_a_script_is_put_in_braces() -> None:
    source = r"\begin{a} \begin{b} x \end{b}^2 \end{a}_1 \begin{c} \end{c}"
    assert prepared(source) == r"{\begin{a} {\begin{b} x \end{b}}^2 \end{a}}_1 \begin{c} \end{c}"


def test_a_drawing_stands_on_the_baseline() -> None:
    line, fraction = draw("x", 16, False), draw(r"\frac{a}{b}", 16, False)
    assert line is not None
    assert fraction is not None
    assert line.descent < 2 < fraction.descent
    assert line.ascent < fraction.ascent


def test_a_paragraph_shows_the_source_until_its_formula_is_drawn(qtbot, theme: Theme) -> None:
    formulas = Formulas()
    try:
        style = TextStyle(theme, formulas)
        box = box_of(r"so $e^{i\pi}$ is $\notacommand$", style)
        assert box.waiting
        assert box.text == r"so $e^{i\pi}$ is $\notacommand$"
        assert not box.refresh()
        drawn(qtbot, formulas)
        assert box.refresh()
        assert box.text == "so \ufffc is $\\notacommand$"
        assert box.markdown(0, 4) == r"so $e^{i\pi}$"
        assert not box.waiting
        assert ink(paint(box), QRectF(box.rect_at(3).left(), 0, 12, box.height))
        again = box_of(r"so $e^{i\pi}$ is $\notacommand$", style)
        assert again.text == box.text
        assert not again.waiting
    finally:
        formulas.stop()


def test_formulas_end_with_work_waiting(theme: Theme) -> None:
    formulas = Formulas()
    for number in range(30):
        assert formulas.find(f"x_{{{number}}}", 16, False) is None
    formulas.stop()
    formulas.stop()
    assert not formulas.waiting()
    assert formulas.find("y", 16, False) is None
