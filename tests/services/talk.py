"""A studio that chats: its services against a sandbox, with the few steps that chat tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.domain.conversation import ChatDraft, Conversation, Message, MessageState
from studio.sandbox.server import SandboxServer
from studio.services.chat import ChatService
from tests.services.studio import Studio, addresses, opened

SAMPLES = Path(__file__).parent.parent / "api" / "samples"
CHAT = "/v1/chat/completions"


def sample(name: str) -> str:
    """The body of a sample, without the head that HTTP samples begin with."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    return text.partition("\n\n")[2] if text.startswith("HTTP/") else text


def first_frames(name: str, count: int) -> str:
    """The beginning of a recorded stream, which then ends without its end marker."""
    return "".join(f"{frame}\n\n" for frame in sample(name).split("\n\n")[:count])


@dataclass
class Talk:
    """`studio` with one conversation open."""

    studio: Studio
    server: SandboxServer
    conversation: Conversation

    @property
    def chat(self) -> ChatService:
        return self.studio.services.chat

    async def say(self, text: str = "Tell me something.") -> Message:
        """Ask, and wait for the answer's final state."""
        await self.chat.send(self.conversation.id, ChatDraft(text=text))
        return await self.idle()

    async def idle(self) -> Message:
        """Wait until nothing runs in the conversation; the message at its leaf."""
        await self.until(lambda: not self.chat.is_streaming(self.conversation.id))
        return await self.leaf()

    async def leaf(self) -> Message:
        conversation = await self.chat.conversation(self.conversation.id)
        (message,) = await self.chat.messages([conversation.leaf_id])
        return message

    async def path(self) -> list[Message]:
        return await self.chat.path(await self.chat.conversation(self.conversation.id))

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait without sleeping for a state that an event or the stream brings."""
        async with asyncio.timeout(20):
            while not is_so():
                await asyncio.sleep(0)

    async def until_text(self, characters: int = 1) -> Message:
        """Wait until a running answer has some text; the message as it was stored."""
        (message,) = [m for m in await self.path() if m.state is MessageState.STREAMING]

        def has_text() -> bool:
            live = self.chat.live(message.id)
            return live is not None and live.characters >= characters

        await self.until(has_text)
        return message

    def plays(self, body: str, **more: object) -> None:
        """The next answer of the service, word for word."""
        self.server.faults(
            [{"path": CHAT, "says": body, "content_type": "text/event-stream; charset=utf-8", **more}]
        )


@asynccontextmanager
async def talking(
    folder: Path, *, model: str = "openai", temporary: bool = False, speed: float = 0
) -> AsyncIterator[Talk]:
    """A studio connected to a sandbox of its own, with a new conversation."""
    with SandboxServer(speed=speed) as server:
        async with talking_to(server, folder, model=model, temporary=temporary) as talk:
            yield talk


@asynccontextmanager
async def talking_to(
    server: SandboxServer, folder: Path, *, model: str = "openai", temporary: bool = False
) -> AsyncIterator[Talk]:
    async with opened(folder, addresses(server, POLLINATIONS_API_KEY=server.key)) as studio:
        await studio.services.session.use_cloud("")
        conversation = await studio.services.chat.create(temporary=temporary)
        await studio.services.chat.set_options(conversation.id, model=model)
        yield Talk(studio, server, conversation)
