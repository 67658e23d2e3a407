"""What a picture is made of: layers of filled outlines, from the sky at the back to the nearest leaf.

Lengths are in scene units: the scene is 1 high and `aspect` wide, y points down. Everything here can be
painted (`raster`) and written as SVG (`vector`), because fills are given relative to a shape's bounding box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]
"""The corners of a closed outline, shape (n, 2)."""

Colour = tuple[int, int, int]

# How far the scenery reaches past the picture's edges, so that a film can pan across it.
MARGIN = 0.16


@dataclass(frozen=True, slots=True)
class Stop:
    at: float
    colour: Colour
    alpha: float = 1.0


@dataclass(frozen=True, slots=True)
class Fill:
    """Colours along the bounding box: down it, across it, or round from its middle to its rim."""

    stops: tuple[Stop, ...]
    way: Literal["down", "across", "round"] = "down"


@dataclass(frozen=True, slots=True)
class Shape:
    """Outlines that share one fill; where they overlap they count once. `blur` is a standard deviation."""

    rings: tuple[Ring, ...]
    fill: Fill
    blur: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes at one depth (0 = infinitely far, 1 = nearest). `drift` is scene units a second, in films."""

    shapes: tuple[Shape, ...]
    depth: float = 0.0
    drift: tuple[float, float] = (0.0, 0.0)
    backdrop: bool = False
    """Left out of transparent pictures: sky, sun, walls, fog."""


@dataclass(frozen=True, slots=True)
class Scene:
    aspect: float
    layers: tuple[Layer, ...]


def mix(a: Colour, b: Colour, part: float) -> Colour:
    """The colour `part` of the way from a to b."""
    red, green, blue = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return red, green, blue


def flat(colour: Colour, alpha: float = 1.0) -> Fill:
    return Fill((Stop(0.0, colour, alpha),))


def down(*colours: Colour, alpha: float = 1.0) -> Fill:
    """An even run of colours from top to bottom."""
    return Fill(_spread(colours, alpha), "down")


def across(*colours: Colour, alpha: float = 1.0) -> Fill:
    """An even run of colours from left to right."""
    return Fill(_spread(colours, alpha), "across")


def round_fill(*colours: Colour, alpha: float = 1.0) -> Fill:
    """An even run of colours from the middle to the rim."""
    return Fill(_spread(colours, alpha), "round")


def fading(colour: Colour, *alphas: float, way: Literal["down", "across", "round"] = "down") -> Fill:
    """One colour whose opacity runs evenly through `alphas`."""
    last = max(1, len(alphas) - 1)
    return Fill(tuple(Stop(i / last, colour, alpha) for i, alpha in enumerate(alphas)), way)


def _spread(colours: tuple[Colour, ...], alpha: float) -> tuple[Stop, ...]:
    last = max(1, len(colours) - 1)
    return tuple(Stop(i / last, colour, alpha) for i, colour in enumerate(colours))


def shape(fill: Fill, *rings: Ring, blur: float = 0.0) -> Shape:
    return Shape(tuple(rings), fill, blur)


def ring(*points: tuple[float, float]) -> Ring:
    return np.asarray(points, dtype=np.float64)


def box(left: float, top: float, right: float, bottom: float) -> Ring:
    return ring((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(x: float, y: float, rx: float, ry: float, *, turn: float = 0.0, points: int = 96) -> Ring:
    """An ellipse turned clockwise by `turn` radians."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return placed(np.stack([np.cos(angle) * rx, np.sin(angle) * ry], axis=1), x, y, turn=turn)


def disc(x: float, y: float, radius: float, points: int = 96) -> Ring:
    return ellipse(x, y, radius, radius, points=points)


def placed(outline: Ring, x: float, y: float, *, size: float = 1.0, turn: float = 0.0) -> Ring:
    """An outline scaled, turned about its origin and moved to (x, y)."""
    cos, sin = np.cos(turn), np.sin(turn)
    return outline * size @ np.array([[cos, sin], [-sin, cos]]) + np.array([x, y])


def curve(points: Sequence[tuple[float, float]], *, closed: bool = False, steps: int = 12) -> Ring:
    """A smooth line through the points (Catmull-Rom)."""
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        knots = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        knots = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces: list[Ring] = []
    for i in range(len(knots) - 3):
        p0, p1, p2, p3 = knots[i : i + 4]
        pieces.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    if not closed:
        pieces.append(knots[-2:-1])
    return np.concatenate(pieces)


def ribbon(line: Ring, start: float, end: float) -> Ring:
    """A line given a width that runs from `start` to `end`."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    side = np.stack([-along[:, 1], along[:, 0]], axis=1)
    half = np.linspace(start / 2, end / 2, len(line))[:, None]
    return np.concatenate([line + side * half, (line - side * half)[::-1]])


def under(xs: NDArray[np.float64], ys: NDArray[np.float64], floor: float = 1.0 + MARGIN) -> Ring:
    """The ground below a skyline."""
    top = np.stack([xs, ys], axis=1)
    return np.concatenate([top, ring((float(xs[-1]), floor), (float(xs[0]), floor))])


def mirrored(source: Ring, level: float, squash: float = 0.8) -> Ring:
    """The outline as still water at `level` reflects it."""
    return np.stack([source[:, 0], level + (level - source[:, 1]) * squash], axis=1)


def noise(
    rng: np.random.Generator,
    xs: NDArray[np.float64],
    frequency: float,
    *,
    octaves: int = 4,
    gain: float = 0.5,
    ridged: bool = False,
) -> NDArray[np.float64]:
    """Fractal noise along a line, roughly within -1 to 1; ridged noise (0 to 1) has sharp peaks."""
    total = np.zeros_like(xs)
    weight, whole = 1.0, 0.0
    for octave in range(octaves):
        step = frequency * 2**octave
        at = (xs - xs[0]) * step + float(rng.random())
        lattice = rng.uniform(-1, 1, int(at[-1]) + 3)
        cell = at.astype(int)
        part = at - cell
        part = part * part * (3 - 2 * part)
        value = lattice[cell] * (1 - part) + lattice[cell + 1] * part
        total += weight * (1 - np.abs(value) * 1.6 if ridged else value)
        whole += weight
        weight *= gain
    return total / whole
