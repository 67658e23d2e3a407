"""The prompt's part of the form: the field, its style, its variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import as_number, tr, trn
from studio.ui.theme import Space
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.fields import PromptEdit
from studio.ui.widgets.text import SectionHeader

if TYPE_CHECKING:
    from studio.services.prompt_book import Style
    from studio.ui.widgets.surfaces import Pill

PROMPT_HINT = tr("A lighthouse on a basalt cliff at dusk")
PREVIEW_HEIGHT = 220
NEW, NONE, IMPORT = "\0new", "\0none", "\0import"
"""Values of the list of styles that are no style; no name has such a letter."""


class PromptSection(QWidget):
    """The field with its header, and under it the chosen style and how many variants there are.

    Signals carry the button that asks, under which a list or a preview is to open.
    """

    history_wanted = Signal(object)
    styles_wanted = Signal(object)
    variants_wanted = Signal(object)
    style_removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.prompt = PromptEdit("Prompt", PROMPT_HINT, parent=self)
        self.header = SectionHeader(tr("Prompt"), buddy=self.prompt.editor, parent=self)
        styles = IconButton("quote", tr("Styles"), parent=self)
        styles.clicked.connect(lambda: self.styles_wanted.emit(styles))
        history = IconButton("history", tr("Earlier prompts"), parent=self)
        history.clicked.connect(lambda: self.history_wanted.emit(history))
        for button in (styles, history):
            self.header.add_action(button)
        self._style: Pill | None = None
        self._variants: Button | None = None
        self._under = QHBoxLayout()
        self._under.setSpacing(Space.SM)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.SM)
        column.addWidget(self.header)
        column.addWidget(self.prompt)
        column.addLayout(self._under)

    def show_style(self, name: str) -> None:
        """The chosen style under the prompt; "" for none."""
        if self._style is None and name:
            from studio.ui.widgets.surfaces import Pill

            self._style = Pill("", closable=True, parent=self)
            self._style.removed.connect(self.style_removed)
            pill = self._style
            pill.clicked.connect(lambda: self.styles_wanted.emit(pill))
            self._under.insertWidget(0, pill)
            self._under.addStretch(1)
        if self._style is not None:
            self._style.set_text(name)
            self._style.setAccessibleName(tr("Style: {name}", name=name))
            self._style.setVisible(bool(name))

    def show_variants(self, words: str) -> None:
        """How many variants are made, in a line that opens their preview; "" for a prompt with just one."""
        if self._variants is None and words:
            self._variants = Button("", "link", size="tiny", parent=self)
            button = self._variants
            button.clicked.connect(lambda: self.variants_wanted.emit(button))
            self._under.addWidget(button)
        if self._variants is not None:
            self._variants.setText(words)
            self._variants.setAccessibleName(words)
            self._variants.updateGeometry()
            self._variants.setVisible(bool(words))


def variant_words(variants: int, found: int, count: int, missing: Sequence[str]) -> str:
    """ "2 variants × 2 images = 4", or which wildcard file is missing; "" where there is nothing to say.

    Args:
        variants: how many are made; `found`: how many there would be.
    """
    if missing:
        return trn("No file for {name}", "No files for {name}, …", len(missing), name=f"__{missing[0]}__")
    if found <= 1:
        return ""
    words = tr("{n} of {all} variants", n=variants, all=_short(found)) if found > variants else tr(
        "{n} variants", n=variants
    )  # fmt: skip
    return (
        words
        if count == 1
        else tr("{words} × {count} = {all}", words=words, count=count, all=variants * count)
    )


def _short(number: int) -> str:
    """A count that may have a hundred digits."""
    return as_number(f"{number:,}") if number < 1_000_000 else tr("millions of")


def open_styles(
    anchor: QWidget,
    styles: Sequence[Style],
    current: str,
    *,
    choose: Callable[[str], object],
    edit: Callable[[Style | None], object],
    take_in: Callable[[], object],
) -> None:
    """The list of styles under its button.

    Args:
        current: the text of the chosen one.
        choose: gets the text of the one that is taken, "" for none.
        edit: gets one of the user's own that is to be changed, None for a new one.
        take_in: styles of another program are to be added.
    """
    from studio.ui.widgets.options import Option
    from studio.ui.widgets.popover import ChoosePopover

    options = [Option(NONE, tr("No style"), icon="close")]
    options += [Option(s.text, s.name, note=s.text, group=tr("Styles"), icon="quote") for s in styles]
    own = [style for style in styles if style.own]
    options.append(Option(NEW, tr("New style…"), group=tr("Your own"), icon="add"))
    options.append(
        Option(IMPORT, tr("Add those of a styles.csv…"), group=tr("Your own"), icon="download",
               keywords="a1111 forge import")
    )  # fmt: skip
    options += [
        Option(
            f"{NEW}{style.name}", tr("Change “{name}”…", name=style.name), group=tr("Your own"), icon="edit"
        )
        for style in own
    ]
    popover = ChoosePopover(anchor, options, current or NONE, search=True, align_right=True)

    def take(value: str) -> None:
        if value == IMPORT:
            take_in()
        elif value.startswith(NEW):
            edit(next((style for style in own if f"{NEW}{style.name}" == value), None))
        else:
            choose("" if value == NONE else value)

    popover.chosen.connect(take)
    popover.open()


async def ask_style(owner: QWidget, style: Style | None) -> tuple[str, str] | str | None:
    """Ask for a style's name and text; "" when it is to be removed, None when nothing is to be done."""
    from studio.ui.dialogs import Sheet
    from studio.ui.theme import Size
    from studio.ui.widgets.fields import TextField

    sheet = Sheet(
        owner,
        tr("Change the style") if style else tr("New style"),
        tr(
            "{prompt} is where your prompt goes. Without it, the style follows the prompt.", prompt="{prompt}"
        ),
    )
    name = TextField(tr("Name"), tr("Ink on paper"), text=style.name if style else "")
    text = PromptEdit(tr("Text"), tr("ink drawing of {prompt}, fine hatching", prompt="{prompt}"))
    text.set_heights(Size.CONTROL * 3, Size.PROMPT_MAX)
    text.set_text(style.text if style else "")
    sheet.add_content(name)
    sheet.add_content(text)
    if style is not None:
        sheet.add_button(tr("Remove"), "", "quiet")
    sheet.add_button(tr("Cancel"), None)
    yes = sheet.add_button(
        tr("Save"), lambda: (name.text().strip(), text.text().strip()), "primary", default=True
    )

    def judge() -> None:
        yes.setEnabled(bool(name.text().strip() and text.text().strip()))

    name.textChanged.connect(judge)
    text.text_changed.connect(judge)
    judge()
    answer = await sheet.result(name)
    return answer if isinstance(answer, tuple | str) else None


