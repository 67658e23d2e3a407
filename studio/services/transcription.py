"""Transcribing recordings: taking files in, ordering, and the documents that come of them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from studio.api.client import ApiClient
from studio.api.transcripts import parse_transcript
from studio.core.events import Event
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft
from studio.domain.codec import from_json, to_json
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.pricing import Known, estimate
from studio.domain.script import first_words
from studio.domain.sound import EncodeOptions, SoundFormat
from studio.domain.speech import TranscriptionRequest
from studio.domain.transcript import Document, document_text, from_transcript, read_document
from studio.domain.transcript_joining import flagged
from studio.domain.transcription import Phase, Recording, TranscriptionTask
from studio.services.library import LibraryService
from studio.services.ordering import Order
from studio.services.profile import ProfileService
from studio.services.sound import SoundService
from studio.services.transcript_runner import TranscriptRunner, adopt, on_disk

log = logging.getLogger(__name__)
KEPT_SOUND = EncodeOptions(format=SoundFormat.M4A, channels=1, bit_rate=96_000)
DEFAULT_MODEL = "whisper-large-v3"
LONGEST_EDITED = 8 << 20
"""Letters of a document that a sidecar takes."""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _document_key(asset_id: str) -> str:
    return f"transcript.{asset_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How recordings are to be transcribed.

    Args:
        language: ISO 639-1, empty to let the model find out.
        prompt: names and words to expect. `speakers`: how many, 0 to let the model find out.
        labels: ask who speaks when, of models that can tell.
    """

    model: str = DEFAULT_MODEL
    language: str = ""
    prompt: str = ""
    speakers: int = 0
    labels: bool = False


class TranscriptionService:
    """Takes recordings in and keeps the documents of transcripts.

    `phases` tells how far each job has come.

    Args:
        cache: folder for what is only needed while a recording is taken in.

    Pieces and their answers lie in the library's private part until a transcript is whole: they were paid
    for, and a cache is what anybody may empty.
    """

    def __init__(
        self,
        library: LibraryService,
        profile: ProfileService,
        sound: SoundService,
        cache: Path,
    ) -> None:
        self.phases: Event[Phase] = Event("transcription.phases")
        self._library = library
        self._profile = profile
        self._sound = sound
        self._cache = cache
        self._keeping = asyncio.Lock()

    def runner(self, client: Callable[[Job], ApiClient]) -> TranscriptRunner:
        """What carries out the jobs of kind "transcription"."""
        return TranscriptRunner(
            client, self._library, self._profile, self._sound, self._library.pieces, self.phases
        )

    async def adopt_pieces(self) -> None:
        """Bring what earlier versions kept in the cache to where it is safe; call it before jobs go on.

        Raises:
            StorageError: the disk would not; what was not moved is where it was.
        """
        await on_disk(adopt, self._library.pieces, self._cache, self._library.pieces)

    async def take_file(self, path: Path) -> tuple[Asset, Recording]:
        """Copy a recording into the library, unless it is there already; of a video its sound.

        Raises:
            StudioError: it holds no sound, is damaged, or the disk is full.
        """
        info = await self._sound.probe(path)
        known = None if info.has_video else await self._known(path)
        if known is not None:
            return known, replace(await self.recording_of(known), name=path.name)
        incoming = self._library.incoming_path(new_id())
        draft = AssetDraft(kind=MediaKind.SPEECH, name=path.stem, title=path.name, adopted=True)
        if info.has_video:
            made = self._cache / f"{new_id()}.m4a"
            await on_disk(self._cache.mkdir, self._cache, parents=True, exist_ok=True)
            await self._sound.encode(path, made, KEPT_SOUND)
            await on_disk(shutil.move, incoming, made, incoming)
        else:
            await on_disk(shutil.copyfile, path, path, incoming)
        asset = await self._library.store(incoming, draft)
        return asset, await self.recording_of(asset)

    async def _known(self, path: Path) -> Asset | None:
        """The sound of the library that has the same content."""
        content = await on_disk(_sha256, path, path)
        found = await self._library.with_hash(content)
        sounds = (MediaKind.SPEECH, MediaKind.MUSIC)
        return next((one for one in found if one.kind in sounds and one.trashed_at is None), None)

    async def recording_of(self, asset: Asset) -> Recording:
        """A sound or film of the library as something to transcribe.

        Raises:
            StudioError: it holds no sound, or is damaged.
        """
        path = self._library.file_path(asset)
        info = await self._sound.probe(path)
        duration = asset.duration or info.duration or (await self._sound.peaks(path, asset.sha256)).duration
        return Recording(
            path=str(path), name=asset.title or first_words(asset.prompt) or path.stem,
            asset_id=asset.id, sha256=asset.sha256,
            duration=duration, size=info.size, has_video=info.has_video,
        )  # fmt: skip

    def order(self, recording: Recording, wishes: Wishes, model: ModelInfo) -> Order:
        """The order that transcribes a recording."""
        request = TranscriptionRequest(
            model=model.name,
            response_format="diarized_json" if wishes.labels else "verbose_json",
            language=wishes.language,
            prompt=wishes.prompt,
            speakers_expected=wishes.speakers or None if wishes.labels else None,
        )
        known = Known(input_seconds=recording.duration)
        return Order(
            kind="transcription",
            request=to_json(TranscriptionTask(request=request, recording=recording)),
            model=model,
            title=recording.name,
            price=estimate(model, request, known) if model.pricing else None,
            parents=(recording.asset_id,),
        )

    async def document(self, asset: Asset) -> Document:
        """A transcript as it was last edited, else as its file has it.

        Raises:
            StudioError: the file cannot be read.
        """
        asset = await self._library.asset(asset.id) or asset
        kept = asset.edited or await self._profile.draft(_document_key(asset.id))
        try:
            if isinstance(kept, str) and kept:
                return await asyncio.to_thread(read_document, kept)
            if isinstance(kept, dict):
                return from_json(Document, cast("dict[str, Any]", kept))
        except ValueError as error:
            log.warning("a transcript's edits cannot be read: %s", error)
        path = self._library.file_path(asset)
        body = await on_disk(path.read_bytes, path)
        form = {".srt": "srt", ".vtt": "vtt", ".txt": "text"}.get(path.suffix.lower(), "verbose_json")
        return flagged(from_transcript(parse_transcript(body, form)))

    async def keep_document(self, asset: Asset, document: Document) -> None:
        """Keep an edited transcript beside its file; its words are what the library finds it by."""
        async with self._keeping:  # one after the other: the last edit is the one that stays
            text = await asyncio.to_thread(document_text, document)
            if len(text) > LONGEST_EDITED:
                # Days of speech: more than a sidecar is made for.
                await self._profile.set_draft(_document_key(asset.id), to_json(document))
                text = ""
            await self._library.set_edited([asset.id], text, document.text)

    async def recording_behind(self, asset: Asset) -> Asset | None:
        """The recording a transcript was made of, if it is still here."""
        return next(iter(await self._library.parents(asset)), None)
