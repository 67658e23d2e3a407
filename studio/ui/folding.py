"""The inspector's place: beside the gallery where there is room, over it on demand where there is not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import IconButton

GALLERY_MIN = 572
"""Pixels at 100 % that three columns and the row over them need; below that the inspector folds."""


class SideFold(QObject):
    """Keeps a side panel of a row: folded while the gallery would get too narrow, with `button` to show it.

    Args:
        host: the widget the row fills; `row`: its layout, which the panel ends.
        others: width at 100 % of what else stands beside the gallery.
        shown: whether the user wants it, where there is room.

    Signals:
        wanted(bool): the user chose, where there is room; for next time.
    """

    wanted = Signal(bool)

    def __init__(
        self, host: QWidget, row: QBoxLayout, panel: QWidget, *, others: int = 0, shown: bool = True
    ) -> None:
        super().__init__(host)
        self._host, self._row, self._panel, self._others = host, row, panel, others
        self._beside_wanted = shown
        self._over_wanted = False
        self._beside = True
        self.button = IconButton("sidebar-right", tr("Show the inspector"), size="normal")
        self.button.clicked.connect(self.toggle)
        row.addWidget(panel)
        host.installEventFilter(self)
        self.arrange()

    @property
    def roomy(self) -> bool:
        """Whether the panel fits beside the gallery."""
        taken = Theme.current().px(self._others) + self._panel.sizeHint().width()
        return self._host.width() - taken >= Theme.current().px(GALLERY_MIN)

    @property
    def shown(self) -> bool:
        """Whether the panel shows, beside the gallery or over it."""
        return self._beside_wanted if self.roomy else self._over_wanted

    def toggle(self) -> None:
        """Show or fold the panel. Beside the gallery the choice is kept; over it, it is for the moment."""
        if self.roomy:
            self._beside_wanted = not self._beside_wanted
            self.wanted.emit(self._beside_wanted)
        else:
            self._over_wanted = not self._over_wanted
        self.arrange()

    def arrange(self) -> None:
        """Put the panel where it belongs at the host's size."""
        roomy = self.roomy
        if roomy != self._beside:
            self._over_wanted = False
            self._beside = roomy
            if roomy:
                self._row.addWidget(self._panel)
            else:
                self._row.removeWidget(self._panel)
        shown = self.shown
        self._panel.setVisible(shown)
        if not roomy and shown:
            self._lay_over()
        name = tr("Hide the inspector") if shown else tr("Show the inspector")
        if self.button.accessibleName() != name:
            name_widget(self.button, name, name)

    def _lay_over(self) -> None:
        """Put the panel over the right end of the gallery, below the row with the button."""
        top = self.button.mapTo(self._host, self.button.rect().bottomLeft()).y() + Space.SM
        width = min(self._panel.sizeHint().width(), self._host.width())
        self._panel.setGeometry(self._host.width() - width, top, width, self._host.height() - top)
        self._panel.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() in (QEvent.Type.Resize, QEvent.Type.StyleChange):
            self.arrange()
        if watched is self._host and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return event.key() == Qt.Key.Key_Escape and self._leave()
        return False

    def _leave(self) -> bool:
        """Fold the panel away when it lies over the gallery; a key that did so has done its work."""
        if self.roomy or not self.shown:
            return False
        inside = self._panel.isAncestorOf(self._host.window().focusWidget())
        self.toggle()
        if inside:
            # Else Qt would look for a next focus of its own.
            self.button.setFocus(Qt.FocusReason.OtherFocusReason)
        return True
