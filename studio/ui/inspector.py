"""The inspector: everything about one asset, and the verbs one can do with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import date_and_time, number, tr
from studio.domain.asset import Asset
from studio.domain.chat_origin import message_of
from studio.domain.grid import read_grid
from studio.domain.markdown_text import reveal
from studio.domain.media import MediaKind
from studio.domain.money import pollen
from studio.qt_models.asset_list import clock
from studio.ui.amounts import file_size
from studio.ui.asset_menu import Line
from studio.ui.asset_notes import CollectionChips, NoteField, TagsEditor
from studio.ui.asset_verbs import verbs_for, verbs_of, why_not
from studio.ui.selection_panel import SelectionPanel
from studio.ui.theme import BORDER, Radius, Space, Theme
from studio.ui.widgets.base import name_widget, paint_box, painter_for
from studio.ui.widgets.buttons import Button, IconButton, PaintedButton
from studio.ui.widgets.choice import RatingStars
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.surfaces import Divider, EmptyState, Pill, Surface
from studio.ui.widgets.text import KeyValueGrid, Label, SectionHeader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 304
MOST_BUTTONS, FEW_BUTTONS = 6, 4
"""More verbs than the first number show as many buttons as the second, and a menu."""
LONGEST_WORDS = 1_200
"""So much of a prompt stands here; more is read in a sheet of its own."""
MOST_FOREIGN, LONGEST_FOREIGN = 16, 160
"""So many parameters of another program are listed, and so much of each."""
TALLEST = 1.25
"""A preview is at most this many times as high as it is wide."""


_READ = frozenset({MediaKind.TRANSCRIPT, MediaKind.TEXT, MediaKind.OTHER})
"""What no picture can be shown of."""


class Preview(PaintedButton):
    """The picture at the inspector's width, with rounded corners; pressing it opens the viewer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_widget(self, tr("Show large"))
        self._pixmap = QPixmap()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._ratio = 1.0

    def ring_radius(self) -> float:
        return Radius.CARD

    def show_picture(self, pixmap: QPixmap | None, ratio: float) -> None:
        """`ratio` is height over width; the room is kept while the picture is on its way."""
        self._pixmap = pixmap or QPixmap()
        self._ratio = min(max(ratio, 0.2), TALLEST)
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.update()

    def heightForWidth(self, width: int) -> int:
        return round(width * self._ratio)

    def hasHeightForWidth(self) -> bool:
        return True

    def sizeHint(self) -> QSize:
        return QSize(260, self.heightForWidth(260))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, _theme, t = painter_for(self)
        box = QRectF(self.rect())
        paint_box(painter, box, t.raised, None, Radius.CARD)
        if self._pixmap.isNull():
            return
        clip = QPainterPath()
        clip.addRoundedRect(box, Radius.CARD, Radius.CARD)
        painter.setClipPath(clip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding)
        place = QRectF(
            (self.width() - size.width()) / 2,
            (self.height() - size.height()) / 2,
            size.width(),
            size.height(),
        )
        painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))


