from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.measures import Size, Space, air_of, density, keep_air, relayout, use_density, usual_air
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.overlay import Panel
from studio.ui.widgets.scroll import ScrollColumn


@pytest.fixture(autouse=True)
def _comfortable_again(qapp: QApplication) -> Iterator[None]:
    yield
    Theme("light", 1.0, True).apply(qapp)


def margins_of(widget: QWidget) -> tuple[int, int]:
    layout = widget.layout()
    assert layout is not None
    return layout.contentsMargins().left(), layout.spacing()


def boxed() -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(Space.LG, Space.LG, Space.LG, Space.LG)
    row.setSpacing(Space.MD)
    return box


def test_compact_is_less_of_everything_and_comes_back() -> None:
    before = dict(vars(Space)) | dict(vars(Size))
    use_density("compact")
    assert before["LG"] > Space.LG
    assert before["CONTROL"] > Size.CONTROL >= 24, "still large enough to hit"
    assert len({Space.XS, Space.SM, Space.MD, Space.LG, Space.XL, Space.XXL}) == 6, "steps stay steps"
    use_density("comfortable")
    assert (dict(vars(Space)) | dict(vars(Size))) == before


def test_layouts_follow_whenever_they_were_made(qapp: QApplication) -> None:
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    early = boxed()
    usual = margins_of(early)
    theme.set_density("compact")
    late = boxed()
    assert margins_of(early) == margins_of(late) == (Space.LG, Space.MD)
    theme.set_density("comfortable")
    assert margins_of(early) == margins_of(late) == usual
    theme.set_density("compact")
    assert margins_of(early) == margins_of(late) == (Space.LG, Space.MD)


def test_grids_inner_layouts_and_scroll_columns_follow(qapp: QApplication) -> None:
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    box, area = QWidget(), ScrollColumn()
    column, grid = QVBoxLayout(box), QGridLayout()
    grid.setHorizontalSpacing(Space.LG)
    grid.setVerticalSpacing(Space.SM)
    column.addLayout(grid)
    column.addSpacing(Space.LG)
    before = area.column.contentsMargins().left()
    theme.set_density("compact")
    assert (grid.horizontalSpacing(), grid.verticalSpacing()) == (Space.LG, Space.SM)
    assert area.column.contentsMargins().left() < before
    assert column.itemAt(1).sizeHint().height() == Space.LG
    theme.set_density("comfortable")
    assert area.column.contentsMargins().left() == before


def test_shadows_keep_their_room(qapp: QApplication) -> None:
    theme = Theme("light", 1.0, True)
    theme.apply(qapp)
    owner = QWidget()
    panel = Panel(owner, Space.NONE)
    theme.set_density("compact")
    other = Panel(owner, Space.NONE)
    theme.set_density("comfortable")
    assert panel.body.contentsMargins().left() == other.body.contentsMargins().left() == Size.SHADOW
    kept = boxed()
    layout = kept.layout()
    assert layout is not None
    keep_air(layout)
    use_density("compact")
    relayout([kept])
    assert margins_of(kept)[0] == 16


def test_controls_shrink_at_once(qapp: QApplication) -> None:
    theme = Theme("light", 1.5, True)
    theme.apply(qapp)
    button = Button("Go")
    before = button.sizeHint().height()
    theme.set_density("compact")
    assert density() == theme.density == "compact"
    assert button.sizeHint().height() < before
    assert air_of(usual_air(Space.LG)) == Space.LG
    assert air_of(7) == 7
