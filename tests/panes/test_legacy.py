"""The legacy service through the window, against a real sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.keyring_store import KeyringStore
from studio.core.secrets import Secret
from studio.domain.job import JobState
from studio.domain.library import LibraryQuery
from studio.panes.create import legacy_form, legacy_presenter
from studio.panes.create.job_cards import BatchCard
from studio.panes.create.view import CreateView
from studio.sandbox.legacy import new_token
from studio.sandbox.server import SandboxServer
from studio.ui.inspector import facts
from tests.panes.support import Desk, desk
from tests.shell.support import until

DALLE = "pollinations/min-dalle"


@pytest.fixture(autouse=True)
def drawer(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A keyring of one test."""
    kept: dict[str, str] = {}
    monkeypatch.setattr(KeyringStore, "get", lambda _s, name: Secret(kept[name]) if name in kept else None)
    monkeypatch.setattr(KeyringStore, "set", lambda _s, name, key: kept.update({name: key.reveal()}))
    return kept


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(speed=0) as running:
        yield running


@asynccontextmanager
async def at_desk(
    tmp_path: Path, qapp: QApplication, server: SandboxServer, *, on: bool = True, token: bool = True
) -> AsyncIterator[Desk]:
    async with desk(tmp_path, qapp, server=server, first="create") as at:
        at.services.account.keep_in_memory(Secret(server.key), "default")
        await at.services.session.use_cloud("default")
        if on:
            at.services.settings.change("legacy", enabled=True, model=DALLE)
            if token:
                await at.services.legacy.set_token(new_token())
            await until(lambda: "legacy" in view_of(at).form.kind._parts)
        yield at


def view_of(at: Desk) -> Any:
    view = at.window.pane("create")
    assert isinstance(view, CreateView)
    return view


async def opened_form(at: Desk) -> Any:
    """The legacy form, as a user opens it."""
    view = view_of(at)
    view.form.kind.part("legacy").click()
    form = view._legacy
    assert isinstance(form, legacy_form.LegacyForm)
    assert isinstance(form.presenter, legacy_presenter.LegacyPresenter)
    await until(form.button.isEnabled)
    return form


async def ended(at: Desk, state: JobState = JobState.DONE) -> Any:
    job = (await until(lambda: [job for job in at.services.jobs.all() if job.state.is_final]))[-1]  # type: ignore[index]
    assert job.state is state, job.error
    return job


async def test_off_nothing_offers_it(tmp_path: Path, qapp: QApplication, server: SandboxServer) -> None:
    async with at_desk(tmp_path, qapp, server, on=False) as at:
        assert list(view_of(at).form.kind._parts) == ["image", "video"]
        assert view_of(at)._legacy is None
        assert not [one for one in server.requests() if one["path"].startswith("/legacy")]


