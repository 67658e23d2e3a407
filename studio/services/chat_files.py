"""Pictures and sounds in answers become assets of the library (CONTRACT 4.2, 4.4)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import logging
import wave
from datetime import UTC, datetime
from typing import Any, cast

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.conversation import AttachmentPiece, BlockPiece, Message, Piece, TextPiece
from studio.domain.magic import HEAD_BYTES, sniff
from studio.domain.media import MediaKind
from studio.services.chat_attachments import piece_of
from studio.services.chat_live import LiveAnswer, Sound
from studio.services.library import LibraryService

log = logging.getLogger(__name__)
PCM_RATE = 24_000
"""Samples a second of pcm16, which is mono and little-endian (CONTRACT 4.4; OpenAI's audio models)."""
_KINDS = {"image": MediaKind.IMAGE, "audio": MediaKind.SPEECH, "video": MediaKind.VIDEO}


class AnswerFiles:
    """Files what an answer carries beside text. Addresses are never followed."""

    def __init__(self, library: LibraryService) -> None:
        self._library = library

    async def file(self, message: Message, live: LiveAnswer, prompt: str) -> tuple[Piece, ...]:
        """The message's pieces, with assets in place of pictures and sounds.

        Args:
            prompt: the question, which the assets are found by.
        """
        filed: list[Piece] = []
        for piece in message.pieces:
            if isinstance(piece, AttachmentPiece) and not piece.asset_id and live.sound is not None:
                filed.append(await self._sound(message, piece, live.sound, prompt))
            elif isinstance(piece, BlockPiece):
                filed.append(await self._block(message, piece, prompt))
            else:
                filed.append(piece)
        return tuple(filed)

    async def _sound(self, message: Message, piece: AttachmentPiece, sound: Sound, prompt: str) -> Piece:
        data = await asyncio.to_thread(playable, sound)
        asset = await self._store(message, data, MediaKind.SPEECH, prompt) if data else None
        if asset is None:
            # What was said is all that is left of it.
            return TextPiece(text=piece.transcript)
        return piece_of(asset, source="answer", transcript=piece.transcript)

    async def _block(self, message: Message, piece: BlockPiece, prompt: str) -> Piece:
        mime, data = await asyncio.to_thread(inline_data, piece.block)
        if not data:
            return piece
        kind = _KINDS.get(mime.partition("/")[0], MediaKind.OTHER)
        asset = await self._store(message, data, kind, prompt)
        if asset is None:
            return BlockPiece(block={"type": "text", "text": tr("A picture came damaged and is left out.")})
        return piece_of(asset, source="answer")

    async def _store(self, message: Message, data: bytes, kind: MediaKind, prompt: str) -> Asset | None:
        """Raises nothing: a file that is no good, or a full disk, must not cost the answer's text."""
        incoming = self._library.incoming_path(new_id())
        # A plot may be nearly empty, so a picture may be blank; its kind is told by its bytes.
        expected = MediaKind.OTHER if kind is MediaKind.IMAGE else kind
        draft = AssetDraft(
            kind=expected,
            prompt=prompt,
            created_at=datetime.now(UTC),
            provenance=Provenance(
                batch=f"chat-{message.id}-answer",
                request_kind="chat",
                request={"conversation_id": message.conversation_id, "message_id": message.id},
                model=message.model,
                model_title=message.model_title,
                model_used=message.model_used,
                request_id=message.request_id,
                cost=message.cost,
                cost_source=message.cost_source,
                received_at=datetime.now(UTC),
                sandbox=message.sandbox,
            ),
        )
        try:
            await asyncio.to_thread(incoming.write_bytes, data)
            return await self._library.store(incoming, draft)
        except (StudioError, OSError) as error:
            log.warning("a file of an answer could not be kept: %s", error)
            return None


def playable(sound: Sound) -> bytes:
    """The sound as a file that players know; bare samples are given a WAV header."""
    data = sound.data()
    if not data or sniff(data[:HEAD_BYTES]):
        return data
    if sound.format not in ("", "pcm16", "pcm"):
        return data
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(PCM_RATE)
        file.writeframes(data[: len(data) // 2 * 2])
    return out.getvalue()


def inline_data(block: dict[str, Any]) -> tuple[str, bytes]:
    """Type and bytes of a picture or sound that stands in the block itself; ("", b"") for anything else."""
    for name in ("image_url", "audio_url", "video_url"):
        inner = block.get(name)
        url = cast("dict[str, Any]", inner).get("url") if isinstance(inner, dict) else inner
        if isinstance(url, str) and url.startswith("data:"):
            return _data_uri(url)
    inner = block.get("inline_data")
    if isinstance(inner, dict):
        found = cast("dict[str, Any]", inner)
        return str(found.get("mime_type", "")), _decoded(str(found.get("data", "")))
    return "", b""


def _data_uri(url: str) -> tuple[str, bytes]:
    head, _, data = url.partition(",")
    mime = head[5:].partition(";")[0].strip().lower()
    if not head.endswith(";base64") or not mime.startswith(("image/", "audio/", "video/")):
        return "", b""
    return mime, _decoded(data)


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return b""
