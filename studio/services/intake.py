"""Files and folders from elsewhere become assets: many at once, with progress, stopped when one likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.intake import IntakeReport, Reading, TakenFile
from studio.domain.library import Progress
from studio.library.gathering import Gathered, gather
from studio.library.importing import KnownFileError
from studio.services.library import LibraryService
from studio.services.undo import UndoStack


class Stop:
    """Asks an import to end after what it is at; what was taken in until then stays."""

    def __init__(self) -> None:
        self.wanted = False

    def call(self) -> None:
        self.wanted = True


class Intake:
    """Takes files in and pushes that onto the undo stack: taken back, the new assets go to the trash.

    Args:
        turn: held while the step is pushed, as every step of the stack is.
    """

    def __init__(self, library: LibraryService, undo: UndoStack, turn: asyncio.Lock) -> None:
        self._library = library
        self._undo = undo
        self._turn = turn

    async def take_in(
        self,
        paths: Sequence[Path],
        collections: tuple[str, ...] = (),
        progress: Callable[[Progress], object] | None = None,
        stop: Stop | None = None,
    ) -> IntakeReport:
        """Copy these files, and the media in these folders, into the library.

        Bytes that are in the library already are not copied again. One file that cannot be taken in does not
        keep the others out; a full disk ends the import, and the report says so.

        Args:
            progress: "scan" once, then "import" with what is done; on the loop's thread.
        """
        stop = stop or Stop()
        if progress is not None:
            progress(Progress(phase="scan", done=0))
        found = await asyncio.to_thread(gather, paths, self._library.root, lambda: stop.wanted)
        done = await self._library.import_files(
            found.files, collections, progress, again=False, stopped=lambda: stop.wanted
        )
        report = _report(found, done.files, done.problem)
        if report.added:
            async with self._turn:
                self._push(report.added)
        return report

    def _push(self, added: Sequence[str]) -> None:
        async def take_back() -> None:
            await self._library.trash(added)

        self._undo.push(tr("files added"), take_back)


def _report(
    found: Gathered, outcomes: Sequence[tuple[Path, Asset | StudioError]], problem: StudioError | None
) -> IntakeReport:
    files = [_taken(path, outcome) for path, outcome in outcomes]
    files += [TakenFile(path=path, reading=Reading.REFUSED, why=str(error)) for path, error in found.refused]
    return IntakeReport(
        files=tuple(files),
        beside=found.beside,
        left=len(found.files) - len(outcomes),
        problem=str(problem) if problem else "",
    )


def _taken(path: Path, outcome: Asset | StudioError) -> TakenFile:
    if isinstance(outcome, KnownFileError):
        return TakenFile(path=path, reading=Reading.KNOWN, asset_id=outcome.asset_id)
    if isinstance(outcome, StudioError):
        return TakenFile(path=path, reading=Reading.REFUSED, why=str(outcome))
    made = outcome.provenance
    told = bool(outcome.prompt or outcome.negative_prompt or made.model or made.seed is not None)
    if told:
        own = "Nectary" if made.job_id or made.request_kind else ""
        program = str(made.request.get("program") or own)
        return TakenFile(path=path, reading=Reading.READ, program=program, asset_id=outcome.id)
    reading = Reading.UNREADABLE if "unreadable" in made.request else Reading.PLAIN
    return TakenFile(path=path, reading=reading, asset_id=outcome.id)
