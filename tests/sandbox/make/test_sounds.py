"""Sounds: the promised length and level, text that can be read back, spans told from silence."""

from __future__ import annotations

import io
import zipfile

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sandbox.make.audio_files import Sound, read_sound, write_sound
from studio.sandbox.make.sounds import (
    effect,
    music,
    seconds_of,
    segments_of,
    speech,
    spoken_text,
    stems_zip,
)
from studio.sandbox.make.voice import spoken

KINDS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
CODECS = {"mp3": "mp3", "opus": "opus", "aac": "aac", "flac": "flac", "wav": "pcm_s16le"}
EFFECTS = (
    "rain",
    "wind",
    "wave",
    "thunder",
    "bell",
    "knock",
    "footstep",
    "whoosh",
    "laser",
    "bird",
    "engine",
    "fire",
)
TEXT = "Hello there. Is this über clear, 你好? Line two\nhas 3 bees; and a “quote”."


def centroid(sound: Sound) -> float:
    """The middle of the power spectrum, in Hz."""
    power = np.abs(np.fft.rfft(sound.mono)) ** 2
    return float((power * np.fft.rfftfreq(sound.mono.size, 1 / sound.rate)).sum() / power.sum())


@pytest.mark.parametrize("kind", KINDS)
def test_speech_in_every_kind(kind: str) -> None:
    data = speech(TEXT, "nova", 1, kind=kind)
    assert data == speech(TEXT, "nova", 1, kind=kind)
    assert seconds_of(data) == pytest.approx(len(TEXT) / 14, abs=0.15)
    assert spoken_text(data) == ("" if kind == "pcm" else TEXT)
    sound = read_sound(data)
    assert sound.rate == (48_000 if kind == "opus" else 24_000)
    assert 0.4 < np.abs(sound.samples).max() < 0.95
    assert 0.05 < sound.mono.std() < 0.3
    if kind != "pcm":
        with av.open(io.BytesIO(data)) as container:
            assert container.streams.audio[0].codec_context.name.startswith(CODECS[kind])


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60).map(str.strip))
@settings(max_examples=20, deadline=None)
def test_any_text_can_be_spoken_and_read_back(text: str) -> None:
    data = speech(text, "sage", 1, kind="flac")
    assert spoken_text(data) == text
    assert seconds_of(data) == pytest.approx(max(0.3, len(text) / 14), abs=0.1)


def test_speed_and_voice_change_the_speech() -> None:
    slow, fast = (speech("A calm morning by the sea", "echo", 1, kind="wav", speed=s) for s in (0.5, 2))
    assert seconds_of(slow) == pytest.approx(4 * seconds_of(fast), rel=0.02)
    low, high = (spoken("A calm morning by the sea", voice, 1).samples for voice in ("onyx", "nova"))
    assert low.shape != high.shape or not np.allclose(low, high)


def test_speech_has_syllables_and_the_spectrum_of_a_voice() -> None:
    sound = spoken("Banana and potato and tomato and a lemon", "nova", 1)
    assert 200 < centroid(sound) < 1800
    level = np.sqrt((sound.mono[: sound.mono.size // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1))
    beats = np.abs(np.fft.rfft(level - level.mean()))
    rates = np.fft.rfftfreq(level.size, 0.02)
    assert 2 < rates[np.argmax(beats)] < 11


def test_pauses_divide_the_speech_into_its_phrases() -> None:
    spans = segments_of(speech("One two three four. Five six seven eight. Nine ten.", "nova", 1, kind="wav"))
    assert len(spans) == 3
    ends = [0.0, *(end for _, end in spans)]
    assert all(ends[i] <= start < end for i, (start, end) in enumerate(spans))


def test_spans_of_a_plain_tone() -> None:
    samples = np.zeros((1, 48_000), np.float32)
    samples[0, 12_000:24_000] = np.sin(np.arange(12_000) * 0.1) * 0.5
    ((start, end),) = segments_of(write_sound(Sound(samples, 24_000), "wav"))
    assert (start, end) == (pytest.approx(0.5, abs=0.03), pytest.approx(1.0, abs=0.03))
    assert segments_of(write_sound(Sound(samples[:, :9000], 24_000), "wav")) == []


@pytest.mark.parametrize("instrumental", [True, False])
def test_music_is_stereo_whole_and_fades(instrumental: bool) -> None:
    data = music("calm piano at dawn", 2, 4, instrumental=instrumental, kind="flac")
    assert data == music("calm piano at dawn", 2, 4, instrumental=instrumental, kind="flac")
    sound = read_sound(data)
    assert sound.samples.shape == (2, 4 * 48_000)
    assert 0.5 < np.abs(sound.samples).max() < 0.9
    assert 100 < centroid(sound) < 1500
    assert sound.mono[-4800:].std() < sound.mono[96_000:100_800].std() / 2


def test_words_and_seed_change_the_music() -> None:
    made = {music(prompt, seed, 1, kind="wav") for prompt in ("sad song", "happy dance") for seed in (1, 2)}
    assert len(made) == 4
    sung, played = (music("song", 1, 2, instrumental=flag, kind="wav") for flag in (False, True))
    assert sung != played


@pytest.mark.parametrize("prompt", EFFECTS)
def test_effects(prompt: str) -> None:
    sound = read_sound(effect(prompt, 1, 0.8, kind="wav"))
    assert sound.seconds == pytest.approx(0.8)
    assert np.abs(sound.samples).max() == pytest.approx(0.8, abs=0.01)
    assert sound.mono.std() > 0.01


def test_effects_sound_like_their_names() -> None:
    dull, bright = (read_sound(effect(name, 1, 1, kind="wav")) for name in ("thunder rumble", "bird chirp"))
    assert centroid(dull) < 800 < centroid(bright)


@pytest.mark.parametrize("kind", KINDS)
def test_music_and_effects_in_every_kind(kind: str) -> None:
    for data in (music("x", 1, 1, kind=kind), effect("bell", 1, 1, kind=kind)):
        assert seconds_of(data) == pytest.approx(1, abs=0.08)


def test_stems_are_four_mp3s_that_add_up() -> None:
    whole = music("upbeat dance", 1, 2, kind="wav")
    packed = stems_zip(whole)
    assert packed == stems_zip(whole)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["bass.mp3", "other.mp3", "vocals.mp3", "drums.mp3"]
        parts = [read_sound(archive.read(name)).samples for name in archive.namelist()]
    length = min(part.shape[1] for part in parts)
    total = sum(part[:, :length] for part in parts)
    original = read_sound(whole).samples[:, :length]
    assert np.corrcoef(total[:, :length].ravel(), original.ravel()[: total.size])[0, 1] > 0.97


@pytest.mark.parametrize("junk", [b"", b"just some text, not a sound", b"RIFF\0\0\0\0WAVEnope", b"OggS" * 9])
def test_files_without_sound_are_refused(junk: bytes) -> None:
    with pytest.raises(ValueError, match="sound"):
        seconds_of(junk)
    assert spoken_text(junk) == ""
