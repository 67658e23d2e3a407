"""What Qt itself says and writes, in the language of the program: context menus, names of keys, numbers in
fields, and from which side the window is read."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from studio.core.i18n import PSEUDO, PSEUDO_MIRRORED, SOURCE, language, right_to_left


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
