"""The window: top bar, panes, welcome page. Painted before any service exists, joined to them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.core.settings import Settings
from studio.shell.pane_registry import find_panes
from studio.shell.top_bar import TopBar
from studio.ui import tab_order
from studio.ui.pane import Pane, PaneContext, PaneSpec
from studio.ui.theme import FONT_SCALE, Mode, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.roles import Role, set_role
from studio.ui.widgets.surfaces import Banner, EmptyState

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.services.context import Services
    from studio.shell.finding import Finder
    from studio.shell.help_window import HelpWindow
    from studio.shell.host import CommandTable
    from studio.shell.notice_view import NoticeView
    from studio.shell.welcome import WelcomePage

SIZE = QSize(1440, 900)
SMALLEST = QSize(960, 600)
FRAME = QSize(8, 40)
"""What the system may put around the window, in pixels; how much it is, is known only once it shows."""
GRIP = QSize(160, 52)
"""How much of its top has to lie on a screen, in pixels."""
LONGEST_STATE = 4096


class MainWindow(QWidget):
    """The one window of the program.

    Args:
        window_state: file for its size and place.
        first: what the first paint shows: a pane's id, or "" for the welcome page.
    """

    close_requested = Signal()
    came_back = Signal()
    """The user turned to the window again."""
    welcomed = Signal()
    """A way in was chosen on the welcome page."""
    _finder: Finder | None = None  # made with the first palette, and kept for the next ones
    _late = ""  # the pane that comes with the services
    _welcoming = False
    help: HelpWindow | None = None

    def __init__(
        self, theme: Theme, settings: Settings, *, window_state: Path, first: str = "create"
    ) -> None:
        super().__init__()
        name_widget(self, "Nectary")
        set_role(self, Role.Window)
        self.setWindowTitle("Nectary")
        self.setMinimumSize(SMALLEST)
        self.setAutoFillBackground(True)
        self.setAcceptDrops(True)
        self._theme = theme
        self._settings = settings
        self._state_file = window_state
        self._services: Services | None = None
        self._commands: CommandTable | None = None
        self._context: PaneContext | None = None
        self.has_painted = False
        self._specs: dict[str, PaneSpec] = {spec.id: spec for spec in find_panes()}
        self._panes: dict[str, Pane] = {}
        self._welcome: WelcomePage | None = None
        self._stop: EmptyState | None = None
        self._early: tuple[str, str] | None = None
        self._notice_view: NoticeView | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.top_bar = TopBar(tuple(self._specs.values()), self)
        self.top_bar.pane_chosen.connect(self.open_pane)
        column.addWidget(self.top_bar)
        self._banner = Banner("", "offline", "warn", action=tr("Try again"), on_action=self._try_again)
        self._banner.hide()
        column.addWidget(self._banner)
        self._work = Banner("", "refresh", "info")
        self._work.hide()
        column.addWidget(self._work)
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self._restore_geometry()
        self._open_first(first)

    def _open_first(self, first: str) -> None:
        """Create is painted at once. The others take longer to import than the first frame may: their tab is
        marked, and they come when the services do."""
        usual = next(iter(self._specs))
        if not first:
            self.show_welcome()
        elif first == usual or first not in self._specs:
            self.open_pane(usual)
        else:
            self._late = first
            self.top_bar.choose(first)

    # ------------------------------------------------------------------ panes

    def pane_ids(self) -> list[str]:
        return list(self._specs)

    def pane_title(self, pane_id: str) -> str:
        return self._specs[pane_id].title

    @property
    def shows_pane(self) -> bool:
        """Whether a pane is in front, and not the welcome page."""
        return self._welcome is None or self._stack.currentWidget() is not self._welcome

    def pane(self, pane_id: str) -> Pane:
        """The pane, built when it is first needed."""
        if pane_id not in self._panes:
            pane = self._specs[pane_id].build(self._theme, self._stack)
            pane.show_preferences(self._settings.values)
            self._panes[pane_id] = pane
            self._stack.addWidget(pane)
            if self._context is not None:
                pane.attach(self._context)
        return self._panes[pane_id]

    def load_panes(self) -> None:
        """Import what the panes that are built need next; runs in a thread."""
        if self._late:
            import importlib

            importlib.import_module(f"studio.panes.{self._late}.view")
        for pane in tuple(self._panes.values()):
            pane.load()

    @property
    def current_pane(self) -> str:
        """The id of the pane that shows; "" for the welcome page."""
        shown = self._stack.currentWidget()
        return next((pane_id for pane_id, pane in self._panes.items() if pane is shown), "")

    @property
    def services_ready(self) -> bool:
        """Whether the panes can work: the services are there."""
        return self._services is not None

    def open_pane(self, pane_id: str) -> None:
        self._late = ""
        pane = self.pane(pane_id)
        self._stack.setCurrentWidget(pane)
        self.top_bar.choose(pane_id)
        pane.shown()

    def tell_pane(self, pane_id: str, verb: str) -> None:
        """Show a pane and let it carry out one of its commands."""
        if self.current_pane != pane_id:
            self.open_pane(pane_id)  # else the focus stays where a sheet is to give it back to
        self._panes[pane_id].act(verb)

    def show_found(self, pane_id: str, kind: str, handle: str) -> None:
        """Show a pane and in it what was found: see `Pane.show_found`."""
        self.open_pane(pane_id)
        self._panes[pane_id].show_found(kind, handle)

    def open_asset(self, asset_id: str) -> None:
        """Show an asset in the Library pane."""
        self.hand_over(asset_id, "library", "show")

    def hand_over(self, asset_id: str, pane_id: str, verb: str) -> None:
        """Show a pane and let it do something with an asset."""
        if self._services is not None:
            self._services.tasks.spawn(
                self._hand_over(asset_id, pane_id, verb), name="hand an asset over", owner=self
            )

    async def _hand_over(self, asset_id: str, pane_id: str, verb: str) -> None:
        asset = await self._services.library.asset(asset_id) if self._services else None
        if asset is not None:
            self._open_with(pane_id, verb, asset)

    def _open_with(self, pane_id: str, verb: str, asset: Asset) -> None:
        self.open_pane(pane_id)
        self._panes[pane_id].take(verb, asset)

    # ------------------------------------------------------------------ welcome

    def show_welcome(self) -> None:
        if self._welcome is None:
            from studio.shell.welcome import WelcomePage

            self._welcome = WelcomePage(self)
            self._welcome.chosen.connect(self.choose_way_in)
            self._stack.addWidget(self._welcome)
        self._stack.setCurrentWidget(self._welcome)
        self.top_bar.choose("")

    def choose_way_in(self, command: str) -> None:
        """A button of the welcome page."""
        self._welcoming = True
        self.run(command)

    def hide_welcome(self) -> None:
        if self._welcome is not None and self._stack.currentWidget() is self._welcome:
            self.open_pane(next(iter(self._specs)))
        if self._welcoming:
            self._welcoming = False
            self.welcomed.emit()

    def set_welcome_busy(self, command: str) -> None:
        """Show on the welcome page that a way in is being tried; "" when that is over."""
        if self._welcome is not None:
            self._welcome.set_busy(command)

    # ------------------------------------------------------------------ when it cannot start

    def show_stop(self, title: str, detail: str, on_retry: Callable[[], object]) -> None:
        """A page in place of everything else: why the program cannot go on, and a way to try again."""
        if self._stop is None:
            self._stop = EmptyState("blocked", title, detail, action=tr("Try again"), on_action=on_retry)
            self._stack.addWidget(self._stop)
        self._stop.set_content("blocked", title, detail, tr("Try again"))
        self.top_bar.hide()
        self._stack.setCurrentWidget(self._stop)
        self._stop.button.setFocus()

    def leave_stop(self) -> None:
        """What kept the program from starting is over."""
        if self._stop is None:
            return
        self._stack.removeWidget(self._stop)
        self._stop.deleteLater()
        self._stop = None
        self.top_bar.show()
        self.top_bar.choose(self.current_pane)

    # ------------------------------------------------------------------ services

    def attach(self, services: Services, commands: CommandTable, notices: NoticeView) -> None:
        """The services are there: join the panes that are built, from now on also those that will be."""
        self._add_icon()
        self._services, self._commands = services, commands
        self._context = PaneContext(services, self._theme, self._open_with, self.run)
        self._notice_view = notices
        self._add_shortcuts(commands)
        for pane in self._panes.values():
            pane.attach(self._context)
        if self._late:
            self.open_pane(self._late)
        if self._early is not None:
            self.run(*self._early)
            self._early = None

    def _add_shortcuts(self, commands: CommandTable) -> None:
        from studio.shell.window_keys import WindowKeys

        WindowKeys(self, self._settings, commands, self.top_bar.show_keys)

    def detach(self) -> None:
        """The program ends."""
        self._save_state()
        if self.help is not None:
            self.help.close()
        for pane in self._panes.values():
            pane.detach()

    def run(self, command_id: str, argument: str = "") -> None:
        """Carry out a command by its id; the last one asked for before the services exist once they do."""
        if self._commands is not None:
            self._commands.run(command_id, argument)
        else:
            self._early = (command_id, argument)

    def show_banner(self, text: str, detail: str = "") -> None:
        """A line under the top bar saying in what state the program is; "" takes it away."""
        self._banner.setVisible(bool(text))
        if text:
            self._banner.set_text(f"{text} {detail}".strip())

    def put_banner(self, banner: QWidget) -> None:
        """A line of its own under the top bar, for as long as it lives."""
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            column.insertWidget(1, banner)

    def show_work(self, text: str) -> None:
        """A line saying what the program is busy with, beside the user's own work; "" takes it away."""
        self._work.setVisible(bool(text))
        if text:
            self._work.set_text(text)

    def _try_again(self) -> None:
        self.run("session.refresh")

    # ------------------------------------------------------------------ commands of the window

    async def sign_in(self, more: str = "") -> None:
        """`more`: a permission beyond the usual ones."""
        from studio.shell.sign_in import sign_in

        if await sign_in(self, self._need_services(), more=more):
            self.hide_welcome()

    async def sign_in_with_code(self) -> None:
        from studio.shell.sign_in import sign_in_with_code

        if await sign_in_with_code(self, self._need_services(), open_browser=False):
            self.hide_welcome()

    async def unlock_key(self) -> None:
        from studio.shell.sign_in import unlock

        if await unlock(self, self._need_services()):
            self.hide_welcome()

    async def paste_key(self, remember: bool = True) -> None:
        from studio.shell.sign_in import paste_key

        if await paste_key(self, self._need_services(), remember=remember):
            self.hide_welcome()

    def open_palette(self) -> None:
        from studio.shell.finding import Finder
        from studio.shell.palette import open_palette

        if self._commands is not None:
            self._finder = self._finder or Finder(self._need_services())
            open_palette(self, self._need_services(), self._commands, self._finder)

    def open_preferences(self, section: str = "look") -> None:
        from studio.shell.preferences import open_preferences

        if self._commands is not None:
            open_preferences(self, self._need_services(), self._commands, section)

    def open_shortcuts(self) -> None:
        """The page of keyboard shortcuts."""
        from studio.shell.shortcuts import open_shortcuts

        if self._commands is not None:
            open_shortcuts(self, self._commands)

    def open_tour(self) -> None:
        """The short tour over this window."""
        from studio.shell.tour import open_tour

        self.hide_welcome()
        open_tour(self, self, self._settings)

    async def open_about(self) -> None:
        """Version, licence, and where the files are."""
        from studio.shell.about import about_sheet

        await about_sheet(self, self._need_services().paths).result()

    def open_help(self, place: str = "") -> None:
        """The documentation at a place, as "search#fields"; "" is the page of what shows now."""
        if self.help is None:
            from studio.shell.help_window import HelpWindow

            self.help = HelpWindow(self._need_services(), self)
        self.help.open(place or self._place_in_help())

    def _place_in_help(self) -> str:
        from studio.ui.widgets.overlay import Overlay

        sheets = [sheet for sheet in self.findChildren(Overlay) if sheet.isVisible()]
        if any(sheet.objectName() == "preferences" for sheet in sheets):
            return "preferences"
        return self.current_pane or "start"

    def open_notices(self) -> None:
        """The list of past notices, under the right end of the top bar."""

        if self._notice_view is not None:
            self._notice_view.open_history(self.top_bar)

    def set_look(self, mode: Mode) -> None:
        self._theme.set_mode(mode)
        self._settings.change("look", theme=mode)

    def scale_text(self, step: float) -> None:
        scale = round(min(max(self._theme.font_scale + step, FONT_SCALE[0]), FONT_SCALE[1]), 2)
        self._theme.set_font_scale(scale)
        self._settings.change("look", font_scale=scale)

    def _need_services(self) -> Any:
        return self._services

    # ------------------------------------------------------------------ pictures from outside

    def paste_file(self) -> None:
        """A picture file that was copied elsewhere is treated as if it had been dropped here."""
        from studio.shell.dropped import picture_in

        path = picture_in(QApplication.clipboard().mimeData())
        if path is not None:
            self.run("file.offer", str(path))

    def use_settings(self, asset: Asset) -> None:
        """Put everything an asset was made with into the form."""
        self._open_with("create", "use_all", asset)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from studio.ui.drop_veil import files_in

        # Pictures that are dragged out of the own gallery are in the library already.
        if self.services_ready and event.source() is None and files_in(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        from studio.ui.drop_veil import files_in

        paths = files_in(event.mimeData())
        if not paths:
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.open_files(paths)

    def open_files(self, paths: Sequence[Path]) -> None:
        """Files from outside: one picture is offered with the settings it carries, others are taken in."""
        from studio.shell.dropped import is_picture
        from studio.ui.drop_veil import TAKE_IN, wanted

        if len(paths) == 1 and is_picture(paths[0]):
            self.run("file.offer", str(paths[0]))
        else:
            self.run(TAKE_IN, wanted(paths))

    # ------------------------------------------------------------------ Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.came_back.emit()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab goes as the window is read, though the panes make their parts when they need them."""
        return tab_order.step(self, forwards)

    def go_on(self, by: int) -> None:
        """The focus to the next part of the window or the one before: top bar, parts of the pane, notices."""
        from studio.ui.widgets.toast import ToastStack

        shown = self._stack.currentWidget()
        places = shown.places() if isinstance(shown, Pane) else tab_order.places([shown])
        notices = [stack for stack in self.findChildren(ToastStack) if stack.isVisible()]
        tab_order.go_on(self, [*tab_order.places([self.top_bar]), *places, *tab_order.places(notices)], by)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask first; `Program` hides the window when everything is put away."""
        event.ignore()
        self.close_requested.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt fills the background and paints the children; here it is only noted that there is a frame."""
        self.has_painted = True

    def _add_icon(self) -> None:
        """Give the window its icon; once the first frame is there, as drawing it takes a few milliseconds."""
        from PySide6.QtGui import QIcon

        from studio.ui.widgets.brand import logo_pixmap

        self.setWindowIcon(QIcon(logo_pixmap(64)))

    def _restore_geometry(self) -> None:
        usual = SIZE.boundedTo(self.screen().availableSize() - FRAME)
        self.resize(usual)
        try:
            with self._state_file.open("rb") as file:
                kept = file.read(LONGEST_STATE)
        except OSError:
            return  # the first start
        if self.restoreGeometry(kept) and not self._is_reachable():
            # Its screen is gone, or was turned: the window comes to the one that is there.
            self.resize(usual)
            self.move(self.screen().availableGeometry().topLeft())

    def _is_reachable(self) -> bool:
        """Whether enough of the window's top lies on a screen to take hold of it."""
        top = QRect(self.geometry().topLeft(), QSize(self.width(), GRIP.height()))
        for screen in QGuiApplication.screens():
            seen = top.intersected(screen.availableGeometry())
            if seen.width() >= GRIP.width() and seen.height() >= GRIP.height() // 2:
                return True
        return False

    def _save_state(self) -> None:
        """Keep how the window is left. A full disk must not keep the program from ending."""
        from studio.core.errors import StorageError

        try:
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            self._state_file.write_bytes(self.saveGeometry().data())
            if self.current_pane:
                self._settings.change("window", pane=self.current_pane)
        except (OSError, StorageError):
            import logging

            logging.getLogger(__name__).warning("the window's place could not be kept", exc_info=True)
