"""The sections of the preferences, each a page of rows: what it is at the left, the control at the right."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.qt_models.bridge import bridge
from studio.services.naming import example_name
from studio.shell.language_choice import LanguageChoice
from studio.shell.legacy_page import LegacyPage
from studio.shell.preference_page import CONTROL_WIDTH, NARROW, Page
from studio.ui import dialogs
from studio.ui.device_options import USUAL, options_of
from studio.ui.loudspeaker import Loudspeaker, SoundDevice
from studio.ui.recorder import Recorder
from studio.ui.theme import Space, Theme
from studio.ui.widgets.base import name_widget
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Segmented, Slider, Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.numbers import DecimalField, NumberField
from studio.ui.widgets.options import Option
from studio.ui.widgets.select import Select
from studio.ui.widgets.text import ElidedLabel

if TYPE_CHECKING:
    pass

TYPING_MS: Final = 500
SCALES: Final = ("1.0", "1.1", "1.25", "1.5", "2.0")
THUMBNAILS: Final = (120, 360)


class LookPage(Page):
    id, icon, title = "look", "sun", tr("Look")

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
        words = LanguageChoice(look.language)
        words.changed.connect(lambda code: self.change("look", language=code))
        words.restart.connect(lambda: self.run("app.restart", ""))
        self.row(tr("Language"), tr("Another one is spoken from the next start on."), words)
        motion = Switch("", name=tr("Less motion"), checked=look.reduced_motion)
        motion.toggled.connect(self._set_motion)
        self.row(tr("Less motion"), tr("Nothing slides or turns."), motion, 0)
        size = Slider(tr("Size of the pictures in the gallery"), *THUMBNAILS, look.thumbnail_size)
        size.valueChanged.connect(lambda pixels: self.change("look", thumbnail_size=pixels))
        self.row(tr("Pictures in the gallery"), tr("Ctrl and the mouse wheel change it too."), size)

    def _set_theme(self, mode: str) -> None:
        self.run(f"look.{mode}", "")

    def _set_scale(self, scale: str) -> None:
        Theme.current().set_font_scale(float(scale))
        self.change("look", font_scale=float(scale))

    def _set_motion(self, reduced: bool) -> None:
        Theme.current().set_reduced_motion(True if reduced else None)
        self.change("look", reduced_motion=reduced)


class FilesPage(Page):
    id, icon, title = "files", "folder", tr("Files")

    def build(self) -> None:
        files = self.services.settings.values.files
        choose = Button(tr("Choose another folder"))
        choose.clicked.connect(self._choose)
        self._folder_note = self.row(tr("Library folder"), str(self.services.paths.library), choose, 0)
        self._say_folder(files.library)
        self._wildcards_note = self.row(tr("Wildcard files"), " ", self._wildcard_buttons(), 0)
        self._say_wildcards()
        self._template = TextField(tr("File names"), "{date} {time} {prompt}", text=files.name_template)
        self._template.textChanged.connect(self._typed)
        self._preview = self.row(tr("File names"), " ", self._template)
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(TYPING_MS)
        self._save.timeout.connect(self._save_template)
        self._show_preview()
        embed = Switch("", name=tr("Write the parameters into pictures"), checked=files.embed_parameters)
        embed.toggled.connect(lambda on: self.change("files", embed_parameters=on))
        self.row(
            tr("Write the parameters into pictures"),
            tr("Prompt, model and seed, so that other programs can read them. The file beside the picture "
               "has them in any case."),
            embed, 0,
        )  # fmt: skip

    def _wildcard_buttons(self) -> QWidget:
        """Another folder, and a look into the one there is."""
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        row.setSpacing(Space.SM)
        for text, name, work in (
            (tr("Open folder"), tr("Open the folder of the wildcard files"), self._open_wildcards),
            (tr("Choose another"), tr("Choose another folder for the wildcard files"), self._move_wildcards),
        ):
            button = Button(text, name=name)
            button.clicked.connect(
                lambda _on=False, work=work: self.services.tasks.spawn(work(), name="wildcards", owner=self)
            )
            row.addWidget(button)
        return box

    def _say_wildcards(self) -> None:
        book = self.services.prompt_book
        words = trn("One file", "{n} files", len(book.wildcards)) if book.wildcards else tr("No files yet")
        self._wildcards_note.setText(f"{book.folder} · {words}")

    async def _open_wildcards(self) -> None:
        """In the desktop's file manager; an example is put into an empty one."""
        folder = await self.services.prompt_book.make_folder()
        self._say_wildcards()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    async def _move_wildcards(self) -> None:
        book = self.services.prompt_book
        folder = await dialogs.pick_folder(
            self._sheet, tr("Choose the folder of the wildcard files"), folder=book.folder
        )
        if folder is not None:
            self.change("create", wildcards=str(folder))
            await book.read_wildcards()
            self._say_wildcards()

    def _choose(self) -> None:
        self.services.tasks.spawn(self._choose_folder(), name="choose the library folder", owner=self)

    async def _choose_folder(self) -> None:
        start = Path(self.services.settings.values.files.library or self.services.paths.library)
        folder = await dialogs.pick_folder(self._sheet, tr("Choose the library folder"), folder=start)
        if folder is None:
            return
        writable = await asyncio.to_thread(_can_write, folder)
        if not writable:
            self._folder_note.setText(tr("{folder} cannot be written. Choose another one.", folder=folder))
            return
        self.change("files", library=str(folder))
        self._say_folder(str(folder))

    def _say_folder(self, chosen: str) -> None:
        now = self.services.paths.library
        text = str(now)
        if chosen and Path(chosen).expanduser() != now:
            text = tr("{now} now, {chosen} from the next start. Files are not moved.", now=now, chosen=chosen)
        self._folder_note.setText(text)

    def _typed(self, _text: str) -> None:
        self._show_preview()
        self._save.start()

    def _show_preview(self) -> None:
        template = self._template.text().strip()
        if not template:
            self._template.set_error(tr("A name needs at least one part, such as {date}."))
            self._preview.setText(tr("A name needs at least one part, such as {date}."))
            return
        self._template.set_error("")
        self._preview.setText(f"{example_name(template)}.jpg")

    def _save_template(self) -> None:
        template = self._template.text().strip()
        if template:
            self.change("files", name_template=template)


