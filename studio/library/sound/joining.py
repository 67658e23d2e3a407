"""Writing sounds: joining several with pauses and gains, and cutting stretches out, exact to the frame."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.core.files import PARTIAL_SUFFIX, storage_error
from studio.core.i18n import tr
from studio.domain.sound import EncodeOptions, Joined, Part, SoundFormat, Span
from studio.library.sound.opening import BLOCK, SoundError, channels_of, open_sound, sample_blocks

if TYPE_CHECKING:
    from studio.library.sound.opening import Samples

_CODECS = {
    SoundFormat.MP3: ("libmp3lame", "mp3", "s16p"),
    SoundFormat.WAV: ("pcm_s16le", "wav", "s16"),
    SoundFormat.FLAC: ("flac", "flac", "s16"),
    SoundFormat.OPUS: ("libopus", "ogg", "s16"),
    SoundFormat.M4A: ("aac", "mp4", "fltp"),
}
QUICKEST = "9"
"""LAME's quality from 0, the best, to this."""
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)


def join(parts: Sequence[Part], into: Path, options: EncodeOptions) -> Joined:
    """Write the parts one after the other into one file.

    The rate and the channels are those of `options`, else of the first part. What would be louder than full
    scale after a gain is limited softly. The file appears under its name when it is whole.

    Raises:
        SoundError: a part cannot be decoded, or there is none.
        StorageError: the file cannot be written.
    """
    if not parts:
        raise SoundError(tr("There is nothing to join."))
    rate, layout = _target(Path(parts[0].path), options)
    spans: list[Span] = []
    with _Writer(into, options, rate, layout) as writer:
        for part in parts:
            first = writer.frames
            last = None if part.end is None else round(part.end * rate)
            for block in _between(sample_blocks(Path(part.path), rate=rate, layout=layout),
                                  round(part.start * rate), last):  # fmt: skip
                writer.add(_gained(block, part.gain))
            spans.append(Span(first / rate, writer.frames / rate))
            writer.add_silence(round(part.pause * rate))
    return Joined(tuple(spans), writer.frames, rate)


def cut(
    path: Path,
    spans: Sequence[Span],
    into: Sequence[Path],
    options: EncodeOptions,
    *,
    told: Callable[[int], object] = int,
) -> list[Span]:
    """Write stretches of a sound to files of their own while it is decoded once.

    Args:
        spans: in seconds, by increasing start; they may overlap.
        into: one file per span.
        told: hears how many files are whole, after each of them.

    Returns:
        The stretches as they were cut: on whole frames, none beyond the end.

    Raises:
        SoundError: the sound cannot be decoded, or a span lies behind its end.
        StorageError: a file cannot be written.
    """
    rate, layout = _target(path, options)
    edges = [(round(span.start * rate), round(span.end * rate)) for span in spans]
    written = [0] * len(spans)
    with contextlib.ExitStack() as stack:
        open_now: dict[int, _Writer] = {}
        at = upcoming = 0
        for block in sample_blocks(path, rate=rate, layout=layout):
            end = at + len(block)
            while upcoming < len(edges) and edges[upcoming][0] < end:
                writer = _Writer(into[upcoming], options, rate, layout)
                open_now[upcoming] = stack.enter_context(writer)
                upcoming += 1
            for number, writer in list(open_now.items()):
                first, last = edges[number]
                part = block[max(first - at, 0) : max(last - at, 0)]
                if len(part):
                    writer.add(part)
                    written[number] = writer.frames
                if last <= end:
                    # Closed at once: only the pieces that overlap here are open at the same time.
                    open_now.pop(number).close()
                    told(upcoming - len(open_now))
            at = end
            if upcoming == len(edges) and not open_now:
                break
    if not all(written):
        raise SoundError(tr("The sound is shorter than the stretch that was to be cut out."))
    return [
        Span(first / rate, (first + count) / rate) for (first, _), count in zip(edges, written, strict=True)
    ]


def _target(path: Path, options: EncodeOptions) -> tuple[int, str]:
    """The rate and the layout to write."""
    with open_sound(path) as (_container, track):
        rate = options.rate or track.codec_context.sample_rate
        channels = options.channels or min(track.codec_context.channels, 2)
    return _possible_rate(rate, options.format), "mono" if channels == 1 else "stereo"


def _possible_rate(rate: int, sound_format: SoundFormat) -> int:
    if sound_format is SoundFormat.OPUS:
        return 48_000
    rates = {SoundFormat.MP3: _MP3_RATES, SoundFormat.M4A: _AAC_RATES}.get(sound_format)
    if rates is None:
        return rate
    return min((possible for possible in rates if possible >= rate), default=rates[-1])


