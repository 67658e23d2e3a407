from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.library.sound.opening import SoundError, mono_blocks, probe, window
from tests.fakes.sounds import tone, write_film, write_sound


def whole(path: Path, rate: int | None = None) -> np.ndarray:
    return np.concatenate(list(mono_blocks(path, rate)))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".opus", ".m4a"])
def test_every_format_is_looked_at_and_decoded(tmp_path: Path, suffix: str) -> None:
    rate = 48000 if suffix == ".opus" else 44100
    file = write_sound(tmp_path / f"tone{suffix}", tone(2, rate=rate), rate=rate)
    info = probe(file)
    assert info.duration == pytest.approx(2, abs=0.1)
    assert (info.rate, info.channels, info.has_video) == (rate, 1, False)
    samples = whole(file)
    assert len(samples) / rate == pytest.approx(2, abs=0.1)
    assert np.percentile(np.abs(samples), 99) == pytest.approx(0.5, abs=0.05)


def test_the_sound_of_a_film(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 1.0, tone(1.0))
    assert probe(film).has_video
    assert len(whole(film)) / 44100 == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("rate", [8000, 11025, 96000, 22257])
def test_odd_rates(tmp_path: Path, rate: int) -> None:
    file = write_sound(tmp_path / "odd.wav", tone(1, rate=rate), rate=rate)
    assert probe(file).rate == rate
    assert len(whole(file)) == rate
    assert len(whole(file, rate=16000)) == pytest.approx(16000, abs=64)


def test_eight_channels(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "cinema.wav", tone(1), layout="7.1")
    assert (probe(file).channels, probe(file).layout) == (8, "7.1")
    samples = whole(file)
    assert len(samples) == 44100
    assert np.abs(samples).max() <= 1


def test_a_cover_is_no_film(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "tone.m4a", tone(1))
    assert not probe(file).has_video


def test_mislabelled_sound_is_sound(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "real.flac", tone(1)).rename(tmp_path / "wrong.mp3")
    assert probe(file).codec == "flac"
    assert len(whole(file)) == 44100


def truncated(file: Path, share: float) -> Path:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    return file


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".flac", ".opus"])
def test_a_torn_end_gives_what_is_there(tmp_path: Path, suffix: str) -> None:
    file = truncated(write_sound(tmp_path / f"torn{suffix}", tone(4, rate=48000), rate=48000), 0.5)
    assert 1 < len(whole(file)) / 48000 < 3


def test_noise_in_the_middle_is_left_out(tmp_path: Path) -> None:
    file = write_sound(tmp_path / "hurt.mp3", tone(4))
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    file.write_bytes(data)
    assert len(whole(file)) / 44100 > 3


def troubles(folder: Path) -> list[tuple[str, Path]]:
    page = folder / "page.mp3"
    page.write_text("<!DOCTYPE html><html><body>Please wait</body></html>")
    words = folder / "words.wav"
    words.write_text("just some words, and no sound at all" * 40)
    empty = folder / "empty.ogg"
    empty.touch()
    picture = folder / "picture.mp3"
    with av.open(str(picture), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png", rate=1)
        stream.width = stream.height = 16
        stream.pix_fmt = "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    header = folder / "header.m4a"
    header.write_bytes(write_sound(folder / "good.m4a", tone(2)).read_bytes()[:600])
    bare = folder / "bare.wav"
    bare.write_bytes(write_sound(folder / "short.wav", tone(0.1)).read_bytes()[:44])
    return [
        ("The sound file is not there any more.", folder / "gone.wav"),
        ("The sound file is empty.", empty),
        ("This file is not what its name says.", page),
        ("This is not a sound or video file.", words),
        ("This file is not what its name says.", picture),
        ("This video has no sound.", write_film(folder / "mute.mp4", 0.5)),
        ("This file is damaged or cut off.", header),
        ("This file is damaged or cut off.", bare),
    ]


def test_one_sentence_for_each_trouble(tmp_path: Path) -> None:
    said: list[tuple[str, Path]] = []
    expected = troubles(tmp_path)
    for _, file in expected:
        with pytest.raises(SoundError) as error:
            whole(file)
        said.append((error.value.title, file))
    assert said == expected


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3"])
def test_a_window_of_samples(tmp_path: Path, suffix: str) -> None:
    samples = np.concatenate([tone(5, hertz=100), tone(5, hertz=1000)])
    file = write_sound(tmp_path / f"two{suffix}", samples)
    all_of_it = whole(file)
    part, first = window(file, 7.25, 1000)
    assert len(part) == 1000
    assert first == round(7.25 * 44100)
    at_zero, zero = window(file, 0, 10)
    assert (len(at_zero), zero) == (10, 0)
    beyond, _ = window(file, 60, 10)
    assert len(beyond) == 0
    if suffix != ".mp3":
        assert np.array_equal(part, all_of_it[first : first + 1000])
