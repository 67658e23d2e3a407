"""Uploaded files (CONTRACT 10): by content in the seed era, one id per upload now, gone after their time."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from studio.sandbox.errors import media_error, timestamp
from studio.sandbox.settings import Era
from studio.sandbox.store import Event, Store

MEGABYTE = 1024 * 1024
LIFETIME = {"seed": timedelta(days=14), "current": timedelta(days=30)}
REFRESH_AFTER = timedelta(days=15)
MAX_SIZE = {"seed": 10 * MEGABYTE, "current": 100 * MEGABYTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One stored file. `uploaded_at` and `expires_at` are ISO 8601 in UTC."""

    id: str
    file: str
    content_type: str
    size: int
    name: str
    sha256: str
    uploaded_at: str
    expires_at: str
    tags: tuple[str, ...] = ()
    custom: bool = False


class MediaShelf:
    """All uploads of a sandbox."""

    def __init__(
        self, era: Era, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.era: Era = era
        self._store = store
        self._now = now
        self._uploads: dict[str, Upload] = {}

    @property
    def count(self) -> int:
        return len(self._uploads)

    def add(
        self,
        data: bytes,
        content_type: str,
        name: str,
        *,
        tags: tuple[str, ...] = (),
        custom_id: str | None = None,
    ) -> tuple[Upload, bool]:
        """Keep a file; also whether the seed era already had it. 400 empty, 409 id taken, 413 too large."""
        if not data:
            raise media_error(400, "Empty file")
        limit = MAX_SIZE[self.era]
        if len(data) > limit:
            raise media_error(413, f"File too large. Max size: {limit // MEGABYTE}MB")
        sha256 = hashlib.sha256(data).hexdigest()
        upload_id = sha256[:16] if self.era == "seed" else custom_id or str(uuid.uuid4())
        known = self.find(upload_id)
        if known is not None and self.era == "current":
            raise media_error(409, "That id is already taken")
        now = self._now()
        upload = Upload(
            id=upload_id,
            file=f"upload-{hashlib.sha256(upload_id.encode()).hexdigest()[:32]}",
            content_type=content_type or "application/octet-stream",
            size=len(data),
            name=name,
            sha256=sha256,
            uploaded_at=timestamp(now),
            expires_at=timestamp(now + LIFETIME[self.era]),
            tags=tags,
            custom=custom_id is not None,
        )
        self._store.save(upload.file, data)
        self._write(upload)
        return upload, known is not None

    def find(self, upload_id: str) -> Upload | None:
        """The upload with this id, unless it has expired."""
        upload = self._uploads.get(upload_id)
        if upload is None or datetime.fromisoformat(upload.expires_at) <= self._now():
            return None
        return upload

    def open(self, upload_id: str) -> tuple[Upload, bytes] | None:
        """An upload and its bytes; reading an old one gives it a new lifetime."""
        upload = self.find(upload_id)
        if upload is None:
            return None
        left = datetime.fromisoformat(upload.expires_at) - self._now()
        if self.era == "current" and left < LIFETIME["current"] - REFRESH_AFTER:
            upload = self._write(upload, expires_at=timestamp(self._now() + LIFETIME["current"]))
        return upload, self._store.load(upload.file)

    def tagged(self, tag: str | None) -> list[Upload]:
        """Public uploads, newest first."""
        found = [
            upload
            for upload in self._uploads.values()
            if upload.tags and (tag is None or tag in upload.tags) and self.find(upload.id)
        ]
        return sorted(found, key=lambda upload: upload.uploaded_at, reverse=True)

    def delete(self, upload_id: str) -> bool:
        """Remove a tagged upload; 403 for an untagged one, which cannot be deleted."""
        upload = self.find(upload_id)
        if upload is None:
            return False
        if not upload.tags:
            raise media_error(403, "Only tagged media can be deleted")
        event: Event = {"kind": "unshelved", "id": upload_id}
        self._store.append(event)
        self.apply(event)
        self._store.remove(upload.file)
        return True

    def expire(self, upload_id: str) -> None:
        """Let an upload run out now, for tests."""
        upload = self._uploads.get(upload_id)
        if upload is not None:
            self._write(upload, expires_at=timestamp(self._now()))

    def clear(self) -> None:
        self._uploads.clear()

    def _write(self, upload: Upload, *, expires_at: str | None = None) -> Upload:
        event: Event = {
            "kind": "shelved",
            "id": upload.id,
            "file": upload.file,
            "content_type": upload.content_type,
            "size": upload.size,
            "name": upload.name,
            "sha256": upload.sha256,
            "uploaded_at": upload.uploaded_at,
            "expires_at": expires_at or upload.expires_at,
            "tags": list(upload.tags),
            "custom": upload.custom,
        }
        self._store.append(event)
        self.apply(event)
        return self._uploads[upload.id]

    def apply(self, event: Event) -> bool:
        """Carry out one event of the journal; False when it is not about uploads."""
        match event["kind"]:
            case "shelved":
                data: dict[str, Any] = {name: value for name, value in event.items() if name != "kind"}
                data["tags"] = tuple(event["tags"])
                self._uploads[event["id"]] = Upload(**data)
            case "unshelved":
                self._uploads.pop(event["id"], None)
            case _:
                return False
        return True
