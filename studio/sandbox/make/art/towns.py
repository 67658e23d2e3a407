"""Scenes people built: a city by a river, balloons over hedged hills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.sandbox.make.art.scene import (
    MARGIN,
    Layer,
    Ring,
    Shape,
    box,
    disc,
    down,
    fading,
    flat,
    mix,
    noise,
    ring,
    shape,
)
from studio.sandbox.make.art.scenery import (
    Stage,
    broadleaf,
    clouds,
    fog,
    ridge,
    shimmer,
    sky,
    stars,
    sun,
)


def city(stage: Stage) -> list[Layer]:
    """Towers with lit windows, rank behind rank, over a river."""
    level = stage.between(0.78, 0.82)
    layers = [sky(stage, 0.72)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.45, 110))
    x = stage.aspect * stage.between(0.2, 0.8)
    layers.append(sun(stage, x, stage.between(0.2, 0.42), stage.size * stage.between(0.08, 0.12)))
    layers.append(clouds(stage, 0.1, 0.4, count=3, alpha=0.25))
    for i in range(3):
        near = 0.05 + 0.42 * i
        layers.append(_towers(stage, near, level, 0.5 - 0.09 * i, lights=0.12 + 0.16 * i))
        layers.append(fog(stage, level - 0.03, 0.1, 0.4 - 0.1 * i, depth=0.2 + 0.15 * i))
    layers.append(_river(stage, level))
    # The light on the water follows the moon, not the river bank.
    layers.append(Layer((shimmer(stage, x, level + 0.006, 1.0, 0.09, stage.palette.sun, 0.6),), depth=0.06))
    return layers


def _towers(stage: Stage, near: float, level: float, height: float, lights: float) -> Layer:
    walls: list[Ring] = []
    warm: list[Ring] = []
    cool: list[Ring] = []
    x = stage.left
    middle = stage.aspect * stage.between(0.35, 0.65)
    while x < stage.right:
        wide = stage.size * stage.between(0.045, 0.1)
        # Tallest in the middle, as towns are.
        hill = 0.45 + 0.55 * float(np.exp(-(((x - middle) / (0.42 * max(stage.aspect, 0.6))) ** 2)))
        top = level - height * hill * stage.between(0.45, 1.0)
        walls.extend(_tower(stage, x, top, wide, level))
        _light_windows(stage, (x, top, wide, level), lights, warm, cool)
        x += wide * stage.between(0.96, 1.35)
    colour = stage.palette.ground(near)
    foot = mix(colour, stage.palette.haze, 0.35 * (1 - near))
    glow = 0.92 if near > 0.4 else 0.5
    return Layer(
        (
            shape(down(colour, colour, foot), *walls),
            shape(flat(stage.palette.accent, glow), *warm),
            shape(flat(mix(stage.palette.spark, stage.palette.accent, 0.35), glow * 0.85), *cool),
        ),
        depth=0.15 + 0.4 * near,
    )


def _tower(stage: Stage, x: float, top: float, wide: float, level: float) -> list[Ring]:
    rings = [box(x, top, x + wide, level)]
    kind = int(stage.rng.integers(9))
    if kind == 0:
        rings.append(box(x + wide * 0.2, top - wide * 0.35, x + wide * 0.8, top))
        rings.append(box(x + wide * 0.48, top - wide * 1.2, x + wide * 0.52, top))
    elif kind == 1:
        rings.append(ring((x, top), (x + wide, top - wide * 0.55), (x + wide, top)))
    elif kind == 2:
        rings.append(ring((x + wide * 0.1, top), (x + wide / 2, top - wide * 0.8), (x + wide * 0.9, top)))
    elif kind == 3:
        rings.append(box(x + wide * 0.3, top - wide * 0.3, x + wide * 0.9, top))
    elif kind == 4:
        rings.append(box(x + wide * 0.12, top - wide * 0.5, x + wide * 0.88, top))
        rings.append(box(x + wide * 0.3, top - wide * 0.85, x + wide * 0.7, top))
        rings.append(box(x + wide * 0.47, top - wide * 1.9, x + wide * 0.53, top))
    return rings


def _light_windows(
    stage: Stage, tower: tuple[float, float, float, float], lights: float, warm: list[Ring], cool: list[Ring]
) -> None:
    x, top, wide, level = tower
    columns = max(2, int(wide / (0.0155 * stage.size)))
    pitch = wide / (columns + 0.6)
    rows = int((level - top) / (pitch * 1.45))
    lit = stage.rng.random((rows, columns)) < lights * stage.between(0.4, 1.5)
    for row, column in np.argwhere(lit):
        left, upper = x + pitch * (0.55 + float(column)), top + pitch * (0.7 + 1.45 * float(row))
        if upper < level - pitch:
            pane = box(left, upper, left + pitch * 0.5, upper + pitch * 0.78)
            (cool if stage.chance(0.16) else warm).append(pane)


def _river(stage: Stage, level: float) -> Layer:
    palette = stage.palette
    water = box(stage.left, level, stage.right, 1 + MARGIN)
    shapes = [
        shape(down(mix(palette.ground(0.55), palette.haze, 0.3), palette.ground(0.85), palette.ink), water),
    ]
    for _ in range(int(26 * max(0.6, stage.aspect))):
        at, long = stage.between(stage.left, stage.right), stage.between(0.05, 0.16)
        colour = palette.accent if stage.chance(0.7) else palette.spark
        streak = box(at, level + 0.004, at + stage.between(0.003, 0.009), level + long)
        shapes.append(shape(fading(colour, 0.5, 0.2, 0), streak, blur=0.0022))
    quay = box(stage.left, level - 0.006, stage.right, level + 0.004)
    shapes.append(shape(flat(palette.ink), quay))
    return Layer(tuple(shapes), depth=0.6)


def balloons(stage: Stage) -> list[Layer]:
    """Hot-air balloons over rolling hills."""
    layers = [sky(stage, 0.72)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.6))
    x = stage.aspect * stage.between(0.25, 0.75)
    layers.append(sun(stage, x, stage.between(0.45, 0.6), stage.size * 0.09))
    layers.append(clouds(stage, 0.1, 0.5, count=6, alpha=0.5))
    for i in range(4):
        near = i / 3
        xs = stage.xs()
        line = 0.69 + 0.085 * i - (0.055 + 0.012 * i) * noise(stage.rng, xs, 1.5, octaves=2)
        shapes = [ridge(stage, line, near, haze=0.5)]
        if i >= 2:
            shapes.insert(0, _hedges(stage, line, near, 0.03 + 0.014 * i))
        layers.append(Layer(tuple(shapes), depth=0.15 + 0.25 * i))
        if i < 3:
            layers.append(fog(stage, 0.74 + 0.085 * i, 0.055, 0.35, depth=0.2 + 0.25 * i))
    places = ((0.62, 0.34, 0.17), (0.24, 0.46, 0.1), (0.85, 0.2, 0.075), (0.42, 0.2, 0.05), (0.1, 0.22, 0.06))
    flip = stage.chance(0.5)
    for px, py, size in places[: int(stage.rng.integers(3, 6))]:
        at = (1 - px if flip else px) * stage.aspect + stage.between(-0.03, 0.03)
        layers.append(balloon(stage, at, py + stage.between(-0.03, 0.03), size * stage.size))
    return layers


def _hedges(stage: Stage, line: NDArray[np.float64], near: float, height: float) -> Shape:
    rings: list[Ring] = []
    for _ in range(int(9 * max(1.0, stage.aspect))):
        x = stage.between(stage.left, stage.right)
        foot = float(np.interp(x, stage.xs(), line)) + 0.004
        rings.extend(broadleaf(stage.rng, x, foot, height * stage.between(0.7, 1.3)))
    return shape(flat(mix(stage.palette.ground(near), stage.palette.ink, 0.25)), *rings)


def balloon(stage: Stage, x: float, y: float, size: float) -> Layer:
    """A balloon whose bag is about `size` in radius, in seven gores of alternating colour."""
    palette = stage.palette
    first = (palette.spark, palette.ground(0.45), palette.accent)[int(stage.rng.integers(3))]
    second = mix(palette.sun, palette.haze, 0.3)
    angle = np.linspace(-np.pi / 2, np.pi / 2, 40)
    # Round above, drawn in to a mouth below.
    below = np.clip((angle - 0.2) / (np.pi / 2 - 0.2), 0, 1)
    half = np.where(angle < 0.2, np.cos(angle), np.cos(0.2) * (1 - below**1.25 * 0.8))
    high = np.where(angle < 0.2, np.sin(angle), np.sin(0.2) + below * 1.05)
    shapes: list[Shape] = []
    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 8))
    for i in range(7):
        left = np.stack([x + half * edges[i] * size, y + high * size], 1)
        right = np.stack([x + half * edges[i + 1] * size, y + high * size], 1)
        colour = mix(first if i % 2 == 0 else second, palette.ink, 0.07 * abs(i - 2.2))
        shapes.append(
            shape(
                down(mix(colour, palette.sun, 0.15), colour, mix(colour, palette.ink, 0.3)),
                np.concatenate([left, right[::-1]]),
            )
        )
    mouth, basket = y + size * 1.25, y + size * 1.55
    ropes = [
        ring(
            (x + side * size * 0.18, mouth),
            (x + side * size * 0.19, mouth),
            (x + side * size * 0.115, basket),
            (x + side * size * 0.105, basket),
        )
        for side in (-1, 1)
    ]
    crate = ring(
        (x - size * 0.13, basket),
        (x + size * 0.13, basket),
        (x + size * 0.1, basket + size * 0.18),
        (x - size * 0.1, basket + size * 0.18),
    )
    shapes.append(shape(flat(palette.ink), *ropes, crate))
    shapes.append(shape(fading(palette.accent, 0.8, 0.2, 0, way="round"), disc(x, mouth, size * 0.16, 32)))
    return Layer(tuple(shapes), depth=0.1 + size * 2, drift=(0.004, -0.012))
