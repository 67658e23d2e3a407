"""What all boxes hold: geometry, text, selection, gaps, Markdown, and growing as if made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from studio.domain.markdown import Block, Paragraph, Rule, Run
from studio.domain.markdown_parser import parse
from studio.ui.theme import Theme
from studio.ui.transcript.boxes import TextStyle, make_box
from tests.ui.transcript.support import WIDTH, block_of, box_of, has_color, ink, paint

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "scripts/chat_blocks.md").read_text(encoding="utf-8")
BLOCKS = parse(PAGE)
NAMES = [f"{number}-{type(block).__name__}" for number, block in enumerate(BLOCKS)]
SIMPLE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_every_block_paints_something_inside_its_rectangle(block: Block) -> None:
    box = box_of(block)
    assert box.height > 0
    image = paint(box)
    assert ink(image, QRectF(0, 0, WIDTH, box.height))
    assert not ink(image, QRectF(WIDTH + 4, 0, 36, box.height))
    below = image.height() - box.height - 2
    assert not ink(image, QRectF(0, box.height + 1, WIDTH, below))


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_positions_go_there_and_back(block: Block) -> None:
    box: Any = box_of(block)
    assert box.length == len(box.text)
    if isinstance(block, Rule):
        return
    box.reveal(0)
    for position in range(0, box.length, 7):
        rect = box.rect_at(position)
        assert 0 <= rect.top() <= box.height
        again = box.position_at(rect.left() + 0.1, rect.center().y())
        # At the end of a line and between directions one place belongs to two positions.
        near = 8 if box.rtl else 1
        assert again == position or box.rect_at(again).left() == pytest.approx(rect.left(), abs=near)


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_selection_and_marks_show(block: Block) -> None:
    box = box_of(block)
    if not box.text.strip():
        return
    tokens = Theme.current().tokens
    assert has_color(paint(box, selection=(0, box.length)), tokens.selection.rgb())
    assert has_color(paint(box, marks=[(0, box.length)]), tokens.mark.rgb())
    assert not has_color(paint(box), tokens.selection.rgb())


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_only_what_meets_the_clip_is_painted(block: Block) -> None:
    box = box_of(block)
    image = paint(box, y=-box.height - 50, height=40)
    assert not ink(image, QRectF(0, 0, WIDTH, 40))


@pytest.mark.parametrize("block", BLOCKS, ids=NAMES)
def test_markdown_of_a_whole_block_parses_to_the_same_block(block: Block) -> None:
    box = box_of(block)
    notes = "\n\n[^1]: x" if "[^" in box.markdown(0, box.length) and block.within == () else ""
    again = parse(box.markdown(0, box.length) + notes)[0]
    assert type(again) is type(block)
    assert box_of(again).text == box.text


@pytest.mark.parametrize("width", [1, 60, 200, 3000])
def test_any_width_will_do(width: float) -> None:
    for block in BLOCKS:
        box = box_of(block, width=width)
        assert box.height > 0
        paint(box)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_boxes_follow_the_font_size(scale: float, theme: Theme) -> None:
    before = box_of("A line").height
    theme.set_font_scale(scale)
    assert box_of("A line").height == pytest.approx(before * scale, abs=2)


def test_a_page_grown_piece_by_piece_is_the_page(theme: Theme) -> None:
    """As a stream does it: the last block is grown where it can be, else made anew."""
    style = TextStyle(theme)
    boxes: list = []
    for end in [*range(1, len(PAGE), 23), len(PAGE)]:
        blocks = parse(PAGE[:end])
        del boxes[len(blocks) :]
        for index, block in enumerate(blocks):
            if index < len(boxes) and (boxes[index].block == block or boxes[index].grow(block)):
                continue
            box = make_box(block, style)
            box.set_width(WIDTH)
            boxes[index:] = [box]
    fresh = [box_of(block, style) for block in BLOCKS]
    assert [box.text for box in boxes] == [box.text for box in fresh]
    assert [box.height for box in boxes] == [box.height for box in fresh]
    assert all(paint(one) == paint(other) for one, other in zip(boxes, fresh, strict=True))


@SIMPLE
@given(
    st.text(st.sampled_from("ab   c漢字ש😀ا.,-(\n"), min_size=1, max_size=3000),
    st.lists(st.integers(0, 3000), max_size=5),
)
def test_a_paragraph_grown_at_any_place_is_the_paragraph(text: str, cuts: list[int]) -> None:
    box = box_of(Paragraph(inlines=(Run(text[:1]),)))
    for cut in sorted(cuts):
        block = Paragraph(inlines=(Run(text[: max(cut, 1)]),))
        if not box.grow(block):
            box = box_of(block)
    whole = Paragraph(inlines=(Run(text),))
    if not box.grow(whole):
        box = box_of(whole)
    fresh = box_of(whole)
    assert box.text == fresh.text
    assert box.height == fresh.height
    assert [box.rect_at(n) for n in range(0, box.length, 50)] == [
        fresh.rect_at(n) for n in range(0, fresh.length, 50)
    ]


def test_right_to_left_text_and_its_marker_stand_on_the_right() -> None:
    box = box_of("- שלום עולם")
    image = paint(box)
    assert not ink(image, QRectF(0, 0, WIDTH / 2, box.height))
    assert ink(image, QRectF(WIDTH - 24, 0, 24, box.height))
    assert box.rect_at(0).left() > WIDTH - 30


def test_grow_refuses_what_is_another_block() -> None:
    box = box_of("one")
    for other in ("# one", "- one", "```\none\n```", "> one"):
        assert not box.grow(block_of(other))
    assert box.text == "one"
