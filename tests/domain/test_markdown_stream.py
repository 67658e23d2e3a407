"""An answer in pieces gives the blocks of the whole, and what is settled stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.markdown import Block, CodeBlock, Heading, Paragraph, Run, Table
from studio.domain.markdown_parser import LONG_LINE, parse
from studio.domain.markdown_stream import MarkdownStream

ANSWER = (Path(__file__).parent / "markdown" / "answer.md").read_text(encoding="utf-8")

PIECES = [
    "- ", "1. ", "> ", "    ", "# ", "---", "```", "```py\n", "~~~", "**", "*", "`", "~~", "word", " ",
    "$x$", "$5 ",
    "$$", "\\[", "\\]", "\\(", "\\)", "| a | b |\n", "|---|---|\n", "\n", "\n\n", "\r\n", "\r", "[^1]",
    "[^1]: ",
    "[a]", "[a]: http://b.c\n", "](http://d.e)", "![", "<div>", "<br>", "https://f.g ", "\u202e", "\t",
    "- [ ] ",
    "\\begin{align}", "\\end{align}", "&amp;", "é", "😀",
]  # fmt: skip
TEXTS = st.one_of(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.text(max_size=200))


@settings(max_examples=120, deadline=None)
@given(TEXTS, st.data())
def test_any_split_gives_the_same_blocks(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    stream = MarkdownStream()
    shown: list[Block] = []
    settled: list[Block] = []
    for begin, end in pairwise([0, *cuts, len(text)]):
        change = stream.append(text[begin:end])
        shown[change.settled_from :] = change.blocks
        assert shown == list(stream.blocks)
        assert stream.blocks[: len(settled)] == settled
        settled = list(stream.blocks[: change.stable])
    change = stream.finish()
    shown[change.settled_from :] = change.blocks
    assert shown == list(stream.blocks) == parse(text)
    assert stream.text == text


def test_letter_by_letter() -> None:
    stream = MarkdownStream()
    for letter in ANSWER:
        stream.append(letter)
    stream.finish()
    assert list(stream.blocks) == parse(ANSWER)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.sampled_from([30, 4_999, 5_000, 5_001, 12_000]),
)
def test_long_lines_are_cut_alike(text: str, length: int) -> None:
    whole = text + "ab " * (length // 3) + text
    stream = MarkdownStream()
    for begin in range(0, len(whole), 701):
        stream.append(whole[begin : begin + 701])
    stream.finish()
    assert list(stream.blocks) == parse(whole)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
@pytest.mark.parametrize("start", ["", "# ", "- ", "```\n"])
def test_a_line_of_just_the_longest_length(start: str, end: str) -> None:
    for length in range(LONG_LINE - 4, LONG_LINE + 3):
        whole = start + "x" * length + end + "y"
        stream = MarkdownStream()
        for piece in (whole[:100], whole[100:-3], whole[-3], whole[-2], whole[-1]):
            stream.append(piece)
        stream.finish()
        assert list(stream.blocks) == parse(whole)


def kinds(text: str) -> list[list[type[Block]]]:
    """The kinds of blocks after each letter, without repetitions."""
    stream = MarkdownStream()
    seen: list[list[type[Block]]] = [[]]
    for letter in text:
        stream.append(letter)
        now: list[type[Block]] = [type(each) for each in stream.blocks]
        if now != seen[-1]:
            seen.append(now)
    return seen[1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A list after a paragraph is no heading for a moment.
        ("text\n- item\n", [[Paragraph], [Paragraph, Paragraph]]),
        ("text\n---\n", [[Paragraph], [Heading]]),
        ("## Head\n", [[Heading]]),
        ("```py\nx\n```\nend", [[CodeBlock], [CodeBlock, Paragraph]]),
        # A table is one as soon as the delimiter row is complete, and not before.
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", [[Paragraph], [Table]]),
        ("1. a\n2. b", [[Paragraph], [Paragraph, Paragraph]]),
    ],
)
def test_a_block_never_changes_its_kind_back(text: str, expected: list[list[type[Block]]]) -> None:
    assert kinds(text) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so **bold", [Run("so "), Run("bold", bold=True)]),
        ("so **bold *both", [Run("so "), Run("bold ", bold=True), Run("both", bold=True, italic=True)]),
        ("so **", [Run("so")]),
        ("so `code", [Run("so "), Run("code", code=True)]),
        ("so `", [Run("so")]),
        ("~~gone", [Run("gone", strike=True)]),
        ("see [the page](https://a.b/lo", [Run("see the page")]),
        ("2 * 3", [Run("2 * 3")]),
    ],
)
def test_what_is_open_at_the_end_is_closed_for_the_eye(text: str, shown: list[Run]) -> None:
    stream = MarkdownStream()
    stream.append(text)
    (block,) = stream.blocks
    assert isinstance(block, Paragraph)
    assert list(block.inlines) == shown


def test_an_open_fence_says_so() -> None:
    stream = MarkdownStream()
    (block,) = stream.append("```py\nx = 1\n``").blocks
    assert isinstance(block, CodeBlock)
    assert (block.text, block.language, block.open) == ("x = 1", "py", True)
    (block,) = stream.append("`\n").blocks
    assert isinstance(block, CodeBlock)
    assert not block.open


def test_a_later_definition_is_told_at_the_end() -> None:
    stream = MarkdownStream()
    stream.append("first\n\nsee [a]\n\nlast\n\n[a]: https://b.c\n")
    assert stream.blocks[1] == Paragraph(inlines=(Run("see [a]"),), start=7, end=14)
    change = stream.finish()
    assert change.settled_from == 1
    assert change.blocks[0] == Paragraph(inlines=(Run("see "), Run("a", link="https://b.c")), start=7, end=14)
    assert stream.finish().blocks == ()
    with pytest.raises(RuntimeError):
        stream.feed("more")


def test_blocks_before_a_change_are_the_same_objects() -> None:
    stream = MarkdownStream()
    stream.append("a\n\nb\n\nc")
    before = list(stream.blocks)
    stream.append(" d\n\ne")
    assert all(one is two for one, two in zip(before[:2], stream.blocks, strict=False))


# ---------------------------------------------------------------- cost, counted in calls and not in seconds


def calls(function: Callable[[], Any]) -> int:
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


def stream_of(text: str, step: int = 150) -> Callable[[], None]:
    def run() -> None:
        stream = MarkdownStream()
        for begin in range(0, len(text), step):
            stream.append(text[begin : begin + step])
        stream.finish()

    return run


GROWING: dict[str, Callable[[int], str]] = {
    "paragraphs": lambda n: "Some **words** of `prose`.\n\n" * (n // 27),
    "one fence": lambda n: "```py\n" + "x = 1\n" * (n // 6),
    "one table": lambda n: "| a | b |\n|---|---|\n" + "| 1 | *2* |\n" * (n // 12),
    "one list": lambda n: "- item\n" * (n // 7),
    "one line": lambda n: "word " * (n // 5),
    "one line of code": lambda n: "```\n" + "x" * n,
    "brackets": lambda n: "[" * n,
    "nested quotes": lambda n: "> " * (n // 2),
    "links": lambda n: "[a](http://b.c) " * (n // 16),
    "open html": lambda n: "<script>\n" + "x\n" * (n // 2),
    "footnotes": lambda n: "a[^1] " * (n // 6) + "\n\n[^1]: b",
}


@pytest.mark.parametrize("name", GROWING)
def test_twice_the_text_is_at_most_little_more_than_twice_the_work(name: str) -> None:
    make = GROWING[name]
    parse("[a](http://b.c) `x`")  # what is made once
    small, large = calls(stream_of(make(12_000))), calls(stream_of(make(24_000)))
    assert large < small * 2.6
