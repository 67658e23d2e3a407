"""The requests that the service billed, read a page at a time when the user asks, and saved as a table."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTableView

from studio.core.errors import StudioError
from studio.core.files import write_atomically
from studio.core.i18n import tr, trn
from studio.panes.account.requests_table import COLUMNS, RequestsTable
from studio.services.notices import Severity
from studio.services.usage import UsageReader, csv_name, usage_as_csv
from studio.ui import dialogs
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.surfaces import Card
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QAbstractItemModel

    from studio.services.context import Services

SHOWN_ROWS = 12
"""The table scrolls by itself from here on."""


class RequestsCard(Card):
    """Time, model, kind, tokens, duration and price of each request, as the service tells them.

    Args:
        make_table: a table in the pane's look.
    """

    def __init__(
        self, services: Services, make_table: Callable[[QAbstractItemModel, str], QTableView]
    ) -> None:
        super().__init__(padding=Space.LG)
        self._services = services
        self._days = 30
        self._reader = UsageReader(self._days)
        self.model = RequestsTable(services.catalogue.title, self)
        self.table = make_table(self.model, tr("Requests as the service billed them"))
        self.more = Button(tr("Show requests"), "secondary", "requests")
        self.save = Button(tr("Save as CSV"), "quiet", "export")
        self.words = Label("", "caption", "text2", wrap=True)
        self._build()
        self.start_over()

    def start_over(self, days: int | None = None) -> None:
        """Forget what was read: other days, another account, or another service."""
        self._services.tasks.cancel_owner(self)
        self._days = days or self._days
        self._reader = UsageReader(self._days)
        self.model.clear()
        self.more.set_loading(False)
        self._say(tr("What the service billed in the last {n} days. It is asked when you press the button.",
                     n=self._days))  # fmt: skip

    def stop(self) -> None:
        """The program ends."""
        self._services.tasks.cancel_owner(self)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Requests"), "title"))
        head.addStretch(1)
        head.addWidget(self.save)
        head.addWidget(self.more)
        self.body.setSpacing(Space.MD)
        self.body.addLayout(head)
        self.body.addWidget(self.table)
        self.body.addWidget(self.words)
        self.more.clicked.connect(self._read)
        self.save.clicked.connect(self._save)

    def _read(self) -> None:
        self.more.set_loading(True)
        self._services.tasks.spawn(self._read_page(), name="requests", owner=self, group="read")

    async def _read_page(self) -> None:
        reader = self._reader
        try:
            rows = await reader.older(self._services.session.client)
        except StudioError as error:
            self._say(f"{error.title} {error.detail}".strip())
            return
        finally:
            self.more.set_loading(False)
        self.model.append(rows)
        count = trn("{n} request", "{n} requests", len(reader.rows))
        whose = (
            tr("of this key alone; it may not see the others")
            if reader.own_key_only
            else tr("of the account")
        )
        self._say(tr("{count} {whose}, in the last {n} days. Times on this machine's clock.",
                     count=count, whose=whose, n=self._days))  # fmt: skip

    def _save(self) -> None:
        self._services.tasks.spawn(self._save_table(), name="save the requests", owner=self, group="save")

    async def _save_table(self) -> None:
        name = csv_name(self._days, datetime.now(UTC))
        path = await dialogs.pick_save(
            self.window(), tr("Save the requests"), Path.home() / name, [(tr("Tables"), ("*.csv",))]
        )
        if path is None:
            return
        self.save.set_loading(True)
        try:
            await self.write_table(path)
        except StudioError as error:
            self._say(f"{error.title} {error.detail}".strip())
        finally:
            self.save.set_loading(False)

    async def write_table(self, path: Path) -> None:
        """Write the service's own table of these days.

        Raises:
            ApiError: the key may not see it, or the service cannot be reached.
            StorageError: the file cannot be written.
        """
        table = await usage_as_csv(self._services.session.client, self._days)
        await asyncio.to_thread(write_atomically, path, table.encode())
        self._services.notices.tell(tr("The requests are saved as {name}.", name=path.name),
                                    severity=Severity.SUCCESS)  # fmt: skip

    # ------------------------------------------------------------------ look

    def _say(self, words: str) -> None:
        self.words.setText(words)
        self.table.setVisible(self.model.rowCount() > 0)
        self.more.setVisible(not self._reader.complete)
        self.more.setText(tr("Show older") if self.model.rowCount() else tr("Show requests"))
        self._fit()

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def _fit(self) -> None:
        theme = Theme.current()
        row = theme.px(Size.ROW)
        self.table.verticalHeader().setDefaultSectionSize(row)
        header = self.table.horizontalHeader()
        shown = min(self.model.rowCount(), SHOWN_ROWS)
        self.table.setFixedHeight(header.sizeHint().height() + shown * row + Space.XS)
        for column in range(len(COLUMNS)):
            if header.sectionResizeMode(column) == QHeaderView.ResizeMode.Fixed:
                wide = Size.LABEL_COLUMN * 2 if column == 0 else Size.LABEL_COLUMN
                self.table.setColumnWidth(column, theme.px(wide))
