"""A grid: one request made again for every pair of values of two parameters, as ordinary results.

A grid is known by its id, which is also the batch of its jobs and assets. Every result carries the whole grid
and its own place in it, so that the grid can be opened again from any of its pictures, and what is missing be
made, with nothing but the library's files.

`Axis.parameter` is a field of the form ("model", "seed", "quality", …) or one of the words below:

    size       sides like "1024x768"
    prompt     whole prompts
    replace    `Axis.find` is replaced in the prompt by each value
    choice:0   the first choice `{a|b}` of the prompt, taken as each value
    a slot     which of the form's files go along: 0 for none, their number, or -1 for all of them
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from studio.core.i18n import tr
from studio.domain.codec import from_json, to_json
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.models import ModelInfo
from studio.domain.parameters import BY_NAME, SLOTS, Value, kind_of
from studio.domain.prompt_template import parse

MOST_VALUES: Final = 24
"""On one side."""
MOST_CELLS: Final = 144
CHOICE: Final = "choice:"
ALL_FILES: Final = -1
_SIZE = re.compile(r"(\d{2,5})\s*[x×*]\s*(\d{2,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One side of a grid.

    Args:
        parameter: what is different from one value to the next, see the module.
        title: what it is called, as the grid was made.
        values: in their order, each once; `labels` are what they are called, in the same order.
        find: of "replace", what each value stands for.
    """

    parameter: str
    title: str = ""
    values: tuple[str | int | float | bool, ...] = ()
    labels: tuple[str, ...] = ()
    find: str = ""

    def label(self, number: int) -> str:
        """A value for the eye."""
        if number < len(self.labels) and self.labels[number]:
            return self.labels[number]
        return str(self.values[number])


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Columns and rows over one form.

    Args:
        id: batch of its results.
        x, y: columns and rows; a grid with one side has no `y`.
        base: the form that all cells have in common, as JSON; what an axis varies is not read from it.
    """

    id: str
    x: Axis
    y: Axis | None = None
    base: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def columns(self) -> int:
        return len(self.x.values)

    @property
    def rows(self) -> int:
        return len(self.y.values) if self.y is not None else 1

    @property
    def axes(self) -> tuple[Axis, ...]:
        return (self.x,) if self.y is None else (self.x, self.y)

    @property
    def title(self) -> str:
        """ "Model × Quality"."""
        return " × ".join(axis.title or axis.parameter for axis in self.axes)

    @property
    def prompt(self) -> str:
        """The prompt of the form with its choices made, before an axis changes it."""
        picks = self.base.get("picks")
        made = [str(one) for one in cast("list[Any]", picks)] if isinstance(picks, list) else []
        return parse(str(self.base.get("prompt", ""))).chosen(made).strip()

    def places(self) -> Iterator[Place]:
        """All cells, row by row."""
        return (Place(column, row) for row in range(self.rows) for column in range(self.columns))

    def number(self, place: Place) -> int:
        """The cell's place in `places`."""
        return place.row * self.columns + place.column

    def holds(self, place: Place) -> bool:
        return 0 <= place.column < self.columns and 0 <= place.row < self.rows

    def values_at(self, place: Place) -> list[tuple[Axis, Value]]:
        """What makes this cell: the value of each axis, columns first."""
        found: list[tuple[Axis, Value]] = [(self.x, self.x.values[place.column])]
        if self.y is not None:
            found.append((self.y, self.y.values[place.row]))
        return found

    def words(self, place: Place) -> str:
        """A cell in words: "Flux, High"."""
        parts = [self.x.label(place.column)]
        if self.y is not None:
            parts.append(self.y.label(place.row))
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell of a grid, counted from 0."""

    column: int
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is asked for in one cell.

    Args:
        request: None where nothing can be asked for; `problem` says why, in one sentence.
        template, style: the prompt and the text around it as the form takes them, see `Job`.
    """

    place: Place
    request: ImageRequest | VideoRequest | None = None
    model: ModelInfo | None = None
    template: str = ""
    style: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """Cells with the same key are one and the same picture; "" where there is none."""
        return request_key(to_json(self.request)) if self.request is not None else ""


# ---------------------------------------------------------------- in jobs and sidecars


def grid_json(grid: Grid, place: Place) -> dict[str, Any]:
    """The grid and one of its cells, as jobs and sidecars keep them."""
    return {**to_json(grid), "column": place.column, "row": place.row}


def read_grid(kept: Mapping[str, Any]) -> tuple[Grid, Place] | None:
    """What `grid_json` wrote; None where there is no grid or it cannot be read: anybody may write files."""
    if not kept:
        return None
    try:
        grid = from_json(Grid, kept)
        place = Place(int(kept["column"]), int(kept["row"]))
    except (ValueError, TypeError, KeyError):
        return None
    sound = grid.id and grid.columns * grid.rows <= MOST_CELLS and grid.holds(place)
    return (grid, place) if sound else None


def request_key(request: Mapping[str, Any]) -> str:
    """What two requests have in common exactly when they ask for the same: files count by their content, not
    by where they happen to lie.

    Args:
        request: as jobs and sidecars keep it.
    """
    same = {name: _plain(value) for name, value in request.items() if value not in (None, "", False, [], ())}
    text = json.dumps(same, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        entry = cast("Mapping[str, Any]", value)
        return entry.get("sha256") or entry.get("url") or dict(entry)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in cast("Sequence[Any]", value)]
    return value


