"""Render every widget in every state, light and dark, at 100 and 150 % font size.

    python scripts/specimen.py OUT_DIR

Needs no display. The PNGs are for looking at: spacing, contrast, clipped text, blurred icons.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.ui.dialogs import Sheet
from studio.ui.icons import PHOSPHOR
from studio.ui.theme import Size, Space, Theme, Weight
from studio.ui.widgets.base import FocusRing
from studio.ui.widgets.brand import Logo
from studio.ui.widgets.buttons import Button, IconButton, RoundButton, TabButton
from studio.ui.widgets.choice import Checkbox, RatingStars, Segmented, Slider, Switch
from studio.ui.widgets.fields import KeyCap, PromptEdit, SearchField, TextField
from studio.ui.widgets.layout import Disclosure, DropZone
from studio.ui.widgets.numbers import DecimalField, NumberField, SeedField
from studio.ui.widgets.options import Option
from studio.ui.widgets.popover import Menu
from studio.ui.widgets.progress import ProgressBar, Skeleton, Spinner
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import (
    Avatar,
    Badge,
    Banner,
    Card,
    Divider,
    EmptyState,
    IconLabel,
    Pill,
    Surface,
)
from studio.ui.widgets.text import ElidedLabel, KeyValueGrid, Label, Paragraph, SectionHeader
from studio.ui.widgets.toast import ToastStack

PROMPT = (
    "A lighthouse on a basalt cliff at dusk, low fog rolling over the sea, "
    "{warm lamp light|cold moonlight}, 35 mm film"
)
MODELS = (
    Option("flux", "Flux Schnell", "0.002 each", "Fast pictures", "model", "Favourites"),
    Option(
        "zimage", "Z-Image Turbo", "0.002 each", "Fast, good with words in pictures", "model", "Favourites"
    ),
    Option(
        "gptimage", "GPT Image 1.5", "≈ 0.05 each", "Edits with several references", "model", "All models"
    ),
    Option("kontext", "Kontext", "0.04 each", "Edits one picture", "model", "All models"),
    Option("seedream", "Seedream 5", "0.03 each", "Large pictures", "model", "All models"),
    Option("veo", "Veo 3.1 Fast", "0.1 per s", "Not answering since 14:02", "video", "Video", enabled=False),
    Option("wan", "Wan 2.6", "0.05 per s", "Up to 15 seconds with sound", "video", "Video"),
)


STATES = (("done", "ok"), ("busy", "warn"), ("failed", "bad"), ("queued", "info"), ("check this", "accent"))


def picture(width: int, height: int, seed: int) -> QPixmap:
    """A stand-in for a result: layered hills under a sky."""
    skies = (("#FFD08A", "#E0706A"), ("#8FA3CC", "#27345C"), ("#CFEBDC", "#4E9384"), ("#3A2A5C", "#8A6AA0"))
    top, bottom = skies[seed % len(skies)]
    made = QPixmap(width, height)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, height)
    sky.setColorAt(0, QColor(top))
    sky.setColorAt(1, QColor(bottom))
    painter.fillRect(made.rect(), sky)
    painter.setPen(Qt.PenStyle.NoPen)
    for layer in range(4):
        painter.setBrush(QColor(bottom).darker(130 + 45 * layer))
        base = height * (0.45 + 0.14 * layer)
        points = [QPointF(0, height)]
        for step in range(9):
            lift = ((seed * 7 + layer * 13 + step * 31) % 17) / 17 * height * 0.12
            points.append(QPointF(width * step / 8, base - lift))
        painter.drawPolygon([*points, QPointF(width, height)])
    painter.end()
    return made


class Picture(QLabel):
    """A rounded picture of a fixed size."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        super().__init__()
        source = picture(width, height, seed)
        rounded = QPixmap(width, height)
        rounded.fill(Qt.GlobalColor.transparent)
        painter = QPainter(rounded)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(source)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(rounded.rect(), Space.SM, Space.SM)
        painter.end()
        self.setPixmap(rounded)
        self.setFixedSize(width, height)


def column(parent: QWidget, margin: int = Space.LG, spacing: int = Space.SM) -> QVBoxLayout:
    made = QVBoxLayout(parent)
    made.setContentsMargins(margin, margin, margin, margin)
    made.setSpacing(spacing)
    return made


def row(*widgets: QWidget, spacing: int = Space.SM, stretch: bool = True) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for widget in widgets:
        made.addWidget(widget)
    if stretch:
        made.addStretch(1)
    return made


