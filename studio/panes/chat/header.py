"""The line over a conversation: its title, its model, its parameters, and ways to take it away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from studio.core.i18n import tr
from studio.core.tips import plain_tip
from studio.panes.chat.side_bar import EXPORTS
from studio.ui.theme import BORDER, Radius, Size, Space, Theme, Weight
from studio.ui.widgets.base import name_widget, paint_box, paint_text, painter_for, text_width
from studio.ui.widgets.buttons import IconButton, PaintedButton
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Pill, Surface

HEIGHT = 46


class TitleButton(PaintedButton):
    """The title; pressing it edits it in place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        name_widget(self, tr("Rename the chat"))

    def set_title(self, title: str) -> None:
        self.setText(title)
        self.setAccessibleDescription(title)
        self.setToolTip(plain_tip(title))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        width = text_width(self.text(), theme.font(weight=Weight.SEMIBOLD))
        return QSize(round(width) + 2 * Space.SM + 1, theme.px(Size.CONTROL))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.LABEL_COLUMN), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        border = t.focus if self.ring_visible else None
        fill = t.raised if self.underMouse() and self.isEnabled() else None
        paint_box(painter, self.rect().toRectF(), fill, border, Radius.CONTROL)
        words = QRectF(Space.SM, 0, self.width() - 2 * Space.SM, self.height())
        paint_text(painter, words, self.text(), theme.font(weight=Weight.SEMIBOLD), t.text)


class Header(Surface):
    """Title at the left, model, parameters and export at the right.

    Signals:
        renamed(text), model_wanted(anchor), parameters_wanted, list_wanted, export_wanted(kind).
    """

    renamed = Signal(str)
    model_wanted = Signal(object)
    parameters_wanted = Signal()
    list_wanted = Signal()
    export_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg", "bottom", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list = IconButton("sidebar", tr("Show the list of chats"), size="normal")
        self.title = TitleButton()
        self.field = TextField(tr("Title"))
        self.temporary = Pill(tr("Not kept"), "clock", tone="info", static=True)
        self.model = Pill(tr("Choose a model"), "model", menu=True, name=tr("Model"))
        self.parameters = Pill(tr("Parameters"), "sliders")
        self.share = Pill("", "export", name=tr("Export this chat"))
        self._build()
        self.title.clicked.connect(self.edit_title)
        self.field.installEventFilter(self)
        self.model.clicked.connect(lambda: self.model_wanted.emit(self.model))
        self.parameters.clicked.connect(self.parameters_wanted)
        self.list.clicked.connect(self.list_wanted)
        self.share.clicked.connect(self._open_share)

    def _build(self) -> None:
        self.temporary.setToolTip(plain_tip(tr("This chat is forgotten when the program ends.")))
        self.share.setToolTip(plain_tip(tr("Export this chat")))
        self.parameters.setCheckable(True)
        self.field.hide()
        self.field.setMaximumWidth(Theme.current().px(Size.DIALOG))
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.LG, Space.NONE, Space.XL, round(BORDER))
        row.setSpacing(Space.SM)
        row.addWidget(self.list)
        row.addWidget(self.title)
        row.addWidget(self.field, 1)
        row.addWidget(self.temporary)
        row.addStretch(1)
        row.addWidget(self.model)
        row.addWidget(self.parameters)
        row.addWidget(self.share)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.DIALOG), Theme.current().px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.DIALOG) // 2, Theme.current().px(HEIGHT))

    # ------------------------------------------------------------------ showing

    def show_chat(self, title: str, *, exists: bool, temporary: bool) -> None:
        """The title, and whether there is anything to rename and export."""
        self.leave_field(keep=False)
        self.title.set_title(title)
        self.title.setVisible(exists)
        self.share.setVisible(exists)
        self.temporary.setVisible(temporary)

    def show_model(self, title: str, problem: str = "") -> None:
        """The model's name; `problem` says what is wrong with it."""
        self.model.set_text(title or tr("Choose a model"))
        self.model.setAccessibleDescription(title)
        self.model.set_tone("warn" if problem else None)
        self.model.setToolTip(plain_tip(problem))

    def show_list_button(self, words: str) -> None:
        """What the button of the list does now."""
        name_widget(self.list, words, words)

    def show_changed(self, count: int) -> None:
        """How many parameters are set."""
        self.parameters.set_text(tr("Parameters · {n}", n=count) if count else tr("Parameters"))

    # ------------------------------------------------------------------ the title

    def edit_title(self) -> None:
        """Edit the title in place: Enter keeps it, Escape does not."""
        self.field.setText(self.title.text())
        self.title.hide()
        self.field.show()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave_field(self, *, keep: bool) -> None:
        """End editing the title."""
        if self.field.isHidden():
            return
        text = " ".join(self.field.text().split())
        self.field.hide()
        self.title.show()
        if keep and text and text != self.title.text():
            self.title.set_title(text)
            self.renamed.emit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.field:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self.leave_field(keep=True)
            return False
        pressed = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else 0
        if pressed not in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            return False
        self.leave_field(keep=pressed != Qt.Key.Key_Escape)
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def _open_share(self) -> None:
        menu = Menu(self)
        for kind, words in EXPORTS:
            menu.add(words, lambda kind=kind: self.export_wanted.emit(kind))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup_under(self.share, align_right=True)
