"""A library folder may come from anywhere: nothing in it reaches a file outside, and one bad
file does not keep the rest from use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.core.errors import StorageError
from studio.domain.asset import Asset
from studio.domain.library import LibraryQuery
from studio.library import rebuild
from studio.library.files import sidecar_of
from studio.library.store import Library
from tests.library.makers import encoded, store

CANARY = b"not the library's"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_relative_to(folder / "library")
    }


def world(tmp_path: Path) -> Path:
    """A library beside files that are none of its business."""
    for name in ("keep.png", "keep.jpg", "keep.png.json", "deep/keep.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(CANARY)
    return tmp_path / "library"


def edit_sidecar(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(sidecar_of(path).read_text())
    change(data)
    sidecar_of(path).write_text(json.dumps(data))


def every_id(library: Library) -> list[str]:
    rows = [row for trash in (False, True) for row in library.index.row_ids(LibraryQuery(trash=trash))]
    return [asset.id for row in rows if (asset := library.index.asset_by_row(row)) is not None]


def put_through_everything(library: Library, outside: Path) -> None:
    """What a user could do with whatever the index holds now; after each step `outside` is as before."""
    before = snapshot(outside)
    ids = every_id(library)
    assert ids

    def thumbnails() -> None:
        for asset in filter(None, map(library.index.asset, ids)):
            library.thumbnail(asset)

    steps: tuple[Callable[[], object], ...] = (
        thumbnails,
        lambda: library.restore(ids),
        lambda: library.set_rating(ids, 4),
        lambda: library.trash(ids),
        lambda: library.delete_forever(ids),
        library.remove_orphans,
    )
    for step in steps:
        step()
        assert snapshot(outside) == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"path": "../keep.png"}, id="path above"),
        pytest.param({"path": "2026/../../keep.png"}, id="path winding"),
        pytest.param({"path": "{outside}/keep.png"}, id="path absolute"),
        pytest.param({"path": "{outside}/new.png"}, id="path absolute, free name"),
        pytest.param({"path": ".nectary/index.sqlite"}, id="path private"),
        pytest.param({"path": ""}, id="path empty"),
        pytest.param({"path": "2026/11/a\0b.png"}, id="path with NUL"),
        pytest.param({"path": "..\\..\\keep.png"}, id="path for Windows"),
        pytest.param({"path": "C:/keep.png"}, id="path with a drive"),
        pytest.param({"id": "../../../keep.png"}, id="id above"),
        pytest.param({"id": "../../../deep/x"}, id="id into a folder"),
        pytest.param({"id": ""}, id="id empty"),
        pytest.param({"id": "a" * 5000}, id="id long"),
        pytest.param({"sha256": "../../../keep"}, id="hash above"),
        pytest.param({"sha256": "{outside}/keep"}, id="hash absolute"),
    ],
)
@pytest.mark.parametrize("trashed", [False, True])
def test_no_sidecar_reaches_out_of_the_library(tmp_path: Path, change: dict[str, str], trashed: bool) -> None:
    root = world(tmp_path)
    library = Library(root)
    asset = store(library, 1)
    if trashed:
        library.trash([asset.id])
        asset = library.index.asset(asset.id) or asset
    values = {key: value.replace("{outside}", str(tmp_path)) for key, value in change.items()}
    edit_sidecar(library.folder.file(asset), lambda data: data.update(values))
    before = snapshot(tmp_path)

    rebuild.rebuild(library.folder, library.index)
    rebuild.reconcile(library.folder, library.index)
    put_through_everything(library, tmp_path)
    library.close()
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("kind", ["plan", "move", "move from outside"])
def test_no_note_in_incoming_reaches_out_of_the_library(tmp_path: Path, kind: str) -> None:
    root = world(tmp_path)
    library = Library(root)
    asset = store(library, 1)
    sidecar = json.loads(library.folder.sidecar(asset).read_text())
    incoming = library.folder.incoming
    (incoming / "x.part").write_bytes(library.folder.file(asset).read_bytes())
    if kind == "plan":
        (incoming / "x.json").write_text(json.dumps({**sidecar, "path": "../new.png"}))
    elif kind == "move":
        note = {"from": sidecar["path"], "asset": {**sidecar, "path": str(tmp_path / "new.png")}}
        (incoming / "x.move").write_text(json.dumps(note))
    else:
        note = {"from": "../keep.png", "asset": {**sidecar, "path": "2026/11/mine.png"}}
        (incoming / "x.move").write_text(json.dumps(note))
    before = snapshot(tmp_path)
    library.recover()
    put_through_everything(library, tmp_path)
    library.close()
    assert snapshot(tmp_path) == before


NESTED = '{"a":' * 100_000 + "1" + "}" * 100_000
WRONG_VALUES = {
    "deep": lambda data: data["provenance"].update(request=json.loads('{"a":' * 400 + "1" + "}" * 400)),
    "huge cost": lambda data: data["provenance"].update(cost="1e30"),
    "endless cost": lambda data: data["provenance"].update(cost="1e999999"),
    "no cost": lambda data: data["provenance"].update(cost="NaN"),
    "endless duration": lambda data: data.update(duration=float("inf")),
    "no duration": lambda data: data.update(duration=float("nan")),
    "huge seed": lambda data: data["provenance"].update(seed=10**30),
    "huge width": lambda data: data.update(width=10**30),
    "huge version": lambda data: data.update(version=10**30),
    "rating of a thousand": lambda data: data.update(rating=1000),
    "rating below": lambda data: data.update(rating=-(10**12)),
    "first year": lambda data: data.update(created_at="0001-01-01T00:00:00+00:00"),
    "last year": lambda data: data.update(created_at="9999-12-31T23:59:59+00:00"),
    "before the first": lambda data: data.update(created_at="0001-01-01T00:00:00+14:00"),
    "in 1900": lambda data: data.update(created_at="1900-01-01T00:00:00+00:00"),
    "in 2100": lambda data: data.update(created_at="2100-01-01T00:00:00+00:00"),
    "surrogates": lambda data: data.update(
        title="\ud800", prompt="\udfff", tags=["\ud800"], collections=["\ud801"], note="\ud800"
    ),
    "surrogate model": lambda data: data["provenance"].update(model="\ud800", job_id="\ud800"),
    "NUL": lambda data: data.update(title="a\0b", tags=["a\0b", "\x1f"]),
    "separator": lambda data: data["provenance"].update(model="a\x1fb,\x1f"),
    "tags of one letter": lambda data: data.update(tags="abc"),
    "many tags": lambda data: data.update(tags=[f"tag {n}" for n in range(20_000)]),
    "long title": lambda data: data.update(title="x" * 1_000_000),
    "wrong types": lambda data: data.update(size="12", width=[], kind={}),
    "unhashable kind": lambda data: data.update(kind=[]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_a_wrong_value_in_one_sidecar_does_not_cost_the_others(tmp_path: Path, name: str) -> None:
    library = Library(tmp_path)
    bad, good = store(library, 1), store(library, 2)
    edit_sidecar(library.folder.file(bad), WRONG_VALUES[name])
    rebuild.rebuild(library.folder, library.index)
    assert len(every_id(library)) == 2, "the file is there, whatever its sidecar says"
    usable(library, good)
    library.close()


@pytest.mark.parametrize(
    "content",
    [NESTED, "[" * 100_000, "", "null", "[]", "\xff\xfe", "{", "1" * 10_000, '{"id": ' + "9" * 9999 + "}"],
)
def test_a_damaged_sidecar_does_not_cost_the_others(tmp_path: Path, content: str) -> None:
    library = Library(tmp_path)
    bad, good = store(library, 1), store(library, 2)
    library.folder.sidecar(bad).write_text(content)
    rebuild.rebuild(library.folder, library.index)
    assert len(every_id(library)) == 2
    usable(library, good)
    library.close()


def test_a_sidecar_that_is_no_plain_file_is_left_alone(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    one, two, three, good = (store(library, number) for number in range(1, 5))
    secret = tmp_path / "secret.json"
    secret.write_bytes(library.folder.sidecar(two).read_bytes())
    for asset in (one, two, three):
        library.folder.sidecar(asset).unlink()
    os.mkfifo(library.folder.sidecar(one))  # whoever opens it to read waits for ever
    library.folder.sidecar(two).symlink_to(secret)
    library.folder.sidecar(three).mkdir()
    before = secret.read_bytes()
    rebuild.rebuild(library.folder, library.index)
    usable(library, good)
    assert secret.read_bytes() == before
    library.close()


def test_an_oversized_sidecar_is_not_read(tmp_path: Path) -> None:
    library = Library(tmp_path)
    bad, good = store(library, 1), store(library, 2)
    with library.folder.sidecar(bad).open("r+b") as file:
        file.truncate(200 << 20)  # sparse
    rebuild.rebuild(library.folder, library.index)
    usable(library, good)
    library.close()


@pytest.mark.parametrize(
    "content", [NESTED, "[]", '{"collections": 1}', '{"collections": [{"id": 1}]}', "\0"]
)
def test_hostile_collections_do_not_keep_the_library_shut(tmp_path: Path, content: str) -> None:
    library = Library(tmp_path)
    good = store(library, 1)
    library.close()
    (tmp_path / ".nectary" / "collections.json").write_text(content)
    library = Library(tmp_path)
    usable(library, good)
    library.close()


@pytest.mark.parametrize("name", ["index.sqlite", "collections.json"])
def test_a_folder_in_the_place_of_a_file_is_put_aside(tmp_path: Path, name: str) -> None:
    library = Library(tmp_path)
    good = store(library, 1)
    library.close()
    for found in (tmp_path / ".nectary").glob(f"{name}*"):
        found.unlink()
    (tmp_path / ".nectary" / name / "inside").mkdir(parents=True)
    library = Library(tmp_path)
    if library.index_was_lost:
        rebuild.rebuild(library.folder, library.index)
    usable(library, good)
    library.remove_orphans()
    library.close()


def test_junk_among_the_thumbnails(tmp_path: Path) -> None:
    library = Library(tmp_path)
    good = store(library, 1)
    thumbs = library.folder.thumbs
    (thumbs / "zz").write_bytes(b"a file")
    (thumbs / "aa" / "folder.jpg").mkdir(parents=True)
    (thumbs / "aa" / "broken.jpg").symlink_to(tmp_path / "nowhere")
    (library.folder.quarantine / "0_folder").mkdir()
    library.remove_orphans()
    usable(library, good)
    library.close()


def usable(library: Library, good: Asset) -> None:
    """The good asset is found, read, filtered and searched; new ones can be stored."""
    assert library.index.asset(good.id) == good
    for order in ("newest", "oldest", "rating", "cost", "name"):
        rows = library.index.row_ids(LibraryQuery(order=order))
        library.index.rows(rows)
    library.index.facets(LibraryQuery(text="lighthouse"))
    library.index.day_runs(LibraryQuery())
    assert library.index.count(LibraryQuery(text="dusk 2" if "2" in good.prompt else "dusk")) >= 1
    store(library, 77, encoded(number=77))
    rebuild.reconcile(library.folder, library.index)
    library.trash([good.id])
    library.restore([good.id])


def test_a_file_in_the_trash_that_lost_its_sidecar_can_be_restored(tmp_path: Path) -> None:
    library = Library(tmp_path)
    asset = store(library, 1)
    library.trash([asset.id])
    trashed = library.index.asset(asset.id)
    assert trashed is not None
    library.folder.sidecar(trashed).unlink()
    for _ in range(3):
        rebuild.rebuild(library.folder, library.index)
    assert every_id(library) == [asset.id]
    library.restore([asset.id])
    assert [path.name for path in tmp_path.rglob("*.png")] == [Path(asset.path).name]
    library.close()


def test_an_index_from_elsewhere_reaches_no_file_outside(tmp_path: Path) -> None:
    root = world(tmp_path)
    library = Library(root)
    asset = store(library, 1)
    library.trash([asset.id])
    with library.index.database.write() as connection:
        connection.execute(
            "update details set json = json_set(json, '$.path', ?, '$.sha256', '../../../keep')",
            ("../keep.png",),
        )
    before = snapshot(tmp_path)
    for step in (library.restore, library.delete_forever):
        with pytest.raises(StorageError):
            step([asset.id])
        assert snapshot(tmp_path) == before
    rebuild.reconcile(library.folder, library.index)
    library.close()
