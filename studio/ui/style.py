"""The one style sheet: what the painted widgets leave to Qt (menus, scroll bars, views, tips, handles).

A template, filled by `Theme` with its tokens; it holds no colour, size or font of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

_SHEET = Template(
    """
QToolTip {
  background: $surface; color: $text; border: $line solid $border;
  padding: $space_xs $space_sm; font-size: $font_caption;
}
QLineEdit { background: transparent; border: none; padding: 0; }
QFileDialog QLineEdit, QFileDialog QComboBox {
  background: $field; border: $line solid $border; border-radius: $radius_control;
  padding: $space_xs $space_sm;
}
QMenu {
  background: $surface; color: $text; border: $line solid $border; border-radius: $radius_large;
  padding: $space_xs; font-size: $font_body; menu-scrollable: 1;
}
QMenu::item {
  padding: $space_xs $space_xl $space_xs $space_sm; border-radius: $radius_control; margin: $line 0;
  min-height: $size_icon_large;
}
QMenu::item:selected { background: $raised; }
QMenu::item:disabled { color: $text3; }
QMenu::icon { padding-left: $space_sm; }
QMenu::indicator { width: 0; height: 0; }
QMenu::separator { height: $line; background: $border; margin: $space_xs $space_sm; }
QMenu::right-arrow { width: $size_icon_tiny; height: $size_icon_tiny; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: $size_scroll_bar; }
QScrollBar:horizontal { height: $size_scroll_bar; }
QScrollBar::handle { background: $border_strong; border-radius: $space_hair; margin: $scroll_inset; }
QScrollBar::handle:vertical { min-height: $space_xxl; }
QScrollBar::handle:horizontal { min-width: $space_xxl; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $text3; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QSplitter::handle { background: $border; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: $accent; }
QSplitter::handle:horizontal { width: $line; }
QSplitter::handle:vertical { height: $line; }
QTableView, QTreeView, QListView {
  background: transparent; border: none; outline: none; color: $text; gridline-color: $border;
  selection-background-color: $raised; selection-color: $text;
}
QTableView::item, QTreeView::item { padding: $space_xs $space_sm; border-bottom: $line solid $border; }
QListView::item { padding: $space_xs $space_sm; border-radius: $radius_control; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {
  background: $raised; color: $text;
}
QListView::item:hover { background: $raised; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
  background: transparent; color: $text2; border: none; border-bottom: $line solid $border;
  padding: $space_sm; font-size: $font_caption; font-weight: $weight_medium; text-align: left;
}
QTableCornerButton::section { background: transparent; border: none; }
"""
)

# Of documents that Qt lays out itself. Its style sheets know no margins of tables and no widths in lines.
_PAGE = Template(
    """
body { color: $text; font-size: $font_reading; }
h1 { font-size: $font_display; margin-top: 0; margin-bottom: $space_md; }
h2 { font-size: $font_title; margin-top: $space_xxl; margin-bottom: $space_sm; }
h3 { font-size: $font_reading; margin-top: $space_xl; margin-bottom: $space_xs; }
p { margin-top: 0; margin-bottom: $space_md; line-height: $leading; }
li { margin-bottom: $space_xs; line-height: $leading; }
ul, ol { margin-top: 0; margin-bottom: $space_md; }
a { color: $accent_text; }
code { background-color: $raised; font-size: $font_body; }
pre { background-color: $raised; margin-top: $space_xs; margin-bottom: $space_md; font-size: $font_body; }
blockquote { color: $text2; margin-left: $space_lg; }
table { border-collapse: collapse; border-style: none; margin-bottom: $space_lg; }
th { text-align: left; color: $text2; font-weight: $weight_medium; font-size: $font_body; }
th, td { padding: $space_sm; border-bottom: $line solid $border; }
hr { background-color: $border; }
.picture { margin-top: $space_md; margin-bottom: $space_xs; line-height: 100%; }
.caption { color: $text2; font-size: $font_body; margin-bottom: $space_xl; }
"""
)


def page(values: Mapping[str, str]) -> str:
    """The style sheet of a document for reading. KeyError when a name is not among the values."""
    return _PAGE.substitute(values)


def sheet(values: Mapping[str, str]) -> str:
    """The style sheet with every `$name` filled in. KeyError when a name is not among the values."""
    return _SHEET.substitute(values)
