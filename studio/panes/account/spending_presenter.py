"""What the spending card shows: which days of which source, filtered, summed up, zoomed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QObject, Signal

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.spending import (
    FIRST_DAY,
    By,
    Cell,
    ChartData,
    DaySpan,
    SpendingFilter,
    chart_of,
    day_of,
    span_of,
)
from studio.panes.account.words import kind_words
from studio.services.spending import Sums
from studio.ui.moments import ago

if TYPE_CHECKING:
    from studio.services.context import Services

Source = Literal["here", "account"]
Zone = Literal["local", "utc"]
EVERYTHING: Final = SpendingFilter()
NO_DAYS: Final = DaySpan(date.min, date.min)
NO_DATA: Final = ChartData()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingView:
    """Everything the card shows.

    Args:
        whole: the days that were read, `span` those in sight.
        data: the chart of `span`; `names` of its series, for people.
        cells: the sums in sight. `models`, `kinds`, `accounts`: what one may filter by.
        problem: why there is nothing, in a sentence; `detail`: what can be done about it.
    """

    source: Source = "here"
    zone: Zone = "local"
    by: By = "model"
    wanted: SpendingFilter = EVERYTHING
    whole: DaySpan = NO_DAYS
    span: DaySpan = NO_DAYS
    data: ChartData = NO_DATA
    names: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    total: Decimal = Decimal(0)
    requests: int = 0
    models: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    note: str = ""
    problem: str = ""
    detail: str = ""
    loading: bool = False


class SpendingPresenter(QObject):
    """Reads sums and shows them; filters and zooming read nothing again."""

    changed = Signal(object)
    """A `SpendingView`."""
    span_changed = Signal(object)
    """The `DaySpan` that is read, for what else follows it."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._view = SpendingView()
        self._own_zone: Zone = self._view.zone
        self._choice = "30"
        self._custom: DaySpan | None = None
        self._sums = Sums(span=self._view.whole)
        self._choices: tuple[tuple[str, ...], ...] = ((), (), ())

    @property
    def view(self) -> SpendingView:
        """What is shown now."""
        return self._view

    @property
    def today(self) -> date:
        """Today in the zone whose days are shown."""
        return day_of(datetime.now(UTC), self._zone)

    @property
    def _zone(self) -> tzinfo | None:
        return UTC if self._view.zone == "utc" else None

    def stop(self) -> None:
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ commands

    def choose_days(self, choice: str, custom: DaySpan | None = None) -> None:
        """Which days: "7", "30", "90", "all", or "custom" ones."""
        self._choice, self._custom = choice, custom
        self.read()

    def choose_source(self, source: Source) -> None:
        """The program's own records, or all the service knows of the account, which counts UTC days."""
        zone: Zone = "utc" if source == "account" else self._own_zone
        self._view = replace(self._view, source=source, zone=zone, wanted=SpendingFilter())
        self.read()

    def choose_zone(self, zone: Zone) -> None:
        """Days of this machine's clock, or of UTC."""
        self._own_zone = zone
        self._view = replace(self._view, zone=zone)
        self.read()

    def choose_by(self, by: By) -> None:
        """What the bars are made of."""
        self._show(replace(self._view, by=by))

    def filter(self, wanted: SpendingFilter) -> None:
        """Show a part of it."""
        self._show(replace(self._view, wanted=wanted))

    def zoom(self, span: DaySpan) -> None:
        """Look at some of the days that were read."""
        self._show(replace(self._view, span=span))

    def read(self, _value: object = None) -> None:
        """Read the sums again; what is shown stays until they are there."""
        self._tell(replace(self._view, loading=True))
        self._services.tasks.spawn(self._read(), name="spending", owner=self, group="read")

    # ------------------------------------------------------------------ reading

    async def _read(self) -> None:
        try:
            span = await self._span()
            sums = await self._sums_of(span)
        except StudioError as error:
            self._keep(Sums(span=self._view.whole))
            self._show(replace(self._view, problem=error.title, detail=error.detail, loading=False))
            return
        moved = span != self._view.whole
        self._keep(sums)
        self._show(
            replace(
                self._view, whole=span, span=span if moved else self._view.span, problem="", detail="",
                loading=False, note=self._note(sums),
            )
        )  # fmt: skip
        if moved:
            self.span_changed.emit(span)

    def _keep(self, sums: Sums) -> None:
        """What one may filter by is the same for every filter and zoom."""
        self._sums = sums
        self._choices = (
            _values(sums.cells, lambda cell: cell.model),
            _values(sums.cells, lambda cell: cell.kind),
            _values(sums.cells, lambda cell: cell.account),
        )

    async def _span(self) -> DaySpan:
        if self._choice == "custom" and self._custom is not None:
            return self._custom
        earliest = None
        if self._choice == "all" and self._view.source == "account":
            earliest = FIRST_DAY
        elif self._choice == "all":
            first = await self._services.spending.earliest()
            earliest = day_of(first, self._zone) if first is not None else None
        return span_of(self._choice, self.today, earliest)

    async def _sums_of(self, span: DaySpan) -> Sums:
        spending = self._services.spending
        if self._view.source == "here":
            return await spending.of_ledger(span, self._zone)
        return await spending.of_account(span)

    def _note(self, sums: Sums) -> str:
        if self._services.session.state.is_sandbox and sums.asked_at is None:
            where = tr("Pretend pollen of the sandbox.")
        elif sums.asked_at is None:
            where = tr("From this program's own records; other programs with your key are not in here.")
        else:
            where = tr("As the service billed it, asked {ago}.", ago=ago(sums.asked_at, datetime.now(UTC)))
            if sums.own_key_only:
                where += " " + tr("Of this key alone; it may not see the others.")
        zone = tr("Days of this machine's clock.") if self._view.zone == "local" else tr("Days in UTC.")
        return f"{where} {zone}"

    # ------------------------------------------------------------------ showing

    def _show(self, view: SpendingView) -> None:
        """Filter and sum up what was read: a few thousand sums at most, however many requests there were."""
        cells, wanted, span = self._sums.cells, view.wanted, view.span
        shown = tuple(c for c in cells if span.first <= c.day <= span.last and wanted.keeps(c))
        data = chart_of(shown, span, by=view.by)
        self._tell(
            replace(
                view,
                data=data,
                names=tuple(self._names(data, view.by)),
                cells=shown,
                total=sum((cell.amount for cell in shown), Decimal(0)),
                requests=sum(cell.requests for cell in shown),
                models=self._choices[0],
                kinds=self._choices[1],
                accounts=self._choices[2],
            )
        )

    def _names(self, data: ChartData, by: By) -> list[str]:
        name = self._services.catalogue.title if by == "model" else kind_words
        names = [name(series) or tr("Unknown") for series in data.series]
        if data.others:
            names[-1] = tr("Others")
        return names

    def _tell(self, view: SpendingView) -> None:
        self._view = view
        self.changed.emit(view)


def _values(cells: tuple[Cell, ...], of: Callable[[Cell], str]) -> tuple[str, ...]:
    """What there is, dearest first."""
    sums: dict[str, Decimal] = {}
    for cell in cells:
        sums[of(cell)] = sums.get(of(cell), Decimal(0)) + cell.amount
    return tuple(sorted((value for value in sums if value), key=lambda value: (-sums[value], value)))
