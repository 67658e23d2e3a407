from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from studio.core.settings import Settings
from studio.domain.image import ImageRequest
from studio.sandbox.server import SandboxServer
from studio.shell.joints import SoundMemory
from studio.shell.preference_pages import PAGES
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.ui.loudspeaker import Loudspeaker, SoundDevice
from studio.ui.theme import Theme
from studio.ui.widgets.base import Focusable
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Slider, Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.numbers import DecimalField, NumberField
from tests.shell.support import make_window, running, until


class Table:
    def __init__(self) -> None:
        self.ran: list[str] = []

    def all(self) -> list[object]:
        return []

    def run(self, command_id: str, argument: str = "") -> None:
        self.ran.append(command_id)


def named(parent: QWidget, kind: type, name: str):
    return next(w for w in parent.findChildren(kind) if w.accessibleName() == name)


def saved(sheet: PreferencesSheet) -> Settings:
    """What another program reads from the file once the changes are written."""
    settings = sheet.pages["look"].services.settings
    settings.save()
    return Settings(settings.path)


async def test_only_the_section_that_is_looked_at_is_built(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table(), "money")
        assert list(sheet.pages) == ["money"]
        sheet.tabs["look"].click()
        assert list(sheet.pages) == ["money", "look"]
        assert sheet.pages["look"].isVisible()
        assert not sheet.pages["money"].isVisible()
        sheet.tabs["money"].click()
        assert sheet.pages["money"].isVisible()
        with pytest.raises(KeyError):
            sheet.choose("nonsense")
        sheet.dismiss()
    window.close()


