"""Buttons: one look in four kinds, icon buttons and the pane tabs of the top bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from studio.ui.icons import paint_icon
from studio.ui.theme import (
    DISABLED,
    FOCUS_BORDER,
    NOTE,
    Radius,
    Size,
    Space,
    Theme,
    Tokens,
    Tone,
    Weight,
    faded,
)
from studio.ui.widgets.base import Pressable, name_widget, paint_box, paint_text, painter_for, text_width
from studio.ui.widgets.progress import SpinClock, paint_spinner

Kind = Literal["primary", "secondary", "quiet", "danger", "outline", "link"]
ButtonSize = Literal["tiny", "small", "normal", "large"]


def _height(size: ButtonSize) -> int:
    """Asked for each time: it depends on the density."""
    if size == "normal":
        return Size.CONTROL
    return {
        "tiny": Size.CONTROL_TINY, "small": Size.CONTROL_SMALL, "large": Size.CONTROL_LARGE,
    }[size]  # fmt: skip


class PaintedButton(Pressable, QPushButton):
    """Base of every painted button: Enter presses it as Space does, the pointer is a hand, hover repaints."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAutoDefault(False)
        self.heed_toggles()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Button(PaintedButton):
    """A button with words. `note` is quieter text after the label: the price on "Generate 4 · ≈ 0.008".

    Kinds: primary (honey; one per view), secondary, outline, quiet (no box until
    hovered), link (quiet in honey: the action of a notice), danger.
    The accessible name is the text unless `name` gives another.
    """

    def __init__(
        self,
        text: str,
        kind: Kind = "secondary",
        icon: str = "",
        *,
        size: ButtonSize = "normal",
        name: str = "",
        note: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind: Kind = kind
        self._icon = icon
        self._note = note
        self._notes: Sequence[str] = (note,)
        self._size: ButtonSize = size
        self._clock: SpinClock | None = None
        self.setText(text)
        name_widget(self, name or text)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return Radius.LARGE if self._size == "large" else Radius.CONTROL

    @property
    def kind(self) -> Kind:
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.update()

    def set_icon(self, icon: str) -> None:
        """Show another icon of `studio.ui.icons`; "" for none."""
        self._icon = icon
        self.updateGeometry()
        self.update()

    @property
    def note(self) -> str:
        return self._note

    def set_note(self, note: str) -> None:
        """Set the quiet text after the label. Screen readers hear it as the description."""
        self.set_notes((note,))

    def set_notes(self, notes: Sequence[str]) -> None:
        """Set the quiet text in words from the longest to the shortest: the first that fits is shown.

        Screen readers hear the longest. There is at least one, which may be empty.
        """
        self._notes = notes
        self._fit_note()
        self.setAccessibleDescription(notes[0])
        self.updateGeometry()
        self.update()

    def _fit_note(self) -> None:
        for note in self._notes:
            self._note = note
            # It may come a little closer to the edges than it likes to.
            if self.sizeHint().width() - 2 * Space.SM <= self.width():
                break

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if len(self._notes) > 1:
            self._fit_note()

    @property
    def loading(self) -> bool:
        return self._clock is not None and self._clock.running

    def set_loading(self, loading: bool) -> None:
        """Show a spinner in place of the icon and ignore presses; the width stays."""
        if loading and self._clock is None:
            self._clock = SpinClock(self)
        if self._clock is not None:
            self._clock.run(loading)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.loading:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.loading:
            event.ignore()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        font = theme.font(weight=self._weight())
        width = text_width(self.text(), font)
        if self._icon or self.loading:
            width += theme.px(Size.ICON) + (Space.SM if self.text() else 0)
        if self._note:
            width += Space.SM + text_width(self._note, theme.font(tabular=True))
        padding = {"tiny": Space.SM, "small": Space.MD, "normal": Space.MD, "large": Space.LG}[self._size]
        return QSize(round(width) + 2 * padding + 2, theme.px(_height(self._size)))

    def _weight(self) -> Weight:
        return Weight.SEMIBOLD if self._size == "large" else Weight.MEDIUM

    def _colors(self, t: Tokens) -> tuple[QColor | None, QColor | None, QColor]:
        """Fill, border and text for the state the button is in."""
        down, over = self.isDown() or self.isChecked(), self.underMouse() and self.isEnabled()
        if self._kind == "primary":
            return (t.accent_pressed if down else t.accent_hover if over else t.accent), None, t.on_accent
        if self._kind == "danger":
            return (t.bad_hover if down or over else t.bad_fill), None, t.on_bad
        if self._kind == "secondary":
            return (t.pressed if down else t.hover if over else t.raised), None, t.text
        if self._kind == "outline":
            return (t.pressed if down else t.raised if over else t.surface), t.border, t.text
        fill = t.pressed if down else t.raised if over else None
        if self._kind == "link":
            return fill, None, t.accent_text
        return fill, None, t.text2 if not over else t.text

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        fill, border, ink = self._colors(t)
        if not self.isEnabled():
            fill = t.raised if fill is not None else None
            ink = faded(t.text, DISABLED)
        if self.ring_visible:
            # On a filled button the honey of the border would not be seen.
            border = ink if self._kind in ("primary", "danger") else t.focus
        radius = Radius.LARGE if self._size == "large" else Radius.CONTROL
        paint_box(
            painter, QRectF(self.rect()), fill, border, radius, FOCUS_BORDER if self.ring_visible else 1
        )
        self._paint_content(painter, theme, ink)

    def _paint_content(self, painter: QPainter, theme: Theme, ink: QColor) -> None:
        font, note_font = theme.font(weight=self._weight()), theme.font(tabular=True)
        side = theme.px(Size.ICON)
        icon = side if self._icon or self.loading else 0
        gap = Space.SM if icon and self.text() else 0
        note = Space.SM + text_width(self._note, note_font) if self._note else 0
        room = self.width() - 2 * Space.SM
        label = min(text_width(self.text(), font), room - icon - gap - note)
        left = (self.width() - (icon + gap + label + note)) / 2
        middle = self.height() / 2
        if icon:
            box = QRectF(round(left), round(middle - side / 2), side, side)
            if self.loading and self._clock is not None:
                paint_spinner(painter, box, ink, self._clock.turn)
            else:
                paint_icon(painter, self._icon, box, ink)
        left += icon + gap
        paint_text(painter, QRectF(left, 0, label + 1, self.height()), self.text(), font, ink)
        if self._note:
            quiet = faded(ink, NOTE)
            rect = QRectF(left + label + Space.SM, 0, note, self.height())
            paint_text(painter, rect, self._note, note_font, quiet)


class IconButton(PaintedButton):
    """A square button with an icon alone; the name is its accessible name and its tip.

    Checkable ones show `icon_on` (and the tone) while on.
    """

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        size: ButtonSize = "small",
        tone: Tone = "text2",
        icon_on: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._icon_on = icon_on
        self._tone: Tone = tone
        self._size: ButtonSize = size
        self.setCheckable(bool(icon_on))
        name_widget(self, name, name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, icon: str) -> None:
        self._icon = icon
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(_height(self._size))
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        over = self.underMouse() and self.isEnabled()
        fill = t.pressed if self.isDown() else t.hover if over else None
        if self.isChecked() and not self._icon_on and fill is None:
            fill = t.raised
        border = t.focus if self.ring_visible else None
        paint_box(painter, QRectF(self.rect()), fill, border, Radius.CONTROL, FOCUS_BORDER)
        on = self.isChecked()
        marked = t.accent_text if self._icon_on else t.text
        ink = marked if on else t.text if over else t.tone(self._tone)
        if not self.isEnabled():
            ink = faded(t.text, DISABLED)
        side = theme.px(Size.ICON_LARGE if self._size == "large" else Size.ICON)
        left, top = (self.width() - side) // 2, (self.height() - side) // 2
        name = self._icon_on if self.isChecked() and self._icon_on else self._icon
        paint_icon(painter, name, QRectF(left, top, side, side), ink)


class RoundButton(PaintedButton):
    """The round honey button that plays and pauses."""

    def __init__(self, icon: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        name_widget(self, name, name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def ring_radius(self) -> float:
        return self.height() / 2

    def set_icon(self, icon: str, name: str) -> None:
        self._icon = icon
        name_widget(self, name, name)
        self.update()

    def sizeHint(self) -> QSize:
        side = Theme.current().px(Size.CONTROL) + Space.XS
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        fill = t.accent_pressed if self.isDown() else t.accent_hover if self.underMouse() else t.accent
        ink = t.on_accent
        if not self.isEnabled():
            fill, ink = t.raised, faded(t.text, DISABLED)
        border = t.focus if self.ring_visible else None
        paint_box(painter, QRectF(self.rect()), fill, border, self.height(), FOCUS_BORDER)
        side = theme.px(Size.ICON)
        middle = QPointF(self.width() / 2, self.height() / 2) - QPointF(side / 2, side / 2)
        paint_icon(painter, self._icon, QRectF(middle.x(), middle.y(), side, side), ink)


class TabButton(PaintedButton):
    """A pane's tab in the top bar, or a row of a side bar (`wide`, with a count at its right)."""

    def __init__(
        self, text: str, icon: str, *, wide: bool = False, indent: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._wide = wide
        self._indent = indent
        self._detail = ""
        self.setText(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        name_widget(self, text)
        horizontal = QSizePolicy.Policy.Ignored if wide else QSizePolicy.Policy.Fixed
        self.setSizePolicy(horizontal, QSizePolicy.Policy.Fixed)

    def rename(self, text: str) -> None:
        """Show another text, which is its accessible name too."""
        self.setText(text)
        name_widget(self, text)
        self.update()

    def set_detail(self, detail: str) -> None:
        """Set the quiet text at the right, such as a count."""
        self._detail = detail
        self.setAccessibleDescription(detail)
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = text_width(self.text(), theme.font(weight=Weight.MEDIUM)) + 2 * Space.MD
        if self._icon:
            width += theme.px(Size.ICON) + Space.SM
        if self._detail:
            width += Space.SM + text_width(self._detail, theme.font(tabular=True))
        return QSize(
            round(width) + 1 + self._indent * Space.LG, theme.px(Size.ROW if self._wide else Size.CONTROL)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        on, over = self.isChecked(), self.underMouse() and self.isEnabled()
        fill = t.raised if on or over or self.isDown() else None
        border = t.focus if self.ring_visible else None
        paint_box(painter, QRectF(self.rect()), fill, border, Radius.CONTROL, FOCUS_BORDER)
        ink = t.text if on or over or self._wide else t.text2
        if not self.isEnabled():
            ink = faded(t.text, DISABLED)
        left = Space.MD + self._indent * Space.LG
        if self._icon:
            side = theme.px(Size.ICON)
            paint_icon(painter, self._icon, QRectF(left, (self.height() - side) // 2, side, side), ink)
            left += side + Space.SM
        room = self.width() - left - Space.MD
        if self._detail:
            quiet, font = t.text2, theme.font(tabular=True)
            width = text_width(self._detail, font) + 1
            rect = QRectF(self.width() - Space.MD - width, 0, width, self.height())
            paint_text(painter, rect, self._detail, font, quiet)
            room -= width + Space.SM
        weight = Weight.MEDIUM if on or not self._wide else Weight.REGULAR
        paint_text(
            painter, QRectF(left, 0, room + 1, self.height()), self.text(), theme.font(weight=weight), ink
        )
