import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from studio.core.errors import StorageError
from studio.domain.library import LibraryChange, LibraryQuery
from studio.domain.media import MediaKind
from studio.qt_models import asset_list
from studio.qt_models.asset_list import AssetListModel, AssetRole, clock, spoken
from tests.fakes.assets import MemoryAssets, Tasks, make_row


@asynccontextmanager
async def opened(
    source: MemoryAssets, query: LibraryQuery | None = None, *, check: bool = True
) -> AsyncIterator[tuple[AssetListModel, Tasks]]:
    """A model that has answered its first query, watched by Qt's own checker."""
    tasks = Tasks()
    model = AssetListModel(source, tasks)
    if check:  # walks over every row at every change
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.set_query(query or LibraryQuery())
    await tasks.settled()
    try:
        yield model, tasks
    finally:
        model.close()
        await tasks.settled()


async def follow(tasks: Tasks) -> None:
    """Let queued signals arrive, then let the model finish."""
    await asyncio.sleep(0.02)
    await tasks.settled()


def numbers(model: AssetListModel) -> list[int]:
    return [model.number_at(at) for at in range(model.rowCount())]


class Steps:
    """What the model told its views."""

    def __init__(self, model: AssetListModel) -> None:
        self.told: list[tuple[object, ...]] = []
        model.rowsInserted.connect(lambda _p, a, b: self.told.append(("inserted", a, b)))
        model.rowsRemoved.connect(lambda _p, a, b: self.told.append(("removed", a, b)))
        model.modelReset.connect(lambda: self.told.append(("reset",)))
        model.layoutChanged.connect(lambda: self.told.append(("moved",)))
        model.dataChanged.connect(lambda a, b: self.told.append(("changed", a.row(), b.row())))


async def test_rows_are_read_by_chunks_when_they_are_looked_at(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 1000)
    async with opened(source) as (model, tasks):
        assert model.rowCount() == 1000
        await tasks.settled()
        source.asked.clear()
        assert model.prefetch([500]) is False
        assert source.asked == []
        index = model.index(500)
        assert model.data(index, AssetRole.ROW) == 500
        assert source.asked == []
        assert model.data(index, AssetRole.ASSET) is None
        assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == "Loading"
        await tasks.settled()
        assert len(source.asked) == 1
        assert len(source.asked[0]) == asset_list.CHUNK
        row = model.data(index, AssetRole.ASSET)
        assert row == source.row(500)
        assert model.data(index, AssetRole.TITLE) == row.title
        assert model.data(index, AssetRole.PATH) == str(source.file_path(row))
        assert model.data(index, AssetRole.THUMBNAIL) == str(source.thumbnail_path(row))
        assert model.data(index, Qt.ItemDataRole.AccessibleTextRole) == spoken(row)
        assert model.index_of(row.id) == index
        assert not model.index_of("unknown").isValid()
        assert model.mimeData([index]).urls()[0].toLocalFile() == str(source.file_path(row))


async def test_what_scrolled_past_is_not_read(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 100_000)
    async with opened(source, check=False) as (model, tasks):
        source.asked.clear()
        source.gate = asyncio.Event()
        for at in range(0, 100_000, 100):
            model.row_at(at)
        source.gate.set()
        await tasks.settled()
        assert len(source.asked) <= asset_list.WANTED_CHUNKS + 1
        assert model.row_at(99_900) is not None


async def test_values_are_held_within_a_bound(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 20_000)
    async with opened(source, check=False) as (model, tasks):
        for at in range(0, 20_000, asset_list.CHUNK):
            model.row_at(at)
            await tasks.settled()
        assert len(model._rows) == asset_list.KEPT_ROWS
        assert len(model._row_of) == asset_list.KEPT_ROWS


async def test_the_latest_query_wins(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 50)
    source.all[7] = make_row(7, rating=5)
    async with opened(source) as (model, tasks):
        loading: list[bool] = []
        model.loading_changed.connect(loading.append)
        model.set_query(LibraryQuery(text="nothing like it"))
        model.set_query(LibraryQuery(min_rating=5))
        assert model.rowCount() == 50
        await tasks.settled()
        assert numbers(model) == [7]
        assert loading == [True, False]


