"""A sheet that shows how far something long has come, with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.ui.amounts import file_size
from studio.ui.dialogs import Sheet
from studio.ui.widgets.progress import ProgressBar
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.tasks import TaskSupervisor

T = TypeVar("T")
Told = Callable[[int, int], None]


async def with_progress(
    window: QWidget,
    tasks: TaskSupervisor,
    title: str,
    text: str,
    work: Callable[[Told], Coroutine[Any, Any, T]],
) -> T | None:
    """What `work(told)` gives, with a sheet over the window meanwhile; None when it was stopped.

    Args:
        work: is cancelled by Stop, and is over when this returns.

    Raises:
        StudioError: as `work`.
    """
    sheet = Sheet(window, title, text)
    bar, words = ProgressBar(title), Label(" ", "caption", "text2")
    sheet.add_content(bar)
    sheet.body.addWidget(words)
    bar.set_share(None)
    stop = sheet.add_button(tr("Stop"), "stop")
    results: list[T] = []
    failures: list[StudioError] = []

    def told(done: int, total: int) -> None:
        if shiboken6.isValid(bar):
            bar.set_share(done / total if total else None)
            words.setText(tr("{done} of {all}", done=file_size(done), all=file_size(total)))

    async def run() -> None:
        try:
            results.append(await work(told))
        except StudioError as error:
            failures.append(error)
        finally:
            if shiboken6.isValid(sheet):
                sheet.finish("done")

    task = tasks.spawn(run(), name=title, owner=sheet)
    try:
        await sheet.result(stop)
    finally:
        task.cancel()
        while not task.done():
            await _ended(task)
    if failures:
        raise failures[0]
    return results[0] if results else None


async def _ended(task: Any) -> None:
    """Wait for a task that was cancelled, whatever becomes of it."""
    import asyncio

    await asyncio.wait([task])
