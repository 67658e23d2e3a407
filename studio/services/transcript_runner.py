"""Carries out transcriptions: a recording is cut where it is long, its pieces go out side by side.

A job is a whole recording. Where it was cut, and what came of each piece, is on the disk before anything
depends on it, so that a restart or a failure costs the pieces that were under way and no others.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from studio.api.client import ApiClient
from studio.api.errors import (
    ApiBadAnswer,
    ApiInterrupted,
    ApiRateLimited,
    ApiRefused,
    ApiTimeout,
    ApiTooLarge,
)
from studio.core.errors import StudioError
from studio.core.events import Event
from studio.core.files import PARTIAL_SUFFIX, storage_error, write_atomically
from studio.core.i18n import tr
from studio.domain.asset import Asset, AssetDraft
from studio.domain.codec import from_json, to_json
from studio.domain.job import Job
from studio.domain.media import MediaKind
from studio.domain.money import read_amount
from studio.domain.service import Progress
from studio.domain.sound import EncodeOptions, SoundFormat, Span
from studio.domain.sound_cutting import cut_points
from studio.domain.speech import Transcript, TranscriptionRequest
from studio.domain.subtitles import to_json_text
from studio.domain.transcript import Cue, Document, document_text, from_transcript, spread
from studio.domain.transcript_joining import PieceText, flagged, join_pieces
from studio.domain.transcription import (
    AT_ONCE,
    LARGEST_UPLOAD,
    LONGEST_PIECE,
    SENT_AS_IT_IS,
    Phase,
    Recording,
    Stage,
    TranscriptionTask,
)
from studio.services.job_records import Cost, JobRecords, cost_of, provenance_of, request_of
from studio.services.jobs import JobReport
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.sound import SoundService

PIECES = EncodeOptions(format=SoundFormat.MP3, rate=16_000, channels=1, bit_rate=64_000, quick=True)
WELL = 3
"""So many answers without a complaint, and one more piece may be at the service."""
PIECES_KEPT = 30 * 24 * 3600
"""Seconds that the pieces of a job lie about which failed or was cancelled."""
STILL = -65.0
"""dBFS; below it there is nothing but the noise of the device."""
SHORTEST_WORD = 0.15
_OF_THE_PIECE = (ApiRefused, ApiBadAnswer, ApiTooLarge, ApiTimeout, ApiInterrupted)
"""Failures that say nothing about the other pieces."""
_FOR_GOOD = (ApiRefused, ApiBadAnswer, ApiTooLarge)
"""Failures that come again however often a piece is sent."""
_GAP = "[…]"


class Piece(NamedTuple):
    """A stretch of the recording, the file it is in, and where its answer is kept."""

    number: int
    span: Span
    file: Path
    answer: Path


class Lanes:
    """How many pieces are at the service at once: one after it said that there are too many, and again more
    when it stays content."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self._most = self.limit = most
        self._busy = self._well = 0
        self._free = asyncio.Event()

    async def __aenter__(self) -> None:
        while self._busy >= self.limit:
            self._free.clear()
            await self._free.wait()
        self._busy += 1

    async def __aexit__(self, *_: object) -> None:
        self._busy -= 1
        self._free.set()

    def crowded(self) -> None:
        self.limit, self._well = 1, 0

    def went_well(self) -> None:
        self._well += 1
        if self._well >= WELL:
            self.limit, self._well = min(self.limit + 1, self._most), 0


