"""The questions about collections."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from studio.domain.library import Collection, Shelves
from studio.ui.collection_picker import pick_or_name
from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.options import OptionList
from tests.shell.support import until

SHELVES = Shelves(
    collections=(Collection(id="coast-id", name="Coast"), Collection(id="hills-id", name="Hills"))
)


async def sheet(window: QWidget, title: str) -> Sheet:
    return await until(
        lambda: next(
            (s for s in window.findChildren(Sheet) if s.isVisible() and s.title.text() == title), None
        )
    )


def button(parent: QWidget, name: str) -> QPushButton:
    return next(b for b in parent.findChildren(QPushButton) if b.accessibleName() == name)


async def test_an_old_collection_or_a_new_one(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    window = QWidget()
    window.resize(900, 700)
    window.show()

    asked = asyncio.ensure_future(pick_or_name(window, SHELVES, "Where to"))
    first = await sheet(window, "Where to")
    listed = first.findChild(OptionList)
    assert listed is not None
    QTest.keyClick(listed, Qt.Key.Key_Down)
    QTest.keyClick(listed, Qt.Key.Key_Return)
    assert await asked == ("coast-id", "")

    asked = asyncio.ensure_future(pick_or_name(window, SHELVES, "Where to"))
    button(await sheet(window, "Where to"), "Add").click()  # the first line: a new one
    second = await sheet(window, "New collection")
    field = second.findChild(QLineEdit)
    assert field is not None
    field.setText("coast")
    assert not button(second, "Create and add").isEnabled(), "the name is taken"
    field.setText("Sea")
    button(second, "Create and add").click()
    assert await asked == ("", "Sea")

    asked = asyncio.ensure_future(pick_or_name(window, Shelves(), "Where to"))
    button(await sheet(window, "New collection"), "Cancel").click()
    assert await asked is None
    window.close()
    window.deleteLater()
