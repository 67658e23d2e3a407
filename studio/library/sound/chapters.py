"""Chapters in a sound file: written around the sound as it is, which is not encoded again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from studio.core.files import PARTIAL_SUFFIX, storage_error
from studio.core.i18n import tr
from studio.domain.sound import Chapter, SoundFormat
from studio.library.sound.opening import SoundError, open_sound

_CONTAINERS = {SoundFormat.MP3: "mp3", SoundFormat.OPUS: "ogg", SoundFormat.M4A: "mp4"}
_THOUSANDTH = Fraction(1, 1000)


def write_chapters(path: Path, sound_format: SoundFormat, chapters: Sequence[Chapter]) -> None:
    """Put chapters into a file; it is replaced when the new one is whole.

    Raises:
        SoundError: the format has no chapters, or the sound cannot be read.
        StorageError: the file cannot be written.
    """
    import av
    from av.error import FFmpegError

    container = _CONTAINERS.get(sound_format)
    if container is None:
        raise SoundError(tr("This format has no chapters."), tr("Choose MP3, Opus or M4A."))
    partial = path.with_name(f".{path.stem}.{os.getpid()}{PARTIAL_SUFFIX}")
    options = {"movflags": "+faststart"} if container == "mp4" else {}
    try:
        with (
            open_sound(path) as (source, track),
            av.open(str(partial), "w", format=container, options=options) as opened,
        ):
            made: Any = opened  # the stubs know its methods in part
            copy = made.add_stream_from_template(track)
            if sound_format is SoundFormat.OPUS:
                copy.metadata.update(_comments(chapters))
            else:
                made.set_chapters([_entry(number, one) for number, one in enumerate(chapters)])
            for packet in source.demux(track):
                if packet.dts is not None:
                    packet.stream = copy
                    made.mux(packet)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except (FFmpegError, OSError) as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            raise storage_error(error, path) from error
        raise SoundError(tr("The chapters could not be written."), str(error)) from error


def read_chapters(path: Path) -> list[Chapter]:
    """The chapters of a file.

    Raises:
        SoundError: see `open_sound`.
    """
    with open_sound(path) as (container, _track):
        return [
            Chapter(
                one["metadata"].get("title", ""),
                float(one["start"] * (one["time_base"] or _THOUSANDTH)),
                float(one["end"] * (one["time_base"] or _THOUSANDTH)),
            )
            for one in container.chapters()
        ]


def _entry(number: int, one: Chapter) -> dict[str, object]:
    return {
        "id": number,
        "start": round(one.start * 1000),
        "end": round(one.end * 1000),
        "time_base": _THOUSANDTH,
        "metadata": {"title": one.title or str(number + 1)},
    }


def _comments(chapters: Sequence[Chapter]) -> dict[str, str]:
    """Chapters as Vorbis comments. FFmpeg writes them itself, but a second late from .5 on."""
    made: dict[str, str] = {}
    for number, one in enumerate(chapters):
        whole, thousandths = divmod(round(one.start * 1000), 1000)
        minutes, second = divmod(whole, 60)
        hours, minute = divmod(minutes, 60)
        made[f"CHAPTER{number:03}"] = f"{hours:02}:{minute:02}:{second:02}.{thousandths:03}"
        made[f"CHAPTER{number:03}NAME"] = one.title or str(number + 1)
    return made
