"""Requests as a table model: as the service billed them, as the program wrote them down, or side by side.

Texts are made for the rows in sight alone, so ten thousand rows cost no more than a dozen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Literal

from PySide6.QtCore import QModelIndex, QObject, Qt

from studio.core.i18n import date_and_time, number, tr, trn
from studio.domain.account import UsageRow
from studio.domain.money import pollen
from studio.domain.reconciliation import Match
from studio.domain.spending import kind_of_usage
from studio.panes.account.tables import FlatModel, Index
from studio.panes.account.words import kind_words, state_words, verdict_words

View = Literal["service", "here", "both"]
COLUMNS: Final[dict[View, tuple[str, ...]]] = {
    "service": (tr("Time"), tr("Model"), tr("Kind"), tr("In"), tr("Out"), tr("Took"), tr("Pollen")),
    "here": (tr("Time"), tr("Model"), tr("Kind"), tr("State"), tr("Pollen")),
    "both": (tr("Time"), tr("Model"), tr("Kind"), tr("Result"), tr("Here"), tr("Billed"), tr("Difference")),
}
WIDTHS: Final[dict[View, tuple[int, ...]]] = {
    "service": (156, 0, 104, 84, 84, 84, 96),
    "here": (156, 0, 104, 150, 110),
    "both": (156, 0, 104, 252, 92, 92, 96),
}
FIRST_FIGURE: Final[dict[View, int]] = {"service": 3, "here": 4, "both": 4}


DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
ACCESSIBLE: Final = int(Qt.ItemDataRole.AccessibleTextRole)
ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
TIP: Final = int(Qt.ItemDataRole.ToolTipRole)
REMEMBERED: Final = 400
"""Rows whose texts are kept; more than any window shows."""


class RequestsTable(FlatModel):
    """One row for each request. Times are local.

    Args:
        title: names a model as people know it.
    """

    def __init__(self, title: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Match] = []
        self._title = title
        self._texts: dict[int, tuple[str, ...]] = {}
        self.view: View = "service"

    def show(self, view: View, rows: Sequence[Match]) -> None:
        """Show other rows, and another view's columns."""
        self.beginResetModel()
        self.view, self._rows = view, list(rows)
        self._texts.clear()
        self.endResetModel()

    def append(self, rows: Sequence[Match]) -> None:
        """Add rows below."""
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
        self._rows += rows
        self.endInsertRows()

    def request(self, row: int) -> Match:
        """The request of a row."""
        return self._rows[row]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Who holds the rows sorts them, in a thread; see `RequestsCard`."""

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def heads(self) -> Sequence[str]:
        return COLUMNS[self.view]

    def first_figure(self) -> int:
        return FIRST_FIGURE[self.view]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Asked seven times for each cell in sight and each frame: numbers are compared, texts remembered."""
        if role in (DISPLAY, ACCESSIBLE):
            return self._row(index.row())[index.column()]
        if role == ALIGNMENT:
            return self.side(index.column())
        if role == TIP:
            match = self._rows[index.row()]
            # A name or a verdict may be cut off in a narrow window.
            return "\n".join(filter(None, (self._title(model_of(match)), self._verdict(match), tip(match))))
        return None

    def _verdict(self, match: Match) -> str:
        return verdict_words(match.verdict) if self.view == "both" else ""

    def _row(self, row: int) -> tuple[str, ...]:
        texts = self._texts.get(row)
        if texts is None:
            if len(self._texts) >= REMEMBERED:
                self._texts.clear()
            columns = range(len(COLUMNS[self.view]))
            match = self._rows[row]
            texts = tuple(cell(match, column, self.view, self._title) for column in columns)
            self._texts[row] = texts
        return texts


# ---------------------------------------------------------------- texts


def model_of(match: Match) -> str:
    """The model's id: as it was asked for, else as it was billed."""
    if match.line is not None and match.line.model:
        return match.line.model
    return match.rows[0].model if match.rows else ""


def kind_of(match: Match) -> str:
    """The kind of work, in the program's words where it knows."""
    if match.line is not None and match.line.kind:
        return match.line.kind
    return kind_of_usage(match.rows[0]) if match.rows else ""


