"""A chat answer as server-sent events, in the styles that providers differ in (CONTRACT 4.3 to 4.5)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from studio.sandbox.catalogue import Model
from studio.sandbox.chat import Reply, audio_shown, blocks_of, usage_shown
from studio.sandbox.parameters import JsonObject

Style = Literal["usual", "single", "rechunked"]

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
PIECE = re.compile(r"\s*\S{1,24}|\s+")
SINGLE_CHUNK_MODELS = ("mercury", "command-a", "midijourney", "example-owner")
RECHUNKED_LETTERS = 4
RECHUNKED_SECONDS = 0.02
TOKEN_SECONDS = 0.015
AUDIO_PIECE = 6000  # bytes of PCM, an eighth of a second


def style_of(model: Model) -> Style:
    """How the model's provider streams: usually word by word; some send one chunk; `gemini-search` is cut
    into pieces of four letters whose choices have no index."""
    if model.is_a("gemini-search"):
        return "rechunked"
    return "single" if model.is_a(*SINGLE_CHUNK_MODELS) else "usual"


def frame(data: JsonObject) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


class Chunks:
    """The frames of one answer in order, each with the seconds to wait before it."""

    def __init__(self, reply: Reply, style: Style, pollen: Decimal | None) -> None:
        self._reply = reply
        self._style = style
        self._pollen = pollen

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        match self._style:
            case "single" if not self._reply.audio and not self._reply.said.tool_calls:
                yield from self._single()
            case "rechunked" if not self._reply.said.tool_calls:
                yield from self._rechunked()
            case _:
                yield from self._usual()

    def chunk(
        self, delta: JsonObject, finish: str | None = None, *, indexed: bool = True, **more: object
    ) -> bytes:
        choice: JsonObject = {"index": 0} if indexed else {}
        choice |= {"delta": delta, "finish_reason": finish}
        return frame({**self._head(), "choices": [choice], **more})

    def _head(self) -> JsonObject:
        reply = self._reply
        head: JsonObject = {
            "id": reply.id,
            "object": "chat.completion.chunk",
            "created": reply.created,
            "model": reply.model,
        }
        if reply.said.citations:
            head["citations"] = list(reply.said.citations)
        return head

    def _usage(self) -> JsonObject:
        return usage_shown(self._reply, self._pollen)

    def _usage_chunk(self) -> bytes:
        return frame({**self._head(), "choices": [], "usage": self._usage()})

    def _single(self) -> Iterator[tuple[float, bytes]]:
        delta: JsonObject = {"role": "assistant", "content": self._reply.content}
        if self._reply.said.reasoning:
            delta["reasoning_content"] = self._reply.said.reasoning
        yield 0.5, self.chunk(delta, self._reply.finish_reason, usage=None)
        yield 0, self._usage_chunk()

    def _rechunked(self) -> Iterator[tuple[float, bytes]]:
        content = self._reply.content
        pieces = [
            content[at : at + RECHUNKED_LETTERS] for at in range(0, len(content), RECHUNKED_LETTERS)
        ] or [""]
        for number, piece in enumerate(pieces):
            last = number == len(pieces) - 1
            finish = self._reply.finish_reason if last else None
            yield RECHUNKED_SECONDS, self.chunk({"content": piece}, finish, indexed=False)

    def _usual(self) -> Iterator[tuple[float, bytes]]:
        reply = self._reply
        first: JsonObject = {"role": "assistant", "content": None if reply.said.tool_calls else ""}
        reasoning = reply.said.reasoning
        if reasoning:
            yield 0.1, KEEP_ALIVE
            first["reasoning_content"] = ""
        if reply.audio:
            first = {"role": "assistant", "content": None}
        yield 0.2, self.chunk(first)
        for piece in PIECE.findall(reasoning):
            yield TOKEN_SECONDS, self.chunk({"reasoning_content": piece})
        yield from self._tool_calls()
        if reply.audio:
            yield from self._audio()
        else:
            for piece in PIECE.findall(reply.content):
                yield TOKEN_SECONDS, self.chunk({"content": piece})
        if reply.plot:
            yield 0.1, self.chunk({"content_blocks": blocks_of(reply)[2:]})
        if reasoning or reply.audio:
            # These providers put the usage on the last chunk instead of into one of its own.
            yield 0, self.chunk({}, reply.finish_reason, usage=self._usage())
        else:
            yield 0, self.chunk({}, reply.finish_reason)
            yield 0, self._usage_chunk()

    def _tool_calls(self) -> Iterator[tuple[float, bytes]]:
        for index, call in enumerate(self._reply.said.tool_calls):
            function: JsonObject = {"name": call.name, "arguments": ""}
            head: JsonObject = {"index": index, "id": call.id, "type": "function", "function": function}
            yield TOKEN_SECONDS, self.chunk({"tool_calls": [head]})
            arguments = call.arguments
            for at in range(0, len(arguments), 8):
                part = {"index": index, "function": {"arguments": arguments[at : at + 8]}}
                yield TOKEN_SECONDS, self.chunk({"tool_calls": [part]})

    def _audio(self) -> Iterator[tuple[float, bytes]]:
        shown = audio_shown(self._reply)
        words: list[str] = PIECE.findall(self._reply.content)
        yield (
            TOKEN_SECONDS,
            self.chunk({"audio": {"id": shown["id"], "transcript": words[0] if words else ""}}),
        )
        for word in words[1:]:
            yield TOKEN_SECONDS, self.chunk({"audio": {"transcript": word}})
        data = self._reply.audio
        for at in range(0, len(data), AUDIO_PIECE):
            encoded = base64.b64encode(data[at : at + AUDIO_PIECE]).decode()
            yield TOKEN_SECONDS, self.chunk({"audio": {"data": encoded}})
        yield 0, self.chunk({"audio": {"expires_at": shown["expires_at"]}})

    def failure(self, kind: str) -> list[bytes]:
        """How a stream goes wrong after it has begun (CONTRACT 4.5)."""
        match kind:
            case "frame":
                error: JsonObject = {
                    "message": "Provider returned error",
                    "type": "server_error",
                    "code": 502,
                }
                return [frame({"error": error}), DONE]
            case "choice":
                choice: JsonObject = {
                    "index": 0,
                    "delta": {"content": ""},
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "Upstream disconnected"},
                }
                return [frame({**self._head(), "choices": [choice]}), DONE]
            case "content_filter":
                return [self.chunk({}, "content_filter"), DONE]
            case _:
                return []
