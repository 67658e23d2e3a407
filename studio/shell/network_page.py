"""The preferences of the network: proxy, patience, certificates, addresses; a test names what fails."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.core.secrets import Secret
from studio.domain.network import place_of, plain_place_of
from studio.domain.service import ServiceHosts
from studio.services.network import PLACES, Place
from studio.shell.preference_page import CONTROL_WIDTH, NARROW, Page
from studio.ui import dialogs
from studio.ui.theme import Space, Tone
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.numbers import NumberField
from studio.ui.widgets.text import Label

CERTIFICATES: Final = ("*.pem", "*.crt", "*.cer")


class NetworkPage(Page):
    id, icon, title = "network", "link", tr("Network")
    resets = ("network.proxy", "network.connect", "network.answer", "network.certificates")

    def build(self) -> None:
        self.network = self.services.network
        self._asking = False
        kept = self.services.settings.values.network
        self.proxy = Segmented(
            tr("Proxy"), [("system", tr("System")), ("none", tr("None")), ("own", tr("Own"))], kept.proxy
        )
        self.proxy.changed.connect(self._choose_proxy)
        self._proxy_note = self.row(tr("Proxy"), " ", self.proxy)
        self.address = TextField(tr("Proxy address"), "http://proxy.example:8080", text=kept.proxy_url)
        self.address.editingFinished.connect(self._proxy_finished)
        self._address_note = self.row(tr("Proxy address"), " ", self.address)
        self._login_note = self.row(tr("Proxy login"), " ", self._login_box(), CONTROL_WIDTH)
        self._patience("connect", tr("Time to connect"), tr("Seconds until a connection must stand."), 3, 120)
        self._patience(
            "answer", tr("Time to answer"),
            tr("Seconds without a sign. Pictures, films and chats have longer ones of their own."), 10, 600,
        )  # fmt: skip
        self._certificates_note = self.row(tr("Certificates"), " ", self._certificate_buttons(), 0)
        self._fields: dict[Place, tuple[TextField, Label]] = {}
        for place, text in zip(PLACES, self._titles(), strict=True):
            self._place(place, text)
        self.tester = Button(tr("Test"), name=tr("Test the connection"))
        self.tester.clicked.connect(lambda: self._spawn(self._test(), "test"))
        self._result = self.row(
            tr("Test the connection"), tr("Asks the service one question."), self.tester, 0
        )
        self._show()

    def _titles(self) -> tuple[str, str, str]:
        return tr("Address of the service"), tr("Address of the account"), tr("Address of the file storage")

    def _patience(self, key: str, text: str, note: str, least: int, most: int) -> None:
        field = NumberField(text, least, most, getattr(self.services.settings.values.network, key))
        field.valueChanged.connect(lambda seconds: self.change("network", **{key: seconds}))
        self.row(text, note, field, NARROW)

    def _place(self, place: Place, text: str) -> None:
        field = TextField(text, getattr(ServiceHosts(), place))
        field.editingFinished.connect(lambda: self._address_finished(place))
        self._fields[place] = (field, self.row(text, " ", field))

    def _login_box(self) -> QWidget:
        """The password is never shown again: new ones are written over it, or it is forgotten."""
        self.user = TextField(tr("User of the proxy"), tr("User"))
        self.password = TextField(tr("Password of the proxy"), tr("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.returnPressed.connect(lambda: self._spawn(self._keep_login(), "login"))
        self.keep = Button(tr("Keep"), name=tr("Keep the proxy's login"))
        self.keep.clicked.connect(lambda: self._spawn(self._keep_login(), "login"))
        self.forget = Button(tr("Forget"), "quiet", name=tr("Forget the proxy's login"))
        self.forget.clicked.connect(lambda: self._spawn(self._forget_login(), "login"))
        for field in (self.user, self.password):
            field.textChanged.connect(lambda _text: self._show_buttons())
        box = QWidget()
        column = _column(box)
        column.addWidget(self.user)
        column.addWidget(self.password)
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addStretch(1)
        row.addWidget(self.forget)
        row.addWidget(self.keep)
        column.addLayout(row)
        return box

    def _certificate_buttons(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        self.without = Button(tr("Forget"), "quiet", name=tr("Use the system's certificates alone"))
        self.without.clicked.connect(lambda: self._spawn(self._no_certificates(), "certificates"))
        choose = Button(tr("Choose a file"), name=tr("Choose a file of certificates"))
        choose.clicked.connect(lambda: self._spawn(self._choose_certificates(), "certificates"))
        row.addWidget(self.without)
        row.addWidget(choose)
        return box

    def _spawn(self, work: Coroutine[Any, Any, None], group: str) -> None:
        self.services.tasks.spawn(work, name=f"network preferences: {group}", owner=self, group=group)

    # ------------------------------------------------------------------ showing

    def _show(self) -> None:
        self._show_proxy()
        self._show_buttons()
        path = self.services.settings.values.network.certificates
        words = tr("Besides the system's: {path}", path=path) if path else tr("Those that the system trusts.")
        _say(self._certificates_note, words)
        self.without.setVisible(bool(path))
        for place in PLACES:
            self._show_place(place)

    def _show_proxy(self) -> None:
        name, where = self.network.proxy_variable
        own = self.proxy.value() == "own"
        self.proxy.setEnabled(not name)
        for field in (self.address, self.user, self.password):
            field.setEnabled(own and not name)
        if name:
            words = tr("{variable} says {proxy}, and goes before this.", variable=name, proxy=where)
            _say(self._proxy_note, words)
        elif own:
            _say(self._proxy_note, tr("This computer and what NO_PROXY names are reached straight."))
        elif self.proxy.value() == "none":
            _say(self._proxy_note, tr("The service is reached straight."))
        else:
            _say(self._proxy_note, tr("The one that the system names, if any."))
        if own and not self.address.text().strip():
            _say(self._address_note, tr("Without one the service is reached straight."), "warn")
        else:
            _say(self._address_note, tr("With http://, https:// or socks5://."))
        login = tr("Kept in the system keyring, for this proxy alone.")
        none = tr("Only if the proxy asks for one. It goes into the system keyring.")
        _say(self._login_note, login if self.network.has_login else none)

    def _show_buttons(self) -> None:
        usable = self.user.isEnabled()
        self.keep.setEnabled(usable and bool(self.user.text().strip()) and bool(self.address.text().strip()))
        self.forget.setEnabled(usable and self.network.has_login)

    def _show_place(self, place: Place) -> None:
        field, note = self._fields[place]
        variable = self.network.variable_of(place)
        waiting = self.network.unconfirmed(place)
        field.setEnabled(not variable)
        field.set_error("")
        used = getattr(self.network.hosts, place)
        if variable:
            field.setText(used)
            _say(note, tr("{variable} says so, and goes before this.", variable=variable))
        elif waiting:
            field.setText(waiting)
            _say(note, tr("Not in use until you confirm it: press Enter in the field."), "warn")
        else:
            field.setText("" if used == getattr(ServiceHosts(), place) else used)
            _say(note, tr("Empty for the usual one."))

    # ------------------------------------------------------------------ changing

    def _choose_proxy(self, kind: str) -> None:
        self.change("network", proxy=kind)
        self._show_proxy()
        self._show_buttons()
        self._untested()

    def _proxy_finished(self) -> None:
        """Enter, or the focus left the field: at once, as the page may be on its way out."""
        try:
            login = self.network.use_proxy(self.address.text())
        except InputError as error:
            self.address.set_error(error.title)
            _say(self._address_note, error.title, "bad")
            return
        self.address.set_error("")
        # A password that was in the address does not stay in sight.
        self.address.setText(self.services.settings.values.network.proxy_url)
        self._show_proxy()
        self._show_buttons()
        self._untested()
        if login is not None:
            self._spawn(self._keep_given(login), "login")

    async def _keep_given(self, login: Secret) -> None:
        try:
            await self.network.keep_login(login)
        except KeyringUnavailableError as error:
            self._login_unkept(error)
            return
        self._show_proxy()
        self._show_buttons()

    async def _keep_login(self) -> None:
        try:
            await self.network.set_login(self.user.text().strip(), self.password.text())
        except KeyringUnavailableError as error:
            self._clear_login()
            self._login_unkept(error)
            return
        except StudioError as error:
            _say(self._login_note, error.title, "bad")
            return
        self._clear_login()
        self._show_proxy()
        self._untested()

    async def _forget_login(self) -> None:
        try:
            await self.network.set_login("", "")
        except StudioError as error:
            _say(self._login_note, f"{error.title} {error.detail}".strip(), "warn")
            return
        self._clear_login()
        self._show_proxy()
        self._untested()

    def _clear_login(self) -> None:
        self.user.clear()
        self.password.clear()
        self._show_buttons()

    def _login_unkept(self, error: StudioError) -> None:
        words = tr("{why} The login holds until the program ends.", why=error.title)
        _say(self._login_note, words, "warn")
        self._show_buttons()

    async def _choose_certificates(self) -> None:
        found = await dialogs.pick_files(
            self._sheet, tr("Choose a file of certificates"),
            ((tr("Certificates"), CERTIFICATES), (tr("All files"), ("*",))), several=False,
        )  # fmt: skip
        if not found:
            return
        try:
            await self.network.set_certificates(found[0])
        except InputError as error:
            _say(self._certificates_note, error.title, "bad")
            return
        self._show()
        self._untested()

    async def _no_certificates(self) -> None:
        await self.network.set_certificates(None)
        self._show()
        self._untested()

    def _address_finished(self, place: Place) -> None:
        """Enter, or the focus left the field; that it does so for the question is no second answer."""
        field = self._fields[place][0]
        waiting = self.network.unconfirmed(place)
        untouched = bool(waiting) and field.text() == waiting and not field.hasFocus()
        if self._asking or untouched:
            return
        try:
            address = self.network.address(place, field.text())
        except InputError as error:
            self._refuse(place, error)
            return
        kept = getattr(self.services.settings.values.network, place)
        if address == kept and not waiting:
            self._show_place(place)
        elif self.network.knows(address):
            self._use(place, address)
        else:
            self._spawn(self._ask_first(place, address), place)

    async def _ask_first(self, place: Place, address: str) -> None:
        if await self._agrees(address):
            self._use(place, address)
        else:
            self._show_place(place)

    def _use(self, place: Place, address: str) -> None:
        try:
            self.network.use_address(place, address)
        except InputError as error:
            self._refuse(place, error)
            return
        self._show_place(place)
        self._untested()

    def _refuse(self, place: Place, error: InputError) -> None:
        field, note = self._fields[place]
        field.set_error(error.title)
        _say(note, error.title, "bad")

    async def _agrees(self, address: str) -> bool:
        """The one question before the key goes to another place."""
        usual, other = place_of(ServiceHosts().gen), plain_place_of(address)
        self._asking = True
        try:
            return await self._ask(usual, other)
        finally:
            self._asking = False

    async def _ask(self, usual: str, other: str) -> bool:
        return await dialogs.confirm(
            self._sheet,
            tr("Send your key to {host}?", host=other),
            tr(
                "The key is for {usual}. Whoever runs {host} could use it, and sees what you make.",
                usual=usual,
                host=other,
            ),
            action=tr("Send it there"),
            cancel=tr("Keep the address"),
            danger=True,
        )

    # ------------------------------------------------------------------ testing

    def _untested(self) -> None:
        _say(self._result, tr("Asks the service one question."))

    async def _test(self) -> None:
        self.tester.set_loading(True)
        try:
            told = await self.network.test()
            _say(self._result, told.words, "ok" if told.good else "bad")
        finally:
            self.tester.set_loading(False)
            name_widget(self.tester, tr("Test the connection"))

    def after_reset(self) -> None:
        for place in PLACES:
            if not self.network.busy():
                self.network.use_address(place, "")


def _say(note: Label, sentence: str, tone: Tone = "text2") -> None:
    note.setText(sentence)
    note.set_tone(tone)
    note.setVisible(bool(sentence))


def _column(box: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(box)
    column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
    column.setSpacing(Space.SM)
    return column
