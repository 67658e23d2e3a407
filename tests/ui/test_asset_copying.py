"""What goes to the clipboard: files as file managers take them, parameters as other programs read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.domain.asset import Asset, Provenance
from studio.domain.media import MediaKind
from studio.ui.asset_copying import GNOME_FILES, files_data, parameters_text


def test_files_are_copied_as_urls(tmp_path: Path, qapp: QApplication) -> None:
    paths = [tmp_path / "a b.png", tmp_path / "é.png"]
    data = files_data(paths)
    assert [Path(url.toLocalFile()) for url in data.urls()] == paths
    gnome = bytes(data.data(GNOME_FILES).data()).decode().splitlines()
    assert gnome[0] == "copy"
    assert gnome[1].startswith("file:///")
    assert gnome[1].endswith("a%20b.png")


def test_parameters_are_infotext() -> None:
    asset = Asset(
        id="1", kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="0", width=64, height=48,
        created_at=datetime(2026, 11, 20, tzinfo=UTC), prompt="a boat", negative_prompt="fog",
        provenance=Provenance(model="flux", seed=7),
    )  # fmt: skip
    lines = parameters_text(asset).splitlines()
    assert lines[:2] == ["a boat", "Negative prompt: fog"]
    assert "Seed: 7, Size: 64x48, Model: flux" in lines[2]
