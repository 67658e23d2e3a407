from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.api.errors import ApiOffline, ApiPaymentError, ApiRefused
from studio.core.errors import Action, StudioError
from studio.domain.asset import Asset
from studio.domain.job import Job, JobError, JobState
from studio.domain.media import MediaKind
from studio.qt_models.job_groups import in_order
from studio.services.context import Services
from studio.shell.batch_row import BatchRow
from studio.shell.job_commands import JobCommands
from studio.shell.job_row import JobRow, price_words
from studio.shell.job_tray import JobPill, JobTray
from studio.shell.queue_entry import QueueEntry
from studio.shell.queue_words import paused_words, pill_words, stands, summary
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button, IconButton
from tests.shell.support import make_window, running, until

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def job(number: int, state: JobState = JobState.QUEUED, **fields: Any) -> Job:
    fields.setdefault("created_at", NOW + timedelta(seconds=number))
    return Job(id=f"j{number}", kind="image", request={}, title=f"Job {number}", state=state, **fields)


class Bench:
    """A runner that waits until it is told how a job ends."""

    def __init__(self, services: Services) -> None:
        self.ends: dict[str, asyncio.Future[Asset]] = {}
        services.jobs._runners["image"] = self.carry_out  # the place where a kind of job is carried out

    async def carry_out(self, job: Job, _report: object) -> Asset:
        self.ends[job.id] = asyncio.get_running_loop().create_future()
        return await self.ends[job.id]


def open_queue(services: Services) -> Bench:
    services.jobs._can_send = lambda _job: True
    return Bench(services)


def asset() -> Asset:
    return Asset(
        id="a1", kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="0" * 64, created_at=NOW
    )


def button(parent: QWidget, text: str) -> Button | None:
    found = (b for b in parent.findChildren(Button) if b.text() == text and b.isVisible())
    return next(found, None)


# ---------------------------------------------------------------- words


def test_the_order_is_running_then_waiting_then_failed_then_done() -> None:
    jobs = [
        job(1, JobState.DONE, finished_at=NOW), job(2, JobState.QUEUED), job(3, JobState.RUNNING),
        job(4, JobState.FAILED, finished_at=NOW), job(5, JobState.DONE, finished_at=NOW + timedelta(hours=1)),
        job(6, JobState.QUEUED),
    ]  # fmt: skip
    assert [j.id for j in in_order(jobs)] == ["j3", "j2", "j6", "j4", "j5", "j1"]
    assert summary(jobs) == "1 running, 2 waiting, 1 failed"


def test_the_pill_says_what_matters_most() -> None:
    assert pill_words([], "") == ("", False)
    assert pill_words([job(1, JobState.DONE)], "") == ("", False)
    assert pill_words([job(1, JobState.RUNNING), job(2)], "") == ("2 jobs", True)
    assert pill_words([job(1, JobState.RUNNING)], "user") == ("1 job", True)
    assert pill_words([job(1), job(2)], "offline") == ("2 paused", False)
    assert pill_words([job(1, JobState.FAILED)], "") == ("1 failed", False)
    kept = [job(n, JobState.PAUSED, note="offline") for n in (1, 2)]
    assert pill_words(kept, "offline") == ("2 wait", False)
    assert pill_words([*kept, job(3, JobState.RUNNING)], "") == ("3 jobs", True)


def test_why_the_queue_stands_names_what_helps() -> None:
    top_up = Action("url.open", "Top up", "https://enter.pollinations.ai")
    broke = job(
        1, JobState.PAUSED, note="account", error=JobError(title="The balance is empty.", actions=(top_up,))
    )
    words = paused_words([broke], "account")
    assert words is not None
    assert (words.title, words.action) == ("The balance is empty.", top_up)
    left = [
        job(n, JobState.PAUSED, note="restart", estimate=price)
        for n, price in ((1, Decimal("0.02")), (2, Decimal("0.4")), (3, None))
    ]
    words = paused_words(left, "")
    assert words is not None
    assert (words.title, words.help) == (
        "3 wait · ≈ 0.420 pollen",
        "Since the last start. Nothing of it is sent before you resume.",
    )
    assert paused_words([job(1)], "storage").action.id == "queue.resume"
    assert paused_words([job(1)], "offline").action.id == "session.refresh"
    assert paused_words([job(1)], "") is None
    kept = job(1, JobState.PAUSED, note="offline")
    assert paused_words([kept], "") is None, "its own heading says it"
    dearer = [job(n, JobState.PAUSED, note="price", estimate=Decimal("0.02")) for n in (2, 3)]
    words = paused_words([kept, *dearer], "")
    assert words is not None
    assert words.title == "2 jobs became dearer while they waited."
    assert words.help == "2 wait · ≈ 0.040 pollen. It leaves when you resume."


