"""Names that every file system takes."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import StorageError
from studio.domain.asset import AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.library.files import DEFAULT_TEMPLATE, LibraryFolder, safe_stem, stem_from_template

MOMENT = datetime(2026, 11, 5, 12, 30, tzinfo=UTC)


def draft(prompt: str, model: str = "flux", seed: int | None = 42) -> AssetDraft:
    return AssetDraft(kind=MediaKind.IMAGE, prompt=prompt, provenance=Provenance(model=model, seed=seed))


def test_the_template() -> None:
    local = MOMENT.astimezone()
    stem = stem_from_template(DEFAULT_TEMPLATE, draft("A lighthouse, at dusk!"), MOMENT, "id")
    assert stem == f"{local:%Y-%m-%d_%H%M%S}_flux_42_A-lighthouse-at-dusk"
    stem = stem_from_template(DEFAULT_TEMPLATE, draft("", "", None), MOMENT, "id")
    assert stem == f"{local:%Y-%m-%d_%H%M%S}"
    assert stem_from_template("{nothing}", draft("x"), MOMENT, "id") == "id"


@given(st.text(max_size=300))
def test_any_text_makes_a_safe_name(text: str) -> None:
    name = safe_stem(text)
    assert len(name.encode()) <= 120
    assert not set(name) & set('<>:"/\\|?*\0\n\u202e')
    assert name == name.strip(" .")
    assert name.lower() not in {"con", "nul", "com1"}


def test_collisions_count_up(tmp_path: Path) -> None:
    folder = LibraryFolder(tmp_path)
    first = folder.free_path("x", ".png", MOMENT)
    path = tmp_path / first
    path.parent.mkdir(parents=True)
    path.with_name("x.png.json").write_text("{}")
    assert folder.free_path("x", ".png", MOMENT).endswith("/x-2.png"), "a waiting sidecar takes the name too"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("do not touch")
    folder = LibraryFolder(tmp_path / "library")
    folder.private.mkdir(parents=True)
    (folder.private / "lock").symlink_to(mine)
    with pytest.raises(StorageError):
        folder.open()
    assert mine.read_text() == "do not touch"
