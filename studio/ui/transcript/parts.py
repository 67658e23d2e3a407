"""What stands between the blocks of a message: the base of cards, rows of buttons and media, and plain ones.

A part is laid out for a width, painted where the view says, and names its controls; the view does the rest
(hover, focus, keys, the mouse, screen readers). Coordinates are the part's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from studio.core.i18n import in_a_sentence, tr
from studio.domain.conversation import AttachmentPiece
from studio.domain.media import MediaKind
from studio.qt_models.asset_list import KIND_NAMES
from studio.ui.amounts import file_size
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Radius, Size, Space
from studio.ui.transcript.look import Look
from studio.ui.transcript.pictures import PictureCache
from studio.ui.transcript.words import host_of, seconds_words

TILE = 208
SMALL_TILE = (72, 54)
GRID_COLUMNS = 3
LOCAL = "local:"
"""Verbs that begin so are done by the view itself."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something to press: its place in the part, what a screen reader says, and the command it gives.

    Two are the same when they do the same, wherever they stand after another layout."""

    name: str
    rect: QRectF = field(compare=False)
    verb: str
    argument: Any = None
    message_id: str = ""
    """The message the command is about; "" for the one the part stands in."""
    tip: str = ""
    is_link: bool = False
    checked: bool | None = None


@dataclass(slots=True)
class PaintState:
    """What the view knows while it paints a part: which control is under the pointer, which has the focus."""

    hover: Control | None = None
    focus: Control | None = None
    active: bool = False
    """The pointer or the keyboard is on this message."""

    def hovers(self, control: Control) -> bool:
        return self.hover == control

    def focuses(self, control: Control) -> bool:
        return self.focus == control


class Part:
    """A painted part without text to select."""

    gap: float = Space.SM
    """Room above it, below another one."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = 0.0
        self.height = 0.0

    def set_width(self, width: float) -> None:
        """Lay out for a width in pixels."""
        self.width = width

    def paint(self, painter: QPainter, state: PaintState) -> None:
        """Paint at the origin."""

    def controls(self) -> Sequence[Control]:
        """Everything to press, in reading order."""
        return ()

    def control_at(self, x: float, y: float) -> Control | None:
        return next((c for c in self.controls() if c.rect.contains(x, y)), None)

    def spoken(self) -> str:
        """What it says beyond its controls."""
        return ""


class Caption(Part):
    """A line of small words."""

    gap = Space.SM

    def __init__(self, look: Look, text: str) -> None:
        super().__init__(look)
        self.text = text
        self.height = look.px(18)

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look = self.look
        look.text(painter, QRectF(0, 0, self.width, self.height), self.text, look.caption, look.tokens.text3)

    def spoken(self) -> str:
        return self.text


class FoldHead(Part):
    """ "Thought for 4 s" with an arrow; while the model thinks, its last line beside it."""

    gap = Space.MD

    def __init__(
        self, look: Look, title: str, key: object, *, is_open: bool, last: Callable[[], str] | None = None
    ) -> None:
        super().__init__(look)
        self.title = title
        self._key = key
        self._open = is_open
        self._last = last
        self.height = look.px(26)

    def _control(self) -> Control:
        look = self.look
        wide = (
            self.width
            if self._last is not None
            else look.icon + Space.SM * 2 + look.width(self.title, look.body)
        )
        rect = QRectF(0, 0, min(wide, self.width), self.height)
        return Control(self.title, rect, LOCAL + "fold", self._key, checked=self._open)

    def controls(self) -> Sequence[Control]:
        return (self._control(),)

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        control = self._control()
        ink = t.text if state.hovers(control) else t.text2
        arrow = "chevron-down" if self._open else "chevron-right"
        look.icon_at(painter, arrow, QRectF(0, 0, look.icon, self.height), ink, look.px(Size.ICON_TINY))
        x = look.icon + Space.XS
        width = look.width(self.title, look.body) + Space.XS
        look.text(painter, QRectF(x, 0, self.width - x, self.height), self.title, look.body, ink)
        x += width + Space.SM
        if self._last is not None and not self._open and self.width > x:
            words = self._last()
            look.text(painter, QRectF(x, 0, self.width - x, self.height), words, look.body, t.text3)
        if state.focuses(control):
            look.ring(painter, control.rect)

    def spoken(self) -> str:
        return self.title


class Waiting(Part):
    """The caret before the first word has come, and why it takes longer, if there is a reason."""

    gap = Space.MD

    def __init__(self, look: Look, words: str = "") -> None:
        super().__init__(look)
        self.words = words
        self.height = look.line

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look = self.look
        side = look.px(Size.ICON_SMALL)
        box = QRectF(0, (self.height - side) / 2, look.px(8), side)
        painter.fillRect(box, look.tokens.accent)
        if self.words:
            left = box.right() + look.px(Space.MD)
            rect = QRectF(left, 0, self.width - left, self.height)
            look.text(painter, rect, self.words, look.caption, look.tokens.text2)

    def spoken(self) -> str:
        return self.words or tr("Waiting for the first word")


