from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtWidgets import QApplication

from studio.core.ids import new_id
from studio.core.keyring_store import KeyringUnavailableError
from studio.domain.conversation import ChatParameters, ChatPreset
from studio.sandbox.server import SandboxServer
from studio.shell.defaults_page import DefaultsPage, words_of
from studio.shell.preferences import PreferencesSheet, open_preferences
from studio.ui.dialogs import Sheet
from studio.ui.widgets.buttons import Button
from tests.shell.support import make_window, running, until
from tests.shell.test_preferences import Table, named


async def test_what_is_kept_for_models_is_listed_and_forgotten(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    async with running(tmp_path) as services:
        await services.create.keep_defaults("flux", {"width": 768, "height": 512, "safe": True})
        await services.create.keep_defaults("turbo", {"quality": "high"})
        await services.create.keep_defaults("veo", {"duration": 8})
        sheet = open_preferences(window, services, Table(), "defaults")
        page = sheet.pages["defaults"]
        assert isinstance(page, DefaultsPage)
        assert len(page._boxes) == 3
        named(page, Button, "Forget the defaults of flux").click()
        await until(lambda: "flux" not in services.create.all_defaults())
        await until(lambda: len(page._boxes) == 2)
        page.forget_all.click()
        question = await until(lambda: next((s for s in window.findChildren(Sheet) if s.isVisible()), None))
        assert isinstance(question, Sheet)
        named(question, Button, "Forget").click()
        await until(lambda: not services.create.all_defaults())
        await until(lambda: not page.forget_all.isEnabled())
        sheet.dismiss()
        await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


async def test_new_chats_begin_as_chosen(tmp_path: Path, qapp: QApplication) -> None:
    window = make_window(qapp)
    with SandboxServer(speed=0) as server:
        async with running(tmp_path, server) as services:
            with suppress(KeyringUnavailableError):  # models are told to everybody
                await services.session.use_cloud("")
            preset = ChatPreset(
                id=new_id(),
                name="Terse",
                system_prompt="Be brief.",
                parameters=ChatParameters(temperature=0.2),
            )
            await services.chat.put_preset(preset)
            sheet = open_preferences(window, services, Table(), "defaults")
            page = sheet.pages["defaults"]
            assert isinstance(page, DefaultsPage)
            await until(page.preset.isEnabled)
            model = next(model.name for model in services.catalogue.models if model.is_chat)
            page.model._take(model)
            page.preset._take(preset.id)
            made = await services.chat.create()
            assert (made.model, made.system_prompt) == (model, "Be brief.")
            assert made.parameters.temperature == 0.2
            # One that is gone is no reason not to begin.
            await services.chat.remove_preset(preset.id)
            assert (await services.chat.create()).system_prompt == ""
            sheet.dismiss()
            await until(lambda: not window.findChildren(PreferencesSheet))
    window.close()


def test_defaults_in_words() -> None:
    assert words_of({"width": 768, "height": 512, "safe": False}) == "768 × 512"
    assert words_of({}) == "The usual values"
    assert "…" in words_of({"negative_prompt": "x" * 200})