def hovered(widget: QWidget) -> QWidget:
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    return widget


def disabled(widget: QWidget) -> QWidget:
    widget.setEnabled(False)
    return widget


def focused(widget: QWidget) -> QWidget:
    widget.setProperty("ring", True)
    return widget


def show_rings(page: QWidget) -> None:
    """Draw every widget marked by `focused` as focused; the program itself shows one ring at a time."""
    for widget in page.findChildren(QWidget):
        if widget.property("ring"):
            host = widget.parentWidget()
            widget._ring = True
            FocusRing(host, widget)


def top_bar(current: str = "Create") -> Surface:
    bar = Surface("surface", "bottom")
    bar.setFixedHeight(Theme.current().px(Size.TOP_BAR))
    line = QHBoxLayout(bar)
    line.setContentsMargins(Space.LG, Space.NONE, Space.LG, Space.NONE)
    line.setSpacing(Space.XS)
    line.addWidget(Logo())
    line.addSpacing(Space.MD)
    for text in ("Create", "Library", "Chat", "Audio", "Account"):
        tab = TabButton(text, text.lower())
        tab.setChecked(text == current)
        line.addWidget(tab)
    line.addStretch(1)
    search = SearchField("Search everything", "Search everything", "Ctrl+K", filled=True)
    search.setFixedWidth(Theme.current().px(280))
    line.addWidget(search)
    line.addSpacing(Space.SM)
    line.addWidget(Pill("2 jobs", "jobs", filled=True))
    line.addSpacing(Space.XS)
    line.addWidget(Pill("3.102 pollen", "pollen", tone="accent"))
    line.addSpacing(Space.XS)
    line.addWidget(Avatar("Your name"))
    return bar


def form() -> Surface:
    panel = Surface("surface", "right")
    panel.setFixedWidth(Theme.current().px(316))
    lines = column(panel)
    prompt = focused(PromptEdit("Prompt"))
    prompt.set_text(PROMPT)
    heading = SectionHeader("Prompt", buddy=prompt)
    heading.add_action(IconButton("history", "Earlier prompts", size="tiny"))
    lines.addWidget(heading)
    lines.addWidget(prompt)
    lines.addWidget(Label("2 variants from {…} × 2 images = 4", "caption", "text2"))
    lines.addSpacing(Space.XS)
    lines.addWidget(SectionHeader("Model", "58 available"))
    lines.addWidget(Select("Model", MODELS, "flux"))
    lines.addSpacing(Space.XS)
    lines.addWidget(SectionHeader("Size", "1024 × 1024"))
    ratios = [(text, text) for text in ("1:1", "4:3", "3:2", "16:9", "9:16", "…")]
    lines.addWidget(Segmented("Aspect", ratios, "1:1"))
    lines.addSpacing(Space.XS)
    seeds = QGridLayout()
    seeds.setHorizontalSpacing(Space.SM)
    seeds.setVerticalSpacing(Space.SM)
    seeds.addWidget(SectionHeader("Seed"), 0, 0)
    seeds.addWidget(SectionHeader("Images"), 0, 1)
    seeds.addWidget(SeedField("Seed", 1832551904), 1, 0)
    seeds.addWidget(NumberField("Images", 1, 16, 2), 1, 1)
    seeds.setColumnStretch(0, 2)
    seeds.setColumnStretch(1, 1)
    lines.addLayout(seeds)
    lines.addSpacing(Space.XS)
    lines.addWidget(Switch("Enhance prompt", wide=True, checked=True))
    lines.addWidget(Switch("Transparent", wide=True))
    lines.addWidget(SectionHeader("References", "up to 4"))
    lines.addLayout(row(Picture(60, 60, 3), DropZone("Drop, paste or choose"), stretch=False))
    lines.addWidget(Disclosure("More options", "3 changed"))
    lines.addStretch(1)
    lines.addWidget(Button("Generate 4", "primary", "create-fill", size="large", note="· ≈ 0.008 pollen"))
    leaves = Label("Leaves 3.094 · Ctrl+Enter", "caption", "text2", tabular=True)
    leaves.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    lines.addWidget(leaves)
    return panel


