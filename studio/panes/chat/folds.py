"""Where the list and the parameters go: beside the conversation where there is room, over it where not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QBoxLayout, QWidget

from studio.ui.theme import Theme


class Fold(QObject):
    """One side column of a row.

    Args:
        host: the widget that the row fills; `row`: its layout; `panel`: the column.
        left: it stands at the left end, else at the right.
        needed: pixels at 100 % that must be left for the rest, or the panel lies over it.
        top: how far below the host's top it begins where it lies over the rest.
        shown: whether the user wants it, where there is room.

    Signals:
        moved: it showed, hid, or changed its place. `wanted(bool)`: the user chose, for next time.
    """

    moved = Signal()
    wanted = Signal(bool)

    def __init__(
        self,
        host: QWidget,
        row: QBoxLayout,
        panel: QWidget,
        *,
        left: bool,
        needed: Callable[[], int],
        top: Callable[[], int] = int,
        shown: bool = True,
    ) -> None:
        super().__init__(host)
        self._host, self._row, self._panel = host, row, panel
        self._left, self._needed, self._top = left, needed, top
        self._beside_wanted = shown
        self._over_wanted = False
        self._beside = True
        self._insert()
        host.installEventFilter(self)
        self.arrange()

    def _insert(self) -> None:
        if self._left:
            self._row.insertWidget(0, self._panel)
        else:
            self._row.addWidget(self._panel)

    @property
    def roomy(self) -> bool:
        """Whether the panel fits beside the rest."""
        free = self._host.width() - self._panel.sizeHint().width()
        return free >= Theme.current().px(self._needed())

    @property
    def shown(self) -> bool:
        return self._beside_wanted if self._beside else self._over_wanted

    @property
    def over(self) -> bool:
        """Whether it lies over the rest now."""
        return not self._beside and self._over_wanted

    def set_shown(self, shown: bool) -> None:
        """Show or fold it. Beside the rest the choice is remembered; over it, it is for the moment."""
        if self._beside:
            if shown != self._beside_wanted:
                self._beside_wanted = shown
                self.wanted.emit(shown)
        else:
            self._over_wanted = shown
        self.arrange()

    def toggle(self) -> None:
        self.set_shown(not self.shown)

    def leave(self) -> None:
        """Something was chosen in it: where it lies over the rest it goes."""
        if self.over:
            self.set_shown(False)

    def arrange(self) -> None:
        """Put it where it belongs at the host's size."""
        roomy = self.roomy
        if roomy != self._beside:
            self._beside = roomy
            self._over_wanted = False
            if roomy:
                self._insert()
            else:
                self._row.removeWidget(self._panel)
        self._panel.setVisible(self.shown)
        if self.over:
            width = min(self._panel.sizeHint().width(), self._host.width())
            top = self._top()
            x = 0 if self._left else self._host.width() - width
            self._panel.setGeometry(x, top, width, self._host.height() - top)
            self._panel.raise_()
        self.moved.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() in (QEvent.Type.Resize, QEvent.Type.StyleChange):
            self.arrange()
        return False
