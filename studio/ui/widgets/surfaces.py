"""Surfaces: cards, rules, pills, badges, avatars, banners and the empty state."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QKeyEvent, QMouseEvent, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.ui.icons import paint_icon
from studio.ui.mirror import from_start, margins
from studio.ui.theme import (
    BORDER,
    DISABLED,
    FOCUS_BORDER,
    Radius,
    Size,
    Space,
    Theme,
    Tone,
    Weight,
    mix,
)
from studio.ui.widgets.base import (
    Themed,
    fill_rect,
    name_widget,
    paint_box,
    paint_shadow,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.buttons import Button, IconButton, PaintedButton
from studio.ui.widgets.progress import SpinClock, paint_spinner
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.text import Label, Paragraph


class Surface(Themed, QWidget):
    """A plain area in one of the surface colours: "bg", "surface" or "raised", perhaps with one edge line."""

    def __init__(self, level: str = "surface", edge: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = level
        self._edge = edge

    def set_edge(self, edge: str) -> None:
        """Draw the line at another side: "left", "right", "top", "bottom", or "" for none."""
        self._edge = edge
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        fill_rect(painter, self.rect(), getattr(t, self._level))
        lines = {
            "left": (0, 0, 1, self.height()),
            "right": (self.width() - 1, 0, 1, self.height()),
            "top": (0, 0, self.width(), 1),
            "bottom": (0, self.height() - 1, self.width(), 1),
        }
        if self._edge:
            fill_rect(painter, QRect(*lines[self._edge]), t.border)


class Card(Themed, QFrame):
    """A rounded surface with a layout: `card.body` is where content goes.

    `chosen` gives it the honey border of the thing to do next; `shadow` lifts it off the page.
    """

    def __init__(
        self,
        *,
        padding: int | None = None,
        chosen: bool = False,
        shadow: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self._shadow = Space.SM if shadow else Space.NONE
        self.body = QVBoxLayout(self)
        edge = (Space.LG if padding is None else padding) + self._shadow
        self.body.setContentsMargins(edge, edge, edge, edge)
        self.body.setSpacing(Space.SM)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        inset = self._shadow
        rect = self.rect().toRectF().adjusted(inset, inset, -inset, -inset)
        if inset:
            paint_shadow(painter, rect, Radius.CARD, inset)
        paint_box(painter, rect, t.surface, t.accent if self._chosen else t.border, Radius.CARD)


class Divider(Themed, QWidget):
    """A line of one pixel between two groups."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vertical = vertical
        fixed, grow = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if vertical else grow, grow if vertical else fixed)

    def sizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.border)


