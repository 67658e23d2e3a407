"""Every test: no network, no warnings, nothing left running.

Async tests below Qt run on a plain asyncio loop; the ones that ask for `qtbot` or `qapp` (or live in a Qt
folder) run on the program's own qasync loop. Never use `qtbot.wait*` in an async test: it is a nested loop
inside a task, and other tasks never run again.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import threading
from pathlib import Path

import hypothesis
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
os.environ.setdefault("QT_LOGGING_RULES", "qt.multimedia.*=false")
# The tests speak to loopback servers alone; a proxy of the machine must not get in between.
for _name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
    os.environ.pop(_name, None)
    os.environ.pop(_name.upper(), None)
for _name in [name for name in os.environ if name.startswith("POLLINATIONS_")]:
    os.environ.pop(_name)

QT_FOLDERS = ("qt_models", "ui", "panes", "shell")
TEST_SECONDS = 60
# On a busy machine time says nothing about the code.
hypothesis.settings.register_profile(
    "nectary", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("nectary")
SAMPLES = Path(__file__).parent / "api" / "samples"


def pytest_collection_finish() -> None:
    """Garbage is collected at the end of each test, on this thread, and at no other time: in a thread that
    happens to allocate, the collector would destroy widgets there, and Qt crashes (as in the program, see
    `eventloop.GuiThreadCollector`). What was imported is no garbage: without freezing it each collection
    walks all modules again."""
    gc.collect()
    gc.freeze()
    gc.disable()


def pytest_sessionfinish() -> None:
    """What a test put on the clipboard goes while there is still an interpreter to let it go; else Qt deletes
    it in an exit handler and the process ends with a segmentation fault."""
    application = QCoreApplication.instance()
    if isinstance(application, QGuiApplication):
        application.clipboard().clear()
    # What was kept from the collector is its own again while Qt and the interpreter take things down.
    gc.unfreeze()


@pytest.fixture(scope="module", autouse=True)
def _freeze_again() -> None:
    """Much is imported late, by the tests that use it: it is no garbage either."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_left_running(request: pytest.FixtureRequest) -> object:
    """Threads that outlive their test fail it. Widgets in cycles die here."""
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not t.daemon]
    gc.collect(2 if left or _wants_qt(request.node) else 1)
    for thread in left:
        thread.join(2)
    left = [t for t in left if t.is_alive()]
    assert not left, f"threads left running: {left}"


def _wants_qt(item: pytest.Function) -> bool:
    folder = Path(item.path).relative_to(Path(__file__).parent).parts[0]
    return folder in QT_FOLDERS or bool({"qtbot", "qapp"} & set(item.fixturenames))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests; tasks left running and errors the loop heard of fail the test."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    errors: list[dict[str, object]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: errors.append(context))
        async with asyncio.timeout(TEST_SECONDS):
            await pyfuncitem.obj(**arguments)
        await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks left running: {left}"

    factory = None
    if _wants_qt(pyfuncitem):
        import qasync

        app = pyfuncitem._request.getfixturevalue("qapp")
        app.setQuitOnLastWindowClosed(False)

        def factory() -> asyncio.AbstractEventLoop:
            return qasync.QEventLoop(app)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
    assert not errors, errors
    return True


@pytest.fixture
def sample() -> object:
    """`sample("account_key.json")` is the bytes of a real payload shape."""
    return lambda name: (SAMPLES / name).read_bytes()
