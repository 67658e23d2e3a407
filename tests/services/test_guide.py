from __future__ import annotations

from pathlib import Path

import pytest

from studio.core import assets
from studio.core.errors import StorageError
from studio.domain.guide import INDEX
from studio.services.guide import read_guide


async def test_the_pages_of_the_checkout_are_read() -> None:
    guide = await read_guide()
    assert INDEX in guide.pages
    assert {"guide/create.md", "privacy.md"} <= set(guide.pages)


async def test_missing_and_damaged_pages_are_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    (tmp_path / "_docs").mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        await read_guide()
    (tmp_path / "_docs" / "guide").mkdir()
    (tmp_path / "_docs" / "guide" / "index.md").write_bytes(b"# \xff\xfe")
    with pytest.raises(StorageError, match="cannot be read"):
        await read_guide()
