"""A conversation to JSON and back, and files that are something else."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import InputError
from studio.domain.chat_file import FORMAT, ChatFile, ChatFileAsset, decode, encode, renewed
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Conversation,
    Message,
    MessageError,
    MessageNode,
    MessageState,
    MessageTree,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.media import MediaKind
from tests.domain import talks
from tests.domain.talks import NOW

TALK = Conversation(id="c1", created_at=NOW, updated_at=NOW, title="Talk")


def message(identity: str, parent: str = "", **changes: Any) -> Message:
    values = {"id": identity, "conversation_id": "c1", "role": "user", "created_at": NOW, "parent_id": parent}
    return Message(**(values | changes))


def document(**changes: Any) -> bytes:
    values = json.loads(encode(ChatFile(conversation=TALK, messages=(message("m1"), message("m2", "m1")))))
    return json.dumps(values | changes).encode()


assets = st.lists(
    st.builds(ChatFileAsset, id=talks.texts, kind=st.sampled_from(MediaKind), name=talks.texts), max_size=2
)


@settings(max_examples=60)
@given(talks.conversations, talks.trees(), assets)
def test_it_comes_back_as_it_was(
    conversation: Conversation, messages: list[Message], files: list[ChatFileAsset]
) -> None:
    chat = ChatFile(
        conversation=conversation,
        messages=tuple(messages),
        assets=tuple(files),
        exported_at=NOW,
        program="Nectary 1",
    )
    assert decode(encode(chat)) == chat


@settings(max_examples=60)
@given(talks.trees(), st.data())
def test_new_ids_keep_the_shape(messages: list[Message], data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(["", "unknown", *(m.id for m in messages)]))
    seen = {m.parent_id: m.id for m in messages} | {"unknown": "m0"}
    chat = ChatFile(conversation=replace(TALK, leaf_id=leaf, seen=seen), messages=tuple(messages))
    new = renewed(chat, {"asset1": "here"})
    ids = {old.id: now.id for old, now in zip(messages, new.messages, strict=True)} | {"": ""}
    assert not set(ids) & set(ids.values()) - {""}
    tree = MessageTree(MessageNode(m.id, m.parent_id, m.role, m.state) for m in new.messages)
    assert len(tree) == len(messages)
    for old, now in zip(messages, new.messages, strict=True):
        assert now.parent_id == ids[old.parent_id]
        assert now.conversation_id == new.conversation.id
        assert now.text == old.text
        assert all(piece.asset_id != "asset1" for piece in now.attachments)
    assert new.conversation.leaf_id == ids.get(leaf, "")
    assert new.conversation.seen == {ids[m.parent_id]: ids[s] for m in messages for s in [seen[m.parent_id]]}


def test_what_is_not_known_is_kept_or_named() -> None:
    values = json.loads(document())
    values["future"] = 1
    values["conversation"]["mood"] = "good"
    values["conversation"]["parameters"] = {"warmth": 3}
    values["messages"][0]["stars"] = 3
    values["messages"][0]["pieces"] = [
        {"type": "text", "text": "a", "font": "big"},
        {"type": "hologram", "depth": 3},
    ]
    chat = decode(json.dumps(values).encode())
    assert chat.unknown == ("future", "conversation.mood", "parameters.warmth", "message.stars", "text.font")
    assert chat.messages[0].pieces == (
        TextPiece(text="a"),
        BlockPiece(block={"type": "hologram", "depth": 3}),
    )


def test_what_was_running_is_interrupted_elsewhere() -> None:
    chat = decode(encode(ChatFile(conversation=TALK, messages=(message("m", state=MessageState.STREAMING),))))
    assert renewed(chat, {}).messages[0].state is MessageState.INTERRUPTED


def test_children_before_their_parents_are_sorted() -> None:
    chat = ChatFile(
        conversation=TALK,
        messages=(message("m3", "m2"), message("m1"), message("m2", "m1"), message("m4", "m1")),
    )
    assert [m.id for m in decode(encode(chat)).messages] == ["m1", "m2", "m4", "m3"]


M1 = {"id": "m1", "conversation_id": "c1", "role": "user", "created_at": "2026-11-05T12:00:00+00:00"}


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "no conversation"),
        (b"\xff\xfe{", "no conversation"),
        (b"[]", "no conversation"),
        (b"3", "no conversation"),
        (b"{}", "no conversation"),
        (b"[" * 100_000, "no conversation"),
        (document(format="other"), "no conversation"),
        (document(version=2), "newer version"),
        (document(version="1"), "damaged"),
        (document(version=True), "damaged"),
        (document(conversation=None), "damaged"),
        (document(conversation={}), "damaged"),
        (document(conversation={"id": "c1", "created_at": "then", "updated_at": "now"}), "damaged"),
        (document(messages={}), "damaged"),
        (document(messages=[3]), "damaged"),
        (document(messages=[M1, M1]), "damaged"),
        (document(messages=[M1 | {"parent_id": "m0"}]), "damaged"),
        (document(messages=[M1 | {"parent_id": "m1"}]), "damaged"),
        (document(messages=[M1 | {"conversation_id": "c2"}]), "damaged"),
        (document(messages=[M1 | {"role": "system"}]), "damaged"),
        (document(messages=[M1 | {"pieces": 3}]), "damaged"),
        (document(messages=[M1 | {"pieces": [3]}]), "damaged"),
        (document(messages=[M1 | {"pieces": [{"type": "text"}]}]), "damaged"),
        (document(messages=[M1 | {"cost": "1e999999"}]), "damaged"),
        (document(messages=[M1 | {"usage": {"prompt_tokens": 2**70}}]), "damaged"),
        (document(messages=[M1 | {"total_s": float("nan")}]), "damaged"),
        (document(assets=[{}]), "damaged"),
        (document(exported_at="soon"), "damaged"),
    ],
)
def test_other_files_are_refused_with_a_sentence(data: bytes, title: str) -> None:
    with pytest.raises(InputError, match=title):
        decode(data)


@given(st.binary(max_size=60) | talks.objects.map(lambda value: document(**value)))
def test_nothing_else_is_ever_raised(data: bytes) -> None:
    with contextlib.suppress(InputError):
        decode(data)


def test_the_file_is_for_people_too() -> None:
    piece = AttachmentPiece(asset_id="a", kind=MediaKind.IMAGE, mime="image/png", name="Fähre.png")
    text = encode(ChatFile(conversation=TALK, messages=(message("m1", pieces=(piece,)),))).decode()
    assert f'"format": "{FORMAT}"' in text
    assert "Fähre.png" in text
    assert len(text.splitlines()) == 10


def test_a_file_of_somebody_else_offers_nothing_of_its_own() -> None:
    asks = ToolCallPiece(
        id="c", name="generate_image", arguments="{}", state=ToolState.ASKED, result="1 picture, 0 pollen."
    )
    ways = (("file.offer", "Continue", "/"), ("retry", "Try again", ""))
    answer = Message(
        id="a", conversation_id="c", role="assistant", created_at=NOW, pieces=(asks,),
        error=MessageError(title="x" * 10_000, actions=ways),
    )  # fmt: skip
    chat = Conversation(
        id="c", created_at=NOW, updated_at=NOW, title="T\n\u202e" * 100_000, image_permission="always"
    )
    new = renewed(ChatFile(conversation=chat, messages=(answer,)), {})
    (message,) = new.messages
    (call,) = message.pieces
    assert isinstance(call, ToolCallPiece)
    assert call.state is ToolState.FAILED
    assert message.error is not None
    assert message.error.actions == (("retry", "Try again", ""),)
    assert len(message.error.title) == 200
    assert len(new.conversation.title) <= 200
    assert new.conversation.image_permission == ""