def job(title: str, detail: str, share: float | None, time: str) -> Card:
    card = Card(padding=Space.MD)
    line = QHBoxLayout()
    line.setSpacing(Space.MD)
    thumb = Skeleton()
    thumb.setFixedSize(44, 44)
    line.addWidget(thumb)
    words = QVBoxLayout()
    words.setSpacing(Space.SM)
    name = ElidedLabel(title, weight=Weight.SEMIBOLD)
    head = QHBoxLayout()
    head.setSpacing(Space.SM)
    head.addWidget(name, 1)
    head.addWidget(Label(detail, tone="text2", tabular=True))
    head.addWidget(Label(time, tone="text2", tabular=True))
    words.addLayout(head)
    bar = ProgressBar(f"{title} progress")
    bar.set_share(share)
    words.addWidget(bar)
    line.addLayout(words, 1)
    line.addWidget(Button("Cancel", "quiet"))
    card.body.addLayout(line)
    return card


def gallery() -> QWidget:
    page = Surface("bg")
    lines = column(page, Space.LG, Space.MD)
    lines.addWidget(
        job(
            "A lighthouse on a basalt cliff at dusk, low fog rolling over the sea",
            "2 of 4",
            0.62,
            "00:06 of ≈ 00:09",
        )
    )
    lines.addWidget(job("Harbour at dawn, gulls", "Veo 3.1 Fast", None, "00:14"))
    search = SearchField("Search library", "model:flux rating:>3 fog")
    grid = IconButton("grid", "Grid")
    grid.setCheckable(True)
    grid.setChecked(True)
    filters = row(
        search,
        Pill("Pictures", closable=True),
        Pill("Model", menu=True),
        Pill("Rating", menu=True),
        stretch=False,
    )
    filters.addStretch(1)
    filters.addWidget(Label("12,408 of 100,214", tone="text2", tabular=True))
    filters.addWidget(grid)
    filters.addWidget(IconButton("list", "List"))
    lines.addLayout(filters)
    for start in (0, 4, 8):
        lines.addLayout(row(*(Picture(182, 176, start + i) for i in range(4)), spacing=Space.SM))
    lines.addStretch(1)
    return page


