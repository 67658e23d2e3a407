"""Icons: every name has an outline on the grid, in the colour and size that is asked for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor

from studio.ui.icons import GRID, PHOSPHOR, icon, icon_pixmap, outline


def test_every_name_is_drawn_inside_its_square() -> None:
    square = QRectF(-1, -1, GRID + 2, GRID + 2)
    for name in PHOSPHOR:
        assert not outline(name).isEmpty(), name
        assert square.contains(outline(name).boundingRect()), name


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        outline("no such icon")


def test_pixmaps_have_the_size_the_ratio_and_the_colour(qapp) -> None:
    pixmap = icon_pixmap("stop", 16, QColor("red"), 2.0)
    assert pixmap.size() == QSize(32, 32)
    assert pixmap.devicePixelRatio() == 2.0
    assert pixmap.toImage().pixelColor(16, 16) == QColor("red")


def test_pixmaps_are_kept_by_colour(qapp) -> None:
    red, again = icon_pixmap("stop", 16, QColor("red")), icon_pixmap("stop", 16, QColor("red"))
    assert red is again
    assert icon_pixmap("stop", 16, QColor("blue")) is not red


def test_icons_for_views_have_both_ratios(qapp) -> None:
    assert QSize(16, 16) in icon("trash", QColor("red"), 16).availableSizes()
