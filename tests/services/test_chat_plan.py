"""What goes along, what it weighs and costs, and the body: `chat_context`, `chat_plan`, `chat_request`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InputError
from studio.domain.conversation import (
    AttachmentPiece,
    ChatDraft,
    ChatParameters,
    Conversation,
    Message,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.services import chat_context, chat_request, chat_words
from studio.services.chat_attachments import placeholder
from studio.services.chat_context import PathWeights, Ratios, Weight, weigh
from tests.services.talk import talking

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TALK = Conversation(id="c", created_at=NOW, updated_at=NOW, model="m")


def said(name: str, role: Any = "user", text: str = "word " * 20, **more: Any) -> Message:
    pieces = more.pop("pieces", (TextPiece(text=text),))
    return Message(id=name, conversation_id="c", role=role, created_at=NOW, pieces=pieces, **more)


def turns(count: int) -> list[Message]:
    return [said(f"{role[0]}{n}", role) for n in range(count) for role in ("user", "assistant")]


# ---------------------------------------------------------------- what goes along


def test_the_newest_turns_go_along_and_the_last_one_always() -> None:
    weights = PathWeights()
    path = turns(4)
    each = 2 * weigh(path[0]).tokens(4)
    assert weights.select(path, None, 4).dropped == ()
    two = weights.select(path, 2 * each + 5, 4)
    assert two.kept == {"u2", "a2", "u3", "a3"}
    assert two.dropped == ("u0", "a0", "u1", "a1")
    assert weights.select(path, 0, 4).kept == frozenset()
    assert weights.select(path, 0, 4, answers_last=True).kept == {"u3", "a3"}
    assert weights.select([], 100, 4).kept == frozenset()


def test_pinned_messages_stay_and_excluded_ones_leave() -> None:
    path = turns(4)
    path[1] = replace(path[1], pinned=True)
    path[6] = replace(path[6], included=False)
    chosen = PathWeights().select(path, 0, 4, answers_last=True)
    assert chosen.kept == {"a0", "a3"}
    assert "u3" not in chosen.dropped, "the user took it out; it did not fall out"


def test_a_call_and_its_result_are_not_parted() -> None:
    call = ToolCallPiece(id="call_0", name="tool", arguments="{}")
    path = [
        said("u0"),
        said("a0", "assistant", pieces=(call,)),
        said("t0", "tool", tool_call_id="call_0", pinned=True),
        said("a1", "assistant"),
        *turns(3)[2:],
    ]
    assert PathWeights().select(path, 0, 4).kept >= {"a0", "t0"}
    path[2] = replace(path[2], pinned=False, included=False)
    assert not PathWeights().select(path, None, 4).kept & {"a0", "t0"}


@given(
    st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.booleans()), max_size=30), st.integers(0, 3000)
)
def test_what_is_kept_fits(spec: list[tuple[int, bool, bool]], room: int) -> None:
    path = [
        said(f"m{n}", "user" if n % 2 == 0 else "assistant", "x" * size, pinned=pinned, included=included)
        for n, (size, pinned, included) in enumerate(spec)
    ]
    chosen = PathWeights().select(path, room, 4)
    kept = [message for message in path if message.id in chosen.kept]
    assert chosen.weight == sum((weigh(message) for message in kept), Weight())
    must = [m for m in path if m.included and m.pinned]
    assert chosen.weight.tokens(4) <= room + sum((weigh(m) for m in must), Weight()).tokens(4)
    assert not set(chosen.dropped) & chosen.kept


def test_weights() -> None:
    picture = AttachmentPiece(asset_id="a", kind=MediaKind.IMAGE, mime="image/png", size=10**6)
    assert weigh(said("u", text="héron")).text == 6
    assert weigh(said("u", pieces=(picture,))).fixed == chat_context.TOKENS_PER_MESSAGE + 800
    assert weigh(said("a", "assistant", pieces=(ReasoningPiece(text="x" * 999),))).text == 0


def test_ratios_are_learned_from_usage() -> None:
    ratios = Ratios()
    for _ in range(20):
        ratios.learn("m", Weight(30_000, 10), 10_010)
    assert abs(ratios.of("m") - 3) < 0.05
    ratios.learn("m", Weight(40, 4), 900)
    ratios.learn("m", Weight(1000, 800), 1000)
    assert abs(ratios.of("m") - 3) < 0.05, "short requests and pictures say little"
    assert Ratios.read({"m": 3.5, "x": "y"}).known == {"m": 3.5}
    assert Ratios.read("damaged").known == {}


# ---------------------------------------------------------------- the body


def body(messages: list[Message], model: ModelInfo | None = None, **more: Any) -> dict[str, Any]:
    request = chat_request.chat_request(
        replace(TALK, **{k: v for k, v in more.items() if k in ("parameters", "system_prompt")}),
        messages, model, placeholder, continues=bool(more.get("continues")), tools=more.get("tools", ()),
    )  # fmt: skip
    return json.loads(chat_request.preview(request))


def test_a_tool_call_always_has_a_result() -> None:
    calls = tuple(
        ToolCallPiece(id=f"call_{n}", name="my tool!", arguments=text, state=state)
        for n, (text, state) in enumerate([("{}", ToolState.DONE), ("{bad", ToolState.ASKED)])
    )
    sent = body([
        said("u0"), said("a0", "assistant", pieces=calls),
        said("t0", "tool", "sunny", tool_call_id="call_0"), said("u1"),
    ])["messages"]  # fmt: skip
    assert [m["role"] for m in sent] == ["user", "assistant", "tool", "tool", "user"]
    assert [c["function"]["name"] for c in sent[1]["tool_calls"]] == ["my_tool_", "my_tool_"]
    assert json.loads(sent[1]["tool_calls"][1]["function"]["arguments"]) == {"unreadable": "{bad"}
    assert [m["content"] for m in sent[2:4]] == ["sunny", chat_request.NOT_RUN]


def test_only_what_the_model_takes_is_sent() -> None:
    parameters = ChatParameters(
        temperature=0.5, repetition_penalty=1.1, reasoning_effort="low", seed=7, stop=("a",) * 6,
        response_format="json_schema", json_schema={"type": "object"}, image_tool=True, safe="nsfw",
        extra={"custom": 1},
    )  # fmt: skip
    plain = body([said("u0")], ModelInfo(name="m"), parameters=parameters)
    assert plain["temperature"] == 0.5
    assert plain["stop"] == ["a"] * 4
    assert plain["safe"] == "nsfw"
    assert plain["custom"] == 1
    assert not plain.keys() & {"repetition_penalty", "reasoning_effort", "tools"}
    assert plain["response_format"]["json_schema"] == {"name": "answer", "schema": {"type": "object"}}
    listed = ModelInfo(name="m", supported_parameters=("repetition_penalty",), reasoning=True)
    told = body([said("u0")], listed, parameters=parameters)
    assert told["repetition_penalty"] == 1.1
    assert told["reasoning_effort"] == "low"
    assert not told.keys() & {"temperature", "response_format"}


def test_tools_of_every_sort() -> None:
    own = {"type": "function", "function": {"name": "generate_image"}}
    mine = {"type": "function", "function": {"name": "mine"}}
    gemini = ModelInfo(name="google/gemini-x", tools=True, capabilities=("web_search",))
    parameters = ChatParameters(
        tools=(mine,),
        built_in_tools=("google_search", "unknown"),
        tool_choice="mine",
        parallel_tool_calls=False,
    )
    sent = body([said("u0")], gemini, parameters=parameters, tools=(own,))
    assert sent["tools"] == [own, mine, {"type": "google_search"}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "mine"}}
    assert sent["parallel_tool_calls"] is False
    assert chat_request.built_in_tools(ModelInfo(name="gpt")) == ()


def test_system_prompt_continuation_and_empty_answers() -> None:
    sent = body(
        [said("u0"), said("a0", "assistant", ""), said("a1", "assistant", "Half")],
        system_prompt="Be kind.", continues=True,
    )["messages"]  # fmt: skip
    assert [(m["role"], m["content"][:8]) for m in sent] == [
        ("system", "Be kind."), ("user", "word wor"), ("assistant", "Half"), ("user", "Continue"),
    ]  # fmt: skip


def test_the_preview_is_short_and_holds_no_key() -> None:
    request = chat_request.chat_request(TALK, [said("u0", text="A" * 5000 + " end")], None, placeholder)
    text = chat_request.preview(request)
    assert len(text) < 600
    assert "5000 characters" in text


def test_titles_and_errors() -> None:
    assert chat_words.title_from("\n\n# **Herons**  wade\nmore") == "Herons**  wade".replace("  ", " ")
    assert chat_words.title_from("---\n```") == ""
    assert len(chat_words.title_from("long " * 60)) <= 80
    error = chat_words.message_error(InputError("No.", "Why"))
    assert (error.title, error.detail, error.kind) == ("No.", "Why", "InputError")


# ---------------------------------------------------------------- with the services


async def test_price_ruler_and_problems(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        conversation = await talk.chat.conversation(talk.conversation.id)
        plan = talk.chat.plan(conversation, [], ChatDraft(text="Hello there"))
        assert plan.problem == ""
        assert plan.price is not None
        assert plan.price.high
        assert plan.context_length == 400_000
        assert 0 < plan.draft_tokens < plan.tokens
        assert '"Hello there"' in plan.preview()
        empty = talk.chat.plan(conversation, [], ChatDraft())
        assert (empty.problem, empty.field) == ("Write a message first.", "message")
        damaged = talk.chat.plan(conversation, [], ChatDraft(text="\ud800"))
        assert "damaged character" in damaged.problem
        long = talk.chat.plan(conversation, [], ChatDraft(text="word " * 400_000))
        assert long.problem == "This is longer than the model can take."
        talk.studio.services.settings.change("money", batch_budget=0.0000001)
        assert talk.chat.plan(conversation, [], ChatDraft(text="Hello")).field == "budget"
        talk.studio.services.settings.change("money", batch_budget=0.0, confirm_above=0.0000001)
        assert talk.chat.plan(conversation, [], ChatDraft(text="Hello")).ask_first
        await talk.studio.services.session.browse_offline()
        assert talk.chat.plan(conversation, [], ChatDraft(text="Hello")).field == "session"


async def test_the_day_budget_holds_for_chat(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.studio.services.settings.change("money", day_budget=0.0000001)
        with pytest.raises(InputError, match="budget for today"):
            await talk.chat.send(talk.conversation.id, ChatDraft(text="Hello"))
        assert await talk.path() == []


async def test_a_context_limit_is_kept_to(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("First " * 40)
        await talk.say("Second " * 40)
        parameters = replace(talk.conversation.parameters, context_limit=1)
        await talk.chat.set_options(talk.conversation.id, parameters=parameters)
        await talk.say("Third")
        sent = talk.server.requests()[-1]["body"]["messages"]
        assert sent == [{"role": "user", "content": "Third"}]


async def test_a_key_press_is_cheap_in_a_long_conversation(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        conversation = await talk.chat.conversation(talk.conversation.id)
        path = turns(2500)
        talk.chat.plan(conversation, path, ChatDraft(text="a"))
        times: list[float] = []
        for length in range(40):
            began = time.process_time()
            talk.chat.plan(conversation, list(path), ChatDraft(text="a" * length))
            times.append(time.process_time() - began)
        assert sorted(times)[20] < 0.004, "a quarter of a frame"
