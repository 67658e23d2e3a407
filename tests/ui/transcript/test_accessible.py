"""The transcript as a screen reader meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from studio.domain.conversation import MessageState
from studio.ui.theme import Theme
from studio.ui.transcript.view import TranscriptView
from tests.ui.transcript.made import STREAMING, answer, long_talk, node, question, show

Role, Text = QAccessible.Role, QAccessible.Text


@pytest.fixture
def view(qtbot, theme: Theme) -> Iterator[TranscriptView]:
    made = TranscriptView(theme)
    made.resize(900, 600)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.stop()


def test_messages_are_items_with_author_state_and_text(view: TranscriptView, qtbot) -> None:
    show(
        view.model(),
        [question("q", "What is 2 + 2?"), answer("a", "q", "It is **4**.", state=MessageState.STOPPED)],
    )
    listing = QAccessible.queryAccessibleInterface(view)
    assert (listing.role(), listing.text(Text.Name), listing.childCount()) == (Role.List, "Conversation", 2)
    first, second = listing.child(0), listing.child(1)
    assert first.role() == Role.ListItem
    assert first.text(Text.Name) == "You: What is 2 + 2?"
    assert second.text(Text.Name).startswith("Test Model, stopped: It is 4.")
    assert listing.indexOfChild(second) == 1
    assert second.parent() is listing
    assert listing.rect().contains(second.rect().center())
    assert listing.childAt(second.rect().center().x(), second.rect().center().y()) is second


def test_controls_can_be_pressed(view: TranscriptView, qtbot) -> None:
    show(
        view.model(),
        [question("q", "Hi"), answer("a", "q", "Hello", citations=("https://example.org/x",))],
    )
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    message = QAccessible.queryAccessibleInterface(view).child(1)
    controls = [message.child(at) for at in range(message.childCount())]
    names = [(control.text(Text.Name), control.role()) for control in controls]
    assert names == [
        ("Source 1: example.org", Role.Link),
        ("Copy", Role.Button),
        ("Ask again", Role.Button),
        ("Branch into new chat", Role.Button),
        ("More", Role.Button),
    ]
    action = controls[2].actionInterface()
    action.doAction(action.actionNames()[0])
    assert got == [("regenerate", "a", None)]


def test_items_of_other_branches_become_invalid(view: TranscriptView, qtbot) -> None:
    messages = long_talk(3)
    show(view.model(), messages)
    listing = QAccessible.queryAccessibleInterface(view)
    gone = listing.child(5)
    assert gone.isValid()
    view.model().reset([node(m) for m in messages[:2]], {})
    assert not gone.isValid()
    assert gone.text(Text.Name) == ""
    assert listing.childCount() == 2


def test_the_keyboard_is_where_the_reader_is(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(3, words=5))
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    listing = QAccessible.queryAccessibleInterface(view)
    assert listing.focusChild() is listing.child(view.current)
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    assert listing.focusChild().focusChild().text(Text.Name) == "Copy"


def test_finished_sentences_are_said_once(
    view: TranscriptView, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    announcer = view._announcer
    monkeypatch.setattr(announcer, "say", said.append)
    monkeypatch.setattr(type(announcer), "_heard", True)
    show(view.model(), [question("q", "Hi"), answer("a", "q", state=STREAMING)])
    view.model().stream("a", 0, "text", "One sentence. And half of")
    view.flush()
    qtbot.waitUntil(lambda: said == ["One sentence."])
    view.model().stream("a", 0, "text", " another. Rest")
    view.flush()
    qtbot.waitUntil(lambda: said[1:] == ["And half of another."], timeout=4000)
    view.model().put([answer("a", "q", "One sentence. And half of another. Rest")])
    assert said[2:] == ["Rest", "Answer complete"]
