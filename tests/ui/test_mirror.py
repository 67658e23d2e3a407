"""From right to left, in a process of its own: the direction is one for all that runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from PySide6.QtCore import QMargins, QPointF, QRect, QRectF
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui import mirror

TOLD = """
import json
from studio.core.i18n import use_language
use_language("qpsr")
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from studio.ui.language import speak
from studio.ui.theme import Theme
application = QApplication([])
speak(application)
Theme("light", 1.0, True).apply(application)
from studio.ui.widgets.base import paint_box, painter_for
from studio.ui.widgets.choice import RatingStars, Slider
from studio.ui.widgets.fields import SearchField
from studio.ui.widgets.numbers import NumberField

class Painted(QWidget):
    turned = True
    def paintEvent(self, event):
        painter, _theme, _tokens = painter_for(self, turned=self.turned)
        paint_box(painter, QRectF(0, 0, 20, 20), QColor("red"), radius=0)

def red_at(widget):
    picture = widget.grab().toImage()
    return [x for x in (10, 90) if QColor(picture.pixel(x, 10)) == QColor("red")]

painted, straight = Painted(), Painted()
straight.turned = False
for one in (painted, straight):
    one.resize(100, 20)
stars, slider = RatingStars("Rating"), Slider("Volume", 0, 100, 50)
for one in (stars, slider):
    one.resize(200 if one is slider else one.sizeHint().width(), 24)
    one.show()
QTest.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(stars.width() - 3, 8))
QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(3, 8))
number = NumberField("Images", 1, 9, 5)
number.resize(120, 32)
number.show()
QTest.mouseClick(number, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
search = SearchField("Search", "Words")
search.resize(200, 32)
search.show()
search.setText("dawn")
from PySide6.QtCore import QMargins, QRect
from studio.ui import mirror
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import Banner
column = ScrollColumn(QMargins(40, 0, 10, 0))
banner = Banner("Offline")
banner.resize(300, 40)
banner.show()
application.sendPostedEvents()
clear = search.findChild(QWidget, "clear_search")
print(json.dumps({
    "red": red_at(painted), "straight": red_at(straight), "rating": stars.value(), "slider": slider.value(),
    "number": number.value(), "clear": clear.geometry().center().x(),
    "column": column.column.contentsMargins().right(),
    "banner": banner.width() - banner.label.geometry().right(),
    "in_row": mirror.in_row(QRectF(10, 0, 100, 20), QPointF(15, 2)).x(),
    "within": mirror.within(QRect(10, 0, 100, 20), QRect(15, 2, 30, 4)).getRect(),
    "margins": [search.textMargins().left(), search.textMargins().right()],
}))
"""


def test_what_is_painted_and_pressed_comes_from_the_right() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOLD], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["red"], told["straight"]) == ([90], [10])
    assert (told["rating"], told["slider"]) == (1, 100)
    assert told["number"] == 6, "the arrows stand at the left"
    assert told["clear"] < 40, "what clears a search stands at its end"
    assert told["column"] == 40, "what a layout keeps free goes to the other side"
    assert told["banner"] > 30, "the icon has its room"
    assert told["in_row"] == 105
    assert told["within"] == [75, 2, 30, 4]
    assert told["margins"][1] > told["margins"][0] - 40


def test_nothing_is_turned_in_english(qapp: QApplication) -> None:
    widget = QWidget()
    widget.resize(100, 20)
    assert not mirror.MIRRORED
    assert mirror.from_start(widget, 7) == 7
    assert mirror.placed(widget, QRect(1, 2, 3, 4)) == QRect(1, 2, 3, 4)
    assert mirror.within(QRect(0, 0, 9, 9), QRect(1, 2, 3, 4)) == QRect(1, 2, 3, 4)
    assert mirror.in_row(QRectF(0, 0, 9, 9), QPointF(1, 2)) == QPointF(1, 2)
    assert mirror.margins(1, 2, 3, 4) == QMargins(1, 2, 3, 4)
