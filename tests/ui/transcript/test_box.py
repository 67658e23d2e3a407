"""The gutter, the gaps, and scrolling sideways."""

from __future__ import annotations

from PySide6.QtCore import QRectF

from studio.domain.markdown import Container
from studio.domain.markdown_parser import parse
from studio.ui.theme import Theme
from studio.ui.transcript.box import Sideways, container_width
from studio.ui.transcript.boxes import TextStyle, make_box
from tests.ui.transcript.support import WIDTH, box_of, ink, paint


def test_gaps(theme: Theme) -> None:
    blocks = parse("one\n\n# Two\n\nthree\n\n- a\n- b\n\n> c\n>\n> d")
    gaps = [
        make_box(block, TextStyle(theme)).above(previous)
        for previous, block in zip([None, *blocks], blocks, strict=False)
    ]
    first, heading, after_heading, list_start, item, quote, inside = gaps
    assert first == 0
    assert heading > list_start > after_heading > item > 0
    assert quote == inside == list_start


def test_a_quotes_bar_goes_through_the_gap(theme: Theme) -> None:
    first, second = parse("> one\n>\n> two")
    box = make_box(second, TextStyle(theme))
    gap = box.above(first)
    box.set_width(WIDTH)
    assert ink(paint(box, y=20), QRectF(0, 20 - gap, 3, gap)) > 0


def test_markers_stand_beside_the_first_block_alone() -> None:
    first, second = (box_of(block) for block in parse("- one\n\n  two"))
    gutter = QRectF(0, 0, 20, 22)
    assert ink(paint(first), gutter)
    assert not ink(paint(second), gutter)
    assert first.rect_at(0).left() == second.rect_at(0).left() > 20


def test_numbers_have_the_room_they_need(theme: Theme) -> None:
    style = TextStyle(theme)
    widths = [container_width(Container("number", number=n), style) for n in (1, 10, 1000, 999_999_999)]
    assert widths[0] == widths[1] < widths[2] < widths[3]


def test_deep_nesting_leaves_room_for_text() -> None:
    blocks = parse("".join("  " * level + "- x\n" for level in range(60)))
    box = box_of(blocks[-1])
    assert box.rect_at(0).left() <= WIDTH / 2
    assert box_of(parse("> " * 60 + "x")[0]).rect_at(0).left() <= WIDTH / 2


def test_scrolling_sideways() -> None:
    scroll = Sideways()
    assert not scroll.move(10)
    assert scroll.thumb(QRectF(0, 0, 100, 4)).isEmpty()
    scroll.fit(100, 400)
    assert scroll.range == 300
    assert scroll.move(50)
    assert scroll.thumb(QRectF(0, 0, 100, 4)).left() > 0
    assert scroll.drag(10)
    assert scroll.offset == 90
    assert scroll.show(0, 5)
    assert scroll.offset == 0
    assert scroll.show(395, 400)
    assert scroll.offset == 300
    assert not scroll.show(350, 360)
    scroll.fit(100, 150)
    assert scroll.offset == 50
