"""Films: real MP4s of the promised length and size, that begin and end with the pictures given."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
from PIL import Image

from studio.sandbox.make.films import film
from studio.sandbox.make.pictures import picture


def frames_of(data: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, ((a - b) ** 2).mean())))


def as_pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(float)


def test_a_film_has_the_size_rate_and_length_asked_for() -> None:
    data = film("harbour at dawn", 1, 160, 96, 1.5, fps=12)
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (160, 96)
        assert stream.average_rate == 12
        assert not container.streams.audio
        assert container.duration / av.time_base == pytest.approx(1.5, abs=0.01)
    frames = frames_of(data)
    assert len(frames) == 18
    assert data == film("harbour at dawn", 1, 160, 96, 1.5, fps=12)


def test_the_index_stands_in_front() -> None:
    data = film("cat", 1, 64, 64, 0.5, fps=8)
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_the_scene_moves_but_stays_itself() -> None:
    frames = frames_of(film("mountain dusk", 3, 160, 96, 3, fps=8))
    assert psnr(frames[0], frames[-1]) < 35
    assert psnr(frames[0], frames[1]) > psnr(frames[0], frames[-1])
    assert psnr(frames[0], as_pixels(picture("mountain dusk", 3, 160, 96))) > 17


def test_odd_sizes_lose_a_pixel() -> None:
    assert frames_of(film("cat", 1, 65, 49, 0.25, fps=8))[0].shape == (48, 64, 3)


def test_a_film_begins_with_its_start_frame_and_leaves_it() -> None:
    start = picture("lighthouse", 4, 160, 96, kind="png")
    frames = frames_of(film("zoom in", 1, 160, 96, 2, fps=8, start=start))
    assert psnr(frames[0], as_pixels(start)) > 30
    assert psnr(frames[-1], as_pixels(start)) < psnr(frames[0], as_pixels(start)) - 5


def test_a_film_ends_with_its_end_frame() -> None:
    start, end = picture("forest", 1, 160, 96), picture("city night", 2, 160, 96)
    for first in (start, b""):
        frames = frames_of(film("forest", 1, 160, 96, 2, fps=8, start=first, end=end))
        assert psnr(frames[-1], as_pixels(end)) > 28
        assert psnr(frames[0], as_pixels(end)) < 20


def test_a_still_of_another_shape_fills_the_frame() -> None:
    frames = frames_of(film("x", 1, 96, 64, 0.25, fps=8, start=picture("sea", 1, 64, 128)))
    assert frames[0].shape == (64, 96, 3)


def test_a_start_frame_that_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="not a picture"):
        film("x", 1, 64, 64, 1, start=b"nonsense")


def test_sound_is_as_long_as_the_film() -> None:
    data = film("waves", 1, 64, 64, 2, fps=8, audio=True)
    with av.open(io.BytesIO(data)) as container:
        sound = container.streams.audio[0]
        assert sound.codec_context.name == "aac"
        assert float(sound.duration * sound.time_base) == pytest.approx(2, abs=0.05)
        level = np.concatenate([f.to_ndarray() for f in container.decode(sound)], axis=1)
    assert 0.1 < np.abs(level).max() <= 1.05
