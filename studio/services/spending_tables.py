"""Spending as tables for other programs: comma-separated, amounts in full, times in UTC."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from studio.domain.account import UsageRow
from studio.domain.reconciliation import Match
from studio.domain.spending import LedgerLine

USAGE_COLUMNS = (
    "timestamp", "type", "model", "api_key", "api_key_type", "meter_source", "input_text_tokens",
    "input_cached_tokens", "input_audio_tokens", "input_image_tokens", "output_text_tokens",
    "output_reasoning_tokens", "output_audio_tokens", "output_image_tokens", "cost_usd", "response_time_ms",
)  # fmt: skip
"""In the order of the service's own table (CONTRACT 7.1)."""
LEDGER_COLUMNS = (
    "timestamp", "kind", "model", "account", "state", "estimate", "cost", "cost_source", "job_id",
    "request_id", "error",
)  # fmt: skip
MATCH_COLUMNS = (
    "verdict", "timestamp", "kind", "model", "here", "billed", "difference", "billed_at", "job_id",
    "request_id", "error",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t")


def usage_csv(rows: Iterable[UsageRow]) -> str:
    """Rows of the service, in its own columns."""
    return _table(USAGE_COLUMNS, ([_usage_cell(row, name) for name in USAGE_COLUMNS] for row in rows))


def _usage_cell(row: UsageRow, name: str) -> object:
    if name == "timestamp":
        return f"{row.timestamp:%Y-%m-%d %H:%M:%S}"
    return getattr(row, name)


def ledger_csv(lines: Iterable[LedgerLine]) -> str:
    """Lines of the program's own records."""
    return _table(
        LEDGER_COLUMNS,
        (
            [line.time.isoformat(timespec="seconds"), line.kind, line.model, line.account, line.state,
             line.estimate, line.cost, line.cost_source, line.job_id, line.request_id, line.error]
            for line in lines
        ),
    )  # fmt: skip


def matches_csv(matches: Iterable[Match]) -> str:
    """Requests as both sides have them."""
    return _table(MATCH_COLUMNS, (_match_row(match) for match in matches))


def _match_row(match: Match) -> list[object]:
    line, rows = match.line, match.rows
    return [
        match.verdict.value,
        match.time.isoformat(timespec="seconds"),
        line.kind if line is not None else rows[0].type.removeprefix("generate."),
        line.model if line is not None else rows[0].model,
        line.amount if line is not None else None,
        match.billed if rows else None,
        match.difference,
        " ".join(row.timestamp.isoformat(timespec="seconds") for row in rows),
        line.job_id if line is not None else "",
        line.request_id if line is not None else "",
        line.error if line is not None else "",
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([plain(cell) for cell in row])
    return text.getvalue()


def plain(cell: object) -> str:
    """A cell as text: amounts without an exponent, and nothing that a spreadsheet would carry out."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    text = str(cell).replace("\r", " ").replace("\0", "")
    return f"'{text}" if isinstance(cell, str) and text.startswith(FORMULA) else text