def _between(blocks: Iterator[Samples], first: int, last: int | None) -> Iterator[Samples]:
    at = 0
    for block in blocks:
        part = block[max(first - at, 0) : len(block) if last is None else max(last - at, 0)]
        at += len(block)
        if len(part):
            yield part
        if last is not None and at >= last:
            return


def _gained(block: Samples, decibels: float) -> Samples:
    """Louder or softer; peaks that would clip are rounded off above -1 dB."""
    import numpy as np

    if not decibels:
        return block
    made = block * np.float32(10 ** (decibels / 20))
    knee = np.float32(0.891)
    over = np.abs(made) > knee
    if over.any():
        room = np.float32(1) - knee
        beyond = (np.abs(made[over]) - knee) / room
        made[over] = np.sign(made[over]) * (knee + room * np.tanh(beyond))
    return made


class _Writer:
    """Encodes float blocks into a file that appears when it is whole.

    As a context: an error inside removes what was written.
    """

    def __init__(self, into: Path, options: EncodeOptions, rate: int, layout: str) -> None:
        self._into = into
        self._options = options
        self._rate, self._layout = rate, layout
        self._channels = channels_of(layout)
        self._partial = into.with_name(f".{into.stem}.{os.getpid()}{PARTIAL_SUFFIX}")
        self._container: Any = None
        self._stream: Any = None
        self._resampler: Any = None
        self._pts = 0
        self._done = False
        self.frames = 0

    def __enter__(self) -> _Writer:
        import av
        from av.error import FFmpegError

        codec, container, sample_format = _CODECS[self._options.format]
        try:
            self._into.parent.mkdir(parents=True, exist_ok=True)
            options = {"movflags": "+faststart"} if container == "mp4" else {}
            self._container = av.open(str(self._partial), "w", format=container, options=options)
            stream: Any = self._container.add_stream(codec, rate=self._rate, layout=self._layout)
            stream.format = sample_format
            if not self._options.format.lossless:
                stream.bit_rate = self._options.bit_rate
            if self._options.quick and self._options.format is SoundFormat.MP3:
                stream.codec_context.options = {"compression_level": QUICKEST}
            self._stream = stream
            self._container.start_encoding()
        except (FFmpegError, OSError) as error:
            self._drop()
            raise _not_written(error, self._into) from error
        size = stream.codec_context.frame_size or 4096
        self._resampler = av.AudioResampler(sample_format, self._layout, self._rate, size)
        return self

    def add(self, block: Samples) -> None:
        """Append samples, shape (frames, channels)."""
        import av
        import numpy as np

        for first in range(0, len(block), BLOCK):
            part = np.ascontiguousarray(block[first : first + BLOCK], np.float32)
            frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), "flt", self._layout)
            frame.sample_rate = self._rate
            self._encode(self._resampler.resample(frame))
        self.frames += len(block)

    def add_silence(self, count: int) -> None:
        import numpy as np

        while count > 0:
            step = min(count, BLOCK)
            self.add(np.zeros((step, self._channels), np.float32))
            count -= step

    def close(self) -> None:
        """Finish the file; may be called twice."""
        from av.error import FFmpegError

        if self._done:
            return
        self._done = True
        try:
            if self.frames:
                self._encode(self._resampler.resample(None))
            self._mux(self._stream.encode(None))
            self._container.close()
            with self._partial.open("rb+") as file:
                os.fsync(file.fileno())
            self._partial.replace(self._into)
        except (FFmpegError, OSError) as error:
            self._drop()
            raise _not_written(error, self._into) from error

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is None:
            self.close()
        elif not self._done:
            self._done = True
            self._drop()

    def _encode(self, frames: Sequence[Any]) -> None:
        from av.error import FFmpegError

        try:
            for frame in frames:
                frame.pts, frame.time_base = self._pts, Fraction(1, self._rate)
                self._pts += frame.samples
                self._mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            raise _not_written(error, self._into) from error

    def _mux(self, packets: Sequence[Any]) -> None:
        for packet in packets:
            self._container.mux(packet)

    def _drop(self) -> None:
        if self._container is not None:
            with contextlib.suppress(Exception):
                self._container.close()
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)


def _not_written(error: Exception, into: Path) -> Exception:
    if isinstance(error, OSError) and error.errno:
        return storage_error(error, into)
    return SoundError(tr("The sound could not be written."), str(error))
