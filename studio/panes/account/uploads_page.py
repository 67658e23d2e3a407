"""The Uploads page: files in the service's media storage, until when they lie there, and who may see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.panes.account.shown_page import ShownPage, add_key
from studio.panes.account.tables import FlatTable
from studio.panes.account.uploads_presenter import UploadsPage, UploadsPresenter
from studio.panes.account.uploads_table import COLUMNS, UploadsTable
from studio.panes.account.uploads_words import facts, name_of, now, sum_words
from studio.services.notices import Severity
from studio.ui import dialogs
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.surfaces import Banner, Card, EmptyState
from studio.ui.widgets.text import KeyValueGrid, Label

if TYPE_CHECKING:
    from studio.domain.asset import Asset
    from studio.services.context import Services
    from studio.services.uploads import Upload

SHOWN_ROWS: Final = 8
WIDTHS: Final = (0, *(len(COLUMNS) - 1) * (Size.LABEL_COLUMN + Space.XXL,))
EMPTY_HEIGHT: Final = 280
THUMBNAIL: Final = 28
OpenWith = Callable[[str, str, "Asset"], None]


class UploadsView(ShownPage):
    """The page's content. It reads its list when it is shown and asks the service when the user says so.

    Args:
        open_with: shows an asset in the library.
    """

    def __init__(self, services: Services, open_with: OpenWith) -> None:
        super().__init__()
        self._services, self._open_with = services, open_with
        self._page = UploadsPage()
        self._wanted = ""
        self.presenter = UploadsPresenter(services, self)
        self.model = UploadsTable(self)
        self.table = FlatTable(
            self.model, tr("Files in media storage"), WIDTHS, least=1, most=SHOWN_ROWS, sorts=False, one=True
        )
        self.card = Card(padding=Space.LG)
        self.sum = Label("", tone="text2", tabular=True)
        self.which = Segmented(
            tr("Which files"), [("sent", tr("Sent from here")), ("tag", tr("Under a tag"))], "sent"
        )
        self.tag = TextField(tr("Tag"), tr("A tag, then Enter"))
        self.check = Button(tr("Ask the service"), "secondary", "refresh")
        self.problem = Banner("", "warning", "warn")
        self.empty = EmptyState("cloud-upload", tr("Nothing was uploaded from here"))
        self.note = Label("", "caption", "text2", wrap=True)
        self.details = _Details()
        self.begin(self.presenter, self.model.tick)
        self._build()
        self._connect()
        self.show_page(self._page)

    def stop(self) -> None:
        super().stop()
        self._services.tasks.cancel_owner(self)

    # ------------------------------------------------------------------ showing

    def show_page(self, page: UploadsPage) -> None:
        """Show the list, or one sentence when there is none."""
        changed = page.uploads != self._page.uploads
        self._page = page
        self.problem.setVisible(bool(page.problem))
        self.problem.set_text(page.problem)
        self.check.set_loading(page.working)
        self.check.setEnabled(page.online and bool(page.uploads) and not page.working)
        self.check.setVisible(self.which.value() == "sent")
        self.tag.setEnabled(page.online)
        self.sum.setText(sum_words(page.uploads, now()) if page.uploads else "")
        if changed:
            self.model.show(page.uploads)
            self._read_pictures()
        self._say_nothing(page)
        self._row_changed()

    def chosen(self) -> Upload | None:
        """The file of the current row."""
        return self.model.upload(self.table.currentIndex().row())

    def _say_nothing(self, page: UploadsPage) -> None:
        self.table.setVisible(bool(page.uploads))
        self.empty.setVisible(not page.uploads)
        by_tag = self.which.value() == "tag"
        if by_tag and not page.online:
            words = ("offline", tr("The service does not answer"), tr("It lists what lies under a tag."))
        elif by_tag and not page.tag:
            words = (
                "tag",
                tr("Which tag?"),
                tr("Files that were published under a tag can be listed and deleted."),
            )
        elif by_tag:
            words = ("tag", tr("Nothing lies under this tag"), "")
        else:
            words = (
                "cloud-upload", tr("Nothing was uploaded from here"),
                tr("Pictures that you use as references, and attachments too large for a message, are sent "
                   "to the service's storage and listed here."),
            )  # fmt: skip
        if page.working and not page.uploads:
            words = (words[0], tr("Asking the service"), "")
        self.empty.set_content(*words)

    def _read_pictures(self) -> None:
        side = round(Theme.current().px(THUMBNAIL) * self.devicePixelRatioF())
        for upload in self._page.uploads:
            if upload.asset is not None and not self.model.has_picture(upload.url):
                self.presenter.read_picture(upload, side)

    def _row_changed(self) -> None:
        upload = self.chosen()
        self._wanted = upload.url if upload is not None else self._wanted
        self.details.show_upload(upload, self._page.online and not self._page.working)

    def _reselect(self) -> None:
        """After the rows changed: the same file as before, else the first."""
        if self.model.rowCount():
            self.table.selectRow(max(self.model.row_of(self._wanted), 0))

    # ------------------------------------------------------------------ doing

    def _choose_list(self, which: object) -> None:
        self.tag.setVisible(which == "tag")
        if which == "sent":
            self.presenter.show_sent()
        else:
            self.tag.setFocus()
            self._look_up()

    def _look_up(self) -> None:
        tag = self.tag.text().strip()
        if tag:
            self.presenter.show_tag(tag)
        else:
            self.presenter.show_nothing()

    def copy_link(self) -> None:
        """Put the address on the clipboard."""
        upload = self.chosen()
        if upload is not None:
            QGuiApplication.clipboard().setText(upload.url)
            self._services.notices.tell(
                tr("The link is copied."), tr("Whoever has it can fetch the file until it goes."),
                severity=Severity.SUCCESS, topic="upload",
            )  # fmt: skip

    def open_link(self) -> None:
        """Open the address in the browser."""
        upload = self.chosen()
        if upload is not None:
            self.presenter.open_in_browser(upload)

    def show_in_library(self) -> None:
        """Go to the file in the library."""
        upload = self.chosen()
        if upload is not None and upload.asset is not None:
            self._open_with("library", "show", upload.asset)

    def send_again(self) -> None:
        """Send the chosen file once more."""
        upload = self.chosen()
        if upload is not None and self.details.again.isEnabled():
            self.presenter.again(upload)

    def remove(self) -> None:
        """Ask, then delete the chosen file, or forget its address."""
        upload = self.chosen()
        if upload is not None and self.details.remove.isEnabled():
            self._services.tasks.spawn(
                self._remove(upload), name="remove an upload", owner=self, group="sheet"
            )

    async def _remove(self, upload: Upload) -> None:
        name = name_of(upload)
        if upload.deletable:
            sure = await dialogs.confirm(
                self.window(), tr("Delete {name} from the storage?", name=name),
                tr("Its address works no more. Your library keeps its own file."),
                action=tr("Delete"), danger=True,
            )  # fmt: skip
        else:
            sure = await dialogs.confirm(
                self.window(), tr("Forget the address of {name}?", name=name),
                tr("Nectary does not use it again. The service deletes the file when its time is over, not "
                   "before: until then whoever has the address can fetch it."),
                action=tr("Forget"),
            )  # fmt: skip
        if sure:
            await self.presenter.remove(upload)

    # ------------------------------------------------------------------ parts

    def _build(self) -> None:
        theme = Theme.current()
        head = QHBoxLayout()
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Uploads"), "title"))
        head.addSpacing(Space.XS)
        head.addWidget(self.sum, 1)
        head.addWidget(self.tag)
        head.addWidget(self.check)
        self.tag.setMaximumWidth(theme.px(Size.POPOVER_MIN))
        self.tag.hide()
        self.note.setText(
            tr("Whoever knows an address can fetch the file. A file without a tag cannot be deleted: it goes "
               "when its time is over, after two weeks or more.")
        )  # fmt: skip
        self.table.setIconSize(QSize(theme.px(THUMBNAIL), theme.px(THUMBNAIL)))
        self.empty.setMinimumHeight(theme.px(EMPTY_HEIGHT))
        self.card.body.setSpacing(Space.MD)
        self.card.body.addLayout(head)
        self.which.setMaximumWidth(theme.px(Size.POPOVER_LIST))
        for part in (self.which, self.problem, self.table, self.empty, self.note):
            self.card.body.addWidget(part)
        self.stack(self.card, self.details)

    def _connect(self) -> None:
        self.presenter.changed.connect(self.show_page)
        self.presenter.picture_read.connect(self.model.set_picture)
        self.model.modelReset.connect(self._reselect)
        self.table.selectionModel().currentRowChanged.connect(lambda _new, _old: self._row_changed())
        self.table.activated.connect(lambda _index: self.show_in_library())
        self.which.changed.connect(self._choose_list)
        self.tag.returnPressed.connect(self._look_up)
        self.check.clicked.connect(self.presenter.check)
        for button, do in (
            (self.details.copy, self.copy_link), (self.details.open, self.open_link),
            (self.details.show_it, self.show_in_library), (self.details.again, self.send_again),
            (self.details.remove, self.remove),
        ):  # fmt: skip
            button.clicked.connect(do)
        add_key(self.table, QKeySequence.StandardKey.Copy, self.copy_link)
        add_key(self.table, Qt.Key.Key_Delete, self.remove)


class _Details(Card):
    """What is known of the chosen file, and what can be done about it."""

    def __init__(self) -> None:
        super().__init__(padding=Space.LG)
        self.title = Label("", "title", wrap=True)
        self.facts = KeyValueGrid()
        self.copy = Button(tr("Copy the link"), "secondary", "link")
        self.open = Button(tr("Open in the browser"), "secondary", "open-outside")
        self.show_it = Button(tr("Show in the library"), "secondary", "library")
        self.again = Button(tr("Send again"), "secondary", "cloud-upload")
        self.remove = Button(tr("Forget"), "secondary", "trash")
        row = QWidget()
        flow = FlowLayout(row)
        for button in (self.copy, self.open, self.show_it, self.again, self.remove):
            flow.addWidget(button)
        self.body.setSpacing(Space.MD)
        self.body.addWidget(self.title)
        self.body.addWidget(self.facts)
        self.body.addWidget(row)

    def show_upload(self, upload: Upload | None, works: bool) -> None:
        """Show a file, or nothing. `works`: the service can be asked."""
        self.setVisible(upload is not None)
        if upload is None:
            return
        moment = now()
        gone = upload.presence == "gone"
        self.title.setText(name_of(upload))
        self.facts.set_rows(facts(upload, moment))
        for button in (self.copy, self.open):
            button.setEnabled(not gone)
        self.show_it.setVisible(upload.asset is not None)
        self.again.setVisible(upload.asset is not None)
        self.again.setEnabled(works)
        self.remove.setText(tr("Delete") if upload.deletable else tr("Forget"))
        self.remove.setEnabled(works or not upload.deletable)
