"""The zoom of films: nothing is lost, the place that was pointed at stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSize

from studio.ui.film_zoom import CLOSEST, FilmZoom

ROOM = QRectF(0, 0, 900, 600)


@given(
    st.integers(1, 4_000),
    st.integers(1, 4_000),
    st.lists(st.tuples(st.floats(0.1, 5), st.floats(0, 900), st.floats(0, 600)), max_size=6),
)
def test_the_film_cannot_be_lost(width: int, height: int, steps: list[tuple[float, float, float]]) -> None:
    zoom, size = FilmZoom(), QSize(width, height)
    for by, x, y in steps:
        zoom.zoom_by(by, QPointF(x, y), ROOM, size)
        zoom.pan(QPointF(x - 450, y - 300) * 9, ROOM, size)
        target = zoom.target(ROOM, size)
        assert 1.0 <= zoom.factor <= CLOSEST
        assert target.intersects(ROOM)
        if target.width() >= ROOM.width():
            assert target.left() <= 1e-6
            assert target.right() >= ROOM.right() - 1e-6
    zoom.fit()
    assert zoom.target(ROOM, size).width() <= ROOM.width() + 1e-6


def test_the_point_under_the_pointer_stays() -> None:
    zoom, size = FilmZoom(), QSize(1920, 1280)
    at = QPointF(300, 200)
    before = (at - zoom.target(ROOM, size).topLeft()) / zoom.target(ROOM, size).width()
    zoom.zoom_by(3, at, ROOM, size)
    target = zoom.target(ROOM, size)
    after = (at - target.topLeft()) / target.width()
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    zoom.to_pixels(at, ROOM, size, 1.0)
    assert zoom.factor == 1.0
    zoom.to_pixels(at, ROOM, size, 1.0)
    assert zoom.scale(ROOM, size, 1.0) == pytest.approx(1.0)
