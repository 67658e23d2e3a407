"""Words on the window: labels in the five sizes, elided labels, headings of a section, key and value rows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.core.tips import plain_tip
from studio.ui.tab_order import OneStop
from studio.ui.theme import LINE_SPACING, Radius, Role, Size, Space, Theme, Tone, Weight
from studio.ui.widgets import roles
from studio.ui.widgets.base import Focusable, Themed, paint_text, painter_for


class Label(Themed, QLabel):
    """Text of one role and tone. Plain text always: what models and servers write is never read as HTML."""

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        tone: Tone = "text",
        *,
        weight: Weight | None = None,
        tabular: bool = False,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._role: Role = role
        self._tone: Tone = tone
        self._weight = weight
        self._tabular = tabular
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        self._dress()

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self._dress()

    def set_selectable(self, selectable: bool = True) -> None:
        """Let the user select and copy the text with pointer and keyboard."""
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.setTextInteractionFlags(flags if selectable else Qt.TextInteractionFlag.NoTextInteraction)

    def retheme(self) -> None:
        self._dress()
        super().retheme()

    def _dress(self) -> None:
        theme = Theme.current()
        self.setFont(theme.font(self._role, self._weight, self._tabular))
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.tokens.tone(self._tone))
        self.setPalette(palette)


class SelectableLabel(Focusable, Label):
    """Text that pointer and keyboard can select and copy; it shows when the keyboard is there."""

    def __init__(self, text: str = "", *, tabular: bool = False, wrap: bool = False) -> None:
        super().__init__(text, tabular=tabular, wrap=wrap)
        self.set_selectable()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # Qt takes it off the way of Tab

    def ring_radius(self) -> float:
        return Radius.SMALL


class ElidedLabel(Themed, QWidget):
    """One line that shortens with an ellipsis to the room it gets; the whole text is its tip."""

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        tone: Tone = "text",
        *,
        weight: Weight | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._role: Role = role
        self._tone: Tone = tone
        self._weight = weight
        self._mode = mode
        self._align = align
        self._tabular = tabular
        roles.set_role(self, roles.Role.StaticText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        """Set the text; line breaks become spaces."""
        self._text = " ".join(text.split())
        self.setAccessibleName(self._text)
        self._tell()
        self.updateGeometry()
        self.update()

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self.update()

    @property
    def elided(self) -> bool:
        """Whether the text does not fit now."""
        font = Theme.current().font(self._role, self._weight, self._tabular)
        return QFontMetricsF(font).horizontalAdvance(self._text) > self.width() + 0.5

    def _tell(self) -> None:
        self.setToolTip(plain_tip(self._text) if self.elided else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        metrics = QFontMetricsF(theme.font(self._role, self._weight, self._tabular))
        return QSize(round(metrics.horizontalAdvance(self._text)) + 1, theme.line_height(self._role))

    def minimumSizeHint(self) -> QSize:
        return QSize(Space.XXL, Theme.current().line_height(self._role))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        font = theme.font(self._role, self._weight, self._tabular)
        paint_text(
            painter, self.rect().toRectF(), self._text, font, t.tone(self._tone), self._align, self._mode
        )


class Paragraph(Themed, QWidget):
    """Text over several lines with room between them; `lines` caps how many, the last one then elided.

    `width` is the width it would like, in pixels at 100 %.
    """

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        tone: Tone = "text",
        *,
        lines: int = 0,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        width: int = Size.POPOVER_MIN,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._role: Role = role
        self._tone: Tone = tone
        self._lines = lines
        self._align = align
        self._width = width
        roles.set_role(self, roles.Role.StaticText)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_text(text)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self.update()

    def _line(self) -> int:
        return round(Theme.current().line_height(self._role) * LINE_SPACING)

    def _broken(self, width: float) -> list[str]:
        """The text in lines that fit the width."""
        from PySide6.QtGui import QTextLayout, QTextOption

        theme = Theme.current()
        font = theme.font(self._role)
        lines: list[str] = []
        for paragraph in self._text.split("\n"):
            layout = QTextLayout(paragraph, font)
            option = QTextOption()
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            layout.setTextOption(option)
            layout.beginLayout()
            while (line := layout.createLine()).isValid():
                line.setLineWidth(max(width, 1))
                # Qt counts UTF-16 units; Python counts characters.
                units = paragraph.encode("utf-16-le")[2 * line.textStart() :][: 2 * line.textLength()]
                lines.append(units.decode("utf-16-le").rstrip())
            layout.endLayout()
        if self._lines and len(lines) > self._lines:
            rest = " ".join(lines[self._lines - 1 :])
            lines = lines[: self._lines - 1]
            lines.append(QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, width))
        return lines

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return len(self._broken(width)) * self._line()

    def sizeHint(self) -> QSize:
        width = Theme.current().px(self._width)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(Space.XXL, self._line())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        font, height = theme.font(self._role), self._line()
        for index, line in enumerate(self._broken(self.width())):
            rect = QRectF(0, index * height, self.width() + 1, height)
            paint_text(painter, rect, line, font, t.tone(self._tone), self._align)


class SectionHeader(QWidget):
    """The small heading over a control: its label at the left, a value or count at the right.

    `buddy` is the control that it names: its mnemonic and screen readers lead there.
    """

    def __init__(
        self, text: str, value: str = "", buddy: QWidget | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.label = Label(text, "caption", "text2", weight=Weight.MEDIUM, parent=self)
        self.value = Label(value, "caption", "text2", tabular=True, parent=self)
        if buddy is not None:
            self.label.setBuddy(buddy)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._row.setSpacing(Space.SM)
        self._row.addWidget(self.label, 1)
        self._row.addWidget(self.value)

    def set_value(self, value: str) -> None:
        self.value.setText(value)

    def add_action(self, widget: QWidget) -> None:
        """Put a small button at the right end."""
        self._row.addWidget(widget)


class KeyValueGrid(Themed, QWidget):
    """The inspector's facts: a quiet name, then its value, in two aligned columns."""

    def __init__(self, rows: list[tuple[str, str]] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._grid.setHorizontalSpacing(Space.LG)
        self._grid.setVerticalSpacing(Space.SM)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, Label] = {}
        self._one_stop = OneStop(self)
        self._measure()
        self.set_rows(rows or [])

    def set_rows(self, rows: list[tuple[str, str]]) -> None:
        """Show these facts in this order; only what changed is rebuilt."""
        if [key for key, _value in rows] == list(self._values):
            for key, value in rows:
                self._values[key].setText(value)
                self._values[key].setAccessibleName(f"{key}: {value}")
            return
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._values.clear()
        for index, (key, value) in enumerate(rows):
            name = Label(key, tone="text2")
            shown = SelectableLabel(value, tabular=True, wrap=True)
            shown.setAccessibleName(f"{key}: {value}")
            self._grid.addWidget(name, index, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(shown, index, 1)
            self._values[key] = shown
        self._one_stop.hold(list(self._values.values()))

    def _measure(self) -> None:
        self._grid.setColumnMinimumWidth(0, Theme.current().px(Size.LABEL_COLUMN) - Space.LG)

    def retheme(self) -> None:
        self._measure()
        super().retheme()

    def value(self, key: str) -> str:
        """The text beside a name. KeyError for a name that is not shown."""
        return self._values[key].text()
