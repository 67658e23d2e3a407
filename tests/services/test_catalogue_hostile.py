from __future__ import annotations

from pathlib import Path

import pytest

from studio.services.catalogue import CatalogueService


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"at": "2026-11-20T09:00:00+00:00", "models": ' + "[" * 200 + "]" * 200 + "}",
        '{"at": 7, "models": []}',
        '{"models": [7]}',
        '{"models": [{"name": []}]}',
        '{"models": [{"name": "m", "pricing": []}]}',
        "",
    ],
)
async def test_a_damaged_memory_of_the_catalogue_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "catalogue-cloud.json").write_text(content)
    catalogue = CatalogueService(tmp_path)
    await catalogue.open("cloud")
    assert catalogue.models == ()
