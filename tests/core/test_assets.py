from __future__ import annotations

from pathlib import Path

import pytest

from studio.core import assets


def test_a_checkout_has_them_beside_the_package() -> None:
    assert assets.resource().is_dir()
    assert assets.resource("a", "b.svg") == assets.resource() / "a" / "b.svg"


def test_a_wheel_carries_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "studio" / "_resources").mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "studio")
    assert assets.resource("icon.svg") == tmp_path / "studio" / "_resources" / "icon.svg"


def test_documents_are_beside_the_package_or_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert assets.document("guide", "index.md").is_file()
    (tmp_path / "studio" / "_docs").mkdir(parents=True)
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path / "studio")
    assert assets.document("guide", "index.md") == tmp_path / "studio" / "_docs" / "guide" / "index.md"
