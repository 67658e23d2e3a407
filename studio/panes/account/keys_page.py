"""The Keys page: all keys of the account, what each may do, making one and revoking one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from studio.core.i18n import tr
from studio.domain.account import KeyRequest, NewKey
from studio.panes.account.key_sheets import NewKeySheet, show_once
from studio.panes.account.keys_presenter import (
    KeysPage,
    KeysPresenter,
    count_words,
    facts,
    has_ended,
    name_of,
    now,
)
from studio.panes.account.keys_table import COLUMNS, KeysTable
from studio.panes.account.shown_page import ShownPage, add_key
from studio.panes.account.tables import FlatTable
from studio.services.keys import ListedKey, like
from studio.ui import dialogs
from studio.ui.secret_clipboard import SecretClipboard
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.surfaces import Banner, Card, EmptyState
from studio.ui.widgets.text import KeyValueGrid, Label

if TYPE_CHECKING:
    from studio.services.context import Services

SEARCH_FROM: Final = 9
"""So many keys before there is something to search."""
SHOWN_ROWS: Final = 10
WIDTHS: Final = (0, *(len(COLUMNS) - 1) * (Size.LABEL_COLUMN + Space.XL,))
EMPTY_HEIGHT: Final = 400
USUAL: Final = KeyRequest(name="", expires_in=30 * 86400, account_permissions=())
Run = Callable[[str, str], None]


class KeysView(ShownPage):
    """The page's content. It asks for the keys when it is shown.

    Args:
        run: carries out a command of the shell.
    """

    def __init__(self, services: Services, run: Run) -> None:
        super().__init__()
        self._services, self._run = services, run
        self._page = KeysPage(standing="loading")
        self._wanted = ""
        self._board: SecretClipboard | None = None
        self.presenter = KeysPresenter(services, self)
        self.model = KeysTable(self)
        self.table = FlatTable(
            self.model, tr("Keys of the account"), WIDTHS, least=1, most=SHOWN_ROWS, sorts=False, one=True
        )
        self.empty = EmptyState("key", tr("Looking at your keys"))
        self.empty.setMinimumHeight(Theme.current().px(EMPTY_HEIGHT))
        self.old = Banner("", "offline", "warn")
        self.card = Card(padding=Space.LG)
        self.count = Label("", tone="text2", tabular=True)
        self.search = SearchField(tr("Search keys"), tr("Search keys"))
        self.refresh = IconButton("refresh", tr("Ask again"))
        self.new = Button(tr("New key"), "primary", "add")
        self.details = _Details()
        self.begin(self.presenter, self.model.tick)
        self._build()
        self._connect()
        self.show_page(self._page)

    def stop(self) -> None:
        super().stop()
        self._services.tasks.cancel_owner(self)
        if self._board is not None:
            self._board.clear()

    # ------------------------------------------------------------------ showing

    def show_page(self, page: KeysPage) -> None:
        """Show the list, or why there is none and the way on."""
        self._page = page
        listed = page.standing == "ready" or bool(page.keys)
        self.empty.setVisible(not listed)
        self.card.setVisible(listed)
        self.old.setVisible(listed and bool(page.problem))
        self.old.set_text(page.problem)
        self.new.setEnabled(page.standing == "ready")
        self.refresh.setEnabled(page.standing == "ready" and not page.asking)
        if not listed:
            self.details.hide()
            self._say_why(page)
            return
        self.model.show(page.keys)
        self.search.setVisible(len(page.keys) >= SEARCH_FROM)
        self._row_changed()

    def chosen(self) -> ListedKey | None:
        """The key of the current row."""
        return self.model.key(self.table.currentIndex().row())

    def _say_why(self, page: KeysPage) -> None:
        words = {
            "signed_out": (
                "account", tr("You are not signed in"), tr("Sign in to see the keys of your account."),
                tr("Sign in"),
            ),
            "rejected": (
                "key", tr("This key is not accepted any more"), tr("Sign in again to see your keys."),
                tr("Sign in"),
            ),
            "offline": (
                "offline", tr("The service does not answer"), tr("Your keys are shown when it does."),
                tr("Try again"),
            ),
            "forbidden": (
                "lock", tr("Nectary may not manage your keys yet"),
                tr("It asks for that only here. Sign in once more and agree to “manage keys”; your "
                   "present key stays in use until then."),
                tr("Sign in to manage keys"),
            ),
            "failed": ("warning", tr("The keys could not be read"), page.problem, tr("Try again")),
        }  # fmt: skip
        self.empty.set_content(*words.get(page.standing, ("key", tr("Looking at your keys"), "", "")))

    def _act_on_empty(self) -> None:
        standing = self._page.standing
        if standing == "forbidden":
            self._run("account.sign_in", "keys")
        elif standing in ("signed_out", "rejected"):
            self._run("account.sign_in", "")
        elif standing == "offline":
            self._services.tasks.spawn(
                self._services.session.refresh(), name="refresh the account", owner=self, group="refresh"
            )
        else:
            self.presenter.refresh()

    def _row_changed(self) -> None:
        chosen = self.chosen()
        self._wanted = chosen.key.id if chosen is not None else self._wanted
        self.details.show_key(chosen, self._page.standing == "ready", self.presenter.title)

    def _reselect(self) -> None:
        """After the rows changed: the same key as before, else the first."""
        row = self.model.row_of(self._wanted)
        if self.model.rowCount():
            self.table.selectRow(max(row, 0))
        self.count.setText(count_words(self._page.keys, self.model.rowCount()))
        self._row_changed()

    # ------------------------------------------------------------------ doing

    def make_new(self) -> None:
        """Ask what a key is for, make it, show it once."""
        self._spawn(self._make(USUAL), "new key")

    async def _make(self, request: KeyRequest) -> None:
        window = self.window()

        async def make(request: KeyRequest) -> NewKey:
            made = await self.presenter.make(request)
            self._wanted = made.id
            return made

        made = await NewKeySheet(
            window, self._services.tasks, make, request=request, models=self.presenter.models()
        ).done()
        if made is None:
            return
        self._board = self._board or SecretClipboard(window)
        await show_once(window, made, self._board)

    def make_like(self) -> None:
        """Make another key from the settings of the chosen one."""
        listed = self.chosen()
        if listed is not None and self.new.isEnabled():
            self._spawn(self._make(like(listed.key, now())), "new key")

    def revoke(self) -> None:
        """Ask, then end the chosen key."""
        listed = self.chosen()
        if listed is not None and not listed.own and self.new.isEnabled():
            self._spawn(self._revoke(listed), "revoke a key")

    async def _revoke(self, listed: ListedKey) -> None:
        ended = has_ended(listed.key, now())
        text = (
            tr("It works no more already. It goes from the list.")
            if ended
            else tr("Whatever uses it stops working at once. This cannot be undone.")
        )
        if await dialogs.confirm(
            self.window(), tr("Revoke {name}?", name=name_of(listed)), text, action=tr("Revoke"), danger=True
        ):
            await self.presenter.revoke(listed)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._services.tasks.spawn(work, name=name, owner=self, group="sheet")

    # ------------------------------------------------------------------ parts

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Keys"), "title"))
        head.addSpacing(Space.XS)
        head.addWidget(self.count, 1)
        head.addWidget(self.search)
        head.addWidget(self.refresh)
        head.addWidget(self.new)
        self.search.setMaximumWidth(Theme.current().px(Size.POPOVER_MIN))
        self.card.body.setSpacing(Space.MD)
        self.card.body.addLayout(head)
        self.card.body.addWidget(self.table)
        self.stack(self.old, self.empty, self.card, self.details)

    def _connect(self) -> None:
        self.presenter.changed.connect(self.show_page)
        self.model.modelReset.connect(self._reselect)
        self.table.selectionModel().currentRowChanged.connect(lambda _new, _old: self._row_changed())
        self.search.textChanged.connect(self.model.search)
        self.refresh.clicked.connect(self.presenter.refresh)
        self.new.clicked.connect(self.make_new)
        self.empty.button.clicked.connect(self._act_on_empty)
        self.details.again.clicked.connect(self.make_like)
        self.details.revoke.clicked.connect(self.revoke)
        self.details.sign_out.clicked.connect(lambda: self._run("account.sign_out", ""))
        add_key(self.table, Qt.Key.Key_Delete, self.revoke)


class _Details(Card):
    """What the chosen key may do, and what can be done about it."""

    def __init__(self) -> None:
        super().__init__(padding=Space.LG)
        self.title = Label("", "title", wrap=True)
        self.facts = KeyValueGrid()
        self.note = Label("", "caption", "text2", wrap=True)
        self.again = Button(tr("Make one like this"), "secondary", "copy")
        self.revoke = Button(tr("Revoke"), "secondary", "trash")
        self.sign_out = Button(tr("Sign out"), "secondary", "sign-out")
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self.again)
        row.addWidget(self.revoke)
        row.addWidget(self.sign_out)
        row.addStretch(1)
        self.body.setSpacing(Space.MD)
        for part in (self.title, self.facts, self.note):
            self.body.addWidget(part)
        self.body.addLayout(row)

    def show_key(self, listed: ListedKey | None, works: bool, title: Callable[[str], str]) -> None:
        """Show a key, or nothing. `works`: the service can be asked."""
        self.setVisible(listed is not None)
        if listed is None:
            return
        self.title.setText(name_of(listed))
        self.facts.set_rows(facts(listed, now(), title))
        self.note.setText(
            tr("Nectary uses this key now, so it is given up by signing out.")
            if listed.own
            else tr("A key cannot be changed. Make one like this with other settings, then revoke this one.")
        )
        self.sign_out.setVisible(listed.own)
        self.revoke.setVisible(not listed.own)
        self.revoke.setEnabled(works)
        self.again.setEnabled(works)
