"""The program's life on the asyncio loop: open, connect, run until quit, close."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.core.door import Call, knock
from studio.core.errors import Action, LibraryTakenError, StudioError
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.paths import Paths
from studio.core.restart import Again
from studio.core.settings import Settings
from studio.core.start_guard import StartGuard
from studio.domain.job import Job
from studio.domain.library import LibraryQuery
from studio.services.context import Services, build_services, close_services, open_services
from studio.services.doorkeeper import Doorkeeper
from studio.services.notices import NoticeCentre, Severity
from studio.shell import starting
from studio.shell.commands import Commands
from studio.shell.joints import join
from studio.shell.main_window import MainWindow
from studio.shell.notifier import Notifier, come_forward
from studio.shell.upkeep import FolderWatch, keep_up
from studio.ui import dialogs

log = logging.getLogger(__name__)
Errand = Callable[[MainWindow, Services], Coroutine[Any, Any, int]]
WARM_AFTER_SECONDS = 4.0
SETTLED_AFTER_SECONDS = 2.0
KNOCK_AGAIN_SECONDS = 0.4
KNOCKING_SECONDS = 8.0
"""The one that has the library may itself be starting, on a machine where ten start at once."""


class Program:
    """Joins window and services.

    Args:
        environment: of the process; addresses and a key may come from it.
        force_sandbox: connect to the stand-in service, whatever was chosen before.
        guard: of this start; told when it went well or was given up.
        safe_mode: nothing is connected or taken up, see `Settings.use_plainly`.
        errand: done in the window in place of a user, once connected; its result is the exit code. The self
            check is one.
        files: from the command line ("Open with"), handed to the window once the library is open.
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
        files: Sequence[Path] = (),
        guard: StartGuard | None = None,
        safe_mode: bool = False,
    ) -> None:
        self.again: Again | None = None
        """How to start anew, once this has ended; None ends for good."""
        self._guard = guard or StartGuard(paths.profile)
        self._safe_mode = safe_mode
        self._window = window
        self._settings = settings
        self._notices = notices
        self._paths = paths
        self._environment = environment
        self._force_sandbox = force_sandbox
        self._errand = errand
        self._files = files
        self._asking = False
        self._handed_over = False
        self._at_the_end: list[Callable[[], None]] = []
        self._quit: asyncio.Event | None = None
        self._quit_early = False
        self._services: Services | None = None
        self._retry = False

    def request_quit(self) -> None:
        """End at once: Ctrl+C, a termination signal, or the user's confirmed wish."""
        if self._quit is None:
            self._quit_early = True
        else:
            self._quit.set()

    async def run(self) -> int:
        """Everything between the first paint and the end; returns the exit code."""
        self._quit = asyncio.Event()
        if self._quit_early or await self._starts_otherwise():
            self._guard.settled()
            return 0
        services = await self._open()
        if services is None:
            if self._handed_over:
                self._guard.settled()  # a second start is no start that failed
            else:
                self._guard.gave_up()
            return 0 if self._quit.is_set() else 1
        try:
            return await self._with(services)
        finally:
            self._guard.settled()
            for put_away in self._at_the_end:
                put_away()
            self._window.detach()
            await close_services(services)
            self._window.hide()

    async def _starts_otherwise(self) -> bool:
        """Whether this start ends before it began: another one takes its place, or none."""
        if self._errand is not None:
            return False
        self._window.close_requested.connect(self.request_quit)
        try:
            if await starting.finish_swap(self._window, self._paths.profile):
                self.again = Again()
            elif (
                self._guard.offers_safe_mode
                and not self._safe_mode
                and await starting.offer_safe_mode(self._window)
            ):
                self.again = Again(safe_mode=True)
        finally:
            self._window.close_requested.disconnect(self.request_quit)
        return self.again is not None or (self._quit is not None and self._quit.is_set())

    async def restart(self, again: Again, *, ask: bool = True) -> None:
        """End as on quitting, and start anew.

        Args:
            ask: first, where something is being made.
        """
        self.again = again
        if ask and self._services is not None and not await self._may_leave(self._services):
            self.again = None
            return
        self.request_quit()

    async def _open(self) -> Services | None:
        """The open services. What keeps them closed (another program has the library, a disk that is not
        there) is shown on a page, to be tried again; None when the user gave up."""
        while True:
            services: Services | None = None
            try:
                services = build_services(self._paths, self._settings, self._notices, self._environment)
                await open_services(services, plain=self._safe_mode)
            except StudioError as error:
                if services is not None:
                    await close_services(services)
                if isinstance(error, LibraryTakenError) and await self._told_the_other():
                    self._handed_over = True
                    self.request_quit()
                    return None
                if not await self._try_again(error):
                    return None
            else:
                self._window.leave_stop()
                return services

    async def _with(self, services: Services) -> int:
        self._services = services
        commands = Commands(services, self._window, quit=self._ask_to_quit, restart=self.restart)
        self._window.attach(services, commands, join(self._window, services, commands))
        self._window.close_requested.connect(lambda: commands.run("app.quit", ""))
        services.jobs.finished.connect(lambda job: self._job_finished(services, job))
        notifier = Notifier(
            self._window, self._window.top_bar.open_jobs,
            wanted=lambda: self._errand is None and self._settings.values.window.notify,
            show_asset=self._window.open_asset,
        )  # fmt: skip
        services.jobs.batch_finished.connect(notifier.tell)
        starting.tell_swap(services)
        if self._safe_mode:
            self._window.put_banner(starting.safe_mode_banner(services, commands.run))
            log.info("this is safe mode")
        self._at_the_end.append(notifier.close)
        connected = services.tasks.spawn(self._connect(services), name="connect", owner=self)
        services.tasks.spawn(self._settle(), name="the start went well", owner=self)
        if not self._safe_mode:
            services.tasks.spawn(keep_up(services), name="upkeep", owner=self)
        watch = FolderWatch(services)
        self._window.came_back.connect(watch.came_back)
        if self._errand is not None:
            await asyncio.wait([connected])
            return await self._errand(self._window, services)
        self._window.welcomed.connect(
            lambda: services.tasks.spawn(self._offer_tour(services), name="tour", owner=self)
        )
        services.tasks.spawn(services.outbox.watch(), name="watch the connection", owner=self)
        services.tasks.spawn(services.access.watch(), name="watch the key", owner=self)
        services.tasks.spawn(self._warm(services), name="warm the library", owner=self)
        door = Doorkeeper(services.paths.library, services.tasks)
        door.called.connect(self._second_start)
        await door.open()
        if self._files:
            self._window.open_files(self._files)
        try:
            if self._quit is not None:
                await self._quit.wait()
        finally:
            await door.close()
        return 0

    async def _offer_tour(self, services: Services) -> None:
        """Once, to whoever is new here: nothing was made or taken in yet."""
        if not self._settings.values.help.tour_seen and not await services.library.row_ids(LibraryQuery()):
            self._window.open_tour()

    # ------------------------------------------------------------------ one program for a library

    async def _told_the_other(self) -> bool:
        """Hand over to the program that has the library; it may have started a moment ago and listen soon."""
        if self._errand is not None:
            return False
        until = time.monotonic() + KNOCKING_SECONDS
        while not (self._quit is not None and self._quit.is_set()):
            if await asyncio.to_thread(knock, self._paths.library, self._files):
                return True
            if time.monotonic() > until:
                break
            await asyncio.sleep(KNOCK_AGAIN_SECONDS)
        return False

    def _second_start(self, call: Call) -> None:
        """The program was started again, with or without files."""
        if call.activation:
            # Wayland lets a window come forward only with the leave that the second start was given.
            os.environ["XDG_ACTIVATION_TOKEN"] = call.activation
        come_forward(self._window)
        if call.files:
            self._window.open_files(call.files)

    # ------------------------------------------------------------------ connecting

    async def _settle(self) -> None:
        """What brings a start down mostly does so at once: a picture, a device, a database."""
        await asyncio.sleep(SETTLED_AFTER_SECONDS)
        self._guard.settled()

    async def _connect(self, services: Services) -> None:
        if self._safe_mode:
            services.jobs.pause("user")
            await services.session.browse_offline()
            return
        mode = "sandbox" if self._force_sandbox else self._settings.values.connection.mode
        if not mode and self._environment.get("POLLINATIONS_API_KEY"):
            mode = "cloud"
        try:
            await services.network.open()
        except KeyringUnavailableError as error:
            self._notices.report(error)  # the proxy will say that it wants a user
        if services.network.has_unconfirmed:
            self._notices.tell(
                tr("An address in the preferences is not used."),
                tr("You did not confirm that your key may go there."),
                actions=(Action("preferences", tr("Network preferences"), "network"),),
                severity=Severity.WARNING,
            )
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
            if not services.account.has_key_file:
                self._notices.report(error)
            self._window.show_welcome()
        except StudioError as error:
            self._notices.report(error)
        if mode == "cloud" and services.account.has_key_file and services.account.current_key() is None:
            self._window.run("account.unlock")
        await services.jobs.recover()

    async def _warm(self, services: Services) -> None:
        """Load what filters need while the user looks at the first pictures, not at the first filter."""
        await asyncio.sleep(WARM_AFTER_SECONDS)
        await services.library.warm()

    def _job_finished(self, services: Services, job: Job) -> None:
        if services.session.connected:
            services.tasks.spawn(
                services.account.refresh_balance(services.session.client),
                name="balance",
                owner=self,
                group="balance",
            )

    # ------------------------------------------------------------------ ending

    async def _ask_to_quit(self, services: Services) -> None:
        if await self._may_leave(services):
            self.request_quit()

    async def _may_leave(self, services: Services) -> bool:
        if self._asking:
            return False
        if any(job.state.was_sent for job in services.jobs.active()):
            self._asking = True
            try:
                return await dialogs.confirm(
                    self._window,
                    tr("Quit while something is being made?"),
                    tr(
                        "It goes on at the service. The results arrive when you open Nectary again, and "
                        "nothing is paid twice."
                    ),
                    action=tr("Quit"),
                    cancel=tr("Stay"),
                )
            finally:
                self._asking = False
        return True

    async def _try_again(self, error: StudioError) -> bool:
        """Show why the program cannot start; True when the user wants another try, False to end it."""
        log.info("cannot start: %s", error)
        print(error, file=sys.stderr)  # noqa: T201 - for whoever started it from a terminal
        if self._errand is not None or self._quit is None:
            return False
        self._window.close_requested.connect(self.request_quit)
        self._window.show_stop(error.title, error.detail, self._wake)
        self._retry = False
        await self._quit.wait()
        self._window.close_requested.disconnect(self.request_quit)
        if self._retry:
            self._quit.clear()
        return self._retry

    def _wake(self) -> None:
        self._retry = True
        self.request_quit()
