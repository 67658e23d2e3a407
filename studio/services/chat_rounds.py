"""What happens between an answer that calls tools and the answer after it.

    call -> ASKED -> (permit) -> RUNNING -> DONE | FAILED        each ends as a `tool` message
         \\-> FAILED (no such tool, broken arguments)  \\-> REFUSED
    every call has its message -> the next answer

Which calls are at work is written down, so that a restart waits for the same jobs and goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from studio.core.errors import StorageError, StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.conversation import (
    Conversation,
    Message,
    MessageError,
    MessageState,
    MessageTree,
    Piece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.services.chat_tools import REFUSED, SWITCHED_OFF, WENT_ON, Outcome, PictureTool
from studio.services.chat_words import PermitChoice
from studio.services.profile import ProfileService
from studio.services.tasks import TaskSupervisor

MOST_ROUNDS = 8
MOST_UNASKED = 4
"""Calls of one answer that run because the user said "always"; a model that calls for more has to ask."""
AT_WORK = "chat.calls"
_UNANSWERED = MessageError(
    title=tr("The program was closed before the answer went on."),
    actions=(("continue", tr("Continue"), ""),),
    kind="rounds",
)  # fmt: skip
_STOPPED = replace(_UNANSWERED, title="You stopped this answer.")


class Talk(Protocol):
    """What the rounds need of the chat service."""

    async def conversation(self, conversation_id: str) -> Conversation: ...
    async def tree(self, conversation_id: str) -> MessageTree: ...
    async def stored(self, message_id: str) -> Message: ...
    async def write(self, message: Message) -> None: ...
    async def append(self, message: Message) -> None: ...
    async def go_on(self, conversation: Conversation, parent_id: str) -> None: ...
    def tell_row(self, conversation_id: str) -> None: ...


class Rounds:
    """Carries tool calls out and lets the conversation go on."""

    def __init__(self, talk: Talk, tool: PictureTool, tasks: TaskSupervisor, profile: ProfileService) -> None:
        self._talk = talk
        self._tool = tool
        self._tasks = tasks
        self._profile = profile
        self._at_work: dict[tuple[str, str], str] = {}
        self._stopped: set[str] = set()
        # One change of a message at a time: several calls of one answer end on their own.
        self._turn = asyncio.Lock()

    @property
    def working(self) -> set[str]:
        """Ids of conversations in which a tool is at work."""
        return set(self._at_work.values())

    def look_at(self, conversation: Conversation, message: Message) -> Message:
        """A whole answer with its calls as they stand now: asked, allowed, refused or of no use."""
        if not _is_whole(message):
            return message
        unasked = 0
        pieces: list[Piece] = []
        for piece in message.pieces:
            if isinstance(piece, ToolCallPiece):
                piece = self._tool.look_at(conversation, piece, may_run=unasked < MOST_UNASKED)
                unasked += piece.state is ToolState.RUNNING
            pieces.append(piece)
        return replace(message, pieces=tuple(pieces))

    async def begin(self, message: Message) -> None:
        """Start what is allowed in an answer that was just written, and answer what is decided."""
        if not _is_whole(message):
            return
        for call in _calls(message):
            if call.state is ToolState.RUNNING:
                self._start(message, call)
            elif call.state is not ToolState.ASKED:
                await self._settle(message, call, Outcome(state=call.state, text=call.result))
        await self._keep()

    async def permit(self, message: Message, call_id: str, choice: PermitChoice) -> None:
        """The user's word on a call that asks; `always` and `never` also on the others of the answer."""
        async with self._turn:
            message = await self._talk.stored(message.id)
            asked = [
                call for call in _calls(message)
                if call.state is ToolState.ASKED and (call.id == call_id or choice in ("always", "never"))
            ]  # fmt: skip
            allowed = choice in ("once", "always")
            for call in asked:
                state = ToolState.RUNNING if allowed else call.state
                message = _with_call(
                    message, replace(call, state=state, result="" if allowed else call.result)
                )
            if allowed and asked:
                await self._talk.write(message)
        for call in asked:
            if allowed:
                self._start(message, call)
            else:
                text = SWITCHED_OFF if choice == "never" else REFUSED
                await self._settle(message, call, Outcome(state=ToolState.REFUSED, text=text))
        await self._keep()

    async def leave(self, path: Sequence[Message]) -> None:
        """The user asks something else: calls that still ask are over."""
        for message in reversed(path):
            if message.role == "user":
                return
            for call in _calls(message):
                if call.state is ToolState.ASKED:
                    message = _with_call(message, replace(call, state=ToolState.REFUSED, result=WENT_ON))
                    await self._talk.write(message)

    def allow(self, conversation_id: str) -> None:
        """A new request: what was stopped before is over."""
        self._stopped.discard(conversation_id)

    async def stop(self, conversation_id: str) -> None:
        """Stop waiting for the tools of a conversation; it does not go on by itself."""
        here = [key for key, where in self._at_work.items() if where == conversation_id]
        if not here:
            return
        self._stopped.add(conversation_id)
        for message_id, call_id in here:
            message = await self._talk.stored(message_id)
            for call in _calls(message):
                if call.id == call_id:
                    await self._tool.cancel(message, call)

    async def take_up(self) -> None:
        """Go on with calls that were at work when the program ended. Where all of them are answered and only
        the next request is missing, the answer offers to go on: that one costs anew."""
        kept: Any = await self._profile.draft(AT_WORK)
        for pair in cast("list[Any]", kept) if isinstance(kept, list) else []:
            try:
                message = await self._talk.stored(str(pair[0]))
            except (StudioError, IndexError, TypeError):
                continue
            for call in _calls(message):
                if call.id == str(pair[1]):
                    await self._take_up(message, call)
        await self._keep()

    async def _take_up(self, message: Message, call: ToolCallPiece) -> None:
        tree = await self._talk.tree(message.conversation_id)
        results = _results(tree, message.id)
        if call.state is ToolState.RUNNING:
            self._start(message, call)
        elif call.id not in [(await self._talk.stored(one)).tool_call_id for one in results]:
            # What became of it is written in the call, and its message is not: pictures are found by their
            # batch, nothing is ordered again.
            if call.state is ToolState.DONE:
                self._start(message, call)
            elif call.state is not ToolState.ASKED:
                await self._settle(message, call, Outcome(state=call.state, text=call.result))
        elif self.waits(tree, message):
            await self._talk.write(replace(message, error=_UNANSWERED))

    def waits(self, tree: MessageTree, message: Message) -> str:
        """The result after which the next answer is missing, when all calls of `message` are answered; else
        ""."""
        results = _results(tree, message.id)
        calls = _calls(message)
        if not calls or len(results) < len(calls) or tree.children(results[-1]):
            return ""
        return results[-1]

    # ------------------------------------------------------------------ inside

    def _start(self, message: Message, call: ToolCallPiece) -> None:
        self._at_work[message.id, call.id] = message.conversation_id
        self._talk.tell_row(message.conversation_id)
        self._tasks.spawn(self._carry_out(message, call), name=f"tool {call.name}", owner=self)

    async def _carry_out(self, message: Message, call: ToolCallPiece) -> None:
        began = time.monotonic()
        try:
            # What is at work is on the disk before anything is ordered.
            await self._keep()
            try:
                outcome = await self._tool.carry_out(message, call)
            except StorageError as error:
                outcome = Outcome(state=ToolState.FAILED, text=error.title)
            seconds = round(time.monotonic() - began, 1)
            await self._answer(message.id, call.id, replace(outcome, seconds=seconds))
        finally:
            del self._at_work[message.id, call.id]
        # A program that ends in the middle does not come here, and takes the call up at its next start.
        self._talk.tell_row(message.conversation_id)
        await self._keep()

    async def _settle(self, message: Message, call: ToolCallPiece, outcome: Outcome) -> None:
        """What is decided without any work; written down as at work, so that a restart knows of it."""
        self._at_work[message.id, call.id] = message.conversation_id
        try:
            await self._keep()
            await self._answer(message.id, call.id, outcome)
        finally:
            del self._at_work[message.id, call.id]

    async def _answer(self, message_id: str, call_id: str, outcome: Outcome) -> None:
        """Write what became of a call; after the last one the conversation goes on."""
        async with self._turn:
            message = await self._talk.stored(message_id)
            call = next((call for call in _calls(message) if call.id == call_id), None)
            if call is None:
                return
            done = replace(call, state=outcome.state, result=outcome.text, seconds=outcome.seconds)
            message = _with_call(message, done)
            await self._talk.write(message)
            tree = await self._talk.tree(message.conversation_id)
            results = _results(tree, message.id)
            result = Message(
                id=new_id(), conversation_id=message.conversation_id, role="tool",
                created_at=datetime.now(UTC), parent_id=results[-1] if results else message.id,
                tool_call_id=call.id, name=call.name,
                pieces=(TextPiece(text=outcome.text), *outcome.attachments), cost=outcome.cost,
                cost_source="" if outcome.cost is None else "usage", sandbox=message.sandbox,
            )  # fmt: skip
            await self._talk.append(result)
            if len(results) + 1 == len(_calls(message)):
                await self._next(message, result)

    async def _next(self, message: Message, result: Message) -> None:
        conversation = await self._talk.conversation(message.conversation_id)
        if conversation.id in self._stopped:
            await self._talk.write(replace(message, error=_STOPPED))
            return
        tree = await self._talk.tree(conversation.id)
        if _rounds_before(tree, message.id) >= MOST_ROUNDS:
            title = tr("The model called tools {n} times in a row and was stopped.", n=MOST_ROUNDS)
            await self._talk.write(replace(message, error=replace(_UNANSWERED, title=title)))
            return
        await self._talk.go_on(conversation, result.id)

    async def _keep(self) -> None:
        """Write down which calls are at work."""
        await self._profile.set_draft(AT_WORK, [list(key) for key in self._at_work])


def _is_whole(message: Message) -> bool:
    """Whether its calls came whole: one that reached its greatest length may have been cut in the middle."""
    return message.state is MessageState.COMPLETE and message.error is None


def _calls(message: Message) -> list[ToolCallPiece]:
    return [piece for piece in message.pieces if isinstance(piece, ToolCallPiece)]


def _with_call(message: Message, changed: ToolCallPiece) -> Message:
    pieces = tuple(
        changed if isinstance(piece, ToolCallPiece) and piece.id == changed.id else piece
        for piece in message.pieces
    )
    return replace(message, pieces=pieces)


def _results(tree: MessageTree, message_id: str) -> list[str]:
    """The results below an answer, each the child of the one before it."""
    found: list[str] = []
    at = message_id
    while children := [child for child in tree.children(at) if tree[child].role == "tool"]:
        at = children[-1]
        found.append(at)
    return found


def _rounds_before(tree: MessageTree, message_id: str) -> int:
    """How many answers there are since the question, this one included."""
    count = 0
    for above in reversed(tree.path(message_id)):
        if tree[above].role == "user":
            break
        count += tree[above].role == "assistant"
    return count
