"""Lines of text: directions, alignment, segments, and the two ways of counting characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QTextLayout

from studio.domain.markdown import Formula, Inline, LineBreak, Run
from studio.ui.theme import Theme
from studio.ui.transcript.flow import SEGMENT, Flow, Segment, runs_right_to_left
from studio.ui.transcript.runs import build
from studio.ui.transcript.style import TextStyle


def flow_of(*inlines: Inline | str, width: float = 400, align: str = "") -> Flow:
    style = TextStyle(Theme.current())
    runs = build([Run(i) if isinstance(i, str) else i for i in inlines], style.text, style)
    flow = Flow(runs, style.text, style, align)
    flow.lay_out(width)
    return flow


@given(st.text(st.sampled_from("a漢😀👍é"), max_size=30))
def test_units_and_positions(text: str) -> None:
    segment = Segment(QTextLayout(text), 100, text)
    for index in range(len(text) + 1):
        unit = segment.unit(100 + index)
        assert unit == len(text[:index].encode("utf-16-le")) // 2
        assert segment.position(unit) == 100 + index


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", False),
        ("", False),
        ("123 שלום abc", True),
        ("é שלום", False),
        ("(مرحبا)", True),
        ("漢 ש", False),
    ],
)
def test_direction_is_that_of_the_first_letter(text: str, expected: bool) -> None:
    assert runs_right_to_left(text) is expected


def test_alignment() -> None:
    left, center, right = (flow_of("word", align=align).caret(0).left() for align in ("", "center", "right"))
    assert left == 0
    assert left < center < right < 400
    assert flow_of("שלום").caret(0).left() == pytest.approx(400, abs=1)
    assert flow_of("שלום", align="left").caret(0).left() < 60


def test_segments_break_lines_as_one_text_does() -> None:
    """Lines of a long text, against those of one layout of it all."""
    text = "".join(f"word{n % 37} " for n in range(SEGMENT))
    flow = flow_of(text)
    layout = QTextLayout(text, flow.look.font)
    layout.setTextOption(flow._option)
    layout.beginLayout()
    starts = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(400)
        starts.append(line.textStart())
    layout.endLayout()
    assert [line.start for line in flow._lines] == starts
    assert flow.height == len(starts) * flow.look.pitch


def test_a_text_without_breaks_is_cut_anywhere() -> None:
    flow = flow_of("x" * 5000)
    assert flow.natural_width() <= 400
    assert sum(line.end - line.start for line in flow._lines) == 5000


def test_hard_breaks_and_nothing_at_all() -> None:
    flow = flow_of("a", LineBreak(), LineBreak(), "b")
    assert flow.height == 3 * flow.look.pitch
    assert flow.text == "a\n\nb"
    empty = flow_of("")
    assert empty.height == empty.look.pitch
    assert empty.position_at(50, 5) == 0
    assert empty.character_at(1, 1) == -1
    assert empty.caret(0).left() == 0


def test_a_formula_without_a_renderer_is_code() -> None:
    flow = flow_of("is ", Formula("x^2", "$x^2$"), ".")
    assert flow.text == "is $x^2$."
    assert flow.runs.code == [(3, 8)]
    assert not flow.runs.waiting
    assert flow.runs.markdown(0, 9) == "is $x^2$."


def test_grown_formats_count_as_change() -> None:
    flow = flow_of("one ", "two three")
    style = flow.style
    assert flow.grow(build([Run("one "), Run("two three", bold=True), Run(" four")], flow.look, style))
    whole = flow_of("one ", Run("two three", bold=True), " four")
    assert flow.caret(14) == whole.caret(14)
    assert not flow.grow(build([Run("שלום")], flow.look, style))


def test_painting_nothing_outside_the_clip() -> None:
    flow = flow_of("word " * 2000)
    image = QImage(400, 100, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setClipRect(QRectF(0, 0, 400, 100))
    flow.paint(painter, 0, -flow.height - 10, QRectF(0, 0, 400, 100))
    flow.paint(painter, 0, 110, QRectF(0, 0, 400, 100))
    painter.end()
    blank = QImage(image.size(), image.format())
    blank.fill(0)
    assert image == blank
