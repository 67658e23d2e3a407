"""What can be pressed in the viewer, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.ui.asset_verbs import Line, verbs_for
from studio.ui.delegates import GalleryStyle
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Size, Space, Theme
from studio.ui.widgets.base import name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import Button, IconButton, PaintedButton
from studio.ui.widgets.choice import RatingStars

ARROW: Final = 40
CHECKER: Final = 8


def checker_brush(style: GalleryStyle) -> QBrush:
    """The squares behind transparent pictures."""
    tile = QPixmap(2 * CHECKER, 2 * CHECKER)
    tile.fill(style.checker[0])
    painter = QPainter(tile)
    painter.fillRect(0, 0, CHECKER, CHECKER, style.checker[1])
    painter.fillRect(CHECKER, CHECKER, CHECKER, CHECKER, style.checker[1])
    painter.end()
    return QBrush(tile)


class ArrowButton(PaintedButton):
    """A round dark button that can be read on any picture."""

    def __init__(self, icon: str, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = icon
        name_widget(self, name, name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return self.height() / 2

    def sizeHint(self) -> QSize:
        side = Theme.current().px(ARROW)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        border = t.focus if self.ring_visible else None
        if not (self.underMouse() or self.ring_visible):
            painter.setOpacity(0.85)
        paint_box(painter, QRectF(self.rect()), t.overlay, border, self.height(), FOCUS_BORDER)
        side = theme.px(Size.ICON_LARGE)
        left = (self.width() - side) / 2
        paint_icon(painter, self._icon, QRectF(left, left, side, side), t.on_overlay)


def place(position: int, count: int) -> str:
    """Which one of how many: "3 of 1,200"."""
    return tr("{n:,} of {all:,}", n=position + 1, all=count)


class ViewerControls:
    """The viewer's buttons: above the picture what ends the look at it, below it rating and zoom, and an
    arrow at each side.

    Args:
        viewer: the widget they stand on.
        verbs: what can be done with what has no zoom, a button each as far as it fits the kind.
    """

    def __init__(self, viewer: QWidget, verbs: Sequence[Line]) -> None:
        self._viewer = viewer
        self._bar = 0
        self.stars = RatingStars(tr("Rating of the picture"), parent=viewer)
        self.previous = ArrowButton("chevron-left", tr("Previous"), viewer)
        self.next = ArrowButton("chevron-right", tr("Next"), viewer)
        self.zoom_out = IconButton("zoom-out", tr("Zoom out"), size="normal", parent=viewer)
        self.fit = IconButton("fit", tr("Fit to window"), size="normal", parent=viewer)
        self.zoom_in = IconButton("zoom-in", tr("Zoom in"), size="normal", parent=viewer)
        self.slides = IconButton("timer", tr("Slideshow"), size="normal", icon_on="pause", parent=viewer)
        self.trash = IconButton("trash", tr("Move the picture to the trash"), size="normal", parent=viewer)
        self.close = IconButton("close", tr("Close the viewer"), size="normal", parent=viewer)
        self.sound: tuple[QWidget, ...] = ()
        """What a sound is played with, in the order of Tab; empty while none is shown."""
        self.external = Button(tr("Open in another program"), "outline", "open-outside", parent=viewer)
        self._offered = verbs
        self.verbs = {
            verb: Button(words, "outline", icon, size="small", parent=viewer) for verb, words, icon in verbs
        }
        """At the right end of the bottom bar, where a picture has its zoom."""

    def join_verbs(self, run: Callable[[str], object]) -> None:
        """Let the buttons of the verbs carry them out."""
        for verb, button in self.verbs.items():
            button.clicked.connect(lambda _on=False, verb=verb: run(verb))

    def show_row(self, row: AssetRow | None, position: int, count: int) -> None:
        """Follow the asset that is shown: its rating, and whether there are others beside it."""
        self.external.setVisible(row is not None and row.kind is not MediaKind.IMAGE)
        seen = row is not None and row.kind in (MediaKind.IMAGE, MediaKind.VIDEO)
        for button in (self.zoom_out, self.fit, self.zoom_in):
            button.setVisible(seen)
        fitting: list[str] = []
        if row is not None and row.kind is not MediaKind.IMAGE:  # a picture has its zoom there
            fitting = [verb for verb, _words, _icon in verbs_for(self._offered, row.kind)]
        for verb, button in self.verbs.items():
            button.setVisible(verb in fitting)
        self._place_verbs()
        self.slides.setEnabled(count > 1)
        self.previous.setVisible(position > 0)
        self.next.setVisible(position < count - 1)
        if row is not None:
            self.stars.setValue(row.rating)

    def show_film(self, playable: bool, stops: tuple[QWidget, ...]) -> None:
        """A film is shown: its own controls take the place of the zoom, and of the way out while it plays
        here. `stops` are they, in the order of Tab."""
        self.sound = stops
        self.external.setVisible(not playable)
        for button in (self.zoom_out, self.fit, self.zoom_in):
            button.hide()

    def arrange(self, bar: int) -> None:
        """Place everything; `bar` is the height of the bars above and below the picture."""
        width, height = self._viewer.width(), self._viewer.height()
        for button in self._all():
            button.resize(button.sizeHint())
        right = width - Space.SM
        for button in (self.close, self.trash, self.slides):
            right -= button.width()
            button.move(right, (bar - button.height()) // 2)
        right = width - Space.SM
        for button in (self.zoom_in, self.fit, self.zoom_out):
            right -= button.width()
            button.move(right, height - (bar + button.height()) // 2)
        self._bar = bar
        self._place_verbs()
        self.stars.move(Space.LG, height - (bar + self.stars.height()) // 2)
        middle = (height - self.previous.height()) // 2
        self.previous.move(Space.MD, middle)
        self.next.move(width - self.next.width() - Space.MD, middle)
        self.external.move(
            (width - self.external.width()) // 2, height - bar - self.external.height() - Space.MD
        )

    def _place_verbs(self) -> None:
        """At the right end of the bottom bar, those that show."""
        right = self._viewer.width() - Space.LG
        for button in reversed(self.verbs.values()):
            if not button.isHidden():
                right -= button.width()
                button.move(right, self._viewer.height() - (self._bar + button.height()) // 2)
                right -= Space.SM

    def title_room(self) -> int:
        """Where the words at the top must end."""
        return self.slides.x() - Space.SM

    def caption_left(self) -> int:
        """Where the words at the bottom begin."""
        return self.stars.geometry().right() + Space.LG

    def caption_right(self) -> int:
        """Room at the right end of the bottom that the words must leave."""
        return self._viewer.width() - self.zoom_out.x() + Space.MD

    def step_focus(self, forwards: bool) -> None:
        """Move the focus to the next control that shows, or the one before it."""
        parts = (*self.sound, *self._all())
        stops: list[QWidget] = [self._viewer, *(part for part in parts if part.isVisible())]
        current = QApplication.focusWidget()
        at = stops.index(current) if current in stops else 0
        stops[(at + (1 if forwards else -1)) % len(stops)].setFocus()

    def _all(self) -> tuple[QWidget, ...]:
        return (
            self.previous, self.next, self.external, self.stars, self.zoom_out, self.fit, self.zoom_in,
            *self.verbs.values(), self.slides, self.trash, self.close,
        )  # fmt: skip
