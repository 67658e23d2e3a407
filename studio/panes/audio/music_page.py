"""The Music page: the form at the left, the takes under the sound of the current one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.core.i18n import tr, trn
from studio.domain.asset import Asset
from studio.domain.models import ModelInfo
from studio.domain.music import MusicWish, abilities_of
from studio.domain.pricing import estimate
from studio.domain.speech import SpeechRequest
from studio.panes.audio.form_parts import (
    ModelSection,
    RunFoot,
    Section,
    ask_to_spend,
    run_on_ctrl_enter,
    scrolled_over,
)
from studio.panes.audio.music_list import MusicList
from studio.panes.audio.music_presenter import MusicItem, MusicPresenter
from studio.panes.audio.words import price_words
from studio.services.audio import AudioPlan
from studio.ui.pane import PaneContext
from studio.ui.sound_deck import SoundDeck
from studio.ui.sound_panel import SoundPanel
from studio.ui.theme import Size, Space, Theme
from studio.ui.widgets.choice import Switch
from studio.ui.widgets.fields import PromptEdit, TextField
from studio.ui.widgets.numbers import DecimalField, NumberField, SeedField
from studio.ui.widgets.surfaces import EmptyState, Surface
from studio.ui.widgets.text import Label, SectionHeader

PANEL_HEIGHT = 184
MOST_TAKES = 8
PRICED_SECONDS = 30.0
HINT = tr("Slow harbour waltz, accordion and brushed drums, a little rain")


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
        self.prompt = PromptEdit("Music prompt", HINT)
        self.lyrics = PromptEdit("Lyrics", tr("What is sung, if anything"))
        self.lyrics.set_heights(Size.CONTROL * 2, Size.PROMPT_MIN)
        self.negative = TextField(tr("Without"), tr("What should not be in it"))
        self._models_box = ModelSection()
        self.model = self._models_box.select
        self.length = DecimalField(tr("Length"), 0.5, 380.0, 30.0, decimals=1, step=5.0, suffix=" s")
        self.count = NumberField(tr("Takes"), 1, MOST_TAKES, 2)
        self.seed = SeedField("Seed", 1)
        self.instrumental = Switch(tr("Instrumental"), wide=True)
        self.loop = Switch(tr("Loops without a seam"), wide=True)
        self.foot = RunFoot(
            tr("Make music"), "music", "Make music",
            pressable=("prompt", "session", "budget"), expected=("prompt",),
        )  # fmt: skip
        self.button = self.foot.button
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        area = scrolled_over(self, self.foot)
        self._length_header = SectionHeader(tr("Length"), buddy=self.length)
        pair = QWidget()
        row = QHBoxLayout(pair)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SM)
        self._length_box = Section(self._length_header, self.length)
        row.addWidget(self._length_box, 3)
        row.addWidget(Section(SectionHeader(tr("Takes"), buddy=self.count), self.count), 2)
        self._lyrics_box = Section(SectionHeader(tr("Lyrics"), buddy=self.lyrics.editor), self.lyrics)
        self._negative_box = Section(SectionHeader(tr("Without"), buddy=self.negative), self.negative)
        for box in (
            Section(SectionHeader(tr("Prompt"), buddy=self.prompt.editor), self.prompt),
            self._models_box, pair, self.instrumental, self._lyrics_box,
            self._negative_box, self.loop, Section(SectionHeader(tr("Seed"), buddy=self.seed), self.seed),
        ):  # fmt: skip
            area.column.addWidget(box)
        area.column.addStretch(1)

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
        self._models_box.show_models(models, half_minute_price)
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
        run_on_ctrl_enter(form, presenter.make)

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
        label = tr("Make music") if count == 1 else tr("Make {n} takes", n=count)
        self.form.foot.show_plan(plan, self.presenter.unit, label)

    def _point_at(self, field: str) -> None:
        control = {"prompt": self.form.prompt.editor, "model": self.form.model}.get(field)
        if control is not None:
            control.setFocus(Qt.FocusReason.OtherFocusReason)

    async def _ask(self, plan: AudioPlan) -> bool:
        action = trn("Make one take", "Make {n} takes", len(plan.orders))
        return await ask_to_spend(self, plan, self.presenter.unit, action)

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
