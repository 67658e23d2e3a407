"""Two to four assets against each other over the whole window, with what tells their parameters apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QMargins, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.compare import Compared, compare
from studio.domain.library import AssetRow
from studio.qt_models.pictures import PictureLoader
from studio.ui.compare_canvas import LABELS, STEP, CompareCanvas, CompareMode
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.base import fill_rect, name_widget, painter_for
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.overlay import Overlay
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import Label

PAN_STEP = 80
DIVIDER_STEP = 0.02
LONGEST_VALUE, LEAD = 400, 60
TABLE_SHARE = 0.28
"""Of the window's height at most; a longer table scrolls."""
MODES = (
    (CompareMode.SIDE, tr("Side by side")),
    (CompareMode.SLIDER, tr("Slider")),
    (CompareMode.FLICKER, tr("In turns")),
)


def excerpts(values: Sequence[str]) -> list[str]:
    """Values that can be shown beside each other: of long ones the place where they begin to differ."""
    if all(len(value) <= LONGEST_VALUE for value in values):
        return list(values)
    first, last = min(values), max(values)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    start = max(0, same - LEAD) if first != last else 0
    out: list[str] = []
    for value in values:
        part = value[start : start + LONGEST_VALUE]
        before, behind = "…" if start else "", "…" if start + LONGEST_VALUE < len(value) else ""
        out.append(f"{before}{part}{behind}" if part else value)
    return out


