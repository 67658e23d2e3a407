"""What can be made of an asset, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.asset import Asset, Provenance
from studio.domain.media import MediaKind
from studio.ui.asset_menu import asset_menu
from studio.ui.asset_verbs import KEYS, SHORTCUTS, VERBS, why_not

PICTURE = Asset(
    id="a", kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="", prompt="a heron",
    created_at=datetime.now(UTC), provenance=Provenance(seed=3),
)  # fmt: skip
FILM = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4")
SOUND = replace(PICTURE, kind=MediaKind.MUSIC, mime="audio/mpeg")
FOUND = replace(PICTURE, prompt="", provenance=Provenance())


@pytest.mark.parametrize(
    ("asset", "cannot"),
    [
        (PICTURE, {"take_frame"}),
        (FILM, {"edit", "animate", "reference", "start_frame", "end_frame"}),
        (
            SOUND,
            {"edit", "animate", "reference", "start_frame", "end_frame", "take_frame", "use_all", "vary"},
        ),
        (FOUND, {"take_frame", "use_all", "vary", "use_prompt", "use_seed"}),
        (replace(PICTURE, trashed_at=datetime.now(UTC)), {verb for verb, _words, _icon in VERBS}),
    ],
)
def test_every_verb_says_why_it_cannot_be_done(asset: Asset, cannot: set[str]) -> None:
    found = {verb: why_not(verb, asset) for verb, _words, _icon in VERBS}
    assert {verb for verb, why in found.items() if why} == cannot
    assert all(why.endswith(".") for why in found.values() if why)
    assert "Take a frame of the film first" in why_not("animate", FILM)


def test_letters_are_told_in_the_menu_which_says_why(qapp: QApplication) -> None:
    assert set(KEYS.values()) == set(SHORTCUTS)
    owner = QWidget()
    menu = asset_menu(owner, VERBS, print, chosen=1, trashed=False, why_not=lambda verb: why_not(verb, FILM))
    found = {action.text().partition("\t")[0]: action for action in menu.actions()}
    assert found["Vary"].isEnabled()
    assert found["Vary"].text().endswith("\tV")
    assert not found["Edit"].isEnabled()
    assert found["Edit"].toolTip().startswith("Only a picture can be edited.")
    assert found["Take a frame"].isEnabled()
    owner.deleteLater()
