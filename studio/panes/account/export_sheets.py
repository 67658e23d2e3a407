"""Questions before something is saved: which days as a table, and what goes into a bundle of evidence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr, trn
from studio.domain.money import pollen
from studio.domain.spending import DaySpan
from studio.panes.account.days_chooser import BetweenDays
from studio.ui.dialogs import Sheet
from studio.ui.widgets.choice import Checkbox, Segmented

Source = Literal["service", "here"]


@dataclass(frozen=True, slots=True)
class TableWish:
    """What the table is to hold."""

    source: Source
    span: DaySpan


async def ask_table(owner: QWidget, source: Source, span: DaySpan) -> TableWish | None:
    """Which days of which records; None when cancelled."""
    sheet = Sheet(
        owner, tr("Save as CSV"),
        tr("One line for each request, with amounts in full. Days and times in UTC, as the service counts."),
    )  # fmt: skip
    choice = Segmented(
        tr("Records"), [("service", tr("As billed")), ("here", tr("As written down here"))], source
    )
    days = BetweenDays()
    days.set_span(span)
    sheet.add_content(choice)
    sheet.add_content(days)
    sheet.add_button(tr("Cancel"), None)

    def wish() -> TableWish:
        return TableWish("here" if choice.value() == "here" else "service", days.span)

    save = sheet.add_button(tr("Choose a place"), wish, "primary", default=True)
    answer = await sheet.result(save)
    return answer if isinstance(answer, TableWish) else None


async def ask_evidence(owner: QWidget, requests: int, billed: Decimal) -> bool | None:
    """Whether prompts go along; None when cancelled."""
    what = trn("{n} request", "{n} requests", requests)
    sheet = Sheet(
        owner, tr("Save evidence"),
        tr("{what}, billed {amount} pollen. The ZIP holds amounts, times, request ids, headers and errors, "
           "to send to the service when you ask for money back. There is no key in it.",
           what=what, amount=pollen(billed)),
    )  # fmt: skip
    prompts = Checkbox(tr("Put my prompts and the answers' words in, too"))
    sheet.add_content(prompts)
    sheet.add_button(tr("Cancel"), None)
    save = sheet.add_button(
        tr("Choose a place"), lambda: ("save", prompts.isChecked()), "primary", default=True
    )
    answer = await sheet.result(save)
    return answer[1] if isinstance(answer, tuple) else None