def open_variants(
    anchor: QWidget,
    prompts: Sequence[str],
    cap: int,
    most: int,
    *,
    missing: Sequence[str],
    set_cap: Callable[[int], Sequence[str]],
    open_folder: Callable[[], object],
) -> None:
    """What would be sent, under the line that counts it, with the cap.

    Args:
        cap: the most variants that are made, up to `most`; `set_cap` changes it and tells the prompts then.
    """
    from studio.ui.theme import Theme
    from studio.ui.widgets.numbers import NumberField
    from studio.ui.widgets.popover import Popover
    from studio.ui.widgets.scroll import ScrollColumn
    from studio.ui.widgets.text import Label, Paragraph

    popover = Popover(anchor, padding=Space.MD)
    popover.dismissed.connect(popover.deleteLater)
    if missing:
        names = ", ".join(f"{name}.txt" for name in missing)
        popover.body.addWidget(
            Paragraph(tr("Put {names} into the folder of wildcards.", names=names), tone="warn")
        )
    area = ScrollColumn(spacing=Space.SM)
    area.setFixedHeight(Theme.current().px(PREVIEW_HEIGHT))
    area.setAccessibleName(tr("Variants"))
    popover.body.addWidget(area)

    def fill(texts: Sequence[str]) -> None:
        while (item := area.column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for number, text in enumerate(texts, start=1):
            area.column.addWidget(Paragraph(f"{number}. {text}", lines=4))
        area.column.addStretch(1)

    fill(prompts)
    row = QHBoxLayout()
    row.setSpacing(Space.SM)
    field = NumberField(tr("At most"), 1, max(most, 1), min(cap, most))
    field.setMaximumWidth(field.sizeHint().width())
    field.valueChanged.connect(lambda value: fill(set_cap(value)))
    row.addWidget(Label(tr("At most"), tone="text2"))
    row.addWidget(field)
    row.addStretch(1)
    folder = Button(tr("Wildcard files"), "quiet", "folder")
    folder.clicked.connect(open_folder)
    row.addWidget(folder)
    popover.body.addLayout(row)
    popover.present(field)
