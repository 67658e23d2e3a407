"""What every painted widget shares: following the theme, boxes, text, motion and the focus ring."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEasingCurve, QEvent, QObject, QRect, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QWidget

from studio.core.i18n import source_of
from studio.core.tips import plain_tip
from studio.ui.mirror import MIRRORED, is_turned, turn, upright
from studio.ui.theme import BORDER, DISABLED, FOCUS_BORDER, Radius, Size, Theme, Tokens, faded

KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def name_widget(widget: QWidget, name: str, tip: str = "") -> None:
    """Give a control its accessible name, and the object name in snake_case that scripts rely on: the English
    one in every language."""
    widget.setAccessibleName(name)
    known = source_of(name).lower()
    widget.setObjectName("_".join("".join(c if c.isalnum() else " " for c in known).split()))
    if tip:
        widget.setToolTip(plain_tip(tip))


if TYPE_CHECKING:
    _Mixin = QWidget
    _ButtonMixin = QAbstractButton
else:
    _Mixin = object
    _ButtonMixin = object


class Themed(_Mixin):
    """Mixin before a QWidget class: measures and paints again when the theme changes."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            if not Theme.current().undressing:
                self.retheme()
        elif event.type() == QEvent.Type.EnabledChange:
            self.update()

    def retheme(self) -> None:
        """The theme changed. Override to set fonts or palettes that Qt itself paints with."""
        self.updateGeometry()
        self.update()


class Focusable(Themed):
    """Mixin for controls: the ring shows for keyboard focus, and for any focus where `ring_always`."""

    ring_always = False
    _ring = False

    @property
    def ring_visible(self) -> bool:
        """Whether the control is drawn as focused now."""
        return self._ring

    def ring_radius(self) -> float:
        """The corner radius that the ring follows, in pixels."""
        return Radius.CONTROL

    def ring_rect(self) -> QRect:
        """What the ring goes around, in the control's own coordinates."""
        return self.rect()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.show_ring(self.ring_always or event.reason() in KEYBOARD_REASONS)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.show_ring(False)

    def show_ring(self, visible: bool) -> None:
        """Draw the control as focused or not."""
        self._ring = visible
        if visible:
            FocusRing.follow(self)
        else:
            FocusRing.leave(self)
        self.update()


class Pressable(Focusable, _ButtonMixin):
    """Mixin for buttons that a screen reader can press.

    Qt lets assistive technology toggle a checkable button without `clicked`, which is what the program
    listens to: a tab would look pressed and open nothing. So a change that came neither from a click nor
    from the program is told as a click.
    """

    _known = False
    """The change under way is a click or the program's own."""

    def heed_toggles(self) -> None:
        """Call it once, at the end of the constructor."""
        self.toggled.connect(self._heed)

    def nextCheckState(self) -> None:
        self._known = True
        super().nextCheckState()
        self._known = False

    def setChecked(self, on: bool) -> None:
        self._known = True
        super().setChecked(on)
        self._known = False

    def _heed(self, on: bool) -> None:
        # The others of an exclusive group are switched off by Qt itself.
        if not self._known and (on or not self.autoExclusive()):
            self.clicked[bool].emit(on)  # pyright: ignore[reportIndexIssue]  # the overload with the state


class FocusRing(QWidget):
    """The soft ring around the focused control.

    It lies outside the control, so layouts need no room for it. Its parent is the nearest ancestor with
    space around the control, at most the window or the viewport of a scroll area.
    """

    # Weak references alone: the ring belongs to its host and must not keep a closed window alive.
    _shown: weakref.ref[FocusRing] | None = None

    def __init__(self, host: QWidget, target: Focusable) -> None:
        super().__init__(host)
        self._target = weakref.ref(target)
        self._ended = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        widget: QWidget | None = target
        while widget is not None and widget is not host:
            widget.installEventFilter(self)
            widget = widget.parentWidget()
        self._place()

    @staticmethod
    def follow(target: Focusable) -> None:
        """Show the ring around a control, and nowhere else."""
        FocusRing._drop()
        host = _host_with_room(target)
        if host is not None and target.isVisible():
            FocusRing._shown = weakref.ref(FocusRing(host, target))

    @staticmethod
    def leave(target: Focusable) -> None:
        """Take the ring away if it is around this control."""
        shown = FocusRing._shown() if FocusRing._shown is not None else None
        if shown is not None and shown.target() is target:
            FocusRing._drop()

    @staticmethod
    def _drop() -> None:
        shown = FocusRing._shown() if FocusRing._shown is not None else None
        FocusRing._shown = None
        if shown is not None and shiboken6.isValid(shown):
            shown.end()

    def target(self) -> Focusable | None:
        """The control it is around, as long as that exists."""
        target = self._target()
        return target if target is not None and shiboken6.isValid(target) else None

    def end(self) -> None:
        """Stop following and go away."""
        self._ended = True
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
        if moved and not self._ended:
            self._place()
        return False

    def _place(self) -> None:
        target, host = self.target(), self.parentWidget()
        if target is None or host is None or not target.isVisible():
            self.hide()
            return
        inside = target.ring_rect()
        rect = QRect(target.mapTo(host, inside.topLeft()), inside.size())
        self.setGeometry(rect.adjusted(-Size.RING, -Size.RING, Size.RING, Size.RING))
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        target = self.target()
        if target is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outer = QRectF(self.rect())
        inner = outer.adjusted(Size.RING, Size.RING, -Size.RING, -Size.RING)
        radius = target.ring_radius()
        ring = QPainterPath()
        ring.addRoundedRect(outer, radius + Size.RING, radius + Size.RING)
        hole = QPainterPath()
        hole.addRoundedRect(inner, radius, radius)
        painter.fillPath(ring.subtracted(hole), faded(Theme.current().tokens.accent, 0.32))