class Course:
    """How far the pieces of a job have come, told as phases."""

    def __init__(self, job_id: str, pieces: int, phases: Event[Phase]) -> None:
        self._job_id, self._pieces, self._phases = job_id, pieces, phases
        self._sent: dict[int, tuple[int, int]] = {}
        self.done = 0

    def sending(self, number: int, progress: Progress) -> None:
        self._sent[number] = (progress.done, progress.total or 0)
        self._tell()

    def answered(self, number: int) -> None:
        self._sent.pop(number, None)
        self.done += 1
        self._tell()

    def failed(self, number: int) -> None:
        self._sent.pop(number, None)
        self._tell()

    def _tell(self) -> None:
        uploads = [(sent, size) for sent, size in self._sent.values() if sent < size]
        stage: Stage = "uploading" if uploads else "transcribing"
        busy = tuple(sorted(n + 1 for n, (sent, size) in self._sent.items() if not uploads or sent < size))
        self._phases.emit(
            Phase(
                self._job_id, stage, self._pieces, self.done, busy,
                sum(sent for sent, _ in uploads), sum(size for _, size in uploads),
            )
        )  # fmt: skip


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
        # The service counts what all jobs ask for together.
        self._lanes = Lanes()

    async def __call__(self, job: Job, report: JobReport) -> Asset:
        """Raises StudioError: the recording cannot be read, the service refused, or the disk is full."""
        task = request_of(job, TranscriptionTask)
        client = self._client(job)
        folder = self._folder / job.id
        self._phases.emit(Phase(job.id, "reading"))
        await on_disk(folder.mkdir, folder, parents=True, exist_ok=True)
        await asyncio.to_thread(_remove_old, self._folder, await self._unfinished())
        silences = await self._sound.silences(Path(task.recording.path))
        if _covers(silences, task.recording) and await self._is_silent(task.recording):
            raise StudioError(tr("Nothing is heard in this recording."), tr("So nothing was sent."))
        pieces = await self._cut(job, task.recording, folder, silences)
        await self._records.sent(job)
        answers = await self._ask(job, task.request, client, pieces, report)
        self._phases.emit(Phase(job.id, "saving", len(pieces), len(pieces)))
        await report.storing()
        document = flagged(_together([piece.span for piece in pieces], answers), silences)
        asset = await self._file(job, task, document, [one for one in answers if one is not None])
        await asyncio.to_thread(shutil.rmtree, folder, True)
        return asset

    async def _unfinished(self) -> frozenset[str]:
        return frozenset(job.id for job in await self._profile.unfinished())

    async def _is_silent(self, recording: Recording) -> bool:
        """Whether there is nothing at all, not even a whisper."""
        return _covers(await self._sound.silences(Path(recording.path), below=STILL), recording)

    # ------------------------------------------------------------------ pieces

    async def _cut(
        self, job: Job, recording: Recording, folder: Path, silences: Sequence[Span]
    ) -> list[Piece]:
        """The pieces to send; the ones an earlier try has cut are used again."""
        source = Path(recording.path)
        fits = recording.size <= LARGEST_UPLOAD and source.suffix.lower() in SENT_AS_IT_IS
        if recording.duration <= self._longest and fits and not recording.has_video:
            return _pieces([Span(0.0, recording.duration)], [source], folder)
        plan = folder / "pieces.json"
        spans = await asyncio.to_thread(_read_spans, plan)
        if not spans:
            wanted = cut_points(recording.duration, silences, longest=self._longest)

            def tell(done: int) -> None:
                if done < len(wanted):
                    self._phases.emit(Phase(job.id, "cutting", len(wanted), busy=(done + 1,)))

            tell(0)
            spans = await self._sound.cut(source, wanted, _files(folder, len(wanted)), PIECES, told=tell)
            await on_disk(write_atomically, plan, plan, json.dumps(spans).encode())
        return _pieces(spans, _files(folder, len(spans)), folder)

    async def _ask(
        self,
        job: Job,
        request: TranscriptionRequest,
        client: ApiClient,
        pieces: Sequence[Piece],
        report: JobReport,
    ) -> list[Transcript | None]:
        """What is said in each piece. Every piece is tried, unless the service or the disk is at fault.

        A piece that is refused for the second time is None: the others were paid for and are worth having.
        """
        course, lanes = Course(job.id, len(pieces), self._phases), self._lanes
        stopped: list[StudioError] = []

        async def ask(piece: Piece) -> Transcript | StudioError | None:
            kept = await asyncio.to_thread(_read_answer, piece.answer)
            if kept is not None:
                course.answered(piece.number)
                return kept
            async with lanes:
                if stopped:
                    return None
                try:
                    answer = await self._send(request, client, piece, report, course)
                except StudioError as error:
                    course.failed(piece.number)
                    if isinstance(error, ApiRateLimited):
                        # The queue waits and runs the job again: what came is here, and the rest goes slower.
                        lanes.crowded()
                    if not isinstance(error, _OF_THE_PIECE):
                        stopped.append(error)
                    return error
            course.answered(piece.number)
            lanes.went_well()
            return answer

        results = await asyncio.gather(*(ask(piece) for piece in pieces), return_exceptions=True)
        for one in results:
            if isinstance(one, BaseException) and not isinstance(one, StudioError):
                raise one
        answers = [one if isinstance(one, Transcript) else None for one in results]
        failures = [*stopped, *(one for one in results if isinstance(one, StudioError))]
        if not failures:
            return answers
        if not any(answers):
            await self._records.broken(job, failures[0])
        elif job.attempts > 1 and all(isinstance(one, _FOR_GOOD) for one in failures):
            return answers
        # The pieces that were answered are billed, and kept.
        raise failures[0]

    async def _send(
        self,
        request: TranscriptionRequest,
        client: ApiClient,
        piece: Piece,
        report: JobReport,
        course: Course,
    ) -> Transcript:
        def sending(progress: Progress) -> None:
            report.progress(progress)
            course.sending(piece.number, progress)

        answer = await client.audio.transcribe(request, piece.file, sending=sending, on_retry=report.waiting)
        text = json.dumps(to_json(answer), ensure_ascii=False).encode("utf-8", "replace")
        await on_disk(write_atomically, piece.answer, piece.answer, text)
        return answer

    # ------------------------------------------------------------------ the transcript

    async def _file(
        self, job: Job, task: TranscriptionTask, document: Document, answers: Sequence[Transcript]
    ) -> Asset:
        incoming = self._library.incoming_path(job.id)
        text = to_json_text(document).encode("utf-8", "replace")
        await on_disk(write_atomically, incoming, incoming, text)
        draft = AssetDraft(
            kind=MediaKind.TRANSCRIPT,
            mime="application/json",
            name=Path(task.recording.name).stem,
            title=task.recording.name,
            prompt=document.text,
            created_at=datetime.now(UTC),
            edited=document_text(document),
            provenance=provenance_of(
                job, answers[-1], _cost_of_all(job, task.request, answers), model=task.request.model,
                parent_hashes=(task.recording.sha256,),
            ),
        )  # fmt: skip
        asset = await self._library.store(incoming, draft)
        await self._records.filed(job, asset)
        return asset


