"""What Qt itself says and writes, in the language of the program: context menus, names of keys, numbers in
fields, and from which side the window is read."""

from __future__ import annotations

import sys

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from studio.core.i18n import PSEUDO, PSEUDO_MIRRORED, SOURCE, language, right_to_left, tr

_KEYS = {
    "Ctrl": tr("Ctrl"), "Shift": tr("Shift"), "Alt": tr("Alt"), "Enter": tr("Enter"), "Return": tr("Enter"),
    "Del": tr("Del"), "Esc": tr("Esc"), "Space": tr("Space"), "Home": tr("Home"), "End": tr("End"),
    "Tab": tr("Tab"), "Backspace": tr("Backspace"), "Left": tr("Left"), "Right": tr("Right"), "Up": tr("Up"),
    "Down": tr("Down"), "PgUp": tr("PgUp"), "PgDown": tr("PgDown"),
}  # fmt: skip


def key_words(keys: str) -> str:
    """Keys as they are printed on the keyboard: "Ctrl+Enter" is "Strg+Eingabe" in German.

    >>> key_words("Ctrl+Del"), key_words("Ctrl K"), key_words("+")
    ('Ctrl+Del', 'Ctrl K', '+')
    """
    if sys.platform == "darwin":
        from PySide6.QtGui import QKeySequence

        return QKeySequence(keys.replace(" ", "+")).toString(QKeySequence.SequenceFormat.NativeText) or keys
    return " ".join("+".join(_KEYS.get(key, key) for key in word.split("+")) for word in keys.split(" "))


def speak(application: QApplication) -> None:
    """Bring `application` to the program's language; call it before there are widgets."""
    code = language()
    locale = QLocale(SOURCE if code in (PSEUDO, PSEUDO_MIRRORED) else code)
    QLocale.setDefault(locale)
    if right_to_left():
        application.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    if code not in (SOURCE, PSEUDO, PSEUDO_MIRRORED):
        translator = QTranslator(application)
        if translator.load(
            locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        ):
            application.installTranslator(translator)