def cell(match: Match, column: int, view: View, title: Callable[[str], str]) -> str:
    """The text of one cell."""
    if column == 0:
        return date_and_time(match.time.astimezone(), seconds=True)
    if column == 1:
        model = model_of(match)
        return title(model) if model else "–"
    if column == 2:
        return kind_words(kind_of(match))
    if view == "service":
        return _billed_cell(match.rows[0], column)
    if view == "here":
        return _own_cell(match, column)
    if column == 3:
        return verdict_words(match.verdict)
    amounts = (match.here if match.line else None, match.billed if match.rows else None, match.difference)
    amount = amounts[column - 4]
    is_guess = column == 4 and match.line is not None and match.line.is_open
    return "–" if amount is None else ("≈ " if is_guess else "") + _signed(amount, column == 6)


def _own_cell(match: Match, column: int) -> str:
    line = match.line
    if line is None:
        return "–"
    return state_words(line.state) if column == 3 else ("≈ " if line.is_open else "") + pollen(line.amount)


def _billed_cell(row: UsageRow, column: int) -> str:
    if column == 3:
        return _tokens(tokens_in(row))
    if column == 4:
        return _tokens(tokens_out(row))
    if column == 5:
        return "–" if row.response_time_ms is None else tr("{n} s", n=number(row.response_time_ms / 1000, 1))
    return pollen(row.cost_usd)


def tokens_in(row: UsageRow) -> int:
    return row.input_text_tokens + row.input_cached_tokens + row.input_audio_tokens + row.input_image_tokens


def tokens_out(row: UsageRow) -> int:
    return (
        row.output_text_tokens + row.output_reasoning_tokens + row.output_audio_tokens
        + row.output_image_tokens
    )  # fmt: skip


def _tokens(count: int) -> str:
    return number(count) if count else "–"


def _signed(amount: Decimal, signed: bool) -> str:
    return f"+{pollen(amount)}" if signed and amount > 0 else pollen(amount)


def tip(match: Match) -> str:
    """What a cell has no room for: amounts in full, and why it failed."""
    parts: list[str] = []
    if match.line is not None:
        parts.append(tr("Here {amount} pollen", amount=f"{match.line.amount:f}"))
    if match.rows:
        parts.append(tr("Billed {amount} pollen", amount=f"{match.billed:f}"))
    if len(match.rows) > 1:
        parts.append(trn("in {n} part", "in {n} parts", len(match.rows)))
    if match.line is not None and match.line.error:
        parts.append(match.line.error)
    return " · ".join(parts)


# ---------------------------------------------------------------- order and choice


def arranged(
    matches: Sequence[Match],
    view: View,
    column: int,
    down: bool,
    *,
    words: str = "",
    kind: str = "",
    differences: bool = False,
    title: Callable[[str], str] = str,
) -> list[Match]:
    """The rows that are wanted, sorted by a column; made for a thread.

    Args:
        words: all of them must occur in model, kind, state or error. `kind`: "" is every kind.
        differences: leave out what agrees.
    """
    kept: Sequence[Match] = matches
    if kind:
        kept = [match for match in kept if kind_of(match) == kind]
    if differences:
        kept = [match for match in kept if match.verdict.is_difference]
    wanted = words.casefold().split()
    if wanted:
        kept = [match for match in kept if _holds(match, wanted, view, title)]
    if column == 0:
        # They come newest first.
        return list(kept) if down else list(reversed(kept))
    return sorted(kept, key=_key(view, column, title), reverse=down)


def _holds(match: Match, words: Sequence[str], view: View, title: Callable[[str], str]) -> bool:
    model, line = model_of(match), match.line
    own = f"{state_words(line.state)} {line.error} {line.account}" if line is not None else ""
    theirs = match.rows[0].api_key if match.rows else ""
    verdict = verdict_words(match.verdict) if view == "both" else ""
    text = f"{title(model)} {model} {kind_words(kind_of(match))} {own} {theirs} {verdict}".casefold()
    return all(word in text for word in words)


def _key(view: View, column: int, title: Callable[[str], str]) -> Callable[[Match], str | Decimal | int]:
    if column == 1:
        return lambda match: title(model_of(match)).casefold()
    if column == 2:
        return kind_of
    if view == "service":
        return (
            lambda match: tokens_in(match.rows[0]),
            lambda match: tokens_out(match.rows[0]),
            lambda match: match.rows[0].response_time_ms or 0,
            lambda match: match.rows[0].cost_usd,
        )[column - 3]
    if view == "here":
        return (lambda match: match.line.state if match.line else "", lambda match: match.here)[column - 3]
    return (
        lambda match: match.verdict.value,
        lambda match: match.here,
        lambda match: match.billed,
        lambda match: match.difference,
    )[column - 3]