class ParameterTable(QWidget):
    """The parameters in columns; rows that differ are marked, the others can be left out."""

    def __init__(self, rows: Sequence[Compared], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Parameters"))
        grid = QGridLayout(self)
        grid.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        grid.setHorizontalSpacing(Space.LG)
        grid.setVerticalSpacing(Space.SM)
        grid.setColumnMinimumWidth(0, Theme.current().px(Size.LABEL_COLUMN))
        self.rows: list[tuple[Compared, list[Label]]] = []
        for place, row in enumerate(rows):
            name = Label(
                f"• {row.name}" if row.differs else row.name, tone="accent" if row.differs else "text2"
            )
            name.setAccessibleName(tr("{name}, differs", name=row.name) if row.differs else row.name)
            labels = [name]
            grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
            shown = excerpts(row.values)
            for column in range(len(row.values)):
                label = Label(
                    shown[column] or "–", tone="text" if row.differs else "text2", tabular=True, wrap=True
                )
                label.set_selectable()
                label.setAccessibleName(f"{LABELS[column]}, {row.name}: {shown[column]}")
                grid.addWidget(label, place, column + 1, Qt.AlignmentFlag.AlignTop)
                grid.setColumnStretch(column + 1, 1)
                labels.append(label)
            self.rows.append((row, labels))

    def leave_out_equal(self, only_different: bool) -> None:
        for row, labels in self.rows:
            for label in labels:
                label.setVisible(row.differs or not only_different)


class CompareView(Overlay):
    """Keys: 1 to 3 (the ways), Space (hold the turns, or turn), + and - (zoom), Z (pixels), arrows (pan; with
    the slider left and right move its line, Shift pans), Esc (close).

    Args:
        assets: two to four, with the `rows` their pictures are read by.
    """

    def __init__(
        self, owner: QWidget, assets: Sequence[Asset], rows: Sequence[AssetRow], pictures: PictureLoader
    ) -> None:
        super().__init__(owner)
        name_widget(self, tr("Compare"))
        self._rows = list(rows)
        self._pictures = pictures
        self._held = False
        self.canvas = CompareCanvas(
            [(asset.prompt or Path(asset.path).name)[:LONGEST_VALUE] for asset in assets], self
        )
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table = ParameterTable(compare(assets))
        self.modes = Segmented(tr("Way to compare"), [(mode.value, words) for mode, words in MODES], "side")
        self.modes.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.modes.setVisible(len(assets) == 2)
        self.modes.changed.connect(lambda mode: self.canvas.set_mode(CompareMode(mode)))
        self.different = Switch(tr("Only what differs"), checked=True)
        self.different.toggled.connect(self._filter)
        self._table_area = ScrollColumn(QMargins(Space.LG, Space.XS, Space.LG, Space.MD))
        self._table_area.column.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.SM, Space.SM, Space.SM, Space.NONE)
        column.setSpacing(Space.SM)
        column.addLayout(self._head(len(assets)))
        column.addWidget(self.canvas, 1)
        column.addWidget(self._table_area)
        self._filter(True)
        pictures.ready.connect(self._arrived)
        for number in range(len(rows)):
            self._ask(number)

    def _head(self, count: int) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(Space.SM, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        row.addWidget(Label(tr("Compare {n}", n=count), weight=Weight.SEMIBOLD))
        row.addWidget(self.modes)
        row.addStretch(1)
        row.addWidget(self.different)
        for icon, name, run in (
            ("zoom-out", tr("Zoom out"), lambda: self.canvas.zoom_by(1 / STEP)),
            ("fit", tr("Fit to window"), self.canvas.zoom.fit),
            ("zoom-in", tr("Zoom in"), lambda: self.canvas.zoom_by(STEP)),
            ("close", tr("Close"), self.dismiss),
        ):
            button = IconButton(icon, name, size="normal")
            button.clicked.connect(lambda _on=False, run=run: run())
            row.addWidget(button)
        return row

    def open(self) -> None:
        """Show it; it deletes itself when it is closed."""
        self.dismissed.connect(self.deleteLater)
        self.present(self.canvas)

    def _filter(self, only_different: bool) -> None:
        self.table.leave_out_equal(only_different)
        self.arrange()

    def arrange(self) -> None:
        wanted = self._table_area.column.sizeHint().height()
        self._table_area.setFixedHeight(min(wanted, round(self.height() * TABLE_SHARE)))

    # ------------------------------------------------------------------ pictures

    def _ask(self, number: int) -> None:
        picture = self._pictures.get(self._rows[number])
        if picture is not None:
            self.canvas.show_picture(number, picture)

    def _arrived(self, number: int) -> None:
        for place, row in enumerate(self._rows):
            # The loader forgets wishes beyond its limit, so what is still missing is asked for again.
            if row.row == number or self.canvas.pictures[place] is None:
                self._ask(place)

    def hideEvent(self, event: QHideEvent) -> None:
        self.canvas.stop()
        super().hideEvent(event)

    # ------------------------------------------------------------------ keys and painting

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        command = self._command(Qt.Key(event.key()), bool(held & Qt.KeyboardModifier.ShiftModifier))
        if command is not None:
            command()
            event.accept()
        else:
            super().keyPressEvent(event)

    def _command(self, key: Qt.Key, shift: bool) -> Callable[[], object] | None:
        keys, canvas = Qt.Key, self.canvas
        slides = canvas.mode is CompareMode.SLIDER and not shift
        if key in (keys.Key_Left, keys.Key_Right) and slides:
            return lambda: canvas.move_divider(DIVIDER_STEP if key == keys.Key_Right else -DIVIDER_STEP)
        if keys.Key_1 <= key <= keys.Key_3 and len(self._rows) == 2:
            return lambda: self._choose(MODES[key - keys.Key_1][0])
        return {
            keys.Key_Left: lambda: canvas.pan(PAN_STEP, 0),
            keys.Key_Right: lambda: canvas.pan(-PAN_STEP, 0),
            keys.Key_Up: lambda: canvas.pan(0, PAN_STEP),
            keys.Key_Down: lambda: canvas.pan(0, -PAN_STEP),
            keys.Key_Plus: lambda: canvas.zoom_by(STEP),
            keys.Key_Equal: lambda: canvas.zoom_by(STEP),
            keys.Key_Minus: lambda: canvas.zoom_by(1 / STEP),
            keys.Key_Z: canvas.toggle_pixels,
            keys.Key_Space: self._space,
        }.get(key)

    def _choose(self, mode: CompareMode) -> None:
        self.modes.set_value(mode.value)
        self.canvas.set_mode(mode)

    def _space(self) -> None:
        """The first press holds what is seen; further ones turn it."""
        if self.canvas.mode is CompareMode.FLICKER:
            self.canvas.hold(True)
            if self._held:
                self.canvas.flip()
            self._held = True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        fill_rect(painter, self.rect(), t.bg)
