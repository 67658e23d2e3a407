from __future__ import annotations

from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from studio.ui.theme import tokens
from studio.ui.widgets.brand import Logo, logo_pixmap


def test_the_mark_is_a_dark_cell_on_honey_with_clear_corners(qtbot: QtBot) -> None:
    image = logo_pixmap(64).toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    assert close(image.pixelColor(32, 5), tokens(False).accent)
    assert close(image.pixelColor(32, 32), tokens(False).on_accent)


def close(one: QColor, other: QColor) -> bool:
    return all(abs(a - b) < 6 for a, b in zip(one.getRgb(), other.getRgb(), strict=True))


def test_it_is_named_and_grows_with_the_text(qtbot: QtBot) -> None:
    logo = Logo()
    qtbot.addWidget(logo)
    assert logo.accessibleName() == "Nectary"
    assert logo.sizeHint().width() == logo.sizeHint().height() > 0
