"""The sheets of the Keys page: what a new key may do, and the key itself, which is shown this one time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMargins, QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.core.errors import StudioError
from studio.core.i18n import tr, trn
from studio.domain.account import KeyRequest, NewKey
from studio.services.keys import LONGEST_NAME, checked
from studio.ui import dialogs
from studio.ui.dialogs import Sheet
from studio.ui.key_limits import BudgetChoice, ExpiryChoice
from studio.ui.secret_clipboard import KEEPS_SECONDS, SecretClipboard
from studio.ui.theme import Space, Theme
from studio.ui.widgets.choice import Checkbox, Segmented
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import FlowLayout
from studio.ui.widgets.options import Option
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Banner, Card, Pill
from studio.ui.widgets.text import Label

if TYPE_CHECKING:
    from studio.services.tasks import TaskSupervisor

_DAY: Final = 86400
_SCOPES: Final = (
    ("profile", tr("See my name and mail address")),
    ("usage", tr("See the wallet and what was used")),
)
_LEAST_HEIGHT: Final = 160


class _Form(ScrollColumn):
    """As high as what is in it, less where the window is low."""

    def __init__(self) -> None:
        super().__init__(QMargins(Space.NONE, Space.XS, Space.MD, Space.XS), Space.MD)

    def sizeHint(self) -> QSize:
        hint = self.column.sizeHint()
        return QSize(hint.width(), hint.height() + Space.XS)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, Theme.current().px(_LEAST_HEIGHT))


class ModelChoice(QWidget):
    """All models, or those that were picked one by one."""

    def __init__(self, models: Sequence[Option], chosen: Sequence[str] | None) -> None:
        super().__init__()
        self._titles = {option.value: option.label for option in models}
        self._chosen: list[str] = list(chosen or ())
        self.which = Segmented(
            tr("Models"), [("all", tr("All models")), ("some", tr("Only some"))],
            "all" if chosen is None else "some",
        )  # fmt: skip
        self.add = Select(tr("Add a model"), models, placeholder=tr("Add a model"), search=True)
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        column.addWidget(Label(tr("It may use"), "caption", "text2"))
        column.addWidget(self.which)
        column.addWidget(self.add)
        column.addWidget(self._chips)
        self.which.changed.connect(lambda _which: self._settle())
        self.add.changed.connect(self._take)
        for name in self._chosen:
            self._add_chip(name)
        self._settle()

    @property
    def models(self) -> tuple[str, ...] | None:
        """The picked ones; None for all."""
        return None if self.which.value() == "all" else tuple(self._chosen)

    def _take(self, name: str) -> None:
        self.add.set_value(None)
        if name not in self._chosen:
            self._chosen.append(name)
            self._add_chip(name)
            self._settle()

    def _add_chip(self, name: str) -> None:
        title = self._titles.get(name, name.rpartition("/")[2])
        chip = Pill(title, closable=True, name=tr("Remove {model}", model=title), parent=self._chips)
        chip.removed.connect(lambda: self._drop(name, chip))
        chip.clicked.connect(lambda: self._drop(name, chip))
        self._flow.addWidget(chip)

    def _drop(self, name: str, chip: Pill) -> None:
        if name in self._chosen:
            self._chosen.remove(name)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
            self._settle()

    def _settle(self) -> None:
        some = self.which.value() == "some"
        self.add.setVisible(some)
        self._chips.setVisible(some and bool(self._chosen))
        self.updateGeometry()


class NewKeySheet(Sheet):
    """Asks what a key is for and what it may do; `result` is the key once `make` made it.

    Args:
        make: makes the key; a StudioError it raises is shown and the user tries again.
        request: what to start from.
        models: to choose from.
    """

    def __init__(
        self,
        window: QWidget,
        tasks: TaskSupervisor,
        make: Callable[[KeyRequest], Awaitable[NewKey]],
        *,
        request: KeyRequest,
        models: Sequence[Option],
    ) -> None:
        super().__init__(window, tr("New key"))
        self._tasks, self._make = tasks, make
        self.name = TextField(
            tr("Name of the key"), tr("What it is for, such as: my laptop"), text=request.name
        )
        self.name.setMaxLength(LONGEST_NAME)
        self.kind = Segmented(
            tr("Kind"), [("secret", tr("Secret")), ("publishable", tr("For web pages"))], request.type
        )
        self.budget = BudgetChoice(
            tr("It may spend this much pollen in all"), request.pollen_budget, unlimited=True
        )
        self.expiry = ExpiryChoice(
            tr("It ends after"), request.expires_in and max(round(request.expires_in / _DAY), 1), never=True
        )
        self.models = ModelChoice(models, request.allowed_models)
        held = request.account_permissions or ()
        self.scopes = {scope: Checkbox(text, checked=scope in held) for scope, text in _SCOPES}
        self.addresses = TextField(
            tr("Return addresses"), "https://example.org/callback", text=" ".join(request.redirect_uris)
        )
        self._problem = Label(" ", "caption", "bad", wrap=True)
        self._secret_parts: list[QWidget] = []
        self._web_parts: list[QWidget] = []
        self.form = _Form()
        self._lay_out()
        self.add_button(tr("Cancel"), None)
        self.go = self.add_button(tr("Make the key"), None, "primary", default=True)
        self.go.clicked.disconnect()
        self.go.clicked.connect(self._start)
        self._judge()

    @property
    def request(self) -> KeyRequest:
        """What the form says."""
        web = self.kind.value() == "publishable"
        days = self.expiry.value
        return KeyRequest(
            name=self.name.text(),
            type="publishable" if web else "secret",
            expires_in=None if days is None else days * _DAY,
            allowed_models=self.models.models,
            pollen_budget=None if web else self.budget.value,
            account_permissions=()
            if web
            else tuple(scope for scope, box in self.scopes.items() if box.isChecked()),
            redirect_uris=tuple(self.addresses.text().replace(",", " ").split()) if web else (),
        )

    async def done(self) -> NewKey | None:
        """Show it; the key once it is made, None when the user gave up."""
        try:
            made = await self.result(self.name)
        finally:
            self._tasks.cancel_owner(self)
        return made if isinstance(made, NewKey) else None

    def _lay_out(self) -> None:
        column = self.form.column
        web = Label(
            tr("A key for web pages can be seen by everyone, so it is slowed down and has no budget."),
            "caption", "text2", wrap=True,
        )  # fmt: skip
        permissions = QWidget()
        lines = QVBoxLayout(permissions)
        lines.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        lines.setSpacing(Space.SM)
        lines.addWidget(Label(tr("Besides making things it may"), "caption", "text2"))
        for box in self.scopes.values():
            lines.addWidget(box)
        back = QWidget()
        under = QVBoxLayout(back)
        under.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        under.setSpacing(Space.SM)
        under.addWidget(Label(tr("Where a sign-in with it may return to"), "caption", "text2"))
        under.addWidget(self.addresses)
        self._secret_parts = [self.budget, permissions]
        self._web_parts = [web, back]
        for part in (self.name, self.kind, web, self.budget, self.expiry, self.models, permissions, back):
            column.addWidget(part)
        column.addStretch(1)
        self.add_content(self.form)
        self.body.addWidget(self._problem)
        self.name.textChanged.connect(lambda _text: self._judge())
        self.kind.changed.connect(lambda _kind: self._judge())
        for choice in (self.budget, self.expiry):
            choice.changed.connect(self._judge)
        self.models.which.changed.connect(lambda _which: self._judge())
        self.models.add.changed.connect(lambda _name: self._judge())

    def _judge(self) -> None:
        """Show what belongs to the kind, and let go what can be sent."""
        web = self.kind.value() == "publishable"
        for part in self._secret_parts:
            part.setVisible(not web)
        for part in self._web_parts:
            part.setVisible(web)
        self._say("")
        self.go.setEnabled(bool(self.name.text().strip()))
        self.form.updateGeometry()
        if self.isVisible():
            self.arrange()

    def _say(self, why: str, field: str = "") -> None:
        self.name.set_error(why if field == "name" else "")
        self._problem.setText(why or " ")

    def _start(self) -> None:
        try:
            request = checked(self.request)
        except StudioError as error:
            self._say(str(error), getattr(error, "field", ""))
            return
        self.go.set_loading(True)
        self._tasks.spawn(self._try(request), name="make a key", owner=self, group="make")

    async def _try(self, request: KeyRequest) -> None:
        try:
            made = await self._make(request)
        except StudioError as error:
            self._say(str(error), getattr(error, "field", ""))
            self.arrange()
            return
        finally:
            self.go.set_loading(False)
        self.finish(made)


async def show_once(window: QWidget, made: NewKey, board: SecretClipboard) -> None:
    """The key in clear, with Copy; ends when the user has it, or says that it does not matter."""
    while True:
        sheet = ShownKeySheet(window, made, board)
        await sheet.result(sheet.copy)
        if sheet.copied or await dialogs.confirm(
            window, tr("Close without copying the key?"),
            tr("It is not shown again. If nobody has it, revoke it and make another one."),
            action=tr("Close"), cancel=tr("Back to the key"), danger=True,
        ):  # fmt: skip
            return


class _KeyText(Label):
    """In letters that cannot be taken for each other."""

    def _dress(self) -> None:
        super()._dress()
        self.setFont(Theme.current().mono())


class ShownKeySheet(Sheet):
    """The key that was just made. `copied`: it was copied, or was marked and copied by hand."""

    def __init__(self, window: QWidget, made: NewKey, board: SecretClipboard) -> None:
        super().__init__(
            window,
            tr("Your new key"),
            tr("This is the only time it is shown. Keep it where only you can read it: whoever has it can "
               "spend what it may spend. Nectary does not keep it."),
        )  # fmt: skip
        self.copied = False
        self._key, self._board = made.key, board
        self.shown = _KeyText(made.key.reveal(), wrap=True)
        self.shown.set_selectable()
        self.shown.setAccessibleName(tr("The new key"))
        card = Card(padding=Space.MD)
        card.body.addWidget(self.shown)
        self.add_content(card)
        self.takes_back = Checkbox(
            trn("Take it off the clipboard after {n} second", "Take it off the clipboard after {n} seconds",
                KEEPS_SECONDS),
            checked=True,
        )  # fmt: skip
        self.add_content(self.takes_back)
        self.note = Label(" ", "caption", "text2", wrap=True)
        self.body.addWidget(self.note)
        if made.type == "publishable":
            self.add_content(
                Banner(tr("A pk_ key is meant for web pages: it is slowed down, and some things refuse it."),
                       "warning", "warn")
            )  # fmt: skip
        self.done = self.add_button(tr("Done"), "done", "secondary")
        self.copy = self.add_button(tr("Copy the key"), None, "primary", default=True)
        self.copy.clicked.disconnect()
        self.copy.clicked.connect(self._copy)

    def _copy(self) -> None:
        seconds = KEEPS_SECONDS if self.takes_back.isChecked() else 0
        self._board.copy(self._key, seconds)
        self.copied = True
        self.takes_back.setEnabled(False)
        self.note.setText(
            trn("Copied. Paste it within {n} second.", "Copied. Paste it within {n} seconds.", seconds)
            if seconds
            else tr("Copied. It stays on the clipboard until you copy something else.")
        )
        self.done.set_kind("primary")
        self.copy.set_kind("secondary")
        self.done.setFocus(Qt.FocusReason.OtherFocusReason)
        self.arrange()
