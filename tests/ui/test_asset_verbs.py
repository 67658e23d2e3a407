"""What is offered for which kind, where it leads, and why it cannot be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from studio.domain.asset import Asset, Provenance
from studio.domain.media import MediaKind
from studio.ui.asset_menu import asset_menu
from studio.ui.asset_verbs import KEYS, SHORTCUTS, VERBS, pane_of, taker_of, verbs_for, why_not

OF_FRAMES = {"edit", "animate", "reference", "start_frame", "end_frame"}
PICTURE = Asset(
    id="a", kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="", prompt="a heron",
    created_at=datetime.now(UTC), provenance=Provenance(seed=3),
)  # fmt: skip
FILM = replace(PICTURE, kind=MediaKind.VIDEO, mime="video/mp4")
SOUND = replace(PICTURE, kind=MediaKind.MUSIC, mime="audio/mpeg")
FOUND = replace(PICTURE, prompt="", provenance=Provenance())


@pytest.mark.parametrize(
    ("kind", "others"),
    [
        (MediaKind.IMAGE, {"take_frame", "transcribe", "transcript"}),
        (MediaKind.VIDEO, {"transcript"}),
        (MediaKind.SPEECH, {verb for verb, *_ in VERBS} - {"use_all", "transcribe", "chat"}),
        (MediaKind.MUSIC, {verb for verb, *_ in VERBS} - {"use_all", "transcribe", "chat"}),
        (MediaKind.TRANSCRIPT, {verb for verb, *_ in VERBS} - {"transcript", "narrate", "chat"}),
        (MediaKind.TEXT, {verb for verb, *_ in VERBS} - {"narrate", "chat"}),
    ],
)
def test_each_kind_has_its_verbs(kind: MediaKind, others: set[str]) -> None:
    assert [verb for verb, _label, _icon in verbs_for(VERBS, kind)] == [
        verb for verb, _label, _icon in VERBS if verb not in others
    ]


def test_a_verb_leads_to_the_pane_that_carries_it_out() -> None:
    assert pane_of("chat", MediaKind.SPEECH) == "chat"
    assert pane_of("narrate", MediaKind.IMAGE) == "audio"
    assert pane_of("use_all", MediaKind.MUSIC) == "audio"
    assert pane_of("use_all", MediaKind.IMAGE) == "create"
    assert {pane_of(verb, MediaKind.VIDEO) for verb, _label, _icon in VERBS} == {"create", "chat", "audio"}


@pytest.mark.parametrize(
    ("asset", "cannot"),
    [
        (PICTURE, {"take_frame", "transcribe", "transcript"}),
        (FILM, {*OF_FRAMES, "transcript"}),
        (SOUND, {verb for verb, *_ in VERBS} - {"use_all", "transcribe", "chat"}),
        (
            FOUND,
            {
                "take_frame",
                "transcribe",
                "transcript",
                "use_all",
                "vary",
                "use_prompt",
                "use_seed",
                "narrate",
            },
        ),
        (replace(PICTURE, mime="image/svg+xml"), {*OF_FRAMES, "take_frame", "transcribe", "transcript"}),
        (replace(PICTURE, trashed_at=datetime.now(UTC)), {verb for verb, *_ in VERBS}),
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


def test_what_the_legacy_service_made_is_made_again_in_create() -> None:
    made = replace(SOUND, provenance=Provenance(request_kind="legacy"))
    assert taker_of("use_all", made) == "create"
    assert why_not("use_all", made) == ""
    assert taker_of("narrate", made) == "audio"
    assert taker_of("use_all", replace(made, provenance=Provenance(request_kind="music"))) == "audio"
