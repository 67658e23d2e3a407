"""Conversations below Qt: `studio.services.chat` against a sandbox over a socket."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.conversation import ChatDraft, ChatParameters, Message, MessageState
from tests.services.studio import bills
from tests.services.talk import CHAT, first_frames, sample, talking


async def test_a_question_and_its_answer(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        told: list[Message] = []
        talk.chat.message_changed.connect(told.append)
        question = await talk.chat.send(
            talk.conversation.id, ChatDraft(text="# Why is the sky blue?\n\nBriefly.")
        )
        assert talk.chat.is_streaming(talk.conversation.id)
        answer = await talk.idle()
        assert answer.parent_id == question
        assert (answer.role, answer.state) == ("assistant", MessageState.COMPLETE)
        assert answer.text
        assert answer.usage
        assert answer.error is None
        assert talk.chat.live(answer.id) is None
        assert told == [answer], "one whole message, not one per token"
        conversation = await talk.chat.conversation(talk.conversation.id)
        assert conversation.title == "Why is the sky blue?"
        assert conversation.leaf_id == answer.id
        assert conversation.unread
        await talk.chat.mark_read(conversation.id)
        assert not (await talk.chat.conversation(conversation.id)).unread


async def test_the_bill_is_in_the_message_and_in_the_ledger(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        answer = await talk.say()
        (request,) = bills(talk.server)
        assert answer.cost == Decimal(request["billed"])
        assert answer.cost_source == "usage"
        (line,) = await talk.studio.services.profile.spending()
        assert (line.entries, line.open, line.amount) == (1, 0, answer.cost)
        row = next(row for row in await talk.chat.rows() if row.id == talk.conversation.id)
        assert row.cost == answer.cost
        assert row.state is MessageState.COMPLETE


async def test_what_cannot_be_sent_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        draft = ChatDraft(text="  ")
        with pytest.raises(InputError, match="Write a message"):
            await talk.chat.send(talk.conversation.id, draft)
        await talk.chat.set_options(talk.conversation.id, model="no-such-model")
        with pytest.raises(InputError, match="Choose a model"):
            await talk.chat.send(talk.conversation.id, ChatDraft(text="Hello"))
        assert await talk.path() == []
        assert not [r for r in talk.server.requests() if r["path"] == CHAT]


async def test_a_second_question_waits_for_the_answer(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="One, two"))
        with pytest.raises(InputError, match="Wait for the answer"):
            await talk.chat.send(talk.conversation.id, ChatDraft(text="Two"))
        await talk.chat.stop(talk.conversation.id)
        assert not talk.chat.is_streaming(talk.conversation.id)


async def test_stop_shows_at_once_and_keeps_the_text(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        running = await talk.until_text()
        told: list[Message] = []
        talk.chat.message_changed.connect(told.append)
        stopping = talk.chat.stop(talk.conversation.id)
        stopping.send(None)  # up to its first wait
        assert [m.state for m in told] == [MessageState.STOPPED], "told before anything is awaited"
        stopping.close()
        assert talk.chat.live(running.id) is None


async def test_a_stopped_answer_is_stored_and_its_cost_is_a_guess(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        await talk.until_text()
        await talk.chat.stop(talk.conversation.id)
        answer = await talk.leaf()
        assert (answer.state, answer.text) == (MessageState.STOPPED, "One, two")
        assert answer.cost_source == "estimate"
        assert answer.cost
        assert answer.error is not None
        assert "billed" in answer.error.detail
        assert [command for command, _, _ in answer.error.actions] == ["continue", "retry"]
        (line,) = await talk.studio.services.profile.spending()
        assert (line.open, line.amount) == (1, answer.cost)


async def test_several_conversations_answer_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        other = await talk.chat.create()
        for conversation in (talk.conversation, other):
            await talk.chat.send(conversation.id, ChatDraft(text="Hello"))
        assert talk.chat.streaming == {talk.conversation.id, other.id}
        await talk.until(lambda: not talk.chat.streaming)
        rows = {row.id: row for row in await talk.chat.rows()}
        assert {rows[c.id].state for c in (talk.conversation, other)} == {MessageState.COMPLETE}


@pytest.mark.parametrize(
    ("name", "state", "text"),
    [
        ("chat_completions.stream.txt", MessageState.COMPLETE, "One, two, three 🐝"),
        ("chat_completions.stream.gemini_search_rechunked.txt", MessageState.COMPLETE, "Hello there friend."),
        ("chat_completions.stream.reasoning.txt", MessageState.COMPLETE, "51"),
        ("chat_completions.stream.single_chunk.txt", MessageState.COMPLETE, "Finished answer in one piece."),
        ("chat_completions.stream.error_midway.txt", MessageState.FAILED, "Partial ans"),
        ("chat_completions.stream.error_in_choice.txt", MessageState.FAILED, "Partial"),
        ("chat_completions.stream.truncated_no_done.txt", MessageState.INTERRUPTED, ""),
    ],
)
async def test_recorded_streams(tmp_path: Path, name: str, state: MessageState, text: str) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample(name))
        answer = await talk.say()
        assert (answer.state, answer.text) == (state, text)
        assert (answer.error is None) == (state is MessageState.COMPLETE)


async def test_answers_that_come_whole(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        for name in ("response", "citations.response", "reasoning.response"):
            talk.plays(sample(f"chat_completions.{name}.json"), content_type="application/json")
            answer = await talk.say()
            assert (answer.state, bool(answer.text)) == (MessageState.COMPLETE, True), name


async def test_a_balance_notice_is_no_answer(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        notices: list[str] = []
        talk.chat.balance_notice.connect(lambda told: notices.append(told.notice.url))
        bodies = [
            (sample("chat_completions.balance_notice.stream.txt"), "text/event-stream"),
            (sample("chat_completions.balance_notice.http.txt"), "application/json"),
        ]
        for body, kind in bodies:
            talk.plays(body, content_type=kind)
            answer = await talk.say()
            assert (answer.state, answer.pieces) == (MessageState.FAILED, ())
            assert answer.error is not None
            assert answer.error.kind == "BalanceNotice"
        assert len(notices) == 2
        assert all("/top-up" in url for url in notices)
        assert await talk.studio.services.profile.spending() == []


async def test_a_refusal_before_the_stream_costs_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.server.faults([{"path": CHAT, "error": "safety_blocked"}])
        answer = await talk.say()
        assert answer.state is MessageState.FAILED
        assert answer.pieces == ()
        assert answer.error is not None
        assert ("retry", "Try again", "") in answer.error.actions
        assert await talk.studio.services.profile.spending() == []
        await talk.chat.retry(answer.id)
        again = await talk.idle()
        assert again.id == answer.id, "an empty answer is replaced"
        assert again.state is MessageState.COMPLETE


async def test_the_answer_survives_leaving_for_another_service(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        await talk.until_text()
        await talk.studio.services.session.browse_offline()
        answer = await talk.idle()
        assert (answer.state, answer.text) == (MessageState.INTERRUPTED, "One, two")


async def test_continue_goes_on_in_the_same_message(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(first_frames("chat_completions.stream.txt", 3))
        broken = await talk.say()
        talk.plays(sample("chat_completions.stream.txt"))
        await talk.chat.continue_answer(broken.id)
        answer = await talk.idle()
        assert answer.id == broken.id
        assert answer.error is None
        assert answer.text == "One, twoOne, two, three 🐝"
        sent = talk.server.requests()[-1]["body"]["messages"]
        assert [m["role"] for m in sent][-2:] == ["assistant", "user"]
        assert sent[-2]["content"] == "One, two"


async def test_temporary_conversations_leave_nothing_on_the_disk(tmp_path: Path) -> None:
    async with talking(tmp_path, temporary=True) as talk:
        answer = await talk.say("This is the secret heron")
        assert answer.state is MessageState.COMPLETE
        files = list((tmp_path).rglob("studio.sqlite*"))
        assert files
        assert not any(b"secret heron" in path.read_bytes() for path in files)


async def test_closing_keeps_a_running_answer(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        running = await talk.until_text()
    async with talking(tmp_path) as later:
        (answer,) = await later.chat.messages([running.id])
        assert (answer.state, answer.text) == (MessageState.INTERRUPTED, "One, two")


async def test_changes_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        chat, here = talk.chat, talk.conversation.id
        await asyncio.gather(
            chat.rename(here, "Herons"),
            chat.set_options(here, system_prompt="Be brief."),
            chat.set_pinned(here, True),
            chat.send(here, ChatDraft(text="Hello")),
            chat.set_options(here, parameters=ChatParameters(temperature=0.1)),
        )
        await talk.idle()
        for conversation in (await chat.conversation(here), await talk.chat._store.conversation(here)):  # pyright: ignore[reportPrivateUsage]
            assert conversation is not None
            assert (conversation.title, conversation.system_prompt) == ("Herons", "Be brief.")
            assert conversation.pinned
            assert conversation.parameters.temperature == 0.1
            assert conversation.leaf_id


async def test_an_answer_that_ends_does_not_take_a_change_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        await talk.chat.regenerate(first.id)
        second = await talk.idle()
        talk.plays(sample("chat_completions.stream.txt"))
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Two"))
        shown: list[asyncio.Task[None]] = []

        def look(message: Message) -> None:
            if message.state is MessageState.COMPLETE:
                shown.append(asyncio.ensure_future(talk.chat.show_branch(first.id)))

        talk.chat.message_changed.connect(look)
        await talk.idle()
        await asyncio.gather(*shown)
        assert (await talk.chat.conversation(talk.conversation.id)).leaf_id == first.id
        assert second.id != first.id


async def test_a_balance_notice_leaves_the_answer_that_was_to_go_on(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(first_frames("chat_completions.stream.txt", 3))
        broken = await talk.say()
        talk.plays(sample("chat_completions.balance_notice.stream.txt"))
        await talk.chat.continue_answer(broken.id)
        answer = await talk.idle()
        assert (answer.state, answer.text) == (MessageState.FAILED, "One, two")


async def test_an_answer_is_written_although_who_stopped_it_is_gone(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        running = await talk.until_text()
        stopping = asyncio.ensure_future(talk.chat.stop(talk.conversation.id))
        await asyncio.sleep(0)
        stopping.cancel()
    async with talking(tmp_path) as later:
        (answer,) = await later.chat.messages([running.id])
        assert (answer.state, answer.text) == (MessageState.STOPPED, "One, two")


async def test_a_stopped_answer_goes_on_with_all_of_its_text(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Count"))
        running = await talk.until_text()
        talk.plays(sample("chat_completions.stream.txt"))
        await asyncio.gather(talk.chat.stop(talk.conversation.id), talk.chat.continue_answer(running.id))
        answer = await talk.idle()
        assert (answer.state, answer.text) == (MessageState.COMPLETE, "One, twoOne, two, three 🐝")


async def test_another_answer_keeps_to_the_budget(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        answer = await talk.say()
        plan = await talk.chat.plan_again(answer.id)
        assert plan.price is not None
        assert not plan.problem
        talk.studio.services.settings.change("money", batch_budget=0.000001)
        for ask in (talk.chat.regenerate, talk.chat.retry, talk.chat.continue_answer):
            with pytest.raises(InputError, match="budget"):
                await ask(answer.id)
        assert len([r for r in talk.server.requests() if r["path"] == CHAT]) == 1


async def test_what_was_deleted_long_ago_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talking(tmp_path) as talk:
        await talk.say("A secret heron")
        await talk.chat.delete([talk.conversation.id])
    async with talking(tmp_path) as talk_again:
        gone = talk.conversation.id
        assert await talk_again.chat.conversation(gone), "it can still be had from a copy of the profile"
        monkeypatch.setattr("studio.services.chat.DELETED_KEPT", timedelta(0))
    async with talking(tmp_path) as later:
        with pytest.raises(InputError):
            await later.chat.conversation(gone)
