"""Every command of the program by id: what actions of notices and errors, palette and menus run."""

from __future__ import annotations

import asyncio
import logging
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from studio.core import keymap
from studio.core.errors import Action, StorageError
from studio.core.i18n import in_a_sentence, tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.services import undo
from studio.services.account import without_account
from studio.services.context import Services
from studio.services.notices import Severity
from studio.services.session import Mode
from studio.shell import dropped
from studio.shell.intake import IntakeDesk
from studio.shell.job_commands import JobCommands
from studio.shell.links import LinkOpener
from studio.shell.preference_index import entries
from studio.shell.shortcuts import keys_in_use
from studio.shell.upkeep_commands import Restart, UpkeepCommands
from studio.ui.asset_verbs import VERBS

if TYPE_CHECKING:
    from studio.shell.main_window import MainWindow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Command:
    """`title` is what the palette shows; empty keeps it out of there. `shortcut` in Qt's notation."""

    id: str
    title: str
    run: Callable[[str], Awaitable[None] | None]
    icon: str = ""
    shortcut: str = ""


class Commands:
    """The table of commands. Unknown ids are logged, never an error in the user's face."""

    def __init__(
        self,
        services: Services,
        window: MainWindow,
        *,
        quit: Callable[[Services], Awaitable[None]],  # noqa: A002
        restart: Restart | None = None,
    ) -> None:
        self._services = services
        self._window = window
        self._quit = quit
        self.of_jobs = JobCommands(services, self.run, window)
        upkeep = UpkeepCommands(services, window, restart)
        groups = (
            self._places(), self._account(), self._make(), self._program(), self._assets(), self._look(),
            self._chat(), self._sound(), self._found(), self._preferences(),
            [Command(*one) for one in upkeep.all()],
        )  # fmt: skip
        self._table = {command.id: command for group in groups for command in group}

    def all(self) -> list[Command]:
        """Every command, with the keys that the user gave it."""
        changed = keymap.read(self._services.settings.values.shortcuts.changed)
        if not changed:
            return list(self._table.values())
        keys = keys_in_use({command.id: command.shortcut for command in self._table.values()}, changed)
        return [
            command if keys[command.id] == command.shortcut else replace(command, shortcut=keys[command.id])
            for command in self._table.values()
        ]

    def run(self, command_id: str, argument: str = "") -> None:
        """Carry out a command; one that takes time becomes a task."""
        command = self._table.get(command_id)
        if command is None:
            log.warning("no command %r", command_id)
            return
        work = command.run(argument)
        if work is not None:
            self._services.tasks.spawn(_wait(work), name=f"command {command_id}", owner=self)

    def _places(self) -> list[Command]:
        """The panes, in the order of their tabs."""
        window = self._window
        return [
            Command(
                f"pane.{pane_id}", tr("Go to {pane}", pane=window.pane_title(pane_id)),
                lambda _a, pane_id=pane_id: window.open_pane(pane_id), "arrow-right", f"Ctrl+{n}",
            )
            for n, pane_id in enumerate(window.pane_ids(), start=1)
        ]  # fmt: skip

    def _make(self) -> list[Command]:
        services, window = self._services, self._window
        return [
            Command("session.sandbox", tr("Open the sandbox"), lambda _a: self._choose("sandbox"), "sandbox"),
            Command("session.cloud", tr("Connect to Pollinations"),
                    lambda _a: self._choose("cloud"), "globe"),
            Command("session.offline", tr("Just browse what is saved"),
                    lambda _a: self._choose("offline"), "library"),
            Command("session.welcome", tr("Show the welcome page"), lambda _a: window.show_welcome(), "info"),
            Command("session.refresh", tr("Refresh models and balance"),
                    lambda _a: services.session.refresh(), "refresh"),
            Command("sign_in", "", lambda _a: window.sign_in()),
            Command("retry", "", lambda _a: services.session.refresh()),
            Command("open_link", "", self._open_url),
            Command("edit_prompt", "", lambda _a: window.open_pane("create")),
            Command("choose_model", "", lambda _a: window.open_pane("create")),
            Command("create.grid", tr("Make a grid"),
                    lambda _a: window.tell_pane("create", "grid"), "grid", "Ctrl+Shift+G"),
            Command("create.last_grid", tr("Open the last grid"),
                    lambda _a: window.tell_pane("create", "last_grid"), "grid"),
            Command("edit.undo_step", "", services.curator.undo.undo_step),
            Command("file.paste", tr("Paste a picture"), lambda _a: window.paste_file(), "paste", "Ctrl+V"),
            Command("file.show", "", lambda a: _show_in_folder(Path(a))),
            Command("file.offer", "", lambda a: dropped.offer(services, Path(a))),
            Command("file.use", "", lambda a: dropped.use(services, Path(a), window.use_settings)),
            Command("file.keep", "", lambda a: dropped.keep(services, Path(a))),
            Command("notices.show", tr("Show past notices"), lambda _a: window.open_notices(), "bell"),
            Command("queue.show", tr("Show jobs"), lambda _a: window.top_bar.open_jobs(), "jobs", "Ctrl+J"),
            Command("queue.resume", tr("Resume the queue"), lambda _a: services.jobs.resume(), "play"),
            Command("queue.pause", tr("Pause the queue"), lambda _a: services.jobs.pause("user"), "pause"),
            Command("queue.cancel_all", tr("Cancel everything that waits or runs"),
                    lambda _a: self._cancel_all(), "stop"),
            Command("queue.retry_failed", tr("Try everything again that failed"),
                    lambda _a: services.jobs.retry_failed(), "refresh"),
            Command("job.retry", "", lambda a: services.jobs.retry(a.split())),
            Command("job.resume", "", lambda a: services.jobs.release(a.split())),
            Command("job.cancel", "", self._cancel),
            Command("job.dismiss", "", services.jobs.dismiss),
            Command("url.open", "", self._open_url),
            *self._intake(),
            Command("library.look_again", tr("Look for changes in the library's folder"),
                    lambda _a: self._look_again(), "refresh"),
            Command("library.rebuild", tr("Rebuild the index from the files"),
                    lambda _a: self._rebuild(), "refresh"),
        ]  # fmt: skip

    def _program(self) -> list[Command]:
        services, window = self._services, self._window
        return [
            Command("preferences", tr("Preferences"),
                    lambda a: window.open_preferences(a or "look"), "settings", "Ctrl+,"),
            Command("edit.undo", tr("Undo"), lambda _a: self._undo(), "use-all", "Ctrl+Z"),
            Command("help.open", tr("Help"), window.open_help, "book", "F1"),
            Command("app.shortcuts", tr("Keyboard shortcuts"),
                    lambda _a: window.open_shortcuts(), "shortcuts", "Ctrl+/"),
            Command("app.change_keys", tr("Change keyboard shortcuts"),
                    lambda _a: window.open_preferences("shortcuts"), "shortcuts"),
            Command("help.tour", tr("Take the tour"), lambda _a: window.open_tour(), "frame"),
            Command("help.about", tr("About Nectary"), lambda _a: window.open_about(), "info"),
            Command("app.shortcuts_too", "", lambda _a: window.open_shortcuts(), "", "?"),
            Command("app.next_part", tr("Go to the next part of the window"),
                    lambda _a: window.go_on(1), "arrow-right", "F6"),
            Command("app.part_before", tr("Go to the part before"),
                    lambda _a: window.go_on(-1), "arrow-right", "Shift+F6"),
            Command("app.palette", tr("Search everything"),
                    lambda _a: window.open_palette(), "search", "Ctrl+K"),
            Command("app.quit", tr("Quit"), lambda _a: self._quit(services), "sign-out", "Ctrl+Q"),
        ]  # fmt: skip

    def _intake(self) -> list[Command]:
        desk = IntakeDesk(self._services, self._window)
        return [
            Command("library.add_files", tr("Add files to the library"), desk.choose_files, "add", "Ctrl+I"),
            Command("library.add_folder", tr("Add a folder to the library"),
                    desk.choose_folder, "folder-add", "Ctrl+Shift+I"),
            Command("library.take_in", "", desk.run),
            Command("library.report", tr("Show the report of the last import"),
                    lambda _a: desk.show_report(), "file-text"),
        ]  # fmt: skip

    def _assets(self) -> list[Command]:
        """What the gallery in sight does with what is chosen there; it tells where that cannot be done."""
        window = self._window

        def tell(verb: str) -> None:
            shown = window.current_pane
            window.tell_pane(shown if shown in ("create", "library") else "library", f"asset.{verb}")

        return [
            Command(f"asset.{verb}", tr("Chosen picture: {verb}", verb=in_a_sentence(words)),
                    lambda _a, verb=verb: tell(verb), icon)
            for verb, words, icon in VERBS
        ]  # fmt: skip

    def _look(self) -> list[Command]:
        window = self._window
        return [
            Command("look.light", tr("Use the light look"), lambda _a: window.set_look("light"), "sun"),
            Command("look.dark", tr("Use the dark look"), lambda _a: window.set_look("dark"), "moon"),
            Command("look.system", tr("Follow the system's look"),
                    lambda _a: window.set_look("system"), "eye"),
            Command("look.larger", tr("Larger text"),
                    lambda _a: window.scale_text(+0.1), "zoom-in", "Ctrl++"),
            Command("look.smaller", tr("Smaller text"),
                    lambda _a: window.scale_text(-0.1), "zoom-out", "Ctrl+-"),
        ]  # fmt: skip

    def _preferences(self) -> list[Command]:
        """A command for each single preference: the palette leads to it."""
        return [
            Command(
                f"preferences.{entry.section}.{number}", tr("Preferences: {name}", name=entry.title),
                lambda _a, entry=entry: self._window.open_preferences(f"{entry.section}/{entry.title}"),
                "settings",
            )
            for number, entry in enumerate(entries())
        ]  # fmt: skip

    def _account(self) -> list[Command]:
        services, window = self._services, self._window
        return [
            Command("account.sign_in", tr("Sign in"), window.sign_in, "sign-in"),
            Command("account.sign_in_code", tr("Sign in with a code"),
                    lambda _a: window.sign_in_with_code(), "phone"),
            Command("account.paste_key", tr("Paste a key"), lambda _a: window.paste_key(), "key"),
            Command("account.renew", tr("Renew the key"), lambda _a: window.sign_in(), "key"),
            Command("account.switch", "", self._switch),
            Command("account.unlock", "", lambda _a: window.unlock_key()),
            Command("account.sign_out", tr("Sign out"), lambda _a: self._sign_out(), "sign-out"),
            Command("account.overview", tr("Show what was spent"),
                    lambda _a: window.tell_pane("account", "overview"), "chart"),
            Command("account.top_up", "", lambda a: self._open_url(a or services.session.top_up_url)),
            Command("account.retry_keyring", "", lambda _a: self._choose("cloud")),
            Command("account.keep_in_memory", "", lambda _a: window.paste_key(remember=False)),
        ]  # fmt: skip

    def _chat(self) -> list[Command]:
        """What the Chat and Audio panes do, from everywhere. Their keys (Ctrl+N, …) are their own."""
        links = LinkOpener(self._services, self._window)
        commands = [
            Command(f"chat.{verb}", title, lambda _a, verb=verb: self._window.tell_pane("chat", verb), icon)
            for verb, title, icon in (
                ("new", tr("New chat"), "chat"),
                ("temporary", tr("Temporary chat"), "clock"),
                ("search", tr("Search chats"), "search"),
                ("choose_model", tr("Choose the chat's model"), "model"),
                ("parameters", tr("Chat parameters"), "sliders"),
            )
        ]
        sound = [
            Command(f"audio.{verb}", title, lambda _a, verb=verb: self._window.tell_pane("audio", verb), icon)
            for verb, title, icon in (
                ("speech", tr("Speak a text"), "speech"),
                ("music", tr("Make music"), "music"),
                ("files", tr("Transcribe files"), "transcript"),
            )
        ]
        return [*commands, *sound, Command("link.open", "", links.open)]

    def _sound(self) -> list[Command]:
        """What the Audio pane does, from everywhere."""
        return [
            Command("audio.record", tr("Record from a microphone"),
                    lambda _a: self._window.tell_pane("audio", "record"), "microphone"),
            Command("audio.transcribe", "", lambda a: self._window.hand_over(a, "audio", "transcribe")),
        ]  # fmt: skip

    def _found(self) -> list[Command]:
        """What is done with what the palette found; the argument is its id."""
        window = self._window
        return [
            Command("library.show", "", window.open_asset),
            Command("library.collection", "", lambda a: window.show_found("library", "collection", a)),
            Command("library.search", "", lambda a: window.show_found("library", "search", a)),
            Command("chat.open", "", lambda a: window.show_found("chat", "message", a)),
            Command("chat.send_now", "", self._send_now),
            Command("model.use", "", self._use_model),
        ]

    def _send_now(self, place: str) -> None:
        """Show a question that waits, by its place as "chat.open" takes it, and send it if it still waits."""
        self._window.show_found("chat", "message", place)
        message = place.partition(" ")[2]
        if self._services.unsent.is_waiting(message):
            self._window.show_found("chat", "unsent", message)

    def _use_model(self, name: str) -> None:
        """Choose a model where it is asked."""
        from studio.shell.finding import place_of

        model = self._services.catalogue.find(name)
        if model is not None and place_of(model):
            self._window.show_found(place_of(model), "model", name)

    async def _choose(self, mode: Mode) -> None:
        """Another service; remembered for the next start."""
        session = self._services.session
        self._window.set_welcome_busy(f"session.{mode}")
        try:
            if mode == "sandbox":
                await session.use_sandbox()
            elif mode == "cloud":
                await session.use_cloud(self._services.settings.values.connection.account)
            else:
                await session.browse_offline()
        finally:
            self._window.set_welcome_busy("")
        if session.state.mode != mode:
            return  # a later choice overtook this one
        if mode == "offline":
            # Who only wants to browse has no use for the form.
            self._window.open_pane("library")
        self._window.hide_welcome()
        self._services.settings.change("connection", mode=mode)
        await self._services.jobs.recover()

    async def _switch(self, account: str) -> None:
        """Another account, whose key is in the keyring."""
        await self._services.session.use_account(account)
        self._services.settings.change("connection", mode="cloud", account=account)
        self._window.hide_welcome()
        await self._services.jobs.recover()

    async def _sign_out(self) -> None:
        from studio.panes.account.presenter import key_lives

        connection = self._services.settings.values.connection
        account = self._services.account.state.account
        accounts = without_account(connection.accounts, account)
        lives = key_lives(self._services.account.state.key, datetime.now(UTC))
        try:
            await self._services.account.sign_out()
        except (KeyringUnavailableError, StorageError) as error:
            # The key is out of use in any case; that it still lies somewhere must be known.
            self._services.notices.report(error)
        # What is under way goes no further: its requests are cut off, and its jobs wait for a key.
        await self._services.session.browse_offline()
        others = accounts.splitlines()
        self._services.settings.change("connection", mode="", account="", accounts=accounts)
        self._services.notices.tell(
            tr("You are signed out."),
            lives,
            actions=(
                *(Action("account.switch", tr("Use {account}", account=name), name) for name in others[:2]),
                # A key cannot revoke itself (CONTRACT 7.2).
                Action("account.top_up", tr("Revoke it on the site"), self._services.session.hosts.enter),
            ),
        )
        self._window.show_welcome()

    def _cancel(self, ids: str) -> None:
        """Of these jobs, ids with spaces between, what is not finished."""
        wanted = set(ids.split())
        self.of_jobs.cancel([job for job in self._services.jobs.active() if job.id in wanted])

    def _cancel_all(self) -> None:
        self.of_jobs.cancel(self._services.jobs.active())

    async def _rebuild(self) -> None:
        from studio.shell.upkeep import rebuild

        await rebuild(self._services)

    async def _look_again(self) -> None:
        from studio.shell.upkeep import look_again

        await look_again(self._services)

    async def _undo(self) -> None:
        label = await self._services.curator.undo_last()
        words = tr("Undone: {what}.", what=label) if label else tr("There is nothing to undo.")
        self._services.notices.tell(words, topic=undo.TOPIC)

    async def _open_url(self, url: str) -> None:
        """In the user's browser; a thread, because starting one takes a while."""
        if self._services.session.is_own_page(url):
            await asyncio.to_thread(webbrowser.open, url)
        else:
            log.warning("a page was not opened: %r", url[:200])
            self._services.notices.tell(
                tr("This page was not opened."),
                tr("It does not belong to the service."),
                severity=Severity.WARNING,
                topic="open-page",
            )


async def _wait(work: Awaitable[None]) -> None:
    await work


def _show_in_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
