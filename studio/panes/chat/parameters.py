"""The side panel: system prompt, presets, and every parameter the model takes (CONTRACT 4.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QMargins, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.core.i18n import tr
from studio.domain.conversation import ChatParameters, ChatPreset, Conversation
from studio.domain.models import ModelInfo
from studio.panes.chat.parameter_fields import (
    CONTROL,
    Lines,
    OptionalDecimal,
    OptionalNumber,
    Row,
    as_json,
    block,
    lines_of,
    not_set,
    read_biases,
    read_object,
    read_schema,
    read_stops,
    read_tools,
    row,
)
from studio.services.chat_request import built_in_tools, left_out, takes
from studio.ui.theme import BORDER, Space, Theme
from studio.ui.widgets.buttons import Button, IconButton
from studio.ui.widgets.choice import Checkbox, Switch
from studio.ui.widgets.fields import TextField
from studio.ui.widgets.layout import Disclosure
from studio.ui.widgets.numbers import SeedField
from studio.ui.widgets.options import Option
from studio.ui.widgets.scroll import ScrollColumn
from studio.ui.widgets.select import Select
from studio.ui.widgets.surfaces import Divider, Surface
from studio.ui.widgets.text import Label, SectionHeader

WIDTH = 328
EFFORTS = (
    ("none", tr("none")), ("minimal", tr("minimal")), ("low", tr("low")), ("medium", tr("medium")),
    ("high", tr("high")), ("xhigh", tr("very high")), ("max", tr("most")),
)  # fmt: skip
VOICES = (
    "alloy",
    "echo",
    "fable",
    "onyx",
    "shimmer",
    "coral",
    "verse",
    "ballad",
    "ash",
    "sage",
    "amuch",
    "dan",
)
BUILT_IN = (
    ("google_search", tr("Search the web")),
    ("url_context", tr("Read pages")),
    ("code_execution", tr("Run code")),
    ("google_maps", tr("Look at maps")),
    ("file_search", tr("Search files")),
    ("computer_use", tr("Use a computer")),
)
SAFETY = (
    ("nsfw", tr("No sexual or violent content")),
    ("privacy", tr("Hide personal data")),
    ("secrets", tr("Hide keys and passwords")),
    ("shield", tr("Block attacks")),
)
DECIMALS = (
    (
        "temperature",
        tr("Temperature"),
        tr("Higher answers vary more, lower ones repeat themselves less often."),
        0.0,
        2.0,
    ),
    ("top_p", tr("Top P"), tr("Considers only the likeliest words up to this share."), 0.0, 1.0),
)
PENALTIES = (
    (
        "frequency_penalty",
        tr("Frequency penalty"),
        tr("Above 0: words that came often come less often."),
        -2.0,
        2.0,
    ),
    ("presence_penalty", tr("Presence penalty"), tr("Above 0: new topics rather than old ones."), -2.0, 2.0),
    (
        "repetition_penalty",
        tr("Repetition penalty"),
        tr("Above 1: repeats itself less. Few models know it."),
        0.0,
        2.0,
    ),
)
MOST_TOKENS = 1_000_000


def count_set(parameters: ChatParameters, system_prompt: str) -> int:
    """How many parameters differ from what is not set."""
    usual = ChatParameters()
    changed = sum(getattr(parameters, one.name) != getattr(usual, one.name) for one in fields(ChatParameters))
    return changed + bool(system_prompt)


def _options(values: Sequence[tuple[str, str]]) -> list[Option]:
    return [Option("", not_set()), *(Option(value, words) for value, words in values)]


class ParametersPanel(Surface):
    """Shows one conversation's settings and tells what the user changes.

    Signals:
        changed(ChatParameters), system_prompt_changed(str), permission_changed("" | always | never),
        preset_chosen(id), preset_wanted (save these as one), preset_removed(id), closed.
    """

    changed = Signal(object)
    system_prompt_changed = Signal(str)
    permission_changed = Signal(str)
    preset_chosen = Signal(str)
    preset_wanted = Signal()
    preset_removed = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("surface", "left", parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._parameters = ChatParameters()
        self._showing = False
        self._show: list[Callable[[ChatParameters], object]] = []
        self._only: list[tuple[QWidget, Callable[[ModelInfo | None], bool]]] = []
        self._names: dict[str, str] = {}
        self._lines: list[Lines] = []
        self._area = ScrollColumn(QMargins(Space.LG, Space.MD, Space.LG, Space.LG), Space.MD)
        self._column: QVBoxLayout = self._area.column
        outer = QVBoxLayout(self)
        outer.setContentsMargins(round(BORDER), Space.NONE, Space.NONE, Space.NONE)
        outer.setSpacing(Space.NONE)
        outer.addLayout(self._head())
        outer.addWidget(self._area, 1)
        self.left_out = Label("", "caption", "text2", wrap=True)
        self.left_out.hide()
        self._presets()
        self._column.addWidget(self.left_out)
        self._prompt()
        self._answer()
        self._format()
        self._tools()
        self._more()
        self._column.addStretch(1)

    def sizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(Theme.current().px(WIDTH), 200)

    # ------------------------------------------------------------------ building

    def _head(self) -> QHBoxLayout:
        close = IconButton("close", tr("Close the parameters"))
        close.clicked.connect(self.closed)
        reset = Button(tr("Reset"), "quiet", size="small", name=tr("Reset all parameters"))
        reset.clicked.connect(self._reset)
        head = QHBoxLayout()
        head.setContentsMargins(Space.LG, Space.MD, Space.MD, Space.NONE)
        head.setSpacing(Space.SM)
        head.addWidget(Label(tr("Parameters"), "title"), 1)
        head.addWidget(reset)
        head.addWidget(close)
        return head

    def _presets(self) -> None:
        self.preset = Select(tr("Preset"), placeholder=tr("No preset"))
        self.preset.changed.connect(lambda value: self.preset_chosen.emit(str(value)))
        self.keep_preset = IconButton("add", tr("Save these settings as a preset"), size="normal")
        self.keep_preset.clicked.connect(self.preset_wanted)
        self.remove_preset = IconButton("trash", tr("Remove this preset"), size="normal")
        self.remove_preset.clicked.connect(lambda: self.preset_removed.emit(self.preset.value() or ""))
        line = QHBoxLayout()
        line.setSpacing(Space.XS)
        line.addWidget(self.preset, 1)
        line.addWidget(self.keep_preset)
        line.addWidget(self.remove_preset)
        self._column.addLayout(line)

    def _prompt(self) -> None:
        self.prompt = Lines(tr("System prompt"), tr("How it should answer, and as whom"))
        self.prompt.edited.connect(lambda text: self.system_prompt_changed.emit(str(text)))
        self._lines.append(self.prompt)
        self._column.addWidget(
            block(tr("System prompt"), tr("Goes before every question."), self.prompt).widget
        )

    def _answer(self) -> None:
        self._heading(tr("Answer"))
        for name, label, tip, low, high in DECIMALS:
            self._decimal(name, label, tip, low, high)
        self._number(
            "max_tokens", tr("Longest answer"), tr("In tokens. Reasoning counts too."), 1, MOST_TOKENS, 256
        )
        self._seed()
        self._select(
            "reasoning_effort", tr("Reasoning"), tr("How long it thinks before it answers."), EFFORTS
        )
        self._context_limit()
        self._switch("spoken", tr("Spoken answer"), tr("The answer comes as sound too."))
        self.voice = self._select("voice", tr("Voice"), "", [(v, v.capitalize()) for v in VOICES])

    def _context_limit(self) -> None:
        self._number(
            "context_limit", tr("Context limit"),
            tr("Most tokens of earlier messages that go along. Not set: as many as the model takes."),
            0, 10_000_000, 1000,
        )  # fmt: skip

    def _seed(self) -> None:
        """A locked seed goes along with every question; an open one is left to the service."""
        seed = SeedField(tr("Seed"), 0)
        tip = tr("Lock it to send it: the same question then gets much the same answer.")

        def tell() -> None:
            self._change(seed=seed.value() if seed.locked else None)

        def show(parameters: ChatParameters) -> None:
            seed.set_locked(parameters.seed is not None)
            if parameters.seed is not None:
                seed.set_value(max(parameters.seed, 0))

        seed.changed.connect(lambda _value: tell())
        seed.lock_changed.connect(lambda _on: tell())
        self._names["seed"] = tr("Seed")
        self._add(row(tr("Seed"), tip, seed, CONTROL + Space.XXL), show, "seed")

    def _format(self) -> None:
        self._heading(tr("Format"), "response_format")
        kinds = [("text", tr("Text")), ("json_object", tr("JSON")), ("json_schema", tr("JSON by a schema"))]
        self._select(
            "response_format", tr("Answers as"), tr("JSON answers are easy to use in other programs."), kinds
        )
        schema = Lines(
            tr("JSON schema"), '{"type": "object", "properties": {…}}', check=read_schema, mono=True
        )
        schema.edited.connect(lambda value: self._change(json_schema=value))
        self._lines.append(schema)
        made = block(tr("Schema"), tr("What the answer must look like."), schema)

        self._names["json_schema"] = tr("Schema")
        self._add(made, lambda parameters: schema.show_text(as_json(parameters.json_schema)))
        self._only.append(
            (
                made.widget,
                lambda model: (
                    takes(model, "json_schema") and self._parameters.response_format == "json_schema"
                ),
            )
        )

    def _tools(self) -> None:
        self._heading(tr("Tools"), "image_tool", "search_context_size")
        self._switch(
            "image_tool",
            tr("Make pictures"),
            tr("The model may ask to make pictures. You see the price first."),
        )
        self.permission = Select(
            tr("Pictures"),
            [Option("", tr("ask")), Option("always", tr("allow")), Option("never", tr("refuse"))],
            "", search=False,
        )  # fmt: skip
        self.permission.changed.connect(lambda value: self.permission_changed.emit(str(value)))
        asked = row(
            tr("When it asks"), tr("What happens when the model wants to make pictures."), self.permission
        )
        self._add(asked, lambda parameters: asked.widget.setEnabled(parameters.image_tool))
        self._only.append((asked.widget, lambda model: takes(model, "image_tool")))
        for kind, words in BUILT_IN:
            self._built_in(kind, words)
        self._select(
            "search_context_size", tr("Web search"), tr("How much of the web it reads for an answer."),
            [("low", tr("little")), ("medium", tr("some")), ("high", tr("much"))],
        )  # fmt: skip

    def _built_in(self, kind: str, words: str) -> None:
        box = Checkbox(words)

        def tell(on: bool) -> None:
            kept = tuple(one for one in self._parameters.built_in_tools if one != kind)
            self._change(built_in_tools=(*kept, kind) if on else kept)

        self._names["built_in_tools"] = tr("Built-in tools")
        box.toggled.connect(tell)
        self._add(Row(box, box), lambda parameters: box.setChecked(kind in parameters.built_in_tools))
        self._only.append((box, lambda model: kind in built_in_tools(model)))

    def _more(self) -> None:
        content = QWidget()
        more = Disclosure(tr("More parameters"), content=content)
        self._column.addWidget(Divider())
        self._column.addWidget(more)
        self._column.addWidget(content)
        outer, self._column = self._column, QVBoxLayout(content)
        self._column.setContentsMargins(Space.NONE, Space.NONE, Space.NONE, Space.NONE)
        self._column.setSpacing(Space.MD)
        for name, label, tip, low, high in PENALTIES:
            self._decimal(name, label, tip, low, high)
        self._text_block(
            "stop", tr("Stop at"), tr("Up to four texts, one per line."), read_stops, lines_of, ""
        )
        self._safety()
        self._number(
            "thinking_budget",
            tr("Reasoning budget"),
            tr("Tokens for reasoning, for models that take a number."),
            0,
            MOST_TOKENS,
            512,
        )
        self._yes_no(
            "parallel_tool_calls", tr("Several tools at once"), tr("Whether it may call tools side by side.")
        )
        choices = [("auto", tr("as it likes")), ("none", tr("none")), ("required", tr("at least one"))]
        self._select(
            "tool_choice", tr("Tool use"), tr("Whether it may, must or must not use tools."), choices
        )
        self._text_block(
            "tools", tr("Own tools"), tr("Tools as JSON, as the API takes them."), read_tools, as_json, "[…]"
        )
        self._yes_no("logprobs", tr("Log probabilities"), tr("Answers tell how likely each word was."))
        self._number(
            "top_logprobs", tr("Alternatives"), tr("How many likely words are told for each."), 0, 20
        )
        self._text_block(
            "logit_bias",
            tr("Token biases"),
            tr("Tokens and a number from -100 to 100 each."),
            read_biases,
            as_json,
            '{"50256": -100}',
        )
        self._user()
        self._text_block(
            "extra",
            tr("Further fields"),
            tr("Sent as they are, beside everything else."),
            _object_or_none,
            as_json,
            "{…}",
        )
        self._column = outer

    def _safety(self) -> None:
        for kind, words in SAFETY:
            box = Checkbox(words)

            def tell(on: bool, kind: str = kind) -> None:
                kept = [one for one in self._parameters.safe.split(",") if one and one != kind]
                self._change(safe=",".join([*kept, kind] if on else kept))

            box.toggled.connect(tell)
            self._add(
                Row(box, box),
                lambda parameters, box=box, kind=kind: box.setChecked(kind in parameters.safe.split(",")),
            )

    def _user(self) -> None:
        field = TextField(tr("User id"), not_set())
        field.editingFinished.connect(lambda: self._change(user=field.text().strip()))
        tip = tr("An id of your own that the provider keeps with the request.")
        self._add(row(tr("User id"), tip, field), lambda parameters: field.setText(parameters.user))

    # ------------------------------------------------------------------ building blocks

    def _heading(self, text: str, *names: str) -> None:
        """A section; one of the fields `names` alone is there only for models that take any of them."""
        divider, header = Divider(), SectionHeader(text)
        self._column.addWidget(divider)
        self._column.addWidget(header)
        if names:
            for widget in (divider, header):
                self._only.append((widget, lambda model: any(takes(model, name) for name in names)))

    def _add(self, made: Row, show: Callable[[ChatParameters], object], name: str = "") -> None:
        """Place a line; one that shows the field `name` is there only for models that take it."""
        self._column.addWidget(made.widget)
        self._show.append(show)
        if name:
            self._only.append((made.widget, lambda model: takes(model, name)))

    def _decimal(self, name: str, label: str, tip: str, low: float, high: float) -> None:
        field = OptionalDecimal(label, low, high, 0.1)
        field.edited.connect(lambda value: self._change(**{name: value}))
        self._names[name] = label
        self._add(
            row(label, tip, field),
            lambda parameters: field.show_value(getattr(parameters, name)),
            name,
        )

    def _number(self, name: str, label: str, tip: str, low: int, high: int, step: int = 1) -> None:
        field = OptionalNumber(label, low, high, step)
        field.edited.connect(lambda value: self._change(**{name: value}))
        self._names[name] = label
        self._add(
            row(label, tip, field), lambda parameters: field.show_value(getattr(parameters, name)), name
        )

    def _select(self, name: str, label: str, tip: str, values: Sequence[tuple[str, str]]) -> Select:
        """A choice; its control."""
        field = Select(label, _options(values), "", search=False)
        field.changed.connect(lambda value: self._change(**{name: str(value)}))
        self._names[name] = label
        self._add(row(label, tip, field), lambda parameters: field.set_value(getattr(parameters, name)), name)
        return field

    def _switch(self, name: str, label: str, tip: str) -> None:
        field = Switch(label, wide=True)
        field.setToolTip(tip)
        field.setAccessibleDescription(tip)
        field.toggled.connect(lambda on: self._change(**{name: on}))
        self._names[name] = label
        self._add(
            Row(field, field), lambda parameters: field.setChecked(bool(getattr(parameters, name))), name
        )

    def _yes_no(self, name: str, label: str, tip: str) -> None:
        field = Select(label, _options((("yes", tr("yes")), ("no", tr("no")))), "", search=False)
        field.changed.connect(
            lambda value: self._change(**{name: {"yes": True, "no": False}.get(str(value))})
        )

        def show(parameters: ChatParameters) -> None:
            value = getattr(parameters, name)
            field.set_value("" if value is None else "yes" if value else "no")

        self._names[name] = label
        self._add(row(label, tip, field), show, name)

    def _text_block(
        self,
        name: str,
        label: str,
        tip: str,
        check: Callable[[str], tuple[Any, str]],
        words: Callable[[Any], str],
        placeholder: str,
    ) -> None:
        field = Lines(label, placeholder or tip, check=check, mono=name != "stop")
        field.edited.connect(lambda value: self._change(**{name: value}))
        self._lines.append(field)
        self._names[name] = label
        self._add(
            block(label, tip, field),
            lambda parameters: field.show_text(words(getattr(parameters, name))),
            name,
        )

    # ------------------------------------------------------------------ state

    def show_conversation(self, conversation: Conversation, model: ModelInfo | None) -> None:
        """Show its settings; what the model does not take is hidden, and named where it is set."""
        self._showing = True
        self._parameters = conversation.parameters
        self.prompt.show_text(conversation.system_prompt)
        self.permission.set_value(conversation.image_permission)
        for show in self._show:
            show(conversation.parameters)
        voices = (model.voices if model is not None else ()) or VOICES
        self.voice.set_options(_options([(v, v.capitalize()) for v in voices]), conversation.parameters.voice)
        for widget, is_for in self._only:
            widget.setVisible(is_for(model))
        self._show_left_out(conversation.parameters, model)
        self._showing = False

    def _show_left_out(self, parameters: ChatParameters, model: ModelInfo | None) -> None:
        """Name what is set and does not go along with this model."""
        names = [self._names.get(name, name) for name in left_out(parameters, model)]
        self.left_out.setVisible(bool(names))
        if names and model is not None:
            title = model.title or model.name
            words = tr("{model} does not take: {names}. Not sent.", model=title, names=", ".join(names))
            self.left_out.setText(words)

    def show_presets(self, presets: Sequence[ChatPreset], chosen: str) -> None:
        """Offer these presets."""
        self.preset.set_options([Option(preset.id, preset.name) for preset in presets], chosen)
        self.preset.setEnabled(bool(presets))
        self.remove_preset.setEnabled(bool(chosen))

    def flush(self) -> None:
        """Tell what was typed a moment ago; before the conversation changes or a question goes out."""
        for lines in self._lines:
            if lines.waiting:
                lines.tell()

    def _change(self, **values: Any) -> None:
        if self._showing:
            return
        parameters = replace(self._parameters, **values)
        if parameters != self._parameters:
            self._parameters = parameters
            self.changed.emit(parameters)

    def _reset(self) -> None:
        self._parameters = ChatParameters()
        self.changed.emit(self._parameters)


def _object_or_none(text: str) -> tuple[Any, str]:
    value, problem = read_object(text)
    return value or {}, problem
