"""The parts of the Chat pane one by one: no service, real widgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from studio.domain.conversation import (
    AttachmentPiece,
    ChatFolder,
    ChatParameters,
    Conversation,
    ConversationRow,
    MessageHit,
    MessageState,
)
from studio.domain.media import MediaKind
from studio.domain.models import ModelInfo, Pricing
from studio.panes.chat.arrange import arrange, found
from studio.panes.chat.attachment_chips import Attached, Chip, ChipRow
from studio.panes.chat.composer import Composer
from studio.panes.chat.folds import Fold
from studio.panes.chat.message_edit import LONG_PASTE, MessageEdit
from studio.panes.chat.model_picker import ModelListModel, ModelPicker
from studio.panes.chat.model_words import count_words, in_order, is_new, marks, price_words
from studio.panes.chat.parameter_fields import (
    OptionalDecimal,
    OptionalNumber,
    read_biases,
    read_schema,
    read_stops,
    read_tools,
)
from studio.panes.chat.parameters import ParametersPanel, count_set
from studio.panes.chat.side_bar import SideBar
from studio.panes.chat.takeaway import file_name
from studio.qt_models.conversations import ConversationListModel, EntryKind
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Surface
from tests.shell.support import make_window

NOW = datetime.now(UTC)
TODAY = datetime.now().astimezone().date()


def row(number: int, days: float = 0, **more: object) -> ConversationRow:
    moment = datetime.now().astimezone().replace(hour=12) - timedelta(days=days, minutes=number)
    return ConversationRow(id=str(number), title=f"chat {number}", updated_at=moment, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the list


def test_pinned_then_folders_then_days() -> None:
    rows = [
        row(1), row(2, 1), row(3, 4), row(4, 400), row(5, 2, pinned=True), row(6, 3, folder_id="in"),
        row(7, 3, folder_id="gone"),
    ]  # fmt: skip
    folders = [ChatFolder(id="in", name="Inner", parent_id="out"), ChatFolder(id="out", name="Outer")]
    entries = arrange(rows, folders, TODAY, titles=str)
    month = entries[-2].text
    assert [entry.text for entry in entries] == [
        "Pinned", "chat 5", "Folders", "Outer", "Inner", "chat 6", "Today", "chat 1", "Yesterday", "chat 2",
        "Previous 7 days", "chat 7", "chat 3", month, "chat 4",
    ]  # fmt: skip
    assert month.split()[-1].isdigit(), "another year is named"
    assert entries[5].depth == 2
    folded = arrange(rows, folders, TODAY, titles=str, folded={"out"})
    assert "Inner" not in [entry.text for entry in folded]


def test_folders_in_a_circle_do_not_hang() -> None:
    folders = [ChatFolder(id="a", name="A", parent_id="b"), ChatFolder(id="b", name="B", parent_id="a")]
    assert arrange([row(1, folder_id="a")], folders, date.today(), titles=str) is not None  # noqa: DTZ011


def test_the_second_line_tells_state_model_and_cost() -> None:
    one = row(1, model="claude", state=MessageState.STOPPED, cost=Decimal("0.0004"), messages=2)
    entries = arrange([one], (), TODAY, titles=str.upper)
    assert entries[1].detail == "stopped · CLAUDE · 0.0004"
    streaming = arrange([one], (), TODAY, titles=str.upper, streaming={"1"})
    assert streaming[1].detail == "streaming · CLAUDE · 0.0004"


def test_a_search_lists_titles_before_messages() -> None:
    hit = MessageHit(
        conversation_id="9", message_id="m", title="Coast", role="user", created_at=NOW, snippet="a\n coast"
    )
    entries = found([row(1)], [hit], titles=str)
    assert [entry.kind for entry in entries] == [
        EntryKind.HEADING, EntryKind.CHAT, EntryKind.HEADING, EntryKind.HIT,
    ]  # fmt: skip
    assert entries[-1].detail == "a coast"
    assert found([], [hit], titles=str, more=True)[-1].kind is EntryKind.MORE
    marked = replace(hit, snippet=" a\n coast of\tfog", marks=((4, 9), (13, 16)))
    (_, entry) = found([], [marked], titles=str)
    assert [entry.detail[start:end] for start, end in entry.marks] == ["coast", "fog"]
    assert entries[-1].conversation_id == "9"


# ---------------------------------------------------------------- the field


def edit_in_window(qapp: QApplication) -> tuple[QWidget, MessageEdit]:
    window = make_window(qapp)
    edit = MessageEdit(window)
    edit.resize(500, 80)
    edit.show()
    edit.setFocus()
    return window, edit


def test_enter_sends_by_choice_and_shift_enter_never(qapp: QApplication) -> None:
    window, edit = edit_in_window(qapp)
    sent: list[str] = []
    edit.submitted.connect(lambda: sent.append(edit.text()))
    QTest.keyClicks(edit, "one")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(edit, "two")
    assert (edit.text(), sent) == ("one\ntwo", [])
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert sent == ["one\ntwo"]
    edit.enter_sends = False
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert (edit.text(), len(sent)) == ("one\ntwo\n", 1)
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(sent) == 2
    window.deleteLater()


def test_enter_belongs_to_an_input_method_that_composes(qapp: QApplication) -> None:
    window, edit = edit_in_window(qapp)
    sent: list[str] = []
    edit.submitted.connect(lambda: sent.append(edit.text()))
    QApplication.sendEvent(edit, QInputMethodEvent("にほ", []))
    assert edit.composing
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert not sent
    done = QInputMethodEvent("", [])
    done.setCommitString("日本")
    QApplication.sendEvent(edit, done)
    assert not edit.composing
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert len(sent) == 1
    assert sent[0].startswith("日本")
    window.deleteLater()


def test_what_is_pasted_becomes_text_a_file_or_a_picture(qapp: QApplication, tmp_path: Path) -> None:
    window, edit = edit_in_window(qapp)
    files: list[list[Path]] = []
    pictures: list[bytes] = []
    long: list[str] = []
    edit.files_given.connect(files.append)
    edit.image_given.connect(pictures.append)
    edit.long_text_given.connect(long.append)
    data = QMimeData()
    data.setText("short")
    edit.insertFromMimeData(data)
    assert edit.text() == "short"
    data.setText("x" * (LONG_PASTE + 1))
    edit.insertFromMimeData(data)
    assert (edit.text(), len(long[0])) == ("short", LONG_PASTE + 1)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    both = QMimeData()
    both.setText(" and")
    both.setImageData(image)
    edit.insertFromMimeData(both)
    assert (edit.text(), pictures) == ("short and", [])
    alone = QMimeData()
    alone.setImageData(image)
    edit.insertFromMimeData(alone)
    assert pictures[0].startswith(b"\x89PNG")
    path = tmp_path / "a.txt"
    path.write_text("x")
    urls = QMimeData()
    urls.setUrls([QUrl.fromLocalFile(str(path))])
    urls.setText(str(path))
    edit.insertFromMimeData(urls)
    assert files == [[path]]
    window.deleteLater()


def test_it_grows_with_the_text_up_to_its_share_of_the_pane(qapp: QApplication) -> None:
    window = make_window(qapp)
    composer = Composer(window)
    composer.resize(600, 200)
    composer.show()
    composer.set_room(500)
    small = composer.edit.sizeHint().height()
    composer.edit.insert("line\n" * 6)
    medium = composer.edit.sizeHint().height()
    composer.edit.insert("line\n" * 200)
    assert small < medium < composer.edit.sizeHint().height() == 200
    window.deleteLater()


def test_stop_stands_where_send_was(qapp: QApplication) -> None:
    window = make_window(qapp)
    composer = Composer(window)
    composer.resize(700, 160)
    composer.show()
    happened: list[str] = []
    composer.send_pressed.connect(lambda: happened.append("send"))
    composer.stop_pressed.connect(lambda: happened.append("stop"))
    composer.show_plan("· ≈ 0.002", "", "", enabled=True, problem=False)
    assert composer.send.accessibleName() == "Send"
    composer.send.click()
    composer.show_streaming(True)
    assert (composer.send.accessibleName(), composer.send.note) == ("Stop", "")
    composer.edit.setFocus()
    QTest.keyClicks(composer.edit, "next")
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    composer.send.click()
    assert happened == ["send", "stop"], "Enter while it streams does nothing"
    assert composer.edit.text() == "next"
    window.deleteLater()


# ---------------------------------------------------------------- attachments


def test_chips_say_what_they_are_and_go_by_key(qapp: QApplication) -> None:
    window = make_window(qapp)
    chips = ChipRow(window)
    chips.resize(500, 60)
    piece = AttachmentPiece(asset_id="a", kind=MediaKind.IMAGE, mime="image/png", name="x.png", size=12_345)
    wanted: list[Chip] = []
    chips.picture_wanted.connect(wanted.append)
    chips.show_attached([Attached(key="1", name="x.png")])
    assert chips.chips[0].accessibleDescription() == "adding"
    assert not wanted
    chips.show_attached([Attached(key="1", name="x.png", piece=piece, refusal="It does not take pictures.")])
    assert chips.chips[0].accessibleDescription() == "It does not take pictures."
    assert wanted == [chips.chips[0]]
    chips.grab()
    removed: list[str] = []
    chips.removed.connect(removed.append)
    QTest.keyClick(chips.chips[0], Qt.Key.Key_Delete)
    assert removed == ["1"]
    chips.show_attached([])
    assert not chips.chips
    assert chips.isHidden()
    window.deleteLater()


# ---------------------------------------------------------------- models

NANO = ModelInfo(
    name="openai/gpt", aliases=("openai",), title="GPT", category="text", input_modalities=("text", "image"),
    output_modalities=("text",), capabilities=("tool_calling",), context_length=400_000,
    pricing=Pricing(rates={"promptTextTokens": Decimal("0.00000015"),
                           "completionTextTokens": Decimal("0.0000009375")}),
)  # fmt: skip
CLAUDE = replace(NANO, name="anthropic/claude", aliases=(), title="Claude", reasoning=True)
FLUX = replace(NANO, name="flux", aliases=(), category="image")


def test_prices_contexts_and_marks_in_words() -> None:
    assert price_words(NANO) == "0.15 in, 0.94 out per million tokens"
    assert price_words(replace(NANO, pricing=Pricing())) == "no price known"
    assert [mark.icon for mark in marks(CLAUDE)] == ["picture", "tool", "brain"]
    assert [count_words(n) for n in (12, 3100, 200_000, 1_048_576)] == ["12", "3.1k", "200k", "1M"]
    assert is_new(replace(NANO, added_date=NOW - timedelta(days=3)), NOW)
    assert not is_new(replace(NANO, added_date=NOW - timedelta(days=90)), NOW)
    assert [model.title for model in in_order([NANO, FLUX, CLAUDE], ["anthropic/claude"])] == [
        "Claude",
        "GPT",
    ]


def test_the_picker_is_searched_starred_and_chosen_by_keyboard(qapp: QApplication) -> None:
    window = make_window(qapp)
    anchor = Select("Model", (), parent=window)
    picker = ModelPicker(anchor, [NANO, CLAUDE], "openai", ())
    picker.open()
    chosen: list[str] = []
    favourites: list[tuple[str, ...]] = []
    picker.chosen.connect(chosen.append)
    picker.favourites_changed.connect(favourites.append)
    QTest.keyClicks(picker.search, "reasons")
    assert picker.list.currentIndex().data() == "Claude"
    QTest.keyClick(picker.search, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert favourites == [("anthropic/claude",)]
    picker.grab()
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert chosen == ["anthropic/claude"]
    model = ModelListModel([NANO, CLAUDE], ["anthropic/claude"], window)
    assert [model.index(n).data() for n in range(model.rowCount())] == [
        "Favourites",
        "Claude",
        "All models",
        "GPT",
    ]
    said = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("Claude, favourite, 0.15 in")
    window.deleteLater()


# ---------------------------------------------------------------- parameters


def test_numbers_that_may_be_nothing(qapp: QApplication) -> None:
    window = make_window(qapp)
    field = OptionalDecimal("Temperature", 0.0, 2.0, 0.1)
    field.setParent(window)
    told: list[object] = []
    field.edited.connect(told.append)
    assert (field.text(), field.chosen()) == ("not set", None)
    field.stepBy(1)
    assert field.chosen() == 0.0
    field.stepBy(7)
    assert field.chosen() == pytest.approx(0.7)
    field.stepBy(-9)
    assert field.chosen() is None
    field.lineEdit().setText("")
    field.interpretText()
    assert field.chosen() is None
    told.clear()
    field.show_value(1.5)
    assert (field.chosen(), told) == (1.5, [])
    number = OptionalNumber("Longest answer", 1, 1000)
    number.setParent(window)
    number.show_value(None)
    assert number.chosen() is None
    number.lineEdit().setText("12")
    number.interpretText()
    assert number.chosen() == 12
    window.deleteLater()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ""),
        ('{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}', ""),
        ('{"name": "poem", "schema": {"type": "array", "items": {"type": "number"}}, "strict": true}', ""),
        ('{"type": "text"}', "“text” is no type of JSON."),
        (
            '{"type": "object", "required": ["b"]}',
            "“required” names something that is not among the properties.",
        ),
        ('{"properties": []}', "“properties” must be an object."),
        ("[1]", "An object is wanted here, in braces."),
        ('{"a": ', "Not JSON yet: line 1, column 7."),
        ('{"name": "a b", "schema": {}}', "The name may have letters, digits, - and _ alone."),
        ("[" * 100_000, "Too deeply nested."),
    ],
)
def test_a_schema_is_checked_while_it_is_typed(text: str, problem: str) -> None:
    value, said = read_schema(text)
    assert said == problem
    if text and not problem:
        assert set(value) >= {"name", "schema"}


def test_other_lines_are_checked_too() -> None:
    assert read_stops("a\n\nb") == (("a", "b"), "")
    assert read_stops("1\n2\n3\n4\n5")[1]
    assert read_tools('[{"type": "function", "function": {"name": "f"}}]')[1] == ""
    assert read_tools('[{"type": "function"}]')[1]
    assert read_biases('{"5": 101}')[1]
    assert read_biases('{"5": -100}') == ({"5": -100}, "")


def test_the_panel_shows_and_tells_every_parameter(qapp: QApplication) -> None:
    window = make_window(qapp)
    panel = ParametersPanel(window)
    panel.resize(330, 700)
    panel.show()
    told: list[ChatParameters] = []
    panel.changed.connect(told.append)
    parameters = ChatParameters(
        temperature=0.3, top_p=0.9, max_tokens=100, seed=7, stop=("END",), response_format="json_schema",
        json_schema={"name": "a", "schema": {}}, image_tool=True, safe="nsfw,secrets", logprobs=False,
        tools=({"type": "function", "function": {"name": "f"}},), extra={"x": 1}, user="me",
    )  # fmt: skip
    conversation = Conversation(
        id="1", created_at=NOW, updated_at=NOW, parameters=parameters, system_prompt="Be short.",
        image_permission="never",
    )  # fmt: skip
    panel.show_conversation(conversation, CLAUDE)
    assert not told, "showing is not changing"
    assert panel.prompt.field.text() == "Be short."
    assert count_set(parameters, "Be short.") == 14
    temperature = next(f for f in panel.findChildren(OptionalDecimal) if f.accessibleName() == "Temperature")
    temperature.setValue(0.5)
    assert told[-1] == replace(parameters, temperature=0.5)
    effort = next(s for s in panel.findChildren(Select) if s.accessibleName() == "Reasoning")
    assert effort.isVisible()
    panel.show_conversation(conversation, NANO)
    assert not effort.isVisible(), "this model does not reason"
    assert panel.left_out.isVisible()
    assert panel.left_out.text() == "GPT does not take: Log probabilities. Not sent."
    picky = replace(CLAUDE, supported_parameters=("temperature", "logprobs", "max_completion_tokens"))
    panel.show_conversation(conversation, picky)
    shown = {w.accessibleName() for w in panel.findChildren(QWidget) if w.isVisible()}
    assert {"Temperature", "Longest answer", "Reasoning", "Make pictures"} <= shown
    assert not {"Top P", "Seed"} & shown
    assert "Top P, Stop at, Seed" in panel.left_out.text()
    panel.show_conversation(conversation, CLAUDE)
    panel.grab()
    window.deleteLater()


# ---------------------------------------------------------------- places and names


def test_columns_fold_where_there_is_no_room(qapp: QApplication) -> None:
    window = make_window(qapp, (1200, 700))
    line = QHBoxLayout(window)
    line.addWidget(Surface("bg"), 1)
    panel = SideBar(ConversationListModel(window), window)
    fold = Fold(window, line, panel, left=True, needed=lambda: 400)
    wanted: list[bool] = []
    fold.wanted.connect(wanted.append)
    assert fold.shown
    fold.toggle()
    assert (fold.shown, wanted) == (False, [False])
    window.resize(380, 700)
    fold.arrange()
    assert not fold.shown
    fold.toggle()
    assert fold.over
    assert wanted == [False], "over the rest it is for the moment"
    fold.leave()
    assert not fold.shown
    window.deleteLater()


def test_file_names_fit_every_file_system() -> None:
    assert file_name('a/b\\c: "d"?', "md") == "a b c d.md"
    assert file_name("…", "json") == "Chat.json"
