"""The program's life on the asyncio loop: open, connect, run until quit, close."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from PySide6.QtGui import QGuiApplication

from studio.core.errors import StudioError
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.paths import Paths
from studio.core.settings import Settings
from studio.domain.job import Job
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.notices import NoticeCentre
from studio.services.session import SessionState
from studio.services.tasks import TaskSupervisor
from studio.shell.commands import Commands
from studio.shell.joints import join
from studio.shell.main_window import MainWindow
from studio.ui import dialogs

log = logging.getLogger(__name__)
Errand = Callable[[MainWindow, Services], Coroutine[Any, Any, int]]
RECONNECT_SECONDS = 20.0
# Platforms that show nothing: nobody could press a button there.
WITHOUT_USER = ("offscreen", "minimal")


class Program:
    """Joins window and services.

    Args:
        environment: of the process; addresses and a key may come from it.
        force_sandbox: connect to the stand-in service, whatever was chosen before.
        errand: done in the window in place of a user, once connected; its result is the exit code. The self
            check is one.
    """

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        notices: NoticeCentre,
        paths: Paths,
        *,
        environment: Mapping[str, str],
        force_sandbox: bool = False,
        errand: Errand | None = None,
    ) -> None:
        self._window = window
        self._settings = settings
        self._notices = notices
        self._paths = paths
        self._environment = environment
        self._force_sandbox = force_sandbox
        self._errand = errand
        self._quit: asyncio.Event | None = None
        self._quit_early = False

    def request_quit(self) -> None:
        """End at once: Ctrl+C, a termination signal, or the user's confirmed wish."""
        if self._quit is None:
            self._quit_early = True
        else:
            self._quit.set()

    async def run(self) -> int:
        """Everything between the first paint and the end; returns the exit code."""
        self._quit = asyncio.Event()
        if self._quit_early:
            return 0
        try:
            services = build_services(self._paths, self._settings, self._notices, self._environment)
        except StudioError as error:
            return await self._cannot_start(error)
        try:
            await open_services(services)
        except StudioError as error:
            await close_services(services)
            return await self._cannot_start(error)
        try:
            return await self._with(services)
        finally:
            self._window.detach()
            await close_services(services)
            self._window.hide()

    async def _with(self, services: Services) -> int:
        commands = Commands(services, self._window, quit=self._ask_to_quit)
        self._window.attach(services, commands, join(self._window, services, commands))
        self._window.close_requested.connect(lambda: commands.run("app.quit", ""))
        services.jobs.finished.connect(lambda job: self._job_finished(services, job))
        services.session.changed.connect(lambda state: self._session_changed(services, state))
        connected = services.tasks.spawn(self._connect(services), name="connect", owner=self)
        if self._errand is not None:
            await asyncio.wait([connected])
            return await self._errand(self._window, services)
        services.tasks.spawn(self._watch_connection(services), name="watch the connection", owner=self)
        if self._quit is not None:
            await self._quit.wait()
        return 0

    # ------------------------------------------------------------------ connecting

    async def _connect(self, services: Services) -> None:
        mode = "sandbox" if self._force_sandbox else self._settings.values.connection.mode
        if not mode and self._environment.get("POLLINATIONS_API_KEY"):
            mode = "cloud"
        try:
            if mode == "sandbox":
                await services.session.use_sandbox()
            elif mode == "cloud":
                await services.session.use_cloud(self._settings.values.connection.account)
            elif mode == "offline":
                await services.session.browse_offline()
            else:
                await services.catalogue.open("cloud")
                self._window.show_welcome()
        except KeyringUnavailableError as error:
            self._notices.report(error)
            self._window.show_welcome()
        except StudioError as error:
            self._notices.report(error)
        await services.jobs.recover()

    async def _watch_connection(self, services: Services) -> None:
        """While the service does not answer, ask again now and then; what waited for it goes on by itself."""
        while True:
            await asyncio.sleep(RECONNECT_SECONDS)
            if services.session.connected and not services.session.state.online:
                await services.session.refresh()

    def _session_changed(self, services: Services, state: SessionState) -> None:
        if state.online and services.jobs.paused_because == "offline":
            services.tasks.spawn(services.jobs.resume(), name="resume", owner=self)

    def _job_finished(self, services: Services, job: Job) -> None:
        if services.session.connected:
            services.tasks.spawn(
                services.account.refresh_balance(services.session.client),
                name="balance",
                owner=self,
                group="balance",
            )
        self._window.tell_job_finished(job)

    # ------------------------------------------------------------------ ending

    async def _ask_to_quit(self, services: Services) -> None:
        active = [job for job in services.jobs.active() if job.state.was_sent]
        if active:
            leave = await dialogs.confirm(
                self._window,
                "Quit while something is being made?",
                "It goes on at the service. The results arrive when you open Nectary again, and nothing is "
                "paid twice.",
                action="Quit",
                cancel="Stay",
            )
            if not leave:
                return
        self.request_quit()

    async def _cannot_start(self, error: StudioError) -> int:
        """Say why, on the terminal and in the window, until the user or a signal ends it."""
        log.info("cannot start: %s", error)
        print(error, file=sys.stderr)  # noqa: T201 - for whoever started it from a terminal
        if self._errand is not None or QGuiApplication.platformName() in WITHOUT_USER or self._quit is None:
            return 1
        tasks = TaskSupervisor()
        told = dialogs.message(self._window, error.title, error.detail, action="Quit")
        ends = [
            tasks.spawn(told, name="say why", owner=self),
            tasks.spawn(self._wait_for_quit(self._quit), name="wait for quit", owner=self),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await tasks.shutdown()
        return 1

    async def _wait_for_quit(self, quit_wanted: asyncio.Event) -> None:
        await quit_wanted.wait()