class MoneyPage(Page):
    id, icon, title = "money", "wallet", tr("Money")

    def build(self) -> None:
        money = self.services.settings.values.money
        for key, text, note, value in (
            ("confirm_above", tr("Ask before a batch above"), tr("In pollen; 0 asks never."),
             money.confirm_above),
            ("batch_budget", tr("Most for one batch"), tr("What costs more is not started. 0 is no limit."),
             money.batch_budget),
            ("day_budget", tr("Most for one day"), tr("By this program's own records. 0 is no limit."),
             money.day_budget),
        ):  # fmt: skip
            field = DecimalField(text, 0.0, 100_000.0, value, decimals=3, step=0.1)
            field.valueChanged.connect(
                lambda amount, key=key: self.change("money", **{key: round(amount, 3)})
            )
            self.row(text, note, field, NARROW)


class ChatPage(Page):
    id, icon, title = "chat", "chat", tr("Chat")

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

    def _choose_input(self, value: str) -> None:
        chosen = self._inputs.chosen()
        device = "" if value == USUAL else value
        name = chosen.label if chosen is not None and device else ""
        self.change("sound", input=device, input_name=name)


class ConnectionPage(Page):
    id, icon, title = "connection", "globe", tr("Connection")

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
    ChatPage,
    SoundPage,
    ConnectionPage,
    LegacyPage,
)


def _can_write(folder: Path) -> bool:
    probe = folder / ".nectary-probe"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
