"""An asset: a file the user owns, with its provenance. The sidecar beside the file is this value as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict, Unpack

from studio.domain.media import MediaKind

SIDECAR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How an asset came to be.

    Args:
        batch: assets made by one press of the button share it.
        request: as sent, JSON of the request dataclass; `template` is the prompt as it was written, before
            the style was put around it and choices and wildcards were resolved.
        style: the text around the prompt, with a `{prompt}` slot.
        model_info: snapshot of the catalogue's entry at the time.
        model_used: what really ran (`x-model-used`), which may be a fall-back.
        headers: response headers worth keeping (usage, safety, moderation, cache).
        parents: asset ids that went into the request; `parent_hashes` the same by content.
        grid: the grid it is a cell of, see `studio.domain.grid.grid_json`; empty for none.
        estimate, cost: pollen; `cost_source` says where the billed amount comes from (header, usage,
            catalogue, ledger).
    """

    job_id: str = ""
    batch: str = ""
    request_kind: str = ""
    request: dict[str, Any] = field(default_factory=dict[str, Any])
    template: str = ""
    style: str = ""
    model: str = ""
    model_title: str = ""
    model_used: str = ""
    model_info: dict[str, Any] = field(default_factory=dict[str, Any])
    seed: int | None = None
    parents: tuple[str, ...] = ()
    parent_hashes: tuple[str, ...] = ()
    grid: dict[str, Any] = field(default_factory=dict[str, Any])
    request_id: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    estimate: Decimal | None = None
    cost: Decimal | None = None
    cost_source: str = ""
    sent_at: datetime | None = None
    received_at: datetime | None = None
    sandbox: bool = False
    source_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file with provenance.

    Args:
        path: relative to the library's folder, with forward slashes.
        sha256: of the file as it stands on disk (embedded parameters included); `content_sha256` of the bytes
            as the service sent them.
        width, height: pixels; `duration`: seconds.
        prompt: what the user wrote, for search and display.
        added_at: when it was filed; the order of the library. None in files of other programs.
        rating: 0 (none) to 5. `trashed_at` is set while it lies in the trash.
        edited: what the user made of a text since, as JSON text: a transcript's `Document`. The file itself
            stays as it came.
    """

    id: str
    kind: MediaKind
    path: str
    mime: str
    size: int
    sha256: str
    created_at: datetime
    added_at: datetime | None = None
    content_sha256: str = ""
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    title: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    rating: int = 0
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    note: str = ""
    trashed_at: datetime | None = None
    provenance: Provenance = Provenance()
    edited: str = ""
    version: int = SIDECAR_VERSION


class FileFacts(TypedDict):
    """What the file itself says of an asset, as in `Asset`; `sha256` is that of the bytes as they came."""

    id: str
    kind: MediaKind
    path: str
    mime: str
    size: int
    sha256: str
    created_at: datetime
    added_at: NotRequired[datetime]
    width: int | None
    height: int | None
    duration: NotRequired[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDraft:
    """What is known of a result before its bytes are looked at; the library fills in the rest.

    Args:
        kind: what was asked for. The bytes decide about the format, this about speech or music, transcript or
            text, and about what counts as the wrong thing altogether.
        mime: the format the sender claimed; trusted for text alone.
        name: file name to start from; empty means the library's template.
        created_at: empty means now.
        adopted: true for files that were not made by a request (imports): no AI mark, no embedded parameters.
    """

    kind: MediaKind
    mime: str = ""
    name: str = ""
    title: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    note: str = ""
    rating: int = 0
    tags: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    created_at: datetime | None = None
    provenance: Provenance = Provenance()
    edited: str = ""
    adopted: bool = False

    def asset(self, **facts: Unpack[FileFacts]) -> Asset:
        """The asset of a file that was looked at; it is not filed yet."""
        return Asset(
            **facts,
            content_sha256=facts["sha256"],
            title=self.title,
            prompt=self.prompt,
            negative_prompt=self.negative_prompt,
            note=self.note,
            rating=self.rating,
            tags=clean_tags(self.tags),
            collections=self.collections,
            provenance=self.provenance,
            edited=self.edited,
        )


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags without blanks around them, empty ones and repetitions, in their order."""
    return tuple(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
