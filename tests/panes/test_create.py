"""The Create pane as a user meets it, against a real sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.secrets import Secret
from studio.domain.job import Job, JobState
from studio.panes.create.form_view import FormView
from studio.panes.create.job_cards import BatchCard, JobCards
from studio.panes.create.presenter import CreatePresenter
from studio.panes.create.results import ResultsView
from studio.panes.create.view import CreateView
from studio.sandbox.server import SandboxServer
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.popover import Menu
from tests.panes.support import Desk, desk
from tests.shell.support import until


class Pane:
    def __init__(self, at: Desk) -> None:
        self.view: Any = at.window.pane("create")
        assert isinstance(self.view, CreateView)
        assert isinstance(self.view._presenter, CreatePresenter)
        self.form = part(self.view, FormView)
        self.results = part(self.view, ResultsView)
        self.browser = self.results.browser

    async def ready(self, prompt: str) -> None:
        """Write a prompt and wait for the price."""
        self.form.prompt.set_text(prompt)
        await until(lambda: self.form.button.isEnabled() and self.form.button.note)


def part(parent: QWidget, kind: type[Any]) -> Any:
    found = parent.findChild(kind)
    assert found is not None
    return found


@asynccontextmanager
async def creating(
    tmp_path: Path, qapp: QApplication, *, pictures: int = 0, faults: Sequence[dict[str, Any]] = ()
) -> AsyncIterator[Desk]:
    with SandboxServer() as server:
        server.faults(list(faults))
        async with desk(tmp_path, qapp, server=server, first="create", pictures=pictures) as at:
            at.services.account.keep_in_memory(Secret(server.key), "default")
            await at.services.session.use_cloud("default")
            yield at


def visible(parent: QWidget, kind: type[Any]) -> list[Any]:
    return [widget for widget in parent.findChildren(kind) if widget.isVisible()]


async def test_a_dear_batch_is_asked_about_first(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron in the reeds")
        at.services.settings.change("money", confirm_above=0.0001)
        pane.form.generate.emit()
        await until(lambda: visible(at.window, Sheet))
        (sheet,) = visible(at.window, Sheet)
        assert sheet.title.text().startswith("Spend about")
        assert sheet.text.text.startswith("Leaves")
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not visible(at.window, Sheet))
        assert at.services.jobs.all() == []
        await asyncio.sleep(0)
        empty = pane.browser._empty
        assert empty.title.text() == "Nothing made yet"
        pane.form.generate.emit()
        await until(lambda: visible(at.window, Sheet))
        go_on = next(b for b in visible(at.window, Sheet)[0].findChildren(Button) if b.text() == "Generate")
        QTest.mouseClick(go_on, Qt.MouseButton.LeftButton)
        await until(lambda: empty.title.text() == "On its way")
        await until(lambda: pane.browser.model.rowCount() == 1)


async def test_the_newest_result_is_looked_at_unless_the_user_looks_elsewhere(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp, pictures=3) as at:
        pane = Pane(at)
        await until(lambda: pane.browser.model.rowCount() == 3 and pane.browser.current() is not None)
        await pane.ready("a heron in the reeds")
        pane.form.generate.emit()
        await until(lambda: pane.browser.model.rowCount() == 4)
        await until(lambda: pane.browser.view.currentIndex().row() == 0)
        pane.form.generate.emit()
        await until(at.services.jobs.active)
        pane.browser.view.setCurrentIndex(pane.browser.model.index(2))
        await until(lambda: pane.browser.model.rowCount() == 5)
        await until(lambda: not at.services.jobs.active())
        await until(lambda: not at.services.tasks.names() or pane.results._arriving is None)
        assert pane.browser.view.currentIndex().row() == 3


async def test_use_all_brings_every_parameter_back(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("before")
        flux = next(m for m in at.services.catalogue.models if m.answers_to("flux"))
        presenter = pane.view._presenter
        presenter.edit(
            prompt="a heron in the reeds", negative_prompt="people", model=flux.name, width=768, height=512,
            seed=77, safe=True,
        )  # fmt: skip
        presenter.generate()
        await until(lambda: pane.browser.model.rowCount() == 1)
        made = await at.services.library.asset_by_row(pane.browser.model.number_at(0))
        assert made is not None
        presenter.edit(
            prompt="x", negative_prompt="", width=1024, height=1024, seed=1, safe=False, transparent=True
        )
        presenter.use(made, "all")
        form = presenter.form
        assert (form.prompt, form.negative_prompt, form.model, form.width, form.height, form.seed) == (
            "a heron in the reeds", "people", flux.name, 768, 512, 77,
        )  # fmt: skip
        assert (form.safe, form.transparent, form.seed_locked) == (True, False, True)
        assert pane.form.parts.safe.isChecked()
        pane.form.prompt.editor.setFocus()
        presenter.use(made, "vary")
        assert presenter.form.seed != 77
        assert at.window.focusWidget() is pane.form.button, "only the seed is new: the button is the way on"


async def test_a_dropped_picture_offers_its_settings(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        pane = Pane(at)
        await pane.ready("a heron in the reeds")
        pane.view._presenter.edit(width=768, height=512, seed=77)
        pane.form.generate.emit()
        await until(lambda: pane.browser.model.rowCount() == 1)
        made = await at.services.library.asset_by_row(pane.browser.model.number_at(0))
        assert made is not None
        outside = tmp_path / f"copy{at.services.library.file_path(made).suffix}"
        outside.write_bytes(at.services.library.file_path(made).read_bytes())
        pane.view._presenter.edit(prompt="other", width=1024, height=1024, seed=5)
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(outside))])
        action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        none = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(at.window, QDragEnterEvent(QPoint(50, 50), action, data, left, none))
        QApplication.sendEvent(at.window, QDropEvent(QPointF(50, 50), action, data, left, none))
        await until(lambda: any(n.topic == "dropped" for n in at.services.notices.recent))
        use, keep = at.services.notices.recent[-1].actions
        assert (use.label, keep.label) == ("Use its settings", "Add to the library")
        at.commands.run(use.id, use.argument)
        await until(lambda: pane.view._presenter.form.prompt == "a heron in the reeds")
        form = pane.view._presenter.form
        assert (form.width, form.height, form.seed) == (768, 512, 77)
        at.commands.run(keep.id, keep.argument)
        await until(lambda: pane.browser.model.rowCount() == 2)


# ---------------------------------------------------------------- the cards


def job(number: int = 0, **changes: Any) -> Job:
    base = Job(
        id=f"job{number}", kind="image", request={}, created_at=datetime.now(UTC), title="a heron",
        model="flux", batch="b", batch_index=number, batch_size=4,
    )  # fmt: skip
    return replace(base, **changes)


def test_a_batch_says_how_far_it_is(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    sent = datetime.now(UTC) - timedelta(seconds=3)
    jobs = [
        job(0, state=JobState.DONE), job(1, state=JobState.RUNNING, sent_at=sent), job(2), job(3),
    ]  # fmt: skip
    heard: list[tuple[str, str]] = []
    cards = JobCards(lambda: jobs, lambda _model: 6.0, lambda _job: False)
    cards.command.connect(lambda command, argument: heard.append((command, argument)))
    cards.show()
    cards.refresh()
    (card,) = cards.findChildren(BatchCard)
    assert card._what.text() == "flux · 2 of 4"
    assert card._time.text() == "00:03 of ≈ 00:06"
    card._first.click()
    assert heard == [("job.cancel", "job1 job2 job3")]
    jobs[:] = [job(n, state=JobState.DONE, finished_at=datetime.now(UTC)) for n in range(4)]
    cards.refresh()
    assert not cards.isVisible()
    cards.deleteLater()


def test_a_recovered_result_says_that_it_was_not_charged_again(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    jobs = [job(0, state=JobState.DONE, finished_at=datetime.now(UTC))]
    cards = JobCards(lambda: jobs, lambda _model: None, lambda one: one.id == "job0")
    cards.show()
    cards.refresh()
    (card,) = cards.findChildren(BatchCard)
    assert card._words.text() == "Recovered, not charged again."
    jobs[0] = replace(jobs[0], finished_at=datetime.now(UTC) - timedelta(minutes=1))
    cards.refresh()
    assert not cards.isVisible()
    cards.deleteLater()


async def test_ctrl_enter_generates_from_every_field_of_the_form(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp) as at:
        form = Pane(at).form
        asked: list[str] = []
        form.generate.connect(lambda: asked.append("generate"))
        # The window of a test is never in front, so no key reaches a shortcut.
        shortcuts = {shortcut.key().toString(): shortcut for shortcut in form.findChildren(QShortcut)}
        assert set(shortcuts) == {"Ctrl+Return", "Ctrl+Enter"}
        for shortcut in shortcuts.values():
            assert not shortcut.autoRepeat()
            shortcut.activated.emit()
        QTest.keyClick(form.prompt.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert len(asked) == 3


async def test_the_card_one_cancels_leaves_the_focus_in_the_gallery(
    tmp_path: Path, qapp: QApplication
) -> None:
    async with creating(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        await until(lambda: pane.browser.view.isVisible() and pane.browser.model.rowCount() == 2)
        jobs = [job(1)]
        cards = pane.results.jobs
        cards._ask = lambda: jobs
        cards.refresh()
        (card,) = visible(cards, BatchCard)
        card._first.setFocus()
        jobs[:] = []
        cards.refresh()
        assert at.window.focusWidget() is pane.browser.view


@pytest.mark.qt_log_ignore("does not support (raise|grabbing|propagate)")
async def test_the_menu_key_opens_what_can_be_done_with_a_picture(tmp_path: Path, qapp: QApplication) -> None:
    async with creating(tmp_path, qapp, pictures=2) as at:
        pane = Pane(at)
        view = pane.browser.view
        await until(lambda: view.isVisible() and pane.browser.current() is not None)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
        QApplication.sendEvent(view.viewport(), event)
        await until(lambda: visible(pane.view, Menu))
        (menu,) = visible(pane.view, Menu)
        before = pane.form.seed.value()
        next(action for action in menu.actions() if action.text().startswith("Vary")).trigger()
        menu.close()
        await until(lambda: pane.form.seed.value() != before)


async def test_cancelling_what_was_sent_is_explained_first(tmp_path: Path, qapp: QApplication) -> None:
    slow = [{"path": "/image/", "hold": 60, "count": None}]
    async with creating(tmp_path, qapp, faults=slow) as at:
        pane = Pane(at)
        await pane.ready("a heron in the reeds")
        pane.form.count.setValue(2)
        pane.form.generate.emit()
        jobs = at.services.jobs
        await until(lambda: len(jobs.active()) == 2 and all(job.state.was_sent for job in jobs.active()))
        (card,) = visible(pane.results.jobs, BatchCard)
        card._first.click()
        await until(lambda: visible(at.window, Sheet))
        (sheet,) = visible(at.window, Sheet)
        assert sheet.title.text() == "Stop waiting for 2 jobs?"
        sheet.finish(True)
        await until(lambda: jobs.active() == [])
