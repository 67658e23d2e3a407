"""Files are what their bytes prove, not what anybody claims."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.domain.media import MediaKind
from studio.library.sniff import DamagedFileError, check, sniff
from studio.library.thumbnails import make_thumbnail
from tests.library.makers import encoded, film, sound


@pytest.mark.parametrize(
    ("kind", "mime"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_a_mislabelled_picture(tmp_path: Path, kind: str, mime: str) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(encoded(kind))
    found = check(path, MediaKind.IMAGE, "image/png")
    assert (found.mime, found.width, found.height) == (mime, 48, 32)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_a_truncated_picture(tmp_path: Path, kind: str, part: float) -> None:
    data = encoded(kind, size=(200, 150))
    path = tmp_path / "x"
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(DamagedFileError):
        check(path, MediaKind.IMAGE)


def test_blank_pictures(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    for picture in (Image.new("RGB", (64, 64), "white"), Image.new("RGBA", (64, 64), (9, 9, 9, 0))):
        picture.save(path)
        with pytest.raises(DamagedFileError, match="blank"):
            check(path, MediaKind.IMAGE)
        assert check(path, MediaKind.OTHER).kind is MediaKind.IMAGE, "the user's own may be blank"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html>", "web page"),
        (b'{"error": "queue full"}', "a message instead"),
        (b"\0\1\2\3garbage", "not a picture"),
    ],
)
def test_what_is_no_picture(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(DamagedFileError, match=words):
        check(path, MediaKind.IMAGE)


def test_films_and_sounds(tmp_path: Path) -> None:
    movie = film(tmp_path / "x.mp4")
    found = check(movie, MediaKind.VIDEO)
    assert (found.mime, found.width, found.height, found.duration) == ("video/mp4", 64, 48, 1.0)
    voice = check(sound(tmp_path / "x.wav"), MediaKind.SPEECH)
    assert (voice.kind, voice.mime, voice.duration) == (MediaKind.SPEECH, "audio/wav", 0.24)
    with pytest.raises(DamagedFileError, match="a film instead of a picture"):
        check(movie, MediaKind.IMAGE)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(movie.read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        check(cut, MediaKind.VIDEO)


def test_texts(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nש")
    assert check(path, MediaKind.TRANSCRIPT, "text/vtt; charset=utf-8").extension == ".vtt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamagedFileError):
        check(path, MediaKind.TEXT)


@given(st.binary(max_size=64))
def test_any_bytes_are_sniffed(data: bytes) -> None:
    sniff(data)


def test_a_decoder_that_raises_anything_means_a_damaged_picture(tmp_path: Path) -> None:
    """Pillow's AVIF decoder raises RuntimeError, others DecompressionBombError."""
    whole = encoded("AVIF")
    refused = 0
    for place in range(20, min(len(whole), 400)):
        path = tmp_path / "x.avif"
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        make_thumbnail(path, tmp_path / "t.jpg")
        try:
            check(path, MediaKind.OTHER)
        except DamagedFileError:
            refused += 1
    assert refused > 10
