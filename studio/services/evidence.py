"""What one needs to ask for money back: chosen requests with amounts, ids, headers, times, errors, as a ZIP.

No key is in it, and no prompt unless the user ticks it; every text goes through the redaction of the log.
"""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from studio import __version__
from studio.core.files import write_atomically
from studio.core.secrets import redact
from studio.domain.reconciliation import Match, Verdict
from studio.services.chat_store import ChatStore
from studio.services.library import LibraryService
from studio.services.profile import ProfileService
from studio.services.spending_tables import matches_csv, usage_csv

CAUSES: Final = {
    Verdict.AGREES: "billed as told",
    Verdict.ESTIMATED: "billed; the program had only estimated it",
    Verdict.WAITING: "not yet seen by the service",
    Verdict.UNBILLED: "not billed",
    Verdict.DIFFERS: "billed differently than the answer said",
    Verdict.FAILED: "billed though it failed on this machine",
    Verdict.ELSEWHERE: "made with another key",
    Verdict.UNKNOWN: "billed to this key, not in this program's records",
}
HEADERS_LEFT_OUT: Final = ("authorization", "cookie", "set-cookie")


class EvidenceService:
    """Gathers what is known of requests and writes it down."""

    def __init__(self, profile: ProfileService, library: LibraryService, chats: ChatStore) -> None:
        self._profile = profile
        self._library = library
        self._chats = chats

    async def write(self, path: Path, matches: Sequence[Match], *, who: str, prompts: bool) -> None:
        """Write the bundle.

        Args:
            who: the account's name. `prompts`: put the requests' own words in, too.

        Raises:
            StorageError: something cannot be read, or the file cannot be written.
        """
        details = [await self._detail(match, prompts=prompts) for match in matches]
        data = await asyncio.to_thread(bundle, matches, details, who=who, now=datetime.now(UTC))
        await asyncio.to_thread(write_atomically, path, data)

    async def _detail(self, match: Match, *, prompts: bool) -> dict[str, Any]:
        """Everything on one request, as JSON."""
        line = match.line
        detail: dict[str, Any] = {
            "verdict": match.verdict.value,
            "billed": [
                {"at": row.timestamp.isoformat(), "pollen": f"{row.cost_usd:f}"} for row in match.rows
            ],
        }
        if line is None:
            return detail
        detail |= {
            "job": line.job_id, "model": line.model, "kind": line.kind, "state": line.state,
            "sent_at": line.time.isoformat(), "written_down": f"{line.amount:f}",
            "from": line.cost_source, "request_id": line.request_id,
        }  # fmt: skip
        detail |= await self._of_job(line.job_id, prompts) if line.kind != "text" else {}
        detail |= await self._of_message(line.job_id, prompts) if line.kind == "text" else {}
        return detail

    async def _of_job(self, job_id: str, prompts: bool) -> dict[str, Any]:
        detail: dict[str, Any] = {}
        job = await self._profile.job(job_id)
        if job is not None:
            detail["attempts"] = job.attempts
            if job.finished_at is not None:
                detail["finished_at"] = job.finished_at.isoformat()
            if job.error is not None:
                detail["error"] = {
                    "title": job.error.title, "detail": job.error.detail, "code": job.error.code,
                    "status": job.error.status, "request_id": job.error.request_id,
                }  # fmt: skip
            if prompts:
                detail["request"] = job.request
        for asset in await self._library.of_job(job_id):
            made = asset.provenance
            detail["request_id"] = made.request_id or detail.get("request_id", "")
            detail["headers"] = _headers(made.headers)
            if made.received_at is not None:
                detail["received_at"] = made.received_at.isoformat()
        return detail

    async def _of_message(self, message_id: str, prompts: bool) -> dict[str, Any]:
        detail: dict[str, Any] = {}
        for message in await self._chats.messages([message_id]):
            detail["request_id"] = message.request_id
            if message.error is not None:
                detail["error"] = {"title": message.error.title, "detail": message.error.detail}
            if message.finished_at is not None:
                detail["finished_at"] = message.finished_at.isoformat()
            if prompts:
                detail["answer"] = message.text
        return detail


def bundle(
    matches: Sequence[Match], details: Sequence[Mapping[str, Any]], *, who: str, now: datetime
) -> bytes:
    """The ZIP: a page for people, two tables, and everything as JSON."""
    rows = [row for match in matches for row in match.rows]
    files = {
        "README.txt": _page(matches, who, now),
        "requests.csv": matches_csv(matches),
        "billed-by-the-service.csv": usage_csv(rows),
        "details.json": json.dumps(list(details), ensure_ascii=False, indent=1, default=str),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, redact(text).encode("utf-8", "replace"))
    return held.getvalue()


def _page(matches: Sequence[Match], who: str, now: datetime) -> str:
    billed = sum((match.billed for match in matches), Decimal(0))
    here = sum((match.here for match in matches), Decimal(0))
    counts = {verdict: sum(match.verdict is verdict for match in matches) for verdict in Verdict}
    lines = [
        f"Requests of {who or 'one account'}, gathered by Nectary {__version__}, {now:%Y-%m-%d %H:%M} UTC",
        "",
        f"Requests: {len(matches)}",
        f"Billed by the service: {billed:f} pollen",
        f"Written down by the program: {here:f} pollen",
        "",
        *(f"{count} × {CAUSES[verdict]}" for verdict, count in counts.items() if count),
        "",
        "requests.csv: each request as both sides have it",
        "billed-by-the-service.csv: the service's rows, in its own columns",
        "details.json: request ids, headers, times and errors",
        "Times are UTC. There are no keys in these files.",
        "",
    ]
    return "\n".join(lines)


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HEADERS_LEFT_OUT}