async def test_every_change_applies_at_once_and_is_saved(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, table)
        look, files = sheet.pages["look"], sheet.pages["files"]
        named(look, Segmented, "Theme").part("dark").click()
        assert table.ran == ["look.dark"]
        named(look, Segmented, "Text size").part("1.5").click()
        assert Theme.current().font_scale == 1.5
        QTest.keyClick(named(look, Switch, "Less motion"), Qt.Key.Key_Space)
        assert Theme.current().reduced_motion
        named(look, Slider, "Size of the pictures in the gallery").setValue(300)
        QTest.keyClick(named(files, Switch, "Write the parameters into pictures"), Qt.Key.Key_Space)
        named(sheet.pages["money"], DecimalField, "Most for one day").setValue(2.5)
        named(sheet.pages["connection"], NumberField, "Jobs at the same time").setValue(5)
        assert services.jobs.parallel == 5
        values = saved(sheet).values
        assert (values.look.font_scale, values.look.reduced_motion, values.look.thumbnail_size) == (
            1.5,
            True,
            300,
        )
        assert values.files.embed_parameters is False
        assert values.money.day_budget == 2.5
        assert values.connection.parallel_jobs == 5
        QTest.keyClick(sheet, Qt.Key.Key_Escape)
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_a_name_template_shows_what_comes_of_it(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, Table(), "files")
        page = sheet.pages["files"]
        field = named(page, TextField, "File names")
        field.setText("{model}_{seed}")
        assert page._preview.text() == "flux_1832551904.jpg"
        await until(lambda: saved(sheet).values.files.name_template == "{model}_{seed}")
        field.setText("  ")
        assert field.error
        assert saved(sheet).values.files.name_template == "{model}_{seed}"
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_the_folder_of_wildcards_is_opened_and_moved(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(qapp)
    other = tmp_path / "words"
    other.mkdir()
    (other / "moods.txt").write_text("calm\nwild\n", encoding="utf-8")
    opened: list[str] = []

    async def pick(*_args: object, **_named: object) -> Path:
        return other

    monkeypatch.setattr("studio.shell.files_page.dialogs.pick_folder", pick)
    monkeypatch.setattr(
        "studio.shell.files_page.QDesktopServices.openUrl", lambda url: opened.append(url.toLocalFile())
    )
    async with running(tmp_path / "profile") as services:
        sheet = open_preferences(window, services, Table(), "files")
        page = sheet.pages["files"]
        assert page._wildcards_note.text().endswith("wildcards · No files yet")
        QTest.keyClick(named(page, Button, "Open the folder of the wildcard files"), Qt.Key.Key_Space)
        await until(lambda: opened)
        assert page._wildcards_note.text().endswith("wildcards · One file")
        QTest.keyClick(named(page, Button, "Choose another folder for the wildcard files"), Qt.Key.Key_Space)
        await until(lambda: str(other) in page._wildcards_note.text())
        assert saved(sheet).values.create.wildcards == str(other)
        assert services.prompt_book.wildcards == {"moods": ("calm", "wild")}
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_another_folder_counts_from_the_next_start(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(qapp)
    other = tmp_path / "elsewhere"
    other.mkdir()

    async def pick(*_args: object, **_named: object) -> Path:
        return other

    monkeypatch.setattr("studio.shell.files_page.dialogs.pick_folder", pick)
    async with running(tmp_path / "profile") as services:
        sheet = open_preferences(window, services, Table(), "files")
        page = sheet.pages["files"]
        QTest.keyClick(named(page, Button, "Choose another folder"), Qt.Key.Key_Space)
        await until(lambda: "from the next start" in page._folder_note.text())
        assert saved(sheet).values.files.library == str(other)
        assert not list(other.iterdir())
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_the_connection_says_what_is_in_use(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    async with running(tmp_path) as services:
        sheet = open_preferences(window, services, table, "connection")
        page = sheet.pages["connection"]
        await services.session.browse_offline()
        await until(lambda: page._service.text == "None")
        assert not named(page, Button, "Use no service").isEnabled()
        QTest.keyClick(named(page, Button, "Use Sandbox"), Qt.Key.Key_Space)
        QTest.keyClick(named(page, Button, "Sign in"), Qt.Key.Key_Space)
        assert table.ran == ["session.sandbox", "account.sign_in"]
        assert not sheet.isVisible()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_volume_and_devices_of_sound(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        services.settings.change("sound", input="gone", input_name="Old headset")
        memory = SoundMemory(services, window)
        sheet = open_preferences(window, services, Table(), "sound")
        page = sheet.pages["sound"]
        named(page, Slider, "Volume").setValue(40)
        QTest.keyClick(named(page, Switch, "Mute"), Qt.Key.Key_Space)
        page._offer(page._outputs, [SoundDevice("desk", "Desk", True)], "", "")
        page._outputs._take("desk")
        assert Loudspeaker.shared().device == "desk"
        kept = saved(sheet).values.sound
        assert (kept.volume, kept.muted, kept.output, kept.output_name) == (0.4, True, "desk", "Desk")
        # A device that is not there is still the chosen one.
        chosen = page._inputs.chosen()
        assert chosen is not None
        assert chosen.label == "Old headset · not connected"
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
        Loudspeaker.shared().set_all("", 1.0, False)
        memory.deleteLater()
    window.close()


@pytest.mark.parametrize("scale", [1.0, 2.0])
async def test_all_pages_fit_and_every_control_has_a_name(
    tmp_path: Path, qapp: QApplication, scale: float
) -> None:
    window = make_window(qapp, (1280, 800), scale)
    async with running(tmp_path) as services:
        for kind in PAGES:
            sheet = open_preferences(window, services, Table(), kind.id)
            assert window.rect().contains(sheet.panel.inner().translated(sheet.panel.pos()))
            for control in sheet.findChildren(Focusable):
                assert control.accessibleName(), control
            sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_money_says_what_was_spent_and_what_is_left(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    table = Table()
    with SandboxServer(speed=0) as server:
        async with running(tmp_path, server) as services:
            await services.session.use_sandbox()
            sheet = open_preferences(window, services, table, "money")
            page = sheet.pages["money"]
            spent, of_day = page.row_of("Spent today"), page.row_of("Most for one day")
            assert spent is not None
            assert of_day is not None
            assert spent.note.text() == "Nothing yet."
            named(page, DecimalField, "Most for one day").setValue(2.0)
            assert of_day.note.text().startswith("2.000 pretend pollen left today")
            request = ImageRequest(prompt="a heron", model="flux", seed=7, width=96, height=96)
            await services.create.submit(replace(services.create.plan(request, 1), problem=""))
            await until(lambda: "pretend pollen." in spent.note.text())
            assert not of_day.note.text().startswith("2.000")
            named(page, Button, "Open the chart of the account").click()
            assert table.ran == ["account.overview"]
            await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()