def test_pretended_money_says_so() -> None:
    assert price_words(job(1)) == ""
    assert price_words(job(1, estimate=Decimal("0.002"))) == "≈ 0.002 pollen"
    assert (
        price_words(job(1, estimate=Decimal(1), cost=Decimal("0.4"), sandbox=True)) == "0.400 sandbox pollen"
    )


# ---------------------------------------------------------------- over a real queue


async def test_what_waits_for_the_network_stands_under_its_own_heading(
    tmp_path: Path, qapp: QApplication
) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        bench = open_queue(services)
        services.jobs.parallel = 1
        pill = JobPill(services, lambda *_: None, window)
        await services.jobs.submit([job(1)])
        await until(lambda: services.jobs.in_hand("j1"))
        services.jobs.is_away = lambda _job: True
        await services.jobs.submit([job(2), job(3)])
        pill.open_tray()
        (tray,) = window.findChildren(JobTray)
        heading = await until(
            lambda: next((w for w in tray.findChildren(QWidget) if w.isVisible()
                          and w.accessibleName() == "Waiting for the network"), None)
        )  # fmt: skip
        assert isinstance(heading, QWidget)
        rows = sorted((row for row in tray.findChildren(JobRow) if row.isVisible()), key=lambda r: r.y())
        assert [row.jobs()[0].id for row in rows] == ["j1", "j2", "j3"]
        await until(lambda: rows[0].y() < heading.y() < rows[1].y())
        services.jobs.is_away = lambda _job: False
        services.jobs.parallel = 3
        await services.jobs.resume("offline")
        await until(lambda: len(bench.ends) == 3)
        for end in bench.ends.values():
            end.set_result(asset())
        await until(lambda: not services.jobs.active())
        await until(lambda: not heading.isVisible())
        tray.dismiss()


