"""The inspector's parts: `studio.ui.inspector`, `studio.ui.asset_notes`, `studio.ui.selection_panel`."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.asset import Asset, Provenance
from studio.domain.media import MediaKind
from studio.ui.asset_notes import NoteField, TagsEditor
from studio.ui.inspector import Inspector, facts
from studio.ui.selection_panel import SelectionPanel
from studio.ui.theme import Theme


def asset(**changes: object) -> Asset:
    return Asset(
        id="a", kind=MediaKind.IMAGE, path="x.png", mime="image/png", size=412_000, sha256="0",
        created_at=datetime(2025, 3, 1, 12, tzinfo=UTC), width=64, height=48, prompt="a heron",
        provenance=Provenance(model="flux", seed=7, cost=Decimal("0.002"), sandbox=True), **changes,
    )  # type: ignore[arg-type]  # fmt: skip


def test_the_facts_name_whose_pollen_it_is() -> None:
    rows = dict(facts(asset(negative_prompt="people")))
    assert rows["Cost"] == "0.002 sandbox pollen"
    assert rows["Size"] == "64 × 48 · 412 kB"
    assert rows["Without"] == "people"


def test_a_note_of_one_asset_never_lands_on_another(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    inspector = Inspector([])
    heard: list[tuple[str, str]] = []
    inspector.noted.connect(lambda one, text: heard.append((one.id, text)))
    inspector.show_asset(asset())
    inspector.note.set_text("half a thought")
    inspector.show_asset(None)
    assert heard == [("a", "half a thought")]
    inspector.show_selection(12, 40, trashed=True)
    assert inspector.selection.title.text() == "12 chosen"
    assert not inspector.selection.buttons["delete"].isHidden()
    inspector.deleteLater()


def test_tags_are_entered_with_commas_and_removed_by_their_chip(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    editor = TagsEditor()
    added: list[list[str]] = []
    removed: list[str] = []
    editor.added.connect(added.append)
    editor.removed.connect(removed.append)
    QTest.keyClicks(editor.field, "coast,  wild   dusk ")
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert added == [["coast"], ["wild dusk"]]
    editor.show_tags(["coast", "dusk"])
    editor._pills["coast"].click()
    assert removed == ["coast"]
    editor.show_tags(["dusk"])
    assert editor.tags() == ["dusk"]
    editor.deleteLater()


def test_a_note_is_told_once(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    field = NoteField()
    heard: list[str] = []
    field.left.connect(heard.append)
    field.show_note("before", other=True)
    field.take()
    field.set_text("after")
    field.take()
    field.take()
    assert heard == ["after"]
    field.deleteLater()


def test_the_panel_for_many_tells_what_is_wanted(qapp: QApplication) -> None:
    Theme("light", 1.0, True).apply(qapp)
    panel = SelectionPanel()
    heard: list[object] = []
    panel.bulk.connect(heard.append)
    panel.rated.connect(heard.append)
    panel.show_count(3, 3, trashed=False)
    QTest.keyClick(panel.stars, Qt.Key.Key_4)
    panel.buttons["trash"].click()
    assert heard == [4, "trash"]
    panel.deleteLater()
