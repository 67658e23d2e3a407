"""Files moved, renamed, deleted and written by other programs: the assets stay what they were."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from studio.domain.asset import Asset
from studio.domain.library import LibraryChange, LibraryQuery
from studio.library import rebuild
from studio.library.files import sidecar_of
from studio.library.metadata import png
from studio.library.store import Library
from tests.library.makers import encoded, store


def place(library: Library, asset: Asset) -> Path:
    return library.folder.root / asset.path


def now(library: Library, asset: Asset) -> Asset:
    found = library.index.asset(asset.id)
    assert found is not None
    return found


@pytest.fixture(params=["while it runs", "while it does not"])
def follow(request: pytest.FixtureRequest) -> object:
    """How the program learns of it: in the same run, or by the next start."""

    def look(library: Library) -> tuple[Library, LibraryChange]:
        if request.param == "while it does not":
            root = library.folder.root
            library.close()
            library = Library(root)
        return library, rebuild.reconcile(library.folder, library.index)

    return look


def test_a_folder_is_renamed(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    assets = [store(library, n) for n in range(1, 5)]
    (tmp_path / "2026").rename(tmp_path / "Best of 2026 ☀")
    library, change = follow(library)  # type: ignore[operator]
    assert len(change.updated) == 4
    for asset in assets:
        assert now(library, asset) == replace(asset, path=asset.path.replace("2026/", "Best of 2026 ☀/", 1))
    library.close()


def test_a_file_alone_is_moved_and_renamed(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    asset = store(library, 1, rating=4, tags=("sea",), note="kept")
    (tmp_path / "chosen").mkdir()
    place(library, asset).rename(tmp_path / "chosen" / "cover.png")
    library, _ = follow(library)  # type: ignore[operator]
    assert now(library, asset) == replace(asset, path="chosen/cover.png")
    assert sidecar_of(tmp_path / "chosen" / "cover.png").exists()
    assert not sidecar_of(tmp_path / asset.path).exists(), "its sidecar went along"
    library.close()


def test_only_the_case_of_a_name_changes(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    asset = store(library, 1)
    new = place(library, asset).with_name(Path(asset.path).name.upper())
    place(library, asset).rename(new)
    sidecar_of(place(library, asset)).rename(sidecar_of(new))
    library, change = follow(library)  # type: ignore[operator]
    assert (len(change.added), len(change.updated), len(change.removed)) == (0, 1, 0)
    assert now(library, asset).path == library.folder.relative(new)
    library.close()


@pytest.mark.parametrize("same_size", [False, True])
def test_a_file_is_edited_in_place(tmp_path: Path, follow: object, same_size: bool) -> None:
    library = Library(tmp_path)
    asset = store(library, 1, rating=5)
    if same_size:
        old = place(library, asset).read_bytes()
        new = b"".join(
            png.make_chunk(chunk.kind, bytes(chunk.data).replace(b"Seed: 1", b"Seed: 9"))
            for chunk in png.chunks(old)
        )
        new = png.SIGNATURE + new
        assert len(new) == len(old)
    else:
        new = encoded("PNG", 50, size=(80, 60))
    place(library, asset).write_bytes(new)
    library, change = follow(library)  # type: ignore[operator]
    found = now(library, asset)
    assert len(change.updated) == 1
    assert found.sha256 != asset.sha256
    assert (found.rating, found.prompt, found.path) == (5, asset.prompt, asset.path)
    assert found.content_sha256 == asset.content_sha256, "what the service sent stays on record"
    if not same_size:
        assert (found.width, found.height) == (80, 60)
    library.close()


def test_one_picture_takes_the_name_of_another(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    lost, kept = store(library, 1, note="lost"), store(library, 2, note="kept")
    place(library, kept).replace(place(library, lost))
    library, change = follow(library)  # type: ignore[operator]
    assert library.index.asset(lost.id) is None
    assert now(library, kept) == replace(kept, path=lost.path)
    assert len(change.removed) == 1
    library.close()


def test_two_pictures_exchange_their_names(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    one, two = store(library, 1, note="one"), store(library, 2, note="two")
    between = tmp_path / "between.png"
    place(library, one).rename(between)
    place(library, two).rename(place(library, one))
    between.rename(tmp_path / two.path)
    library, _ = follow(library)  # type: ignore[operator]
    assert now(library, one) == replace(one, path=two.path)
    assert now(library, two) == replace(two, path=one.path)
    assert library.index.count(LibraryQuery()) == 2
    again = rebuild.reconcile(library.folder, library.index)
    assert again == LibraryChange()
    rebuild.rebuild(library.folder, library.index)
    assert (now(library, one).note, now(library, two).note) == ("one", "two")
    library.close()


def test_a_file_is_deleted_and_comes_back(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    asset = store(library, 1, rating=3)
    away = tmp_path.parent / f"{tmp_path.name} away.png"
    shutil.move(place(library, asset), away)
    library, change = follow(library)  # type: ignore[operator]
    assert len(change.removed) == 1
    shutil.move(away, place(library, asset))
    library, _ = follow(library)  # type: ignore[operator]
    assert now(library, asset) == asset, "its sidecar waited for it"
    library.close()


def test_a_copy_is_an_asset_of_its_own(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    asset = store(library, 1)
    copy = place(library, asset).with_name("copy.png")
    shutil.copy2(place(library, asset), copy)
    shutil.copy2(sidecar_of(place(library, asset)), sidecar_of(copy))
    library, change = follow(library)  # type: ignore[operator]
    assert len(change.added) == 1
    assert now(library, asset) == asset
    assert library.index.count(LibraryQuery()) == 2
    library.close()


def test_a_file_dropped_into_the_folder_by_hand_is_taken_in(tmp_path: Path, follow: object) -> None:
    library = Library(tmp_path)
    store(library, 1)
    (tmp_path / "mine.webp").write_bytes(encoded("WEBP", 9))
    (tmp_path / "notes.txt").write_text("no picture")
    library, change = follow(library)  # type: ignore[operator]
    assert len(change.added) == 1
    assert sidecar_of(tmp_path / "mine.webp").exists()
    assert rebuild.reconcile(library.folder, library.index) == LibraryChange()
    library.close()


def test_restoring_when_the_place_is_taken(tmp_path: Path) -> None:
    library = Library(tmp_path)
    asset = store(library, 1, rating=2)
    library.trash([asset.id])
    place(library, asset).write_bytes(encoded("PNG", 60))
    library.restore([asset.id])
    back = now(library, asset)
    assert back.path != asset.path
    assert replace(back, path=asset.path) == asset
    assert place(library, back).exists()
    assert (tmp_path / asset.path).read_bytes() == encoded("PNG", 60), "the stranger is left alone"
    library.close()
