"""Markdown written from blocks means what the blocks say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.markdown import Block, Inline, LineBreak, Paragraph, Run
from studio.domain.markdown_parser import parse
from studio.domain.markdown_source import block_source, code_source, escaped, inline_source

SOURCES = (
    "plain text with snake_case, 2 * 3 and a < b",
    "**bold** *italic* ***both*** ~~gone~~ `code` [link](https://example.org/a)",
    "a[^n] note\n\n[^n]: text",
    "![words](https://example.org/x.png) and <https://example.org>",
    "first  \nsecond",
    "## Heading with `code`",
    "- item",
    "- [x] done",
    "- [ ] open",
    "7. seven",
    "> quote\n> more",
    "> - item in a quote",
    "- > quote in an item",
    "```python\nx = `1`\n```",
    "````\n```\n````",
    "| a | b |\n|:--|--:|\n| 1 | `x\\|y` |",
    "$$\nx^2\n$$",
    "so $x$ is",
    "---",
    "<div>\n  text\n</div>",
    "`` a`b `` and ` `` `",
)


def bare(block: Block) -> Block:
    """Without where it stood in the text."""
    return replace(block, start=0, end=0)


@pytest.mark.parametrize("source", SOURCES)
def test_a_block_written_and_read_is_the_block(source: str) -> None:
    block = parse(source)[0]
    extra = "\n\n[^n]: text" if "[^n]" in source else ""
    assert bare(parse(block_source(block) + extra)[0]) == bare(block)


def test_words_keep_their_look() -> None:
    assert escaped("snake_case 2 < 3 a - b # c") == "snake_case 2 < 3 a - b # c"
    assert escaped("*x* _y_ `z` <b> [a](b) ~~c~~ &amp;") == (r"\*x\* \_y\_ \`z\` \<b> \[a](b) \~~c\~~ \&amp;")


@pytest.mark.parametrize("text", ["# no", "- no", "+ no", "1. no", "12) no", "> no", "~~~ no", "## no"])
def test_text_that_looks_like_a_marker_stays_text(text: str) -> None:
    [block] = parse(block_source(Paragraph(inlines=(Run(text),))))
    assert isinstance(block, Paragraph)
    assert block.inlines == (Run(text),)


def test_code_with_fences_in_it() -> None:
    [block] = parse(code_source("a\n````\nb", "text"))
    assert block.text == "a\n````\nb"


TEXT = st.text(st.sampled_from("ab c*_`[]()<>!\\#-+.1~&;|^:"), min_size=1, max_size=20)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_any_text_is_read_as_it_was(text: str) -> None:
    words = " ".join(f"x{text}x".split())
    blocks = parse(block_source(Paragraph(inlines=(Run(words),))))
    assert len(blocks) == 1
    [block] = blocks
    assert isinstance(block, Paragraph)
    assert "".join(inline.text for inline in block.inlines if isinstance(inline, Run)) == words


@given(st.lists(st.builds(Run, st.text("ab ", min_size=1, max_size=5), st.booleans(), st.booleans())))
def test_emphasis_touches_its_words(runs: list[Run]) -> None:
    inlines: list[Inline] = [*runs, LineBreak()]
    source = inline_source(inlines)
    assert "".join(run.text for run in runs) == source.replace("*", "").removesuffix("  \n")
