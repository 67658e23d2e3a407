"""Controls that choose: segments, switch, check box, slider, stars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from studio.core.i18n import tr
from studio.ui.icons import paint_icon
from studio.ui.mirror import from_start, placed
from studio.ui.theme import (
    DISABLED,
    FOCUS_BORDER,
    Radius,
    Size,
    Space,
    Theme,
    Weight,
    faded,
    mix,
)
from studio.ui.widgets.base import (
    Focusable,
    Glide,
    Pressable,
    Themed,
    name_widget,
    paint_box,
    paint_text,
    painter_for,
    text_width,
)
from studio.ui.widgets.roles import Role, set_role


class _Segment(Pressable, QRadioButton):
    """One part of a segmented control: its words or its icon; the control paints the box behind it."""

    def __init__(self, text: str, icon: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon = icon
        self.setText(text)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        name_widget(self, text)
        if icon:
            self.setToolTip(text)
        self.heed_toggles()

    def hitButton(self, pos: object) -> bool:
        return True

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        content = (
            theme.px(Size.ICON) if self._icon else text_width(self.text(), theme.font(weight=Weight.SEMIBOLD))
        )
        return QSize(round(content) + 2 * Space.SM, theme.px(Size.CONTROL) - Space.XS)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width() - Space.SM, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        on = self.isChecked()
        ink = t.text if on or self.underMouse() else t.text2
        if not self.isEnabled():
            ink = faded(t.text, DISABLED)
        if self._icon:
            side = theme.px(Size.ICON)
            box = QRectF((self.width() - side) // 2, (self.height() - side) // 2, side, side)
            paint_icon(painter, self._icon, box, ink)
        else:
            font = theme.font(weight=Weight.MEDIUM if on else Weight.REGULAR, tabular=True)
            paint_text(painter, self.rect().toRectF(), self.text(), font, ink, Qt.AlignmentFlag.AlignHCenter)
        if self.ring_visible:
            paint_box(painter, self.rect().toRectF(), None, t.focus, Radius.SMALL + 1, FOCUS_BORDER)


class Segmented(Themed, QWidget):
    """A few exclusive choices side by side, with a chosen box that slides. Arrow keys choose.

    `options` are (value, label) or (value, label, icon).
    """

    changed = Signal(object)

    def __init__(
        self,
        name: str,
        options: Sequence[tuple[str, str] | tuple[str, str, str]],
        value: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._parts: dict[str, _Segment] = {}
        self._value: str | None = None
        self._glide = Glide(self, self.update)
        self._row = QHBoxLayout(self)
        edge = Space.HAIR
        self._row.setContentsMargins(edge, edge, edge, edge)
        self._row.setSpacing(Space.NONE)
        name_widget(self, name)
        set_role(self, Role.Grouping)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_options(options, value)

    def set_options(
        self, options: Sequence[tuple[str, str] | tuple[str, str, str]], value: str | None = None
    ) -> None:
        """Offer other choices; the value stays if it is among them, else `value` or the first is chosen."""
        for part in self._parts.values():
            self._group.removeButton(part)
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts.clear()
        for index, option in enumerate(options):
            part = _Segment(option[1], option[2] if len(option) == 3 else "", self)
            self._parts[option[0]] = part
            self._group.addButton(part, index)
            # Not the group's own signal: it is silent when a screen reader presses the part.
            part.clicked.connect(lambda _on=False, at=index: self._clicked(at))
            self._row.addWidget(part)
        wanted = next((v for v in (value, self._value) if v in self._parts), next(iter(self._parts), None))
        if wanted is not None:
            self.set_value(wanted)
        self._glide.at = float(self._index())

    def value(self) -> str | None:
        return self._value

    def set_value(self, value: str) -> None:
        """Choose without telling. KeyError for a value that is not offered."""
        self._parts[value].setChecked(True)
        self._value = value
        self._glide.to(float(self._index()))

    def part(self, value: str) -> QRadioButton:
        """The button of a value, to disable it or to give it a tip."""
        return self._parts[value]

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The chosen part has the focus, never the group: its keys and its words are what counts."""
        super().focusInEvent(event)
        if self._value in self._parts:
            self._parts[self._value].setFocus(event.reason())

    def _index(self) -> int:
        return list(self._parts).index(self._value) if self._value in self._parts else 0

    def _clicked(self, index: int) -> None:
        value = list(self._parts)[index]
        if value != self._value:
            self._value = value
            self._glide.to(float(index))
            self.changed.emit(value)

    def sizeHint(self) -> QSize:
        return QSize(self._row.sizeHint().width(), Theme.current().px(Size.CONTROL))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._glide.to(float(self._index()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        paint_box(painter, self.rect().toRectF(), t.raised, t.border, Radius.CONTROL)
        boxes = [placed(self, part.geometry()).toRectF() for part in self._parts.values()]
        if not boxes or self._value is None:
            return
        low = int(self._glide.at)
        high = min(low + 1, len(boxes) - 1)
        share = self._glide.at - low
        first, second = boxes[low], boxes[high]
        left = first.left() + (second.left() - first.left()) * share
        width = first.width() + (second.width() - first.width()) * share
        box = QRectF(left, first.top(), width, first.height())
        paint_box(painter, box, t.thumb, t.border_strong if t.dark else t.border, Radius.SMALL + 1)


class _Mark(Pressable, QCheckBox):
    """Base of the check box and the switch: text at the right of a painted mark."""

    def __init__(
        self, text: str, *, name: str = "", checked: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setChecked(checked)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        name_widget(self, name or text)
        self.glide = Glide(self, self.update, float(checked))
        self.toggled.connect(lambda on: self.glide.to(float(on)))
        self.heed_toggles()

    def mark_size(self) -> QSize:
        """The size of the mark in pixels."""
        raise NotImplementedError

    def ring_rect(self) -> QRect:
        size = self.mark_size()
        return QRect(QPoint(0, (self.height() - size.height()) // 2), size)

    def hitButton(self, pos: object) -> bool:
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        theme, mark = Theme.current(), self.mark_size()
        words = text_width(self.text(), theme.font()) + Space.SM if self.text() else 0
        height = max(mark.height(), theme.line_height()) + Space.SM
        return QSize(mark.width() + round(words) + 1, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.mark_size().width(), self.sizeHint().height())


class Checkbox(_Mark):
    """A check box; `setTristate` shows a dash for "some"."""

    def mark_size(self) -> QSize:
        side = Theme.current().px(Size.CHECK)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        side = self.mark_size().width()
        box = QRectF(0, (self.height() - side) // 2, side, side)
        some = self.checkState() == Qt.CheckState.PartiallyChecked
        if self.isChecked() or some:
            paint_box(painter, box, t.accent_hover if self.underMouse() else t.accent, None, Radius.SMALL)
            inset = side * 0.16
            paint_icon(
                painter,
                "remove" if some else "check",
                box.adjusted(inset, inset, -inset, -inset),
                t.on_accent,
            )
        else:
            border = t.text if self.underMouse() else t.text3
            paint_box(painter, box, t.field, border, Radius.SMALL)
        if self.ring_visible:
            paint_box(painter, box, None, t.focus, Radius.SMALL, FOCUS_BORDER)
        left = side + Space.SM
        paint_text(
            painter, QRectF(left, 0, self.width() - left, self.height()), self.text(), theme.font(), t.text
        )


class Switch(_Mark):
    """An on-off switch: the label at the left when it is `wide`, so that a column of them lines up."""

    def __init__(
        self,
        text: str,
        *,
        name: str = "",
        checked: bool = False,
        wide: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, name=name, checked=checked, parent=parent)
        self._wide = wide
        if wide:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def mark_size(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.SWITCH_WIDTH), theme.px(Size.SWITCH_HEIGHT))

    def ring_rect(self) -> QRect:
        rect = super().ring_rect()
        if self._wide:
            rect.moveLeft(self.width() - rect.width())
        return rect

    def ring_radius(self) -> float:
        return self.mark_size().height() / 2

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        size, at = self.mark_size(), self.glide.at
        track = Switch.ring_rect(self).toRectF()
        off = t.text2 if self.underMouse() else mix(t.border_strong, t.text3, 0.75)
        paint_box(painter, track, mix(off, t.accent, at), None, size.height())
        if self.ring_visible:
            paint_box(painter, track, None, t.focus, size.height(), FOCUS_BORDER)
        knob = theme.px(Size.SWITCH_KNOB)
        gap = (size.height() - knob) / 2
        x = track.left() + gap + (size.width() - knob - 2 * gap) * at
        color = mix(t.surface if not t.dark else t.text, t.on_accent, at)
        paint_box(painter, QRectF(x, track.top() + gap, knob, knob), color, None, knob)
        words = QRectF(0, 0, self.width() - size.width() - Space.SM, self.height())
        if not self._wide:
            words.moveLeft(size.width() + Space.SM)
        paint_text(painter, words, self.text(), theme.font(), t.text)


class Slider(Focusable, QSlider):
    """A horizontal slider with a honey part; a click jumps there, the wheel is left to the page."""

    def __init__(
        self, name: str, minimum: int = 0, maximum: int = 100, value: int = 0, parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(minimum, maximum)
        self.setValue(value)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        name_widget(self, name)

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.POPOVER_MIN) // 2, theme.px(Size.SWITCH_HEIGHT) + Space.XS)

    def minimumSizeHint(self) -> QSize:
        return QSize(Size.CONTROL_LARGE, self.sizeHint().height())

    def ring_radius(self) -> float:
        return self._knob() / 2

    def ring_rect(self) -> QRect:
        knob = self._knob()
        left = round(self._share() * (self.width() - knob))
        return placed(self, QRect(left, (self.height() - knob) // 2, knob, knob))

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        super().sliderChange(change)
        if self.ring_visible:
            self.show_ring(True)

    def _share(self) -> float:
        return (self.sliderPosition() - self.minimum()) / max(self.maximum() - self.minimum(), 1)

    def _knob(self) -> int:
        return Theme.current().px(Size.KNOB)

    def _value_at(self, x: float) -> int:
        knob = self._knob()
        share = (x - knob / 2) / max(self.width() - knob, 1)
        return round(self.minimum() + min(max(share, 0.0), 1.0) * (self.maximum() - self.minimum()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self._value_at(from_start(self, event.position().x())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self.setSliderPosition(self._value_at(from_start(self, event.position().x())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        knob, groove = self._knob(), theme.px(Size.GROOVE)
        x = self._share() * (self.width() - knob)
        top = (self.height() - groove) / 2
        paint_box(painter, QRectF(0, top, self.width(), groove), t.border, None, groove)
        paint_box(painter, QRectF(0, top, x + knob / 2, groove), t.honey, None, groove)
        box = QRectF(x, (self.height() - knob) / 2, knob, knob)
        strong = self.underMouse() or self.isSliderDown()
        border = t.focus if self.ring_visible or strong else t.text3
        paint_box(painter, box, t.surface if not t.dark else t.text, border, knob, FOCUS_BORDER)


class RatingStars(Focusable, QSlider):
    """Zero to five stars. Arrows and the keys 0 to 5 set them; a click on the last one set clears it."""

    rated = Signal(int)

    def __init__(self, name: str = tr("Rating"), value: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._over = 0
        self.setRange(0, 5)
        self.setPageStep(1)
        self.setValue(value)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        name_widget(self, name)

    def _side(self) -> int:
        return Theme.current().px(Size.STAR)

    def sizeHint(self) -> QSize:
        return QSize(5 * self._side(), self._side() + Space.XS)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _rate(self, value: int) -> None:
        if value != self.value():
            self.setValue(value)
            self.rated.emit(value)

    def _star_at(self, x: float) -> int:
        return min(max(int(x // self._side()) + 1, 1), 5)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        star = self._star_at(from_start(self, event.position().x()))
        self._rate(0 if star == self.value() else star)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._star_at(from_start(self, event.position().x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = 0
        self.update()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
        }.get(Qt.Key(event.key()))
        if step is not None:
            self._rate(min(max(self.value() + step, 0), 5))
        elif event.text() in ("0", "1", "2", "3", "4", "5"):
            self._rate(int(event.text()))
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        side = self._side()
        top = (self.height() - side) // 2
        if self.ring_visible:
            paint_box(painter, self.rect().toRectF(), None, t.focus, Radius.CONTROL, FOCUS_BORDER)
        shown = self._over or self.value()
        for star in range(1, 6):
            box = QRectF((star - 1) * side + 1, top + 1, side - 2, side - 2)
            if star <= shown:
                paint_icon(painter, "star-fill", box, t.honey)
            else:
                paint_icon(painter, "star", box, t.text3)
