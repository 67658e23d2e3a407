"""Every file of the hostile folder through import, filing, thumbnail, metadata, export: the original stays,
one sentence is told, nothing crashes, hangs or takes the memory of the machine."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.errors import StudioError
from studio.domain.asset import Asset
from studio.domain.export import ExportOptions
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.library import importing, rebuild
from studio.library.exporting import export_to_folder, export_to_zip
from studio.library.gathering import gather
from studio.library.index import Index
from studio.library.metadata.embed import embed, read_embedded
from studio.library.store import Library
from tests.library import hostile
from tests.library.makers import START, draft

LONGEST_SECONDS = 120.0
MOST_MEMORY = 1_200 << 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    hostile.build(root / "in", root / "outside")
    return root / "in"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_a_folder_of_them_is_imported(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    found = gather([folder], tmp_path / "library")
    assert len(found.files) > 60
    assert not any(path.name.startswith("link to zeroes") for path in found.files)
    assert [path for path in found.files if "a pipe" in path.name or "a socket" in path.name] == []
    library = Library(tmp_path / "library")
    started = time.monotonic()
    known = importing.Known(library)
    outcomes = importing.take_in(library, found.files, (), lambda call: call(), known=known).outcomes
    assert time.monotonic() - started < LONGEST_SECONDS
    assert contents(folder) == before, "an import changes nothing outside the library"
    for path, outcome in zip(found.files, outcomes, strict=True):
        if isinstance(outcome, StudioError):
            assert str(outcome).strip(), path
            assert len(str(outcome)) < 300, path
            assert "Traceback" not in str(outcome)
            continue
        copy = library.folder.file(outcome)
        assert copy.read_bytes() == path.read_bytes(), path
        assert copy.resolve().is_relative_to(library.folder.root.resolve())
        _is_good_name(copy.name)
    assert not list(library.folder.incoming.iterdir())
    use_everything(library, tmp_path / "out")
    library.close()
    assert contents(folder) == before


def use_everything(library: Library, out: Path) -> None:
    """What a user does with what was taken in, and then from nothing but the files."""
    at_first = peak(anew=True)
    rows = library.index.row_ids(LibraryQuery())
    assets = [asset for row in rows if (asset := library.index.asset_by_row(row)) is not None]
    assert assets
    for asset in assets:
        library.thumbnail(asset)
        rebuild.draft_of(library.folder.file(asset))
    sources = [(asset, library.folder.file(asset)) for asset in assets]
    for number, options in enumerate(OPTIONS):
        target = out / str(number)
        target.mkdir(parents=True)
        done = export_to_folder(sources, target, options)
        assert len(done.written) + len(done.refused) == len(assets)
        for _name, error in done.refused:
            assert str(error)
    export_to_zip(sources, out / "all.zip", ExportOptions(sidecar=True))
    before = {asset.id: asset for asset in assets}
    rebuild.rebuild(library.folder, library.index)
    after = {
        a.id: a for row in library.index.row_ids(LibraryQuery()) if (a := library.index.asset_by_row(row))
    }
    assert after == before
    rebuild.reconcile(library.folder, library.index)
    ids = list(before)
    library.trash(ids)
    library.restore(ids)
    assert peak() - at_first < MOST_MEMORY


def peak(*, anew: bool = False) -> int:
    """The most bytes this process has held, or begin to count `anew`; other tests of it held more or less."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024


OPTIONS = (
    ExportOptions(),
    ExportOptions(parameters=False),
    ExportOptions(format="webp", longest_side=512, quality=50),
)


def _is_good_name(name: str) -> None:
    assert len(os.fsencode(name)) <= 255
    assert name.isprintable()
    assert not set('<>:"/\\|?*') & set(name)
    assert name.strip(" .")
    assert name == name.strip(" ")
    assert name.partition(".")[0].lower() not in ("con", "nul", "aux", "prn")


def test_each_comes_as_the_result_of_a_request(folder: Path, tmp_path: Path) -> None:
    """Filing takes it, or says why not and keeps the bytes in the quarantine."""
    library = Library(tmp_path / "library")
    for number, (name, data) in enumerate(contents(folder).items()):
        for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.SPEECH):
            incoming = library.incoming_path(f"job{number}{kind.value}")
            incoming.write_bytes(data)
            before = len(list(library.folder.quarantine.iterdir()))
            try:
                asset, _ = library.commit(library.prepare(incoming, draft(number, kind=kind)))
            except StudioError as error:
                refused = str(error)
                kept = len(list(library.folder.quarantine.iterdir())) - before
                assert (bool(refused), kept) == (True, 1), f"{name}: told, and the bytes are kept"
            else:
                library.thumbnail(asset)
                read_embedded(library.folder.file(asset).read_bytes(), asset.mime)
    assert not [p for p in library.folder.incoming.iterdir() if p.suffix == ".part"]
    library.close()


def test_they_lie_in_the_library_already(folder: Path, tmp_path: Path) -> None:
    """Somebody copied the whole folder into the library's: the index takes what it can, and stays usable."""
    root = tmp_path / "library"
    (root / "2026").mkdir(parents=True)
    for name, data in contents(folder).items():
        (root / "2026" / name).write_bytes(data)
    library = Library(root)
    rebuild.rebuild(library.folder, library.index)
    assert library.index.count(LibraryQuery()) > 20
    assert {name for name in contents(root / "2026") if not name.endswith(".json")} >= {
        name for name in contents(folder) if not name.endswith(".json")
    }, "no file is lost"
    rebuild.reconcile(library.folder, library.index)
    library.close()
    assert isinstance(library.index, Index)


def test_metadata_of_any_file_under_any_name(folder: Path) -> None:
    value = Asset(id="0", kind=MediaKind.IMAGE, path="x", mime="", size=1, sha256="ab", created_at=START)
    mimes = ("image/png", "image/jpeg", "image/webp", "video/mp4", "video/webm", "audio/ogg", "audio/mpeg",
             "audio/flac", "audio/wav")  # fmt: skip
    for data in contents(folder).values():
        for mime in mimes:
            read_embedded(data, mime).foreign()
            embed(data, replace(value, mime=mime))
