"""Taking files of other programs into the library: what became of each, and the report about all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.asset import Asset


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import.

    Args:
        files: each file that was looked at, in order, with the asset it is now or the reason why not.
        problem: why it ended before all were looked at.
    """

    files: tuple[tuple[Path, Asset | StudioError], ...] = ()
    problem: StudioError | None = None

    @property
    def assets(self) -> tuple[Asset, ...]:
        """What was taken in."""
        return tuple(outcome for _, outcome in self.files if isinstance(outcome, Asset))

    @property
    def refused(self) -> tuple[tuple[Path, StudioError], ...]:
        """What was not, with the reason."""
        return tuple((path, outcome) for path, outcome in self.files if isinstance(outcome, StudioError))


class Reading(StrEnum):
    """What could be done with one file, best first."""

    READ = "read"
    PLAIN = "plain"
    """It is in the library and does not say how it was made."""
    UNREADABLE = "unreadable"
    """It is in the library; what it says about its making cannot be understood, and is kept as it is."""
    KNOWN = "known"
    """The same bytes are in the library already."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """One file.

    Args:
        program: whose parameters were read, "" when they do not say.
        why: the reason why it was refused.
        asset_id: of the asset it is now, or that it was already.
    """

    path: Path
    reading: Reading
    program: str = ""
    why: str = ""
    asset_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeReport:
    """What came of an import.

    Args:
        beside: files that are no media, found in folders: texts, parameters, thumbnails' databases.
        left: how many were not looked at, because it was stopped.
        problem: what ended it early, "" when nothing did.
    """

    files: tuple[TakenFile, ...] = ()
    beside: tuple[Path, ...] = ()
    left: int = 0
    problem: str = ""

    def of(self, *readings: Reading) -> list[TakenFile]:
        return [file for file in self.files if file.reading in readings]

    @property
    def added(self) -> list[str]:
        """Ids of the assets that are new."""
        return [file.asset_id for file in self.of(Reading.READ, Reading.PLAIN, Reading.UNREADABLE)]

    def programs(self) -> list[tuple[str, int]]:
        """Whose parameters were read, and of how many files; most first."""
        return Counter(file.program for file in self.of(Reading.READ)).most_common()

    def counts(self) -> list[tuple[str, int]]:
        """The lines of the report that have a number, without those of nothing."""
        lines = [(_read_as(name), number) for name, number in self.programs()]
        lines += [
            (tr("Without parameters"), len(self.of(Reading.PLAIN))),
            (tr("Parameters not readable, kept as they are"), len(self.of(Reading.UNREADABLE))),
            (tr("In the library already"), len(self.of(Reading.KNOWN))),
            (tr("Not taken in"), len(self.of(Reading.REFUSED))),
            (tr("Other files in the folders"), len(self.beside)),
            (tr("Not looked at"), self.left),
        ]
        return [(name, number) for name, number in lines if number]

    def text(self) -> str:
        """All of it as text, a line for each file."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield trn("{n} file added to the library", "{n} files added to the library", len(self.added))
        if self.problem:
            yield self.problem
        for name, number in self.counts():
            yield f"{number:>8,}  {name}"
        for file in sorted(self.files, key=lambda one: (list(Reading).index(one.reading), str(one.path))):
            yield f"{_words(file)}\t{printable(file.path)}"
        for path in self.beside:
            yield f"{tr('no picture, film or sound')}\t{printable(path)}"


def _read_as(program: str) -> str:
    return tr("Read as {program}", program=program) if program else tr("Read, made by an unnamed program")


def printable(path: Path) -> str:
    """A path on one line: control characters, marks that turn text and lone surrogates as their codes."""
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(path))


def _words(file: TakenFile) -> str:
    if file.reading is Reading.REFUSED:
        return file.why
    return {
        Reading.READ: file.program or tr("parameters"),
        Reading.PLAIN: tr("without parameters"),
        Reading.UNREADABLE: tr("parameters not readable"),
        Reading.KNOWN: tr("in the library already"),
    }[file.reading]
