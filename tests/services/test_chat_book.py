"""The shelf and the tree: `chat_book`, `chat_branches`, `chat_store` behind them."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import InputError
from studio.domain.conversation import ChatDraft, ChatParameters, ChatPreset, Conversation, MessageState
from studio.services import chat_book, chat_branches
from studio.services.chat_words import RowsChanged
from tests.services.talk import Talk, sample, talking

assert issubclass(chat_branches.ChatBranches, chat_book.ChatBook)


async def ids(talk: Talk) -> list[str]:
    return [row.id for row in await talk.chat.rows()]


async def test_the_list_and_what_is_told_of_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        chat, first = talk.chat, talk.conversation
        told: list[RowsChanged] = []
        chat.rows_changed.connect(told.append)
        await chat.rename(first.id, "  My   herons ")
        await chat.set_pinned(first.id, True)
        assert [(row.title, row.pinned) for row in told[-1].upserted] == [("My herons", True)]
        await talk.say("Another first line")
        assert (await chat.conversation(first.id)).title == "My herons", "the user's title stays"
        await chat.set_archived(first.id, True)
        assert await ids(talk) == []
        assert [row.id for row in await chat.rows(archived=True)] == [first.id]
        await talk.say("Back again")
        assert await ids(talk) == [first.id], "a new question takes it out of the archive"
        assert [row.id for row in await chat.titles("heron")] == [first.id]
        (hit, *_) = await chat.search("back again")
        assert hit.conversation_id == first.id


async def test_deleting_can_be_taken_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk.say()
        step = await talk.chat.delete([talk.conversation.id])
        assert await ids(talk) == []
        await talk.chat.undo.undo_step(step.id)
        assert await ids(talk) == [talk.conversation.id]
        await talk.chat.delete([talk.conversation.id])
        await talk.chat.purge([talk.conversation.id])
        with pytest.raises(InputError):
            await talk.chat.conversation(talk.conversation.id)


async def test_folders(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        chat = talk.chat
        outer = await chat.add_folder("Birds")
        inner = await chat.add_folder("Herons", outer.id)
        await chat.move(talk.conversation.id, inner.id)
        await chat.rename_folder(inner.id, "Egrets")
        assert [folder.name for folder in await chat.folders()] == ["Birds", "Egrets"]
        await chat.remove_folder(inner.id)
        assert (await chat.conversation(talk.conversation.id)).folder_id == outer.id
        with pytest.raises(InputError):
            await chat.add_folder("  ")


async def test_presets_and_options(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        chat = talk.chat
        parameters = ChatParameters(temperature=0.2, seed=7)
        preset = ChatPreset(
            id="p", name="Poet", model="claude", system_prompt="Rhyme.", parameters=parameters
        )
        await chat.put_preset(preset)
        await chat.use_preset(talk.conversation.id, (await chat.presets())[0])
        used = await chat.conversation(talk.conversation.id)
        assert (used.model, used.system_prompt, used.parameters) == ("claude", "Rhyme.", parameters)
        new = await chat.create()
        assert (new.model, new.parameters) == ("claude", ChatParameters(temperature=0.2))
        assert new.system_prompt == ""
        await chat.remove_preset("p")
        assert await chat.presets() == []


async def test_drafts_are_kept_until_they_are_sent(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        draft = ChatDraft(text="Half a quest")
        await talk.chat.keep_draft(talk.conversation.id, draft)
        assert (await talk.chat.rows())[0].has_draft
        assert await talk.chat.draft(talk.conversation.id) == draft
        await talk.say("Half a question")
        assert await talk.chat.draft(talk.conversation.id) == ChatDraft()
        assert not (await talk.chat.rows())[0].has_draft


async def test_what_is_watched_is_not_unread(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.chat.set_watched(talk.conversation.id)
        await talk.say()
        assert not (await talk.chat.conversation(talk.conversation.id)).unread


# ---------------------------------------------------------------- the tree


async def test_editing_and_asking_again_keep_the_other_branches(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        tree = await talk.chat.tree(talk.conversation.id)
        question = first.parent_id
        await talk.chat.regenerate(first.id)
        second = await talk.idle()
        assert tree.siblings(second.id) == (first.id, second.id)
        await talk.chat.regenerate(second.id, model="claude")
        third = await talk.idle()
        assert (third.model, talk.server.requests()[-1]["body"]["model"]) == ("claude", "claude")
        edited = await talk.chat.edit(question, ChatDraft(text="Two"))
        fourth = await talk.idle()
        assert tree.siblings(edited) == (question, edited)
        assert [m.text for m in await talk.path()][:1] == ["Two"]
        await talk.chat.show_branch(second.id)
        assert (await talk.leaf()).id == second.id
        await talk.chat.show_branch(edited)
        assert (await talk.leaf()).id == fourth.id
        await talk.chat.show_branch(question)
        assert (await talk.leaf()).id == second.id, "the branch as it was left"


async def test_an_answer_with_text_is_tried_again_beside_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.plays(sample("chat_completions.stream.error_midway.txt"))
        failed = await talk.say()
        await talk.chat.retry(failed.id)
        again = await talk.idle()
        tree = await talk.chat.tree(talk.conversation.id)
        assert tree.siblings(again.id) == (failed.id, again.id)
        assert again.state is MessageState.COMPLETE


async def test_a_fork_is_free_and_its_own(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        await talk.say("Two")
        fork = await talk.chat.fork(first.id)
        path = await talk.chat.path(fork)
        assert [m.text for m in path] == ["One", first.text]
        assert fork.forked_from == (talk.conversation.id, first.id)
        row = next(row for row in await talk.chat.rows() if row.id == fork.id)
        assert not row.cost
        whole = await talk.chat.fork(first.id, whole=True)
        assert len(await talk.chat.tree(whole.id)) == 4
        assert len(await talk.chat.path(whole)) == 2
        await talk.chat.send(fork.id, ChatDraft(text="Three"))
        await talk.until(lambda: not talk.chat.streaming)
        assert len(await talk.path()) == 4


async def test_removing_can_be_taken_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        second = await talk.say("Two")
        changed: list[str] = []
        talk.chat.path_changed.connect(changed.append)
        step = await talk.chat.remove_messages(second.parent_id)
        assert changed == [talk.conversation.id]
        assert (await talk.leaf()).id == first.id
        assert len(await talk.chat.tree(talk.conversation.id)) == 2
        await talk.chat.undo.undo_step(step.id)
        assert (await talk.leaf()) == second
        assert len(await talk.chat.tree(talk.conversation.id)) == 4
        everything = (await talk.path())[0].id
        await talk.chat.remove_messages(everything)
        assert await talk.path() == []
        await talk.say("A new beginning")


async def test_saving_words_without_asking(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        answer = await talk.say("One")
        requests = len(talk.server.requests())
        step = await talk.chat.save_edit(answer.id, ChatDraft(text="My own words"))
        assert (await talk.leaf()).text == "My own words"
        await talk.chat.undo.undo_step(step.id)
        assert (await talk.leaf()).text == answer.text
        assert len(talk.server.requests()) == requests
        with pytest.raises(InputError):
            await talk.chat.save_edit(answer.id, ChatDraft(text=" "))


async def test_messages_can_be_left_out_and_pinned(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        await talk.chat.set_included(first.parent_id, False)
        await talk.chat.set_pinned_message(first.id, True)
        tree = await talk.chat.tree(talk.conversation.id)
        assert not tree[first.parent_id].included
        assert tree[first.id].pinned
        await talk.say("Two")
        sent = talk.server.requests()[-1]["body"]["messages"]
        assert [m["role"] for m in sent] == ["assistant", "user"]


async def test_what_is_refused_while_an_answer_comes(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        talk.plays(sample("chat_completions.stream.txt"), stall_after=700)
        await talk.chat.send(talk.conversation.id, ChatDraft(text="Two"))
        running = await talk.until_text()
        for action in (
            talk.chat.regenerate(first.id),
            talk.chat.remove_messages(first.id),
            talk.chat.set_pinned_message(running.id, True),
            talk.chat.save_edit(running.id, ChatDraft(text="x")),
        ):
            with pytest.raises(InputError):
                await action
        await talk.chat.stop(talk.conversation.id)


async def test_a_conversation_that_is_gone(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        with pytest.raises(InputError, match="not there any more"):
            await talk.chat.conversation("gone")
        with pytest.raises(InputError, match="not there any more"):
            await talk.chat.show_branch("gone")
        assert isinstance(talk.conversation, Conversation)


async def test_messages_of_a_path_are_read_once_and_follow_what_is_written(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        first = await talk.say("One")
        path = await talk.path()
        again = await talk.path()
        assert [id(message) for message in again] == [id(message) for message in path]
        await talk.chat.set_included(first.id, False)
        assert [message.included for message in await talk.path()] == [True, False]
        await talk.chat.save_edit(path[0].id, ChatDraft(text="Uno"))
        assert (await talk.path())[0].text == "Uno"
        step = await talk.chat.remove_messages(first.id)
        assert [message.text for message in await talk.path()] == ["Uno"]
        await talk.chat.undo.undo_step(step.id)
        assert (await talk.path())[1] == await talk.leaf()
        for number in range(chat_book.READ_KEPT + 1):
            other = await talk.chat.create()
            await talk.chat.send(other.id, ChatDraft(text=f"Other {number}"))
            await talk.until(lambda: not talk.chat.streaming)
        fresh = await talk.path()
        assert not fresh[1].included
        assert fresh[0].text == "Uno"
