"""A conversation with everything a transcript can show: `python -m scripts.chat_transcript DIR`.

It is the program's own view, filled by hand: both themes, a small window, and 150 %.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QPoint, QSize, QTimer
from PySide6.QtTest import QTest

from studio.domain.chat import ChatUsage
from studio.domain.conversation import (
    AttachmentPiece,
    Message,
    MessageError,
    MessageNode,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.media import MediaKind
from studio.ui.theme import Theme, make_application
from studio.ui.transcript.view import TranscriptView

NOW = datetime(2026, 11, 20, tzinfo=UTC)
USAGE = ChatUsage(prompt_tokens=300, completion_tokens=412, total_tokens=712)
PICTURE = AttachmentPiece(
    asset_id="coast", kind=MediaKind.IMAGE, mime="image/png", name="coast.png", size=84_000
)
FORMULA = """Reciprocal rank fusion adds $\\frac{1}{k + r}$ for each list:

$$\\operatorname{RRF}(d) = \\sum_{i} \\frac{1}{k + r_i(d)}$$

- It needs no scores, only ranks [1].
- It is robust: `k = 60` does for most.

> One list that is wrong does little harm.

- [x] measured
- [ ] written down
"""
POSTERS = """Your picture already carries the series: one warm light against a cold field. Three directions \
keep that idea and change the scale.

| Idea | Field | Light | Type |
|---|---|---|---|
| **Last lamp** | `18 38 58` | honey | narrow serif, low |
| **Fog bank** | `201 212 220` | coral | wide grotesk, top |
| **Tide table** | `244 239 230` | sea | tabular figures |

```python
palette = {"field": (18, 38, 58), "light": (242, 176, 30)}
poster = layout(palette, ratio=(2, 3), bleed_mm=3)
```
"""
IDEAS = "Give me three poster ideas for the coast series, and a palette for each as a table."
CROP = "For the first one I would crop tighter, so that the lamp sits on the upper third and the fog"


def conversation() -> list[Message]:
    """A branch of ten messages, the last one streaming."""
    ask = ToolCallPiece(
        id="t1",
        name="generate_image",
        arguments='{"prompts": ["Last lamp, poster, 2:3", "Fog bank", "Tide table"], "model": "flux"}',
        state=ToolState.ASKED,
    )
    searched = ToolCallPiece(
        id="t0", name="google_search", arguments='{"query": "lighthouse posters"}', result="{}", seconds=1.2
    )
    sound = AttachmentPiece(
        asset_id="said", kind=MediaKind.SPEECH, mime="audio/mpeg", size=52_000, source="answer"
    )
    made = AttachmentPiece(asset_id="coast", kind=MediaKind.IMAGE, mime="image/png", source="tool")
    error = MessageError(
        title="The service is busy.", detail="Nothing was billed for what is missing.",
        actions=(("model.choose", "Choose another model", ""),),
    )  # fmt: skip
    return [
        _message("q0", "", "user", TextPiece(text="Explain reciprocal rank fusion, with the formula.")),
        _message(
            "a0", "q0", "assistant", ReasoningPiece(text="Short, then the formula.", seconds=4.2),
            TextPiece(text=FORMULA), cost=Decimal("0.0031"), usage=USAGE,
            citations=("https://plg.uwaterloo.ca/~gvcormac/rrf.pdf", "https://www.example.org/fusion"),
        ),
        _message("q1", "a0", "user", TextPiece(text="Say it aloud\nin one sentence.")),
        _message("a1", "q1", "assistant", sound, TextPiece(text="Add the reciprocals of the ranks."),
                 state=MessageState.STOPPED, usage=USAGE, cost=Decimal("0.0004")),
        _message("q2", "a1", "user", TextPiece(text="Paint it.")),
        _message("a2", "q2", "assistant", TextPiece(text="Here is a first try."), made, made,
                 state=MessageState.FAILED, error=error, pinned=True),
        _message("q3", "a2", "user", TextPiece(text=IDEAS), PICTURE),
        _message("a3", "q3", "assistant", ReasoningPiece(text="Ideas.", seconds=4), TextPiece(text=POSTERS),
                 searched, ask, TextPiece(text=CROP), state=MessageState.STREAMING, usage=USAGE,
                 cost=Decimal("0.0071")),
    ]  # fmt: skip


def _message(message_id: str, parent: str, role: Any, *pieces: Piece, **more: Any) -> Message:
    title = "Claude Sonnet 4.6" if role == "assistant" else ""
    return Message(
        id=message_id, conversation_id="c", parent_id=parent, role=role, created_at=NOW, pieces=pieces,
        model_title=title, **more,
    )  # fmt: skip


def wait(milliseconds: int) -> None:
    """Let the threads decode, draw and colour; `qWait` would keep the interpreter to itself."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def pictures(folder: Path, theme: Theme, picture: Path) -> None:
    """Save the transcript in its states."""
    folder.mkdir(parents=True, exist_ok=True)
    view = TranscriptView(theme)
    view.set_asset_path(lambda _asset_id: picture)
    view.set_call_words(
        lambda _id, _call: (
            "Wants to make 3 pictures with Flux Schnell",
            "“Last lamp, poster, 2:3 …” and 2 more · ≈ 0.006 pollen",
        )
    )
    messages = conversation()
    nodes = [
        MessageNode(m.id, m.parent_id, m.role, m.state, len(m.text), m.cost, m.included, m.pinned)
        for m in messages
    ]
    view.model().reset(nodes, {"a3": (2, 3), "q1": (1, 2)})
    view.model().put(messages)
    view.set_context(frozenset({"q0", "a0"}), "q1")
    view.show()
    for name, dark, scale, size, top in (
        ("light", False, 1.0, QSize(1176, 820), None),
        ("dark", True, 1.0, QSize(1176, 820), None),
        ("above", False, 1.0, QSize(1176, 1000), 0),
        ("small", False, 1.0, QSize(620, 720), None),
        ("large-type", False, 1.5, QSize(1176, 1000), None),
    ):
        theme.set_mode("dark" if dark else "light")
        theme.set_font_scale(scale)
        view.resize(size)
        wait(700)
        if top is None:
            view.to_end()
        else:
            view.scroll_to(top)
            QTest.mouseMove(view.viewport(), QPoint(size.width() // 2, 300))
        wait(300)
        view.grab().save(str(folder / f"chat-transcript-{name}.png"))
    view.stop()


def main() -> None:
    application = make_application("chat transcript")
    theme = Theme("light", reduced_motion=True)
    theme.apply(application)
    picture = Path(__file__).parents[1] / "docs" / "screenshots" / "create-light.webp"
    pictures(Path(sys.argv[1]), theme, picture)


if __name__ == "__main__":
    main()
