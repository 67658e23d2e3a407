"""How a cell of the gallery is painted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import cos, pi, sin

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.core.i18n import date_and_time, tr
from studio.domain.library import AssetRow
from studio.domain.media import MediaKind
from studio.domain.money import pollen
from studio.qt_models.asset_list import KIND_NAMES, AssetRole, clock
from studio.qt_models.thumbnails import State, ThumbnailLoader, ThumbnailSpec
from studio.ui.mirror import within

BADGE_HEIGHT = 20
LIST_INSET, LIST_GAP = 4, 12
LIST_WORDS = 36
"""So many figures wide is what the columns of the list leave for the words; the rest of them is left out."""
BADGES_KEPT = 512  # clocks and stack counts vary; each is a few kB


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryStyle:
    """Colours, sizes and fonts of the gallery; the theme makes one per colour scheme.

    Args:
        tile: under pictures that have not come yet and behind kinds that have none; `tints` vary it.
        badge, on_badge: the pill on a picture and its text; dark on any picture in both schemes.
        hover: laid over a cell under the pointer (with alpha).
        backdrop, on_backdrop: the viewer's.
        list_row: height of a row of the list.
        radius, gap, margin, ring_width, ring_gap: logical pixels. The ring must fit into half the gap.
        motion_ms: 0 when the system asks for no motion.
    """

    background: QColor
    tile: QColor
    tints: tuple[QColor, ...]
    border: QColor
    text: QColor
    text_soft: QColor
    accent: QColor
    focus: QColor
    badge: QColor
    on_badge: QColor
    hover: QColor
    backdrop: QColor
    on_backdrop: QColor
    checker: tuple[QColor, QColor]
    body: QFont
    strong: QFont
    caption: QFont
    radius: float = 10.0
    gap: int = 10
    margin: int = 20
    header: int = 40
    list_row: int = 56
    ring_width: float = 2.5
    ring_gap: float = 1.5
    motion_ms: int = 120

    @property
    def outset(self) -> int:
        """How far the ring reaches beyond its cell."""
        return int(self.ring_gap + self.ring_width + 0.999)


class AssetDelegate(QStyledItemDelegate):
    """Paints a cell: the picture, its badges, the ring of selection and focus.

    Everything that costs (decoding, scaling, rounding) was done by the loader; this copies and draws badges.
    """

    def __init__(self, style: GalleryStyle, thumbnails: ThumbnailLoader, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.as_list = False
        self.set_style(style)

    def set_style(self, style: GalleryStyle) -> None:
        self._look = style
        self._caption = QFontMetrics(style.caption)
        self._pills: dict[tuple[str, str, float], QPixmap] = {}

    def spec(self, size: QSize, ratio: float) -> ThumbnailSpec:
        """What the loader is asked for, for cells of this size at this device pixel ratio."""
        if self.as_list:
            side = round((size.height() - 2 * LIST_INSET) * ratio)
            return ThumbnailSpec(side, side, self._look.radius / 2 * ratio)
        return ThumbnailSpec(
            round(size.width() * ratio), round(size.height() * ratio), self._look.radius * ratio
        )

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return option.rect.size()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(AssetRole.ASSET)
        number = row.row if row is not None else index.data(AssetRole.ROW)
        self.paint_cell(painter, option.rect, option.state, number, row)

    def paint_cell(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, number: int, row: AssetRow | None
    ) -> None:
        """Paint a cell without asking the model; `row` is None while its value is being read."""
        if self.as_list:
            self._list_row(painter, rect, number, row)
        elif row is None:
            self._tile(painter, rect, number)
        else:
            self._picture(painter, rect, rect.size(), row)
            self._badges(painter, rect, row)
        if state == QStyle.StateFlag.State_Enabled:
            return
        if state & QStyle.StateFlag.State_MouseOver:
            self._fill(painter, rect, self._look.hover)
        self._rings(painter, rect, state)

    # ------------------------------------------------------------------ the picture

    def _list_row(self, painter: QPainter, rect: QRect, number: int, row: AssetRow | None) -> None:
        """The picture first, its words, and at the end what can be counted, in columns."""
        look = self._look
        side = rect.height() - 2 * LIST_INSET
        place = QRect(rect.left() + LIST_INSET, rect.top() + LIST_INSET, side, side)
        if row is None:
            self._tile(painter, within(rect, place), number)
            return
        self._picture(painter, within(rect, place), rect.size(), row)
        columns = list_columns(row)
        right = rect.right() - LIST_GAP
        painter.setFont(look.caption)
        painter.setPen(look.text_soft)
        for text, widest in columns:
            width = self._caption.horizontalAdvance(widest)
            if right - width - place.right() < self._caption.horizontalAdvance("0") * LIST_WORDS:
                break
            cell = QRect(right - width, rect.top(), width, rect.height())
            painter.drawText(
                within(rect, cell), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text
            )
            right -= width + LIST_GAP
        words = QRect(
            place.right() + LIST_GAP, rect.top(), right - place.right() - 2 * LIST_GAP, rect.height()
        )
        badge = self.stack_badge(rect, row)
        if not badge.isNull():
            self._badge(painter, rect, badge.left(), "stack", str(row.stack))
            words.setLeft(within(rect, badge).right() + LIST_GAP)
        words = within(rect, words)
        half = words.height() // 2
        painter.setFont(look.body)
        painter.setPen(look.text)
        title = painter.fontMetrics().elidedText(
            row.title or KIND_NAMES[row.kind], Qt.TextElideMode.ElideRight, words.width()
        )
        painter.drawText(words.adjusted(0, 0, 0, -half + 2), Qt.AlignmentFlag.AlignBottom, title)
        painter.setFont(look.caption)
        painter.setPen(look.text_soft)
        below = " · ".join(part for part in (row.model.rpartition("/")[2], KIND_NAMES[row.kind]) if part)
        painter.drawText(words.adjusted(0, half + 2, 0, 0), Qt.AlignmentFlag.AlignTop, below)

    def _picture(self, painter: QPainter, rect: QRect, cell: QSize, row: AssetRow) -> None:
        ratio = painter.device().devicePixelRatioF() if painter.device() else 1.0
        state, pixmap = self._thumbnails.get(row, self.spec(cell, ratio))
        if pixmap is not None:
            # Qt takes fifteen times as long for the copy of a picture that fits when it is told to be smooth.
            fits = pixmap.width() == round(rect.width() * ratio)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not fits)
            painter.drawPixmap(rect, pixmap)
            return
        self._tile(painter, rect, row.row)
        if state is State.BROKEN and self.as_list:
            glyph(painter, "broken", _centred(rect, 20), self._look.text_soft)
        elif state is State.BROKEN:
            self._broken(painter, rect)
        elif state is State.NONE:
            if self.as_list:
                glyph(painter, row.kind.value, _centred(rect, 20), self._look.text_soft)
            else:
                self._plain(painter, rect, row)

    def _tile(self, painter: QPainter, rect: QRect, number: int) -> None:
        self._fill(painter, rect, self._look.tints[number % len(self._look.tints)])

    def _fill(self, painter: QPainter, rect: QRect, colour: QColor) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, self._look.radius, self._look.radius)

    def _broken(self, painter: QPainter, rect: QRect) -> None:
        glyph(painter, "broken", _centred(rect, 24, -12), self._look.text_soft)
        painter.setPen(self._look.text_soft)
        painter.setFont(self._look.caption)
        below = rect.adjusted(12, rect.height() // 2 + 8, -12, -8)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(below, flags, tr("This file cannot be shown"))

    def _plain(self, painter: QPainter, rect: QRect, row: AssetRow) -> None:
        """Kinds without a picture: what it is, and its first words."""
        look = self._look
        glyph(painter, row.kind.value, QRectF(rect.x() + 16, rect.y() + 16, 20, 20), look.text_soft)
        text = rect.adjusted(16, 44, -16, -36)
        painter.setPen(look.text)
        painter.setFont(look.body)
        painter.save()
        painter.setClipRect(text)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(text, flags, row.title or KIND_NAMES[row.kind])
        painter.restore()

    # ------------------------------------------------------------------ badges

    def _badges(self, painter: QPainter, rect: QRect, row: AssetRow) -> None:
        left, right = rect.left() + 8, rect.right() - 7
        if row.duration is not None:
            left = self._badge(painter, rect, left, "play", clock(row.duration)) + 4
        if row.stack > 1:
            width = self._badge_width(str(row.stack))
            self._badge(painter, rect, right - width, "stack", str(row.stack))
            right -= width + 4
        if row.rating:
            width = self._badge_width(str(row.rating))
            if right - width >= left:
                self._badge(painter, rect, right - width, "star", str(row.rating))

    def stack_badge(self, rect: QRect, row: AssetRow) -> QRect:
        """Where the count of a stack stands in a cell; empty when it is none."""
        if row.stack <= 1:
            return QRect()
        width = self._badge_width(str(row.stack))
        if self.as_list:
            left = rect.left() + rect.height() + LIST_GAP
            return within(rect, QRect(left, rect.bottom() - 7 - BADGE_HEIGHT, width, BADGE_HEIGHT))
        return QRect(rect.right() - 7 - width, rect.bottom() - 7 - BADGE_HEIGHT, width, BADGE_HEIGHT)

    def _badge_width(self, text: str) -> int:
        return 8 + 14 + 5 + self._caption.horizontalAdvance(text) + 8

    def _badge(self, painter: QPainter, rect: QRect, left: int, name: str, text: str) -> int:
        """A pill at the lower edge; returns its right end."""
        pill = self._pill(name, text, painter.device().devicePixelRatioF() if painter.device() else 1.0)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.drawPixmap(left, rect.bottom() - 7 - BADGE_HEIGHT, pill)
        return left + round(pill.deviceIndependentSize().width())

    def _pill(self, name: str, text: str, ratio: float) -> QPixmap:
        """A badge drawn once and copied from then on: a screen of cells has the same few over and over."""
        kept = self._pills.get((name, text, ratio))
        if kept is not None:
            return kept
        width = self._badge_width(text)
        pill = QPixmap(round(width * ratio), round(BADGE_HEIGHT * ratio))
        pill.setDevicePixelRatio(ratio)
        pill.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pill)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.badge)
        painter.drawRoundedRect(QRectF(0, 0, width, BADGE_HEIGHT), BADGE_HEIGHT / 2, BADGE_HEIGHT / 2)
        colour = self._look.accent if name == "star" else self._look.on_badge
        glyph(painter, name, QRectF(8, 3, 14, 14), colour)
        painter.setPen(self._look.on_badge)
        painter.setFont(self._look.caption)
        painter.drawText(QRect(27, 0, width - 35, BADGE_HEIGHT), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
        if len(self._pills) >= BADGES_KEPT:
            self._pills.clear()
        self._pills[name, text, ratio] = pill
        return pill

    # ------------------------------------------------------------------ rings

    def _rings(self, painter: QPainter, rect: QRect, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        focused = bool(state & QStyle.StateFlag.State_HasFocus)
        if selected:
            self._ring(painter, rect, self._look.accent, self._look.ring_width)
        if focused and not selected:
            self._ring(painter, rect, self._look.focus, self._look.ring_width * 0.6)
        elif focused and state & QStyle.StateFlag.State_KeyboardFocusChange:
            # One of several selected cells: a second, dark line tells where the keyboard stands.
            painter.setPen(QPen(self._look.text, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), self._look.radius, self._look.radius)

    def _ring(self, painter: QPainter, rect: QRect, colour: QColor, width: float) -> None:
        out = self._look.ring_gap + width / 2
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = self._look.radius + out
        painter.drawRoundedRect(QRectF(rect).adjusted(-out, -out, out, out), radius, radius)


def list_columns(row: AssetRow) -> list[tuple[str, str]]:
    """What stands at the right of a row of the list, from the right: the text, and one as wide as any."""
    made = datetime.fromtimestamp(row.created_at, UTC).astimezone()
    size = f"{row.width} × {row.height}" if row.width and row.height else ""
    unit = tr("sandbox pollen") if row.sandbox else tr("pollen")
    return [
        (date_and_time(made), "0000-00-00 00:00"),
        ("★" * row.rating, "★★★★★"),
        (clock(row.duration) if row.duration is not None else size, "0000 × 0000"),
        (f"{pollen(row.cost)} {unit}" if row.cost is not None else "", f"00.000 {tr('sandbox pollen')}"),
    ]


# ---------------------------------------------------------------------- glyphs


def _centred(rect: QRect, size: int, dy: int = 0) -> QRectF:
    return QRectF(
        rect.x() + (rect.width() - size) / 2, rect.y() + (rect.height() - size) / 2 + dy, size, size
    )


def glyph(painter: QPainter, name: str, box: QRectF, colour: QColor) -> None:
    """A small drawn sign, from unit coordinates; an icon font would be loaded before the first paint."""
    shape = _GLYPHS.get(name, _GLYPHS["other"])
    painter.save()
    painter.translate(box.topLeft())
    painter.scale(box.width() / 16, box.height() / 16)
    path = shape()
    if name in _FILLED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
    else:
        pen = QPen(colour, 1.3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.restore()


def _lines(*lines: tuple[float, ...]) -> QPainterPath:
    path = QPainterPath()
    for line in lines:
        path.moveTo(line[0], line[1])
        for at in range(2, len(line), 2):
            path.lineTo(line[at], line[at + 1])
    return path


def _play() -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(3.5, 2), QPointF(13.5, 8), QPointF(3.5, 14)]))
    path.closeSubpath()
    return path


def _star() -> QPainterPath:
    points = [
        QPointF(8 + r * sin(k * pi / 5), 8.4 - r * cos(k * pi / 5))
        for k, r in enumerate([7.0, 2.9] * 5)
    ]  # fmt: skip
    path = QPainterPath()
    path.addPolygon(QPolygonF(points))
    path.closeSubpath()
    return path


def _stack() -> QPainterPath:
    return _lines(
        (8, 1.5, 14.5, 5.2, 8, 8.9, 1.5, 5.2, 8, 1.5),
        (1.5, 8.2, 8, 11.9, 14.5, 8.2),
        (1.5, 11, 8, 14.7, 14.5, 11),
    )


def _frame() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(1.5, 2.5, 13, 11, 2, 2)
    return path


def _image() -> QPainterPath:
    path = _frame()
    path.addPath(_lines((2, 11.5, 6, 7.5, 9, 10.5, 11, 8.5, 14, 11.5)))
    return path


def _broken() -> QPainterPath:
    path = _frame()
    path.addPath(_lines((5, 5.5, 11, 10.5), (11, 5.5, 5, 10.5)))
    return path


def _video() -> QPainterPath:
    path = _frame()
    path.addPath(_lines((6.5, 5.5, 10.5, 8, 6.5, 10.5, 6.5, 5.5)))
    return path


def _wave() -> QPainterPath:
    return _lines((2, 6.5, 2, 9.5), (5, 4, 5, 12), (8, 1.5, 8, 14.5), (11, 4.5, 11, 11.5), (14, 6.5, 14, 9.5))


def _note() -> QPainterPath:
    path = _lines((6.5, 12, 6.5, 3.5, 13.5, 2, 13.5, 10.5))
    path.addEllipse(QPointF(4.5, 12.2), 2, 1.9)
    path.addEllipse(QPointF(11.5, 10.7), 2, 1.9)
    return path


def _text() -> QPainterPath:
    return _lines((2, 3.5, 14, 3.5), (2, 6.5, 14, 6.5), (2, 9.5, 14, 9.5), (2, 12.5, 9, 12.5))


def _file() -> QPainterPath:
    return _lines((3, 1.5, 9.5, 1.5, 13, 5, 13, 14.5, 3, 14.5, 3, 1.5), (9.5, 1.5, 9.5, 5, 13, 5))


def _sign(*lines: tuple[float, ...]) -> Callable[[], QPainterPath]:
    return lambda: _lines(*lines)


_FILLED = frozenset({"play", "star"})
_GLYPHS = {
    "play": _play,
    "star": _star,
    "stack": _stack,
    "broken": _broken,
    "close": _sign((3, 3, 13, 13), (13, 3, 3, 13)),
    "left": _sign((10, 2.5, 4.5, 8, 10, 13.5)),
    "right": _sign((6, 2.5, 11.5, 8, 6, 13.5)),
    "plus": _sign((8, 2.5, 8, 13.5), (2.5, 8, 13.5, 8)),
    "minus": _sign((2.5, 8, 13.5, 8)),
    "fit": _sign((2, 6, 2, 2, 6, 2), (10, 2, 14, 2, 14, 6), (14, 10, 14, 14, 10, 14), (6, 14, 2, 14, 2, 10)),
    MediaKind.IMAGE.value: _image,
    MediaKind.VIDEO.value: _video,
    MediaKind.SPEECH.value: _wave,
    MediaKind.MUSIC.value: _note,
    MediaKind.TRANSCRIPT.value: _text,
    MediaKind.TEXT.value: _text,
    MediaKind.OTHER.value: _file,
}
