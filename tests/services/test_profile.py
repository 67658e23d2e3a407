"""The profile's database from asyncio."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from studio.core.errors import StorageError
from studio.library.profile_store import LedgerEntry
from studio.services.profile import ProfileService


async def test_everything_survives_a_restart(tmp_path: Path) -> None:
    profile = ProfileService(tmp_path)
    assert await profile.open() is None
    await profile.remember_prompt("one")
    await profile.remember_prompt("two")
    await profile.remember_prompt("one")
    await profile.set_draft("create.prompt", {"text": "half"})
    entry = LedgerEntry(id="e", time=datetime.now(UTC), model="flux", estimate=Decimal("0.1"))
    await profile.note_spending(entry)
    assert await profile.snapshot_if_due()
    assert not await profile.snapshot_if_due()
    await profile.close()
    profile = ProfileService(tmp_path)
    await profile.open()
    assert await profile.prompts() == ["one", "two"]
    assert await profile.prompts("TW") == ["two"]
    assert await profile.draft("create.prompt") == {"text": "half"}
    assert await profile.draft("other") is None
    assert await profile.run(profile.store.drafts.get, "create.prompt") == {"text": "half"}
    (line,) = await profile.spending()
    assert (line.amount, line.open) == (Decimal("0.1"), 1)
    await profile.close()


async def test_a_write_finishes_though_its_caller_is_cancelled(tmp_path: Path) -> None:
    profile = ProfileService(tmp_path)
    await profile.open()
    writing = asyncio.ensure_future(profile.set_draft("a", 1))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await profile.draft("a") == 1
    await profile.close()


async def test_closed_it_says_so(tmp_path: Path) -> None:
    profile = ProfileService(tmp_path)
    with pytest.raises(StorageError, match="not open"):
        await profile.draft("a")
    await profile.close()


async def test_a_damaged_one_is_rescued(tmp_path: Path) -> None:
    profile = ProfileService(tmp_path)
    await profile.open()
    await profile.set_draft("a", "kept")
    await profile.snapshot_if_due()
    await profile.close()
    (tmp_path / "studio.sqlite").write_bytes(b"\xa5" * 9000)
    profile = ProfileService(tmp_path)
    rescue = await profile.open()
    assert rescue is not None
    assert await profile.draft("a") == "kept"
    await profile.close()