def inspector() -> Surface:
    panel = Surface("surface", "left")
    panel.setFixedWidth(Theme.current().px(304))
    lines = column(panel, Space.LG, Space.MD)
    lines.addWidget(Picture(272, 272, 0))
    marks = row(RatingStars(value=4))
    for name, tip in (
        ("heart", "Favourite"),
        ("folder-add", "Add to collection"),
        ("trash", "Move to trash"),
    ):
        marks.addWidget(IconButton(name, tip))
    lines.addLayout(marks)
    lines.addWidget(Paragraph(PROMPT.replace("{", "").replace("|cold moonlight}", "")))
    verbs = QGridLayout()
    verbs.setSpacing(Space.SM)
    for index, (text, icon) in enumerate(
        (("Use all", "use-all"), ("Vary", "vary"), ("Edit", "edit"), ("Animate", "animate"))
    ):
        verbs.addWidget(Button(text, "secondary", icon), index // 2, index % 2)
    lines.addLayout(verbs)
    lines.addWidget(Divider())
    facts = [
        ("Model", "Flux Schnell"),
        ("Seed", "1832551904"),
        ("Size", "1024 × 1024 · 412 kB"),
        ("Cost", "0.002 pollen"),
        ("Made", "today 14:32, in 3.1 s"),
    ]
    lines.addWidget(KeyValueGrid(facts))
    lines.addWidget(Divider())
    lines.addWidget(SectionHeader("Lineage", "3 steps"))
    lines.addStretch(1)
    return panel


def create_page() -> QWidget:
    page = Surface("bg")
    lines = column(page, Space.NONE, Space.NONE)
    lines.addWidget(top_bar())
    body = row(form(), gallery(), inspector(), spacing=Space.NONE, stretch=False)
    body.setStretch(1, 1)
    lines.addLayout(body, 1)
    return page


def states(make: Callable[[], QWidget]) -> list[QWidget]:
    return [make(), hovered(make()), focused(make()), disabled(make())]


def controls_page() -> QWidget:
    page = Surface("surface")
    grid = QGridLayout(page)
    grid.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
    grid.setHorizontalSpacing(Space.XL)
    grid.setVerticalSpacing(Space.MD)
    for index, name in enumerate(("", "Usual", "Pointer", "Focus", "Disabled")):
        grid.addWidget(Label(name, "caption", "text2", weight=Weight.MEDIUM), 0, index)
    kinds: list[tuple[str, Callable[[], QWidget]]] = [
        ("Primary", lambda: Button("Generate 4", "primary", "create-fill", note="· ≈ 0.008")),
        ("Secondary", lambda: Button("Use all", "secondary", "use-all")),
        ("Outline", lambda: Button("Export", "outline", "export")),
        ("Quiet", lambda: Button("Cancel", "quiet")),
        ("Danger", lambda: Button("Delete", "danger", "trash")),
        ("Small", lambda: Button("Undo", "secondary", size="small")),
        ("Icon", lambda: IconButton("heart", "Favourite")),
        ("Round", lambda: RoundButton("play", "Play")),
        ("Tab", lambda: TabButton("Library", "library")),
        ("Text", lambda: TextField("Name", "Untitled")),
        ("Search", lambda: SearchField("Search", "Search", "Ctrl+K")),
        ("Number", lambda: NumberField("Images", 1, 16, 4)),
        ("Decimal", lambda: DecimalField("Guidance", 0, 20, 7.5)),
        ("Seed", lambda: SeedField("Seed", 1832551904)),
        ("Select", lambda: Select("Model", MODELS, "flux")),
        ("Switch", lambda: Switch("Enhance", checked=True)),
        ("Switch off", lambda: Switch("Enhance")),
        ("Check box", lambda: Checkbox("Keep metadata", checked=True)),
        ("Check box off", lambda: Checkbox("Keep metadata")),
        ("Slider", lambda: Slider("Quality", 0, 100, 60)),
        ("Stars", lambda: RatingStars(value=3)),
        ("Filter", lambda: Pill("Model", menu=True)),
        ("Filter on", lambda: Pill("Pictures", closable=True)),
        ("Balance", lambda: Pill("3.102 pollen", "pollen", tone="accent")),
        ("Avatar", lambda: Avatar("Your name")),
    ]
    for line, (name, make) in enumerate(kinds, 1):
        grid.addWidget(Label(name, tone="text2"), line, 0)
        for place, widget in enumerate(states(make), 1):
            fills = isinstance(widget, TextField | Select | Slider | NumberField | DecimalField)
            side = Qt.AlignmentFlag(0) if fills else Qt.AlignmentFlag.AlignLeft
            grid.addWidget(widget, line, place, side)
    return page


def rest_page() -> QWidget:
    page = Surface("bg")
    lines = column(page, Space.XL, Space.LG)
    for banner in (
        Banner(
            "You are offline. What you send now waits in the outbox.", "offline", "warn", action="Try again"
        ),
        Banner(
            "Sandbox: results are simulated and free.",
            "sandbox",
            "accent",
            action="Sign in",
            dismissable=True,
        ),
        Banner("Your key expires in 5 days.", "key", "info", action="Renew"),
        Banner("The key was refused.", "error", "bad", action="Sign in"),
    ):
        lines.addWidget(banner)
    for role in ("display", "title", "reading", "body", "caption"):
        lines.addWidget(Label(f"{role.capitalize()}: make something, 1,234.50 pollen", role))
    tones = ("text", "text2", "text3", "accent", "ok", "warn", "bad", "info")
    lines.addLayout(row(*(Label(tone, tone=tone, weight=Weight.MEDIUM) for tone in tones), spacing=Space.LG))
    lines.addLayout(
        row(
            *(Pill(text, tone=tone, static=True) for text, tone in STATES),
            Pill("running", tone="info", static=True, icon="jobs"),
            Badge("3"),
            Badge("New", "accent"),
            Badge("12", "bad"),
            Spinner(),
            KeyCap("Ctrl K"),
            Avatar("Your name", large=True),
        )
    )
    add_controls(lines)
    add_surfaces(lines)
    return page


def add_controls(lines: QVBoxLayout) -> None:
    loading = Button("Generate 4", "primary", "create-fill", size="large", note="· ≈ 0.008")
    loading.set_loading(True)
    lines.addLayout(
        row(loading, Button("Sign in", "primary", size="large"), Button("Open the sandbox", size="large"))
    )
    some = Checkbox("Some chosen")
    some.setTristate(True)
    some.setCheckState(Qt.CheckState.PartiallyChecked)
    wrong = TextField("Name", text="con/tract")
    wrong.set_error("A name cannot have a slash.")
    lines.addLayout(row(some, wrong, stretch=False))
    lines.addWidget(Segmented("Kind", [("speech", "Speech"), ("music", "Music"), ("t", "Transcribe")], "t"))
    views = Segmented("View", [("grid", "Grid", "grid"), ("list", "List", "list")])
    views.setMaximumWidth(96)
    lines.addWidget(views)


def add_surfaces(lines: QVBoxLayout) -> None:
    cards = row(stretch=False, spacing=Space.LG)
    for title, chosen in (("You can spend", False), ("This key's budget", True), ("Wallet", False)):
        card = Card(chosen=chosen, shadow=chosen)
        card.body.addWidget(Label(title, "caption", "text2", weight=Weight.MEDIUM))
        card.body.addWidget(Label("3.102", "display", tabular=True))
        bar = ProgressBar(title)
        bar.set_share(0.62)
        card.body.addWidget(bar)
        card.body.addWidget(Label("of 5 pollen, until 25 November", "caption", "text2"))
        cards.addWidget(card)
    lines.addLayout(cards)
    lines.addWidget(Skeleton(3))
    lines.addWidget(
        ElidedLabel("/a/very/long/path/to/a/picture/" * 6 + "name.png", mode=Qt.TextElideMode.ElideMiddle)
    )
    lines.addWidget(
        EmptyState(
            "picture",
            "Nothing made yet",
            "What you make appears here and stays on your disk.",
            action="Write a prompt",
        )
    )


def icons_page() -> QWidget:
    page = Surface("surface")
    grid = QGridLayout(page)
    for index, name in enumerate(PHOSPHOR):
        cell = QVBoxLayout()
        cell.addWidget(IconLabel(name, "text", Size.ICON), 0, Qt.AlignmentFlag.AlignHCenter)
        cell.addWidget(IconLabel(name, "text", Size.ICON_HERO), 0, Qt.AlignmentFlag.AlignHCenter)
        cell.addWidget(Label(name, "caption", "text2"), 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addLayout(cell, index // 14, index % 14)
    return page


def dialog_page() -> QWidget:
    page = create_page()
    page.resize(1440, 900)
    page.show()
    sheet = Sheet(page, "Delete 12 pictures?", "They go to the trash and can be restored for 30 days.")
    sheet.add_button("Cancel", False)
    yes = sheet.add_button("Delete 12 pictures", True, "danger", default=True)
    sheet.seal()
    sheet.present(yes)
    return page


def overlays_page() -> QWidget:
    page = create_page()
    page.resize(1440, 900)
    page.show()
    stack = ToastStack(page)
    stack.notify("4 pictures saved", "ok", action="Show")
    stack.notify("Moved to trash", "info", action="Undo")
    stack.notify(
        "The model is busy",
        "warn",
        detail="Trying the same request again in 12 s. You pay once.",
    )
    stack.notify(
        "Not enough pollen for 4 pictures",
        "bad",
        detail="This costs 0.2, you can spend 0.1.",
        action="Top up",
    )
    select = next(w for w in page.findChildren(Select) if w.objectName() == "model")
    select._search = True
    select.open()
    return page


def menu_page() -> QWidget:
    menu = Menu()
    menu.add("Use all", icon="use-all", shortcut="Ctrl+U")
    menu.add("Edit with a prompt", icon="edit", shortcut="Ctrl+E")
    menu.add("Animate", icon="animate", enabled=False)
    menu.addSeparator()
    menu.add("Show details", checked=True)
    menu.add("Move to trash", icon="trash", danger=True, shortcut="Del")
    menu._color_icons()
    return menu


PAGES: dict[str, tuple[Callable[[], QWidget], QSize | None]] = {
    "create": (create_page, QSize(1440, 900)),
    "controls": (controls_page, None),
    "rest": (rest_page, QSize(900, 1180)),
    "icons": (icons_page, None),
    "dialog": (dialog_page, QSize(1440, 900)),
    "overlays": (overlays_page, QSize(1440, 900)),
    "menu": (menu_page, None),
}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("specimen")
    folder.mkdir(parents=True, exist_ok=True)
    app = QApplication([])
    theme = Theme("light")
    theme.apply(app)
    for dark in (False, True):
        theme.set_mode("dark" if dark else "light")
        for scale in (1.0, 1.5):
            theme.set_font_scale(scale)
            for name, (make, size) in PAGES.items():
                if scale > 1 and name in ("icons", "menu"):
                    continue
                page = make()
                page.ensurePolished()
                page.resize(size.expandedTo(page.minimumSizeHint()) if size else page.sizeHint())
                page.show()
                app.processEvents()
                show_rings(page)
                app.processEvents()
                file = folder / f"{name}-{'dark' if dark else 'light'}-{round(scale * 100)}.png"
                page.grab().save(str(file))
                page.hide()
                page.deleteLater()
                app.processEvents()
    print(folder)


if __name__ == "__main__":
    main()
