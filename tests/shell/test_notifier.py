from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from studio.domain.job import Job, JobState
from studio.shell.notifier import Desktop, Notifier, batch_words
from tests.shell.support import make_window


def batch(*states: JobState, **fields: Any) -> list[Job]:
    fields.setdefault("title", "a lighthouse at dusk")
    return [
        Job(
            id=f"j{number}", kind="image", request={}, created_at=datetime(2026, 11, 20, tzinfo=UTC),
            state=state, cost=Decimal("0.002") if state is JobState.DONE else None, **fields,
        )
        for number, state in enumerate(states)
    ]  # fmt: skip


def test_the_words_of_a_batch() -> None:
    assert batch_words(batch(*[JobState.DONE] * 8)) == (
        "8 results are ready", "a lighthouse at dusk · 0.016 pollen",
    )  # fmt: skip
    assert batch_words(batch(JobState.DONE, JobState.FAILED, JobState.FAILED, sandbox=True)) == (
        "1 result is ready",
        "a lighthouse at dusk · 0.002 sandbox pollen · 2 did not work",
    )
    title, words = batch_words(batch(JobState.FAILED, title="x" * 100))
    assert title == "1 did not work"
    assert len(words) == 60
    assert words.endswith("…")


class ListeningDesktop(Desktop):
    """A desktop whose notifications are written down: the machine of a test has none."""

    shown: ClassVar[list[tuple[str, str, bool]]] = []

    def notify(self, title: str, words: str, *, failed: bool) -> None:
        super().notify(title, words, failed=failed)
        self.shown.append((title, words, failed))


def test_once_per_batch_and_on_the_desktop_only_when_away(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", lambda event: heard.append(event.type()))
    window = make_window(qapp)
    notifier = Notifier(window, lambda: None, ListeningDesktop)
    monkeypatch.setattr(window, "isActiveWindow", lambda: True)
    notifier.tell(batch(JobState.DONE, JobState.DONE))
    assert (ListeningDesktop.shown, len(heard)) == ([], 1)
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    notifier.tell(batch(JobState.DONE, JobState.FAILED))
    words = "a lighthouse at dusk · 0.002 pollen · 1 did not work"
    assert ListeningDesktop.shown == [("1 result is ready", words, True)]
    assert len(heard) == 2
    notifier.close()
    silent = Notifier(window, lambda: None, ListeningDesktop, wanted=lambda: False)
    silent.tell(batch(JobState.DONE))
    assert len(ListeningDesktop.shown) == 1, "the user wants none"
    window.close()


def test_pressing_one_leads_to_the_newest_result_or_else_to_the_jobs(qapp: QApplication) -> None:
    window = make_window(qapp)
    opened: list[str] = []
    notifier = Notifier(
        window,
        lambda: opened.append("jobs"),
        ListeningDesktop,
        wanted=lambda: False,
        show_asset=opened.append,
    )
    first, second, failed = batch(JobState.DONE, JobState.DONE, JobState.FAILED)
    moment = first.created_at
    notifier.tell([
        replace(first, asset_id="newest", finished_at=moment + timedelta(seconds=9)),
        replace(second, asset_id="older", finished_at=moment + timedelta(seconds=3)), failed,
    ])  # fmt: skip
    notifier.come_back()
    notifier.tell([failed])
    notifier.come_back()
    assert opened == ["newest", "jobs"]
    window.close()
