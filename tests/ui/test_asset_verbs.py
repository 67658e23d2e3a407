"""What is offered for which kind, and where it leads."""

from __future__ import annotations

import pytest

from studio.domain.media import MediaKind
from studio.panes.create.results import VERBS as CREATE_VERBS
from studio.panes.library.view import VERBS
from studio.ui.asset_verbs import pane_of, verbs_for


@pytest.mark.parametrize(
    ("kind", "verbs"),
    [
        (MediaKind.IMAGE, ["use_all", "vary", "narrate", "chat"]),
        (MediaKind.VIDEO, ["use_all", "vary", "transcribe", "narrate", "chat"]),
        (MediaKind.SPEECH, ["use_all", "transcribe", "chat"]),
        (MediaKind.MUSIC, ["use_all", "transcribe", "chat"]),
        (MediaKind.TRANSCRIPT, ["transcript", "narrate", "chat"]),
        (MediaKind.TEXT, ["narrate", "chat"]),
    ],
)
def test_each_kind_has_its_verbs(kind: MediaKind, verbs: list[str]) -> None:
    assert [verb for verb, _label, _icon in verbs_for(VERBS, kind)] == verbs


def test_a_verb_leads_to_the_pane_that_carries_it_out() -> None:
    assert pane_of("chat", MediaKind.SPEECH) == "chat"
    assert pane_of("narrate", MediaKind.IMAGE) == "audio"
    assert pane_of("use_all", MediaKind.MUSIC) == "audio"
    assert pane_of("use_all", MediaKind.IMAGE) == "create"
    assert {pane_of(verb, MediaKind.VIDEO) for verb, _label, _icon in CREATE_VERBS} == {
        "create",
        "chat",
        "audio",
    }
