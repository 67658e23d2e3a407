"""In processes of their own: the language of Qt is one for all that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from studio.core.i18n import use_language

TOLD = """
import json, sys
from studio.core.i18n import use_language
use_language(sys.argv[1])
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from studio.ui.language import speak
application = QApplication([])
speak(application)
from studio.ui.widgets.numbers import DecimalField
field = DecimalField("Amount", 0, 100, 1.5)
shown = field.text()
typed = []
for text in ("0.5", "0,5"):
    field.lineEdit().setText(text)
    field.interpretText()
    typed.append(field.value())
print(json.dumps({
    "keys": QKeySequence("Ctrl+Shift+Del").toString(QKeySequence.SequenceFormat.NativeText),
    "number": QLocale().toString(1234.5), "direction": application.layoutDirection().name,
    "undo": QCoreApplication.translate("QWidgetTextControl", "&Undo"), "shown": shown, "typed": typed,
}))
"""


def told(language: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", TOLD, language],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "de_DE.UTF-8"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_qt_speaks_german_with_the_program() -> None:
    said = told("de")
    assert (said["keys"], said["number"], said["direction"]) == (
        "Strg+Umschalt+Entf",
        "1.234,5",
        "LeftToRight",
    )
    assert "ngig" in str(said["undo"])
    assert (said["shown"], said["typed"]) == ("1,50", [0.5, 0.5]), "both marks are understood"


def test_qt_speaks_english_with_the_program_whatever_the_system_speaks() -> None:
    said = told("en")
    assert (said["keys"], said["number"], said["undo"]) == ("Ctrl+Shift+Del", "1,234.5", "&Undo")
    assert (said["shown"], said["direction"]) == ("1.50", "LeftToRight")


def test_a_language_from_right_to_left_mirrors_the_window() -> None:
    assert told("qpsr")["direction"] == "RightToLeft"
    use_language("en")