# ---------------------------------------------------------------- what a model allows


def why_not(model: ModelInfo | None, name: str, kind: str, values: Sequence[tuple[Axis, Value]]) -> str:
    """Why a cell cannot be made, in one sentence; empty when it can.

    Args:
        name: of the model, where the catalogue does not have it.
        kind: "image" or "video", what the grid is for.
        values: of the cell, see `Grid.values_at`.
    """
    if model is None:
        return tr("{model} is not offered now", model=name) if name else tr("No model is chosen")
    title = model.title or model.name
    if kind_of(model) != kind:
        films, pictures = (
            tr("{model} makes no films", model=title),
            tr("{model} makes no pictures", model=title),
        )
        return films if kind == "video" else pictures
    for axis, value in values:
        parameter = BY_NAME.get(axis.parameter)
        if parameter is not None and not parameter.allows(model, value):
            if kind not in parameter.kinds or not parameter.offered(model):
                return tr("{model} does not take “{parameter}”", model=title, parameter=parameter.label)
            return tr(
                "{model} does not take {value} for “{parameter}”",
                model=title, value=parameter.name_of(value), parameter=parameter.label,
            )  # fmt: skip
        slot = next((one for one in SLOTS if one.name == axis.parameter and kind in one.kinds), None)
        if slot is not None and value != 0 and not slot.most(model):
            return tr("{model} does not take “{parameter}”", model=title, parameter=slot.label)
    return ""


# ---------------------------------------------------------------- values as people write them


_STEPS = re.compile(
    r"(?P<low>[\d.]+)\s*(?:-|–|\.\.|…)\s*(?P<high>[\d.]+)\s*"
    r"(?:\(?\s*\+\s*(?P<by>[\d.]+)\s*\)?|\[\s*(?P<count>\d+)\s*\]|/\s*(?P<steps>\d+)[^\d,;]*)?",
)


def read_numbers(text: str, *, whole: bool = True) -> tuple[int | float, ...]:
    """Numbers as they are written: "3, 7, 9", "1-5", "1..10 (+3)", "1..10/4 steps", "1-10 [4]".

    A range without a step goes by ones; one with a count has so many values from end to end. Each number
    comes once, in the order written.

    Raises:
        ValueError: with one sentence about the part that is no number, or about too many of them.
    """
    found: dict[int | float, None] = {}
    for part in re.split(r"[,;\n]+", text):
        if part.strip():
            for number in _numbers(part.strip(), whole):
                found[number] = None
                if len(found) > MOST_VALUES:
                    raise ValueError(tr("These are more than {n} values.", n=MOST_VALUES))
    return tuple(found)


def _numbers(part: str, whole: bool) -> Iterator[int | float]:
    match = _STEPS.fullmatch(part)
    if match is None:
        yield _number(part, part, whole)
        return
    low, high = (Decimal(str(_number(match[name], part, whole))) for name in ("low", "high"))
    count = match["count"] or match["steps"]
    if count:
        steps = int(count)
        if not 1 <= steps <= MOST_VALUES:
            raise ValueError(tr("These are more than {n} values.", n=MOST_VALUES))
        for step in range(steps):
            at = low + (high - low) * step / max(steps - 1, 1)
            yield round(at) if whole else float(round(at, 4))
        return
    by = Decimal(str(_number(match["by"], part, whole))) if match["by"] else Decimal(1)
    if by <= 0:
        raise ValueError(tr("“{part}” goes nowhere.", part=part))
    towards = by if high >= low else -by
    for step in range(int(abs(high - low) / by) + 1):
        if step > MOST_VALUES:
            raise ValueError(tr("These are more than {n} values.", n=MOST_VALUES))
        at = low + towards * step
        yield int(at) if whole else float(at)


def _number(text: str, part: str, whole: bool) -> int | float:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(tr("“{part}” is no number.", part=part[:40])) from None
    if not number.is_finite() or abs(number) > 2**53:
        raise ValueError(tr("“{part}” is no number.", part=part[:40]))
    if whole and number != number.to_integral_value():
        raise ValueError(tr("“{part}” is no whole number.", part=part[:40]))
    return int(number) if whole else float(number)


def read_sizes(text: str) -> tuple[str, ...]:
    """Sizes like "1024x768", each once; words with a colon ("16:9") are left as they are for the caller.

    Raises:
        ValueError: with one sentence about the part that is no size.
    """
    found: dict[str, None] = {}
    for part in re.split(r"[,;\n]+", text):
        word = part.strip()
        if not word:
            continue
        match = _SIZE.fullmatch(word)
        if match is not None:
            found[f"{int(match[1])}x{int(match[2])}"] = None
        elif re.fullmatch(r"\d{1,2}:\d{1,2}", word) and not word.startswith("0") and ":0" not in word:
            found[word] = None
        else:
            raise ValueError(tr("“{part}” is no size. Write 1024x768 or 16:9.", part=word[:40]))
    return tuple(found)


def sides_of(size: str) -> tuple[int, int] | None:
    """The sides of "1024x768"; None for anything else."""
    match = _SIZE.fullmatch(size)
    return (int(match[1]), int(match[2])) if match is not None else None


def read_lines(text: str) -> tuple[str, ...]:
    """The lines of a text, each once, without those that are empty."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
