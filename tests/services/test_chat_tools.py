"""Pictures from chat: asked about, made once, told to the model (`chat_tools`, `chat_rounds`)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.chat_origin import message_of
from studio.domain.conversation import Message, MessageState, ToolCallPiece, ToolState
from studio.sandbox.server import SandboxServer
from studio.services.chat_rounds import AT_WORK, MOST_ROUNDS
from studio.services.chat_tools import NOT_AVAILABLE
from tests.services.talk import CHAT, Talk, sample, talking, talking_to

PICTURE = {"prompt": "a heron in the reeds", "width": 96, "height": 96, "seed": 7}


def tool_stream(*calls: tuple[str, str]) -> str:
    """A stream that calls tools: (name, arguments) each."""
    deltas = [
        {"index": number, "id": f"call_{number}", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]
    chunks = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "tool_calls": deltas}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        {"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49}},
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def calls(message: Message) -> list[ToolCallPiece]:
    return [piece for piece in message.pieces if isinstance(piece, ToolCallPiece)]


async def with_pictures(talk: Talk) -> None:
    parameters = replace(talk.conversation.parameters, image_tool=True)
    await talk.chat.set_options(talk.conversation.id, parameters=parameters)


async def ask_for_a_picture(talk: Talk, arguments: object = None) -> Message:
    await with_pictures(talk)
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or PICTURE)
    talk.plays(tool_stream(("generate_image", text)))
    return await talk.say("Draw a heron")


def pictures_billed(server: SandboxServer) -> int:
    return sum(float(r["billed"]) > 0 and r["path"].startswith("/image/") for r in server.requests())


async def test_the_user_is_asked_with_the_price(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        (call,) = calls(asked)
        assert (asked.state, call.state) == (MessageState.COMPLETE, ToolState.ASKED)
        assert call.result.startswith("1 picture with ")
        assert "96 × 96, about 0.00" in call.result
        assert pictures_billed(talk.server) == 0
        tool = talk.server.requests()[-1]["body"]["tools"][0]["function"]
        assert tool["name"] == "generate_image"


async def test_once_makes_the_picture_and_the_conversation_goes_on(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        await talk.chat.permit(asked.id, "call_0", "once")
        answer = await talk.idle()
        question, called, result, last = await talk.path()
        assert last == answer
        assert (answer.state, bool(answer.text)) == (MessageState.COMPLETE, True)
        assert calls(called)[0].state is ToolState.DONE
        assert (result.role, result.tool_call_id) == ("tool", "call_0")
        (picture,) = result.attachments
        asset = await talk.studio.services.library.asset(picture.asset_id)
        assert asset is not None
        assert message_of(asset) == called.id
        assert result.cost == asset.provenance.cost
        assert pictures_billed(talk.server) == 1
        sent = talk.server.requests()[-1]["body"]["messages"]
        assert [m["role"] for m in sent] == ["user", "assistant", "tool"]
        assert sent[2]["tool_call_id"] == sent[1]["tool_calls"][0]["id"]
        assert question.text == "Draw a heron"


async def test_the_size_is_brought_to_what_the_model_takes(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk, {**PICTURE, "model": "flux-2-pro", "width": 676, "height": 135})
        (call,) = calls(asked)
        assert "672 × 128" in call.result, call.result
        await talk.chat.permit(asked.id, "call_0", "once")
        await talk.idle()
        assert pictures_billed(talk.server) == 1


async def test_no_is_told_to_the_model(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        await talk.chat.permit(asked.id, "call_0", "never")
        await talk.idle()
        assert pictures_billed(talk.server) == 0
        assert "switched pictures off" in talk.server.requests()[-1]["body"]["messages"][-1]["content"]
        conversation = await talk.chat.conversation(talk.conversation.id)
        assert conversation.image_permission == "never"
        await talk.say("And now?")
        assert "tools" not in talk.server.requests()[-1]["body"]


async def test_always_does_not_ask_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.chat.set_options(talk.conversation.id, image_permission="always")
        await ask_for_a_picture(talk)
        assert len(await talk.path()) == 4
        assert pictures_billed(talk.server) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"prompt": "a her', "not valid JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "no prompt"),
        ('{"prompt": "x", "count": 50}', "count must be a whole number from 1 to 4"),
        ('{"prompt": "x", "model": "no-such"}', "no picture model called no-such"),
    ],
)
async def test_arguments_that_make_no_sense_are_told_to_the_model(
    tmp_path: Path, arguments: str, words: str
) -> None:
    async with talking(tmp_path) as talk:
        await ask_for_a_picture(talk, arguments)
        called = (await talk.path())[1]
        (call,) = calls(called)
        assert call.state is ToolState.FAILED
        assert words in call.result
        assert words in talk.server.requests()[-1]["body"]["messages"][-1]["content"]


async def test_tools_that_are_not_there(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.tools.txt"))
        answer = await talk.say("What is the weather?")
        called = (await talk.path())[1]
        assert [(c.name, c.arguments, c.state, c.result) for c in calls(called)] == [
            ("get_weather", '{"city":"Paris"}', ToolState.FAILED, NOT_AVAILABLE),
            ("get_weather", '{"city":"Rome"}', ToolState.FAILED, NOT_AVAILABLE),
        ]
        assert [m.role for m in await talk.path()] == ["user", "assistant", "tool", "tool", "assistant"]
        assert answer.state is MessageState.COMPLETE


async def test_a_model_that_never_stops_calling_is_stopped(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(tool_stream(("nothing", "{}")), count=None)
        await talk.say("Go on for ever")
        chats = [r for r in talk.server.requests() if r["path"] == CHAT]
        assert len(chats) == MOST_ROUNDS
        last = [m for m in await talk.path() if m.role == "assistant"][-1]
        assert last.error is not None
        assert "8 times" in last.error.title
        await talk.chat.continue_answer(last.id)
        await talk.idle()
        chats = [r for r in talk.server.requests() if r["path"] == CHAT]
        assert len(chats) == MOST_ROUNDS + 1, "one more, when the user says so"
        (last,) = await talk.chat.messages([last.id])
        assert last.error is None


async def test_a_call_that_was_cut_at_the_greatest_length_is_not_answered(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await with_pictures(talk)
        talk.plays(tool_stream(("generate_image", '{"prompt": "a her')).replace('"tool_calls"}', '"length"}'))
        answer = await talk.say("Draw")
        assert answer.error is not None
        assert answer.error.kind == "length"
        assert calls(answer)[0].state is ToolState.FAILED
        assert len([r for r in talk.server.requests() if r["path"] == CHAT]) == 1


async def test_going_on_after_a_tool_leaves_the_branch_that_is_shown(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("Hello")
        asked = await ask_for_a_picture(talk)
        await talk.chat.regenerate(first.id)
        other = await talk.idle()
        await talk.chat.permit(asked.id, "call_0", "not now")
        await talk.until(lambda: not talk.chat.streaming)
        assert (await talk.leaf()).id == other.id
        tree = await talk.chat.tree(talk.conversation.id)
        assert [tree[one].role for one in tree.path(tree.leaf_below(asked.id))][-2:] == ["tool", "assistant"]


async def test_a_new_question_ends_the_asking(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        await talk.say("Never mind")
        (message,) = await talk.chat.messages([asked.id])
        assert calls(message)[0].state is ToolState.REFUSED
        await talk.chat.permit(asked.id, "call_0", "once")
        assert pictures_billed(talk.server) == 0


async def test_a_call_is_still_asked_after_a_restart_and_one_at_work_goes_on(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with talking_to(server, tmp_path) as talk:
            asked = await ask_for_a_picture(talk)
        server.faults([{"path": "/image/", "hold": 60}])
        async with talking_to(server, tmp_path) as talk:
            (message,) = await talk.chat.messages([asked.id])
            assert calls(message)[0].state is ToolState.ASKED
            await talk.chat.permit(asked.id, "call_0", "once")
            services = talk.studio.services
            await talk.until(lambda: any(job.sent_at for job in services.jobs.all()))
        server.clear_faults()
        async with talking_to(server, tmp_path) as talk:
            origin = asked.conversation_id
            await talk.until(lambda: not talk.chat.is_streaming(origin))
            path = await talk.chat.path(await talk.chat.conversation(origin))
            assert [m.role for m in path] == ["user", "assistant", "tool", "assistant"]
            assert path[2].attachments
            assert pictures_billed(server) == 1


async def test_a_crash_before_the_next_request_offers_to_go_on_and_pays_nothing_twice(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with talking_to(server, tmp_path) as talk:
            asked = await ask_for_a_picture(talk)
            await talk.chat.permit(asked.id, "call_0", "once")
            last = await talk.idle()
            # The disk of a program that died there: the results are written, the next answer is not.
            await talk.chat.remove_messages(last.id)
            await talk.studio.services.profile.set_draft(AT_WORK, [[asked.id, "call_0"]])
        sent = len(server.requests())
        async with talking_to(server, tmp_path) as talk:
            (message,) = await talk.chat.messages([asked.id])
            assert message.error is not None
            assert message.error.actions == (("continue", "Continue", ""),)
            assert not talk.chat.is_streaming(asked.conversation_id)
            chats = [r for r in server.requests()[sent:] if r["path"] == CHAT]
            assert not chats
            await talk.chat.continue_answer(asked.id)
            await talk.until(lambda: not talk.chat.is_streaming(asked.conversation_id))
            path = await talk.chat.path(await talk.chat.conversation(asked.conversation_id))
            assert [m.role for m in path] == ["user", "assistant", "tool", "assistant"]
            assert path[1].error is None
            assert pictures_billed(server) == 1


async def test_a_crash_between_a_call_and_its_result_orders_nothing_again(tmp_path: Path) -> None:
    with SandboxServer(speed=0) as server:
        async with talking_to(server, tmp_path) as talk:
            asked = await ask_for_a_picture(talk)
            await talk.chat.permit(asked.id, "call_0", "once")
            await talk.idle()
            result = (await talk.path())[2]
            await talk.chat.remove_messages(result.id)
            await talk.studio.services.profile.set_draft(AT_WORK, [[asked.id, "call_0"]])
        async with talking_to(server, tmp_path) as talk:
            await talk.until(lambda: not talk.chat.is_streaming(asked.conversation_id))
            path = await talk.chat.path(await talk.chat.conversation(asked.conversation_id))
            assert [m.role for m in path] == ["user", "assistant", "tool", "assistant"]
            assert path[2].attachments == result.attachments
            assert pictures_billed(server) == 1


async def test_stopping_while_a_picture_is_made(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        talk.server.faults([{"path": "/image/", "hold": 60}])
        await talk.chat.permit(asked.id, "call_0", "once")
        services = talk.studio.services
        await talk.until(lambda: any(job.sent_at for job in services.jobs.all()))
        assert talk.chat.is_streaming(talk.conversation.id)
        await talk.chat.stop(talk.conversation.id)
        await talk.idle()
        assert [m.role for m in await talk.path()] == ["user", "assistant", "tool"]
        await talk.say("Something else")


async def test_a_permission_that_is_too_late(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        with pytest.raises(InputError):
            await talk.chat.permit("gone", "call_0", "once")


async def test_stop_right_after_yes_makes_no_picture(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        asked = await ask_for_a_picture(talk)
        await talk.chat.permit(asked.id, "call_0", "once")
        await talk.chat.stop(talk.conversation.id)
        await talk.until(lambda: not talk.chat.streaming)
        (called,) = await talk.chat.messages([asked.id])
        assert calls(called)[0].state is ToolState.FAILED
        assert pictures_billed(talk.server) == 0
        assert len([r for r in talk.server.requests() if r["path"] == CHAT]) == 1
