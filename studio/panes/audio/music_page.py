"""The Music page: the form at the left, the takes under the sound of the current one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.models import ModelInfo
from studio.domain.money import pollen_range
from studio.domain.music import MusicWish, abilities_of
from studio.domain.pricing import estimate
from studio.domain.speech import SpeechRequest
from studio.panes.audio.music_list import MusicList
from studio.panes.audio.music_presenter import MusicItem, MusicPresenter
from studio.panes.audio.words import model_option, note_of, price_words, under_button
from studio.qt_models.money_words import leaves_words
from studio.services.audio import AudioPlan
from studio.ui import dialogs
from studio.ui.pane import PaneContext
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_panel import SoundPanel
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import PromptEdit, TextField
from studio.ui.widgets.numbers import DecimalField, NumberField, SeedField
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import EmptyState, Surface
from studio.ui.widgets.text import Label, SectionHeader

PANEL_HEIGHT = 184
MOST_TAKES = 8
PRICED_SECONDS = 30.0
HINT = "Slow harbour waltz, accordion and brushed drums, a little rain"


class MusicForm(QWidget):
    """The fields and the button.

    Signals:
        edited(dict): fields of `MusicWish`. make().
    """

    edited = Signal(dict)
    make = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._showing = False
        self._models: dict[str, ModelInfo] = {}
        self.prompt = PromptEdit("Music prompt", tr(HINT))
        self.lyrics = PromptEdit("Lyrics", tr("What is sung, if anything"))
        self.lyrics.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN)
        self.negative = TextField(tr("Without"), tr("What should not be in it"))
        self.model = Select("Model", placeholder=tr("No models yet"), search=True)
        self.length = DecimalField(tr("Length"), 0.5, 380.0, 30.0, decimals=1, step=5.0, suffix=" s")
        self.count = NumberField(tr("Takes"), 1, MOST_TAKES, 2)
        self.seed = SeedField("Seed", 1)
        self.instrumental = Switch(tr("Instrumental"), wide=True)
        self.loop = Switch(tr("Loops without a seam"), wide=True)
        self.button = Button(tr("Make music"), "primary", "music", size="large", name="Make music")
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._words = Label("", "caption", "text2", tabular=True, wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._words.setMinimumHeight(Theme.current().line_height("caption"))
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        area = ScrollColumn()
        self._model_header = SectionHeader(tr("Model"), buddy=self.model)
        self._length_header = SectionHeader(tr("Length"), buddy=self.length)
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        self._length_box = _boxed(self._length_header, self.length)
        row.addWidget(self._length_box, 3)
        row.addWidget(_boxed(SectionHeader(tr("Takes"), buddy=self.count), self.count), 2)
        self._lyrics_box = _boxed(SectionHeader(tr("Lyrics"), buddy=self.lyrics.editor), self.lyrics)
        self._negative_box = _boxed(SectionHeader(tr("Without"), buddy=self.negative), self.negative)
        for box in (
            _boxed(SectionHeader(tr("Prompt"), buddy=self.prompt.editor), self.prompt),
            _boxed(self._model_header, self.model), pair, self.instrumental, self._lyrics_box,
            self._negative_box, self.loop, _boxed(SectionHeader(tr("Seed"), buddy=self.seed), self.seed),
        ):  # fmt: skip
            area.column.addWidget(box)
        area.column.addStretch(1)
        foot = QVBoxLayout()
        foot.setContentsMargins(Space.LG, Space.MD, Space.LG, Space.LG)
        foot.setSpacing(Space.SM)
        foot.addWidget(self.button)
        foot.addWidget(self._words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.prompt.text_changed.connect(lambda: self._tell(prompt=self.prompt.text()))
        self.prompt.submitted.connect(self.make)
        self.lyrics.text_changed.connect(lambda: self._tell(lyrics=self.lyrics.text()))
        self.negative.textChanged.connect(lambda text: self._tell(negative_prompt=text))
        self.model.changed.connect(lambda value: self._tell(model=value))
        self.length.valueChanged.connect(lambda value: self._tell(length=round(value, 1)))
        self.count.valueChanged.connect(lambda value: self._tell(count=value))
        self.seed.changed.connect(lambda value: self._tell(seed=max(1, int(value))))
        self.seed.lock_changed.connect(lambda locked: self._tell(seed_locked=locked))
        self.instrumental.toggled.connect(lambda on: self._tell(instrumental=on))
        self.instrumental.toggled.connect(lambda on: self.lyrics.setEnabled(not on))
        self.loop.toggled.connect(lambda on: self._tell(loop=on))
        self.button.clicked.connect(self.make)

    # ------------------------------------------------------------------ showing

    def show_models(self, models: Sequence[ModelInfo], wish: MusicWish) -> None:
        """Offer these models, with the price of half a minute."""
        self._models = {model.name: model for model in models}
        self.model.set_options([model_option(model, half_minute_price(model)) for model in models])
        self._model_header.set_value(tr("{n} available", n=len(models)) if models else "")
        self.show_wish(wish)

    def show_wish(self, wish: MusicWish) -> None:
        """Put the values into the fields, telling nobody; only what the model takes is shown."""
        self._showing = True
        try:
            can = abilities_of(self._models.get(wish.model))
            self.model.set_value(wish.model if wish.model in self._models else None)
            self._length_box.setVisible(bool(can.longest))
            if can.longest:
                self.length.setRange(can.shortest, can.longest)
                self._length_header.set_value(tr("{a:g} to {b:g} s", a=can.shortest, b=can.longest))
            self.length.setValue(wish.length)
            self.instrumental.setVisible(can.instrumental)
            self._lyrics_box.setVisible(can.instrumental)
            self._negative_box.setVisible(can.negative)
            self.loop.setVisible(can.loop)
            self.prompt.set_text(wish.prompt)
            self.lyrics.set_text(wish.lyrics)
            self.negative.setText(wish.negative_prompt)
            self.instrumental.setChecked(wish.instrumental)
            self.lyrics.setEnabled(not wish.instrumental)
            self.loop.setChecked(wish.loop)
            self.count.setValue(wish.count)
            self.seed.set_value(wish.seed)
            self.seed.set_locked(wish.seed_locked)
        finally:
            self._showing = False

    def show_button(self, label: str, note: str, words: str, *, enabled: bool, problem: bool) -> None:
        """The button with its price, and the line under it."""
        self.button.setText(label)
        self.button.set_note(note)
        self.button.setEnabled(enabled)
        self._words.setText(words)
        self._words.set_tone("warn" if problem else "text2")

    def _tell(self, **changes: object) -> None:
        if not self._showing:
            self.edited.emit(changes)


class MusicPage(QWidget):
    """Joins the parts of the page.

    Args:
        transcribe: takes a sound over to Transcribe.
    """

    def __init__(
        self,
        context: PaneContext,
        deck: SoundDeck,
        form: MusicForm,
        transcribe: Callable[[Asset], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        services = context.services
        self._services = services
        self._transcribe = transcribe
        self.form = form
        self.presenter = MusicPresenter(services, self, self._ask)
        self.panel = SoundPanel(deck, services.sound, services.tasks)
        self.panel.setFixedHeight(Theme.current().px(PANEL_HEIGHT))
        self.list = MusicList(deck)
        self._title = Label(tr("Music"), "title")
        self._count = Label("", tone="text2", tabular=True)
        self.empty = EmptyState(
            "music", tr("No music yet"),
            tr("Describe a mood, instruments and a tempo. Takes appear here under each other, to compare."),
        )  # fmt: skip
        self._arrange()
        self._join()
        self.presenter.start()

    def _arrange(self) -> None:
        middle = Surface("bg", parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(middle)
        column = QVBoxLayout(middle)
        column.setContentsMargins(Space.XL - Space.XS, Space.LG, Space.XL - Space.XS, Space.LG)
        column.setSpacing(Space.MD)
        head = QHBoxLayout()
        head.setSpacing(Space.MD)
        head.addWidget(self._title)
        head.addWidget(self._count, 1)
        column.addLayout(head)
        column.addWidget(self.panel)
        column.addWidget(self.list, 1)
        column.addWidget(self.empty, 1)
        self.panel.hide()

    def _join(self) -> None:
        presenter, form = self.presenter, self.form
        form.edited.connect(lambda changes: presenter.edit(**changes))
        form.make.connect(presenter.make)
        presenter.models_changed.connect(lambda models: form.show_models(models, presenter.wish))
        presenter.wish_changed.connect(lambda: form.show_wish(presenter.wish))
        presenter.items_changed.connect(self._show_items)
        presenter.plan_changed.connect(self._show_plan)
        presenter.refused.connect(self._point_at)
        self.list.chosen.connect(self._show_take)
        self.list.command.connect(self._run)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), form)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(presenter.make)

    def stop(self) -> None:
        """The program ends."""
        self._services.tasks.cancel_owner(self)
        self.panel.leave()
        self.presenter.stop()

    def focus(self) -> None:
        self.form.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    # ------------------------------------------------------------------ showing

    def _show_items(self) -> None:
        items = self.presenter.items
        self.list.show_items(items)
        self.list.setVisible(bool(items))
        self.empty.setVisible(not items)
        self._count.setText(trn("1 take", "{n} takes", len(items)) if items else "")
        current = self.list.items.item(self.list.currentIndex().row())
        if current is not None:
            self._show_take(current)

    def _show_take(self, item: MusicItem) -> None:
        if item.path is None:
            return
        if self.panel.path != item.path:
            self.panel.show_sound(item.path, item.sha256, item.duration, item.title)
        self.panel.show()

    def _show_plan(self, plan: AudioPlan) -> None:
        count = self.presenter.wish.count
        self.form.show_button(
            tr("Make music") if count == 1 else tr("Make {n} takes", n=count),
            note_of(plan, self.presenter.unit),
            under_button(plan, self.presenter.unit),
            enabled=not plan.problem or plan.field in ("prompt", "session", "budget"),
            problem=bool(plan.problem) and plan.field != "prompt",
        )

    def _point_at(self, field: str) -> None:
        control = {"prompt": self.form.prompt.editor, "model": self.form.model}.get(field)
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _ask(self, plan: AudioPlan) -> bool:
        amount = pollen_range(plan.low or plan.high, plan.high) if plan.high else ""
        unit = self.presenter.unit
        text = leaves_words(plan.quote, unit)
        return await dialogs.confirm(
            self, tr("Spend about {amount} {unit}?", amount=amount, unit=unit), text,
            action=trn("Make one take", "Make {n} takes", len(plan.orders)),
        )  # fmt: skip

    def _run(self, command: str, key: str) -> None:
        if command == "settings":
            self.presenter.use_settings_of(key)
        elif command == "retry":
            self.presenter.retry(key)
        elif command == "cancel":
            self.presenter.cancel(key)
        else:
            self._services.tasks.spawn(self._hand_over(key), name="transcribe", owner=self)

    async def _hand_over(self, key: str) -> None:
        asset = await self._services.library.asset(key)
        if asset is not None:
            self._transcribe(asset)


def half_minute_price(model: ModelInfo) -> str:
    """What a take of thirty seconds costs, or "" where the catalogue does not say."""
    request = SpeechRequest(input="a", model=model.name, duration=PRICED_SECONDS)
    words = price_words(estimate(model, request))
    return tr("{price} for 30 s", price=words) if words else ""


def _boxed(*controls: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(Space.SM)
    for control in controls:
        column.addWidget(control)
    return box
