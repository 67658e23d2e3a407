"""A branch as a page of Markdown or HTML."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings

from studio.domain.chat_pages import PageOptions, html_page, markdown_page
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Conversation,
    Message,
    MessageError,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.domain.media import MediaKind
from tests.domain import talks

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
TALK = Conversation(
    id="c1", created_at=NOW, updated_at=NOW, title="Salt & *sea*", system_prompt="Be brief.\nBe kind."
)


def render(text: str, prefix: str) -> str:
    return f"<div id={prefix}>{html.escape(text)}</div>"


EVERYTHING = PageOptions(reasoning=True, tool_calls=True)


def message(role: str, *pieces: Any, **changes: Any) -> Message:
    values = {"id": "m", "conversation_id": "c1", "role": role, "created_at": NOW, "pieces": pieces}
    return Message(**(values | changes))


def photo(name: str = "pier one.png", **changes: Any) -> AttachmentPiece:
    values = {"asset_id": "a1", "kind": MediaKind.IMAGE, "mime": "image/png", "name": name}
    return AttachmentPiece(**(values | changes))


BRANCH = [
    message("user", TextPiece(text="Why is the sea *salt*?"), photo()),
    message(
        "assistant",
        ReasoningPiece(text="Let me see.", seconds=2.6),
        ToolCallPiece(id="t", name="look_up", arguments='{"q": "`salt`"}', result="```\nrivers\n```"),
        model_title="Claude <3",
        cost=Decimal("0.0021"),
    ),
    message("tool", TextPiece(text="rivers"), photo("made.png", asset_id="a2", source="tool")),
    message(
        "assistant",
        TextPiece(text="Rivers carry `salt`.\n\n```\ncode\n```\n"),
        BlockPiece(block={"type": "code", "stdout": "1"}),
        model="openai",
        citations=("https://example.org/a b<c>", "javascript:alert(1)"),
        error=MessageError(title="The answer broke off.", detail="Try again."),
        state=MessageState.FAILED,
    ),
]


def test_markdown_without_and_with_everything() -> None:
    page = markdown_page(TALK, BRANCH, {"a1": "talk_files/01 pier.png"})
    assert page.startswith("# Salt \\& \\*sea\\*\n\n*3 messages")
    assert "> Be brief.\n> Be kind." in page
    assert "## You" in page
    assert "Why is the sea *salt*?\n\n![pier one.png](talk_files/01%20pier.png)" in page
    assert "## Claude \\<3" in page
    assert "0.0021 pollen" in page
    assert "*Not included: made.png*" in page
    assert "Rivers carry `salt`.\n\n```\ncode\n```" in page
    assert "1. <https://example.org/a%20b%3Cc%3E>\n2. javascript:alert(1)" in page
    assert page.endswith("*The answer broke off. Try again.*\n")
    assert "Let me see" not in page
    assert "look" not in page
    page = markdown_page(TALK, BRANCH, {}, EVERYTHING)
    assert "<summary>Reasoning, 3 s</summary>\n\nLet me see.\n\n</details>" in page
    assert "**Tool: look\\_up**\n\n```json\n" in page
    assert "````\n```\nrivers\n```\n````" in page
    assert "stdout: 1" in page
    assert page.count("rivers") == 1


def test_html_holds_everything_and_fetches_nothing() -> None:
    page = html_page(TALK, BRANCH, {"a1": "data:image/png;base64,AAAA"}, EVERYTHING, render)
    assert "<title>Salt &amp; *sea*</title>" in page
    assert '<img alt="pier one.png" src="data:image/png;base64,AAAA">' in page
    assert "Not included: made.png" in page
    assert "default-src 'none'" in page
    assert "Claude &lt;3" in page
    assert 'href="https://example.org/a b&lt;c&gt;"' in page
    assert 'href="javascript' not in page
    assert "Be brief.\nBe kind." in page
    assert "<div id=m1-1>" in page
    assert "<div id=m4-1>" in page


def test_sounds_films_and_documents() -> None:
    pieces = [
        photo("song", kind=MediaKind.MUSIC, asset_id="a1", transcript="la <la>"),
        photo("film", kind=MediaKind.VIDEO, asset_id="a2"),
        photo("paper", kind=MediaKind.OTHER, asset_id="a3"),
    ]
    data = {f"a{n}": "data:x" for n in (1, 2, 3)}
    page = html_page(TALK, [message("user", *pieces)], data, PageOptions(), render)
    assert '<audio controls src="data:x">' in page
    assert "la &lt;la&gt;" in page
    assert '<video controls src="data:x">' in page
    assert '<a download="paper" href="data:x">paper</a>' in page
    page = markdown_page(TALK, [message("user", *pieces)], {"a1": "song.mp3"})
    assert "[song](song.mp3)\n\n> la <la>" in page


@settings(max_examples=40)
@given(talks.conversations, talks.trees())
def test_any_conversation_can_be_written(conversation: Conversation, messages: list[Message]) -> None:
    markdown_page(conversation, messages, {"asset1": "a.png"}, EVERYTHING).encode()
    page = html_page(conversation, messages, {"asset1": "data:,"}, EVERYTHING, render)
    page.encode()
    assert "<script" not in page
