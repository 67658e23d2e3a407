"""Joins the prompt's section to the presenter: history, styles, variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.panes.create.prompt_section import (
    PromptSection,
    ask_style,
    open_styles,
    open_variants,
    variant_words,
)
from studio.ui.pane import PaneContext

if TYPE_CHECKING:
    from studio.panes.create.presenter import CreatePresenter
    from studio.services.prompt_book import Style


class History:
    """Earlier prompts, newest first, and where among them one is; 0 is what is being written."""

    def __init__(self) -> None:
        self.loaded = False
        self._texts: list[str] = []
        self._at = 0

    def load(self, prompts: Sequence[str]) -> None:
        """Begin with these, the newest first."""
        self.loaded, self._texts, self._at = True, ["", *prompts], 0

    def forget(self) -> None:
        """A prompt was sent: they are read again the next time."""
        self.loaded, self._at = False, 0

    def step(self, by: int, written: str) -> str | None:
        """The prompt `by` places older; None at the ends. What stands in the field now is kept in its place,
        so that one comes back to it."""
        self._texts[self._at] = written
        at = self._at + by
        while 0 <= at < len(self._texts) and self._texts[at] == written:
            at += by
        if not 0 <= at < len(self._texts):
            return None
        self._at = at
        return self._texts[at]


class PromptTools(QObject):
    """Opens the lists and previews of the prompt."""

    def __init__(
        self, section: PromptSection, presenter: CreatePresenter, context: PaneContext, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._owner = parent
        self._section = section
        self._presenter = presenter
        self._services = context.services
        self._history_anchor: QWidget = section
        self._older = History()
        section.prompt.editor.installEventFilter(self)
        presenter.submitted.connect(lambda _jobs: self._older.forget())
        section.history_wanted.connect(self._ask_history)
        section.styles_wanted.connect(self._open_styles)
        section.variants_wanted.connect(self._open_variants)
        presenter.history_loaded.connect(self._open_history)
        presenter.book_changed.connect(self.show)

    def show(self) -> None:
        """The style's name, and how many variants there are."""
        presenter, book = self._presenter, self._services.prompt_book
        form = presenter.form
        name = (book.name_of(form.style) or tr("Own style")) if form.style else ""
        self._section.show_style(name)
        self._section.show_variants(
            variant_words(
                len(presenter.prompts()), presenter.variant_count(), form.count, presenter.missing_wildcards()
            )
        )

    # ------------------------------------------------------------------ earlier prompts

    def _ask_history(self, anchor: QWidget) -> None:
        self._history_anchor = anchor
        self._presenter.load_history()

    def _open_history(self, prompts: list[str]) -> None:
        """Earlier prompts under the button; choosing one puts it into the field, Ctrl+Z takes it back."""
        from studio.ui.widgets.options import Option
        from studio.ui.widgets.popover import ChoosePopover

        options = [Option(prompt, " ".join(prompt.split())) for prompt in prompts]
        if not options:
            options = [Option("", tr("Prompts you send are kept here."), enabled=False)]
        popover = ChoosePopover(self._history_anchor, options, search=len(options) > 1, align_right=True)
        popover.chosen.connect(self._section.prompt.set_text)
        popover.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl+Up and Ctrl+Down go through earlier prompts, as in a terminal; what was being written is the
        newest of them."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if held != Qt.KeyboardModifier.ControlModifier or steps is None:
            return False
        self._services.tasks.spawn(self._step(steps), name="earlier prompt", owner=self)
        return True

    async def _step(self, by: int) -> None:
        if not self._older.loaded:
            self._older.load(await self._services.profile.prompts())
        text = self._older.step(by, self._section.prompt.text())
        if text is not None:
            self._section.prompt.set_text(text)

    # ------------------------------------------------------------------ styles

    def _open_styles(self, anchor: QWidget) -> None:
        open_styles(
            anchor,
            self._services.prompt_book.styles,
            self._presenter.form.style,
            choose=self._choose_style,
            edit=self._edit_style,
            take_in=lambda: self._services.tasks.spawn(self._take_in(), name="add styles", owner=self),
        )

    def _choose_style(self, text: str) -> None:
        """The style's text around the prompt; what should not be in it joins the negative prompt."""
        styles, form = self._services.prompt_book.styles, self._presenter.form
        old = next((one.negative for one in styles if one.text == form.style), "")
        new = next((one.negative for one in styles if one.text == text), "")
        negative = form.negative_prompt
        if old and negative.endswith(old):
            negative = negative.removesuffix(old).rstrip(", ")
        if new and new not in negative:
            negative = f"{negative}, {new}" if negative else new
        self._presenter.edit(style=text, negative_prompt=negative)
        self._presenter.form_changed.emit(self._presenter.form)

    async def _take_in(self) -> None:
        from studio.ui import dialogs

        kinds = [(tr("Styles of A1111 or Forge"), ["*.csv"])]
        for path in await dialogs.pick_files(self._owner, tr("Add styles"), kinds, several=False):
            try:
                count = await self._services.prompt_book.take_in(path)
            except StudioError as error:
                self._services.notices.report(error)
                continue
            self._services.notices.tell(trn("One style added.", "{n} styles added.", count), topic="styles")

    def _edit_style(self, style: Style | None) -> None:
        self._services.tasks.spawn(self._ask_style(style), name="edit a style", owner=self)

    async def _ask_style(self, style: Style | None) -> None:
        answer = await ask_style(self._owner, style)
        if answer is None:
            return
        book, chosen = self._services.prompt_book, self._presenter.form.style
        try:
            if isinstance(answer, tuple):
                kept = await book.put(
                    *answer, instead_of=style.name if style else "", negative=style.negative if style else ""
                )
                if style is None or style.text == chosen:
                    self._presenter.edit(style=kept.text)
            elif style is not None:
                await book.remove(style.name)
                if style.text == chosen:
                    self._presenter.edit(style="")
        except StudioError as error:
            self._services.notices.report(error)
        self.show()

    # ------------------------------------------------------------------ variants

    def _open_variants(self, anchor: QWidget) -> None:
        presenter = self._presenter

        def set_cap(cap: int) -> Sequence[str]:
            presenter.edit(variants=cap)
            return presenter.prompts()

        open_variants(
            anchor,
            presenter.prompts(),
            presenter.form.variants,
            presenter.most_variants(),
            missing=presenter.missing_wildcards(),
            set_cap=set_cap,
            open_folder=self._open_folder,
        )

    def _open_folder(self) -> None:
        self._services.tasks.spawn(self._show_folder(), name="open the wildcards", owner=self)

    async def _show_folder(self) -> None:
        """The folder in the desktop's file manager; with an example when there is nothing in it yet."""
        try:
            folder = await self._services.prompt_book.make_folder()
        except StudioError as error:
            self._services.notices.report(error)
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
