"""Files and folders taken in: what is told of each, stopping, taking back, and a disk that gets full."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from studio.core.errors import DiskFullError
from studio.domain.intake import IntakeReport, Reading, TakenFile, printable
from studio.domain.library import LibraryQuery, Progress
from studio.library import importing
from studio.services.curator import Curator
from studio.services.intake import Stop
from studio.services.library import LibraryService
from studio.services.undo import UndoStack
from tests.library import hostile
from tests.library.makers import encoded, film, sound
from tests.library.metadata.test_foreign import INFOTEXT, LAYOUTS, png_with


async def opened(root: Path) -> tuple[LibraryService, Curator]:
    library = LibraryService(root / "library")
    await library.open()
    return library, Curator(library, UndoStack())


def a_folder(root: Path) -> Path:
    """What somebody who used several programs has."""
    folder = root / "mine"
    (folder / "deeper" / "still").mkdir(parents=True)
    for number, name in enumerate(("A1111", "ComfyUI", "SwarmUI", "NovelAI", "InvokeAI")):
        data = png_with({**LAYOUTS[name][0], "n": str(number)})
        (folder / f"{name}.png").write_bytes(data)
    (folder / "deeper" / "plain.jpg").write_bytes(encoded("JPEG"))
    (folder / "deeper" / "same again.jpg").write_bytes(encoded("JPEG"))
    (folder / "deeper" / "torn.png").write_bytes(encoded("PNG")[:90])
    (folder / "deeper" / "still" / "odd.png").write_bytes(png_with({"parameters": '{"torn": '}))
    (folder / "deeper" / "still" / "beside.webp").write_bytes(encoded("WEBP", 5))
    (folder / "deeper" / "still" / "beside.txt").write_text(INFOTEXT)
    film(folder / "film.mp4")
    sound(folder / "sound.wav")
    return folder


async def test_a_folder_is_taken_in_and_told_file_by_file(tmp_path: Path) -> None:
    library, curator = await opened(tmp_path)
    folder = a_folder(tmp_path)
    steps: list[Progress] = []
    report = await curator.intake.take_in([folder], progress=steps.append)
    found = {file.path.name: (file.reading.value, file.program) for file in report.files}
    assert found == {
        "A1111.png": ("read", "A1111"),
        "ComfyUI.png": ("read", "ComfyUI"),
        "SwarmUI.png": ("read", "SwarmUI"),
        "NovelAI.png": ("read", "NovelAI"),
        "InvokeAI.png": ("read", "InvokeAI"),
        "beside.webp": ("read", "A1111"),
        "plain.jpg": ("plain", ""),
        "same again.jpg": ("known", ""),
        "torn.png": ("refused", ""),
        "odd.png": ("unreadable", ""),
        "film.mp4": ("plain", ""),
        "sound.wav": ("plain", ""),
    }
    assert [path.name for path in report.beside] == ["beside.txt"]
    assert len(report.added) == await library.count(LibraryQuery()) == 10
    assert [step.phase for step in steps][:1] == ["scan"]
    assert (steps[-1].done, steps[-1].total) == (12, 12)
    text = report.text()
    assert text.startswith("10 files added to the library\n")
    for words in ("2  Read as A1111", "1  Not taken in", "torn.png", "The picture is damaged", "beside.txt"):
        assert words in text
    await library.close()


async def test_a_second_time_nothing_is_added(tmp_path: Path) -> None:
    library, curator = await opened(tmp_path)
    folder = a_folder(tmp_path)
    first = await curator.intake.take_in([folder])
    again = await curator.intake.take_in([folder, folder / "film.mp4"])
    assert again.added == []
    known = {file.path.name: file.asset_id for file in again.of(Reading.KNOWN)}
    assert known["A1111.png"] in first.added
    assert await library.count(LibraryQuery()) == 10
    assert not list((tmp_path / "library" / ".nectary" / "incoming").iterdir())
    await library.close()


async def test_it_is_taken_back_as_one_step(tmp_path: Path) -> None:
    library, curator = await opened(tmp_path)
    await curator.intake.take_in([a_folder(tmp_path)])
    assert await curator.undo_last() == "files added"
    assert await library.count(LibraryQuery()) == 0
    assert await library.count(LibraryQuery(trash=True)) == 10
    await library.close()


async def test_it_goes_into_a_collection(tmp_path: Path) -> None:
    library, curator = await opened(tmp_path)
    made = await curator.shelving.create("sea")
    report = await curator.intake.take_in([a_folder(tmp_path)], (made.id,))
    assert sorted(await library.members(made.id)) == sorted(report.added)
    await library.close()


async def test_stopped_in_the_middle_it_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    library, curator = await opened(tmp_path)
    stop = Stop()

    def after_the_first(step: Progress) -> None:
        if step.phase == "import":
            stop.call()

    report = await curator.intake.take_in([a_folder(tmp_path)], progress=after_the_first, stop=stop)
    assert 0 < len(report.files) < 12
    assert report.left == 12 - len(report.files)
    assert await library.count(LibraryQuery()) == len(report.added)
    assert not list((tmp_path / "library" / ".nectary" / "incoming").iterdir())
    await library.close()


async def test_a_full_disk_ends_it_and_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    library, curator = await opened(tmp_path)
    calls: list[Path] = []
    read = importing._read

    def full(one: Any, path: Path, *more: Any) -> Any:
        calls.append(path)
        return read(one, path, *more) if len(calls) < 3 else DiskFullError("The disk is full.", "Free some.")

    monkeypatch.setattr(importing, "_read", full)
    report = await curator.intake.take_in([a_folder(tmp_path)])
    assert report.problem.startswith("The disk is full.")
    assert len(report.added) == 2
    assert report.left > 0
    await library.close()


async def test_a_cancelled_import_leaves_nothing_half_done(tmp_path: Path) -> None:
    library, curator = await opened(tmp_path)
    task = asyncio.ensure_future(curator.intake.take_in([a_folder(tmp_path)]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await library.close()
    assert not list((tmp_path / "library" / ".nectary" / "incoming").iterdir())


async def test_what_means_no_good_is_told_in_one_sentence_each(tmp_path: Path) -> None:
    hostile.build(tmp_path / "in", tmp_path / "outside")
    library, curator = await opened(tmp_path)
    names = ["a pipe.png", "link to itself.png", "link to nowhere.png", "link to zeroes.png"]
    named = [tmp_path / "in" / name for name in names]
    report = await curator.intake.take_in([tmp_path / "in", *named, tmp_path / "library", tmp_path / "gone"])
    for file in report.of(Reading.REFUSED):
        assert file.why.strip(), file.path
        assert len(file.why) < 200
    refused = {file.path.name: file.why for file in report.of(Reading.REFUSED)}
    assert refused["a pipe.png"] == refused["link to zeroes.png"] == "It is no file, but a device or a pipe."
    assert refused["link to nowhere.png"] == refused["gone"] == "It is not there."
    assert refused["library"] == "It is in the library already."
    assert hostile.GOOD in {file.path.name for file in report.of(Reading.PLAIN)}
    assert len(report.added) > 40
    report.text().encode()
    assert report.text().isprintable() or "\n" in report.text()
    await library.close()


def test_a_report_has_one_line_per_file() -> None:
    file = TakenFile(path=Path("/x/a\nb\u202e\udcff.png"), reading=Reading.REFUSED, why="It is damaged.")
    text = IntakeReport(files=(file,)).text()
    assert printable(file.path) == "/x/a\\u000ab\\u202e\\udcff.png"
    assert text.count("\n") == 3
    json.dumps(text.encode().decode())
