from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from studio.shell.pane_registry import find_panes
from studio.ui.icons import outline
from studio.ui.pane import Pane, PaneSpec
from studio.ui.theme import Theme


@pytest.mark.parametrize("spec", find_panes(), ids=lambda spec: spec.id)
def test_every_pane_can_be_built_and_painted_before_any_service_exists(qtbot: QtBot, spec: PaneSpec) -> None:
    pane = spec.build(Theme.current(), None)
    qtbot.addWidget(pane)
    assert isinstance(pane, Pane)
    pane.resize(900, 700)
    assert not pane.grab().isNull()
    pane.shown()
    pane.detach()


def test_ids_titles_and_places_are_each_their_own() -> None:
    panes = find_panes()
    for part in ("id", "title", "order"):
        assert len({getattr(spec, part) for spec in panes}) == len(panes)
    for spec in panes:
        outline(spec.icon)
