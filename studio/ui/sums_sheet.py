"""What was spent, by model, collection and day; pressing a line shows what it was spent on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.library import Sum, Sums
from studio.domain.money import spent
from studio.ui.dialogs import Sheet
from studio.ui.moments import day_in_words
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import TabButton
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.text import Label, SectionHeader

MOST_LINES = 50
_ROWS = 9
Chosen = tuple[str, str]
"""What a line is about ("model", "collection" or "day"), and its value."""


def money(one: Sum) -> str:
    """An amount, real and pretend pollen apart."""
    return spent(one.cost, one.sandbox_cost, tr("pollen"), tr("sandbox pollen"))


async def show_sums(owner: QWidget, sums: Sums, model_title: Callable[[str], str]) -> Chosen | None:
    """Show the sums; the line that was pressed, or None."""
    sheet = Sheet(owner, tr("What was spent"))
    total = money(sums.total) or tr("Nothing")
    made = trn("on one thing", "on {n} things", sums.total.count)
    sheet.add_content(Label(f"{total} {made}", tone="text2", tabular=True, wrap=True))
    area = ScrollColumn(spacing=Space.MD)
    today = datetime.now().astimezone().date()
    groups: tuple[tuple[str, str, Sequence[Sum], Callable[[Sum], str]], ...] = (
        ("model", tr("By model"), sums.models, lambda one: model_title(one.value)),
        ("collection", tr("By collection"), sums.collections, lambda one: one.label),
        ("day", tr("By day"), sums.days, lambda one: day_in_words(date.fromisoformat(one.value), today)),
    )
    lines = 0
    first: QWidget | None = None
    for what, title, found, name in groups:
        if found:
            group = _Group(title, found[:MOST_LINES], name)
            group.pressed(lambda value, what=what: sheet.finish((what, value)))
            area.column.addWidget(group)
            lines += len(found) + 1
            first = first or group.lines[0]
    area.column.addStretch(1)
    area.setFixedHeight(Theme.current().px(Size.CONTROL) * min(max(lines, 1), _ROWS) + 2 * Space.LG)
    area.setVisible(bool(lines))
    sheet.add_content(area)
    close = sheet.add_button(tr("Close"), None, "primary", default=True)
    answer = await sheet.result(first or close)
    return answer if isinstance(answer, tuple) else None


class _Group(QWidget):
    """A heading and a line for each sum."""

    def __init__(self, title: str, found: Sequence[Sum], name: Callable[[Sum], str]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.NONE)
        header = SectionHeader(title)
        header.setContentsMargins(Space.MD, Space.NONE, Space.MD, Space.XS)
        column.addWidget(header)
        self.lines: list[TabButton] = []
        self._values = [one.value for one in found]
        for one in found:
            words = name(one)
            line = TabButton(words, "", wide=True)
            line.set_detail(money(one))
            line.setAccessibleName(f"{words}: {money(one)}")
            column.addWidget(line)
            self.lines.append(line)

    def pressed(self, tell: Callable[[str], object]) -> None:
        for line, value in zip(self.lines, self._values, strict=True):
            line.clicked.connect(lambda _on=False, value=value: tell(value))
