"""Thumbnails and posters."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from studio.library.thumbnails import LONGEST_SIDE, make_thumbnail, remove_orphans
from tests.library.makers import encoded, film, image, sound


def test_a_picture_is_scaled_and_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "x.jpg"
    image(size=(1200, 600)).save(path, exif=exif)
    assert make_thumbnail(path, tmp_path / "t/ab.jpg", "image/jpeg")
    with Image.open(tmp_path / "t/ab.jpg") as made:
        assert made.size == (LONGEST_SIDE // 2, LONGEST_SIDE)


def test_transparent_and_small_pictures(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(encoded("PNG", mode="RGBA"))
    assert make_thumbnail(path, tmp_path / "t.jpg", "image/png")
    with Image.open(tmp_path / "t.jpg") as made:
        assert made.size == (48, 32)


def test_the_poster_is_not_black(tmp_path: Path) -> None:
    movie = film(tmp_path / "x.mp4", black_frames=4)
    assert make_thumbnail(movie, tmp_path / "t.jpg", "video/mp4")
    with Image.open(tmp_path / "t.jpg") as made:
        assert made.convert("L").getextrema()[1] > 40


def test_what_has_no_picture_has_no_thumbnail(tmp_path: Path) -> None:
    damaged = tmp_path / "x.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n")
    for path, mime in (
        (damaged, "image/png"),
        (damaged, "video/mp4"),
        (sound(tmp_path / "x.wav"), "audio/wav"),
    ):
        assert not make_thumbnail(path, tmp_path / "t.jpg", mime)
    assert not (tmp_path / "t.jpg").exists()


def test_orphans_go(tmp_path: Path) -> None:
    for name in ("ab", "cd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}x.jpg").write_bytes(b"")
    assert remove_orphans(tmp_path, {"abx"}) == 1
    assert [p.name for p in tmp_path.glob("*/*")] == ["abx.jpg"]


def test_a_picture_too_large_to_decode_has_no_thumbnail(tmp_path: Path) -> None:
    data = bytearray(encoded("BMP"))
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    (tmp_path / "bomb.bmp").write_bytes(data)
    assert make_thumbnail(tmp_path / "bomb.bmp", tmp_path / "t.jpg") is False
