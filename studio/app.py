"""The composition root: builds everything and hands it down. Nothing imports this module but `__main__`.

Start-up, in this order:

1. arguments, folders, preferences (a few ms, no Qt), and with them the language (`core/i18n.py`): no module
   with words for the user is imported before it is known; where the library is open already, its program is
   told and this one ends (`core/door.py`); else what a restore left is put in place;
2. QApplication, theme, the window with its first pane: shown and painted;
3. in a thread, while the window already answers: asyncio, qasync, httpx, keyring, Pillow, TLS;
4. the asyncio loop: services are built, the library and the profile are opened, panes get them;
5. the chosen service is connected, and jobs that a crash cut off are taken up again.

Quit: `closeEvent` asks, `Program.run` shuts down in reverse order and returns.

Why imports here and in `shell`, `ui` and `panes/create` are late: the first frame waits for every module that
is imported before it, and a module of data classes costs as much as ten widgets. What is not seen in that
frame is imported where it is first used, and types under TYPE_CHECKING. `tests/test_startup.py` holds it.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from studio.core.door import knock
from studio.core.i18n import choose_language, use_language
from studio.core.paths import Paths, portable_paths, system_paths, without_tilde
from studio.core.restart import SAFE_MODE, Again, restart
from studio.core.settings import Settings
from studio.core.start_guard import StartGuard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from studio.services.notices import NoticeCentre
    from studio.shell.main_window import MainWindow
    from studio.shell.program import Errand


TIME_START = "NECTARY_TIME_START"
"""Set in the environment: say when the first frame was painted, and end. `benchmarks.startup` asks for it."""
FIRST_FRAME_SECONDS = 1.0
FIRST_EVENTS_MS = 10


class Options(NamedTuple):
    """What the command line asked for."""

    paths: Paths
    sandbox: bool = False
    self_check: bool = False
    demonstrate: bool = False
    verbose: bool = False
    files: tuple[Path, ...] = ()
    safe_mode: bool = False
    guard: StartGuard | None = None


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; exits with a sentence on nonsense."""
    if not arguments:
        return Options(system_paths())
    import argparse

    from studio import __version__

    parser = argparse.ArgumentParser(
        prog="nectary", description="A desktop studio for the Pollinations API.", allow_abbrev=False
    )
    parser.add_argument("--sandbox", action="store_true", help="use the stand-in service on this machine")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="keep everything in DIR (portable)")
    parser.add_argument("--library", type=Path, metavar="DIR", help="keep what is made in DIR")
    parser.add_argument(
        "--self-check", action="store_true", help="build every pane, make one picture, print JSON"
    )
    parser.add_argument(
        SAFE_MODE, action="store_true", help="start with the usual preferences and nothing taken up"
    )
    parser.add_argument("--demonstrate", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--verbose", action="store_true", help="log more, also to the terminal")
    parser.add_argument("--version", action="version", version=f"Nectary {__version__}")
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="a picture, film or sound to open"
    )
    given = parser.parse_args(arguments)
    profile: Path | None = given.profile
    if profile is None and given.self_check:
        # A check must not touch what the user made.
        import tempfile

        profile = Path(tempfile.mkdtemp(prefix="nectary-check-"))
    library = without_tilde(given.library).absolute() if given.library else None
    paths = portable_paths(profile, library) if profile else system_paths(library)
    return Options(
        sandbox=given.sandbox or given.self_check or given.demonstrate,
        self_check=given.self_check,
        demonstrate=given.demonstrate,
        verbose=given.verbose,
        paths=paths,
        safe_mode=given.safe_mode,
        files=tuple(path.absolute() for path in given.files),
    )


def run(arguments: Sequence[str]) -> int:
    """Run the program; the result is the exit code."""
    # Looking for garbage takes a tenth of the time to the first frame, and nothing of that is garbage.
    # `eventloop.GuiThreadCollector` does it from then on.
    gc.disable()
    options = parse(arguments)
    settings = Settings(options.paths.settings)
    _speak(settings.values.look.language)
    if settings.values.files.library and not _names_library(arguments):
        options = _with_library(options, without_tilde(Path(settings.values.files.library)))
    if not (options.self_check or options.demonstrate) and knock(options.paths.library, options.files):
        return 0
    restores = (options.paths.profile / "pending.json").exists()
    options = options._replace(guard=_begin(options))
    if restores:
        settings = Settings(options.paths.settings)  # it may have brought others
    if options.safe_mode:
        settings.use_plainly()
    if options.self_check:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")

    _refuse_broken_qt()
    _import_plainly()
    from studio.ui.theme import make_application

    application = make_application(sys.argv[0])
    _let_qt_speak(application)
    application.setApplicationName("Nectary")
    application.setDesktopFileName("nectary")
    window = first_paint(application, settings, options)
    _wait_for_first_frame(application, window)
    if os.environ.get(TIME_START):
        sys.stdout.write(f'{{"first_frame": {time.monotonic()}}}\n')
        return 0
    code = _go_on(application, window, settings, options)
    if isinstance(code, Again):
        restart(code, arguments)
        return 0
    return code


