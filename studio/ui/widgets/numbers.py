"""Fields for numbers: a spin field with its own arrows, and the seed with dice and lock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QMouseEvent,
    QPaintEvent,
    QRegularExpressionValidator,
    QResizeEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSizePolicy, QSpinBox, QWidget

from studio.ui.icons import paint_icon
from studio.ui.theme import DISABLED, Radius, Size, Space, Theme, faded
from studio.ui.widgets.base import (
    Focusable,
    Themed,
    ink_palette,
    name_widget,
    paint_box,
    paint_field,
    painter_for,
)
from studio.ui.widgets.buttons import IconButton
from studio.ui.widgets.fields import TextField

SEED_MAX: Final = 2**31 - 1
REPEAT_AFTER_MS: Final = 400
REPEAT_MS: Final = 60

if TYPE_CHECKING:
    _SpinBase = QAbstractSpinBox
else:
    _SpinBase = object


class _Digits(Themed, QLineEdit):
    """The text of a spin field. It dresses itself: Qt polishes it after the field around it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrame(False)
        self.retheme()

    def retheme(self) -> None:
        self.setFont(Theme.current().font(tabular=True))
        self.setPalette(ink_palette(self))


class _Spin(Focusable, _SpinBase):
    """The look of a spin field: text at the left, two small arrows at the right, held to repeat."""

    ring_always = True

    def _set_up(self, name: str) -> None:
        self._over = 0
        self._step = 0
        self._repeat = QTimer(self)
        self._repeat.timeout.connect(self._again)
        self.setFrame(False)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, name)
        digits = _Digits(self)
        digits.setAccessibleName(name)
        digits.setText(self.text())
        self.setLineEdit(digits)
        self._dress()

    def retheme(self) -> None:
        self._dress()
        super().retheme()

    def _dress(self) -> None:
        theme = Theme.current()
        self.setFont(theme.font(tabular=True))
        self.setPalette(ink_palette(self))
        self._place()

    def _arrows(self) -> QRect:
        width = Theme.current().px(Size.ICON_LARGE) + Space.SM
        return QRect(self.width() - width, 0, width, self.height())

    def _place(self) -> None:
        right = self._arrows().left()
        self.lineEdit().setGeometry(QRect(Space.MD - 2, 1, max(right - Space.MD, 1), self.height() - 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.LABEL_COLUMN) + Space.LG, theme.px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(Size.ROW_TALL) + Space.XL, theme.px(Size.CONTROL))

    def _arrow_at(self, event: QMouseEvent) -> int:
        point = event.position().toPoint()
        if not self._arrows().contains(point):
            return 0
        return 1 if point.y() < self.height() / 2 else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._step = self._arrow_at(event)
        if not self._step:
            super().mousePressEvent(event)
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.stepBy(self._step)
        self._repeat.start(REPEAT_AFTER_MS)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._arrow_at(event)
        arrow = Qt.CursorShape.PointingHandCursor if self._over else Qt.CursorShape.IBeamCursor
        self.setCursor(arrow)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._repeat.stop()
        self._step = 0
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = 0
        super().leaveEvent(event)
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        self._repeat.stop()
        super().hideEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A page that scrolls under the pointer must not change a number on its way.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _again(self) -> None:
        self._repeat.setInterval(REPEAT_MS)
        self.stepBy(self._step)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        if not self.isEnabled():
            painter.setOpacity(DISABLED)
        paint_field(painter, self.rect().toRectF(), t, self.hasFocus(), self.underMouse(), False)
        box = self._arrows()
        side = theme.px(Size.ICON_TINY)
        left = box.left() + (box.width() - side) / 2 - 2
        middle = self.height() / 2
        allowed = self.stepEnabled()
        flags = QAbstractSpinBox.StepEnabledFlag
        for step, name, top, flag in (
            (1, "chevron-up", middle - side, flags.StepUpEnabled),
            (-1, "chevron-down", middle, flags.StepDownEnabled),
        ):
            if step in (self._over, self._step):
                half = QRectF(left - Space.XS, 3 if step > 0 else middle, side + Space.SM, middle - 3)
                paint_box(painter, half, t.pressed if self._step == step else t.hover, None, Radius.SMALL)
            ink = t.text2 if allowed & flag else faded(t.text2, DISABLED)
            paint_icon(painter, name, QRectF(left, top, side, side), ink)


class NumberField(_Spin, QSpinBox):
    """A whole number between two bounds."""

    def __init__(
        self,
        name: str,
        minimum: int = 0,
        maximum: int = 100,
        value: int = 0,
        *,
        suffix: str = "",
        step: int = 1,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setRange(minimum, maximum)
        self.setSingleStep(step)
        self.setSuffix(suffix)
        self.setValue(value)
        self.setGroupSeparatorShown(maximum >= 10_000)
        self._set_up(name)


class DecimalField(_Spin, QDoubleSpinBox):
    """A number with decimals between two bounds."""

    def __init__(
        self,
        name: str,
        minimum: float = 0.0,
        maximum: float = 1.0,
        value: float = 0.0,
        *,
        decimals: int = 2,
        step: float = 0.1,
        suffix: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setDecimals(decimals)
        self.setRange(minimum, maximum)
        self.setSingleStep(step)
        self.setSuffix(suffix)
        self.setValue(value)
        self._set_up(name)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        return cast("tuple[QValidator.State, str, int]", super().validate(self._with_its_mark(text), pos))

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(self._with_its_mark(text))

    def _with_its_mark(self, text: str) -> str:
        """The point of the number pad is the decimal mark in every language."""
        mark = self.locale().decimalPoint()
        return text if mark == "." else text.replace(".", mark)


class SeedField(TextField):
    """A seed, always a concrete number: typed, rolled with the dice, kept with the lock.

    `changed` tells each new value, however it came. An emptied field takes its last value back.
    """

    changed = Signal(object)
    lock_changed = Signal(bool)

    def __init__(
        self,
        name: str = "Seed",
        value: int | None = None,
        maximum: int = SEED_MAX,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, parent=parent)
        self._maximum = maximum
        self._value = -1
        self.setValidator(QRegularExpressionValidator(r"\d{0,19}", self))
        self._dice = IconButton("dice", f"New {name.lower()}", parent=self)
        self._lock = IconButton("unlock", f"Keep {name.lower()}", icon_on="lock", parent=self)
        self.add_trailing(self._dice)
        self.add_trailing(self._lock)
        self._dice.clicked.connect(self.roll)
        self._lock.toggled.connect(self.lock_changed)
        self.textEdited.connect(self._edited)
        self.editingFinished.connect(self._restore)
        self.set_value(random.randint(0, maximum) if value is None else value)

    def value(self) -> int:
        return self._value

    def set_value(self, value: int) -> None:
        """Set the seed, limited to 0 .. maximum."""
        value = min(max(value, 0), self._maximum)
        if self.text() != str(value):
            self.setText(str(value))
        if value != self._value:
            self._value = value
            self.changed.emit(value)

    @property
    def locked(self) -> bool:
        """Whether the same seed is to be used for the next run."""
        return self._lock.isChecked()

    def set_locked(self, locked: bool) -> None:
        self._lock.setChecked(locked)

    def roll(self) -> None:
        """Take a new random seed."""
        self.set_value(random.randint(0, self._maximum))

    def _edited(self, text: str) -> None:
        if text and int(text) <= self._maximum and int(text) != self._value:
            self._value = int(text)
            self.changed.emit(self._value)

    def _restore(self) -> None:
        self.set_value(int(self.text()) if self.text() else self._value)

    def _dress(self) -> None:
        super()._dress()
        self.setFont(Theme.current().font(tabular=True))
