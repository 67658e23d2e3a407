"""Tables: widths, wrapping, growing, long ones, what is copied."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from studio.domain.markdown import Run, Table
from studio.ui.transcript.table_box import MANY, share
from tests.ui.transcript.support import WIDTH, box_of, ink, paint

COLORS = "| Idea | Field |\n|---|--:|\n| **Last lamp** | `#12263A` |\n| Fog | [b](https://example.org) |"


def table(rows: int, words: str = "some words") -> Table:
    return Table(
        header=((Run("n"),), (Run("words"),), (Run("more"),)),
        rows=tuple(((Run(f"row {n}"),), (Run(words),), (Run("x" * (n % 40)),)) for n in range(rows)),
        align=("", "center", "right"),
    )


WIDTHS = st.lists(st.tuples(st.floats(1, 2000), st.floats(0, 1)), min_size=1, max_size=8)


@given(WIDTHS, st.floats(10, 3000))
def test_columns_share_the_room(widths: list[tuple[float, float]], room: float) -> None:
    natural = [width for width, _part in widths]
    least = [width * part for width, part in widths]
    shared = share(natural, least, room)
    assert all(width >= low - 0.01 for width, low in zip(shared, least, strict=True))
    if sum(least) <= room:
        assert sum(shared) <= room + 1
    if sum(natural) <= room:
        assert sum(shared) == pytest.approx(room)
        assert all(width >= want - 0.01 for width, want in zip(shared, natural, strict=True))


def test_cells_read_in_order() -> None:
    box = box_of(COLORS)
    assert box.text == "Idea\tField\nLast lamp\t#12263A\nFog\tb"
    first, second = box.rect_at(box.text.index("Last")), box.rect_at(box.text.index("#"))
    assert first.top() == second.top() > box.rect_at(0).top()
    assert second.left() > first.left()
    at = box.text.index("b", box.text.index("Fog"))
    rect = box.rect_at(at)
    assert box.link_at(rect.left() + 2, rect.center().y()) == "https://example.org"
    assert box.link_at(5, 5) == ""
    [link] = box.controls()
    assert link.name == "b"
    assert box.text[slice(*box.word_at(at))] == "b"
    assert box.hover("", "https://example.org")
    assert ink(paint(box), QRectF(rect.left(), rect.bottom() - 8, 8, 8))


def test_what_is_copied() -> None:
    box = box_of(COLORS)
    text = box.text
    assert box.markdown(0, box.length) == (
        "| Idea | Field |\n| --- | --: |\n| **Last lamp** | `#12263A` |\n| Fog | [b](https://example.org) |"
    )
    assert box.markdown(text.index("lamp"), text.index("lamp") + 4) == "**lamp**"
    part = box.markdown(text.index("lamp"), text.index("#") + 2)
    assert part == "| Idea | Field |\n| --- | --: |\n| **Last lamp** | `#12263A` |"


def test_a_wide_table_wraps_and_then_scrolls() -> None:
    words = "A cell with a good many words in it that will not fit on one line " * 3
    assert box_of(table(3, words)).height > box_of(table(3)).height
    box = box_of(table(3, words), width=150)
    left = box.rect_at(0).left()
    assert box.scroll_by(40)
    assert box.rect_at(0).left() == left - 40
    assert box.control_at(100, box.height - 6) == "scroll"
    assert box.drag_scroll(5)
    end = box.length
    box.scroll_by(-1000)
    assert box.reveal(end)
    assert 0 <= box.rect_at(end).left() <= 151
    state = box.view_state()
    other = box_of(table(3, words), width=150)
    other.restore_view(state)
    assert other.rect_at(end) == box.rect_at(end)
    assert not ink(paint(box), QRectF(152, 0, WIDTH - 152, box.height))


def test_rows_are_appended() -> None:
    rows = table(60)
    box = box_of(table(1))
    for count in range(2, 61):
        assert box.grow(table(count))
    fresh = box_of(rows)
    assert (box.text, box.height) == (fresh.text, fresh.height)
    assert paint(box) == paint(fresh)
    assert not box.grow(table(59))
    assert not box.grow(Table(header=rows.header, rows=(), align=rows.align))


def test_ten_thousand_rows() -> None:
    long = table(10_000)
    started = time.process_time()
    box = box_of(long)
    paint(box, y=-50_000, height=800)
    assert time.process_time() - started < 0.5
    assert not box.grow(table(MANY))
    assert box_of(table(MANY)).height / MANY == pytest.approx(box.height / 10_000, abs=1)


def test_a_growing_table_that_becomes_long_is_made_again() -> None:
    box = box_of(table(MANY))
    assert not box.grow(table(MANY + 1))
