"""Writing the joined sound of a script, with its subtitles, and keeping a copy in the library."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.files import write_atomically
from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.script import Line, Script, chapters_of, spoken_document
from studio.domain.sound import EncodeOptions, SoundFormat
from studio.domain.subtitles import build_subtitles, to_srt, to_vtt
from studio.services.context import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoice:
    """How to write the joined sound.

    Args:
        level: bring every voice to the same loudness. `subtitles`: SRT and VTT files beside it.
        chapters: one for each paragraph, where the format has them.
    """

    format: SoundFormat = SoundFormat.MP3
    level: bool = True
    subtitles: bool = False
    chapters: bool = False


def suggested_name(script: Script) -> str:
    """A file name from the first words of the script."""
    words = "".join(c for c in script.text if c.isalnum() or c in " -'").split()
    return " ".join(words[:6])[:60].strip() or tr("Speech")


def _free(path: Path) -> Path:
    """The path, or one beside it that is not taken: "name 2.srt"."""
    names = (path.with_stem(f"{path.stem} {number}") for number in itertools.count(2))
    return next(one for one in itertools.chain([path], names) if not one.exists())


async def export_speech(
    services: Services,
    script: Script,
    lines: Sequence[Line],
    takes: Sequence[Asset],
    into: Path,
    choice: ExportChoice,
) -> list[Path]:
    """Join the takes into `into`.

    Returns:
        The files that were written, the sound first.

    Raises:
        StudioError: a take is damaged, or a file cannot be written.
    """
    parts = await services.audio.parts(script, lines, takes, level=choice.level)
    joined = await services.audio.join(parts, into, EncodeOptions(format=choice.format))
    if choice.chapters and choice.format.has_chapters:
        chapters = chapters_of(script, lines, joined.spans)
        await services.sound.write_chapters(into, choice.format, chapters)
    written = [into]
    if choice.subtitles:
        subtitles = build_subtitles(spoken_document(script, lines, joined.spans))
        for suffix, text in ((".srt", to_srt(subtitles)), (".vtt", to_vtt(subtitles))):
            # The dialog asked about the sound alone: subtitles replace nothing.
            path = await asyncio.to_thread(_free, into.with_suffix(suffix))
            await asyncio.to_thread(write_atomically, path, text.encode("utf-8", "replace"))
            written.append(path)
    await services.audio.keep_joined(into, script, takes)
    return written
