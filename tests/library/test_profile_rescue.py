"""A damaged profile costs at most a day, and never the damaged file itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.library.profile_rescue import open_profile, snapshot_if_due
from studio.library.profile_store import ProfileStore


def write(folder: Path, text: str) -> None:
    store = ProfileStore(folder)
    store.drafts.put("a", text)
    store.close()


def snapshot(folder: Path) -> None:
    store = ProfileStore(folder)
    store.snapshot()
    store.close()


def damage(path: Path, *, header: bool) -> None:
    data = bytearray(path.read_bytes())
    if header:
        data[:16] = b"not a database!!"
    else:
        data[4096 : len(data) - 512] = b"\xa5" * (len(data) - 512 - 4096)
    path.write_bytes(data)


@pytest.mark.parametrize("header", [True, False])
def test_the_newest_good_snapshot_takes_its_place(tmp_path: Path, header: bool) -> None:
    write(tmp_path, "old")
    snapshot(tmp_path)
    write(tmp_path, "newer")
    snapshot(tmp_path)
    damage(max((tmp_path / "snapshots").iterdir()), header=True)
    damage(tmp_path / "studio.sqlite", header=header)
    damaged = (tmp_path / "studio.sqlite").read_bytes()
    store, rescue = open_profile(tmp_path)
    assert store.drafts.get("a") == "old"
    store.close()
    assert rescue is not None
    assert rescue.aside.read_bytes()[4096:] == damaged[4096:]
    assert rescue.restored is not None
    assert abs(datetime.now(UTC) - rescue.restored) < timedelta(minutes=5)


def test_without_a_snapshot_it_starts_anew(tmp_path: Path) -> None:
    write(tmp_path, "lost")
    damage(tmp_path / "studio.sqlite", header=True)
    store, rescue = open_profile(tmp_path)
    assert store.drafts.get("a") is None
    store.close()
    assert rescue is not None
    assert rescue.restored is None
    assert rescue.aside.exists()


def test_a_good_profile_is_left_alone_and_copied_once_a_day(tmp_path: Path) -> None:
    write(tmp_path, "kept")
    store, rescue = open_profile(tmp_path)
    assert rescue is None
    now = datetime.now(UTC)
    assert snapshot_if_due(store, now)
    assert not snapshot_if_due(store, now + timedelta(hours=23))
    assert snapshot_if_due(store, now + timedelta(hours=25))
    store.close()
