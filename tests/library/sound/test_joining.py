from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.errors import StorageError, StudioError
from studio.domain.sound import EncodeOptions, Part, SoundFormat, Span, gain_to
from studio.library.sound.joining import cut, join
from studio.library.sound.loudness import measure
from studio.library.sound.opening import probe
from studio.library.sound.silence import find_silences
from tests.fakes.sounds import noise, read_mono, silence, tone, write_sound

WAV = EncodeOptions(format=SoundFormat.WAV)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 3000)), min_size=1, max_size=5))
def test_joined_is_exact_to_the_sample(tmp_path: Path, shapes: list[tuple[int, int]]) -> None:
    parts: list[Part] = []
    expected: list[np.ndarray] = []
    for number, (count, pause) in enumerate(shapes):
        samples = noise(count / 8000, rate=8000, seed=number)
        file = write_sound(tmp_path / f"{number}.wav", samples, rate=8000)
        parts.append(Part(str(file), pause=pause / 8000))
        expected += [read_mono(file)[0], np.zeros(pause, np.float32)]
    done = join(parts, tmp_path / "all.wav", WAV)
    found, rate = read_mono(tmp_path / "all.wav")
    assert rate == done.rate == 8000
    assert done.frames == len(found)
    assert np.array_equal(found, np.concatenate(expected))
    for (count, _), span in zip(shapes, done.spans, strict=True):
        assert round(span.duration * rate) == count


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 15000), st.integers(1, 9000)), min_size=1, max_size=6))
def test_cut_is_exact_to_the_sample(tmp_path: Path, shapes: list[tuple[int, int]]) -> None:
    samples = noise(2, rate=8000)
    file = write_sound(tmp_path / "long.wav", samples, rate=8000)
    whole, _ = read_mono(file)
    spans = sorted(Span(first / 8000, (first + count) / 8000) for first, count in shapes)
    files = [tmp_path / f"piece{number}.wav" for number in range(len(spans))]
    done = cut(file, spans, files, WAV)
    for span, real, piece in zip(spans, done, files, strict=True):
        found, _ = read_mono(piece)
        first = round(span.start * 8000)
        assert real.start == first / 8000
        assert np.array_equal(found, whole[first : round(span.end * 8000)])


@pytest.mark.parametrize("sound_format", list(SoundFormat))
@pytest.mark.parametrize("rate", [22257, 44100])
def test_every_format_is_written(tmp_path: Path, sound_format: SoundFormat, rate: int) -> None:
    file = write_sound(tmp_path / "source.wav", tone(2, rate=rate), rate=rate, layout="5.1")
    into = tmp_path / f"made{sound_format.extension}"
    join([Part(str(file))], into, EncodeOptions(format=sound_format))
    info = probe(into)
    assert info.channels == 2
    assert info.duration == pytest.approx(2, abs=0.1)
    assert (info.codec.removesuffix("float"), sound_format.mime.split("/")[0]) != ("", "")
    assert measure(into).integrated == pytest.approx(measure(file).integrated, abs=12)
    assert not list(tmp_path.glob(".*"))


def test_options_are_kept_to(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "source.wav", tone(1), layout="stereo")
    into = tmp_path / "small.mp3"
    join([Part(str(file))], into, EncodeOptions(rate=16000, channels=1, bit_rate=32000))
    info = probe(into)
    assert (info.rate, info.channels) == (16000, 1)
    assert info.bit_rate == pytest.approx(32000, rel=0.1)


def test_loudness_is_matched_and_nothing_clips(tmp_path: Path) -> None:
    quiet = write_sound(tmp_path / "quiet.wav", tone(4, level=0.05, hertz=1000))
    loud = write_sound(tmp_path / "loud.wav", tone(4, level=0.8, hertz=1000))
    parts = [Part(str(file), gain=gain_to(measure(file), -16)) for file in (quiet, loud)]
    join(parts, tmp_path / "both.wav", WAV)
    both, rate = read_mono(tmp_path / "both.wav")
    halves = [write_sound(tmp_path / f"{n}.wav", both[n * 4 * rate : (n + 1) * 4 * rate]) for n in (0, 1)]
    assert [measure(half).integrated for half in halves] == pytest.approx([-16, -16], abs=0.3)
    join([Part(str(loud), gain=20)], tmp_path / "over.wav", WAV)
    assert np.abs(read_mono(tmp_path / "over.wav")[0]).max() <= 1


def test_loudness_of_a_known_tone_and_of_silence(tmp_path: Path) -> None:
    # EBU Tech 3341: a stereo sine of 1 kHz at -23 dBFS measures -23 LUFS.
    level = 10 ** (-23 / 20)
    reference = write_sound(
        tmp_path / "r.wav", tone(5, hertz=1000, rate=48000, level=level), rate=48000, layout="stereo"
    )
    found = measure(reference)
    assert found.integrated == pytest.approx(-23, abs=0.1)
    assert found.true_peak == pytest.approx(-23, abs=0.3)
    still = measure(write_sound(tmp_path / "s.wav", silence(2)))
    assert still.integrated == float("-inf")
    assert gain_to(still) == 0


def test_silence_is_found(tmp_path: Path) -> None:
    samples = np.concatenate([tone(1), silence(0.5), tone(1), silence(0.1), tone(0.5), silence(1)])
    found = find_silences(write_sound(tmp_path / "a.wav", samples))
    assert [(round(span.start, 1), round(span.end, 1)) for span in found] == [(1.0, 1.5), (3.1, 4.1)]
    everything = find_silences(write_sound(tmp_path / "b.wav", silence(2)))
    assert everything[0].duration == pytest.approx(2, abs=0.02)


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    good = write_sound(tmp_path / "good.wav", tone(1))
    (tmp_path / "bad.wav").write_text("no sound")
    with pytest.raises(StudioError):
        join([Part(str(good)), Part(str(tmp_path / "bad.wav"))], tmp_path / "out.wav", WAV)
    with pytest.raises(StudioError):
        join([], tmp_path / "out.wav", WAV)
    with pytest.raises(StudioError):
        cut(good, [Span(5, 6)], [tmp_path / "out.wav"], WAV)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        join([Part(str(good))], tmp_path / "file" / "out.wav", WAV)
    assert {path.name for path in tmp_path.iterdir()} == {"good.wav", "bad.wav", "file"}
