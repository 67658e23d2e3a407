"""The report that a user may pass on: `diagnostics` with sizes and checks, made without a stand-still."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from studio.core.errors import StudioError
from studio.core.keyring_store import KeyringStore
from studio.domain.storage import DiskUse
from studio.services.context import Services
from studio.services.diagnostics import diagnostics
from studio.services.keyring_thread import call_keyring
from studio.services.notices import BugReport

PROMPTS = 2_000
KEYRING_SECONDS = 3.0
MEASURE_SECONDS = 10.0
"""A library on a slow disk is no reason to wait for a report."""


async def make_report(services: Services, bug: BugReport | None = None, *, seen: Sequence[str] = ()) -> str:
    """The report as plain text, in English as all that is for developers.

    Args:
        seen: lines about what only the window knows: screens, sound devices.
    """
    more = ["Checks", *await _checks(services), *seen, "", "Sizes", *await _sizes(services)]
    private = await _private(services)
    paths, settings = services.paths, services.settings
    return await asyncio.to_thread(lambda: diagnostics(paths, settings, bug, more=more, private=private))


async def _checks(services: Services) -> list[str]:
    state = services.session.state
    lines = [
        f"{name}: {await asyncio.to_thread(_can_write, folder)}"
        for name, folder in (("library", services.paths.library), ("profile", services.paths.profile))
    ]
    try:
        problem = await services.backup.check_profile()
    except StudioError as error:
        problem = error.title
    lines.append(f"profile database: {problem.splitlines()[0] if problem else 'whole'}")
    lines.append(f"keyring: {await _keyring()}")
    lines.append(f"service: {state.mode or 'none'}, {'online' if state.online else 'offline'}")
    lines.append(f"queue: {services.jobs.paused_because or 'goes on'}, {len(services.jobs.active())} jobs")
    lines.append(f"safe mode: {'yes' if services.settings.is_plain else 'no'}")
    return lines


async def _keyring() -> str:
    try:
        async with asyncio.timeout(KEYRING_SECONDS):
            return "there" if await call_keyring(KeyringStore().available) else "none"
    except TimeoutError:
        return "does not answer"


async def _sizes(services: Services) -> list[str]:
    try:
        async with asyncio.timeout(MEASURE_SECONDS):
            use = await services.storage.measure()
    except TimeoutError:
        return ["not counted in time"]
    return size_lines(use)


def size_lines(use: DiskUse) -> list[str]:
    """One line per kind that has anything."""
    lines = [f"{one.place}: {one.files} files, {one.bytes / 1e6:.1f} MB" for one in use.used if one.files]
    return [*lines, f"free: {'?' if use.free is None else f'{use.free / 1e9:.1f} GB'}"]


async def _private(services: Services) -> list[str]:
    """What the user wrote: none of it may be in a report, however it got into the log."""
    found: list[str] = []
    with contextlib.suppress(StudioError):
        found += await services.profile.prompts(limit=PROMPTS)
    found += [words for job in services.jobs.all() for words in (job.title, job.template) if words]
    key = services.account.current_key()
    return [*found, key.reveal()] if key is not None else found


def _can_write(folder: Path) -> str:
    probe = folder / f".nectary-probe-{os.getpid()}"
    try:
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return f"cannot be written ({error.strerror})"
    return "can be written"