async def test_a_job_from_the_queue_to_its_end(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        bench = open_queue(services)
        pill = JobPill(services, lambda *_: None, window)
        assert not pill.text()
        await services.jobs.submit([job(1), job(2)])
        await until(lambda: pill.text() == "2 jobs")
        QTest.keyClick(pill, Qt.Key.Key_Return)
        tray = window.findChild(JobTray)
        await until(lambda: len(bench.ends) == 2 and len(tray.findChildren(JobRow)) == 2)
        bench.ends["j1"].set_result(asset())
        bench.ends["j2"].set_exception(
            ApiRefused("The service refused this prompt.", "", (Action("edit_prompt", "Edit the prompt"),))
        )
        await until(lambda: pill.text() == "1 failed")
        assert "The service refused this prompt." in tray.findChildren(JobRow)[1].accessibleName() + (
            tray.findChildren(JobRow)[0].accessibleName()
        )
        QTest.keyClick(button(tray, "Try again"), Qt.Key.Key_Space)
        await until(lambda: pill.text() == "1 job")
        await until(lambda: services.jobs.get("j2").attempts == 2)
        bench.ends["j2"].set_result(asset())
        await until(lambda: services.jobs.get("j2").state is JobState.DONE)
        QTest.keyClick(button(tray, "Clear finished"), Qt.Key.Key_Space)
        await until(lambda: button(tray, "Clear finished") is None)
        assert services.jobs.all() == []
        QTest.keyClick(tray, Qt.Key.Key_Escape)
        await until(lambda: not window.findChildren(JobTray))
    window.close()


async def test_cancelling_says_once_that_the_service_goes_on(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        bench = open_queue(services)
        commands = JobCommands(services, lambda *_: None, window)
        await services.jobs.submit([job(1), job(2), job(3)])
        await until(lambda: len(bench.ends) == 3)
        commands.cancel([services.jobs.get("j1")])
        sheet = await until(lambda: next(iter(window.findChildren(Sheet)), None))
        assert "may bill" in sheet.text.text
        QTest.keyClick(button(sheet, "Keep waiting"), Qt.Key.Key_Space)
        await until(lambda: not sheet.isVisible())
        assert services.jobs.get("j1").state is JobState.RUNNING
        commands.cancel(services.jobs.active())
        await until(lambda: not services.jobs.active())
        assert {j.state for j in services.jobs.all()} == {JobState.CANCELLED}
    window.close()


async def test_an_empty_purse_pauses_and_the_tray_offers_the_way_on(
    tmp_path: Path, qapp: QApplication
) -> None:
    window = make_window(qapp)
    ran: list[tuple[str, str]] = []
    async with running(tmp_path) as services:
        bench = open_queue(services)
        pill = JobPill(services, lambda *what: ran.append(what), window)
        await services.jobs.submit([job(1)])
        await until(lambda: "j1" in bench.ends)
        bench.ends["j1"].set_exception(
            ApiPaymentError(
                "Your balance is empty.", "", (Action("url.open", "Top up", "https://x.example"),)
            )
        )
        await until(lambda: pill.text() == "1 paused")
        pill.open_tray()
        tray = window.findChild(JobTray)
        QTest.keyClick(button(tray, "Top up"), Qt.Key.Key_Space)
        assert ran == [("url.open", "https://x.example")]
        QTest.keyClick(button(tray, "Resume"), Qt.Key.Key_Space)
        await until(lambda: services.jobs.get("j1").attempts == 2)
        bench.ends["j1"].set_exception(ApiOffline("No connection."))
        await until(lambda: button(tray, "Try now"))
        QTest.keyClick(button(tray, "Resume"), Qt.Key.Key_Space)
        await until(lambda: services.jobs.get("j1").attempts == 3)
        bench.ends["j1"].set_exception(StudioError("No."))
        await until(lambda: services.jobs.get("j1").state is JobState.FAILED)
        dismiss = await until(lambda: next((b for b in tray.findChildren(IconButton) if b.isVisible()), None))
        QTest.keyClick(dismiss, Qt.Key.Key_Space)
        await until(lambda: not services.jobs.all())
        tray.dismiss()
        await until(lambda: not window.findChildren(JobTray))
    window.close()


async def test_a_long_queue_shows_a_few_and_names_the_rest(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        open_queue(services)
        services.jobs.pause("user")
        await services.jobs.submit([job(n) for n in range(1, 65)])
        pill = JobPill(services, lambda *_: None, window)
        pill.open_tray()
        tray = window.findChild(JobTray)
        assert len(tray.findChildren(JobRow)) == 50
        assert tray._more.text() == "and 14 more"
        assert window.rect().contains(tray.panel.geometry().center())
        tray.dismiss()
        await until(lambda: not window.findChildren(JobTray))
    window.close()


# ---------------------------------------------------------------- batches and their order


def batch(name: str, count: int) -> list[Job]:
    return [
        Job(
            id=f"{name}{number}", kind="image", request={}, title=f"batch {name}", created_at=NOW, batch=name,
            batch_index=number, batch_size=count, estimate=Decimal("0.002"),
        )
        for number in range(count)
    ]  # fmt: skip


def turns(services: Services) -> str:
    return " ".join(job.id for job in services.jobs.in_turn())


async def test_batches_are_moved_paused_and_unfolded_by_keyboard(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        open_queue(services)
        services.jobs.pause("user")
        for name in "abc":
            await services.jobs.submit(batch(name, 2))
        pill = JobPill(services, lambda *_: None, window)
        pill.open_tray()
        tray = window.findChild(JobTray)
        rows = tray.findChildren(BatchRow)
        assert len(rows) == 3
        assert rows[0].accessibleName().startswith("batch a. 0 of 2 · ≈ 0.004 pollen.")
        assert all(isinstance(row, QueueEntry) for row in rows)
        last = next(row for row in rows if row.title() == "batch c")
        QTest.keyClick(last, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
        await until(lambda: turns(services) == "c0 c1 a0 a1 b0 b1")
        QTest.keyClick(last, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
        await until(lambda: turns(services) == "a0 a1 c0 c1 b0 b1")
        QTest.keyClick(last, Qt.Key.Key_Space)
        await until(lambda: [j.note for j in services.jobs.in_turn()] == ["", "", "user", "user", "", ""])
        QTest.keyClick(last, Qt.Key.Key_Space)
        await until(lambda: not any(j.note for j in services.jobs.in_turn()))
        QTest.keyClick(last, Qt.Key.Key_Return)
        jobs = tray.findChildren(JobRow)
        assert [row.title() for row in jobs] == ["batch c", "batch c"]
        second = next(row for row in jobs if row.jobs()[0].id == "c1")
        QTest.keyClick(second, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
        await until(lambda: turns(services) == "a0 a1 c1 c0 b0 b1")
        QTest.keyClick(second, Qt.Key.Key_Delete)
        await until(lambda: turns(services) == "a0 a1 c0 b0 b1")
        last.setFocus()
        QTest.keyClick(last, Qt.Key.Key_Up)
        assert tray.window().focusWidget() is next(row for row in rows if row.title() == "batch a")
        tray.dismiss()
        await until(lambda: not window.findChildren(JobTray))
    window.close()


async def test_batches_are_dragged(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        open_queue(services)
        services.jobs.pause("user")
        for name in "abc":
            await services.jobs.submit(batch(name, 2))
        pill = JobPill(services, lambda *_: None, window)
        pill.open_tray()
        tray = window.findChild(JobTray)
        rows = {row.title()[-1]: row for row in tray.findChildren(BatchRow)}
        await until(lambda: rows["c"].y() > rows["b"].y() > 0)
        drag(rows["c"], rows["a"], 3)
        await until(lambda: turns(services) == "c0 c1 a0 a1 b0 b1")
        await until(lambda: rows["c"].y() < rows["a"].y())
        drag(rows["c"], rows["b"], rows["b"].height() - 3)
        await until(lambda: turns(services) == "a0 a1 b0 b1 c0 c1")
        tray.dismiss()
        await until(lambda: not window.findChildren(JobTray))
    window.close()


def drag(entry: QWidget, onto: QWidget, y: int) -> None:
    """With the pointer, from the middle of one entry to `y` pixels below the top of another."""
    start = QPoint(30, entry.height() // 2)
    end = entry.mapFromGlobal(onto.mapToGlobal(QPoint(30, y)))
    QTest.mousePress(entry, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(entry, (start + end) / 2)
    QTest.mouseMove(entry, end)
    QTest.mouseRelease(entry, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)


def test_each_empty_purse_has_its_way_on() -> None:
    ways = {"balance": "account.top_up", "quest_only": "account.top_up", "key_budget": "pane.account"}
    for kind, way in ways.items():
        held = job(1, JobState.PAUSED, note="account", error=JobError(title="No.", kind=kind))
        words = paused_words([held], "account")
        assert words is not None
        assert words.action.id == way
    stopped = job(1, JobState.PAUSED, note="day_budget", estimate=Decimal("0.01"))
    words = paused_words([stopped], "")
    assert words is not None
    assert (words.title, words.action.argument) == ("Today's budget is used up.", "money")
    assert words.help == "1 waits · ≈ 0.010 pollen. Raise the budget, then resume."


def test_one_press_resumes_what_was_not_paused_by_hand() -> None:
    by_hand, restart, queued = (
        job(1, JobState.PAUSED, note="user"),
        job(2, JobState.PAUSED, note="restart"),
        job(3),
    )
    assert stands([by_hand, queued], "") is False
    assert stands([by_hand, restart, queued], "")
    assert stands([by_hand], "")
    assert stands([queued], "user")
    assert not stands([], "")