class MediaGrid(Part):
    """Pictures and films as tiles; a press opens them."""

    gap = Space.MD

    def __init__(
        self, look: Look, pieces: Sequence[AttachmentPiece], pictures: PictureCache, *, small: bool
    ) -> None:
        super().__init__(look)
        self.pieces = tuple(pieces)
        self._pictures = pictures
        self._small = small
        self._tiles: list[QRectF] = []

    def natural_width(self) -> float:
        """The width that all of it takes in one row."""
        tile = self.look.px(SMALL_TILE[0])
        return len(self.pieces) * (tile + Space.SM) - Space.SM

    def set_width(self, width: float) -> None:
        super().set_width(width)
        gap = Space.SM
        if self._small:
            tile_w, tile_h = (float(self.look.px(side)) for side in SMALL_TILE)
            columns = max(1, int((width + gap) // (tile_w + gap)))
        else:
            columns = min(GRID_COLUMNS, max(1, int((width + gap) // (self.look.px(TILE) * 0.8 + gap))))
            tile_w = tile_h = min(
                (width - gap * (columns - 1)) / columns,
                self.look.px(TILE) * (1.5 if len(self.pieces) == 1 else 1.2),
            )
        self._tiles = [
            QRectF((at % columns) * (tile_w + gap), (at // columns) * (tile_h + gap), tile_w, tile_h)
            for at in range(len(self.pieces))
        ]
        self.height = self._tiles[-1].bottom() if self._tiles else 0

    def controls(self) -> Sequence[Control]:
        return tuple(
            Control(
                tr("Open {name}", name=piece.name or in_a_sentence(KIND_NAMES[piece.kind])),
                tile,
                "open_asset",
                piece.asset_id,
                tip=piece.name,
            )
            for piece, tile in zip(self.pieces, self._tiles, strict=True)
        )

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for control, piece in zip(self.controls(), self.pieces, strict=True):
            tile = control.rect
            pixmap = self._pictures.get(piece.asset_id, tile.size(), painter.device().devicePixelRatioF())
            if pixmap is not None:
                painter.drawPixmap(tile.toRect(), pixmap)
            else:
                look.panel(painter, tile, t.raised, radius=Radius.LARGE)
                name = "video" if piece.kind is MediaKind.VIDEO else "picture"
                look.icon_at(painter, name, tile, t.text3, look.px(Size.ICON_LARGE))
            if piece.kind is MediaKind.VIDEO and pixmap is not None:
                look.icon_at(painter, "play", tile, t.on_overlay, look.px(Size.ICON_LARGE))
            if state.focuses(control):
                look.ring(painter, tile, Radius.LARGE)

    def spoken(self) -> str:
        return ", ".join(piece.name or KIND_NAMES[piece.kind] for piece in self.pieces)


class SoundStrip(Part):
    """A sound in a message: play or pause, its outline, where it stands, how long it is.

    Args:
        status: what to show now; asked whenever it is painted.
    """

    gap = Space.MD

    def __init__(
        self, look: Look, piece: AttachmentPiece, status: Callable[[AttachmentPiece], SoundStatus]
    ) -> None:
        # Drawing outlines needs numpy, which nobody waits for before there is a sound.
        from studio.ui import sound_strip

        super().__init__(look)
        self.piece = piece
        self._status = status
        self._strip = sound_strip
        self.height = sound_strip.strip_height()

    def _rect(self) -> QRectF:
        return QRectF(0, 0, min(self.width, self.look.px(self._strip.WIDEST)), self.height)

    def controls(self) -> Sequence[Control]:
        status = self._status(self.piece)
        places = self._strip.strip_parts(self._rect(), status.duration)
        name = self.piece.name or tr("spoken answer")
        title = tr("Pause {name}", name=name) if status.playing else tr("Play {name}", name=name)
        controls = [Control(title, places.disc, "play", self.piece.asset_id)]
        if status.duration and not status.problem:
            controls.append(Control(tr("Position"), places.line, "seek", self.piece.asset_id))
        return controls

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, rect = self.look, self._rect()
        controls = self.controls()
        over = "play" if state.hovers(controls[0]) else ""
        painter.save()
        self._strip.paint_strip(painter, rect, self._status(self.piece), over)
        painter.restore()
        for control in controls:
            if state.focuses(control):
                look.ring(painter, control.rect, control.rect.height() / 2)

    def spoken(self) -> str:
        status = self._status(self.piece)
        words = tr("Sound, {time}", time=seconds_words(status.duration)) if status.duration else tr("Sound")
        words = f"{words}, {status.problem}" if status.problem else words
        return f"{words}: {self.piece.transcript}" if self.piece.transcript else words


class FileChips(Part):
    """Files with name and size; a press opens them."""

    def __init__(self, look: Look, pieces: Sequence[AttachmentPiece]) -> None:
        super().__init__(look)
        self.pieces = tuple(pieces)
        self._boxes: list[QRectF] = []

    def _words(self, piece: AttachmentPiece) -> str:
        name = piece.name or KIND_NAMES[piece.kind]
        return f"{name} · {file_size(piece.size)}" if piece.size else name

    def natural_width(self) -> float:
        return max(self.look.button_width(self._words(p), "file", self.look.body) for p in self.pieces)

    def set_width(self, width: float) -> None:
        super().set_width(width)
        self._boxes = flow(
            [self.look.button_width(self._words(p), "file") for p in self.pieces], width, self.look.small
        )
        self.height = self._boxes[-1].bottom() if self._boxes else 0

    def controls(self) -> Sequence[Control]:
        return tuple(
            Control(tr("Open {name}", name=self._words(p)), box, "open_asset", p.asset_id)
            for p, box in zip(self.pieces, self._boxes, strict=True)
        )

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        for control, piece in zip(self.controls(), self.pieces, strict=True):
            box = control.rect
            fill = t.hover if state.hovers(control) else t.surface
            look.panel(painter, box, fill, t.border, radius=Radius.CONTROL)
            icon = "file-pdf" if piece.mime == "application/pdf" else "file-text"
            at = QRectF(box.left() + Space.SM, 0, look.icon, box.height())
            look.icon_at(painter, icon, at.translated(0, box.top()), t.text2)
            words = QRectF(
                at.right() + Space.XS, box.top(), box.right() - at.right() - Space.SM, box.height()
            )
            look.text(painter, words, self._words(piece), look.body, t.text)
            if state.focuses(control):
                look.ring(painter, box)

    def spoken(self) -> str:
        return ", ".join(self._words(piece) for piece in self.pieces)


class Citations(Part):
    """The sources of an answer as numbered links."""

    gap = Space.MD

    def __init__(self, look: Look, urls: Sequence[str]) -> None:
        super().__init__(look)
        self._urls = tuple(urls)
        self._boxes: list[QRectF] = []

    def _label(self, at: int) -> str:
        return f"{at + 1}  {host_of(self._urls[at])}"

    def set_width(self, width: float) -> None:
        super().set_width(width)
        look = self.look
        widths = [look.width(self._label(at), look.caption) + 2 * Space.SM for at in range(len(self._urls))]
        self._boxes = flow([min(w, width) for w in widths], width, look.px(22))
        self.height = self._boxes[-1].bottom() if self._boxes else 0

    def controls(self) -> Sequence[Control]:
        return tuple(
            Control(
                tr("Source {n}: {host}", n=at + 1, host=host_of(url)),
                self._boxes[at],
                "open_link",
                url,
                tip=url,
                is_link=True,
            )
            for at, url in enumerate(self._urls)
        )

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        for at, control in enumerate(self.controls()):
            hovered = state.hovers(control)
            look.panel(painter, control.rect, t.hover if hovered else t.raised, radius=Radius.CONTROL)
            look.text(
                painter,
                control.rect.adjusted(Space.SM, 0, -Space.XS, 0),
                self._label(at),
                look.caption,
                t.accent_text if hovered else t.text2,
            )
            if state.focuses(control):
                look.ring(painter, control.rect)


def flow(
    widths: Sequence[float], width: float, height: float, gap: float = Space.SM, *, right: bool = False
) -> list[QRectF]:
    """Places for boxes of these widths in rows, from the left, or each row at the right end."""
    boxes: list[QRectF] = []
    row: list[QRectF] = []
    x = y = 0.0

    def close() -> None:
        if right and row:
            shift = width - row[-1].right()
            row[:] = [box.translated(shift, 0) for box in row]
        boxes.extend(row)
        row.clear()

    for wanted in widths:
        wide = min(wanted, width)
        if row and x + wide > width:
            close()
            x, y = 0.0, y + height + gap
        row.append(QRectF(x, y, wide, height))
        x += wide + gap
    close()
    return boxes


def paint_focus_bar(painter: QPainter, look: Look, height: float) -> None:
    """The mark beside the message that the keyboard is on."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(look.tokens.focus)
    painter.drawRoundedRect(QRectF(-Space.MD, 0, 2, height), 1, 1)
