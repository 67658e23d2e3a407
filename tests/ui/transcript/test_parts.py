"""Cards, footers and media: what they say, where their controls are, at any width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage, QPainter

from studio.domain.chat import ChatUsage
from studio.domain.conversation import AttachmentPiece, MessageState, ToolCallPiece, ToolState
from studio.domain.media import MediaKind
from studio.ui.player import PlayerState
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Theme
from studio.ui.transcript import words
from studio.ui.transcript.cards import PermissionCard, Status, ToolCard
from studio.ui.transcript.footer import Footer, FooterWords, answer_actions, question_actions
from studio.ui.transcript.look import Look
from studio.ui.transcript.parts import (
    Caption,
    Citations,
    FileChips,
    FoldHead,
    MediaGrid,
    PaintState,
    Part,
    SoundStrip,
    Waiting,
    flow,
)
from studio.ui.transcript.pictures import PictureCache
from tests.ui.transcript.made import answer

CALL = ToolCallPiece(
    id="t", name="generate_image", arguments='{"prompts": ["A lamp", "Fog"], "model": "flux"}'
)
PICTURE = AttachmentPiece(asset_id="p", kind=MediaKind.IMAGE, mime="image/png", name="lamp.png")
SOUND = AttachmentPiece(asset_id="s", kind=MediaKind.SPEECH, mime="audio/mpeg", size=4000, transcript="Hello")
FILE = AttachmentPiece(
    asset_id="f", kind=MediaKind.OTHER, mime="application/pdf", name="a.pdf", size=2_500_000
)

PLAYING = SoundStatus(PlayerState.PLAYING, 2.0, 9.0)
Maker = Callable[[Look], Part]
MAKERS: dict[str, Maker] = {
    "caption": lambda look: Caption(look, "What came back"),
    "fold": lambda look: FoldHead(look, "Thought for 4 s", "k", is_open=False, last=lambda: "so far"),
    "waiting": Waiting,
    "pictures": lambda look: MediaGrid(look, [PICTURE] * 5, PictureCache(lambda _i: None), small=False),
    "small": lambda look: MediaGrid(look, [PICTURE] * 9, PictureCache(lambda _i: None), small=True),
    "sound": lambda look: SoundStrip(look, SOUND, lambda _piece: PLAYING),
    "files": lambda look: FileChips(look, [FILE, FILE]),
    "citations": lambda look: Citations(look, [f"https://www.example{n}.org/x" for n in range(9)]),
    "tool": lambda look: ToolCard(look, CALL, "k", is_open=True),
    "permission": lambda look: PermissionCard(
        look, CALL, title="Wants to make 2 pictures", detail="“A lamp”"
    ),
    "status": lambda look: Status(look, answer("a", "q", "Half", state=MessageState.INTERRUPTED)),
    "footer": lambda look: Footer(
        look, FooterWords(version=(2, 3), words="412 tokens", pinned=True), answer_actions(), right=False
    ),
    "question": lambda look: Footer(look, FooterWords(version=(1, 2)), question_actions(), right=True),
}


@pytest.mark.parametrize("width", [160, 400, 720])
@pytest.mark.parametrize("name", MAKERS)
def test_controls_lie_inside_and_apart(name: str, width: int, theme: Theme) -> None:
    part = MAKERS[name](Look(theme))
    part.set_width(width)
    assert part.height > 0
    controls = part.controls()
    for at, control in enumerate(controls):
        assert control.name
        rect = control.rect
        assert rect.top() >= 0
        assert rect.bottom() <= part.height + 0.5
        assert rect.right() <= width + 0.5 or width == 160
        assert part.control_at(rect.center().x(), rect.center().y()) == control
        for other in controls[at + 1 :]:
            assert not rect.adjusted(0.5, 0.5, -0.5, -0.5).intersects(other.rect)
    image = QImage(width, round(part.height) + 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    first = controls[0] if controls else None
    part.paint(painter, PaintState(hover=first, focus=first, active=True))
    painter.end()
    assert part.spoken() or controls


def test_flow_breaks_and_aligns() -> None:
    boxes = flow([100, 100, 100], 210, 20, 8)
    assert [(box.left(), box.top()) for box in boxes] == [(0, 0), (108, 0), (0, 28)]
    assert flow([100], 300, 20, right=True)[0].right() == 300
    assert flow([900], 300, 20)[0].width() == 300


def test_words_of_calls() -> None:
    assert words.permission_title(CALL, "Flux Schnell") == "Wants to make 2 pictures with Flux Schnell"
    assert words.permission_detail(CALL, "≈ 0.004 pollen") == "“A lamp” and 1 more · ≈ 0.004 pollen"
    broken = ToolCallPiece(id="t", name="my-tool", arguments='{"a": ', state=ToolState.FAILED, seconds=75)
    assert words.tool_title(broken) == "Calls my tool"
    assert words.tool_title(replace(broken, state=ToolState.DONE)) == "Called my tool"
    assert words.tool_detail(broken) == "failed · 1 min 15 s"
    assert words.pretty_arguments(broken) == '{"a": '
    assert words.arguments_of(broken) == {}
    single = ToolCallPiece(id="t", name="generate_image", arguments='{"prompt": "x", "n": 3}')
    assert words.wanted_count(single) == 3


def test_words_of_costs() -> None:
    first = answer(
        "a", "q", usage=ChatUsage(completion_tokens=400), cost=Decimal("0.007"), cost_source="usage"
    )
    second = answer("b", "a", usage=ChatUsage(completion_tokens=12), cost=Decimal("0.0001"))
    assert words.cost_words([first, second]) == "412 tokens · 0.0071 pollen"
    running = answer(
        "c", "b", cost=Decimal("0.1"), cost_source="estimate", sandbox=True, state=MessageState.STREAMING
    )
    assert words.cost_words([running]) == "≈ 0.100 pollen so far, sandbox"
    assert words.cost_words([]) == ""
    assert words.host_of("https://www.example.org:80/x") == "example.org"
    assert words.host_of("http://[") == "http://["


def test_pictures_are_cut_to_their_tile(qtbot, tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    source = QImage(400, 100, QImage.Format.Format_RGB32)
    source.fill(0xFF336699)
    assert source.save(str(path))
    cache = PictureCache({"p": path, "broken": tmp_path / "none.png"}.get)
    size = QSizeF(50, 40)
    try:
        with qtbot.waitSignal(cache.ready):
            assert cache.get("p", size, 2.0) is None
        pixmap = cache.get("p", size, 2.0)
        assert pixmap is not None
        assert (pixmap.width(), pixmap.height(), pixmap.devicePixelRatio()) == (100, 80, 2.0)
        assert pixmap.toImage().pixelColor(50, 40).name() == "#336699"
        assert pixmap.toImage().pixelColor(0, 0).alpha() == 0
        with qtbot.waitSignal(cache.ready):
            cache.get("broken", size, 1.0)
        assert cache.get("broken", size, 1.0) is None
        assert cache.get("unknown", size, 1.0) is None
    finally:
        cache.stop()
