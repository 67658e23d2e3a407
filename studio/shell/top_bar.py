"""The bar at the top: logo, pane tabs, search, jobs, balance, account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.ui.icons import paint_icon
from studio.ui.pane import PaneSpec
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.base import name_widget, paint_box, paint_text, painter_for
from studio.ui.widgets.brand import Logo
from studio.ui.widgets.buttons import IconButton, PaintedButton, TabButton
from studio.ui.widgets.fields import KeyCap
from studio.ui.widgets.surfaces import Avatar, Pill, Surface

if TYPE_CHECKING:
    # Importing them at run time would bring httpx in before the first paint.
    from studio.services.account import AccountState
    from studio.services.session import SessionState

SEARCH_WIDTH = 280
SEARCH_WIDTH_MIN = 150
KEYS_WIDTH = 60
ROOMY = 1360
NARROW = 640
"""Widths of the bar, in pixels at 100 % font size: from the first on the search is wide, below the second it
is an icon."""


class SearchButton(PaintedButton):
    """Looks like a field, opens the command palette: one place to search everything."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Search everything"), tr("Commands and everything you made"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, Space.SM, 0)
        row.addStretch(1)
        self._keys = KeyCap("Ctrl K", self)
        row.addWidget(self._keys)

    def fit(self, width: int) -> None:
        """Be so wide, in pixels at 100 % font size; 0 for the icon alone."""
        theme = Theme.current()
        self._keys.setVisible(width > 0)
        side = theme.px(Size.CONTROL)
        self.setFixedSize(QSize(theme.px(width) or theme.px(Size.ICON) + 2 * Space.MD, side))

    def sizeHint(self) -> QSize:
        theme = Theme.current()
        return QSize(theme.px(SEARCH_WIDTH), theme.px(Size.CONTROL))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme, t = painter_for(self)
        fill = t.hover if self.underMouse() else t.raised
        paint_box(painter, QRectF(self.rect()), fill, t.focus if self.ring_visible else None)
        side = theme.px(Size.ICON)
        paint_icon(painter, "search", QRectF(Space.MD, (self.height() - side) / 2, side, side), t.text2)
        left = Space.MD + side + Space.SM
        room = QRectF(left, 0, self.width() - left - theme.px(KEYS_WIDTH), self.height())
        if not self._keys.isHidden():
            paint_text(painter, room, tr("Search everything"), theme.font(), t.text2)


class TopBar(Surface):
    """Tabs at the left; at the right what costs money and what is going on."""

    pane_chosen = Signal(str)
    search_wanted = Signal()
    balance_pressed = Signal()
    account_pressed = Signal()
    preferences_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, panes: Sequence[PaneSpec], parent: QWidget | None = None) -> None:
        super().__init__("surface", "bottom", parent)
        self._tabs: dict[str, TabButton] = {}
        self._job_pill: PaintedButton | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Space.LG, 0, Space.LG, 0)
        self._row.setSpacing(Space.XS)
        self._row.addWidget(Logo(self))
        self._row.addSpacing(Space.MD)
        for spec in panes:
            self._row.addWidget(self._make_tab(spec))
        self._row.addStretch(1)
        self._jobs_at = self._row.count()
        self._search = SearchButton(self)
        self._search.clicked.connect(self.search_wanted)
        self._search.fit(SEARCH_WIDTH_MIN)
        self._row.addWidget(self._search)
        self._row.addSpacing(Space.SM)
        self._balance = Pill("", "pollen", name=tr("Balance"), filled=True)
        self._balance.clicked.connect(self.balance_pressed)
        self._balance.hide()
        self._row.addWidget(self._balance)
        self._row.addSpacing(Space.XS)
        self.avatar = Avatar("", name=tr("Account menu"))
        self.avatar.clicked.connect(self.account_pressed)
        self.avatar.hide()
        self._row.addWidget(self.avatar)
        self.help = IconButton("question", tr("Help"))
        self.help.clicked.connect(self.help_wanted)
        self._row.addWidget(self.help)
        preferences = IconButton("settings", tr("Preferences"))
        preferences.clicked.connect(self.preferences_wanted)
        self._row.addWidget(preferences)
        self.setFixedHeight(Theme.current().px(Size.TOP_BAR))

    def _make_tab(self, spec: PaneSpec) -> TabButton:
        tab = TabButton(spec.title, spec.icon)
        name_widget(tab, spec.title)
        tab.setCheckable(True)
        tab.clicked.connect(lambda _on=False, pane_id=spec.id: self.pane_chosen.emit(pane_id))
        self._tabs[spec.id] = tab
        return tab

    # ------------------------------------------------------------------ state

    def add_job_pill(self, pill: PaintedButton) -> None:
        """The pill with the running jobs; left of the search, where its growing does not move it."""
        self._job_pill = pill
        self._row.insertWidget(self._jobs_at, pill)
        self._row.insertSpacing(self._jobs_at + 1, Space.SM)

    def open_jobs(self) -> None:
        """Open the tray of the jobs, or close it."""
        if self._job_pill is not None:
            self._job_pill.click()

    def choose(self, pane_id: str) -> None:
        """Mark the tab of the visible pane; "" for none (the welcome page)."""
        for its_id, tab in self._tabs.items():
            tab.setChecked(its_id == pane_id)

    def show_account(self, session: SessionState, account: AccountState) -> None:
        """The balance with the words that say whose money it is, and the initial of the user."""
        from studio.domain.money import pollen

        spendable = account.spendable
        if session.is_sandbox:
            amount = f" {pollen(spendable)}" if spendable is not None else ""
            self._balance.set_icon("sandbox")
            self._balance.set_text(tr("Sandbox") + amount)
            self._balance.setToolTip(tr("A stand-in service on this machine. Its pollen is pretend."))
            self._balance.show()
        elif session.mode == "cloud" and spendable is not None:
            self._balance.set_icon("pollen")
            self._balance.set_text(tr("{amount} pollen", amount=pollen(spendable)))
            self._balance.setToolTip(tr("What this key can spend."))
            self._balance.show()
        else:
            self._balance.hide()
        who = account.profile.name or account.profile.github_username if account.profile else ""
        self.avatar.setVisible(session.mode == "cloud" and (bool(who) or account.key is not None))
        self.avatar.set_who(who or account.account)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_search()

    def retheme(self) -> None:
        super().retheme()
        self.setFixedHeight(Theme.current().px(Size.TOP_BAR))
        self._fit_search()

    def _fit_search(self) -> None:
        """Larger text leaves less room, in a window of the same width."""
        theme = Theme.current()
        usual = SEARCH_WIDTH if self.width() >= theme.px(ROOMY) else SEARCH_WIDTH_MIN
        # What the tabs, the jobs and the balance leave: their words differ in length.
        room = self.width() - self._row.sizeHint().width() + self._search.minimumWidth()
        narrow = self.width() < theme.px(NARROW) or room < theme.px(SEARCH_WIDTH_MIN)
        self._search.fit(0 if narrow else usual if room >= theme.px(usual) else SEARCH_WIDTH_MIN)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_search()
        return done
