"""Transcribing recordings: taking files in, cutting long ones, and the documents that come of them.

A job is a whole recording. What came of each of its pieces is on the disk before the next one is sent, so
that a restart or a failure costs the piece it fell on and no more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from studio.api.client import ApiClient
from studio.api.transcripts import parse_transcript
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.files import storage_error, write_atomically
from studio.core.ids import new_id
from studio.domain.asset import Asset, AssetDraft
from studio.domain.codec import from_json, to_json
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo
from studio.domain.money import read_amount
from studio.domain.pricing import Known, estimate
from studio.domain.sound import EncodeOptions, SoundFormat, Span
from studio.domain.sound_cutting import cut_points
from studio.domain.speech import Transcript, TranscriptionRequest
from studio.domain.subtitles import to_json_text
from studio.domain.transcript import Document, from_transcript
from studio.domain.transcript_joining import PieceText, flagged, join_pieces
from studio.domain.transcription import (
    LARGEST_UPLOAD,
    LONGEST_PIECE,
    SENT_AS_IT_IS,
    Phase,
    Recording,
    TranscriptionTask,
)
from studio.services.job_records import Cost, JobRecords, cost_of, provenance_of, request_of
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.ordering import Order
from studio.services.profile import ProfileService
from studio.services.sound import SoundService

log = logging.getLogger(__name__)
PIECES = EncodeOptions(format=SoundFormat.MP3, rate=16_000, channels=1, bit_rate=64_000)
KEPT_SOUND = EncodeOptions(format=SoundFormat.M4A, channels=1, bit_rate=96_000)
DEFAULT_MODEL = "whisper-large-v3"


def document_key(asset_id: str) -> str:
    """What a transcript's document is kept under in the profile."""
    return f"transcript.{asset_id}"


