"""What will be sent with the next question: how much of the context it fills, what falls out, the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.core.i18n import tr, trn
from studio.domain.conversation import MessageTree
from studio.domain.money import pollen, pollen_range
from studio.panes.chat.model_words import count_words
from studio.services.chat_words import ChatPlan
from studio.ui.dialogs import Sheet
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import Themed, name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.popover import Popover
from studio.ui.widgets.text import KeyValueGrid, Label, SectionHeader

PREVIEW_HEIGHT = 420


class Gauge(Themed, QWidget):
    """How full the context is: messages that go along, and this question."""

    def __init__(self, plan: ChatPlan) -> None:
        super().__init__()
        whole = plan.context_length or plan.limit or max(plan.tokens, 1)
        self._all = min(plan.tokens / whole, 1.0)
        self._draft = min(plan.draft_tokens / whole, self._all)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name_widget(self, tr("Context in use"))
        self.setAccessibleDescription(tr("{share} %", share=round(self._all * 100)))

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(Size.POPOVER_MIN), Space.SM)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        rect = self.rect().toRectF()
        paint_box(painter, rect, t.raised, None, Space.XS)
        if self._all > 0:
            filled = QRectF(0, 0, max(rect.width() * self._all, Space.SM), rect.height())
            paint_box(painter, filled, t.border_strong, None, Space.XS)
            part = max(rect.width() * self._draft, Space.XS)
            paint_box(painter, QRectF(filled.right() - part, 0, part, rect.height()), t.honey, None, Space.XS)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a chat cost so far, in pollen: the branch that is shown, and all branches."""

    branch: Decimal = Decimal(0)
    whole: Decimal = Decimal(0)


def spent_on(tree: MessageTree, path: Sequence[str]) -> Spent:
    """The costs of a branch and of its whole tree."""
    whole = sum((node.cost for node in tree.nodes() if node.cost is not None), Decimal(0))
    costs = (tree[message_id].cost for message_id in path if message_id in tree)
    return Spent(sum((cost for cost in costs if cost is not None), Decimal(0)), whole)


def facts(plan: ChatPlan, spent: Spent) -> list[tuple[str, str]]:
    """The lines of the popover."""
    unit = tr("sandbox pollen") if plan.sandbox else tr("pollen")
    rows = [
        (tr("This question"), tr("{n} tokens", n=count_words(plan.draft_tokens))),
        (
            trn("One message before", "{n} messages before", len(plan.kept)),
            tr("{n} tokens", n=count_words(max(plan.tokens - plan.draft_tokens, 0))),
        ),
    ]
    if plan.context_length:
        rows.append((tr("The model takes"), tr("{n} tokens", n=count_words(plan.context_length))))
    if plan.dropped:
        rows.append((tr("Falls out"), trn("one message", "{n} messages", len(plan.dropped))))
    price = plan.price
    if price is not None and price.low is not None and price.high is not None:
        rows.append((tr("Next answer"), f"≈ {pollen_range(price.low, price.high)} {unit}"))
    if spent.whole:
        rows.append((tr("This branch cost"), f"{pollen(spent.branch)} {unit}"))
    if spent.whole != spent.branch:
        rows.append((tr("All branches cost"), f"{pollen(spent.whole)} {unit}"))
    return rows


class ContextPopover(Popover):
    """Over the composer; "Show the request" opens what goes over the wire, word for word."""

    def __init__(
        self, anchor: QWidget, plan: ChatPlan, spent: Spent, show_request: Callable[[], object]
    ) -> None:
        super().__init__(anchor, padding=Space.MD, align_right=True)
        self.body.addWidget(SectionHeader(tr("What will be sent")))
        self.body.addWidget(Gauge(plan))
        self.body.addWidget(KeyValueGrid(facts(plan, spent)))
        if plan.dropped:
            words = tr("The oldest messages do not fit. Pin those that must go along.")
        else:
            words = tr("Counts are estimates; the service counts exactly.")
        self.body.addWidget(Label(words, "caption", "text2", wrap=True))
        request = Button(tr("Show the request"), "secondary", "code", size="small")
        request.clicked.connect(self.dismiss)
        request.clicked.connect(show_request)
        self.body.addWidget(request)

    def open(self) -> None:
        """Show it; it deletes itself when it goes."""
        self.dismissed.connect(self.deleteLater)
        self.present()


def open_request(owner: QWidget, plan: ChatPlan) -> Sheet:
    """The request as it would be sent, to read and copy; the sheet deletes itself when it goes."""
    sheet = Sheet(
        owner, tr("The request"), tr("Exactly this is sent, with the key in its header and files in full.")
    )
    field = PromptEdit(tr("Request"))
    field.set_text(plan.preview())
    field.editor.setReadOnly(True)
    field.editor.setFont(Theme.current().mono("caption"))
    field.set_heights(PREVIEW_HEIGHT, PREVIEW_HEIGHT)
    sheet.add_content(field)
    close = sheet.add_button(tr("Close"), None, "primary", default=True)
    sheet.seal()
    sheet.dismissed.connect(sheet.deleteLater)
    sheet.present(close)
    return sheet
