"""Writing the joined sound of a script, with its subtitles, and keeping a copy in the library."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.files import write_atomically
from studio.domain.asset import Asset
from studio.domain.script import Line, Script, spoken_document
from studio.domain.sound import EncodeOptions, SoundFormat
from studio.domain.subtitles import build_subtitles, to_srt, to_vtt
from studio.services.context import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportChoice:
    """How to write the joined sound.

    Args:
        level: bring every voice to the same loudness. `subtitles`: SRT and VTT files beside it.
    """

    format: SoundFormat = SoundFormat.MP3
    level: bool = True
    subtitles: bool = False


def suggested_name(script: Script) -> str:
    """A file name from the first words of the script."""
    words = "".join(c for c in script.text if c.isalnum() or c in " -'").split()
    return " ".join(words[:6])[:60].strip() or "Speech"


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
    written = [into]
    if choice.subtitles:
        subtitles = build_subtitles(spoken_document(script, lines, joined.spans))
        for suffix, text in ((".srt", to_srt(subtitles)), (".vtt", to_vtt(subtitles))):
            path = into.with_suffix(suffix)
            await asyncio.to_thread(write_atomically, path, text.encode())
            written.append(path)
    await services.audio.keep_joined(into, script, takes)
    return written
