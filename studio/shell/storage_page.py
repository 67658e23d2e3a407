"""Preferences, Storage: what takes how much room, opened and cleared kind by kind; backup and restore."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.storage import LOW_SPACE, OF_LIBRARY, DiskUse, Place, Used
from studio.services.storage import CLEARABLE, LOSING
from studio.shell.preference_page import Page
from studio.ui import dialogs
from studio.ui.amounts import file_size
from studio.ui.theme import Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.surfaces import Divider
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.shell.host import Run

SIZE_WIDTH: Final = 72
CLEAR_WIDTH: Final = 104


def names() -> Mapping[Place, tuple[str, str]]:
    """What each kind is called, and what to know about it."""
    return {
        Place.PICTURES: (tr("Pictures"), ""),
        Place.FILMS: (tr("Films"), ""),
        Place.SOUND: (tr("Sound"), ""),
        Place.TRANSCRIPTS: (tr("Transcripts and texts"), ""),
        Place.OTHER: (tr("Other files"), tr("Attached to chats, or put there by you.")),
        Place.SIDECARS: (tr("Sidecars"), tr("Ratings, tags, notes and how each file was made.")),
        Place.TRASH: (tr("Trash"), tr("Deleted files; each can be restored until you clear this.")),
        Place.QUARANTINE: (tr("Quarantine"), tr("What was damaged. It empties itself after a month.")),
        Place.ASIDE: (tr("Kept aside"), tr("From before a restore or a repair.")),
        Place.PIECES: (tr("Unfinished transcripts"), ""),
        Place.RECORDINGS: (tr("Recordings under way"), ""),
        Place.PROFILE: (tr("Chats, jobs and spending"), tr("With preferences and wildcards.")),
        Place.SNAPSHOTS: (tr("Copies of the profile"), tr("One a day, five at most. The newest stays.")),
        Place.THUMBNAILS: (tr("Thumbnails"), tr("Made again by themselves.")),
        Place.OUTLINES: (tr("Outlines of sounds"), tr("Made again when a sound is opened.")),
        Place.INDEX: (tr("Index of the library"), tr("Made again from the files at once.")),
        Place.CACHE: (tr("Models, faces and previews"), tr("Fetched or made again.")),
        Place.SANDBOX: (tr("Sandbox"), tr("Its pretend wallet starts anew.")),
        Place.LOGS: (tr("Logs"), tr("What went wrong and where, without keys.")),
    }  # fmt: skip


def groups() -> list[tuple[str, tuple[Place, ...]]]:
    return [
        (tr("Library"), OF_LIBRARY),
        (tr("Kept for you"), (Place.TRASH, Place.QUARANTINE, Place.ASIDE, Place.PIECES, Place.RECORDINGS)),
        (tr("Profile"), (Place.PROFILE, Place.SNAPSHOTS)),
        (tr("Made again by themselves"),
         (Place.THUMBNAILS, Place.OUTLINES, Place.INDEX, Place.CACHE, Place.SANDBOX, Place.LOGS)),
    ]  # fmt: skip


class StorageRow(QWidget):
    """One kind: its name, how much it takes, a look at it, and a way to clear it."""

    def __init__(self, place: Place, run: Run) -> None:
        super().__init__()
        self.place = place
        self._run = run
        self._used: Used | None = None
        name, self._note = names()[place]
        row = QHBoxLayout(self)
        row.setContentsMargins(Space.NONE, Space.XS, Space.NONE, Space.XS)
        row.setSpacing(Space.SM)
        words = QVBoxLayout()
        words.setSpacing(Space.HAIR)
        words.addWidget(Label(name))
        self.note = Label(self._note, "caption", "text2", wrap=True)
        self.note.setVisible(bool(self._note))
        words.addWidget(self.note)
        row.addLayout(words, 1)
        self.amount = Label("…", tone="text2")
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.amount.setFixedWidth(Theme.current().px(SIZE_WIDTH))
        row.addWidget(self.amount)
        self.open = IconButton("folder", tr("Open the folder: {what}", what=name))
        self.open.clicked.connect(self._open)
        row.addWidget(self.open)
        self.clear = Button(
            self._verb(), size="small", name=tr("{verb}: {what}", verb=self._verb(), what=name)
        )
        self.clear.setFixedWidth(Theme.current().px(CLEAR_WIDTH))
        self.clear.setEnabled(False)
        keep = self.clear.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.clear.setSizePolicy(keep)
        row.addWidget(self.clear)
        self.clear.setVisible(place in CLEARABLE)

    def show_used(self, used: Used) -> None:
        """What was counted."""
        self._used = used
        self.amount.setText(file_size(used.bytes) if used.files else "–")
        note = self._note
        if self.place in OF_LIBRARY and used.files:
            note = trn("One file.", "{n:,} files.", used.files) + (f" {self._note}" if self._note else "")
        if self.place is Place.PIECES and used.files:
            note = trn("One answer in it is paid for.", "{n} answers in it are paid for.", used.paid) \
                if used.paid else tr("Of transcripts that were given up.")  # fmt: skip
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.clear.setEnabled(bool(used.files))

    def _verb(self) -> str:
        return tr("Make again") if self.place is Place.INDEX else tr("Clear")

    def _open(self) -> None:
        if self._used is not None:
            self._run("folder.open", str(self._used.folder))


class StoragePage(Page):
    """Counted when it is shown, in a thread; what was counted last time stands until then."""

    id, icon, title = "storage", "archive", tr("Storage")

    def build(self) -> None:
        self.places: dict[Place, StorageRow] = {}
        self._counts = True
        self.total = Label(tr("Counting…"), tone="text2", wrap=True)
        self._column.addWidget(self.total)
        self.low = Label("", tone="warn", wrap=True)
        self.low.hide()
        self._column.addWidget(self.low)
        self._column.addSpacing(Space.SM)
        for title, places in groups():
            self._column.addWidget(Divider())
            heading = Label(title, "caption", "text2")
            heading.setContentsMargins(Space.NONE, Space.MD, Space.NONE, Space.XS)
            self._column.addWidget(heading)
            for place in places:
                row = StorageRow(place, self.run)
                row.clear.clicked.connect(lambda _on=False, place=place: self._clear(place))
                self.places[place] = row
                self._column.addWidget(row)
            self._column.addSpacing(Space.SM)
        self.row(
            tr("Backup"), tr("Everything but keys in one file, and back again."), self._backup_buttons(), 0
        )
        self.row(tr("If something is wrong"), tr("Nothing is sent; you see all of it first."),
                 self._help_buttons(), 0)  # fmt: skip

    def _backup_buttons(self) -> QWidget:
        return self._buttons((tr("Back up"), "backup.make"), (tr("Restore"), "backup.restore"))

    def _help_buttons(self) -> QWidget:
        return self._buttons(
            (tr("Report"), "report.save"), (tr("Logs"), "logs.open"), (tr("Repair"), "app.repair")
        )

    def _buttons(self, *commands: tuple[str, str]) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        for text, command in commands:
            button = Button(text)
            button.clicked.connect(lambda _on=False, command=command: self._leave_for(command))
            row.addWidget(button)
        return box

    def _leave_for(self, command: str) -> None:
        # Its sheets stand on the window, not on this one.
        if command != "logs.open":
            self._sheet.hide()
        self.run(command, "")

    # ------------------------------------------------------------------ counting

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.count()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.services.tasks.cancel_owner(self)

    def count(self) -> None:
        """Count again."""
        self.services.tasks.spawn(self._count(), name="count what is stored", owner=self, group="count")

    async def _count(self) -> None:
        self.show_use(await self.services.storage.measure(self._tell))

    def _tell(self, files: int) -> None:
        if shiboken6.isValid(self.total):
            self.total.setText(tr("Counting: {n:,} files.", n=files))

    def show_use(self, use: DiskUse) -> None:
        """Put what was counted into the rows."""
        for used in use.used:
            self.places[used.place].show_used(used)
        size = file_size(use.total)
        if use.free is None:
            self.total.setText(tr("Nectary takes {size}.", size=size))
            return
        self.total.setText(tr("Nectary takes {size}. {free} are free.", size=size, free=file_size(use.free)))
        self.low.setVisible(use.free < LOW_SPACE)
        self.low.setText(
            tr("This disk is nearly full. When it is, results wait until there is room; nothing is lost.")
        )

    # ------------------------------------------------------------------ clearing

    def _clear(self, place: Place) -> None:
        self.services.tasks.spawn(self._clear_one(place), name="clear", owner=self.services.storage)

    async def _clear_one(self, place: Place) -> None:
        row = self.places[place]
        if place in LOSING and not await self._sure(row):
            return
        if shiboken6.isValid(row):  # the preferences may be closed by now, and at every step
            row.clear.set_loading(True)
        try:
            await self.services.storage.clear(place)
        except StudioError as error:
            self.services.notices.report(error)
        if shiboken6.isValid(row):
            row.clear.set_loading(False)
            if self.isVisible():
                self.count()

    async def _sure(self, row: StorageRow) -> bool:
        name, _note = names()[row.place]
        loses = {
            Place.TRASH: tr("Its files are removed from your disk for good."),
            Place.QUARANTINE: tr("Its files are removed from your disk for good."),
            Place.SNAPSHOTS: tr("If the profile is damaged, only the newest copy can stand in for it."),
            Place.ASIDE: tr("After that you cannot go back to what was there before."),
            Place.PIECES: tr("What was transcribed already is paid for again if you go on with it."),
        }
        return await dialogs.confirm(
            self._sheet.window(), tr("Clear “{what}”?", what=name),
            f"{loses[row.place]} ({row.amount.text()})", action=tr("Clear"), danger=True, cancel=tr("Cancel"),
        )  # fmt: skip