class Pill(PaintedButton):
    """A round chip: a filter ("Model" with a chevron, "Pictures" with a cross), a toggle, or a state.

    `menu` shows a chevron, `closable` a cross that emits `removed`. Checked is honey. A `tone` colours a
    state; `static` ones are words alone: no focus, no hover. `busy` turns a circle in place of the icon.
    """

    removed = Signal()

    def __init__(
        self,
        text: str,
        icon: str = "",
        *,
        tone: Tone | None = None,
        menu: bool = False,
        closable: bool = False,
        static: bool = False,
        filled: bool = False,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon, self._tone = icon, tone
        self._menu, self._closable, self._static, self._filled = menu, closable, static, filled
        self._clock: SpinClock | None = None
        self.setText(text)
        name_widget(self, name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if static:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.setCursor(Qt.CursorShape.ArrowCursor)
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def ring_radius(self) -> float:
        return self.height() / 2

    def set_text(self, text: str) -> None:
        """Change the words; the accessible name follows when it was the old words."""
        if self.accessibleName() == self.text():
            self.setAccessibleName(text)
        self.setText(text)
        self.updateGeometry()

    def set_tone(self, tone: Tone | None) -> None:
        self._tone = tone
        self.update()

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.updateGeometry()
        self.update()

    def set_busy(self, busy: bool) -> None:
        """Turn a circle in place of the icon."""
        if busy and self._clock is None:
            self._clock = SpinClock(self)
        if self._clock is not None:
            self._clock.run(busy)
        self.updateGeometry()
        self.update()

    def _busy(self) -> bool:
        return self._clock is not None and self._clock.running

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        tail = theme.px(Size.ICON_SMALL) + Space.SM if self._menu or self._closable else 0
        lead = (
            theme.px(Size.ICON_SMALL) + (Space.SM - 2 if self.text() else 0)
            if self._icon or self._busy()
            else 0
        )
        width = text_width(self.text(), self._font(theme)) + lead + tail + 2 * (Space.MD - 1)
        height = Size.CONTROL_SMALL if not self._small() else Size.BADGE + Space.XS
        return QSize(round(width) + 1, theme.px(height))

    def _small(self) -> bool:
        return self._static and self._tone is not None and not self._filled

    def _font(self, theme: Theme) -> QFont:
        if self._small():
            return theme.font("caption", Weight.MEDIUM, tabular=True)
        return theme.font(weight=Weight.MEDIUM if self._filled or self.isChecked() else None, tabular=True)

    def _colors(self) -> tuple[QColor | None, QColor | None, QColor]:
        t = Theme.current().tokens
        over = self.underMouse() and not self._static and self.isEnabled()
        if self.isChecked() or self._closable or self._tone == "accent":
            fill = mix(t.accent_soft, t.accent, 0.15) if over or self.isDown() else t.accent_soft
            return fill, None, t.accent_text
        if self._tone in ("ok", "warn", "bad", "info"):
            return t.soft(self._tone), None, t.tone(self._tone)
        if self._filled:
            return (t.hover if over else t.raised), None, t.text2 if not over else t.text
        fill = t.pressed if self.isDown() else t.raised if over else t.surface
        return fill, t.border, t.text if over else t.text2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        fill, border, ink = self._colors()
        if self.ring_visible:
            border = t.focus
        width = FOCUS_BORDER if self.ring_visible else BORDER
        paint_box(painter, self.rect().toRectF(), fill, border, self.height(), width)
        side = theme.px(Size.ICON_SMALL)
        left, top = float(Space.MD - 1), (self.height() - side) // 2
        if self._busy() and self._clock is not None:
            paint_spinner(painter, QRectF(left, top, side, side), ink, self._clock.turn)
        elif self._icon:
            paint_icon(painter, self._icon, QRectF(left, top, side, side), ink)
        if self._icon or self._busy():
            left += side + Space.SM - 2
        right = self.width() - Space.MD + 1
        if self._menu or self._closable:
            right -= side
            mark = "close" if self._closable else "chevron-down"
            paint_icon(painter, mark, QRectF(right, top, side, side), ink)
            right -= Space.XS
        paint_text(
            painter, QRectF(left, 0, right - left + 1, self.height()), self.text(), self._font(theme), ink
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        near_cross = (
            from_start(self, event.position().x()) > self.width() - Theme.current().px(Size.ICON) - Space.MD
        )
        if self._closable and inside and near_cross:
            self.setDown(False)
            self.removed.emit()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._closable and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return
        super().keyPressEvent(event)


class Badge(Themed, QWidget):
    """A count or a short mark on something: "3", "New"."""

    def __init__(self, text: str, tone: Tone | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone: Tone | None = tone
        self._text = ""
        set_role(self, Role.StaticText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        height = theme.px(Size.BADGE)
        words = text_width(self._text, theme.font("caption", Weight.SEMIBOLD, tabular=True))
        return QSize(max(height, round(words) + Space.MD), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        fill, ink = (t.raised, t.text2) if self._tone is None else (t.soft(self._tone), t.tone(self._tone))
        if self._tone == "accent":
            fill, ink = t.accent, t.on_accent
        paint_box(painter, self.rect().toRectF(), fill, None, self.height())
        font = theme.font("caption", Weight.SEMIBOLD, tabular=True)
        paint_text(painter, self.rect().toRectF(), self._text, font, ink, Qt.AlignmentFlag.AlignHCenter)


class Avatar(PaintedButton):
    """The first letter of a name on a honey disc; a button, as the account menu hangs on it."""

    def __init__(
        self, who: str, *, large: bool = False, name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._who = who
        self._large = large
        self._picture: QImage | None = None
        name_widget(self, name or who, who)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return self.height() / 2

    def set_who(self, who: str) -> None:
        self._who = who
        self.setToolTip(plain_tip(who))
        self.update()

    def set_picture(self, picture: QImage | None) -> None:
        """Show a square picture in place of the letter; None for the letter."""
        self._picture = picture
        self.update()

    def set_static(self) -> None:
        """It is only looked at: nothing happens on a press."""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        side = Theme.current().px(Size.AVATAR_LARGE if self._large else Size.AVATAR)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        from PySide6.QtGui import QLinearGradient

        painter, theme, t = painter_for(self)
        if self._picture is not None:
            round_path = QPainterPath()
            round_path.addEllipse(self.rect())
            painter.setClipPath(round_path)
            painter.drawImage(self.rect(), self._picture)
            return
        glow = QLinearGradient(0, 0, self.width(), self.height())
        glow.setColorAt(0, mix(t.avatar, t.accent, 0.2 if self.underMouse() else 0.15))
        glow.setColorAt(1, t.avatar)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.drawEllipse(self.rect())
        if self.ring_visible:
            paint_box(painter, self.rect().toRectF(), None, t.focus, self.height(), FOCUS_BORDER)
        font = theme.font("title" if self._large else "caption", Weight.SEMIBOLD)
        letter = self._who.strip()[:1].upper() or "?"
        paint_text(painter, self.rect().toRectF(), letter, font, t.on_avatar, Qt.AlignmentFlag.AlignHCenter)


class Banner(Themed, QWidget):
    """A line across the window that says in what state the program is: offline, sandbox, key expired."""

    dismissed = Signal()

    def __init__(
        self,
        text: str,
        icon: str = "info",
        tone: Tone = "info",
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        dismissable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tone: Tone = tone
        self._row = QHBoxLayout(self)
        self._row.setSpacing(Space.MD)
        self.label = Label(text, tone=tone, weight=Weight.MEDIUM, wrap=True)
        self._row.addWidget(self.label, 1)
        self.action = Button(action, "outline", size="small") if action else None
        if self.action is not None:
            self._row.addWidget(self.action)
            if on_action is not None:
                self.action.clicked.connect(on_action)
        if dismissable:
            close = IconButton("close", tr("Dismiss"))
            close.clicked.connect(self._dismiss)
            self._row.addWidget(close)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._settle()

    def set_text(self, text: str) -> None:
        self.label.setText(text)
        self.setAccessibleName(text)

    def add_action(self, action: str, on_action: Callable[[], object]) -> Button:
        """Another button at the right end."""
        button = Button(action, "outline", size="small")
        button.clicked.connect(on_action)
        self._row.addWidget(button)
        return button

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()

    def _settle(self) -> None:
        left = Space.LG + Theme.current().px(Size.ICON) + Space.SM
        self._row.setContentsMargins(margins(left, Space.XS + Space.HAIR, Space.MD, Space.XS + Space.HAIR))

    def retheme(self) -> None:
        self._settle()
        super().retheme()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        painter.fillRect(self.rect(), t.soft(self._tone))
        side = theme.px(Size.ICON)
        box = QRectF(Space.LG, (self.height() - side) // 2, side, side)
        paint_icon(painter, self._icon, box, t.tone(self._tone))


class IconLabel(Themed, QLabel):
    """An icon alone, as a picture: `size` in pixels at 100 %."""

    def __init__(
        self, icon: str, tone: Tone = "text2", size: int = Size.ICON, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._tone: Tone = tone
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str, tone: Tone | None = None) -> None:
        self._icon = icon
        self._tone = tone or self._tone
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(self._size)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        paint_icon(painter, self._icon, self.rect().toRectF(), t.tone(self._tone))


class EmptyState(QWidget):
    """What a place shows when it has nothing: an icon, one sentence, one way on."""

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str = "",
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        column.setSpacing(Space.SM)
        column.addStretch(1)
        self.icon = IconLabel(icon, "text3", Size.ICON_HERO)
        self.title = Label(title, "title")
        self.sentence = Paragraph(sentence, tone="text2", align=middle, width=Size.EMPTY_TEXT)
        column.addWidget(self.icon, 0, middle)
        column.addSpacing(Space.XS)
        column.addWidget(self.title, 0, middle)
        # In a row with stretches: a column asks an aligned widget for its height at the column's width.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.sentence)
        row.addStretch(1)
        column.addLayout(row)
        self.button = Button(action or title, "secondary")
        if on_action is not None:
            self.button.clicked.connect(on_action)
        column.addSpacing(Space.SM)
        column.addWidget(self.button, 0, middle)
        column.addStretch(1)
        # Only now: a widget shown before it has a parent is a window for a moment.
        self.sentence.setVisible(bool(sentence))
        self.button.setVisible(bool(action))
        set_role(self, Role.Grouping)
        self.setAccessibleName(title)

    def set_content(self, icon: str, title: str, sentence: str = "", action: str = "") -> None:
        """Say something else: the same place is empty, offline, signed out or in error by turns."""
        self.icon.set_icon(icon)
        self.title.setText(title)
        self.sentence.set_text(sentence)
        self.sentence.setVisible(bool(sentence))
        self.button.setVisible(bool(action))
        if action:
            self.button.setText(action)
            name_widget(self.button, action)
        self.setAccessibleName(title)
