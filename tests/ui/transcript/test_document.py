"""Texts that become blocks slice by slice, questions as they were typed, and hits of a search."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.markdown import CodeBlock, LineBreak, Paragraph, Run
from studio.domain.markdown_parser import parse
from studio.qt_models.transcript import TranscriptModel
from studio.ui.transcript.document import SLICE, Document, DocumentCache
from studio.ui.transcript.finder import Finder
from studio.ui.transcript.question import question_blocks
from studio.ui.transcript.selection import LAST, Place, Selection

LONG = "".join(
    f"## Part {n}\n\nSome *words* and `code`.\n\n- one\n- two\n\n```py\nx = {n}\n```\n\n" for n in range(300)
)


def test_a_long_text_is_parsed_in_slices() -> None:
    document = Document(LONG, ended=True)
    steps = 0
    while document.behind:
        document.advance(0.0)
        steps += 1
    assert steps > len(LONG) / SLICE
    assert document.finished
    assert document.blocks == parse(LONG)


@given(
    st.lists(
        st.sampled_from(["a ", "\n\n", "- x\n", "```\n", "**b", "**", "| a |\n|--|\n", "> q\n"]), max_size=30
    )
)
def test_what_came_in_pieces_is_the_whole(pieces: list[str]) -> None:
    document = Document()
    shown: list[object] = []
    for piece in pieces:
        document.append(piece)
        first = document.advance(1.0)
        if first is not None:
            assert list(document.blocks[:first]) == shown[:first]
        shown = list(document.blocks)
    document.end()
    document.advance(1.0)
    assert document.text == "".join(pieces)
    assert list(document.blocks) == list(parse("".join(pieces)))


def test_a_text_goes_on_or_is_another_one() -> None:
    document = Document("One two")
    assert document.become("One two three", ended=False)
    assert document.text == "One two three"
    assert not document.become("Other words entirely", ended=True)
    assert document.become("One two three", ended=True)
    assert document.ended
    assert not document.become("One two three four", ended=True)


def test_parsed_texts_are_kept_for_a_while() -> None:
    cache = DocumentCache(limit=30)
    document = cache.open("Some text here", ended=True)
    document.advance(1.0)
    cache.keep(document)
    again = cache.open("Some text here", ended=True)
    assert again.finished
    assert again.blocks is document.blocks
    other = Document("x" * 40, ended=True)
    other.advance(1.0)
    cache.keep(other)
    assert not cache.open("Some text here", ended=True).finished


def test_a_question_stands_as_it_was_typed() -> None:
    blocks = question_blocks("# no heading\nsecond *line*\n\n```py\nx = 1\n```\nafter")
    assert blocks == [
        Paragraph(inlines=(Run("# no heading"), LineBreak(), Run("second *line*")), start=0, end=26),
        CodeBlock(text="x = 1", language="py", open=False, start=28, end=43),
        Paragraph(inlines=(Run("after"),), start=44, end=49),
    ]


@given(st.text(alphabet="ab \n`~#*", max_size=80))
def test_no_word_of_a_question_is_lost(text: str) -> None:
    shown = ""
    for block in question_blocks(text):
        if isinstance(block, CodeBlock):
            shown += block.text + block.language
        elif isinstance(block, Paragraph):
            shown += "".join(inline.text for inline in block.inlines if isinstance(inline, Run))
    assert re.sub(r"[^ab#*]", "", shown).count("a") + shown.count("b") >= 0
    fenced = any(isinstance(block, CodeBlock) for block in question_blocks(text))
    if not fenced:
        assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", text)


def test_selections_know_their_part_of_a_section() -> None:
    selection = Selection(Place(2, 1, 3, 4), Place(0, 2, 1, 5))
    assert selection.start == Place(0, 2, 1, 5)
    assert selection.span(0, 1) is None
    assert selection.span(0, 2) == ((1, 5), (LAST, 0))
    assert selection.span(1, 0) == ((0, 0), (LAST, 0))
    assert selection.span(2, 1) == ((0, 0), (3, 4))
    assert selection.span(2, 2) is None


def test_searches_are_words_or_phrases() -> None:
    finder = Finder(TranscriptModel())
    finder.look_for('fog "last lamp" AND (tide*', words=True)
    assert finder._pattern is not None
    assert [hit[0] for hit in finder._pattern.finditer("The Last\nLamp in Fog, tides")] == [
        "Last\nLamp",
        "Fog",
        "tide",
    ]
    finder.look_for("a.b")
    assert finder._pattern.findall("a.b axb") == ["a.b"]
    finder.look_for("  ")
    assert not finder.active
