"""One word when a batch is finished: a desktop notification while the user is elsewhere, and to the screen
reader in any case."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from studio.core.i18n import tr, trn
from studio.domain.job import Job, JobState
from studio.domain.money import pollen
from studio.shell.notification_bus import NotificationBus, has_bus

SHOWN_MS: Final = 10_000
TITLE_CHARACTERS: Final = 60


class Desktop:
    """The desktop's notifications. The icon is in its tray only as long as there is something to say.

    Args:
        pressed: called when the user presses one.
    """

    def __init__(self, window: QWidget, pressed: Callable[[], object]) -> None:
        self._icon = QSystemTrayIcon(window.windowIcon(), window)
        self._icon.messageClicked.connect(self._press)
        self._icon.activated.connect(self._press)
        self._pressed = pressed
        self._bus: NotificationBus | None = None
        if has_bus():
            self._bus = NotificationBus(window)
            self._bus.pressed.connect(self._press_with)
            self._bus.refused.connect(lambda told: self._show_in_tray(*told))
        self._rest = QTimer(window)
        self._rest.setSingleShot(True)
        self._rest.setInterval(SHOWN_MS)
        self._rest.timeout.connect(self._icon.hide)

    def notify(self, title: str, words: str, *, failed: bool) -> None:
        """Show one, on desktops that have a place for it."""
        if self._bus is not None:
            self._bus.notify(title, words, failed=failed)
        else:
            self._show_in_tray(title, words, failed)

    def close(self) -> None:
        """The program ends."""
        self._icon.hide()
        if self._bus is not None:
            self._bus.close()

    def _show_in_tray(self, title: str, words: str, failed: bool) -> None:
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return
        self._icon.show()
        symbol = QSystemTrayIcon.MessageIcon.Warning if failed else QSystemTrayIcon.MessageIcon.Information
        self._icon.showMessage(title, words, symbol, SHOWN_MS)
        self._rest.start()

    def _press_with(self, activation: str) -> None:
        if activation:
            os.environ["XDG_ACTIVATION_TOKEN"] = activation  # Wayland's leave to come to the front
        self._press()

    def _press(self) -> None:
        self._icon.hide()
        self._pressed()


class Notifier:
    """Tells of finished batches.

    Args:
        open_jobs: shows them, when the user presses the notification.
        desktop: makes what notifies, when it is first needed.
        wanted: whether the user wants notifications of the desktop.
        show_asset: shows one by its id, where the batch has a result.
    """

    def __init__(
        self,
        window: QWidget,
        open_jobs: Callable[[], object],
        desktop: Callable[[QWidget, Callable[[], object]], Desktop] = Desktop,
        wanted: Callable[[], bool] = lambda: True,
        show_asset: Callable[[str], object] | None = None,
    ) -> None:
        self._window = window
        self._open_jobs = open_jobs
        self._make_desktop = desktop
        self._wanted = wanted
        self._show_asset = show_asset
        self._newest = ""
        """The id of the newest result of the batch that was told of last; "" if it has none."""
        self._desktop: Desktop | None = None

    def tell(self, jobs: Sequence[Job]) -> None:
        """These jobs were ordered together and are finished."""
        title, words = batch_words(jobs)
        made = [job for job in jobs if job.state is JobState.DONE and job.asset_id]
        last = max(made, key=lambda job: job.finished_at or job.created_at, default=None)
        self._newest = last.asset_id if last is not None else ""
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._window, f"{title}. {words}"))
        if self._window.isActiveWindow() or not self._wanted():
            return
        QApplication.alert(self._window)
        if self._desktop is None:
            self._desktop = self._make_desktop(self._window, self.come_back)
        self._desktop.notify(title, words, failed=any(job.state is JobState.FAILED for job in jobs))

    def close(self) -> None:
        """The program ends."""
        if self._desktop is not None:
            self._desktop.close()

    def come_back(self) -> None:
        """The user wants to see what came of it: the newest result, or the jobs where there is none."""
        come_forward(self._window)
        if self._newest and self._show_asset is not None:
            self._show_asset(self._newest)
        else:
            self._open_jobs()


def come_forward(window: QWidget) -> None:
    """Show a window in front of all others, as far as the desktop allows it."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def batch_words(jobs: Sequence[Job]) -> tuple[str, str]:
    """Title and sentence: "8 results are ready", "a lighthouse at dusk · 0.016 pollen"."""
    done = [job for job in jobs if job.state is JobState.DONE]
    failed = sum(job.state is JobState.FAILED for job in jobs)
    title = trn("{n} result is ready", "{n} results are ready", len(done))
    if not done:
        title = trn("{n} did not work", "{n} did not work", failed)
    cost = sum((job.cost for job in done if job.cost is not None), Decimal(0))
    unit = tr("sandbox pollen") if jobs[0].sandbox else tr("pollen")
    subject = jobs[0].title or tr("Without a prompt")
    if len(subject) > TITLE_CHARACTERS:
        subject = subject[: TITLE_CHARACTERS - 1].rstrip() + "…"
    parts = [
        subject,
        f"{pollen(cost)} {unit}" if cost else "",
        trn("{n} did not work", "{n} did not work", failed) if failed and done else "",
    ]
    return title, " · ".join(part for part in parts if part)
