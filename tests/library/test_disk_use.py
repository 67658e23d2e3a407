"""Counting and clearing on a real disk."""

from __future__ import annotations

from pathlib import Path

from studio.domain.storage import Place
from studio.library.disk_use import amount_of, empty, free_space, library_files, remove


def write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)


def test_every_file_of_a_library_counts_once(tmp_path: Path) -> None:
    for name, size in {
        "2026/11/a.png": 10, "2026/11/a.png.json": 1, "2026/11/b.JPG": 20, "2026/11/c.mp4": 30,
        "2026/11/d.mp3": 40, "2026/11/e.json": 50, "2026/11/e.json.json": 2, "2026/12/f.pdf": 60,
        "2026/12/lonely.png.json": 3, ".nectary/thumbs/x.jpg": 999, ".hidden": 999,
    }.items():  # fmt: skip
        write(tmp_path / name, size)
    (tmp_path / "2026" / "link.png").symlink_to(tmp_path / "2026/11/a.png")
    (tmp_path / "2026" / "round").symlink_to(tmp_path)
    heard: list[int] = []
    found = library_files(tmp_path, heard.append)
    assert {place: tuple(amount) for place, amount in found.items()} == {
        Place.PICTURES: (2, 30), Place.FILMS: (1, 30), Place.SOUND: (1, 40), Place.TRANSCRIPTS: (2, 53),
        Place.OTHER: (1, 60), Place.SIDECARS: (2, 3),
    }  # fmt: skip
    assert sum(heard) == 9
    assert not any(amount.files for amount in library_files(tmp_path / "nowhere").values())


def test_folders_and_files_with_all_that_is_hidden(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / ".c", 5)
    write(tmp_path / "d", 7)
    assert tuple(amount_of([tmp_path / "a", tmp_path / "d", tmp_path / "gone"])) == (2, 12)
    (tmp_path / "outside").mkdir()
    write(tmp_path / "outside" / "kept", 1)
    (tmp_path / "a" / "link").symlink_to(tmp_path / "outside")
    empty(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []
    assert (tmp_path / "outside" / "kept").exists()
    remove(tmp_path / "a")
    empty(tmp_path / "d")
    remove(tmp_path / "d")
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "d").exists()


def test_free_space_of_what_is_not_there_yet(tmp_path: Path) -> None:
    assert free_space(tmp_path / "a" / "b") == free_space(tmp_path) or free_space(tmp_path)
