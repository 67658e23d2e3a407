"""The menu of a message."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from studio.core.i18n import tr
from studio.domain.conversation import AttachmentPiece
from studio.ui.transcript.ordering import OrderingTranscript
from studio.ui.widgets.popover import Menu


def message_menu(view: OrderingTranscript, row: int, link: str = "") -> Menu:
    """What can be done with the message of a row, and with the link under the pointer. It deletes itself."""
    menu = Menu(view)
    turn = view.model().turns[row]
    if link and not link.startswith("#"):
        menu.add(tr("Open link"), lambda: view.order("open_link", row, link), "open-outside")
        menu.add(tr("Copy address"), lambda: QGuiApplication.clipboard().setText(link), "link")
        menu.addSeparator()
    if view.selection is not None:
        menu.add(tr("Copy selection"), view.copy, "copy", shortcut="Ctrl+C")
        menu.add(tr("Copy selection as plain text"), lambda: view.copy(plain=True), shortcut="Ctrl+Shift+C")
        menu.addSeparator()
    menu.add(tr("Copy message"), lambda: view.copy_row(row), "copy")
    if not turn.question:
        menu.add(tr("Copy message as plain text"), lambda: view.copy_row(row, plain=True))
        menu.add(tr("Show source"), lambda: view.set_raw(row, not view.is_raw(row)), checked=view.is_raw(row))
    menu.addSeparator()
    if not view.is_streaming(row):
        if not turn.question:
            words = tr("Stop reading aloud") if view.reads_aloud else tr("Read aloud")
            menu.add(words, lambda: view.order("read_aloud", row, view.model().text(row)), "speaker")
        _add_ways_on(menu, view, row)
    _add_marks(menu, view, row)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _add_ways_on(menu: Menu, view: OrderingTranscript, row: int) -> None:
    turn = view.model().turns[row]
    if turn.question:
        menu.add(tr("Edit"), lambda: view.order("edit", row), "edit", shortcut="F2")
    else:
        menu.add(tr("Ask again"), lambda: view.order("regenerate", row), "refresh")
        menu.add(tr("Ask another model…"), lambda: view.order("regenerate_with", row), "model")
        menu.add(tr("Continue"), lambda: view.order("continue", row), "arrow-right")
    menu.add(tr("Branch into new chat"), lambda: view.order("fork", row), "branch")
    made = [
        piece
        for message_id in turn.ids
        for piece in view.model().pieces(message_id)
        if isinstance(piece, AttachmentPiece) and piece.asset_id
    ]
    if len(made) == 1:
        menu.add(tr("Open file"), lambda: view.order("open_asset", row, made[0].asset_id), "zoom-in")
    menu.addSeparator()


def _add_marks(menu: Menu, view: OrderingTranscript, row: int) -> None:
    model = view.model()
    turn = model.turns[row]
    nodes = [model.node(message_id) for message_id in turn.ids]
    included, pinned = all(node.included for node in nodes), any(node.pinned for node in nodes)
    menu.add(tr("Keep in what is sent"), lambda: view.order("pin", row, not pinned), "pin", checked=pinned)
    menu.add(
        tr("Leave out of what is sent"),
        lambda: view.order("include", row, not included),
        "eye-off",
        checked=not included,
    )
    if not view.is_streaming(row):
        menu.addSeparator()
        menu.add(
            tr("Delete from here on"), lambda: view.remove_row(row), "trash", shortcut="Del", danger=True
        )
