"""Flowers, and the leaves that other scenes borrow."""

from __future__ import annotations

import numpy as np

from studio.sandbox.make.art.scene import (
    Colour,
    Fill,
    Layer,
    Ring,
    Shape,
    Stop,
    curve,
    disc,
    down,
    ellipse,
    fading,
    flat,
    mix,
    placed,
    ribbon,
    round_fill,
    shape,
)
from studio.sandbox.make.art.scenery import Stage, backdrop, fog, stars

_WHITE: Colour = (255, 252, 244)


def flowers(stage: Stage) -> list[Layer]:
    """Tall flowers before a pale disc, like a page of an old botany book."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    layers = [backdrop(stage, palette.paper, mix(palette.paper, palette.sun, 0.35), palette.sky[1])]
    if palette.dark:
        layers.append(stars(stage, 0.8, 60))
    halo = disc(a / 2 + stage.between(-0.06, 0.06), 0.44, 0.33 * u, 200)
    warm = mix(palette.sun, palette.accent, 0.4)
    layers.append(Layer((shape(down(warm, mix(warm, palette.haze, 0.7)), halo),), depth=0.05))
    for row, (count, near) in enumerate(((5, 0.15), (4, 0.5), (3, 0.9))):
        for i in range(count):
            spread = (i + 0.5) / count - 0.5
            x = a / 2 + spread * min(a, 1.25) * (0.95 - 0.12 * row) + stage.between(-0.03, 0.03)
            top = 0.3 + 0.1 * row + 0.3 * abs(spread) + stage.between(-0.07, 0.07)
            layers.append(flower(stage, x, top, near, (0.055 + 0.026 * row) * u, bloom=row > 0 or i % 2 == 0))
        if row < 2:
            layers.append(fog(stage, 0.95, 0.2, 0.3, depth=near))
    layers.append(_meadow(stage))
    return layers


def flower(stage: Stage, x: float, top: float, near: float, size: float, *, bloom: bool) -> Layer:
    palette = stage.palette
    green = palette.ground(0.25 + 0.7 * near)
    foot = x + stage.between(-0.1, 0.1)
    line = curve(
        [
            (foot, 1.1),
            (foot + (x - foot) * 0.2, 0.85),
            (x + (x - foot) * 0.15, 0.5 * (1 + top) - 0.06),
            (x, top),
        ]
    )
    shapes = [shape(flat(green), ribbon(line, size * 0.17, size * 0.08))]
    start = len(line) // 4
    for n, i in enumerate(range(start, len(line) - 5, 5)):
        along = line[i + 1] - line[i]
        turn = float(np.arctan2(along[1], along[0])) + (0.7 if n % 2 else -0.7)
        grown = size * stage.between(1.3, 2.1) * (1.15 - 0.6 * i / len(line))
        whole = placed(leaf(0.17), line[i][0], line[i][1], size=grown, turn=turn)
        shapes.append(shape(flat(green), whole))
        half = whole[: len(whole) // 2]
        shapes.append(shape(flat(mix(green, palette.sun, 0.28)), half))
    shapes.extend(_head(stage, x, top, size, near) if bloom else _bud(stage, x, top, size * 0.6))
    return Layer(tuple(shapes), depth=0.2 + 0.7 * near)


def _bud(stage: Stage, x: float, y: float, size: float) -> list[Shape]:
    colour = mix(stage.palette.spark, stage.palette.haze, 0.3)
    drop = placed(leaf(0.32), x, y + size * 0.4, size=size * 1.6, turn=-np.pi / 2)
    cup = placed(leaf(0.36), x, y + size * 0.5, size=size * 0.8, turn=-np.pi / 2)
    return [shape(down(mix(colour, _WHITE, 0.25), colour), drop), shape(flat(stage.palette.ground(0.6)), cup)]


def _head(stage: Stage, x: float, y: float, size: float, near: float) -> list[Shape]:
    """An open flower: two wreaths of petals around a seeded middle."""
    palette = stage.palette
    colours = (
        palette.spark,
        mix(palette.spark, _WHITE, 0.55),
        palette.accent,
        mix(palette.ground(0.3), _WHITE, 0.3),
    )
    colour = mix(colours[int(stage.rng.integers(4))], palette.haze, 0.35 * (1 - near))
    count, width = int(stage.rng.integers(7, 14)), stage.between(0.2, 0.34)
    tilt, start = stage.between(0.62, 0.95), stage.between(0, 6.28)
    shapes: list[Shape] = []
    for wreath, long in ((0, 1.25), (1, 0.95)):
        petals = [
            placed(
                _petal(width),
                0,
                0,
                size=size * long * stage.between(0.93, 1.05),
                turn=start + (i + wreath / 2) * 2 * np.pi / count,
            )
            for i in range(count)
        ]
        tint = mix(colour, palette.ink, 0.22 * (1 - wreath))
        inner, outer = mix(tint, palette.ink, 0.3), mix(tint, _WHITE, 0.12)
        fill = Fill((Stop(0, inner), Stop(0.5, tint), Stop(1, outer)), "round")
        shapes.extend(shape(fill, petal * np.array([1, tilt]) + np.array([x, y])) for petal in petals)
        if wreath == 0:
            shapes.append(shape(fading(palette.ink, 0.35, 0, way="round"), ellipse(x, y, size, size * tilt)))
    heart = mix(palette.accent, palette.ground(0.7), 0.3)
    shapes.append(
        shape(
            round_fill(mix(heart, _WHITE, 0.2), mix(heart, palette.ink, 0.45)),
            ellipse(x, y, size * 0.32, size * 0.32 * tilt),
        )
    )
    seeds = [
        disc(
            x + np.cos(i * 2.4) * size * 0.05 * i**0.5,
            y + np.sin(i * 2.4) * size * 0.05 * i**0.5 * tilt,
            size * 0.022,
            12,
        )
        for i in range(30)
    ]
    shapes.append(shape(flat(mix(heart, palette.ink, 0.65), 0.8), *seeds))
    return shapes


def _petal(width: float) -> Ring:
    t = np.linspace(0, 1, 26)
    half = width * np.sin(np.pi * t**1.35) ** 0.8
    return np.concatenate([np.stack([t, half], 1), np.stack([t, -half], 1)[::-1]])


def _meadow(stage: Stage) -> Layer:
    """Grass along the lower edge."""
    blades: list[Ring] = []
    for _ in range(int(90 * max(0.7, stage.aspect))):
        x, tall = stage.between(stage.left, stage.right), stage.between(0.04, 0.15)
        lean = stage.between(-0.05, 0.05)
        blades.append(
            ribbon(
                curve([(x, 1.08), (x + lean * 0.2, 1.02 - tall * 0.4), (x + lean, 1.0 - tall)], steps=6),
                0.008,
                0.0005,
            )
        )
    return Layer((shape(down(stage.palette.ground(0.85), stage.palette.ink), *blades),), depth=1.0)


def leaf(width: float = 0.2) -> Ring:
    """A pointed leaf along the x axis, one unit long."""
    t = np.linspace(0, 1, 24)
    half = width * np.sin(np.pi * t**0.8) * (1 - 0.35 * t)
    return np.concatenate([np.stack([t, half], 1), np.stack([t, -half], 1)[::-1]])
