"""The Account pane: who pays, what can be spent with source and age, the key, and the ledger."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from studio.core.i18n import tr
from studio.panes.account.budgets_card import BudgetsCard
from studio.panes.account.keys_page import KeysView
from studio.panes.account.presenter import AccountPresenter, Page, Tile, TodayPage, today_tile
from studio.panes.account.requests_card import RequestsCard
from studio.panes.account.sections import Sections
from studio.panes.account.spending_card import SpendingCard
from studio.panes.account.uploads_page import UploadsView
from studio.ui.pane import Pane, PaneContext
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.surfaces import Avatar, Banner, Card, EmptyState
from studio.ui.widgets.text import ElidedLabel, KeyValueGrid, Label

TICK_MS: Final = 20_000
KEY_CARD: Final = 300
FOUR_TILES: Final = 820
"""Below this width, at 100 % font size, tiles stand two by two and the key stands above the ledger."""


class _Tile(Card):
    """One figure with its title and its source."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.body.setSpacing(Space.XS)
        self._title = Label(title, "caption", "text2")
        self._figure = Label("–", "display", tabular=True)
        self._note = Label(" ", "caption", "text2", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        for label in (self._title, self._figure):
            self.body.addWidget(label)
        self.body.addWidget(self._note, 1)
        name_widget(self, title)

    def show_tile(self, tile: Tile) -> None:
        """Set figure and source; screen readers hear both as one."""
        self._title.setText(tile.title)
        self._figure.setText(tile.figure)
        self._note.setText(tile.note or " ")
        counts = tile.figure[:1].isdigit()
        figure = tr("{amount} pollen", amount=tile.figure) if counts else tile.figure
        self.setAccessibleDescription(f"{figure}, {tile.note}" if tile.note else figure)


class _Header(QWidget):
    """Avatar, name, and what can be done about the account."""

    def __init__(self) -> None:
        super().__init__()
        self.avatar = Avatar("", large=True, name=tr("Your account"))
        self.avatar.set_static()
        self.who = ElidedLabel("", "title")
        self.line = ElidedLabel("", tone="text2")
        self.refresh = Button(tr("Refresh"), "secondary", "refresh")
        self.sign_in = Button(tr("Sign in"), "primary", "sign-in")
        self.sign_out = Button(tr("Sign out"), "quiet")
        self.accounts = IconButton("users", tr("Switch account"))
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(self.who)
        words.addWidget(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.MD)
        row.addWidget(self.avatar)
        row.addLayout(words, 1)
        for button in (self.sign_in, self.refresh, self.accounts, self.sign_out):
            row.addWidget(button)

    def show_page(self, page: Page) -> None:
        """Set the words and offer what fits the state."""
        self.avatar.set_who(page.who)
        self.who.set_text(page.who)
        self.line.set_text(page.line)
        self.line.setVisible(bool(page.line))
        self.refresh.set_loading(page.checking)
        self.sign_in.setVisible(page.standing in ("rejected", "sandbox"))
        self.sign_out.setVisible(page.standing in ("signed_in", "offline", "rejected"))
        self.accounts.setVisible(page.standing in ("signed_in", "offline", "rejected"))
        self.sign_out.setText(tr("Forget this key") if page.standing == "rejected" else tr("Sign out"))


class AccountPane(Pane):
    """The pane. Before the services are there it shows that it is loading."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._presenter: AccountPresenter | None = None
        self._context: PaneContext | None = None
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._banners = {
            "sandbox": Banner(
                tr("Sandbox: the pollen here is pretend and nothing costs money."), "sandbox", "accent"
            ),
            "rejected": Banner(
                tr("The service does not accept this key any more. It may have expired or been revoked."),
                "key", "warn",
            ),
        }  # fmt: skip
        self._header = _Header()
        self._signed_out = EmptyState("account", tr("You are not signed in"))
        titles = (tr("You can spend"), tr("This key's budget"), tr("Wallet"), tr("Today, here"))
        self._tiles = [_Tile(title) for title in titles]
        self._tile_grid = QGridLayout()
        self._requests: RequestsCard | None = None
        self._sections = Sections()
        self._overview = self._sections.add("overview", tr("Overview"), "gauge")
        self._requests_page = self._sections.add("requests", tr("Requests"), "requests")
        self._keys_page = self._sections.add("keys", tr("Keys"), "key")
        self._keys: KeysView | None = None
        self._uploads_page = self._sections.add("uploads", tr("Uploads"), "cloud-upload")
        self._uploads: UploadsView | None = None
        self._key = Card()
        self._facts = KeyValueGrid()
        self._renew = Button(tr("Renew the key"), "secondary", "key")
        self._spending: SpendingCard | None = None
        self._budgets: BudgetsCard | None = None
        self._side = QWidget()
        self._side_column = QVBoxLayout(self._side)
        self._main = QVBoxLayout()
        self._lower = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build()

    def _build(self) -> None:
        self._tile_grid.setSpacing(Space.LG)
        self._key.body.setSpacing(Space.MD)
        self._key.body.addWidget(Label(tr("This key"), "title"))
        self._key.body.addWidget(self._facts)
        self._key.body.addStretch(1)
        self._lower.setSpacing(Space.LG)
        side = self._side_column
        side.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        side.setSpacing(Space.LG)
        side.addWidget(self._key)
        self._key.body.addWidget(self._renew)
        side.addStretch(1)
        self._lower.addLayout(self._main, 1)
        self._lower.addWidget(self._side)
        column = self._overview.column
        column.addWidget(self._header)
        column.addWidget(self._signed_out)
        column.addLayout(self._tile_grid)
        column.addLayout(self._lower)
        self._overview.resized.connect(self._arrange)
        self._arrange(self._overview.content_width)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        outer.setSpacing(Space.NONE)
        for banner in self._banners.values():
            outer.addWidget(banner)
        outer.addWidget(self._sections, 1)
        self.show_page(Page(standing="connecting"))

    def attach(self, context: PaneContext) -> None:
        self._context = context
        presenter = AccountPresenter(context.services, self)
        self._presenter = presenter
        presenter.page_changed.connect(self.show_page)
        presenter.today_changed.connect(self.show_today)
        self._tick.timeout.connect(presenter.tick)
        self._header.refresh.clicked.connect(presenter.refresh)
        self._header.sign_in.clicked.connect(lambda: context.run("account.sign_in", ""))
        self._header.sign_out.clicked.connect(lambda: context.run("account.sign_out", ""))
        self._header.accounts.clicked.connect(self._offer_accounts)
        self._signed_out.button.clicked.connect(lambda: context.run("account.sign_in", ""))
        self._renew.clicked.connect(lambda: context.run("account.renew", ""))
        spending, budgets = SpendingCard(context.services), BudgetsCard(context.services)
        requests = RequestsCard(context.services)
        self._spending, self._budgets, self._requests = spending, budgets, requests
        # Columns with a stretch below, not alignment: a card is as high as its words need in its width.
        self._main.addWidget(spending)
        self._main.addStretch(1)
        self._side_column.insertWidget(1, budgets)
        self._requests_page.column.addWidget(requests)
        self._keys = KeysView(context.services, context.run)
        self._keys_page.column.addWidget(self._keys)
        self._uploads = UploadsView(context.services, context.open_with)
        self._uploads_page.column.addWidget(self._uploads)
        presenter.payer_changed.connect(requests.start_over)
        presenter.payer_changed.connect(spending.start_over)
        presenter.spent.connect(spending.start)
        self._arrange(self._overview.content_width)
        spending.start()
        presenter.start()

    def act(self, verb: str) -> None:
        if verb == "overview":
            self._sections.choose("overview")

    def shown(self) -> None:
        if self._presenter is not None:
            self._presenter.start()

    def detach(self) -> None:
        self._tick.stop()
        if self._presenter is not None:
            self._presenter.stop()
        for part in (self._requests, self._keys, self._uploads, self._spending):
            if part is not None:
                part.stop()

    # ------------------------------------------------------------------ showing

    def show_page(self, page: Page) -> None:
        """Show who, how much and which key; what a state does not know is not there."""
        known = page.standing not in ("signed_out", "connecting")
        self._header.setVisible(known)
        self._signed_out.setVisible(not known)
        self._key.setVisible(known and page.standing != "sandbox")
        billed = page.standing in ("signed_in", "sandbox")
        self._sections.tabs["requests"].setEnabled(billed)
        if self._sections.current == "requests" and not billed:
            self._sections.choose("overview")
        for tile in self._tiles[:3]:
            tile.setVisible(known)
        self._tiles[3].setVisible(known)
        if known:
            self._header.show_page(page)
            for widget, tile in zip(self._tiles, page.tiles, strict=False):
                widget.show_tile(tile)
            self._facts.set_rows(list(page.facts))
        elif page.standing == "connecting":
            self._signed_out.set_content("account", tr("Looking at your account"))
        else:
            self._signed_out.set_content(
                "account", tr("You are not signed in"),
                tr("Sign in to see your balance and to make things."),
                tr("Sign in"),
            )  # fmt: skip
        for standing, banner in self._banners.items():
            banner.setVisible(page.standing == standing)

    def show_today(self, page: TodayPage) -> None:
        """Show what was spent today, and how much of the budgets that is."""
        self._tiles[3].show_tile(today_tile(page))
        if self._budgets is not None:
            self._budgets.show_today(page)

    def _offer_accounts(self) -> None:
        """The accounts with a key in the keyring, and one more."""
        if self._context is None or self._presenter is None:
            return
        run, now = self._context.run, self._presenter.account
        menu = Menu(self)
        for name in self._presenter.accounts:
            menu.add(name, lambda name=name: run("account.switch", name), checked=name == now)
        menu.add(tr("Add an account"), lambda: run("account.sign_in", ""), "add")
        menu.popup_under(self._header.accounts)

    # ------------------------------------------------------------------ size and time

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)

    def _arrange(self, width: int) -> None:
        """Put the overview's parts side by side where `width` pixels suffice, else below each other."""
        theme = Theme.current()
        roomy = width >= theme.px(FOUR_TILES)
        for index, tile in enumerate(self._tiles):
            self._tile_grid.addWidget(tile, *((0, index) if roomy else divmod(index, 2)))
        for column in range(4):
            self._tile_grid.setColumnStretch(column, 1 if roomy or column < 2 else 0)
        self._side.setFixedWidth(theme.px(KEY_CARD) if roomy else max(width, 0))
        self._lower.setDirection(
            QBoxLayout.Direction.LeftToRight if roomy else QBoxLayout.Direction.BottomToTop
        )
