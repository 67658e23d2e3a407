"""Made-up conversations for property tests: any pieces, any tree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from studio.domain.chat import ChatUsage
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    ChatParameters,
    Conversation,
    Message,
    MessageError,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.media import MediaKind

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)

texts = st.text(st.characters(), max_size=20)  # half surrogate pairs and NUL included
seconds = st.none() | st.floats(0, 1e6)
amounts = st.none() | st.decimals(0, 1000, places=9)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(texts, json_values, max_size=3)
attachments = st.builds(
    AttachmentPiece,
    asset_id=st.sampled_from(("", "asset1", "asset2")),
    kind=st.sampled_from(MediaKind),
    mime=st.sampled_from(("image/png", "application/pdf", "")),
    name=texts,
    size=st.integers(0, 2**40),
    sha256=st.sampled_from(("", "ab" * 32)),
    transcript=texts,
    source=st.sampled_from(("user", "answer", "tool")),
)
pieces = st.one_of(
    st.builds(TextPiece, text=texts),
    st.builds(ReasoningPiece, text=texts, seconds=seconds),
    attachments,
    st.builds(
        ToolCallPiece,
        id=texts,
        name=texts,
        arguments=texts,
        state=st.sampled_from(ToolState),
        result=texts,
        seconds=seconds,
    ),
    st.builds(BlockPiece, block=objects),
)
errors = st.builds(
    MessageError,
    title=texts,
    detail=texts,
    actions=st.lists(st.tuples(texts, texts, texts), max_size=2).map(tuple),
    kind=texts,
)


@st.composite
def trees(draw: st.DrawFn, conversation_id: str = "c1") -> list[Message]:
    """Up to seven messages, parents first."""
    made: list[Message] = []
    for number in range(draw(st.integers(0, 7))):
        parent = draw(st.sampled_from(["", *(message.id for message in made)]))
        made.append(
            draw(
                st.builds(
                    Message,
                    id=st.just(f"m{number}"),
                    conversation_id=st.just(conversation_id),
                    role=st.sampled_from(("user", "assistant", "tool")),
                    created_at=st.just(NOW + timedelta(seconds=number)),
                    parent_id=st.just(parent),
                    state=st.sampled_from([s for s in MessageState if s is not MessageState.STREAMING]),
                    pieces=st.lists(pieces, max_size=4).map(tuple),
                    model=texts,
                    citations=st.lists(texts, max_size=2).map(tuple),
                    usage=st.none()
                    | st.builds(ChatUsage, prompt_tokens=st.integers(0, 10**9), pollen_cost=amounts),
                    cost=amounts,
                    error=st.none() | errors,
                    finished_at=st.none() | st.just(NOW),
                    first_token_s=seconds,
                    included=st.booleans(),
                    pinned=st.booleans(),
                )
            )
        )
    return made


parameters = st.builds(
    ChatParameters,
    temperature=st.none() | st.floats(0, 2),
    stop=st.lists(texts, max_size=2).map(tuple),
    json_schema=st.none() | objects,
    tools=st.lists(objects, max_size=2).map(tuple),
    logit_bias=st.none() | st.dictionaries(texts, st.floats(-100, 100), max_size=2),
    extra=objects,
)
conversations = st.builds(
    Conversation,
    id=st.just("c1"),
    created_at=st.just(NOW),
    updated_at=st.just(NOW),
    title=texts,
    system_prompt=texts,
    parameters=parameters,
    seen=st.dictionaries(texts, texts, max_size=2),
    forked_from=st.none() | st.tuples(texts, texts),
    image_permission=st.sampled_from(("", "always", "never")),
)
