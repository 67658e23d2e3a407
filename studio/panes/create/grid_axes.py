"""What the two sides of a grid may vary: the form's own table of parameters, and the values of each.

Pure values; no widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.core.i18n import tr
from studio.domain.grid import (
    ALL_FILES,
    CHOICE,
    MOST_VALUES,
    Axis,
    read_lines,
    read_numbers,
    read_sizes,
    sides_of,
)
from studio.domain.image import SEED_MAX
from studio.domain.models import ModelInfo
from studio.domain.parameters import PARAMETERS, SLOTS, Parameter, Value, takes_edits
from studio.domain.prompt_template import parse
from studio.panes.create.form import Form, size_of
from studio.panes.create.model_options import price_each
from studio.services.prompt_book import Style

Editor = Literal["checks", "numbers", "decimals", "sizes", "lines"]
SEEDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the values there are; `detail` stands at the right."""

    value: Value
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that can be varied, and how its values are asked for.

    Args:
        choices: of "checks"; `chosen` are those that are on at first.
        text: what stands in the field at first.
        asks_find: the values stand for a text that is asked for, too.
        also: words of a switch that adds one value which cannot be written as a line; `also_value` is it, or
            the text that is looked for where `asks_find`.
    """

    parameter: str
    title: str
    editor: Editor
    choices: tuple[Choice, ...] = ()
    chosen: tuple[Value, ...] = ()
    text: str = ""
    hint: str = ""
    asks_find: bool = False
    also: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the user entered for an offer."""

    chosen: tuple[Value, ...] = ()
    text: str = ""
    find: str = ""
    also: bool = False


def offers_of(
    form: Form,
    models: Sequence[ModelInfo],
    styles: Sequence[Style],
    wildcards: Mapping[str, Sequence[str]],
) -> list[Offer]:
    """What can be varied of this form: what at least one of `models` takes."""
    found = [
        Offer(
            parameter="model", title=tr("Model"), editor="checks", chosen=(form.model,),
            choices=tuple(
                Choice(value=model.name, label=model.title or model.name, detail=price_each(model))
                for model in models
            ),
        ),
        Offer(
            parameter="seed", title=tr("Seed"), editor="numbers",
            text=f"{min(form.seed, SEED_MAX - SEEDS)}-{min(form.seed, SEED_MAX - SEEDS) + SEEDS - 1}",
            hint=tr("1-5, or 3, 7, 9, or 1-100 [5] for five of them"),
        ),
        *_of_prompt(form, styles, wildcards),
    ]  # fmt: skip
    if form.kind == "image":
        found.append(
            Offer(
                parameter="size", title=tr("Size"), editor="sizes", text="1:1, 3:2, 16:9",
                hint=tr("16:9, or 1024x768"),
            )
        )  # fmt: skip
    for parameter in PARAMETERS:
        takers = [m for m in models if form.kind in parameter.kinds and parameter.offered(m)]
        if takers:
            found.append(_of_parameter(parameter, form, takers))
    found.append(_switch("safe", tr("Family safe")))
    found += _of_files(form, models)
    return found


def _of_prompt(form: Form, styles: Sequence[Style], wildcards: Mapping[str, Sequence[str]]) -> list[Offer]:
    found: list[Offer] = []
    for number, ways in enumerate(parse(form.prompt).choices(wildcards, MOST_VALUES)):
        if len(ways) > 1:
            title = tr("Choice {words}", words="{" + "|".join(ways)[:24] + "}")
            choices = tuple(Choice(value=way, label=way or tr("(nothing)")) for way in ways)
            found.append(
                Offer(parameter=f"{CHOICE}{number}", title=title, editor="checks", choices=choices,
                      chosen=tuple(ways))
            )  # fmt: skip
    found.append(
        Offer(
            parameter="replace", title=tr("Words of the prompt"), editor="lines", asks_find=True,
            also=tr("Also as it is"), hint=tr("What stands there instead, one in each line"),
        )
    )  # fmt: skip
    found.append(
        Offer(parameter="prompt", title=tr("Prompt"), editor="lines", text=form.prompt,
              hint=tr("One prompt in each line"))
    )  # fmt: skip
    listed = tuple(Choice(value=style.text, label=style.name) for style in styles)
    found.append(
        Offer(
            parameter="style", title=tr("Style"), editor="checks", chosen=(form.style,),
            choices=(Choice(value="", label=tr("No style")), *listed),
        )
    )  # fmt: skip
    return found