def _covers(silences: Sequence[Span], recording: Recording) -> bool:
    """Whether the silences are the whole recording, but for what is too short for a word."""
    return recording.duration - sum(one.duration for one in silences) < SHORTEST_WORD


def _files(folder: Path, count: int) -> list[Path]:
    return [folder / f"{number:03}.mp3" for number in range(count)]


def _pieces(spans: Sequence[Span], files: Sequence[Path], folder: Path) -> list[Piece]:
    return [
        Piece(number, span, file, folder / f"{number:03}.json")
        for number, (span, file) in enumerate(zip(spans, files, strict=True))
    ]


def _together(spans: Sequence[Span], answers: Sequence[Transcript | None]) -> Document:
    pieces = [
        PieceText(span, _missing(span) if answer is None else _bounded(from_transcript(answer), span))
        for span, answer in zip(spans, answers, strict=True)
    ]
    return join_pieces(pieces)


def _missing(span: Span) -> Document:
    """What stands for a piece that the service would not transcribe."""
    end = span.duration
    cue = Cue(start=0.0, end=end, words=spread(_GAP, 0.0, end), check=tr("This stretch was refused."))
    return Document(cues=(cue,), duration=end)


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


def _remove_old(folder: Path, unfinished: frozenset[str]) -> None:
    """Remove the pieces of jobs that nobody went on with for weeks; never of those that still wait."""
    limit = time.time() - PIECES_KEPT
    for left in folder.iterdir():
        with contextlib.suppress(OSError):
            if left.name not in unfinished and left.is_dir() and left.stat().st_mtime < limit:
                shutil.rmtree(left, ignore_errors=True)


def adopt(old: Path, new: Path) -> None:
    """Move the folders of jobs from `old` to `new`, which may be on another disk.

    A folder is under its name in `new` only when all of it is there, so this may be cut off anywhere.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    if not old.is_dir():
        return
    for left in sorted(old.iterdir()):
        if not left.is_dir() or (new / left.name).exists():
            continue
        new.mkdir(parents=True, exist_ok=True)
        try:
            left.rename(new / left.name)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            half = new / f".{left.name}{PARTIAL_SUFFIX}"
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(left, half)
            half.rename(new / left.name)
            shutil.rmtree(left, ignore_errors=True)


def _read_spans(plan: Path) -> list[Span]:
    """Where an earlier try has cut; empty when it did not come so far."""
    try:
        spans = [Span(float(start), float(end)) for start, end in json.loads(plan.read_bytes())]
    except (OSError, ValueError, TypeError):
        return []
    return spans if all(file.exists() for file in _files(plan.parent, len(spans))) else []


async def on_disk(call: Callable[..., Any], place: Path, *args: Any, **kwargs: Any) -> Any:
    """Run something with files in a thread.

    Raises:
        StorageError: the disk would not.
    """
    try:
        return await asyncio.to_thread(call, *args, **kwargs)
    except OSError as error:
        raise storage_error(error, place) from error