class TranscriptRunner:
    """A `Runner` for the job kind "transcription".

    Args:
        client: of the service a job belongs to; raises ApiClosed while another one is connected.
        folder: where pieces and their answers lie until the transcript is whole.
        phases: hears how far each job has come.
        longest: seconds of a piece.
    """

    def __init__(
        self,
        client: Callable[[Job], ApiClient],
        library: LibraryService,
        profile: ProfileService,
        sound: SoundService,
        folder: Path,
        phases: Event[Phase],
        *,
        longest: float = LONGEST_PIECE,
    ) -> None:
        self._longest = longest
        self._client = client
        self._library = library
        self._profile = profile
        self._records = JobRecords(profile)
        self._sound = sound
        self._folder = folder
        self._phases = phases

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the recording cannot be read, the service refused, or the disk is full."""
        task = read_task(job)
        client = self._client(job)
        folder = self._folder / job.id
        self._phases.emit(Phase(job.id, "preparing"))
        await _on_disk(folder.mkdir, folder, parents=True, exist_ok=True)
        pieces, silences = await self._prepare(task.recording, folder)
        await self._records.sent(job)
        answers: list[Transcript] = []
        for number, (_span, file) in enumerate(pieces):
            kept = folder / f"{number:03}.json"
            answer = await asyncio.to_thread(_read_answer, kept)
            if answer is None:
                self._phases.emit(Phase(job.id, "waiting", number + 1, len(pieces)))
                try:
                    answer = await client.audio.transcribe(task.request, file, on_retry=report.waiting)
                except StudioError as error:
                    # The pieces that were answered are billed.
                    if not answers:
                        await self._records.broken(job, error)
                    raise
                text = json.dumps(to_json(answer), ensure_ascii=False)
                await _on_disk(write_atomically, kept, kept, text.encode("utf-8", "replace"))
            answers.append(answer)
        self._phases.emit(Phase(job.id, "saving", len(pieces), len(pieces)))
        await report.storing()
        spans = [span for span, _file in pieces]
        asset = await self._file(job, task, flagged(_together(spans, answers), silences), answers)
        await asyncio.to_thread(shutil.rmtree, folder, True)
        return asset

    async def _prepare(
        self, recording: Recording, folder: Path
    ) -> tuple[list[tuple[Span, Path]], Sequence[Span]]:
        """The pieces to send, each with its file, and where nothing is heard."""
        source = Path(recording.path)
        silences = await self._sound.silences(source)
        whole = Span(0.0, recording.duration)
        fits = recording.size <= LARGEST_UPLOAD and source.suffix.lower() in SENT_AS_IT_IS
        if recording.duration <= self._longest and fits and not recording.has_video:
            return [(whole, source)], silences
        spans = cut_points(recording.duration, silences, longest=self._longest)
        files = [folder / f"{number:03}.mp3" for number in range(len(spans))]
        if not all(file.exists() for file in files):
            spans = await self._sound.cut(source, spans, files, PIECES)
        return list(zip(spans, files, strict=True)), silences

    async def _file(
        self, job: Job, task: TranscriptionTask, document: Document, answers: Sequence[Transcript]
    ) -> Asset:
        incoming = self._library.incoming_path(job.id)
        text = to_json_text(document).encode("utf-8", "replace")
        await _on_disk(write_atomically, incoming, incoming, text)
        draft = AssetDraft(
            kind=MediaKind.TRANSCRIPT,
            mime="application/json",
            name=Path(task.recording.name).stem,
            title=task.recording.name,
            prompt=document.text,
            created_at=datetime.now(UTC),
            provenance=provenance_of(
                job, answers[-1], _cost_of_all(job, task.request, answers), model=task.request.model,
                parent_hashes=(task.recording.sha256,),
            ),
        )  # fmt: skip
        asset = await self._library.store(incoming, draft)
        await self._profile.set_draft(document_key(asset.id), to_json(document))
        await self._records.filed(job, asset)
        return asset


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
        cache: folder for pieces and their answers until a transcript is whole.
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

    def runner(self, client: Callable[[Job], ApiClient]) -> TranscriptRunner:
        """What carries out the jobs of kind "transcription"."""
        return TranscriptRunner(client, self._library, self._profile, self._sound, self._cache, self.phases)

    async def take_file(self, path: Path) -> tuple[Asset, Recording]:
        """Copy a recording into the library; of a video its sound.

        Raises:
            StudioError: it holds no sound, is damaged, or the disk is full.
        """
        info = await self._sound.probe(path)
        incoming = self._library.incoming_path(new_id())
        draft = AssetDraft(kind=MediaKind.SPEECH, name=path.stem, title=path.name, adopted=True)
        if info.has_video:
            made = self._cache / f"{new_id()}.m4a"
            await _on_disk(self._cache.mkdir, self._cache, parents=True, exist_ok=True)
            await self._sound.encode(path, made, KEPT_SOUND)
            await _on_disk(shutil.move, incoming, made, incoming)
        else:
            await _on_disk(shutil.copyfile, path, path, incoming)
        asset = await self._library.store(incoming, draft)
        return asset, await self.recording_of(asset)

    async def recording_of(self, asset: Asset) -> Recording:
        """A sound or film of the library as something to transcribe.

        Raises:
            StudioError: it holds no sound, or is damaged.
        """
        path = self._library.file_path(asset)
        info = await self._sound.probe(path)
        duration = asset.duration or info.duration or (await self._sound.peaks(path, asset.sha256)).duration
        return Recording(
            path=str(path), name=asset.title or path.name, asset_id=asset.id, sha256=asset.sha256,
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
        kept = await self._profile.draft(document_key(asset.id))
        if isinstance(kept, dict):
            try:
                return from_json(Document, cast("dict[str, Any]", kept))
            except ValueError as error:
                log.warning("a transcript's edits cannot be read: %s", error)
        path = self._library.file_path(asset)
        body = await _on_disk(path.read_bytes, path)
        form = {".srt": "srt", ".vtt": "vtt", ".txt": "text"}.get(path.suffix.lower(), "verbose_json")
        return flagged(from_transcript(parse_transcript(body, form)))

    async def keep_document(self, asset: Asset, document: Document) -> None:
        """Keep an edited transcript; its words are what the library finds it by."""
        await self._profile.set_draft(document_key(asset.id), to_json(document))
        await self._library.set_words([asset.id], document.text)

    async def recording_behind(self, asset: Asset) -> Asset | None:
        """The recording a transcript was made of, if it is still here."""
        return next(iter(await self._library.parents(asset)), None)


def read_task(job: Job) -> TranscriptionTask:
    """The task as it was written down.

    Raises:
        StudioError: a newer or damaged journal holds something this program cannot read.
    """
    return request_of(job, TranscriptionTask)


def _together(spans: Sequence[Span], answers: Sequence[Transcript]) -> Document:
    pieces = [
        PieceText(span, _bounded(from_transcript(answer), span))
        for span, answer in zip(spans, answers, strict=True)
    ]
    return join_pieces(pieces)


def _bounded(document: Document, span: Span) -> Document:
    """A text that came without any time is spread over its piece."""
    if len(document.cues) == 1 and document.cues[0].end == 0.0:
        text = Transcript(text=document.text, language=document.language, duration=span.duration)
        return from_transcript(text)
    return document


def _cost_of_all(job: Job, request: TranscriptionRequest, answers: Sequence[Transcript]) -> Cost:
    """The billed amount of all pieces together; the estimate unless every piece told its own."""
    total, source = Decimal(0), ""
    for answer in answers:
        told = read_amount(answer.headers.get("x-pollen-cost"))
        cost, source = cost_of(replace(job, estimate=None), request, told, answer.usage)
        if cost is None:
            return job.estimate, "estimate"
        total += cost
    return total, source


def _read_answer(path: Path) -> Transcript | None:
    """An answer that came before a restart, or before another piece failed."""
    try:
        return from_json(Transcript, json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return None


async def _on_disk(call: Callable[..., Any], place: Path, *args: Any, **kwargs: Any) -> Any:
    """Run something with files in a thread.

    Raises:
        StorageError: the disk would not.
    """
    try:
        return await asyncio.to_thread(call, *args, **kwargs)
    except OSError as error:
        raise storage_error(error, place) from error
