"""What the controls do besides looking right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, QRect, Qt, QUrl
from PySide6.QtWidgets import QApplication, QPushButton

from studio.ui.dialogs import Sheet
from studio.ui.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import RatingStars, Segmented, Slider
from studio.ui.widgets.fields import PromptEdit, SearchField, TextField
from studio.ui.widgets.layout import Disclosure, DropZone, FlowLayout
from studio.ui.widgets.numbers import SEED_MAX, NumberField, SeedField
from studio.ui.widgets.progress import ProgressBar
from studio.ui.widgets.surfaces import Banner, EmptyState, Pill
from studio.ui.widgets.text import ElidedLabel, KeyValueGrid, Label, Paragraph
from studio.ui.widgets.toast import Toast


def test_a_loading_button_ignores_presses_and_keeps_its_name(qtbot, window) -> None:
    button = Button("Generate", "primary", "create")
    window(button)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    button.set_loading(True)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert not pressed
    assert button.accessibleName() == "Generate"
    button.set_loading(False)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed


def test_object_names_are_the_accessible_names_in_snake_case() -> None:
    assert TextField("Search library").objectName() == "search_library"
    assert Button("Generate 4", name="Generate").objectName() == "generate"


def test_a_buttons_price_is_its_description(qapp) -> None:
    button = Button("Generate 4", note="· ≈ 0.008 pollen")
    wide = button.sizeHint().width()
    button.set_note("")
    assert button.accessibleDescription() == ""
    assert button.sizeHint().width() < wide


def test_segments_tell_what_the_user_chose_and_keep_it(qtbot, window) -> None:
    segments = Segmented("Size", [("a", "1:1"), ("b", "4:3"), ("c", "3:2")], "b")
    window(segments)
    told: list[object] = []
    segments.changed.connect(told.append)
    segments.set_value("c")
    assert told == []
    qtbot.mouseClick(segments.part("a"), Qt.MouseButton.LeftButton)
    assert told == ["a"]
    segments.set_options([("a", "Square"), ("z", "Wide")])
    assert segments.value() == "a"
    segments.set_options([("x", "X"), ("y", "Y")])
    assert segments.value() == "x"


def test_stars_rate_by_click_and_by_digit_and_clear(qtbot, window) -> None:
    stars = RatingStars()
    window(stars)
    told: list[int] = []
    stars.rated.connect(told.append)
    step = stars.width() // 5
    qtbot.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(3 * step + step // 2, 8))
    qtbot.mouseClick(stars, Qt.MouseButton.LeftButton, pos=QPoint(3 * step + step // 2, 8))
    qtbot.keyClick(stars, Qt.Key.Key_5)
    assert told == [4, 0, 5]


def test_a_click_moves_the_slider_there(qtbot, window) -> None:
    slider = Slider("Quality", 0, 100, 0)
    window(slider)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=slider.rect().center())
    assert slider.value() == pytest.approx(50, abs=2)


def test_search_clears_with_escape_and_with_its_button(qtbot, window) -> None:
    search = SearchField("Search", shortcut="Ctrl+K")
    window(search)
    search.setFocus()
    qtbot.keyClicks(search, "fog")
    with qtbot.waitSignal(search.cleared):
        qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    qtbot.keyClicks(search, "fog")
    clear = next(b for b in search.findChildren(QPushButton) if b.accessibleName() == "Clear search")
    qtbot.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert search.text() == ""
    assert search.hasFocus()


def test_an_error_is_said(qapp) -> None:
    field = TextField("Name")
    field.set_error("A name cannot have a slash.")
    assert field.accessibleDescription() == "A name cannot have a slash."
    field.set_error("")
    assert field.error == ""


def test_the_prompt_grows_stops_and_submits(qtbot, window) -> None:
    prompt = PromptEdit("Prompt")
    window(prompt)
    low = prompt.sizeHint().height()
    prompt.set_text("line\n" * 10)
    middle = prompt.sizeHint().height()
    prompt.set_text("line\n" * 100)
    assert low < middle < prompt.sizeHint().height() == 320
    with qtbot.waitSignal(prompt.submitted):
        qtbot.keyClick(prompt.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_replacing_a_prompt_can_be_undone(qtbot, window) -> None:
    prompt = PromptEdit("Prompt")
    window(prompt)
    prompt.set_text("first")
    prompt.set_text("second")
    prompt.editor.undo()
    assert prompt.text() == "first"


def test_pasted_markup_stays_text(qapp) -> None:
    prompt = PromptEdit("Prompt")
    data = QMimeData()
    data.setHtml("<b>bold</b>")
    data.setText("bold")
    prompt.editor.insertFromMimeData(data)
    assert prompt.text() == "bold"
    assert "font-weight" not in prompt.editor.toHtml().split("<body")[1].split("<p", 1)[1]


def test_labels_do_not_read_markup(qapp) -> None:
    assert Label("<b>x</b>").textFormat() == Qt.TextFormat.PlainText


def test_number_arrows_step_within_bounds(qtbot, window) -> None:
    number = NumberField("Images", 1, 3, 2)
    window(number)
    up = QPoint(number.width() - 12, number.height() // 4)
    down = QPoint(number.width() - 12, number.height() * 3 // 4)
    for _ in range(3):
        qtbot.mouseClick(number, Qt.MouseButton.LeftButton, pos=up)
    assert number.value() == 3
    for _ in range(5):
        qtbot.mouseClick(number, Qt.MouseButton.LeftButton, pos=down)
    assert number.value() == 1


@given(st.integers(-(2**70), 2**70))
def test_a_seed_stays_in_its_range(value: int) -> None:
    seed = SeedField("Seed", 0)
    seed.set_value(value)
    assert 0 <= seed.value() <= SEED_MAX
    assert seed.text() == str(seed.value())


def test_a_seed_is_always_concrete(qtbot, window) -> None:
    seed = SeedField("Seed", 42)
    other = Button("Other")
    window(seed, other)
    told: list[object] = []
    seed.changed.connect(told.append)
    seed.setFocus()
    seed.selectAll()
    qtbot.keyClick(seed, Qt.Key.Key_Backspace)
    other.setFocus()
    assert (seed.text(), seed.value(), told) == ("42", 42, [])
    seed.roll()
    assert told == [seed.value()]
    assert SeedField("Seed").value() >= 0


def test_a_locked_seed_says_so(qtbot, window) -> None:
    seed = SeedField("Seed", 42)
    window(seed)
    with qtbot.waitSignal(seed.lock_changed):
        seed.set_locked(True)
    assert seed.locked


def test_a_filter_is_removed_by_its_cross_or_by_delete(qtbot, window) -> None:
    pill = Pill("Pictures", closable=True)
    window(pill)
    pill.setFixedSize(pill.sizeHint())
    with qtbot.waitSignal(pill.removed):
        qtbot.mouseClick(pill, Qt.MouseButton.LeftButton, pos=QPoint(pill.width() - 14, pill.height() // 2))
    with qtbot.waitSignal(pill.removed):
        qtbot.keyClick(pill, Qt.Key.Key_Delete)


def test_progress_is_limited_and_may_be_unknown(qapp) -> None:
    bar = ProgressBar("Upload")
    bar.set_share(7.0)
    assert bar.value() == bar.maximum()
    bar.set_share(None)
    assert bar.maximum() == 0


def test_an_elided_label_tells_the_whole_text(window) -> None:
    label = ElidedLabel("a long name\nof a picture " * 20)
    window(label, width=200)
    assert label.elided
    assert label.toolTip() == label.text == label.accessibleName()
    assert "\n" not in label.text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200), st.integers(20, 400))
def test_a_paragraph_loses_no_word(text: str, width: int) -> None:
    paragraph = Paragraph(text)
    shown = "".join("".join(line.split()) for line in paragraph._broken(width))
    assert shown == "".join(text.split())
    assert paragraph.heightForWidth(width) > 0


def test_a_paragraph_can_be_capped(qapp) -> None:
    paragraph = Paragraph("word " * 200, lines=3)
    assert paragraph.heightForWidth(200) == 3 * Paragraph("word").heightForWidth(200)
    assert paragraph._broken(200)[-1].endswith("…")


def test_facts_update_in_place(qapp) -> None:
    grid = KeyValueGrid([("Model", "Flux"), ("Seed", "1")])
    grid.set_rows([("Model", "Veo"), ("Seed", "2")])
    assert grid.value("Model") == "Veo"
    grid.set_rows([("Cost", "0.1")])
    assert grid.value("Cost") == "0.1"
    with pytest.raises(KeyError):
        grid.value("Seed")


def test_a_disclosure_shows_its_content(qtbot, window) -> None:
    content = Label("inside")
    more = Disclosure("More options", "3 changed", content=content)
    window(more, content)
    assert not content.isVisible()
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert content.isVisible()


def test_a_drop_zone_takes_what_it_accepts(qtbot, window) -> None:
    zone = DropZone("Drop here", accepts=lambda data: data.hasUrls())
    window(zone)
    told: list[object] = []
    zone.dropped.connect(lambda data: told.append(data.urls()[0].toLocalFile()))
    data = QMimeData()
    data.setText("only text")
    QApplication.clipboard().setMimeData(data)
    qtbot.keyClick(zone, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == []
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/a.png")])
    QApplication.clipboard().setMimeData(data)
    qtbot.keyClick(zone, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert told == ["/a.png"]


def test_chips_flow_into_lines(window) -> None:
    page = window()
    holder = Label()
    flow = FlowLayout(holder)
    chips = [Pill(f"tag {number}") for number in range(12)]
    for chip in chips:
        flow.addWidget(chip)
    page.layout().insertWidget(0, holder)
    narrow, wide = flow.heightForWidth(200), flow.heightForWidth(2000)
    assert narrow > wide == chips[0].sizeHint().height()


def test_a_chip_of_any_length_does_not_widen_what_it_is_in(window) -> None:
    page = window()
    holder = Label()
    flow = FlowLayout(holder)
    chip = Pill("x" * 500, closable=True)
    flow.addWidget(chip)
    page.layout().insertWidget(0, holder)
    assert flow.minimumSize().width() < 200
    flow.setGeometry(QRect(0, 0, 240, 60))
    assert chip.width() == 240


def test_a_banner_acts_and_goes(qtbot, window) -> None:
    done: list[bool] = []
    banner = Banner("Offline", action="Try again", on_action=lambda: done.append(True), dismissable=True)
    window(banner)
    qtbot.mouseClick(banner.action, Qt.MouseButton.LeftButton)
    assert done
    close = next(b for b in banner.findChildren(QPushButton) if b.accessibleName() == "Dismiss")
    with qtbot.waitSignal(banner.dismissed):
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not banner.isVisible()


def test_an_empty_state_can_say_something_else(qtbot, window) -> None:
    empty = EmptyState("picture", "Nothing made yet", "It appears here.", action="Write a prompt")
    window(empty)
    assert empty.button.accessibleName() == "Write a prompt"
    empty.set_content("offline", "You are offline")
    assert empty.accessibleName() == "You are offline"
    assert not empty.button.isVisible()


def test_building_a_page_opens_no_window(window) -> None:
    page = window()
    made = [
        EmptyState("picture", "Nothing made yet", "It appears here.", action="Write a prompt"),
        Banner("Offline", action="Try again", dismissable=True),
        SearchField("Search", shortcut="Ctrl+K"),
        SeedField(),
        KeyValueGrid([("Model", "Flux")]),
        Sheet(page, "Delete?", "It goes to the trash."),
        Toast("Saved", detail="In the library", action="Show"),
    ]
    assert [w for w in QApplication.topLevelWidgets() if w.isVisible()] == [page]
    assert page.isActiveWindow()
    assert made


def test_the_sentence_of_an_empty_state_is_shown_whole(qapp: QApplication) -> None:
    """Also where there is more room than its line may take: it wraps, and gets the height it needs."""
    Theme("light", 1.0, True).apply(qapp)
    empty = EmptyState("create", "Nothing", "Write a prompt and press Generate. " * 3)
    empty.resize(900, 500)
    empty.show()
    sentence = empty.sentence
    assert sentence.height() >= sentence.heightForWidth(sentence.width()) > sentence.heightForWidth(5_000)
    empty.deleteLater()
