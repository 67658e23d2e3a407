"""Many files taken in at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from studio.core.errors import StudioError
from studio.domain.asset import Asset
from studio.library import importing, rebuild
from studio.library.files import sidecar_of
from studio.library.store import Library


def pictures(folder: Path) -> list[Path]:
    folder.mkdir()
    made: list[Path] = []
    for number, suffix in enumerate((".jpg", ".png", ".webp", ".gif")):
        made.append(folder / f"picture{suffix}")
        Image.new("RGB", (64 + number, 48), (number * 40, 90, 10)).save(made[-1])
    return made


def taken(library: Library, paths: list[Path]) -> tuple[Asset | StudioError, ...]:
    return importing.take_in(library, paths, ("mine",), lambda call: call()).outcomes


def test_pictures_are_copied_with_sidecars_and_rows(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "elsewhere")
    library = Library(tmp_path / "library")
    assets = taken(library, [*paths, *paths])
    assert [asset.width for asset in assets if isinstance(asset, Asset)] == [64, 65, 66, 67] * 2
    assert len({asset.path for asset in assets if isinstance(asset, Asset)}) == 8, "names are never shared"
    for asset, source in zip(assets, paths * 2, strict=True):
        assert isinstance(asset, Asset)
        file = library.folder.file(asset)
        assert file.read_bytes() == source.read_bytes()
        assert library.index.asset(asset.id) == asset
        assert rebuild.filing.read_sidecar(sidecar_of(file)) == asset
        assert asset.collections == ("mine",)
    assert not list(library.folder.incoming.iterdir())
    assert rebuild.differences(library.folder, library.index) == rebuild.Differences()
    library.close()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif"])
def test_a_torn_picture_is_refused_and_keeps_no_other_out(tmp_path: Path, suffix: str) -> None:
    good, *_ = pictures(tmp_path / "elsewhere")
    whole = (tmp_path / "elsewhere" / f"picture{suffix}").read_bytes()
    torn = tmp_path / f"torn{suffix}"
    torn.write_bytes(whole[: len(whole) // 2])
    library = Library(tmp_path / "library")
    refused, filed = taken(library, [torn, good])
    assert isinstance(refused, StudioError)
    assert isinstance(filed, Asset)
    assert not list(library.folder.incoming.iterdir())
    library.close()


def test_a_picture_of_no_size_goes_the_long_way_and_is_refused(tmp_path: Path) -> None:
    _, png, *_ = pictures(tmp_path / "elsewhere")
    data = bytearray(png.read_bytes())
    data[16:20] = bytes(4)
    png.write_bytes(data)
    library = Library(tmp_path / "library")
    (refused,) = taken(library, [png])
    assert isinstance(refused, StudioError)
    library.close()
