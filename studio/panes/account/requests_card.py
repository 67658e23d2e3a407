"""Single requests: as the service billed them, as the program wrote them down, or the two side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.files import write_atomically
from studio.core.i18n import number, tr, trn
from studio.domain.money import pollen
from studio.domain.reconciliation import Match, Verdict
from studio.domain.spending import DaySpan, span_of
from studio.panes.account.days_chooser import DaysChooser
from studio.panes.account.export_sheets import TableWish, ask_evidence, ask_table
from studio.panes.account.requests_table import WIDTHS, RequestsTable, View, arranged, kind_of
from studio.panes.account.tables import FlatTable
from studio.panes.account.words import kind_words, verdict_words
from studio.services.notices import Severity
from studio.services.spending import Comparison
from studio.services.spending_tables import ledger_csv, usage_csv
from studio.services.usage import UsageReader, csv_name
from studio.ui import dialogs
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Switch
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Card, EmptyState
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

SHOWN_ROWS: Final = 14
FILTER_WIDTH: Final = 168
SEARCH_WIDTH: Final = 240
IN_A_THREAD: Final = 500
"""From so many rows on they are filtered and sorted beside the window's thread."""


class RequestsCard(Card):
    """Time, model, kind, tokens, duration and price of each request; filtered, sorted, compared, saved."""

    def __init__(self, services: Services) -> None:
        super().__init__(padding=Space.LG)
        self._services = services
        self._span = span_of("30", datetime.now(UTC).date())
        self._reader = UsageReader(span=self._span)
        self._matches: list[Match] = []
        self._kinds: frozenset[str] = frozenset()
        self._comparison: Comparison | None = None
        self.view = Segmented(
            tr("Records"),
            [("service", tr("As billed")), ("here", tr("This program")), ("both", tr("Side by side"))],
            "service",
        )
        self.days = DaysChooser(("7", "30", "90", "custom"))
        self.search = SearchField(tr("Search requests"))
        self.kind = Select(tr("Kind"), [Option("", tr("All kinds"))], "")
        self.differences = Switch(tr("Differences only"), name=tr("Differences only"))
        self.model = RequestsTable(services.catalogue.title, self)
        self.table = FlatTable(self.model, tr("Requests"), WIDTHS["service"], most=SHOWN_ROWS)
        self.more = Button(tr("Show older"), "secondary", "requests")
        self.save = Button(tr("Save as CSV"), "quiet", "export")
        self.evidence = Button(tr("Save evidence"), "quiet", "archive")
        self.words = Label("", "caption", "text2", wrap=True)
        self.nothing = EmptyState("requests", tr("Requests"), on_action=self.read)
        self._build()
        self._connect()
        self.start_over()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Requests"), "title"))
        head.addStretch(1)
        for button in (self.evidence, self.save, self.more):
            head.addWidget(button)
        choices = QWidget()
        flow = FlowLayout(choices)
        for widget in (self.view, self.days, self.search, self.kind, self.differences):
            flow.addWidget(widget)
        self.body.setSpacing(Space.MD)
        self.body.addLayout(head)
        self.body.addWidget(choices)
        self.body.addWidget(self.table)
        self.body.addWidget(self.nothing)
        self.body.addWidget(self.words)
        self._fit()

    def _connect(self) -> None:
        self.view.changed.connect(lambda _view: self.start_over())
        self.days.chosen.connect(self._choose_days)
        self.more.clicked.connect(self.read)
        self.save.clicked.connect(lambda: self._spawn(self._save_table(), "save"))
        self.evidence.clicked.connect(lambda: self._spawn(self._save_evidence(), "save"))
        self.search.textChanged.connect(lambda _text: self.arrange())
        self.kind.changed.connect(lambda _kind: self.arrange())
        self.differences.toggled.connect(lambda _on: self.arrange())
        self.table.horizontalHeader().sortIndicatorChanged.connect(lambda _c, _o: self.arrange())
        self.table.selectionModel().selectionChanged.connect(lambda _n, _o: self._show_chosen())
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def shown(self) -> View:
        """Which records are shown."""
        view = self.view.value()
        return "here" if view == "here" else "both" if view == "both" else "service"

    # ------------------------------------------------------------------ reading

    def start_over(self) -> None:
        """Forget what was read: other days or records, another account, or another service."""
        self._services.tasks.cancel_owner(self)
        self._reader = UsageReader(span=self._span)
        self._matches, self._comparison, self._kinds = [], None, frozenset()
        self.more.set_loading(False)
        self.nothing.button.set_loading(False)
        self.differences.setVisible(self.shown == "both")
        self.model.show(self.shown, [])
        self.table.set_widths(WIDTHS[self.shown])
        self.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        self._say()
        if self.shown == "here":
            self.read()

    def stop(self) -> None:
        """The program ends."""
        self._services.tasks.cancel_owner(self)

    def _choose_days(self, choice: str, between: DaySpan | None) -> None:
        self._span = between or span_of(choice, datetime.now(UTC).date())
        self.start_over()

    def read(self) -> None:
        """Read the next page, the program's records, or everything for a comparison."""
        self.more.set_loading(True)
        self.nothing.button.set_loading(True)
        work = {"service": self._read_page, "here": self._read_lines, "both": self._compare}[self.shown]
        self._spawn(self._told(work()), "read")

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; what goes wrong is said under the table."""
        try:
            await work
        except StudioError as error:
            self._say(f"{error.title} {error.detail}".strip())
        finally:
            self.more.set_loading(False)
            self.nothing.button.set_loading(False)

    async def _read_page(self) -> None:
        rows = await self._reader.older(self._services.session.client)
        new = [Match(verdict=Verdict.UNKNOWN, rows=(row,)) for row in rows]
        self._matches += new
        self._offer_kinds(new)
        if self._is_plain():
            self.model.append(new)
            self._say()
        else:
            await self._arranged()

    async def _read_lines(self) -> None:
        lines = await self._services.spending.lines(self._span)
        self._matches = [Match(verdict=Verdict.AGREES, line=line) for line in reversed(lines)]
        self._offer_kinds(self._matches)
        await self._arranged()

    async def _compare(self) -> None:
        def tell(rows: int) -> None:
            self.words.setText(trn("{n} request read.", "{n} requests read.", rows))

        self._comparison = await self._services.spending.compare(self._span, tell=tell)
        self._matches = list(self._comparison.result.matches)
        self._offer_kinds(self._matches)
        await self._arranged()

    def _scrolled(self, value: int) -> None:
        """Older requests come when the end is in sight."""
        at_end = value >= self.table.verticalScrollBar().maximum()
        has_more = self.shown == "service" and bool(self._matches) and not self._reader.complete
        if at_end and has_more and not self.more.loading:
            self.read()

    # ------------------------------------------------------------------ order and choice

    def arrange(self) -> None:
        """Filter and sort what was read."""
        self._spawn(self._arranged(), "arrange")

    def _is_plain(self) -> bool:
        header = self.table.horizontalHeader()
        newest_first = (
            header.sortIndicatorSection() == 0 and header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        )
        return newest_first and not self.search.text().strip() and not self.kind.value()

    async def _arranged(self) -> None:
        header = self.table.horizontalHeader()
        view, matches = self.shown, self._matches
        down = header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        column = min(max(header.sortIndicatorSection(), 0), self.model.columnCount() - 1)

        words, kind = self.search.text(), self.kind.value() or ""
        differences = view == "both" and self.differences.isChecked()

        def work() -> list[Match]:
            return arranged(
                matches, view, column, down, words=words, kind=kind, differences=differences,
                title=self._services.catalogue.title,
            )  # fmt: skip

        rows = await asyncio.to_thread(work) if len(matches) >= IN_A_THREAD else work()
        self.model.show(view, rows)
        self._say()

    def _offer_kinds(self, more: Sequence[Match]) -> None:
        """Offer the kinds of what came now too; those of before need no second look."""
        found = self._kinds | {kind_of(match) for match in more} - {""}
        if found == self._kinds:
            return
        self._kinds = found
        kinds = sorted(found)
        options = [Option("", tr("All kinds")), *(Option(kind, kind_words(kind)) for kind in kinds)]
        self.kind.set_options(options, self.kind.value() or "")

    # ------------------------------------------------------------------ saving

    async def _save_table(self) -> None:
        source = "here" if self.shown == "here" else "service"
        wish = await ask_table(self.window(), source, self._span)
        if wish is None:
            return
        name = csv_name(wish.span, "pollinations" if wish.source == "service" else "nectary")
        path = await dialogs.pick_save(
            self.window(), tr("Save as CSV"), Path.home() / name, [(tr("Tables"), ("*.csv",))]
        )
        if path is None:
            return
        self.save.set_loading(True)
        try:
            await self._told(self.write_table(path, wish))
        finally:
            self.save.set_loading(False)

    async def write_table(self, path: Path, wish: TableWish) -> None:
        """Write the requests of these days, in UTC.

        Raises:
            ApiError: the key may not see them, or the service cannot be reached.
            StorageError: the file cannot be written.
        """
        if wish.source == "here":
            lines = await self._services.spending.lines(wish.span, UTC)
            table = await asyncio.to_thread(ledger_csv, lines)
        else:
            reader = UsageReader(span=wish.span)
            while not reader.complete:
                await reader.older(self._services.session.client)
            table = await asyncio.to_thread(usage_csv, reader.rows)
        await asyncio.to_thread(write_atomically, path, table.encode())
        self._services.notices.tell(tr("The requests are saved as {name}.", name=path.name),
                                    severity=Severity.SUCCESS)  # fmt: skip

    async def _save_evidence(self) -> None:
        chosen = self._picked()
        prompts = await ask_evidence(self.window(), len(chosen), _sum(chosen))
        if prompts is None:
            return
        name = f"nectary-evidence-{datetime.now(UTC):%Y-%m-%d}.zip"
        path = await dialogs.pick_save(
            self.window(), tr("Save evidence"), Path.home() / name, [(tr("Archives"), ("*.zip",))]
        )
        if path is not None:
            await self._told(self.write_evidence(path, chosen, prompts=prompts))

    async def write_evidence(self, path: Path, chosen: list[Match], *, prompts: bool) -> None:
        """Write the bundle for these requests.

        Raises:
            StorageError: something cannot be read, or the file cannot be written.
        """
        account = self._services.account.state
        who = (account.profile.github_username if account.profile else "") or account.account
        await self._services.evidence.write(path, chosen, who=who, prompts=prompts)
        self._services.notices.tell(tr("The evidence is saved as {name}.", name=path.name),
                                    severity=Severity.SUCCESS)  # fmt: skip

    # ------------------------------------------------------------------ look

    def _picked(self) -> list[Match]:
        """The selected requests, or all that are shown."""
        rows = self.table.chosen_rows() or range(self.model.rowCount())
        return [self.model.request(row) for row in rows]

    def _show_chosen(self) -> None:
        rows = self.table.chosen_rows()
        if rows:
            chosen = [self.model.request(row) for row in rows]
            count = trn("{n} request chosen", "{n} requests chosen", len(rows))
            amount = _sum(chosen) if self.shown != "here" else sum((m.here for m in chosen), Decimal(0))
            self.words.setText(tr("{count}, {amount} pollen", count=count, amount=pollen(amount)))
        else:
            self._say()

    def _say(self, problem: str = "") -> None:
        shown = self.model.rowCount()
        has_all = {"service": self._reader.complete, "here": True, "both": self._comparison is not None}
        self.words.setText(problem or self._summary())
        self.words.setVisible(shown > 0)
        self.table.setVisible(shown > 0)
        self.nothing.setVisible(shown == 0)
        self.nothing.set_content(*self._why_nothing(problem))
        self.more.setVisible(shown > 0 and not has_all[self.shown])
        self.more.setText(tr("Show older"))
        self.evidence.setVisible(shown > 0)

    def _why_nothing(self, problem: str) -> tuple[str, str, str, str]:
        """Icon, title, sentence and way on where there are no rows."""
        if problem:
            return "offline", tr("The requests could not be read"), problem, tr("Try again")
        if self._matches:
            return "filter", tr("No request is like this"), tr("Search for other words, or all kinds."), ""
        if self.shown == "both" and self._comparison is None:
            sentence = tr("This program's records beside what the service billed in these days.")
            return "ledger", tr("Both sides of the bill"), sentence, tr("Compare")
        if self.shown == "service" and not self._reader.complete:
            sentence = tr("What the service billed in these days. It is asked when you press the button.")
            return "requests", tr("Requests as they were billed"), sentence, tr("Show requests")
        return "requests", tr("No requests in these days"), "", ""

    def _summary(self) -> str:
        """What is shown and where it comes from."""
        if self.shown == "both":
            return self._comparison_words()
        count = trn("{n} request", "{n} requests", len(self._matches))
        if self.model.rowCount() < len(self._matches):
            count = tr("{shown} of {count}", shown=self.model.rowCount(), count=count)
        if self.shown == "here":
            return tr("{count} of this program's own records. Times of this machine's clock.", count=count)
        whose = (
            tr("of this key alone; it may not see the others")
            if self._reader.own_key_only
            else tr("of the account")
        )
        return tr("{count} {whose}. Times of this machine's clock.", count=count, whose=whose)

    def _comparison_words(self) -> str:
        if self._comparison is None:
            return ""
        result = self._comparison.result
        parts = [
            tr("Here {here}, billed {billed} pollen", here=pollen(result.here), billed=pollen(result.billed))
        ]
        parts += [
            f"{verdict_words(verdict)}: {number(count)}"
            for verdict in Verdict
            if (count := result.count(verdict))
        ]
        if self._comparison.settled:
            parts.append(
                trn("{n} estimate took over what was billed", "{n} estimates took over what was billed",
                    self._comparison.settled)
            )  # fmt: skip
        return " · ".join(parts)

    def _spawn(self, work: Coroutine[Any, Any, None], group: str) -> None:
        self._services.tasks.spawn(work, name=f"requests: {group}", owner=self, group=group)

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def _fit(self) -> None:
        theme = Theme.current()
        self.kind.setFixedWidth(theme.px(FILTER_WIDTH))
        self.search.setFixedWidth(theme.px(SEARCH_WIDTH))
        self.differences.setFixedHeight(theme.px(Size.CONTROL))
        for choice in (self.view, self.days.choice):
            choice.setMinimumWidth(choice.sizeHint().width())


def _sum(matches: list[Match]) -> Decimal:
    return sum((match.billed for match in matches), Decimal(0))