async def test_new_assets_come_in_at_their_place(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        steps = Steps(model)
        source.add(make_row(11), make_row(12))
        await follow(tasks)
        assert steps.told[0] == ("inserted", 0, 1)
        assert ("reset",) not in steps.told
        assert numbers(model) == list(range(12, 0, -1))
        assert model.row_at(0) == source.row(12)


async def test_removed_and_restored(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        steps = Steps(model)
        source.remove(3, 4, 9)
        await follow(tasks)
        assert steps.told == [("removed", 6, 7), ("removed", 1, 1)]
        source.add(make_row(4))
        await follow(tasks)
        assert steps.told[2] == ("inserted", 5, 5)
        assert numbers(model) == [10, 8, 7, 6, 5, 4, 2, 1]


async def test_a_change_is_shown_in_place(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        model.prefetch(range(10))
        await tasks.settled()
        assert model.prefetch(range(10)) is True
        steps = Steps(model)
        source.update(6, rating=4, cost=Decimal("0.25"))
        await follow(tasks)
        assert steps.told == [("changed", 4, 4)]
        assert model.data(model.index(4), AssetRole.RATING) == 4
        assert spoken(source.row(6)) == "Hills at dusk, take 6, picture, flux, 4 stars, 0.250 pollen"


async def test_a_filtered_list_takes_up_and_drops_what_changed(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    for number in (2, 5, 8):
        source.all[number] = make_row(number, rating=4)
    async with opened(source, LibraryQuery(min_rating=4)) as (model, tasks):
        assert numbers(model) == [8, 5, 2]
        steps = Steps(model)
        source.update(5, rating=1)
        source.update(6, rating=5)
        await follow(tasks)
        assert numbers(model) == [8, 6, 2]
        assert ("reset",) not in steps.told


async def test_a_row_that_moves_takes_its_selection_along(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 6)
    async with opened(source, LibraryQuery(order="rating")) as (model, tasks):
        chosen = QItemSelectionModel(model)
        chosen.select(model.index(3), QItemSelectionModel.SelectionFlag.Select)
        held = QPersistentModelIndex(model.index(3))
        steps = Steps(model)
        source.update(3, rating=5)
        await follow(tasks)
        assert numbers(model) == [3, 6, 5, 4, 2, 1]
        assert held.row() == 0
        assert [index.row() for index in chosen.selectedIndexes()] == [0]
        assert ("moved",) in steps.told
        assert ("reset",) not in steps.told


async def test_a_change_that_names_no_rows_is_worked_out(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        steps = Steps(model)
        source.numbers = source.numbers[2:]
        source.numbers.insert(0, 15)
        source.changed.emit(LibraryChange(reset=True))
        await follow(tasks)
        assert numbers(model) == list(source.numbers)
        assert ("reset",) not in steps.told


async def test_changes_in_many_places_become_one_new_list(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 1000)
    async with opened(source) as (model, tasks):
        steps = Steps(model)
        source.remove(*range(1, 1000, 2))
        await follow(tasks)
        assert numbers(model) == list(source.numbers)
        assert steps.told == [("reset",)]


async def test_changes_during_a_query_are_not_lost(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        source.gate = asyncio.Event()
        source.add(make_row(11))
        await asyncio.sleep(0.02)
        model.set_query(LibraryQuery(order="oldest"))
        source.add(make_row(12))
        source.gate.set()
        await follow(tasks)
        assert numbers(model) == list(range(1, 13))


async def test_a_library_that_cannot_answer_is_reported_once_and_can_be_asked_again(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 300)
    async with opened(source) as (model, tasks):
        heard: list[object] = []
        model.failed.connect(heard.append)
        source.failure = StorageError("The disk is gone.")
        for _ in range(3):
            model.row_at(200)
            await tasks.settled()
        assert heard == [source.failure]
        source.failure = None
        model.retry()
        await tasks.settled()
        model.row_at(200)
        await tasks.settled()
        assert model.row_at(200) is not None


async def test_a_row_the_library_lost_is_not_asked_for_again(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 10)
    async with opened(source) as (model, tasks):
        await tasks.settled()
        source.numbers.remove(5)
        model._rows.clear()
        source.asked.clear()
        for _ in range(3):
            assert model.row_at(5) is None
            await tasks.settled()
        assert len(source.asked) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (5.4, "0:05"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_durations(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_spoken_words() -> None:
    row = make_row(1, kind=MediaKind.VIDEO, title="", duration=5.0, rating=1, cost=None)
    assert spoken(row) == "Untitled, video, flux, 0:05, 1 star"


async def test_the_first_rows_are_shown_before_the_rest(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 300)
    async with opened(source) as (model, tasks):
        source.first = 100
        steps, told = Steps(model), list[tuple[str, int]]()
        model.loaded.connect(lambda count: told.append(("loaded", count)))
        model.completed.connect(lambda count: told.append(("completed", count)))
        model.set_query(LibraryQuery(text="take"))
        await tasks.settled()
        assert numbers(model) == list(range(300, 0, -1))
        assert told == [("loaded", 100), ("completed", 300)]
        assert steps.told[:2] == [("reset",), ("inserted", 100, 299)]
        told.clear()
        model.set_query(LibraryQuery(text="take"))
        await tasks.settled()
        assert told == [("loaded", 300), ("completed", 300)], "the view may have scrolled further"
        told.clear()
        model.set_query(LibraryQuery(text="take 299"))
        await tasks.settled()
        assert told == [("loaded", 1), ("completed", 1)], "there are no more"


async def test_what_changes_between_the_first_rows_and_the_rest_is_taken_up(tmp_path: Path) -> None:
    source = MemoryAssets(tmp_path, 300)
    async with opened(source) as (model, tasks):
        source.first = 100
        model.loaded.connect(lambda count: source.numbers.insert(0, 301) if count == 100 else None)
        model.set_query(LibraryQuery(text="take"))
        await tasks.settled()
        assert numbers(model) == list(range(301, 0, -1))
