"""Right of the form: running jobs, what was made, and the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.panes.create.job_cards import JobCards
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from studio.ui.pane import PaneContext
from studio.ui.theme import Space
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.surfaces import Pill, Surface
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.panes.create.presenter import CreatePresenter

SEARCH_MS = 120
SEARCH_WIDTH = 320
NARROW = 900
KINDS = (MediaKind.IMAGE, MediaKind.VIDEO)
VERBS = (
    ("use_all", "Use all", "use-all"),
    ("vary", "Vary", "vary"),
    ("use_prompt", "Use prompt", "quote"),
    ("use_seed", "Use seed", "dice"),
)


class ResultsView(Surface):
    """Jobs above the gallery, the inspector beside it."""

    def __init__(
        self, context: PaneContext, presenter: CreatePresenter, parent: QWidget | None = None
    ) -> None:
        super().__init__("bg", parent=parent)
        services = context.services
        self._context = context
        self._presenter = presenter
        self.jobs = JobCards(services.jobs.all, presenter.expected_seconds, self)
        self.jobs.command.connect(context.run)
        presenter.jobs_changed.connect(self.jobs.refresh)
        self.browser = AssetBrowser(
            services.library,
            services.tasks,
            context.theme,
            services.settings,
            empty=(
                "create",
                tr("Nothing made yet"),
                tr("Write a prompt and press Generate. Every picture is kept on your disk."),
            ),
        )
        self.inspector = AssetInspector(
            context, self.browser, verbs=[(v, tr(label), icon) for v, label, icon in VERBS]
        )
        self.inspector.taken.connect(lambda verb, asset: presenter.use(asset, verb.removeprefix("use_")))
        self._shown_of = Label("", tone="text2", tabular=True)
        self._total = 0
        self.browser.counted.connect(self._count)
        self._arrange()
        self.jobs.refresh()
        self._ask()

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        middle = QVBoxLayout()
        middle.setContentsMargins(0, Space.LG, 0, 0)
        middle.setSpacing(Space.MD)
        head = QVBoxLayout()
        head.setContentsMargins(Space.XL - Space.XS, 0, Space.XL - Space.XS, 0)
        head.setSpacing(Space.MD)
        head.addWidget(self.jobs)
        head.addLayout(self._filters())
        middle.addLayout(head)
        middle.addWidget(self.browser, 1)
        row.addLayout(middle, 1)
        row.addWidget(self.inspector)

    def _filters(self) -> QHBoxLayout:
        self.search = SearchField("Search results", tr("Search prompts, model:flux, rating:>3"))
        self.search.setMaximumWidth(SEARCH_WIDTH)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SEARCH_MS)
        self._wait.timeout.connect(self._ask)
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self._kinds: dict[MediaKind, Pill] = {}
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addWidget(self.search, 1)
        for kind, label in ((MediaKind.IMAGE, tr("Pictures")), (MediaKind.VIDEO, tr("Video"))):
            pill = Pill(label)
            pill.setCheckable(True)
            pill.toggled.connect(lambda _on: self._ask())
            self._kinds[kind] = pill
            row.addWidget(pill)
        row.addStretch(1)
        row.addWidget(self._shown_of)
        return row

    # ------------------------------------------------------------------ commands

    def show_newest(self) -> None:
        self.jobs.refresh()

    def stop(self) -> None:
        self._wait.stop()
        self.inspector.stop()
        self.browser.stop()

    # ------------------------------------------------------------------ inside

    def _ask(self) -> None:
        chosen = tuple(kind for kind, pill in self._kinds.items() if pill.isChecked())
        text = self.search.text().strip()
        filtered = bool(text or chosen)
        if filtered:
            self.browser.set_empty(
                "search", tr("Nothing matches"), tr("Try fewer words, or clear the search.")
            )
        else:
            self.browser.set_empty(
                "create",
                tr("Nothing made yet"),
                tr("Write a prompt and press Generate. Every picture is kept on your disk."),
            )
        self._filtered = filtered
        self.browser.set_query(LibraryQuery(text=text, kinds=chosen or KINDS))

    def _count(self, count: int) -> None:
        if not self._filtered:
            self._total = count
        self._shown_of.setText(
            tr("{n:,} of {all:,}", n=count, all=max(self._total, count))
            if self._filtered
            else f"{count:,}"
            if count
            else ""
        )
        if count and self.browser.current() is None:
            self.browser.select_first()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.inspector.setVisible(self.width() > NARROW - 280)
        return super().event(event)
