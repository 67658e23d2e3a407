"""Many files taken in at once."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from studio.core.errors import StudioError
from studio.domain.asset import Asset
from studio.library import import_batch, importing, rebuild
from studio.library.files import sidecar_of
from studio.library.store import Library

T = TypeVar("T")


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


class PowerCutError(BaseException):
    """The program ends here."""


def cut_before_placing(library: Library, paths: list[Path]) -> None:
    """Import until sidecars and copies are written, and no picture has its name."""
    calls: list[int] = []

    def write(call: Callable[[], T]) -> T:
        calls.append(1)
        if len(calls) > 1:
            raise PowerCutError
        return call()

    with pytest.raises(PowerCutError):
        importing.take_in(library, paths, (), write)
    library.close()


def test_a_batch_that_a_crash_cut_off_is_finished_by_the_next_start(tmp_path: Path) -> None:
    paths = pictures(tmp_path / "elsewhere")
    cut_before_placing(Library(tmp_path / "library"), paths)
    library = Library(tmp_path / "library")
    change = library.recover()
    assert len(change.added) == len(paths)
    for row, source in zip(change.added, paths, strict=True):
        asset = library.index.asset_by_row(row)
        assert asset is not None
        assert library.folder.file(asset).read_bytes() == source.read_bytes()
    assert not list(library.folder.incoming.iterdir())
    assert rebuild.differences(library.folder, library.index) == rebuild.Differences()
    library.close()


@pytest.mark.parametrize("damage", ["copy torn", "copy lost", "sidecar empty"])
def test_what_is_torn_of_a_batch_is_taken_back(tmp_path: Path, damage: str) -> None:
    paths = pictures(tmp_path / "elsewhere")
    cut_before_placing(Library(tmp_path / "library"), paths)
    copy = next((tmp_path / "library" / ".nectary" / "incoming").glob(".*.part"))
    sidecar = next(
        path for path in (tmp_path / "library").glob("*/*/*.json") if copy.stem[1:] in path.read_text()
    )
    if damage == "copy torn":
        copy.write_bytes(copy.read_bytes()[:-9])
    elif damage == "copy lost":
        copy.unlink()
    else:
        sidecar.write_bytes(b"")
    library = Library(tmp_path / "library")
    assert len(library.recover().added) == len(paths) - 1
    assert not sidecar.exists()
    assert not list(library.folder.incoming.iterdir())
    assert not list(library.folder.quarantine.iterdir())
    library.close()


def test_a_note_takes_nothing_of_a_stranger_back(tmp_path: Path) -> None:
    """The name was taken by somebody else between looking and writing, and then the program ended."""
    library = Library(tmp_path / "library")
    (mine, theirs) = taken(library, pictures(tmp_path / "elsewhere")[:2])
    assert isinstance(mine, Asset)
    assert isinstance(theirs, Asset)
    library.folder.file(theirs).unlink()
    batch = import_batch.ImportBatch(library.folder)
    batch.note(replace(mine, path=theirs.path))
    assert import_batch.finish(library.folder) == []
    assert library.folder.sidecar(theirs).exists()
    import_batch.clear(library.folder)
    assert not batch.path.exists()
    library.close()


def test_a_full_disk_takes_the_whole_batch_back(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    full = [OSError(errno.ENOSPC, "No space left on device")]

    def write(call: Callable[[], T]) -> T:
        done = call()
        if full:
            raise full.pop()
        return done

    outcomes = importing.take_in(library, pictures(tmp_path / "elsewhere"), (), write).outcomes
    assert len(outcomes) == 4
    assert all(str(outcome).startswith("The disk is full.") for outcome in outcomes)
    assert not list(library.folder.incoming.iterdir())
    assert not list((tmp_path / "library").glob("*/*/*"))
    library.close()
