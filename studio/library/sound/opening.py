"""Opening and decoding sound files, whatever is wrong with them: one sentence for each trouble."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator, Iterator
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Any, cast

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.magic import sniff
from studio.domain.sound import SoundInfo

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    Samples = npt.NDArray[np.float32]

log = logging.getLogger(__name__)

BLOCK = 1 << 16
_BAD_IN_A_ROW = 200
"""So many packets that cannot be decoded, one after the other, are the end of the sound."""


_PROTECTED = frozenset({"drms", "enca", "aavd", "drmi"})
"""What MP4 calls sound that is encrypted."""


class SoundError(StudioError):
    """A sound file cannot be used."""


@contextlib.contextmanager
def open_sound(path: Path) -> Generator[tuple[InputContainer, AudioStream]]:
    """The container and its best sound track.

    Raises:
        SoundError: it is missing, empty, no sound at all, a video without sound, or cut off too early.
    """
    import av
    from av.error import FFmpegError

    _check_there(path)
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (FFmpegError, ValueError, OSError) as error:
        log.info("cannot open %s: %s", path.name, error)
        raise _unreadable(path) from error
    with container:
        track = _best_track(container)
        if track is None:
            if sniff(_head(path)).startswith("image/"):
                raise _unreadable(path)
            moving = any(not is_cover(stream) for stream in container.streams.video)
            what = tr("This video has no sound.") if moving else tr("This file has no sound in it.")
            raise SoundError(what, tr("Choose a file in which something can be heard."))
        if track.codec_context.codec_tag in _PROTECTED:
            raise SoundError(
                tr("This file is copy-protected."), tr("Only the player it was bought for can open it.")
            )
        yield container, track


def probe(path: Path) -> SoundInfo:
    """What the file says about itself, without decoding it (a few milliseconds).

    Raises:
        SoundError: see `open_sound`.
    """
    import av

    with open_sound(path) as (container, track):
        seconds: float | None = None
        if track.duration is not None and track.time_base is not None:
            seconds = float(track.duration * track.time_base)
        elif container.duration is not None:
            seconds = container.duration / av.time_base
        codec = track.codec_context
        return SoundInfo(
            duration=seconds,
            rate=codec.sample_rate,
            channels=codec.channels,
            layout=codec.layout.name,
            codec=codec.name,
            container=container.format.name,
            bit_rate=codec.bit_rate or container.bit_rate or 0,
            has_video=any(not is_cover(stream) for stream in container.streams.video),
            size=container.size,
        )


def frames(
    container: InputContainer, track: AudioStream, *, may_be_none: bool = False
) -> Iterator[AudioFrame]:
    """The decoded frames in order. What is damaged inside is left out; a torn end just ends.

    Raises:
        SoundError: nothing at all could be decoded.
    """
    from av.error import FFmpegError

    bad = total = 0
    packets = container.demux(track)
    while bad < _BAD_IN_A_ROW:
        try:
            packet = next(packets)
        except StopIteration:
            break
        except (FFmpegError, ValueError) as error:
            log.info("the sound ends early: %s", error)
            break
        try:
            decoded = packet.decode()
        except (FFmpegError, ValueError):
            bad += 1
            continue
        if decoded:
            bad = 0
            total += len(decoded)
            yield from decoded  # type: ignore[misc]  # packets of a sound track give sound
    if not total and not may_be_none:
        raise SoundError(tr("Nothing in this file could be decoded."), tr("It may be damaged."))


class Resampler:
    """Frames in one format, rate and layout, also where the source changes its own midway.

    Args:
        sample_format: as FFmpeg names it, `flt` or `s16` (interleaved).
    """

    def __init__(self, sample_format: str, layout: str, rate: int, block: int = BLOCK) -> None:
        self._target = (sample_format, layout, rate, block)
        self._made: AudioResampler | None = None
        self._source: tuple[str, str, int] = ("", "", 0)

    def push(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """What can be given out after one more frame."""
        source = (frame.format.name, frame.layout.name, frame.sample_rate)
        if source != self._source:
            yield from self.flush()
            self._source = source
        if self._made is None:
            import av

            sample_format, layout, rate, block = self._target
            self._made = av.AudioResampler(sample_format, layout, rate, block)
        # Times are counted in frames from the first one; gaps in the file's own clock would be filled.
        frame.pts = None
        yield from self._made.resample(frame)

    def flush(self) -> Iterator[AudioFrame]:
        """The rest."""
        if self._made is not None:
            made, self._made = self._made, None
            yield from made.resample(None)


def mono_blocks(path: Path, rate: int | None = None) -> Iterator[Samples]:
    """The whole sound as mono float samples in ±1, in blocks of at most `BLOCK`.

    Args:
        rate: of the samples; None for the file's own.

    Raises:
        SoundError: see `open_sound`.
    """
    for block in sample_blocks(path, rate=rate, layout="mono"):
        yield block[:, 0]


def sample_blocks(path: Path, *, rate: int | None, layout: str) -> Iterator[Samples]:
    """The whole sound as float samples in ±1, shape (frames, channels), in blocks of at most `BLOCK`.

    Raises:
        SoundError: see `open_sound`.
    """
    with open_sound(path) as (container, track):
        channels = channels_of(layout)
        mixes = track.codec_context.channels > channels
        resampler = Resampler(_mixed_format(mixes=mixes), layout, rate or track.codec_context.sample_rate)
        for frame in frames(container, track):
            for made in resampler.push(frame):
                yield _floats(made, channels)
        for made in resampler.flush():
            yield _floats(made, channels)


def window(path: Path, start: float, count: int) -> tuple[Samples, int]:
    """A few mono samples from somewhere in a sound, for a look at single samples.

    Args:
        start: seconds.

    Returns:
        Up to `count` samples and the number of the first one; the number is exact for formats whose frames
        carry their time.

    Raises:
        SoundError: see `open_sound`.
    """
    import numpy as np

    with open_sound(path) as (container, track):
        rate = track.codec_context.sample_rate
        first = round(start * rate)
        base = float(track.time_base or 0)
        # Some formats begin later than zero, by the delay of their encoder.
        zero = (track.start_time or 0) * base
        if base and start > 1:
            container.seek(int((start + zero - 0.5) / base), stream=track)
        resampler = Resampler(_mixed_format(mixes=track.codec_context.channels > 1), "mono", rate)
        parts: list[Samples] = []
        at: int | None = None
        have = 0
        for frame in frames(container, track, may_be_none=True):
            if at is None:
                at = round((float(frame.time or 0.0) - zero) * rate)
            for made in resampler.push(frame):
                parts.append(_floats(made, 1)[:, 0])
                have += made.samples
            if at + have >= first + count + BLOCK:
                break
        parts.extend(_floats(made, 1)[:, 0] for made in resampler.flush())
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        skip = max(first - (at or 0), 0)
        return samples[skip : skip + count], (at or 0) + skip


def _mixed_format(*, mixes: bool) -> str:
    """Whole numbers where channels are mixed down: for them alone FFmpeg scales the mix so that it fits."""
    return "s32" if mixes else "flt"


def _floats(frame: AudioFrame, channels: int) -> Samples:
    """The samples of an interleaved frame as floats in ±1, shape (frames, channels)."""
    import numpy as np

    samples = frame.to_ndarray().reshape(-1, channels)
    if samples.dtype == np.int32:
        return samples.astype(np.float32) / np.float32(2**31)
    return cast("Samples", samples)


def channels_of(layout: str) -> int:
    """How many channels a layout has that this program writes."""
    return {"mono": 1, "stereo": 2}[layout]


def is_cover(stream: Any) -> bool:
    """True for the cover picture of a sound file, which containers keep as a video stream."""
    return bool(stream.disposition & stream.disposition.__class__.attached_pic)


def _best_track(container: InputContainer) -> AudioStream | None:
    # A track in a codec that FFmpeg does not know has no context, whatever the stubs say.
    tracks = [one for one in container.streams.audio if getattr(one.codec_context, "sample_rate", 0)]
    marked = [track for track in tracks if track.disposition & track.disposition.__class__.default]
    return next(iter(marked or tracks), None)


def _check_there(path: Path) -> None:
    try:
        status = path.stat()
        size = status.st_size
        if not S_ISREG(status.st_mode):
            # A pipe would be waited for, for ever.
            raise SoundError(tr("This is not a file."), path.name)
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise SoundError(tr("The sound file is not there any more."), str(path)) from error
    except OSError as error:
        raise SoundError(tr("The sound file cannot be read."), error.strerror or str(error)) from error
    if not size:
        raise SoundError(tr("The sound file is empty."), path.name)


def _unreadable(path: Path) -> SoundError:
    mime = sniff(_head(path))
    if mime.startswith(("audio/", "video/")):
        return SoundError(
            tr("This file is damaged or cut off."), tr("Its start is there, but it cannot be played.")
        )
    if mime:
        return SoundError(
            tr("This file is not what its name says."), tr("It is {kind}, not a sound.", kind=_kind(mime))
        )
    return SoundError(tr("This is not a sound or video file."), path.name)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _kind(mime: str) -> str:
    return {
        "text/html": tr("a web page"),
        "application/json": tr("a message of a service"),
        "application/pdf": tr("a PDF"),
        "application/zip": tr("an archive"),
    }.get(mime, tr("a picture") if mime.startswith("image/") else tr("something else"))
