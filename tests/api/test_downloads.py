from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.api.downloads import FileWriter, media_type, save_bytes
from studio.core.errors import StorageError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def test_what_is_written_is_measured_hashed_and_looked_at(tmp_path: Path) -> None:
    stored = await save_bytes(PNG, tmp_path / "deep" / "x.part", "image/jpeg")
    assert stored.path.read_bytes() == PNG
    assert (stored.size, stored.mime) == (len(PNG), "image/png")
    assert stored.sha256 == hashlib.sha256(PNG).hexdigest()


async def test_a_block_that_fails_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x.part"
    with pytest.raises(RuntimeError):
        async with FileWriter(path) as writer:
            await writer.write(PNG)
            raise RuntimeError
    assert not path.exists()


async def test_a_full_disk_is_one_clear_sentence_and_the_device_is_left_alone() -> None:
    with pytest.raises(StorageError, match="full"):
        await save_bytes(bytes(1_000_000), Path("/dev/full"))
    assert Path("/dev/full").exists()


async def test_a_folder_that_cannot_be_made_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        await save_bytes(PNG, tmp_path / "file" / "x.part")


def test_first_bytes_win_over_what_is_declared_except_for_raw_samples() -> None:
    assert media_type(PNG, "text/plain") == "image/png"
    assert media_type(PNG, "audio/pcm") == "audio/pcm"
    assert media_type(b"\x00\x01", "") == "application/octet-stream"


async def test_a_second_name_of_an_earlier_attempt_is_left_alone(tmp_path: Path) -> None:
    """The library links a finished download to its place before it removes the first name."""
    path, filed = tmp_path / "job.part", tmp_path / "picture.jpg"
    await save_bytes(b"the result", path)
    filed.hardlink_to(path)
    with pytest.raises(ZeroDivisionError):
        async with FileWriter(path) as writer:
            await writer.write(b"half of the same")
            raise ZeroDivisionError
    assert filed.read_bytes() == b"the result"
