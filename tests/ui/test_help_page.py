from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.domain.guide import make_page
from studio.ui.help_page import COLUMN, HelpPage, load_pictures
from studio.ui.theme import Theme

TEXT = "# Top\n\nSee [the end](#end) and [a site](https://example.org).\n\n![A](a.png)\n\n" + (
    "Words to scroll past.\n\n" * 60 + "## End\n\nThe needle.\n"
)


@pytest.fixture
def page(qapp: QApplication) -> Iterator[HelpPage]:
    Theme("light", 1.0, True).apply(qapp)
    page = HelpPage("Page")
    page.resize(700, 400)
    page.show()
    made = make_page("x.md", TEXT)
    page.show_page(made.title, made.html, {})
    yield page
    page.close()
    page.deleteLater()


def test_anchors_and_places_are_reached(page: HelpPage) -> None:
    assert page.place == 0
    page.go_to_anchor("end")
    assert page.place > 0.9
    assert page.textCursor().block().text() == "End"
    down = page.place
    page.show_pictures({})
    assert page.place == pytest.approx(down, abs=0.02)


def test_links_are_reached_and_followed_by_keyboard(page: HelpPage) -> None:
    followed: list[str] = []
    page.link_wanted.connect(followed.append)
    page.setFocus()
    for _ in range(2):
        QTest.keyClick(page, Qt.Key.Key_Tab)
        QTest.keyClick(page, Qt.Key.Key_Return)
    assert followed == ["x.md#end", "https://example.org"]


def test_words_are_marked_until_another_page_comes(page: HelpPage) -> None:
    page.mark(("needle", "WORDS"))
    assert len(page.extraSelections()) == 61
    page.show_page("X", "<p>needle</p>", {})
    assert page.extraSelections() == []


def test_the_look_and_the_size_of_text_are_the_theme_s(page: HelpPage, qapp: QApplication) -> None:
    wanted: list[None] = []
    page.width_changed.connect(lambda: wanted.append(None))
    sizes, colors = [], []
    for theme in (Theme("light", 1.0, True), Theme("dark", 1.5, True)):
        theme.apply(qapp)
        page.show_pictures({})
        block = page.document().begin()
        sizes.append(block.begin().fragment().charFormat().font().pixelSize())
        colors.append(block.begin().fragment().charFormat().foreground().color())
    assert sizes[1] == pytest.approx(1.5 * sizes[0])
    assert colors == [Theme("light").tokens.text, Theme("dark").tokens.text]
    assert wanted


def test_pictures_are_made_for_the_width(tmp_path: Path, page: HelpPage) -> None:
    wide, broken = QImage(1600, 400, QImage.Format.Format_RGB32), tmp_path / "broken.png"
    wide.save(str(tmp_path / "a.png"))
    broken.write_bytes(b"no picture")
    files = {"a.png": tmp_path / "a.png", "b.png": broken, "c.png": tmp_path / "gone.png"}
    plain = load_pictures(files, 400, 1.0)
    assert set(plain) == {"a.png"}
    assert plain["a.png"].size().toTuple() == (400, 100)
    sharp = load_pictures(files, 400, 2.0)["a.png"]
    assert sharp.size().toTuple() == (800, 200)
    assert sharp.deviceIndependentSize().toTuple() == (400, 100)
    # A small one is not blown up.
    assert load_pictures(files, 3000, 1.0)["a.png"].deviceIndependentSize().width() == 1600
    page.show_pictures(plain)
    kind = int(QTextDocument.ResourceType.ImageResource.value)
    assert not page.document().resource(kind, "a.png").isNull()


def test_lines_are_not_longer_than_one_reads(page: HelpPage) -> None:
    assert page.column < 700
    page.resize(1400, 400)
    assert page.column == COLUMN
    assert page.viewport().width() == COLUMN
