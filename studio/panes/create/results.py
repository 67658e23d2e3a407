"""Right of the form: running jobs, what was made, and the inspector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QMoveEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import number, tr
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.domain.media import MediaKind
from studio.panes.create.job_cards import JobCards
from studio.qt_models.bridge import bridge
from studio.ui.asset_browser import AssetBrowser
from studio.ui.asset_inspector import AssetInspector
from studio.ui.asset_verbs import VERBS, taker_of
from studio.ui.folding import SideFold
from studio.ui.pane import PaneContext
from studio.ui.theme import Space
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.surfaces import Pill, Surface
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.panes.create.presenter import CreatePresenter

SEARCH_MS = 120
SEARCH_WIDTH = 320
KINDS = (MediaKind.IMAGE, MediaKind.VIDEO)


class ResultsView(Surface):
    """Jobs above the gallery, the inspector beside it.

    Args:
        first: takes a verb before everybody else, or says that it is not for it.
    """

    _filtered = False
    _empty_says = ""

    def __init__(
        self,
        context: PaneContext,
        presenter: CreatePresenter,
        parent: QWidget | None = None,
        first: Callable[[str, Asset], bool] = lambda _verb, _asset: False,
    ) -> None:
        super().__init__("bg", parent=parent)
        services = context.services
        self._context = context
        self._presenter = presenter
        self._first = first
        self.jobs = JobCards(
            self._visual_jobs, presenter.expected_seconds, lambda job: job.id in services.jobs.recovered,
            services.jobs.waiting, self, services.legacy.logs.of,
        )  # fmt: skip
        self.jobs.command.connect(context.run)
        self.jobs.focus_lost.connect(self._take_focus)
        presenter.jobs_changed.connect(self.jobs.refresh)
        presenter.jobs_changed.connect(self._say_empty)
        sentence = tr("Write a prompt and press Generate. Every picture is kept on your disk.")
        self.browser = AssetBrowser(
            services.library, services.tasks, context.theme, services.settings, sound=services.sound,
            empty=("create", tr("Nothing made yet"), sentence),
        )  # fmt: skip
        self.browser.setObjectName("results")  # what the tour points at, empty or not
        self.inspector = AssetInspector(context, self.browser, verbs=VERBS)
        self.inspector.taken.connect(self._carry_out)
        self._shown_of = Label("", tone="text2", tabular=True)
        self._total = 0
        self._expected: set[str] = set()
        self._looked_at: int | None = None
        self._arriving: int | None = None
        bridge(services.jobs.finished, self._finished, self)
        self.browser.counted.connect(self._count)
        self.browser.widen_requested.connect(self._show_everything)
        self._arrange()
        self.jobs.refresh()
        self._ask()

    def _visual_jobs(self) -> list[Job]:
        """Speech and transcripts have places of their own."""
        return [job for job in self._context.services.jobs.all() if job.kind in (*KINDS, "legacy")]

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
        head.addLayout(self._filters())
        head.addWidget(self.jobs)
        middle.addLayout(head)
        middle.addWidget(self.browser, 1)
        row.addLayout(middle, 1)
        self.browser.installEventFilter(self)
        settings = self._context.services.settings
        self.fold = SideFold(self, row, self.inspector, shown=settings.values.create.inspector_shown)
        self.fold.wanted.connect(lambda on: settings.change("create", inspector_shown=on))
        self._head.addWidget(self.fold.button)

    def _filters(self) -> QHBoxLayout:
        self.search = SearchField(tr("Search results"), tr("Search prompts, model:flux, rating:>3"))
        self.search.setMaximumWidth(SEARCH_WIDTH)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SEARCH_MS)
        self._wait.timeout.connect(self._ask)
        self.search.textChanged.connect(lambda _text: self._wait.start())
        self._kinds: dict[MediaKind, Pill] = {}
        row = QHBoxLayout()
        self._head = row
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

    def expect(self, jobs: Sequence[Job]) -> None:
        """These were just started: their results are looked at as they arrive, unless the user looks at
        something else meanwhile."""
        self.jobs.refresh()
        self._expected |= {job.id for job in jobs}
        self._looked_at = self._current_number()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cards that come and go move the gallery; what one looks at in it stays where it is on the screen.
        At its top it goes along, so that the newest is in sight."""
        if watched is self.browser and isinstance(event, QMoveEvent):
            bar = self.browser.view.verticalScrollBar()
            if bar.value() > 0:
                bar.setValue(max(1, bar.value() + event.pos().y() - event.oldPos().y()))
        return False

    def parts(self) -> list[QWidget]:
        """The parts of this view that the focus goes to with F6, as they show now."""
        return [self.browser, self.inspector] if self._inspects() else [self.browser]

    def places(self) -> list[QWidget]:
        """Where the focus goes in each of them."""
        view = self.browser.view
        gallery: QWidget = view if view.isVisible() else self.search
        return [gallery, self.inspector.first_stop] if self._inspects() else [gallery]

    def _inspects(self) -> bool:
        return self.inspector.isVisible() and self.inspector.asset is not None

    def stop(self) -> None:
        self._wait.stop()
        self._context.services.tasks.cancel_owner(self)
        self.inspector.stop()
        self.browser.stop()

    # ------------------------------------------------------------------ inside

    def _carry_out(self, verb: str, asset: Asset) -> None:
        pane = taker_of(verb, asset)
        if self._first(verb, asset):
            return
        if pane != "create":
            self._context.open_with(pane, verb, asset)
        else:
            self._presenter.use(asset, verb.removeprefix("use_"))

    def _take_focus(self) -> None:
        """The card one pressed Cancel on is gone; Qt would move the focus to the first tab."""
        view = self.browser.view
        (view if view.isVisible() else self.search).setFocus()

    def _ask(self) -> None:
        chosen = tuple(kind for kind, pill in self._kinds.items() if pill.isChecked())
        text = self.search.text().strip()
        filtered = bool(text or chosen)
        if filtered:
            self.browser.set_empty(
                "search",
                tr("Nothing matches"),
                tr("Try fewer words, or clear the search."),
                tr("Show everything"),
            )
        self._filtered, self._empty_says = filtered, ""
        self._say_empty()
        self.browser.set_query(LibraryQuery(text=text, kinds=chosen or KINDS))

    def _say_empty(self) -> None:
        """What an empty gallery says while nothing is filtered."""
        if self._filtered:
            return
        made = any(not job.state.is_final for job in self._visual_jobs())
        title = tr("On its way") if made else tr("Nothing made yet")
        first = tr("What is being made comes here as soon as it is on your disk.")
        sentence = tr("Write a prompt and press Generate. Every picture is kept on your disk.")
        if title != self._empty_says:
            self.browser.set_empty("create", title, first if made else sentence)
            self._empty_says = title

    def _show_everything(self) -> None:
        self.search.clear()
        for pill in self._kinds.values():
            pill.setChecked(False)
        self.search.setFocus()  # the button that was pressed goes

    def _count(self, count: int) -> None:
        if not self._filtered:
            self._total = count
        self._shown_of.setText(
            tr("{n:,} of {all:,}", n=count, all=max(self._total, count))
            if self._filtered
            else number(count)
            if count
            else ""
        )
        if count and not self.browser.view.currentIndex().isValid():
            self.browser.select_first()
        self._look_at_newest()

    # ------------------------------------------------------------------ results that arrive

    def _current_number(self) -> int | None:
        index = self.browser.view.currentIndex()
        return self.browser.model.number_at(index.row()) if index.isValid() else None

    def _finished(self, job: Job) -> None:
        if job.id in self._expected:
            self._expected.discard(job.id)
            if job.asset_id:
                self._context.services.tasks.spawn(
                    self._look_at(job.asset_id), name="look at the result", owner=self
                )

    async def _look_at(self, asset_id: str) -> None:
        number = await self._context.services.library.row_of(asset_id)
        if number is not None:
            self._arriving = number
            self._look_at_newest()

    def _look_at_newest(self) -> None:
        """Choose the result that arrived, once the gallery has it. The user's own choice goes before, and
        who scrolled away is left alone."""
        if self._arriving is None:
            return
        view = self.browser.view
        index = self.browser.model.index_of_row(self._arriving)
        if not index.isValid():
            return
        at_top = view.verticalScrollBar().value() == 0
        if at_top and self._current_number() == self._looked_at:
            view.setCurrentIndex(index)
            self._looked_at = self._arriving
        self._arriving = None
