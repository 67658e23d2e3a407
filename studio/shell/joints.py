"""Joins the window to the services once they exist: balance, jobs, notices, banners."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from studio.core.i18n import tr
from studio.qt_models.bridge import bridge
from studio.services.context import Services
from studio.services.session import SessionState
from studio.shell.account_menu import account_menu
from studio.shell.commands import Commands
from studio.shell.error_report import ErrorReports
from studio.shell.job_tray import JobPill
from studio.shell.notice_view import NoticeView
from studio.shell.refused_sheet import AccessDialog
from studio.shell.upkeep import progress_words
from studio.ui.loudspeaker import Loudspeaker

if TYPE_CHECKING:
    from studio.shell.main_window import MainWindow


def away_words(state: SessionState, now: datetime) -> tuple[str, str]:
    """What the banner says while the service cannot be reached: since when, and that nothing is lost."""
    if state.away_since is None:
        return "", ""
    since = state.away_since.astimezone()
    day = "" if since.date() == now.astimezone().date() else f"{since:%Y-%m-%d} "
    return (
        tr("No connection since {time}.", time=f"{day}{since:%H:%M}"),
        tr("Everything you made is here. What you start waits and goes out by itself."),
    )


def join(window: MainWindow, services: Services, commands: Commands) -> NoticeView:
    """Build what needs services and connect it; returns the view of the notices."""
    bar = window.top_bar
    pill = JobPill(services, commands.run, window, commands.of_jobs)
    bar.add_job_pill(pill)
    bar.search_wanted.connect(lambda: commands.run("app.palette"))
    bar.balance_pressed.connect(lambda: commands.run("pane.account"))
    bar.account_pressed.connect(
        lambda: account_menu(bar, services, commands.run).popup_under(bar.avatar, align_right=True)
    )
    bar.preferences_wanted.connect(lambda: commands.run("preferences"))

    def show_account(_value: object = None) -> None:
        bar.show_account(services.session.state, services.account.state)

    def show_session(state: SessionState) -> None:
        show_account()
        window.show_banner(*away_words(state, datetime.now(UTC)))

    bridge(services.account.changed, show_account, window)
    bridge(services.session.changed, show_session, window)
    show_session(services.session.state)
    bridge(services.library.rebuilding, lambda step: window.show_work(progress_words(step)), window)
    SoundMemory(services, window)
    ErrorReports(window, services)
    AccessDialog(window, services)
    return NoticeView(window, services.notices, commands.run)


class SoundMemory(QObject):
    """Keeps the loudspeaker and the volume as they were left, for as long as its parent lives."""

    def __init__(self, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = services.settings
        self._speaker = Loudspeaker.shared()
        kept = self._settings.values.sound
        self._speaker.set_all(kept.output, kept.volume, kept.muted)
        self._speaker.changed.connect(self._keep)

    @Slot()
    def _keep(self) -> None:
        speaker = self._speaker
        self._settings.change(
            "sound", output=speaker.device, volume=round(speaker.volume, 2), muted=speaker.muted
        )
