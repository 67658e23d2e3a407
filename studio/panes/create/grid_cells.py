"""The cells of a grid over the form: what is asked for in each, and why some cannot be asked for.

Pure values; no widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from studio.core.i18n import tr
from studio.domain.codec import from_json, to_json
from studio.domain.grid import ALL_FILES, CHOICE, Axis, Cell, Grid, Place, sides_of, why_not
from studio.domain.image import SEED_MAX
from studio.domain.media import MediaInput
from studio.domain.models import ModelInfo
from studio.domain.parameters import SLOT_NAMES, Value
from studio.domain.prompt_template import SLOT, apply_style, escape, parse
from studio.panes.create.form import Form, clamp, problem_of

FindModel = Callable[[str], ModelInfo | None]
_ABOUT_MANY = {"count", "variants", "seed_locked"}


def base_of(form: Form, wildcards: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The form as a grid keeps it, with its choices made: the first of each, and of those in its style.

    Wildcard files may change; what a cell asks for may not.
    """
    kept: dict[str, Any] = {}
    usual = Form()
    for name, value in form._asdict().items():
        if name in _ABOUT_MANY or value == getattr(usual, name):
            continue
        kept[name] = [to_json(item) for item in value] if name in SLOT_NAMES else value
    kept["picks"] = [ways[0] for ways in parse(form.prompt).choices(wildcards, 1)]
    if form.style:
        style = parse(form.style)
        kept["style"] = style.chosen([ways[0] for ways in style.choices(wildcards, 1)])
    return kept


class _Base(NamedTuple):
    form: Form
    picks: list[str]


def _read(base: Mapping[str, Any]) -> _Base:
    """What `base_of` wrote; what cannot be read is as usual."""
    values: dict[str, Any] = {}
    usual = Form()
    for name, value in base.items():
        if name in SLOT_NAMES:
            values[name] = _files(value)
        elif name in Form._fields and type(value) is type(getattr(usual, name)):
            values[name] = value
    picks = base.get("picks")
    return _Base(
        Form(**values), [str(one) for one in cast("list[Any]", picks)] if isinstance(picks, list) else []
    )


def _files(value: object) -> tuple[MediaInput, ...]:
    try:
        items = cast("list[Any]", value) if isinstance(value, list) else []
        return tuple(from_json(MediaInput, item) for item in items)
    except (ValueError, TypeError, AttributeError):
        return ()


def form_of(grid: Grid) -> Form:
    """The form that the grid was made over, to go on with."""
    return _read(grid.base).form


def cells_of(grid: Grid, find: FindModel) -> list[Cell]:
    """Every cell, row by row, as the catalogue allows it now.

    Args:
        find: the model of an id or alias, or None when it is not offered any more.
    """
    base = _read(grid.base)
    return [_cell(grid, place, base, find) for place in grid.places()]


def _cell(grid: Grid, place: Place, base: _Base, find: FindModel) -> Cell:
    values = grid.values_at(place)
    form = base.form
    for axis, value in values:
        form = _with(form, axis, value)
    model = find(form.model)
    problem = why_not(model, form.model, base.form.kind, values)
    text, not_found = _prompt(form.prompt, base.picks, values)
    if not problem and not_found:
        problem = tr("“{text}” is not in the prompt", text=not_found)
    if not problem and not text:
        problem = tr("There is no prompt")
    if not problem:
        problem = problem_of(form._replace(prompt=text), model)[0].removesuffix(".")
    if problem:
        return Cell(place=place, model=model, problem=problem)
    return Cell(
        place=place,
        model=model,
        request=form.request(model, apply_style(form.style, text).strip()),
        template=escape(text),
        style=SLOT.join(escape(part) for part in form.style.split(SLOT)),
    )


def _with(form: Form, axis: Axis, value: Value) -> Form:
    """The form with one value of an axis; what changes the prompt follows later."""
    name = axis.parameter
    if name == "size":
        width, height = sides_of(str(value)) or (form.width, form.height)
        return form._replace(width=clamp(width), height=clamp(height))
    if name == "seed":
        return form._replace(seed=min(max(int(value), 1), SEED_MAX))
    if name in SLOT_NAMES:
        items: tuple[MediaInput, ...] = getattr(form, name)
        at = int(value)
        return form._replace(**{name: items if at == ALL_FILES else items[at - 1 : at] if at else ()})
    if name in Form._fields:
        kind = type(getattr(Form(), name))
        return form._replace(**{name: kind(value)})
    return form


def _prompt(template: str, picks: Sequence[str], values: Sequence[tuple[Axis, Value]]) -> tuple[str, str]:
    """The prompt with choices made and words replaced; and a text to be replaced that is not there."""
    made = list(picks)
    whole = next((str(value) for axis, value in values if axis.parameter == "prompt"), None)
    for axis, value in values:
        if axis.parameter.startswith(CHOICE):
            number = axis.parameter.removeprefix(CHOICE)
            if number.isdecimal() and int(number) < len(made):
                made[int(number)] = str(value)
    # A prompt of the axis is text; only the form's own has choices.
    text = whole if whole is not None else parse(template).chosen(made)
    missing = ""
    for axis, value in values:
        if axis.parameter == "replace":
            if not axis.find or axis.find not in text:
                missing = axis.find or missing
            text = text.replace(axis.find, str(value)) if axis.find else text
    return text.strip(), missing
