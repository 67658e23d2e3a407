from __future__ import annotations

import shutil
import struct
import tempfile
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.sound import PcmFormat
from studio.library.sniff import sniff
from studio.library.sound.opening import probe
from studio.library.sound.wav_writer import HEADER, WavWriter, header, mend
from tests.fakes.sounds import read_mono, tone


def pcm(frames: int, channels: int = 1, seed: int = 1) -> bytes:
    values = np.random.default_rng(seed).integers(-3000, 3000, frames * channels)
    return values.astype("<i2").tobytes()


@settings(deadline=None, max_examples=60)
@given(
    chunks=st.lists(st.tuples(st.integers(0, 90), st.booleans()), max_size=12),
    channels=st.sampled_from([1, 2]),
    cut=st.integers(0, 4000),
)
def test_cut_off_at_any_byte_it_plays_and_can_be_mended(
    chunks: list[tuple[int, bool]], channels: int, cut: int
) -> None:
    """A power cut may leave any length from the last flush on, and the header of that flush."""
    form = PcmFormat(8000, channels)
    with tempfile.TemporaryDirectory() as name:
        path, torn = Path(name) / "a.wav", Path(name) / "torn.wav"
        writer = WavWriter(path, form)
        whole, safe = b"", 0
        for number, (frames, flush) in enumerate(chunks):
            data = pcm(frames, channels, number)
            writer.write(data)
            whole += data
            if flush:
                writer.flush()
                safe = len(whole)
        shutil.copy(path, torn)
        writer.close()
        left = min(safe + cut, len(whole))
        with torn.open("r+b") as file:
            file.truncate(HEADER + left)
        # As it lies there another program reads what was flushed.
        with wave.open(str(torn)) as found:
            assert found.readframes(1 << 20)[:safe] == whole[:safe]
        frames = left // form.frame_bytes
        mended = mend(torn)
        assert (mended.frames if mended else 0) == frames
        if mended is not None:
            assert mended.format == form
            with wave.open(str(torn)) as found:
                assert found.getnframes() == frames
                assert found.readframes(frames) == whole[: frames * form.frame_bytes]
        with wave.open(str(path)) as found:
            assert found.readframes(1 << 20) == whole


def test_the_program_reads_it_too(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "a.wav", PcmFormat(48_000))
    writer.write((tone(1.0, rate=48_000) * 32767).astype("<i2").tobytes())
    writer.close()
    writer.close()
    assert probe(tmp_path / "a.wav").duration == pytest.approx(1.0)
    samples, rate = read_mono(tmp_path / "a.wav")
    assert (len(samples), rate) == (48_000, 48_000)


@pytest.mark.parametrize("content", [b"", b"RIFF", bytes(HEADER), b"fLaC" + bytes(200)])
def test_what_holds_no_sound_is_not_mended(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert mend(path) is None
    assert path.read_bytes() == content


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        WavWriter(tmp_path / "a.wav", PcmFormat(8000))
    assert (tmp_path / "a.wav").read_bytes() == b"mine"


def test_a_chunk_that_the_disk_refused_is_written_again(tmp_path: Path) -> None:
    """A full disk takes a part of a chunk; the same chunk later stands where it belongs."""
    writer = WavWriter(tmp_path / "a.wav", PcmFormat(8000))
    first, second = pcm(100), pcm(50, seed=2)
    writer.write(first)
    writer._file.write(second[:33])
    writer.write(second)
    writer.close()
    with wave.open(str(tmp_path / "a.wav")) as found:
        assert found.readframes(1000) == first + second


def test_more_than_four_gigabytes(tmp_path: Path) -> None:
    """12 hours of 48,000 frames per second do not fit a WAV; FFmpeg reads what they become."""
    path = tmp_path / "long.wav"
    form = PcmFormat(48_000)
    data = 2**32 + 96_000
    with path.open("wb") as file:
        file.write(header(form, 10))
        file.truncate(HEADER + data + 1)
    mended = mend(path)
    assert mended is not None
    assert mended.frames == data // 2
    with path.open("rb") as file:
        head = file.read(HEADER)
    assert head[:4] == b"RF64"
    assert struct.unpack_from("<QQQ", head, 20) == (HEADER - 8 + data, data, data // 2)
    assert probe(path).duration == pytest.approx(data / 96_000)
    checked = sniff(head)
    assert checked is not None
    assert checked.extension == ".wav"
