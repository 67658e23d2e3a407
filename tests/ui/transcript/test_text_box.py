"""Paragraphs: links, chips, words, directions, and a million characters."""

from __future__ import annotations

import time
from itertools import pairwise

from PySide6.QtCore import QRectF

from studio.domain.markdown import Paragraph, Run
from studio.ui.theme import Theme
from studio.ui.transcript.code_box import PlainBox
from studio.ui.transcript.text_box import BULK
from tests.ui.transcript.support import WIDTH, box_of, ink, paint, paragraph


def center(box, start: int) -> tuple[float, float]:
    """The middle of the character at a position."""
    one, other = box.rect_at(start), box.rect_at(start + 1)
    return (one.left() + other.left()) / 2, one.center().y()


def test_links_lead_where_they_say_and_are_underlined_under_the_pointer() -> None:
    box = box_of("see [the *page*](https://example.org/a) now")
    at = box.text.index("page")
    assert box.link_at(*center(box, at)) == "https://example.org/a"
    assert box.link_at(*center(box, 0)) == ""
    assert box.link_at(5000, 5) == ""
    assert box.link_at(*center(box, at)[:1], -5) == ""
    plain = paint(box)
    assert box.hover("", "https://example.org/a")
    assert not box.hover("", "https://example.org/a")
    assert paint(box) != plain
    [control] = box.controls()
    assert (control.key, control.name) == ("https://example.org/a", "the page")
    assert control.rect.contains(*center(box, at))


def test_a_picture_is_a_chip_with_host_and_words() -> None:
    box = box_of("before ![a lighthouse](https://example.org/x.png) after")
    at = box.text.index("\ufffc")
    assert len(box.text) == len("before x after")
    assert box.link_at(*center(box, at)) == "https://example.org/x.png"
    assert box.controls()[0].name == "example.org · a lighthouse"
    assert box.rect_at(at + 1).left() - box.rect_at(at).left() > 100
    assert ink(paint(box), QRectF(box.rect_at(at).left(), 0, 100, box.height)) > 500


def test_a_chip_of_an_odd_address_has_words_too() -> None:
    for source in ("![](data:image/png;base64,AAAA)", "![x](http://[::1)", "![](picture.png)"):
        assert paint(box_of(source))


def test_a_notes_number_leads_to_the_note() -> None:
    box = box_of("text[^n]\n\n[^n]: the note")
    assert box.link_at(*center(box, 4)) == "#note-1"
    assert box.markdown(2, 5) == "xt[^n]"


def test_words() -> None:
    box = box_of("The lamp's *light*, 漢字 and x.")
    assert [box.text[slice(*box.word_at(n))] for n in (0, 3, 6, 12, 17)] == [
        "The", "The", "lamp's", "light", " ",
    ]  # fmt: skip
    assert box.word_at(box.length) == (box.length, box.length)  # behind the full stop


def test_markdown_of_a_part_keeps_its_style() -> None:
    box = box_of("one **two three** [four](https://example.org) `fi`")
    text = box.text
    part = box.markdown(text.index("wo"), text.index("ur") + 1)
    assert part == "**wo three** [fou](https://example.org)"
    assert box.markdown(0, 3) == "one"
    assert box.markdown(text.index("fi"), text.index("fi") + 1) == "`f`"


def test_a_selection_of_two_directions_is_in_pieces() -> None:
    box = box_of("abc שלום def")
    selected = paint(box, selection=(0, 6))
    tokens = Theme.current().tokens

    def changes(row: int) -> int:
        colors = [selected.pixel(x, row) == tokens.selection.rgb() for x in range(int(WIDTH))]
        return sum(one != other for one, other in pairwise(colors))

    # From the left edge, and in the middle; rows with letters in them have more.
    assert min(changes(row) for row in range(int(box.height)) if changes(row)) == 3


def test_emoji_count_as_one_position_each() -> None:
    box = box_of("a😀b😀c")
    assert box.length == 5
    assert box.position_at(*center(box, 4)) in (4, 5)
    assert box.rect_at(5).left() > box.rect_at(4).left() > box.rect_at(2).left()
    assert box.markdown(1, 3) == "😀b"


def test_a_long_paragraph_grows_at_its_end_alone() -> None:
    text = "Words of a paragraph that goes on and on. " * 600
    box = box_of(paragraph(text))
    started = time.process_time()
    for end in range(20):
        assert box.grow(paragraph(text + "more " * (end + 1)))
    assert (time.process_time() - started) / 20 < 0.01  # a whole layout takes more


def test_a_million_characters_in_a_line_cost_nothing_until_seen() -> None:
    text = "word " * 200_000
    started = time.process_time()
    box = box_of(paragraph(text))
    paint(box, y=-10_000, height=800)
    assert time.process_time() - started < 0.3
    assert isinstance(box, PlainBox)
    assert box.length == len(text)
    assert not box_of(paragraph("x" * (BULK - 10))).grow(paragraph("x" * (BULK + 10)))


def test_control_characters_in_a_chip_are_replaced() -> None:
    from studio.domain.markdown import Picture
    from studio.ui.transcript.runs import chip_words, visible

    assert "\u202e" not in chip_words(Picture("https://example.org", "a\u202egnp"))
    assert visible("a\x00b\u2066") == "a\u2400b\ufffd"
    assert paint(box_of(Paragraph(inlines=(Run("a\tb\nc\u2028d"),))))
