import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication

from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import AssetListModel
from studio.qt_models.thumbnails import ThumbnailLoader
from studio.ui.gallery_grid import DEFAULT_CELL, LARGEST_CELL, SMALLEST_CELL
from studio.ui.gallery_layout import Section
from studio.ui.gallery_view import GalleryView
from tests.fakes.assets import MemoryAssets, Tasks, make_row
from tests.fakes.style import gallery_style

SELECT = QItemSelectionModel.SelectionFlag.ClearAndSelect
NOTHING = Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@dataclass
class Scene:
    source: MemoryAssets
    tasks: Tasks
    model: AssetListModel
    loader: ThumbnailLoader
    view: GalleryView

    async def settle(self) -> None:
        await asyncio.sleep(0.02)
        await self.tasks.settled()

    async def painted(self) -> None:
        """Until everything in sight has its thumbnail."""
        await self.settle()
        self.view.grab()
        while self.loader._asked:
            arrived = asyncio.Event()
            self.loader.ready.connect(lambda _numbers, arrived=arrived: arrived.set())
            await arrived.wait()
            self.view.grab()

    def row(self, position: int) -> int:
        return self.model.number_at(position)

    def selected(self) -> list[int]:
        return self.view.selected_positions()

    def click(self, position: int, held: Qt.KeyboardModifier = NOTHING) -> None:
        at = self.view.visualRect(self.model.index(position)).center()
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, held, at)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NOTHING) -> None:
        QTest.keyClick(self.view, key, held)

    def places(self) -> dict[int, QPoint]:
        """Row number and place of everything in sight."""
        first, last = self.view.visible_span()
        return {
            self.row(n): self.view.visualRect(self.model.index(n)).topLeft() for n in range(first, last + 1)
        }


@asynccontextmanager
async def scene(
    folder: Path, count: int = 200, *, size: tuple[int, int] = (780, 600), motion_ms: int = 0
) -> AsyncIterator[Scene]:
    source, tasks = MemoryAssets(folder, count), Tasks()
    model, loader = AssetListModel(source, tasks), ThumbnailLoader(source)
    view = GalleryView(model, loader, gallery_style(motion_ms=motion_ms))
    view.resize(780, 600)
    view.show()
    model.set_query(LibraryQuery())
    made = Scene(source, tasks, model, loader, view)
    await tasks.settled()
    try:
        yield made
    finally:
        view.close()
        loader.stop()
        model.close()
        await tasks.settled()
        view.deleteLater()
        await asyncio.sleep(0)


def scroll(stage: Scene, value: int) -> None:
    stage.view.verticalScrollBar().setValue(value)


# ---------------------------------------------------------------------- painting


