"""Conversations out of the program and back in: Markdown, one HTML page, JSON with all branches."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr, trn
from studio.domain.chat_pages import PageOptions
from studio.services.chat_export import Exported
from studio.services.context import Services
from studio.services.notices import Severity
from studio.ui import dialogs
from studio.ui.theme import Space
from studio.ui.widgets.choice import Checkbox

if TYPE_CHECKING:
    from studio.panes.chat.presenter import ChatPresenter

ENDINGS = {
    "md": ("Markdown", ("*.md",)),
    "html": ("HTML", ("*.html",)),
    "json": ("JSON", ("*.json", "*.zip")),
}
IMPORTED = ((tr("Chats"), ("*.json", "*.zip")),)
LONGEST_NAME = 80


def file_name(title: str, kind: str) -> str:
    """A file name from a title: letters, digits and a few marks, so that every file system takes it.

    >>> file_name("Ideas: a/b?", "md"), file_name("", "html")
    ('Ideas a b.md', 'Chat.html')
    """
    kept = "".join(one if one.isalnum() or one in " -_" else " " for one in title)
    return f"{' '.join(kept.split())[:LONGEST_NAME].strip() or 'Chat'}.{kind}"


class Takeaway:
    """Asks where to, writes, and tells."""

    def __init__(self, services: Services, owner: QWidget, presenter: ChatPresenter) -> None:
        self._services = services
        self._owner = owner
        self._presenter = presenter

    async def export(self, conversation_id: str, kind: str) -> None:
        """Write a conversation as "md", "html" or "json"; the branch that is shown, JSON all of them."""
        conversation = await self._services.chat.conversation(conversation_id)
        options = await self._options() if kind != "json" else PageOptions()
        if options is None:
            return
        words, patterns = ENDINGS[kind]
        target = await dialogs.pick_save(
            self._owner, tr("Export this chat"), Path.home() / file_name(conversation.title, kind),
            [(words, patterns)], asks=False,
        )  # fmt: skip
        if target is not None:
            await self.write(conversation_id, kind, target, options)

    async def write(self, conversation_id: str, kind: str, target: Path, options: PageOptions) -> None:
        """Write it there; where something of that name is, ask first."""
        overwrite = False
        if await asyncio.to_thread(target.exists):
            overwrite = await self._replaces(target.name)
            if not overwrite:
                return
        try:
            made = await self._write(conversation_id, kind, target, options, overwrite=overwrite)
        except InputError as error:
            # The folder for the files of a page may be taken by itself.
            if error.field != "path" or not await self._replaces(tr("The folder for the files")):
                raise
            made = await self._write(conversation_id, kind, target, options, overwrite=True)
        self._tell(made)

    async def _write(
        self, conversation_id: str, kind: str, target: Path, options: PageOptions, *, overwrite: bool
    ) -> Exported:
        export = self._services.chat_export
        if kind == "md":
            return await export.markdown(conversation_id, target, options=options, overwrite=overwrite)
        if kind == "html":
            return await export.html(conversation_id, target, options=options, overwrite=overwrite)
        return await export.json(conversation_id, target, overwrite=overwrite)

    async def _replaces(self, name: str) -> bool:
        return await dialogs.confirm(
            self._owner,
            tr("Replace {name}?", name=name),
            tr("Something of this name is there already."),
            action=tr("Replace"),
            danger=True,
        )

    def _tell(self, made: Exported) -> None:
        detail = ""
        if made.missing:
            detail = tr("Not among them: {names}.", names=", ".join(made.missing[:5]))
        elif made.files:
            detail = trn("With one file.", "With {n} files.", made.files)
        self._services.notices.tell(
            tr("Exported to {name}.", name=made.path.name), detail,
            severity=Severity.WARNING if made.missing else Severity.SUCCESS, topic="chat export",
        )  # fmt: skip

    async def _options(self) -> PageOptions | None:
        """What goes along; None when it was cancelled."""
        sheet = dialogs.Sheet(
            self._owner, tr("What goes along?"), tr("Questions and answers do in any case.")
        )
        usual = PageOptions()
        boxes = {
            "system_prompt": Checkbox(tr("System prompt"), checked=usual.system_prompt),
            "reasoning": Checkbox(tr("Reasoning"), checked=usual.reasoning),
            "tool_calls": Checkbox(tr("Tool calls and their results"), checked=usual.tool_calls),
            "costs": Checkbox(tr("Tokens and costs"), checked=usual.costs),
        }
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        for box in boxes.values():
            column.addWidget(box)
        sheet.add_content(holder)
        sheet.add_button(tr("Cancel"), None)

        def chosen() -> PageOptions:
            return PageOptions(**{name: box.isChecked() for name, box in boxes.items()})

        sheet.add_button(tr("Export"), chosen, "primary", default=True)
        answer = await sheet.result()
        return answer if isinstance(answer, PageOptions) else None

    async def bring_in(self) -> None:
        """Ask for exported conversations and bring them in."""
        await self.read(await dialogs.pick_files(self._owner, tr("Import chats"), IMPORTED))

    async def read(self, paths: list[Path]) -> None:
        """Bring in these files, each as a conversation of its own, and open the last one."""
        last = ""
        for path in paths:
            try:
                came = await self._services.chat_export.import_file(path)
            except StudioError as error:
                self._services.notices.tell(
                    tr("{name} cannot be imported.", name=path.name), error.title, severity=Severity.ERROR
                )
                continue
            last = came.conversation.id
            left_out = [*came.missing, *came.unknown]
            self._services.notices.tell(
                tr("“{title}” is here.", title=came.conversation.title or tr("New chat")),
                tr("Left out: {names}.", names=", ".join(left_out[:5])) if left_out else "",
                severity=Severity.WARNING if left_out else Severity.SUCCESS,
            )
        if last:
            await self._services.chat.tell_came([last])
            self._presenter.open(last)
