"""The preferences of the legacy service: on or off, where it is, its token, and whether it answers."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.core.errors import InputError, StudioError
from studio.core.i18n import tr
from studio.core.keyring_store import KeyringUnavailableError
from studio.qt_models.bridge import bridge
from studio.shell.preference_page import CONTROL_WIDTH, Page
from studio.ui.theme import Space, Tone
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.text import Label

ASKS = tr("Asks for its models, and whether the token holds.")


class LegacyPage(Page):
    id, icon, title = "legacy", "clock", tr("Legacy service")

    def build(self) -> None:
        legacy = self.legacy = self.services.legacy
        self._stored = False
        self.switch = Switch("", name=tr("Use the legacy service"), checked=legacy.on)
        self.switch.toggled.connect(self._turn)
        self.row(
            tr("Use the legacy service"),
            tr("An older service of Pollinations with models of its own. They stand in Create under Legacy. "
               "While this is off, nothing is asked of it."),
            self.switch, 0,
        )  # fmt: skip
        self.address = TextField(
            tr("Address"), legacy.usual_url, text=self.services.settings.values.legacy.url
        )
        self.address.editingFinished.connect(self._take_address)
        self._address_note = self.row(tr("Address"), tr("Empty for the usual one."), self.address)
        self._token_note = self.row(tr("Token"), " ", self._token_box(), CONTROL_WIDTH)
        self.tester = Button(tr("Test"), name=tr("Test the legacy service"))
        self.tester.clicked.connect(lambda: self._spawn(self._test(), "test"))
        self._result = self.row(tr("Does it answer?"), ASKS, self.tester, 0)
        bridge(legacy.changed, lambda _on: self._show(), self)
        self._show()

    def _token_box(self) -> QWidget:
        """The token is never shown again: a new one can be written over it, or it can be forgotten."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        column.setSpacing(Space.SM)
        self.token = TextField(tr("Token of the legacy service"), tr("Paste it here"))
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.returnPressed.connect(lambda: self._spawn(self._keep_token(), "token"))
        self.token.textChanged.connect(lambda _text: self._show_buttons())
        self.keep = Button(tr("Keep"), name=tr("Keep the token"))
        self.keep.clicked.connect(lambda: self._spawn(self._keep_token(), "token"))
        self.forget = Button(tr("Forget"), "quiet", name=tr("Forget the token"))
        self.forget.clicked.connect(lambda: self._spawn(self._forget_token(), "token"))
        row = QHBoxLayout()
        row.setSpacing(Space.SM)
        row.addStretch(1)
        row.addWidget(self.forget)
        row.addWidget(self.keep)
        column.addWidget(self.token)
        column.addLayout(row)
        return box

    def _spawn(self, work: Coroutine[Any, Any, None], group: str) -> None:
        self.services.tasks.spawn(work, name=f"legacy service: {group}", owner=self, group=group)

    # ------------------------------------------------------------------ showing

    def _show(self) -> None:
        on = self.legacy.on
        for control in (self.address, self.token):
            control.setEnabled(on and not self.legacy.in_sandbox)
        self.tester.setEnabled(self.legacy.available)
        self._show_buttons()
        if on:
            self._spawn(self._look_for_token(), "look")
        else:
            self._say(
                self._token_note, tr("Its own, from that service. Your account's key is never sent there.")
            )
            self._say(self._result, ASKS)

    def _show_buttons(self) -> None:
        usable = self.legacy.on and not self.legacy.in_sandbox
        self.keep.setEnabled(usable and bool(self.token.text().strip()))
        self.forget.setEnabled(usable and self._stored)

    def _say(self, note: Label, sentence: str, tone: Tone = "text2") -> None:
        note.setText(sentence)
        note.set_tone(tone)
        note.setVisible(bool(sentence))

    async def _look_for_token(self) -> None:
        if self.legacy.in_sandbox:
            self._say(self._token_note, tr("The sandbox has a token of its own."))
            return
        try:
            self._stored = await self.legacy.token() is not None
        except StudioError as error:
            self._say(self._token_note, f"{error.title} {error.detail}".strip(), "warn")
            return
        kept = tr("Kept in the system keyring, for {host} alone.", host=self.legacy.host)
        self._say(self._token_note, kept if self._stored else tr("There is none for {host} yet.",
                                                                host=self.legacy.host))  # fmt: skip
        self._show_buttons()

    # ------------------------------------------------------------------ changing

    def _turn(self, on: bool) -> None:
        self.change("legacy", enabled=on)
        self._show()

    def _take_address(self) -> None:
        try:
            self.legacy.set_url(self.address.text())
        except InputError as error:
            self.address.set_error(error.title)
            self._say(self._address_note, error.title, "bad")
            return
        self.address.set_error("")
        self._say(self._address_note, tr("Empty for the usual one."))
        self._show()

    async def _keep_token(self) -> None:
        try:
            await self.legacy.set_token(self.token.text())
        except KeyringUnavailableError as error:
            self._stored = True
            self.token.clear()
            words = tr("{why} The token holds until the program ends.", why=error.title)
            self._say(self._token_note, words, "warn")
            self._show_buttons()
            return
        except StudioError as error:
            self._say(self._token_note, error.title, "bad")
            return
        self.token.clear()
        await self._look_for_token()

    async def _forget_token(self) -> None:
        try:
            await self.legacy.set_token("")
        except StudioError as error:
            self._say(self._token_note, f"{error.title} {error.detail}".strip(), "warn")
            return
        await self._look_for_token()

    async def _test(self) -> None:
        self.tester.set_loading(True)
        try:
            self._say(self._result, await self.legacy.test(), "ok")
        except StudioError as error:
            self._say(self._result, f"{error.title} {error.detail}".strip(), "bad")
        finally:
            self.tester.set_loading(False)
            name_widget(self.tester, tr("Test the legacy service"))