def _of_parameter(parameter: Parameter, form: Form, takers: Sequence[ModelInfo]) -> Offer:
    """One of the table: all values that any of the models has."""
    if parameter.control == "switch":
        return _switch(parameter.name, parameter.label)
    if parameter.control == "words":
        also = tr("Also without any")
        return Offer(
            parameter=parameter.name, title=parameter.label, editor="lines", also=also,
            text=str(getattr(form, parameter.name)), hint=tr("One in each line"),
        )  # fmt: skip
    values = dict.fromkeys(value for model in takers for value in parameter.choices(model))
    if parameter.control == "choice" and values:
        usual = parameter.usual(takers[0])
        every = [*values] if usual in values else [usual, *values]
        return Offer(
            parameter=parameter.name, title=parameter.label, editor="checks", chosen=tuple(every),
            choices=tuple(Choice(value=value, label=parameter.name_of(value)) for value in every),
        )  # fmt: skip
    usual_text = ", ".join(str(value) for value in values)
    bounds = next((found for model in takers if (found := parameter.bounds(model)) is not None), None)
    hint = tr("{low} to {high}", low=f"{bounds.low:g}", high=f"{bounds.high:g}") if bounds else ""
    return Offer(
        parameter=parameter.name, title=parameter.label, text=usual_text, hint=hint,
        editor="decimals" if parameter.control == "decimal" else "numbers",
    )  # fmt: skip


def _switch(name: str, title: str) -> Offer:
    choices = (Choice(value=False, label=tr("Off")), Choice(value=True, label=tr("On")))
    return Offer(parameter=name, title=title, editor="checks", choices=choices, chosen=(False, True))


def _of_files(form: Form, models: Sequence[ModelInfo]) -> list[Offer]:
    """Which of the form's files go along, and how."""
    found: list[Offer] = []
    if form.image and form.kind == "image" and any(takes_edits(model) for model in models):
        choices = (Choice(value=False, label=tr("Reference")), Choice(value=True, label=tr("Edit this")))
        found.append(Offer(parameter="edits", title=tr("Use pictures as"), editor="checks", choices=choices,
                           chosen=(False, True)))  # fmt: skip
    for slot in SLOTS:
        count = len(getattr(form, slot.name))
        if form.kind not in slot.kinds or not count or any(one.parameter == slot.name for one in found):
            continue
        numbered = [Choice(value=n, label=tr("File {n}", n=n)) for n in range(1, count + 1)]
        choices = (Choice(value=0, label=tr("None")), *numbered)
        if count > 1:
            choices = (*choices, Choice(value=ALL_FILES, label=tr("All of them")))
        found.append(
            Offer(parameter=slot.name, title=slot.label, editor="checks", choices=choices,
                  chosen=tuple(choice.value for choice in choices))
        )  # fmt: skip
    return found


def usual(offer: Offer) -> Filled:
    """What is entered at first."""
    return Filled(chosen=offer.chosen, text=offer.text, also=bool(offer.also))


def filled_of(offer: Offer, axis: Axis) -> Filled:
    """An axis as it is entered, to be changed."""
    if offer.editor == "checks":
        return Filled(chosen=tuple(axis.values))
    extra = axis.find if offer.asks_find else ""
    lines = [str(value) for value in axis.values if not (offer.also and value == extra)]
    also = bool(offer.also) and extra in axis.values
    joined = "\n".join(lines) if offer.editor == "lines" else ", ".join(lines)
    return Filled(text=joined, find=axis.find, also=also)


def axis_of(offer: Offer, filled: Filled, form: Form) -> Axis:
    """The axis that was entered.

    Raises:
        ValueError: with one sentence on what is missing or wrong.
    """
    if offer.editor == "checks":
        labels = {choice.value: choice.label for choice in offer.choices}
        # True and 1 are the same key, but no offer has both.
        values = tuple(choice.value for choice in offer.choices if choice.value in filled.chosen)
        return _sound(Axis(parameter=offer.parameter, title=offer.title, values=values,
                           labels=tuple(labels[value] for value in values)))  # fmt: skip
    if offer.editor in ("numbers", "decimals"):
        values = read_numbers(filled.text, whole=offer.editor == "numbers")
        parameter = next((one for one in PARAMETERS if one.name == offer.parameter), None)
        suffix = tuple(parameter.name_of(value) for value in values) if parameter is not None else ()
        return _sound(Axis(parameter=offer.parameter, title=offer.title, values=values, labels=suffix))
    if offer.editor == "sizes":
        return _sound(_sizes(offer, filled.text, form))
    lines = read_lines(filled.text)
    if offer.asks_find and not filled.find:
        raise ValueError(tr("Say which words are replaced."))
    if offer.also and filled.also:
        lines = tuple(dict.fromkeys((filled.find, *lines)))
    return _sound(Axis(parameter=offer.parameter, title=offer.title, values=lines, find=filled.find))


def _sizes(offer: Offer, text: str, form: Form) -> Axis:
    """Ratios become sides with as many pixels as the form has."""
    values: dict[str, str] = {}
    for word in read_sizes(text):
        if sides_of(word) is not None:
            values[word] = word.replace("x", " × ")
        else:
            width, height = size_of(word, form.width * form.height)
            values.setdefault(f"{width}x{height}", f"{word} · {width} × {height}")
    return Axis(
        parameter=offer.parameter, title=offer.title, values=tuple(values), labels=tuple(values.values())
    )


def _sound(axis: Axis) -> Axis:
    if not axis.values:
        raise ValueError(tr("Choose at least one value."))
    if len(axis.values) > MOST_VALUES:
        raise ValueError(tr("These are more than {n} values.", n=MOST_VALUES))
    return axis