def _begin(options: Options) -> StartGuard | None:
    """Note that a start is under way; put in place what was restored before, while nothing is open yet."""
    if options.self_check or options.demonstrate or os.environ.get(TIME_START):
        return None
    guard = StartGuard(options.paths.profile)
    guard.begin()
    if (options.paths.profile / "pending.json").exists():
        import logging

        from studio.core.errors import StorageError
        from studio.library import swap

        try:
            swap.carry_out(options.paths.profile)
        except StorageError as error:
            # The window shows it, and asks what to do.
            logging.getLogger(__name__).warning("what was restored is not in place: %s", error)
    return guard


def _speak(preference: str) -> None:
    """Choose the language of this run, see `core/i18n.py`."""
    desktop: list[str] = []
    if sys.platform in ("win32", "darwin"):  # no variables there
        from PySide6.QtCore import QLocale

        desktop = QLocale.system().uiLanguages()
    use_language(choose_language(preference, os.environ, desktop))


def _let_qt_speak(application: QApplication) -> None:
    from studio.ui.language import speak

    speak(application)


def first_paint(application: QApplication, settings: Settings, options: Options) -> MainWindow:
    """The window as the user left it, before anything slow is imported."""
    from studio.shell.main_window import MainWindow
    from studio.ui.theme import Theme

    look = settings.values.look
    theme = Theme(look.theme, look.font_scale, True if look.reduced_motion else None, look.density)
    theme.apply(application)
    state = Path(os.devnull) if options.safe_mode else options.paths.window_state
    window = MainWindow(theme, settings, window_state=state, first=_first_page(settings, options))
    window.show()
    return window


def _wait_for_first_frame(application: QApplication, window: MainWindow) -> None:
    """Let the window paint before anything else takes the interpreter.

    A window system that shows no window (it starts as an icon) must not hold the program up for long.
    """
    from PySide6.QtCore import QEventLoop

    until = time.monotonic() + FIRST_FRAME_SECONDS
    while not window.has_painted and time.monotonic() < until:
        application.processEvents()
        if not window.has_painted:
            time.sleep(0.001)
    # What was typed meanwhile is answered before the imports begin.
    application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, FIRST_EVENTS_MS)


def _go_on(
    application: QApplication, window: MainWindow, settings: Settings, options: Options
) -> int | Again:
    """The rest of the program's life; its exit code, or how to start it again."""
    from studio import eventloop

    eventloop.load_while_answering(application, lambda: _import_the_rest(window))

    from studio.core import log
    from studio.services.notices import NoticeCentre
    from studio.shell.program import Program

    log.set_up(options.paths.logs, verbose=options.verbose)
    notices = NoticeCentre()
    program = Program(
        window,
        settings,
        notices,
        options.paths,
        environment=dict(os.environ),
        force_sandbox=options.sandbox,
        errand=_errand(options),
        files=options.files,
        guard=options.guard,
        safe_mode=options.safe_mode,
    )
    code = eventloop.run(
        application, program.run, report=_reporter(notices), on_interrupt=program.request_quit
    )
    return program.again or code


def _errand(options: Options) -> Errand | None:
    """What is done in the place of a user, if anything."""
    if not (options.self_check or options.demonstrate):
        return None
    from studio.shell.self_check import demonstrate, self_check

    return self_check if options.self_check else demonstrate


def _import_the_rest(window: MainWindow) -> None:
    """What takes long to import; runs in a thread behind the first paint."""
    import asyncio  # noqa: F401

    import qasync  # noqa: F401

    import studio.services.context
    import studio.shell.job_tray
    import studio.shell.notice_view
    import studio.shell.program  # noqa: F401

    window.load_panes()
    _make_widget_classes()


def _make_widget_classes() -> None:
    """Name every class of QtWidgets once: PySide makes them when they are first named.

    It makes all that are left as soon as it meets a widget that Qt itself created, and then the window would
    stand still for 20 ms.
    """
    from PySide6 import QtWidgets

    for name in dir(QtWidgets):
        getattr(QtWidgets, name)


def _reporter(notices: NoticeCentre) -> Callable[[BaseException, str], None]:
    def report(error: BaseException, where: str) -> None:
        notices.report(error, where)

    return report


def _refuse_broken_qt() -> None:
    import PySide6

    version = tuple(int(part) for part in PySide6.__version__.split(".")[:2])
    if sys.version_info < (3, 12) and version >= (6, 12):
        raise SystemExit("PySide6 6.12 crashes on Python before 3.12. Use PySide6 6.11.3 or a newer Python.")


def _import_plainly() -> None:
    """Give Python its own `import` back, which PySide replaces.

    PySide's reads and searches the source of every module imported from then on, in case it says
    `from __feature__ import snake_case`. None here does, and it takes as long as the imports themselves.
    """
    import builtins

    import PySide6.QtCore  # noqa: F401 - replaces it

    builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)


def _names_library(arguments: Sequence[str]) -> bool:
    return any(argument.split("=")[0] == "--library" for argument in arguments)


def _with_library(options: Options, library: Path) -> Options:
    return options._replace(paths=options.paths._replace(library=library))


def _first_page(settings: Settings, options: Options) -> str:
    """The pane to paint first, as it was left; "" is the welcome page, while no service is chosen."""
    if options.safe_mode:
        return "library"
    if options.self_check or options.demonstrate:
        return "create"
    chosen = settings.values.connection.mode or options.sandbox or os.environ.get("POLLINATIONS_API_KEY")
    return settings.values.window.pane if chosen else ""
