"""Repair: is the profile's database whole, the index made again, the usual preferences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import date_and_time, tr
from studio.services.backup import Snapshot
from studio.shell.upkeep import rebuild
from studio.ui import dialogs
from studio.ui.theme import Space, Tone
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.options import Option
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.context import Services

Work = Callable[[], Awaitable[None]]


class RepairSheet(dialogs.Sheet):
    """Its result is "again" when something waits for a new start."""

    def __init__(self, window: QWidget, services: Services) -> None:
        super().__init__(
            window, tr("Repair"), tr("None of this deletes anything: what is replaced is kept beside it.")
        )
        self._services = services
        self._words: dict[str, Label] = {}
        self._part(
            "profile", tr("Chats, jobs and spending"), tr("Reads the whole profile and looks for damage."),
            (tr("Check"), self._check), (tr("Use an earlier copy"), self._use_copy),
        )  # fmt: skip
        self._part(
            "index", tr("Index of the library"), tr("Made again from the files; you can go on meanwhile."),
            (tr("Rebuild"), self._rebuild),
        )  # fmt: skip
        self._part(
            "preferences", tr("Preferences"), tr("The usual ones; where your library lies is kept."),
            (tr("Reset"), self._reset),
        )  # fmt: skip
        self.close_button = self.add_button(tr("Close"), None, "primary", default=True)

    def _part(self, key: str, title: str, note: str, *ways: tuple[str, Work]) -> None:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.XS, Space.NONE, Space.XS)
        row.setSpacing(Space.SM)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(title, wrap=True))
        self._words[key] = Label(note, "caption", "text2", wrap=True)
        words.addWidget(self._words[key])
        row.addLayout(words, 1)
        for text, work in ways:
            button = Button(text, name=f"{title}: {text}")
            button.clicked.connect(lambda _on=False, work=work: self._run(work))
            row.addWidget(button)
        self.add_content(box)

    def _run(self, work: Work) -> None:
        self._services.tasks.spawn(self._guarded(work), name="repair", owner=self, group="repair")

    async def _guarded(self, work: Work) -> None:
        try:
            await work()
        except StudioError as error:
            self._services.notices.report(error)

    def _say(self, key: str, text: str, tone: Tone = "text2") -> None:
        self._words[key].setText(text)
        self._words[key].set_tone(tone)
        self.arrange()

    async def _check(self) -> None:
        self._say("profile", tr("Reading…"))
        problem = await self._services.backup.check_profile()
        if problem:
            self._say("profile", tr("It is damaged. Use an earlier copy."), "bad")
        else:
            self._say("profile", tr("All of it is whole."), "ok")

    async def _use_copy(self) -> None:
        copies = await self._services.backup.snapshots()
        if not copies:
            self._say("profile", tr("There is no earlier copy yet; one is made each day."))
            return
        chosen = await ask_copy(self.window(), copies)
        if chosen is not None:
            await self._services.backup.use_snapshot(chosen)
            self.finish("again")

    async def _rebuild(self) -> None:
        self._say("index", tr("Reading the library…"))
        await rebuild(self._services)
        self._say("index", tr("The index is made again."), "ok")

    async def _reset(self) -> None:
        sure = await dialogs.confirm(
            self.window(), tr("Start with the usual preferences?"),
            tr("Nectary starts anew. The old file is kept beside the new one."),
            action=tr("Reset and start anew"), cancel=tr("Cancel"),
        )  # fmt: skip
        if sure:
            await self._services.backup.reset_preferences()
            self.finish("again")


async def repair(window: QWidget, services: Services) -> bool:
    """Show the sheet; whether the program has to start anew."""
    sheet = RepairSheet(window, services)
    try:
        return await sheet.result(sheet.close_button) == "again"
    finally:
        services.tasks.cancel_owner(sheet)


async def ask_copy(window: QWidget, copies: list[Snapshot]) -> Snapshot | None:
    """Which copy to use; None for none."""
    options = [
        Option(str(number), date_and_time(copy.taken_at.astimezone())) for number, copy in enumerate(copies)
    ]
    answer = await dialogs.ask_choice(
        window, tr("Use which copy?"),
        tr("Chats, jobs and spending are as they were then. Nectary starts anew; the present file is kept "
           "beside it, and your pictures are untouched."),
        options=options, action=tr("Use this copy"), value="0",
    )  # fmt: skip
    return copies[int(answer)] if answer is not None else None
