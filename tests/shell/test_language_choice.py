from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.core.i18n import language
from studio.shell.language_choice import LanguageChoice, own_name
from tests.shell.support import make_window


def test_languages_are_called_as_their_speakers_call_them() -> None:
    assert [own_name(code) for code in ("en", "de", "fr")] == ["English", "Deutsch", "Français"]


@pytest.mark.parametrize("before", ["system", "en", "gone"])
def test_another_language_offers_a_new_start(qapp: QApplication, before: str) -> None:
    window = make_window(qapp)
    row = LanguageChoice(before, window)
    row.show()
    told: list[str] = []
    asked: list[bool] = []
    row.changed.connect(told.append)
    row.restart.connect(lambda: asked.append(True))
    assert language() == "en"
    assert row.select.value() == ("en" if before == "en" else "system")
    assert not row.again.isVisible()
    row.select.changed.emit("de")
    assert told == ["de"]
    assert row.again.isVisible()
    QTest.mouseClick(row.again, Qt.MouseButton.LeftButton)
    assert asked == [True]
    row.select.changed.emit("en")
    assert not row.again.isVisible(), "it is spoken already"