class Inspector(Surface):
    """Preview, rating, prompt, verbs, facts.

    Args:
        verbs: (id, label, icon) of the buttons, shown as far as they fit the asset; `verb` is emitted with
            the id and the asset.
    """

    verb = Signal(str, object)
    rated = Signal(int)
    tags_added = Signal(list)
    tag_removed = Signal(str)
    noted = Signal(object, str)
    """The asset, and what its note is now."""
    bulk = Signal(str)
    """"all", "compare", "collect", "export", "trash", "restore" or "delete" for everything that is chosen."""

    def __init__(self, verbs: Sequence[tuple[str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__("surface", "left", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        name_widget(self, "Inspector")
        self._asset: Asset | None = None
        self.verb_buttons: dict[str, Button] = {}
        self._chosen = 0
        self._all_verbs = verbs
        self._empty = EmptyState(
            "picture", tr("Nothing chosen"), tr("Choose a picture to see how it was made.")
        )
        self._area = ScrollColumn()
        column = QVBoxLayout(self)
        column.setContentsMargins(round(BORDER), 0, 0, 0)
        self.selection = SelectionPanel()
        self.selection.rated.connect(self.rated)
        self.selection.tagged.connect(self.tags_added)
        self.selection.bulk.connect(self.bulk)
        self.selection.hide()
        column.addWidget(self._empty, 1)
        column.addWidget(self._area, 1)
        column.addWidget(self.selection, 1)
        self._build()
        self.show_asset(None)

    def _build(self) -> None:
        column = self._area.column
        self._preview = Preview()
        self._preview.clicked.connect(lambda: self._emit("open"))
        column.addWidget(self._preview)
        self._stack = Label("", "caption", "text2", wrap=True)
        self._stack.hide()
        column.addWidget(self._stack)
        column.addLayout(self._rating_row())
        self._prompt = Label("", wrap=True)
        self._prompt.set_selectable()
        column.addWidget(self._prompt)
        self.whole = Button(tr("Show the whole text"), "quiet", "document", size="small")
        self.whole.clicked.connect(lambda: self._emit("read"))
        column.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignLeft)
        self._fitting: Sequence[Line] = verbs_for(self._all_verbs, MediaKind.IMAGE)
        self._verbs = self._verb_grid(self._fitting)
        self._trash_verbs = self._verb_grid(
            (("restore", tr("Restore"), "restore"), ("delete", tr("Delete for good"), "trash"))
        )
        self.origin = Button(tr("Show in chat"), "secondary", "chat")
        self.origin.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.origin.clicked.connect(lambda: self._emit("show_in_chat"))
        self.grid = Button(tr("Open its grid"), "secondary", "grid")
        self.grid.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.grid.clicked.connect(lambda: self._emit("grid"))
        column.addWidget(self._verbs)
        column.addWidget(self.origin)
        column.addWidget(self.grid)
        column.addWidget(self._trash_verbs)
        column.addWidget(Divider())
        self._facts = KeyValueGrid()
        column.addWidget(self._facts)
        self._sandbox = Pill(tr("Made in the sandbox"), "sandbox", tone="accent", static=True)
        column.addWidget(self._sandbox, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(Divider())
        self.tags = TagsEditor()
        self.tags.added.connect(self.tags_added)
        self.tags.removed.connect(self.tag_removed)
        self.note = NoteField()
        self.note.left.connect(lambda text: self._asset and self.noted.emit(self._asset, text))
        self.collections = CollectionChips()
        sections = ((tr("Tags"), self.tags), (tr("Collections"), self.collections), (tr("Note"), self.note))
        for title, control in sections:
            box = QVBoxLayout()
            box.setSpacing(Space.SM)
            box.addWidget(SectionHeader(title, buddy=control))
            box.addWidget(control)
            column.addLayout(box)
        column.addStretch(1)

    def add_section(self, widget: QWidget) -> None:
        """Put something under the facts, above what the user writes."""
        self._area.column.insertWidget(self._area.column.indexOf(self._sandbox) + 1, widget)

    def _verb_grid(self, verbs: Sequence[tuple[str, str, str]]) -> QWidget:
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        grid.setSpacing(Space.SM)
        shown = verbs if len(verbs) <= MOST_BUTTONS else verbs[:FEW_BUTTONS]
        if len(shown) < len(verbs):
            grid.addWidget(self._more_button(verbs[len(shown) :]), len(shown) // 2, 0, 1, 2)
        for index, (verb, label, icon) in enumerate(shown):
            button = Button(label, "secondary", icon)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _on=False, verb=verb: self._emit(verb))
            grid.addWidget(button, index // 2, index % 2)
            self.verb_buttons[verb] = button
        return box

    def _show_verbs(self, asset: Asset) -> None:
        """The buttons that fit an asset, in place of those of another one."""
        fitting = verbs_of(self._all_verbs, asset)
        if fitting != self._fitting:
            before, self._fitting = self._verbs, fitting
            self.verb_buttons.clear()
            self._verbs = self._verb_grid(fitting)
            self._area.column.replaceWidget(before, self._verbs)
            before.hide()
            before.deleteLater()

    def _more_button(self, verbs: Sequence[tuple[str, str, str]]) -> Button:
        """What there is no room for as buttons, in a menu."""
        more = Button(tr("More"), "quiet", "more", name=tr("More to do with it"))

        def open_menu() -> None:
            from studio.ui.widgets.popover import Menu

            menu = Menu(more)
            for verb, label, icon in verbs:
                why = why_not(verb, self._asset) if self._asset is not None else ""
                action = menu.add(label, lambda verb=verb: self._emit(verb), icon, enabled=not why)
                action.setToolTip(why)
                action.setStatusTip(why)
            menu.setToolTipsVisible(True)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup_under(more)

        more.clicked.connect(open_menu)
        return more

    def _rating_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.XS)
        self._stars = RatingStars(tr("Rating"))
        self._stars.rated.connect(self.rated)
        self._icons: dict[str, IconButton] = {}
        row.addWidget(self._stars)
        row.addStretch(1)
        for verb, icon, name in (
            ("copy_picture", "copy", tr("Copy picture")),
            ("show_file", "folder", tr("Show in folder")),
            ("trash", "trash", tr("Move to trash")),
        ):
            button = IconButton(icon, name)
            button.clicked.connect(lambda _on=False, verb=verb: self._emit(verb))
            row.addWidget(button)
            self._icons[verb] = button
        return row

    # ------------------------------------------------------------------ what is shown

    @property
    def first_stop(self) -> QWidget:
        """Where the focus goes when one comes here by keyboard."""
        return self._preview if self._preview.isVisible() else self._stars

    @property
    def asset(self) -> Asset | None:
        return self._asset

    def show_asset(self, asset: Asset | None, pixmap: QPixmap | None = None) -> None:
        """Show an asset with the picture at hand; None shows that nothing is chosen."""
        # A note that is being written belongs to the asset before.
        self.note.take()
        other = asset is None or self._asset is None or asset.id != self._asset.id
        self._asset = asset
        self._show_page()
        if asset is None:
            return
        trashed = asset.trashed_at is not None
        self._show_verbs(asset)
        self._verbs.setVisible(not trashed)
        for verb, button in self.verb_buttons.items():
            why = why_not(verb, asset) if verb not in ("restore", "delete") else ""
            button.setEnabled(not why)
            button.setToolTip(why)
            button.setAccessibleDescription(why)
        self.origin.setVisible(not trashed and bool(message_of(asset)))
        self.grid.setVisible(not trashed and read_grid(asset.provenance.grid) is not None)
        self._trash_verbs.setVisible(trashed)
        self._icons["trash"].setVisible(not trashed)
        self._icons["show_file"].setVisible(not trashed)
        self.tags.show_tags(asset.tags)
        self.note.show_note(asset.note, other=other)
        ratio = asset.height / asset.width if asset.width and asset.height else 1.0
        self._preview.show_picture(pixmap, ratio)
        self._preview.setVisible(asset.kind not in _READ)
        name = asset.prompt or asset.title or Path(asset.path).name
        self._preview.setAccessibleDescription(name[:LONGEST_WORDS])
        self._stars.setValue(asset.rating)
        words = asset.prompt or asset.title or Path(asset.path).name
        # Wrapping a novel takes a label seconds.
        self._prompt.setText(reveal(words if len(words) <= LONGEST_WORDS else f"{words[:LONGEST_WORDS]}…"))
        self.whole.setVisible(len(words) > LONGEST_WORDS)
        self._facts.set_rows(facts(asset))
        self._sandbox.setVisible(asset.provenance.sandbox)

    def show_stack(self, count: int) -> None:
        """The asset stands for a stack of `count`; 0 for one that stands for itself."""
        self._stack.setVisible(count > 1)
        self._stack.setText(
            tr("A stack of {n}. Stars, tags, collections, export and trash are for all of them.", n=count)
        )

    def show_selection(self, count: int, total: int, *, trashed: bool) -> None:
        """More than one of `total` is chosen: what can be done with all of them takes the one's place."""
        self.note.take()
        self._chosen = count
        self.selection.show_count(count, total, trashed=trashed)
        self._show_page()

    def _show_page(self) -> None:
        many = self._chosen > 1
        self.selection.setVisible(many)
        self._empty.setVisible(not many and self._asset is None)
        self._area.setVisible(not many and self._asset is not None)

    def show_strip(self, strip: QWidget | None) -> None:
        """What plays a sound takes the preview's place; None gives it back."""
        self._preview.setVisible(strip is None and not (self._asset and self._asset.kind in _READ))
        if strip is not None and strip.parentWidget() is None:
            self._area.column.insertWidget(0, strip)
        if strip is not None:
            strip.show()

    def show_picture(self, asset_id: str, pixmap: QPixmap) -> None:
        """The decoded picture arrived; ignored when another asset is shown meanwhile."""
        if self._asset is not None and self._asset.id == asset_id:
            ratio = pixmap.height() / pixmap.width() if pixmap.width() else 1.0
            self._preview.show_picture(pixmap, ratio)

    def preview_width(self) -> int:
        """Device pixels a preview needs."""
        return round(max(self._preview.width(), 1) * self.devicePixelRatioF())

    def _emit(self, verb: str) -> None:
        if self._asset is not None:
            self.verb.emit(verb, self._asset)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)


def facts(asset: Asset) -> list[tuple[str, str]]:
    """The lines of the grid; what is not known has no line."""
    made = asset.provenance
    rows: list[tuple[str, str]] = []
    model = made.model_title or made.model
    if model:
        rows.append((tr("Model"), model))
    names = (made.model, made.model_title, *made.model_info.get("aliases", ()))
    if made.model_used and made.model_used not in names:
        rows.append((tr("Made by"), made.model_used))
    if made.seed is not None:
        rows.append((tr("Seed"), str(made.seed)))
    size = f"{asset.width} × {asset.height} · " if asset.width and asset.height else ""
    rows.append((tr("Size"), size + file_size(asset.size)))
    if asset.duration:
        rows.append((tr("Length"), clock(asset.duration)))
    if asset.negative_prompt:
        rows.append((tr("Without"), asset.negative_prompt[:LONGEST_WORDS]))
    rows += _of_others(made.request, {name for name, _value in rows} | {tr("Made"), tr("Cost")})
    if made.request.get("quality"):
        rows.append((tr("Quality"), str(made.request["quality"])))
    in_grid = read_grid(made.grid)
    if in_grid is not None:
        grid, place = in_grid
        rows.append((tr("Grid"), f"{grid.title}: {grid.words(place)}"))
    if made.cost is not None:
        about = "≈ " if made.cost_source == "estimate" else ""
        unit = tr("sandbox pollen") if made.sandbox else tr("pollen")
        rows.append((tr("Cost"), f"{about}{pollen(made.cost)} {unit}"))
    elif made.request_kind == "legacy":
        rows += _of_legacy(made.request, {name.lower() for name, _value in rows})
    rows.append((tr("Made"), _when(asset)))
    return rows


def _of_legacy(request: Mapping[str, Any], taken: set[str]) -> list[tuple[str, str]]:
    """What a model of the legacy service was given beside the words, and that nobody told the price."""
    given = request.get("input")
    inputs = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    rows: dict[str, str] = {}
    for name, value in inputs.items():
        plain = isinstance(value, str | int | float) and not str(value).startswith(("http", "data:"))
        shown = _cut(name.replace("_", " "))
        if plain and str(value) and shown.lower() not in (*taken, "prompt", "prompts", "cost", "made"):
            words = (tr("Yes") if value else tr("No")) if isinstance(value, bool) else str(value)
            rows[shown[:1].upper() + shown[1:]] = _cut(words)
    return [*list(rows.items())[:MOST_FOREIGN], (tr("Cost"), tr("Not told by the legacy service"))]


def _of_others(request: Mapping[str, Any], taken: set[str]) -> list[tuple[str, str]]:
    """What the files of other programs tell: by their own names, cut where one value is a novel; without
    what is told already."""
    rows: list[tuple[str, str]] = []
    if program := request.get("program"):
        rows.append((tr("Made with"), str(program)))
    told = request.get("parameters")
    if isinstance(told, dict):
        pairs = list(cast("dict[str, Any]", told).items())[:MOST_FOREIGN]
        rows += [(name, _cut(str(value))) for name, value in pairs if name not in taken]
    if credentials := request.get("credentials"):
        rows.append((tr("Says it is by"), tr("{name}, not verified", name=_cut(str(credentials)))))
    if unreadable := request.get("unreadable"):
        rows.append((tr("Unreadable parameters"), _cut(str(unreadable))))
    return rows


def _cut(text: str) -> str:
    line = " ".join(text[: 2 * LONGEST_FOREIGN].split())
    return line if len(line) <= LONGEST_FOREIGN else line[: LONGEST_FOREIGN - 1] + "…"


def _when(asset: Asset) -> str:
    moment = asset.created_at.astimezone()
    now = datetime.now().astimezone()
    day = moment.date()
    if day == now.date():
        words = tr("today {time}", time=f"{moment:%H:%M}")
    else:
        words = date_and_time(moment)
    made = asset.provenance
    if made.sent_at is not None and made.received_at is not None:
        seconds = (made.received_at - made.sent_at).total_seconds()
        if seconds >= 0:
            words += tr(", in {seconds} s", seconds=number(seconds, 1))
    return words
