"""How assets are written into the index's tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from studio.domain.asset import Asset
from studio.domain.codec import to_json
from studio.domain.stacks import stack_key
from studio.library.text_search import storable

TITLE_LENGTH = 160
_NANO = Decimal(10) ** 9
_MOST = Decimal(10) ** 15  # a million pollen: thousands of them still add up in 64 bits
_COLUMNS = (
    "id, kind, path, name, mime, sha256, content_sha256, size, mtime_ns, sidecar_mtime_ns, created_at, day,"
    " title, width, height, duration, rating, cost, cost_nano, model, seed, job_id, batch, trashed,"
    " sandbox, stack"
)
_UPSERT = (
    f"insert into assets ({_COLUMNS}) values ({', '.join('?' * (_COLUMNS.count(',') + 1))})"  # noqa: S608 - literals
    " on conflict (id) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ") if name != "id")
    + " returning row"
)
_TEXTS = "prompt, negative, title, note, tags, model, name"
_LABELS: tuple[tuple[str, str, Callable[[Asset], tuple[str, ...]]], ...] = (
    ("tags", "tag", lambda asset: asset.tags),
    ("members", "collection", lambda asset: asset.collections),
    ("parents", "parent", lambda asset: asset.provenance.parents),
)


@dataclass(frozen=True, slots=True)
class Record:
    """An asset as it stands on disk; times in nanoseconds, 0 when unknown.

    Args:
        text: its sidecar's JSON, where that is at hand and need not be made again.
    """

    asset: Asset
    mtime_ns: int = 0
    sidecar_mtime_ns: int = 0
    text: str = ""


def put(connection: sqlite3.Connection, records: Sequence[Record], last: int) -> list[int]:
    """Add or replace records inside a transaction; their rows.

    Args:
        last: the highest row before. For rows above it there is nothing to look up and nothing to remove,
            which makes a rebuild half as long.
    """
    rows: list[int] = [connection.execute(_UPSERT, _values(record)).fetchone()[0] for record in records]
    assets = [record.asset for record in records]
    pairs = dict(zip(rows, assets, strict=True))  # the last one counts when an id comes twice
    connection.executemany(
        "insert or replace into details (row, json) values (?, ?)",
        [
            (row, record.text or json.dumps(to_json(record.asset)))
            for row, record in zip(rows, records, strict=True)
        ],
    )
    for row, asset in pairs.items():
        if row <= last:
            _forget_old(connection, row, asset)
    connection.executemany(
        f"insert or ignore into texts (row, {_TEXTS}) values (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - literals
        [(row, *_texts(asset)) for row, asset in pairs.items()],
    )
    for table, column, labels in _LABELS:
        connection.executemany(
            f"insert or ignore into {table} (row, {column}) values (?, ?)",  # noqa: S608 - literals
            [(row, storable(label)) for row, asset in pairs.items() for label in labels(asset)],
        )
    return rows


def nano(cost: Decimal | None) -> int:
    """Pollen in billionths, for sums and comparisons; 0 when unknown."""
    if cost is None:
        return 0
    return int(max(-_MOST, min(cost * _NANO, _MOST)).to_integral_value())


def local_day(asset: Asset) -> int:
    """The local day of making, as an ordinal."""
    return asset.created_at.astimezone().date().toordinal()


def _values(record: Record) -> tuple[object, ...]:
    asset = record.asset
    provenance = asset.provenance
    return (
        asset.id,
        asset.kind.value,
        asset.path,
        _name(asset),
        asset.mime,
        asset.sha256,
        asset.content_sha256,
        asset.size,
        record.mtime_ns,
        record.sidecar_mtime_ns,
        asset.created_at.timestamp(),
        local_day(asset),
        # What a cell is called: most results have no title of their own.
        storable(asset.title or " ".join(asset.prompt.split()))[:TITLE_LENGTH],
        asset.width,
        asset.height,
        asset.duration,
        asset.rating,
        None if provenance.cost is None else str(provenance.cost),
        nano(provenance.cost),
        storable(provenance.model),
        provenance.seed,
        storable(provenance.job_id),
        storable(provenance.batch),
        int(asset.trashed_at is not None),
        int(provenance.sandbox),
        stack_key(provenance.request),
    )


def _name(asset: Asset) -> str:
    return asset.path.rpartition("/")[2]


def _texts(asset: Asset) -> tuple[str, ...]:
    provenance = asset.provenance
    models = dict.fromkeys((provenance.model, provenance.model_title, provenance.model_used))
    return tuple(
        storable(text)
        for text in (
            asset.prompt,
            asset.negative_prompt,
            asset.title,
            asset.note,
            "\n".join(asset.tags),
            " ".join(model for model in models if model),
            _name(asset),
        )
    )


def _forget_old(connection: sqlite3.Connection, row: int, asset: Asset) -> None:
    """Remove what is not true of an asset any more; its texts stay when they are the same."""
    before = connection.execute(f"select {_TEXTS} from texts where row = ?", (row,)).fetchone()  # noqa: S608
    if before is not None and before != _texts(asset):
        connection.execute("delete from texts where row = ?", (row,))
    for table, _, _ in _LABELS:
        connection.execute(f"delete from {table} where row = ?", (row,))  # noqa: S608 - literals