async def test_pictures_are_painted(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        placeholder = stage.view.grab().toImage()
        await stage.painted()
        image = stage.view.grab().toImage()
        centre = stage.view.visualRect(stage.model.index(0)).center()
        assert image.pixelColor(centre) != placeholder.pixelColor(centre)
        # A gap keeps the background.
        gap = stage.view.visualRect(stage.model.index(0)).topRight() + QPoint(5, 60)
        assert image.pixelColor(gap) == gallery_style().background


async def test_every_kind_of_cell_is_painted(tmp_path: Path) -> None:
    async with scene(tmp_path, 0) as stage:
        kinds = [
            make_row(n + 1, kind=kind, duration=4.0, rating=3, stack=2) for n, kind in enumerate(MediaKind)
        ]
        stage.source.add(*kinds, make_row(20, path="special/none.jpg"))
        await stage.painted()
        stage.view.set_sections([Section("Today", "8 · 0.1 pollen", 8)])
        stage.view.selectAll()
        stage.view._set_hover(2)
        stage.view.setFocus()
        assert not stage.view.grab().toImage().isNull()


async def test_what_scrolled_away_is_not_decoded(tmp_path: Path) -> None:
    async with scene(tmp_path, 5000) as stage:
        for value in range(0, 60_000, 700):
            scroll(stage, value)
            stage.view.viewport().repaint()
        first, last = stage.view.visible_span()
        in_sight = {stage.row(n) for n in range(first, last + 1)}
        assert set(stage.loader._asked) <= in_sight


async def test_what_lies_ahead_is_decoded_when_the_view_rests(tmp_path: Path) -> None:
    async with scene(tmp_path, 300) as stage:
        await stage.painted()
        last = stage.view.visible_span()[1]
        while stage.loader.peek(stage.row(last + 4)) is None:
            await asyncio.sleep(0.01)
        assert stage.loader.peek(stage.row(299)) is None


# ---------------------------------------------------------------------- keeping the place


async def test_new_results_do_not_move_what_is_looked_at(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        heard: list[int] = []
        stage.view.newer_arrived.connect(heard.append)
        scroll(stage, 1003)
        before = stage.places()
        for number in (201, 202, 203):
            stage.source.add(make_row(number))
            await stage.settle()
            assert stage.places() == before
        stage.source.add(*(make_row(number) for number in range(204, 215)))
        await stage.settle()
        assert stage.places() == before
        assert heard == [1, 2, 3, 14]
        stage.view.show_newest()
        assert heard[-1] == 0
        assert stage.view.verticalScrollBar().value() == 0
        assert stage.view.visualRect(stage.model.index(0)).left() == 20


async def test_at_the_top_new_results_show_at_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.source.add(make_row(201))
        await stage.settle()
        assert stage.view.visible_span()[0] == 0
        assert stage.view.verticalScrollBar().value() == 0
        assert stage.row(0) == 201


async def test_removing_above_does_not_move_what_is_looked_at(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        scroll(stage, 1500)
        before = stage.places()
        stage.source.remove(200, 198, 195)
        await stage.settle()
        assert stage.places() == before


async def test_with_headings_the_place_is_kept_as_well(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.view.set_sections([Section("Today", "", 30), Section("Yesterday", "", 170)])
        scroll(stage, 2500)
        before = stage.places()
        stage.source.add(make_row(201), make_row(202))
        stage.source.remove(199)
        await stage.settle()
        assert stage.places() == before
        assert [section.count for section in stage.view._layout.sections] == [31, 170]


async def test_changes_in_many_places_keep_the_place(tmp_path: Path) -> None:
    async with scene(tmp_path, 2000) as stage:
        scroll(stage, 40_000)
        first = stage.view.visible_span()[0]
        number, top = stage.row(first), stage.view.visualRect(stage.model.index(first)).top()
        stage.source.remove(*(n for n in range(1, 2000, 3) if n != number))
        await stage.settle()
        index = stage.model.index_of_row(number)
        assert stage.view.visualRect(index).top() == top


async def test_resizing_keeps_what_is_looked_at(tmp_path: Path) -> None:
    async with scene(tmp_path, 2000) as stage:
        scroll(stage, 20_000)
        first = stage.view.visible_span()[0]
        number = stage.row(first)
        stage.view.resize(1100, 700)
        assert number in stage.places()
        stage.view.set_cell_size(300)
        assert stage.view.cell_size == 300
        assert number in stage.places()


async def test_cells_have_a_smallest_and_a_largest_size(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        assert stage.view.cell_size == DEFAULT_CELL
        for wanted, given in ((1, SMALLEST_CELL), (9999, LARGEST_CELL)):
            stage.view.set_cell_size(wanted)
            assert stage.view.cell_size == given
            rect = stage.view.visualRect(stage.model.index(0))
            assert rect.right() <= stage.view.viewport().width()


async def test_a_new_query_starts_at_the_top_and_finds_the_current_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.view.setCurrentIndex(stage.model.index(50))
        scroll(stage, 2000)
        stage.model.set_query(LibraryQuery(order="oldest"))
        await stage.settle()
        assert stage.view.verticalScrollBar().value() == 0
        assert stage.view.currentIndex().row() == 149
        assert stage.selected() == [149]


# ---------------------------------------------------------------------- keyboard


async def test_the_keyboard_goes_everywhere(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        columns = stage.view._layout.columns
        stage.view.setCurrentIndex(stage.model.index(0))
        for key, expected in (
            (Qt.Key.Key_Right, 1),
            (Qt.Key.Key_Down, 1 + columns),
            (Qt.Key.Key_Left, columns),
            (Qt.Key.Key_Up, 0),
            (Qt.Key.Key_Up, 0),
            (Qt.Key.Key_PageDown, 3 * columns),
            (Qt.Key.Key_End, 199),
            (Qt.Key.Key_PageUp, 199 - 3 * columns),
            (Qt.Key.Key_Home, 0),
        ):
            stage.key(key)
            assert stage.view.currentIndex().row() == expected, key
            assert stage.selected() == [expected]
            assert stage.view.viewport().rect().contains(stage.view.visualRect(stage.view.currentIndex()))


async def test_keys_select(tmp_path: Path) -> None:
    async with scene(tmp_path, 5000) as stage:
        stage.view.setCurrentIndex(stage.model.index(1))
        stage.key(Qt.Key.Key_Down, SHIFT)
        columns = stage.view._layout.columns
        assert stage.selected() == list(range(1, columns + 2))
        stage.key(Qt.Key.Key_Home)
        stage.key(Qt.Key.Key_End, SHIFT)
        assert len(stage.selected()) == 5000
        stage.key(Qt.Key.Key_Home)
        assert stage.selected() == [0]
        stage.key(Qt.Key.Key_A, CONTROL)
        assert len(stage.selected()) == 5000


async def test_keys_ask(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        heard: list[object] = []
        stage.view.open_requested.connect(lambda index: heard.append(("open", index.row())))
        stage.view.rate_requested.connect(lambda stars: heard.append(("rate", stars)))
        stage.view.trash_requested.connect(lambda: heard.append("trash"))
        stage.source.asked.clear()
        for key in (Qt.Key.Key_3, Qt.Key.Key_Delete, Qt.Key.Key_Return):
            stage.key(key)  # nothing is selected: nothing is asked
        assert heard == []
        stage.view.setCurrentIndex(stage.model.index(2))
        for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_0, Qt.Key.Key_5, Qt.Key.Key_Delete):
            stage.key(key)
        assert heard == [("open", 2), ("open", 2), ("rate", 0), ("rate", 5), "trash"]
        QTest.keyClicks(stage.view, "hills")  # typing does not search: that would read every row
        assert stage.view.currentIndex().row() == 2


async def test_after_trashing_the_next_one_is_taken_up(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.view.setCurrentIndex(stage.model.index(5))
        stage.source.remove(stage.row(5))
        await stage.settle()
        assert stage.selected() == [5]
        assert stage.row(5) == 194


# ---------------------------------------------------------------------- mouse


async def test_clicks_select_like_in_a_file_manager(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        stage.click(2)
        assert stage.selected() == [2]
        stage.click(9, SHIFT)
        assert stage.selected() == list(range(2, 10))
        stage.click(4, CONTROL)
        assert stage.selected() == [2, 3, 5, 6, 7, 8, 9]
        QTest.mouseClick(stage.view.viewport(), Qt.MouseButton.LeftButton, NOTHING, QPoint(4, 4))
        assert stage.selected() == []


async def test_a_double_click_opens(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        heard: list[int] = []
        stage.view.open_requested.connect(lambda index: heard.append(index.row()))
        at = stage.view.visualRect(stage.model.index(3)).center()
        QTest.mouseDClick(stage.view.viewport(), Qt.MouseButton.LeftButton, NOTHING, at)
        assert heard == [3]


async def test_a_rubber_band_selects_what_it_touches(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        port = stage.view.viewport()
        end = stage.view.visualRect(stage.model.index(5)).center()

        def send(kind: QEvent.Type, at: QPoint, pressed: bool) -> None:
            button = Qt.MouseButton.LeftButton
            held = button if pressed else Qt.MouseButton.NoButton
            QApplication.sendEvent(
                port, QMouseEvent(kind, QPointF(at), QPointF(port.mapToGlobal(at)), button, held, NOTHING)
            )

        send(QEvent.Type.MouseButtonPress, QPoint(6, 6), True)
        for at in (QPoint(60, 60), end):
            send(QEvent.Type.MouseMove, at, True)
        assert stage.view.state() == QAbstractItemView.State.DragSelectingState
        assert stage.selected() == [0, 1, 4, 5]
        assert not stage.view._band.isNull()
        stage.view.grab()
        send(QEvent.Type.MouseButtonRelease, end, False)
        assert stage.view._band.isNull()
        assert stage.selected() == [0, 1, 4, 5]


async def test_hover_follows_the_pointer(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        port = stage.view.viewport()
        assert port.hasMouseTracking()
        at = QPointF(stage.view.visualRect(stage.model.index(6)).center())
        nothing = Qt.MouseButton.NoButton
        QApplication.sendEvent(port, QMouseEvent(QEvent.Type.MouseMove, at, at, nothing, nothing, NOTHING))
        assert stage.view._hover == 6
        QApplication.sendEvent(port, QEvent(QEvent.Type.Leave))
        assert stage.view._hover == -1


def wheel(stage: Scene, notches: int, held: Qt.KeyboardModifier = NOTHING) -> None:
    port = stage.view.viewport()
    at = QPointF(100, 100)
    QApplication.sendEvent(
        port,
        QWheelEvent(
            at, at, QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, held,
            Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


async def test_the_wheel_scrolls_and_with_control_resizes(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        wheel(stage, -1)
        assert stage.view.verticalScrollBar().value() == 120
        heard: list[int] = []
        stage.view.cell_size_changed.connect(heard.append)
        wheel(stage, 1, CONTROL)
        assert heard == [185]


async def test_the_wheel_glides_and_adds_up(tmp_path: Path) -> None:
    async with scene(tmp_path, motion_ms=60) as stage:
        ended = asyncio.Event()
        stage.view._glide.finished.connect(ended.set)
        wheel(stage, -1)
        wheel(stage, -2)
        assert stage.view.verticalScrollBar().value() < 360
        await ended.wait()
        assert stage.view.verticalScrollBar().value() == 360


async def test_files_are_dragged_out(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.painted()
        data = stage.model.mimeData([stage.model.index(3), stage.model.index(1)])
        assert [Path(url.toLocalFile()) for url in data.urls()] == [
            stage.source.file_path(stage.source.row(stage.row(at))) for at in (1, 3)
        ]
        picture = stage.view._drag_picture([1, 3])
        assert not picture.toImage().isNull()


# ---------------------------------------------------------------------- screen reader


async def test_a_screen_reader_finds_names(tmp_path: Path) -> None:
    async with scene(tmp_path, 20) as stage:
        await stage.painted()
        spoken = QAccessible.queryAccessibleInterface(stage.view)
        assert spoken.text(QAccessible.Text.Name) == "Gallery"
        assert spoken.role() == QAccessible.Role.List
        assert spoken.childCount() == 20
        cell = spoken.child(3)
        assert cell.role() == QAccessible.Role.ListItem
        assert cell.text(QAccessible.Text.Name) == "Hills at dusk, take 17, picture, flux, 0.002 pollen"
        assert cell.rect().size() == stage.view.visualRect(stage.model.index(3)).size()
        stage.view.setCurrentIndex(stage.model.index(3))
        assert spoken.focusChild().text(QAccessible.Text.Name) == cell.text(QAccessible.Text.Name)