def _host_with_room(target: QWidget) -> QWidget | None:
    host = target.parentWidget()
    while host is not None and not host.isWindow():
        area = host.parentWidget()
        if isinstance(area, QAbstractScrollArea) and area.viewport() is host:
            break
        rect = QRect(target.mapTo(host, target.rect().topLeft()), target.size())
        if host.rect().contains(rect.adjusted(-Size.RING, -Size.RING, Size.RING, Size.RING)):
            break
        host = host.parentWidget()
    return host


class Glide(QVariantAnimation):
    """A number that moves to where it is told in the theme's time, or at once when motion is off."""

    def __init__(self, owner: QWidget, moved: Callable[[], None], start: float = 0.0) -> None:
        super().__init__(owner)
        self._owner = owner
        self.at = start
        self._moved = moved
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._step)

    def to(self, value: float) -> None:
        """Move to `value`; hidden widgets and reduced motion jump."""
        self.stop()
        duration = Theme.current().motion_ms
        if not duration or not self._owner.isVisible() or value == self.at:
            self.at = value
            self._moved()
            return
        self.setDuration(duration)
        self.setStartValue(float(self.at))
        self.setEndValue(float(value))
        self.start()

    def _step(self, value: object) -> None:
        self.at = float(value)  # type: ignore[arg-type]  # the values set above
        self._moved()


def clear_viewport(area: QAbstractScrollArea) -> None:
    """Give a scroll area a viewport that shows what lies behind.

    A new one and not `area.viewport()`: Python has not met that widget yet, and to find out what it is,
    PySide makes all widget classes with all their enums, which takes 10 ms of the first frame.
    """
    viewport = QWidget()
    viewport.setAcceptDrops(area.acceptDrops())
    area.setViewport(viewport)


def ink_palette(widget: QWidget) -> QPalette:
    """The palette for an editor on a painted field: no background of its own, text in the theme's colours."""
    colors = Theme.current().tokens
    palette = widget.palette()
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        strength = DISABLED if group == QPalette.ColorGroup.Disabled else 1.0
        palette.setColor(group, QPalette.ColorRole.Base, faded(colors.field, 0))
        palette.setColor(group, QPalette.ColorRole.Text, faded(colors.text, strength))
        # Off, it fades with the text: its own paler colour faded could not be read.
        hint = colors.text3 if strength == 1.0 else faded(colors.text, strength)
        palette.setColor(group, QPalette.ColorRole.PlaceholderText, hint)
    return palette


# ---------------------------------------------------------------- painting


def painter_for(widget: QWidget, *, turned: bool = True) -> tuple[QPainter, Theme, Tokens]:
    """An antialiased painter on the widget, the theme and its colours.

    Args:
        turned: whether it paints from the right in languages that are read from there, see `ui/mirror.py`.
    """
    painter = QPainter(widget)
    if MIRRORED and turned:
        turn(painter, widget.width())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    theme = Theme.current()
    return painter, theme, theme.tokens


def fill_rect(painter: QPainter, rect: QRect, color: QColor) -> None:
    """Fill whole pixels. `QPainter.fillRect` does the same, but brings in the gradients first (1.5 ms)."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRect(rect)


def paint_box(
    painter: QPainter,
    rect: QRectF,
    fill: QColor | None,
    border: QColor | None = None,
    radius: float = Radius.CONTROL,
    width: float = BORDER,
) -> None:
    """A rounded box; the border lies inside the rectangle, on whole pixels."""
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    if border is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(border, width))
        half = width / 2
        rect = rect.adjusted(half, half, -half, -half)
    radius = min(radius, rect.height() / 2, rect.width() / 2)
    painter.drawRoundedRect(rect, radius, radius)


def paint_field(
    painter: QPainter, rect: QRectF, colors: Tokens, focused: bool, hovered: bool, bad: bool
) -> None:
    """The box of an input: border darker under the pointer, honey when focused, red when wrong."""
    border, width = colors.border, BORDER
    if bad:
        border = colors.bad
    elif focused:
        border, width = colors.focus, FOCUS_BORDER
    elif hovered:
        border = colors.border_strong
    paint_box(painter, rect, colors.field, border, Radius.CONTROL, width)


def paint_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """One line of text, centred vertically and elided to the rectangle."""
    metrics = QFontMetricsF(font)
    if metrics.horizontalAdvance(text) > rect.width() + 0.5:
        text = metrics.elidedText(text, elide, rect.width())
    painter.setFont(font)
    painter.setPen(color)
    flags = align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    if is_turned(painter):
        with upright(painter, rect):
            painter.drawText(rect, flags, text)
    else:
        painter.drawText(rect, flags, text)


def paint_shadow(painter: QPainter, rect: QRectF, radius: float, spread: float = Size.SHADOW) -> None:
    """A soft shadow around a rounded surface, in layers that thin out towards the edge."""
    color = Theme.current().tokens.shadow
    painter.setPen(Qt.PenStyle.NoPen)
    steps = 10
    drop = spread / 5
    for step in range(steps):
        grow = spread * (1 - step / steps) * 0.8
        painter.setBrush(faded(color, 0.16 * (step + 1) / steps))
        layer = rect.adjusted(-grow, -grow + drop, grow, grow + drop)
        painter.drawRoundedRect(layer, radius + grow, radius + grow)


def text_width(text: str, font: QFont) -> float:
    """The width of one line in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)
