"""Code: rows, wrapping, scrolling, controls, colours, long and odd text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from studio.domain.markdown import CodeBlock, HtmlBlock
from studio.ui.theme import Theme
from studio.ui.transcript.boxes import TextStyle
from studio.ui.transcript.highlighter import Highlighter
from studio.ui.transcript.mono import MonoText, columns
from tests.ui.transcript.support import WIDTH, box_of, has_color, paint

LONG = "value = call(" + "argument, " * 40 + ")"


def button(box, key: str):
    return next(control for control in box.controls() if control.key == key)


def test_the_header_has_its_controls() -> None:
    box = box_of(CodeBlock(text="x = 1\n", language="python"))
    copy = button(box, "copy")
    assert copy.name == "Copy code"
    assert box.control_at(copy.rect.center().x(), copy.rect.center().y()) == "copy"
    assert box.control_at(20, 50) == ""
    assert not [control for control in box.controls() if control.key == "wrap"]  # nothing to wrap
    before = paint(box)
    assert box.hover("copy")
    assert paint(box) != before
    hovered = paint(box)
    assert not box.activate("copy")
    assert paint(box) != hovered
    assert box.hover("")
    assert paint(box) == before


def test_wrapping_makes_rows() -> None:
    box = box_of(CodeBlock(text=LONG))
    before = box.height
    assert button(box, "wrap").name == "Wrap lines"
    assert box.activate("wrap")
    assert box.height > before
    assert button(box, "wrap").name == "Do not wrap lines"
    assert all(box.rect_at(n).right() <= WIDTH for n in range(box.length))
    assert not box.scroll_by(50)
    other = box_of(CodeBlock(text=LONG))
    other.restore_view(box.view_state())
    assert other.height == box.height
    assert box.activate("wrap")
    assert box.height == before
    assert box.view_state() is None


def test_scrolling_sideways() -> None:
    box = box_of(CodeBlock(text=LONG))
    start = box.rect_at(0).left()
    assert box.scroll_by(100)
    assert box.rect_at(0).left() == start - 100
    assert box.position_at(start, 50) == pytest.approx(100 / 7.2, abs=1)
    assert box.scroll_by(1e9)
    assert not box.scroll_by(1)
    assert box.rect_at(len(LONG)).right() <= WIDTH
    assert box.reveal(0)
    assert box.rect_at(0).left() == pytest.approx(start, abs=1)
    assert not box.reveal(0)
    assert box.reveal(len(LONG))
    assert box.control_at(WIDTH - 20, box.height - 6) == "scroll"
    assert box.drag_scroll(-10)


def test_copying_whole_and_parts() -> None:
    box = box_of("```python\na = 1\nb = ```\n```")
    assert box.text == "a = 1\nb = ```"
    assert box.markdown(0, box.length) == "````python\na = 1\nb = ```\n````"
    assert box.markdown(0, 5) == "a = 1"
    assert box.word_at(0) == (0, 1)


def test_bidi_marks_in_code_are_shown_and_keep_their_position() -> None:
    text = "if admin\u202e then\u2066: ok"
    box = box_of(CodeBlock(text=text))
    assert box.text == text
    rects = [box.rect_at(n).left() for n in range(len(text))]
    assert rects == sorted(rects)
    assert len(set(rects)) == len(rects)


def test_ten_thousand_lines_cost_nothing_until_seen() -> None:
    text = "\n".join(f"const value{n} = render({n});" for n in range(10_000))
    started = time.process_time()
    box = box_of(CodeBlock(text=text, language="javascript"))
    paint(box, y=-100_000, height=800)
    assert time.process_time() - started < 0.15
    started = time.process_time()
    for _ in range(50):
        text += " more"
        assert box.grow(CodeBlock(text=text, language="javascript"))
    assert (time.process_time() - started) / 50 < 0.002


@pytest.mark.parametrize("text", ["x" * 1_000_000, "日本" * 500_000, "<b> " * 250_000, "\t" * 100_000])
def test_a_line_of_a_million_characters(text: str) -> None:
    started = time.process_time()
    for block in (CodeBlock(text=text), HtmlBlock(text=text)):
        box = box_of(block)
        paint(box, height=600)
        box.reveal(len(text))
        paint(box, height=600)
        assert box.rect_at(len(text)).isValid()
    assert time.process_time() - started < 2


def test_growing_refuses_a_changed_beginning() -> None:
    box = box_of(CodeBlock(text="abc\ndef", language="c"))
    assert not box.grow(CodeBlock(text="abd\ndef", language="c"))
    assert not box.grow(CodeBlock(text="abc\ndef", language="cpp"))
    assert box.grow(CodeBlock(text="abc\ndef\n", language="c"))


ROWS = st.text(st.sampled_from("ab \t漢😀é\n"), max_size=120)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=6), st.sampled_from([0, 1, 5, 20]))
def test_rows_appended_are_the_rows_of_the_whole(parts: list[str], wrap: int) -> None:
    style = TextStyle(Theme.current())
    grown = MonoText("", style.code, style)
    grown.set_wrap(wrap)
    for part in parts:
        grown.append(part)
    whole = MonoText("".join(parts), style.code, style)
    whole.set_wrap(wrap)
    assert (grown.text, grown.rows, grown.width) == (whole.text, whole.rows, whole.width)
    assert grown._rows == whole._rows
    if wrap > 4:
        for row in range(whole.rows):
            shown = whole.text[whole._rows[row] : whole._row_end(row)]
            assert columns(shown.removesuffix(" ")) <= wrap  # the space that a row breaks at may stand out


def test_a_piece_of_a_long_row_is_selected_where_it_stands() -> None:
    style = TextStyle(Theme.current())
    mono = MonoText("x" * 5000, style.code, style)
    [rect] = mono.rects(2500, 2600, QRectF(0, 0, 1e6, 20))
    assert rect.left() == pytest.approx(2500 * mono.advance, abs=1)
    assert rect.width() == pytest.approx(100 * mono.advance, abs=1)
    assert mono.position_at(rect.left() + 1, 5) == 2500


def test_colours_come_from_the_thread(qtbot, theme: Theme) -> None:
    highlighter = Highlighter()
    try:
        style = TextStyle(theme, None, highlighter)
        block = CodeBlock(text="def f():\n    return 'text'\n", language="python")
        box = box_of(block, style)
        assert box.waiting
        plain = paint(box)
        with qtbot.waitSignal(highlighter.finished, timeout=20_000):
            pass
        assert not box.refresh()
        assert not box.waiting
        colored = paint(box)
        assert colored != plain
        assert has_color(colored, theme.tokens.code_keyword.rgb()) or colored != plain
        assert paint(box_of(block, style)) == colored  # found at once now
    finally:
        highlighter.stop()


def test_growing_code_is_coloured_as_it_comes(qtbot, theme: Theme) -> None:
    highlighter = Highlighter()
    try:
        style = TextStyle(theme, None, highlighter)
        text = "".join(f"value_{n} = 'text'  # {n}\n" for n in range(40))
        box = box_of(CodeBlock(text="value", language="python", open=True), style)
        with qtbot.waitSignal(highlighter.finished, timeout=20_000):
            highlighter.growing("python")
        for end in range(10, len(text), 17):
            assert box.grow(CodeBlock(text=text[:end], language="python", open=True))
        assert box.grow(CodeBlock(text=text, language="python", open=True))
        growing = paint(box)
        while highlighter.waiting():
            with qtbot.waitSignal(highlighter.finished, timeout=20_000):
                pass
        assert box.grow(CodeBlock(text=text, language="python"))
        with qtbot.waitSignal(highlighter.finished, timeout=20_000):
            pass
        box.refresh()
        assert paint(box) == growing
        assert paint(box_of(CodeBlock(text=text, language="python"), TextStyle(theme))) != growing
    finally:
        highlighter.stop()


def test_unknown_languages_stay_plain(theme: Theme) -> None:
    highlighter = Highlighter()
    assert highlighter.find("x", "") == []
    box = box_of(CodeBlock(text="x", language=""), TextStyle(theme, None, highlighter))
    assert not box.waiting
    highlighter.stop()
    highlighter.stop()
