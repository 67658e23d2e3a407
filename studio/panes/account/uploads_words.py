"""What the Uploads page says about a file in media storage."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from studio.core.i18n import tr, trn
from studio.services.uploads import total_size
from studio.ui.amounts import file_size
from studio.ui.moments import ago, calendar_day, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.services.uploads import Upload

UNKNOWN = "–"


def now() -> datetime:
    """The time to count from."""
    return datetime.now(UTC)


def name_of(upload: Upload) -> str:
    """What the file is called here; else the last part of its address."""
    if upload.asset is not None:
        return upload.asset.title or PurePosixPath(upload.asset.path).name
    return upload.id


def until(upload: Upload, moment: datetime) -> str:
    """How long it lies there at least, or that it is gone."""
    if upload.presence == "gone":
        return tr("gone")
    if upload.expires_at is None:
        return UNKNOWN
    if upload.expires_at <= moment:
        # The service keeps some longer: nobody asked it yet.
        return tr("still there") if upload.presence == "there" else tr("over")
    return tr("{span} left", span=span((upload.expires_at - moment).total_seconds()))


def cell(upload: Upload, column: int, moment: datetime) -> str:
    """The text of one cell: file, sent, there until, size."""
    if column == 0:
        return name_of(upload)
    if column == 1:
        return ago(upload.uploaded_at, moment) if upload.uploaded_at is not None else UNKNOWN
    if column == 2:
        return until(upload, moment)
    return file_size(upload.size) if upload.size else UNKNOWN


def facts(upload: Upload, moment: datetime) -> list[tuple[str, str]]:
    """Everything that is known of a file, name and value."""
    ends = upload.expires_at
    known = ends is not None and upload.presence != "gone"
    day = calendar_day(ends.astimezone().date(), moment.astimezone().date()) if known and ends else ""
    there = {
        "there": tr("yes, the service says"), "gone": tr("no, the service says"), "": tr("not asked yet")
    }  # fmt: skip
    rows = [
        (tr("Address"), upload.url),
        (tr("Kind"), upload.mime or UNKNOWN),
        (tr("Size"), file_size(upload.size) if upload.size else UNKNOWN),
        (tr("Still there"), there[upload.presence]),
        (tr("Until"), tr("{day}, {left}", day=day, left=until(upload, moment)) if day else UNKNOWN),
        (
            tr("In your library"),
            tr("yes") if upload.asset is not None else tr("no"),
        ),
    ]
    if upload.tags:
        rows.append((tr("Published under"), ", ".join(upload.tags)))
    return rows


def sum_words(uploads: Sequence[Upload], moment: datetime) -> str:
    """How many files, and how large they are together as far as they are still there."""
    count = trn("{n} file", "{n} files", len(uploads))
    size = total_size(uploads, moment)
    return tr("{count} · {size}", count=count, size=file_size(size)) if size else count
