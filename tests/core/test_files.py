from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.core.files import storage_error, write_atomically


def test_the_file_is_the_new_one_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [left.name for left in path.parent.iterdir()] == ["b.txt"]


def test_the_mode_holds_from_the_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    write_atomically(path, b"x", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_is_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        write_atomically(tmp_path / "file" / "x", b"")
    assert caught.value.title


@pytest.mark.parametrize(("number", "words"), [(28, "full"), (13, "cannot be written"), (5, "could not")])
def test_the_sentence_fits_the_cause(number: int, words: str) -> None:
    assert words in storage_error(OSError(number, os.strerror(number)), Path("/x/y")).title


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StorageError) as caught:
        write_atomically(tmp_path / "taken" / "in" / "x.txt", b"x")
    assert str(caught.value).endswith("cannot be made. A file is in its way. Choose another folder.")
