"""What is attached to a message: a chip each, with thumbnail, name, size, and a way to take it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.domain.conversation import AttachmentPiece
from studio.domain.media import MediaKind
from studio.ui.amounts import file_size
from studio.ui.icons import paint_icon
from studio.ui.theme import FOCUS_BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget, paint_box, paint_text, painter_for, text_width
from studio.ui.widgets.buttons import PaintedButton
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.progress import SpinClock, paint_spinner

MOST_WIDE = 240
ICONS = {
    MediaKind.IMAGE: "picture",
    MediaKind.VIDEO: "video",
    MediaKind.SPEECH: "speaker",
    MediaKind.MUSIC: "music",
    MediaKind.TRANSCRIPT: "transcript",
    MediaKind.TEXT: "file-text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One attachment as the composer shows it.

    Args:
        key: the same for as long as it is attached.
        piece: None while the file is still being taken in.
        refusal: why the model cannot take it; "" when it can.
        pasted: it is a long paste that can become text again.
        public: it is uploaded when it is sent, and whoever has the link can open it.
    """

    key: str
    name: str
    piece: AttachmentPiece | None = None
    refusal: str = ""
    pasted: bool = False
    public: bool = False


def public_words(name: str) -> str:
    """What it means that a file goes by a link (CONTRACT 10)."""
    return tr(
        "{name} is uploaded when you send. Anyone with the link can open it, for two weeks or longer.",
        name=name,
    )


class Chip(PaintedButton):
    """One attachment. Enter or a click shows it; Delete or the cross takes it off."""

    removed = Signal(str)

    def __init__(self, attached: Attached, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attached = attached
        self._picture = QImage()
        self._clock = SpinClock(self)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_attached(attached)

    def show_attached(self, attached: Attached) -> None:
        """The same attachment, changed: taken in, refused, accepted."""
        self.attached = attached
        self.setText(attached.name)
        name_widget(self, attached.name, attached.refusal or attached.name)
        self.setAccessibleDescription(self._note())
        self.setToolTip(
            plain_tip(attached.refusal or (public_words(attached.name) if attached.public else ""))
        )
        self._clock.run(attached.piece is None)
        self.updateGeometry()
        self.update()

    def set_picture(self, picture: QImage) -> None:
        """Its thumbnail."""
        self._picture = picture
        self.update()

    @property
    def has_picture(self) -> bool:
        return not self._picture.isNull()

    def _note(self) -> str:
        if self.attached.refusal:
            return self.attached.refusal
        piece = self.attached.piece
        if piece is None:
            return tr("adding")
        size = file_size(piece.size)
        return tr("{size} · public link", size=size) if self.attached.public else size

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        words = max(
            text_width(self.text(), theme.font(weight=Weight.MEDIUM)),
            text_width(self._note(), theme.font("caption")),
        )
        height = theme.px(Size.CONTROL_LARGE) + Space.XS
        wide = height + Space.SM + words + theme.px(Size.ICON) + Space.MD
        return QSize(min(round(wide), theme.px(MOST_WIDE)), height)

    def _cross(self) -> QRectF:
        side = Theme.current().px(Size.ICON_SMALL)
        return QRectF(self.width() - side - Space.SM, (self.height() - side) / 2, side, side)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.position().x() >= self._cross().left() - Space.XS and self.rect().contains(
            event.position().toPoint()
        ):
            self.setDown(False)
            self.removed.emit(self.attached.key)
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.attached.key)
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self, turned=False)
        refused = bool(self.attached.refusal)
        fill = t.soft("bad") if refused else t.hover if self.underMouse() else t.raised
        border = t.focus if self.ring_visible else t.bad if refused else None
        rect = self.rect().toRectF()
        paint_box(painter, rect, fill, border, Radius.LARGE, FOCUS_BORDER)
        side = self.height() - Space.SM
        thumb = QRectF(Space.XS, Space.XS, side, side)
        if self._picture.isNull():
            self._paint_sign(painter, thumb)
        else:
            painter.save()
            path = QPainterPath()
            path.addRoundedRect(thumb, Radius.CONTROL, Radius.CONTROL)
            painter.setClipPath(path)
            painter.drawImage(thumb, self._picture)
            painter.restore()
        left = thumb.right() + Space.SM
        room = self._cross().left() - Space.XS - left
        line, small = theme.line_height(), theme.line_height("caption")
        top = (self.height() - line - small) / 2
        paint_text(
            painter, QRectF(left, top, room, line), self.text(), theme.font(weight=Weight.MEDIUM), t.text,
            elide=Qt.TextElideMode.ElideMiddle,
        )  # fmt: skip
        ink = t.bad if refused else t.text2
        paint_text(
            painter,
            QRectF(left, top + line, room, small),
            self._note(),
            theme.font("caption", tabular=True),
            ink,
        )
        paint_icon(painter, "close", self._cross(), t.text if self.underMouse() else t.text2)

    def _paint_sign(self, painter: QPainter, box: QRectF) -> None:
        """The icon of its kind, or a circle while it is being taken in."""
        theme = Theme.current()
        t = theme.tokens
        paint_box(painter, box, t.surface, None, Radius.CONTROL)
        side = theme.px(Size.ICON)
        place = QRectF(0, 0, side, side)
        place.moveCenter(box.center())
        piece = self.attached.piece
        if piece is None:
            paint_spinner(painter, place, t.text2, self._clock.turn)
        else:
            icon = "file-pdf" if piece.mime == "application/pdf" else ICONS.get(piece.kind, "file")
            paint_icon(painter, icon, place, t.text2)


class ChipRow(QWidget):
    """The chips, breaking into lines.

    Signals:
        removed(key), opened(key), picture_wanted(chip).
    """

    removed = Signal(str)
    opened = Signal(str)
    picture_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chips: dict[str, Chip] = {}
        self._flow = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        name_widget(self, tr("Attachments"))
        self.hide()

    @property
    def chips(self) -> Sequence[Chip]:
        return tuple(self._chips.values())

    def show_attached(self, attached: Sequence[Attached]) -> None:
        """Show these; chips that stay are kept, so that the focus stays where it is."""
        wanted = {one.key for one in attached}
        for key in [key for key in self._chips if key not in wanted]:
            chip = self._chips.pop(key)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for one in attached:
            chip = self._chips.get(one.key)
            if chip is None:
                chip = Chip(one)
                chip.removed.connect(self.removed)
                chip.clicked.connect(lambda _on=False, key=one.key: self.opened.emit(key))
                self._chips[one.key] = chip
                self._flow.addWidget(chip)
                chip.show()
            else:
                chip.show_attached(one)
            if one.piece is not None and not chip.has_picture:
                self.picture_wanted.emit(chip)
        self.setVisible(bool(attached))
        self.updateGeometry()
