"""Spaces, radii and lengths of the design, and how dense they are. `ui/theme.py` hands them out.

There is one density for the whole program, as there is one application. The numbers are attributes of classes
because widgets ask for them while they measure and paint; `use_density` changes them, and `relayout` the
margins of layouts that took the former ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtWidgets import QGridLayout, QLayout, QSpacerItem, QWidget

Density = Literal["comfortable", "compact"]
COMPACT = 0.78
"""What is left of gaps and heights when they are compact."""
_KEPT = "comfortable"
_FIXED = "fixed_air"


class Space:
    """Gaps and margins in pixels. They do not grow with the font: text needs the room more than air does."""

    NONE = 0
    HAIR = 2
    XS = 4
    SM = 8
    MD = 12
    LG = 16
    XL = 24
    XXL = 32


class Radius:
    """Corner radii in pixels."""

    SMALL = 4
    CONTROL = 6
    LARGE = 8
    CARD = 10


class Size:
    """Lengths in pixels at 100 % font size; `Theme.px` scales them."""

    CONTROL = 32
    CONTROL_TINY = 20
    CONTROL_SMALL = 26
    CONTROL_LARGE = 40
    ICON = 16
    ICON_SMALL = 14
    ICON_TINY = 12
    ICON_LARGE = 20
    ICON_HERO = 32
    CHECK = 18
    SWITCH_WIDTH = 36
    SWITCH_HEIGHT = 20
    SWITCH_KNOB = 14
    KNOB = 16
    GROOVE = 4
    BAR = 4
    STAR = 18
    AVATAR = 28
    AVATAR_LARGE = 40
    BADGE = 18
    ROW = 34
    ROW_TALL = 48
    TOP_BAR = 52
    LABEL_COLUMN = 84
    PROMPT_MIN = 112
    PROMPT_MAX = 320
    POPOVER_MIN = 220
    POPOVER_LIST = 340
    DIALOG = 440
    TOAST = 380
    SPINNER = 16
    RING = 3
    SHADOW = 20
    SCROLL_BAR = 10
    EMPTY_TEXT = 380
    DROP = 60
    LIST_INDENT = 24
    QUOTE_INDENT = 16
    QUOTE_BAR = 3
    BULLET = 5
    TASK_BOX = 14
    CODE_HEADER = 32
    CELL_PAD = 10
    CELL_MIN = 72
    CELL_WORD = 220
    CHIP_MAX = 320


_AIR = ("XS", "SM", "MD", "LG", "XL", "XXL")
_HEIGHTS = (
    "CONTROL", "CONTROL_SMALL", "CONTROL_LARGE", "ROW", "ROW_TALL", "TOP_BAR", "PROMPT_MIN", "CODE_HEADER",
    "DROP", "CELL_PAD",
)  # fmt: skip
_USUAL = {name: getattr(Space, name) for name in _AIR} | {name: getattr(Size, name) for name in _HEIGHTS}
_now: list[Density] = ["comfortable"]


def density() -> Density:
    """The density in use."""
    return _now[0]


def use_density(wanted: Density) -> None:
    """Change spaces and heights; widgets must be told (a style change), layouts by `relayout`."""
    _now[0] = wanted
    for name, usual in _USUAL.items():
        group = Space if name in _AIR else Size
        setattr(group, name, _dense(name) if wanted == "compact" else usual)


def _dense(name: str) -> int:
    """Heights stay even, so that what is centred in them is sharp."""
    small = round(_USUAL[name] * COMPACT)
    return small if name in _AIR else small + small % 2


def relayout(widgets: Iterable[QWidget]) -> None:
    """Give every layout the gaps and margins of the density in use."""
    for widget in widgets:
        layout = widget.layout()
        if layout is not None:
            _relayout(layout)


def usual_air(gap: int) -> int:
    """A gap of the density in use as the comfortable one has it; any other number stays."""
    return {getattr(Space, name): _USUAL[name] for name in _AIR}.get(gap, gap)


def air_of(usual: int) -> int:
    """A comfortable gap as the density in use has it; any other number stays."""
    if usual == _USUAL["XL"] - _USUAL["XS"]:
        return Space.XL - Space.XS  # the margin of what stands beside a scroll bar
    return {_USUAL[name]: getattr(Space, name) for name in _AIR}.get(usual, usual)


def keep_air(layout: QLayout) -> None:
    """Never change the margins of a layout: they hold something else than air."""
    layout.setProperty(_FIXED, True)


def _relayout(layout: QLayout) -> None:
    if layout.property(_FIXED):
        return
    usual = layout.property(_KEPT)
    if usual is None:
        # Made under another density: what it has now are that one's numbers.
        usual = _read(layout)
        if _now[0] == "comfortable":
            back = {_dense(name): _USUAL[name] for name in _AIR}
            usual = [back.get(value, value) for value in usual]
        layout.setProperty(_KEPT, usual)
    left, top, right, bottom, *gaps = (air_of(value) for value in usual)
    layout.setContentsMargins(left, top, right, bottom)
    if isinstance(layout, QGridLayout):
        across, down = gaps
        layout.setHorizontalSpacing(across)
        layout.setVerticalSpacing(down)
    elif gaps[0] >= 0:
        layout.setSpacing(gaps[0])
    for index in range(layout.count()):
        item = layout.itemAt(index)
        inner = item.layout() if item is not None else None
        if inner is not None:
            _relayout(inner)
        elif item is not None and (spacer := item.spacerItem()) is not None:
            _respace(spacer)
    layout.invalidate()


def _respace(spacer: QSpacerItem) -> None:
    """A fixed gap between two things; stretches have none."""
    size, policy = spacer.sizeHint(), spacer.sizePolicy()
    back = {_dense(name): _USUAL[name] for name in _AIR}
    gaps = (size.width(), size.height())
    width, height = (air_of(gap) if _now[0] == "compact" else back.get(gap, gap) for gap in gaps)
    if (width, height) != gaps:
        spacer.changeSize(width, height, policy.horizontalPolicy(), policy.verticalPolicy())


def _read(layout: QLayout) -> list[int]:
    margins = layout.contentsMargins()
    found = [margins.left(), margins.top(), margins.right(), margins.bottom()]
    if isinstance(layout, QGridLayout):
        return [*found, layout.horizontalSpacing(), layout.verticalSpacing()]
    return [*found, layout.spacing()]
