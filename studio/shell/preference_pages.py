"""The sections of the preferences, each a page of rows: what it is at the left, the control at the right."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.money import pollen
from studio.qt_models.bridge import bridge
from studio.shell.defaults_page import DefaultsPage
from studio.shell.files_page import FilesPage
from studio.shell.language_choice import LanguageChoice
from studio.shell.legacy_page import LegacyPage
from studio.shell.network_page import NetworkPage
from studio.shell.preference_page import CONTROL_WIDTH, NARROW, Page
from studio.shell.shortcuts_page import ShortcutsPage
from studio.shell.storage_page import StoragePage
from studio.ui.device_options import USUAL, options_of
from studio.ui.loudspeaker import Loudspeaker, SoundDevice
from studio.ui.recorder import Recorder
from studio.ui.theme import Density, Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Slider, Switch
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import ElidedLabel, Label

SCALES: Final = ("1.0", "1.1", "1.25", "1.5", "2.0")
THUMBNAILS: Final = (120, 360)


class LookPage(Page):
    id, icon, title = "look", "sun", tr("Look")
    resets = ("look.theme", "look.font_scale", "look.density", "look.reduced_motion", "look.thumbnail_size")

    def build(self) -> None:
        look = self.services.settings.values.look
        theme = Segmented(
            tr("Theme"), [("system", tr("System")), ("light", tr("Light")), ("dark", tr("Dark"))], look.theme
        )
        theme.changed.connect(self._set_theme)
        self.row(tr("Theme"), "", theme)
        scale = Segmented(
            tr("Text size"), [(value, f"{round(float(value) * 100)} %") for value in SCALES],
            min(SCALES, key=lambda value: abs(float(value) - look.font_scale)),
        )  # fmt: skip
        scale.changed.connect(self._set_scale)
        self.row(tr("Text size"), "", scale, CONTROL_WIDTH)
        density = Segmented(
            tr("Density"), [("comfortable", tr("Comfortable")), ("compact", tr("Compact"))], look.density
        )
        density.changed.connect(self._set_density)
        self.row(tr("Density"), tr("How much air is between and inside of things."), density)
        words = LanguageChoice(look.language)
        words.changed.connect(lambda code: self.change("look", language=code))
        words.restart.connect(lambda: self.run("app.restart", ""))
        self.row(tr("Language"), tr("Another one is spoken from the next start on."), words)
        motion = Switch("", name=tr("Less motion"), checked=look.reduced_motion)
        motion.toggled.connect(self._set_motion)
        self.row(tr("Less motion"), tr("Nothing slides or turns."), motion, 0)
        notify = Switch("", name=tr("Notifications"), checked=self.services.settings.values.window.notify)
        notify.toggled.connect(lambda on: self.change("window", notify=on))
        about = tr("The desktop tells when a batch is finished while you are elsewhere.")
        self.row(tr("Notifications"), about, notify, 0)
        size = Slider(tr("Size of the pictures in the gallery"), *THUMBNAILS, look.thumbnail_size)
        size.valueChanged.connect(lambda pixels: self.change("look", thumbnail_size=pixels))
        self.row(tr("Pictures in the gallery"), tr("Ctrl and the mouse wheel change it too."), size)

    def _set_theme(self, mode: str) -> None:
        self.run(f"look.{mode}", "")

    def _set_scale(self, scale: str) -> None:
        Theme.current().set_font_scale(float(scale))
        self.change("look", font_scale=float(scale))

    def _set_density(self, density: Density) -> None:
        Theme.current().set_density(density)
        self.change("look", density=density)

    def _set_motion(self, reduced: bool) -> None:
        Theme.current().set_reduced_motion(True if reduced else None)
        self.change("look", reduced_motion=reduced)

    def after_reset(self) -> None:
        look, theme = self.services.settings.values.look, Theme.current()
        theme.set_mode(look.theme)
        theme.set_font_scale(look.font_scale)
        theme.set_density(look.density)
        theme.set_reduced_motion(True if look.reduced_motion else None)


class MoneyPage(Page):
    id, icon, title = "money", "wallet", tr("Money")
    resets = ("money.confirm_above", "money.batch_budget", "money.day_budget")

    def build(self) -> None:
        money = self.services.settings.values.money
        notes: dict[str, Label] = {}
        for key, text, note, value in (
            ("confirm_above", tr("Ask before a batch above"), tr("In pollen; 0 asks never."),
             money.confirm_above),
            ("batch_budget", tr("Most for one batch"), tr("What costs more is not started. 0 is no limit."),
             money.batch_budget),
            ("day_budget", tr("Most for one day"), tr("By this program's own records. 0 is no limit."),
             money.day_budget),
        ):  # fmt: skip
            field = DecimalField(text, 0.0, 100_000.0, value, decimals=3, step=0.1)
            field.valueChanged.connect(lambda amount, key=key: self._limit(key, amount))
            notes[key] = self.row(text, note, field, NARROW)
        self._of_day = notes["day_budget"]
        chart = Button(tr("Open the chart"), name=tr("Open the chart of the account"))
        chart.clicked.connect(self._open_chart)
        self._spent = self.row(tr("Spent today"), " ", chart, 0)
        bridge(self.services.jobs.changed, lambda _job: self._show(), self)
        self._show()

    def _limit(self, key: str, amount: float) -> None:
        self.change("money", **{key: round(amount, 3)})
        self._show()

    def _show(self) -> None:
        ordering = self.services.ordering
        spent, left = ordering.spent_today(ordering.is_sandbox), ordering.left_today(ordering.is_sandbox)
        pretends, amount = ordering.is_sandbox, pollen(spent)
        words = tr("Nothing yet.")
        if spent:
            words = tr("{n} pretend pollen.", n=amount) if pretends else tr("{n} pollen.", n=amount)
        self._spent.setText(words)
        note = tr("By this program's own records. 0 is no limit.")
        if left is not None:
            rest = pollen(max(left, Decimal(0)))
            note = tr("{n} pollen left today, counting what waits in the queue.", n=rest)
            if pretends:
                note = tr("{n} pretend pollen left today, counting what waits in the queue.", n=rest)
        self._of_day.setText(note)
        self._of_day.set_tone("warn" if left is not None and left <= 0 else "text2")

    def _open_chart(self) -> None:
        self._sheet.hide()
        self.run("account.overview", "")


class ChatPage(Page):
    id, icon, title = "chat", "chat", tr("Chat")
    resets = ("chat.send_with", "chat.image_tool")

    def build(self) -> None:
        chat = self.services.settings.values.chat
        send = Segmented(
            tr("Send with"), [("enter", tr("Enter")), ("ctrl_enter", tr("Ctrl+Enter"))], chat.send_with
        )
        send.changed.connect(lambda keys: self.change("chat", send_with=keys))
        self.row(tr("Send with"), tr("The other one makes a new line; Shift+Enter always does."), send)
        pictures = Segmented(
            tr("Pictures from chat"),
            [("ask", tr("Ask")), ("always", tr("Allow")), ("never", tr("Refuse"))],
            chat.image_tool,
        )
        pictures.changed.connect(lambda answer: self.change("chat", image_tool=answer))
        self.row(
            tr("Pictures from chat"),
            tr("When a model wants to make a picture. Each chat can have its own answer."),
            pictures,
        )


class SoundPage(Page):
    id, icon, title = "sound", "speaker", tr("Sound")
    resets = ("sound.input", "sound.input_name", "sound.output", "sound.output_name", "sound.volume",
              "sound.muted")  # fmt: skip

    def build(self) -> None:
        services, kept = self.services, self.services.settings.values.sound
        self._speaker = Loudspeaker.shared()
        self._recorder = Recorder(services.recording, services.tasks, self)
        self._outputs = Select(tr("Loudspeaker"), search=False)
        self._outputs_note = self.row(tr("Loudspeaker"), tr("Or headphones."), self._outputs)
        self._volume = Slider(tr("Volume"), 0, 100, round(kept.volume * 100))
        self._volume.valueChanged.connect(lambda percent: self._speaker.set_volume(percent / 100))
        self.row(tr("Volume"), "", self._volume)
        self._muted = Switch("", name=tr("Mute"), checked=kept.muted)
        self._muted.toggled.connect(self._speaker.set_muted)
        self.row(tr("Mute"), "", self._muted, 0)
        self._inputs = Select(tr("Microphone"), search=False)
        self._inputs_note = self.row(tr("Microphone"), tr("What Transcribe records from."), self._inputs)
        self._outputs.changed.connect(self._choose_output)
        self._inputs.changed.connect(self._choose_input)
        self._speaker.devices_changed.connect(self._show_outputs)
        self._recorder.devices_changed.connect(self._show_inputs)
        self._looked = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._looked:
            # Looking for devices loads Qt's sound library; who came for another section need not wait.
            self._looked = True
            self._show_outputs()
            self._show_inputs()

    @Slot()
    def _show_outputs(self) -> None:
        found, sound = self._speaker.devices(), self.services.settings.values.sound
        self._offer(self._outputs, found, sound.output, sound.output_name)
        nothing = tr("No loudspeaker or headphones were found. Everything but playing works.")
        self._outputs_note.setText(tr("Or headphones.") if found else nothing)

    @Slot()
    def _show_inputs(self) -> None:
        found, sound = self._recorder.devices(), self.services.settings.values.sound
        self._offer(self._inputs, found, sound.input, sound.input_name)
        nothing = tr("No microphone was found. Everything but recording works.")
        self._inputs_note.setText(tr("What Transcribe records from.") if found else nothing)

    def _offer(self, select: Select, found: Sequence[SoundDevice], chosen: str, name: str) -> None:
        options = options_of(found)
        if chosen and all(one.id != chosen for one in found):
            options.append(Option(chosen, tr("{device} · not connected", device=name or chosen)))
        select.set_options(options)
        select.set_value(chosen or USUAL)
        select.setEnabled(bool(found))

    def _choose_output(self, value: str) -> None:
        chosen = self._outputs.chosen()
        device = "" if value == USUAL else value
        self.change("sound", output_name=chosen.label if chosen is not None and device else "")
        self._speaker.set_device(device)

    def after_reset(self) -> None:
        kept = self.services.settings.values.sound
        self._speaker.set_all(kept.output, kept.volume, kept.muted)

    def _choose_input(self, value: str) -> None:
        chosen = self._inputs.chosen()
        device = "" if value == USUAL else value
        name = chosen.label if chosen is not None and device else ""
        self.change("sound", input=device, input_name=name)


class ConnectionPage(Page):
    id, icon, title = "connection", "globe", tr("Connection")
    resets = ("connection.parallel_jobs",)

    def build(self) -> None:
        self._service = ElidedLabel("", align=Qt.AlignmentFlag.AlignRight)
        self._service_note = self.row(tr("Service"), " ", self._service)
        ways = QWidget()
        line = QHBoxLayout(ways)
        line.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        line.setSpacing(Space.SM)
        self._ways: dict[str, Button] = {}
        for mode, text, command in (
            ("cloud", tr("Pollinations"), "session.cloud"),
            ("sandbox", tr("Sandbox"), "session.sandbox"),
            ("offline", tr("None"), "session.offline"),
        ):
            name = tr("Use {service}", service=text) if mode != "offline" else tr("Use no service")
            button = Button(text, name=name, size="small")
            button.clicked.connect(lambda _on=False, command=command: self.run(command, ""))
            line.addWidget(button)
            self._ways[mode] = button
        self.row(tr("Use another one"), tr("What was queued for one service waits for it."), ways, 0)
        self._account = Button(tr("Sign in"))
        self._account.clicked.connect(self._sign)
        self._account_note = self.row(tr("Account"), " ", self._account, 0)
        parallel = NumberField(tr("Jobs at the same time"), 1, 8, self.services.jobs.parallel)
        parallel.valueChanged.connect(self._set_parallel)
        self.row(
            tr("Jobs at the same time"),
            tr("Too many and the service answers that it is busy."),
            parallel,
            NARROW,
        )
        bridge(self.services.session.changed, self._show, self)
        bridge(self.services.account.changed, self._show, self)
        self._show()

    def _show(self, _value: object = None) -> None:
        session, account = self.services.session.state, self.services.account.state
        names = {
            "cloud": tr("Pollinations"), "sandbox": tr("Sandbox"), "offline": tr("None"), "": tr("Not chosen")
        }  # fmt: skip
        self._service.set_text(names[session.mode])
        state = tr("It answers.") if session.online else session.problem
        if session.connecting:
            state = tr("Connecting.")
        elif session.mode in ("", "offline"):
            state = tr("Nothing is asked of any service.")
        self._service_note.setText(state)
        for mode, button in self._ways.items():
            button.setEnabled(mode != session.mode and not session.connecting)
        self._signed_in = session.mode == "cloud" and account.signed_in
        profile = account.profile
        who = (profile.name or profile.github_username) if profile else ""
        self._account_note.setText(
            (who or tr("Signed in with a key.")) if self._signed_in else tr("You are not signed in.")
        )
        self._account_note.show()
        self._account.setText(tr("Sign out") if self._signed_in else tr("Sign in"))
        name_widget(self._account, self._account.text())

    def _sign(self) -> None:
        # The dialogs of signing in and out stand on the window, not on this sheet.
        self._sheet.hide()
        self.run("account.sign_out" if self._signed_in else "account.sign_in", "")

    def _set_parallel(self, jobs: int) -> None:
        self.services.jobs.parallel = jobs
        self.change("connection", parallel_jobs=jobs)


PAGES: Final[tuple[type[Page], ...]] = (
    LookPage,
    FilesPage,
    MoneyPage,
    DefaultsPage,
    ChatPage,
    SoundPage,
    ConnectionPage,
    NetworkPage,
    StoragePage,
    ShortcutsPage,
    LegacyPage,
)