async def test_a_model_is_run_and_its_result_recalled(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    async with at_desk(tmp_path, qapp, server) as at:
        form = await opened_form(at)
        assert form.model.value() == DALLE
        rows = form.inputs.rows
        QTest.keyClicks(rows["prompt"].control.editor, "two herons")
        rows["num_outputs"].control.setValue(2)
        rows["size"].control.part("int 256").click()
        QTest.mouseClick(form.button, Qt.MouseButton.LeftButton)
        job = await ended(at)
        assert (job.kind, job.title) == ("legacy", "two herons")
        assert len(await at.services.library.row_ids(LibraryQuery())) == 2
        asset = await at.services.library.asset(job.asset_id)
        assert asset is not None
        told = dict(facts(asset))
        assert told["Model"] == "min-dalle · Legacy service"
        assert told["Cost"] == "Not told by the legacy service"
        assert told["Temperature"] == "1.0"
        # Elsewhere meanwhile; "Use all" leads back with everything.
        form.kind.part("video").click()
        assert form.isHidden()
        assert view_of(at).form.isVisible()
        assert view_of(at)._presenter.form.kind == "video"
        at.services.settings.change("legacy", model="pollinations/blip")
        form.presenter.choose("pollinations/blip")
        await until(lambda: "question" in form.inputs.rows)
        view_of(at)._results._carry_out("use_all", asset)
        await until(lambda: "prompt" in form.inputs.rows)
        assert form.isVisible()
        assert form.inputs.values()["prompt"] == "two herons"
        assert form.inputs.rows["size"].value() == 256
        form.presenter.run()
        await until(lambda: len(at.services.jobs.all()) == 2)
        first, second = at.services.jobs.all()
        assert first.request == second.request


async def test_what_is_missing_is_said_beside_it(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    async with at_desk(tmp_path, qapp, server, token=False) as at:
        form = await opened_form(at)
        await until(form.way_on.isVisible)
        assert form._told.text() == legacy_presenter.TOKEN_NEEDED
        QTest.keyClick(form.inputs.rows["prompt"].control.editor, Qt.Key.Key_Return,
                       Qt.KeyboardModifier.ControlModifier)  # fmt: skip
        assert form.inputs.rows["prompt"].problem == "Prompt is needed."
        form.inputs.rows["prompt"].control.set_text("a heron")
        form.presenter.run()
        await until(lambda: form._told.text() == "The legacy service needs its own token.")
        assert at.services.jobs.all() == []


async def test_a_service_that_does_not_answer_offers_a_way_on(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    async with at_desk(tmp_path, qapp, server) as at:
        server.faults([{"path": "/legacy/models", "status": 404, "count": 1}])
        view = view_of(at)
        view.form.kind.part("legacy").click()
        form = view._legacy
        await until(form.way_on.isVisible)
        QTest.mouseClick(form.way_on, Qt.MouseButton.LeftButton)
        await until(form.button.isEnabled)


async def test_status_place_and_log_are_shown_and_it_can_be_cancelled(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    async with at_desk(tmp_path, qapp, server) as at:
        form = await opened_form(at)
        server.faults([{"path": "/legacy/ws", "stall_after": 2}])
        form.inputs.rows["prompt"].control.set_text("a heron")
        form.presenter.run()
        cards = view_of(at)._results.jobs

        def told() -> str:
            found = [card.log for card in cards.findChildren(BatchCard) if card.log is not None]
            return found[0]._words.text if found else ""

        await until(lambda: told() == "The model works on it. Place 1 in the service's queue.")
        (job,) = at.services.jobs.all()
        await at.services.jobs.cancel([job.id])
        await ended(at, JobState.CANCELLED)


async def test_turned_off_its_form_goes(tmp_path: Path, qapp: QApplication, server: SandboxServer) -> None:
    async with at_desk(tmp_path, qapp, server) as at:
        form = await opened_form(at)
        at.services.settings.change("legacy", enabled=False)
        await until(lambda: not form.isVisible())
        assert view_of(at).form.isVisible()
        assert list(view_of(at).form.kind._parts) == ["image", "video"]


async def test_what_was_written_is_there_again(
    tmp_path: Path, qapp: QApplication, server: SandboxServer
) -> None:
    async with at_desk(tmp_path, qapp, server) as at:
        form = await opened_form(at)
        form.inputs.rows["prompt"].control.set_text("a heron in the reeds")
        form.presenter.choose("pollinations/blip")
        await until(lambda: "question" in form.inputs.rows)
        form.presenter.choose(DALLE)
        await until(lambda: "prompt" in form.inputs.rows)
        assert form.inputs.values()["prompt"] == "a heron in the reeds"
        await at.services.legacy_orders.keep_draft(DALLE, form.inputs.values())
    async with at_desk(tmp_path, qapp, server) as at:
        form = await opened_form(at)
        assert form.inputs.values()["prompt"] == "a heron in the reeds"


async def test_a_picture_from_the_disk_goes_along(
    tmp_path: Path, qapp: QApplication, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    path = tmp_path / "own.png"
    Image.radial_gradient("L").save(path)

    async def pick(*_args: object, **_named: object) -> list[Path]:
        return [path]

    monkeypatch.setattr("studio.panes.create.legacy_form.dialogs.pick_files", pick)
    async with at_desk(tmp_path / "profile", qapp, server) as at:
        form = await opened_form(at)
        form.presenter.choose("pollinations/blip")
        await until(lambda: "image" in form.inputs.rows)
        form.inputs.choose.emit("image")
        await until(lambda: form.inputs.values()["image"])
        form.presenter.run()
        job = await ended(at)
        asset = await at.services.library.asset(job.asset_id)
        assert asset is not None
        assert asset.mime == "text/plain"
        assert len(asset.provenance.parents) == 1
