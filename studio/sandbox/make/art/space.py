"""Planets, moons and a rocket."""

from __future__ import annotations

import math

import numpy as np

from studio.sandbox.make.art.scene import (
    Colour,
    Layer,
    Ring,
    Shape,
    across,
    curve,
    disc,
    down,
    ellipse,
    fading,
    flat,
    mix,
    placed,
    ring,
    round_fill,
    shape,
)
from studio.sandbox.make.art.scenery import Stage, backdrop, ridge, ridge_line, stars

_WHITE: Colour = (255, 252, 244)


def space(stage: Stage) -> list[Layer]:
    """A ringed planet over a moon's ridges, a nebula behind."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    night = (
        mix(palette.sky[0], (4, 6, 20), 0.7),
        mix(palette.sky[0], palette.ink, 0.45),
        mix(palette.sky[1], palette.ink, 0.25),
    )
    if not palette.dark:
        night = (
            palette.ink,
            mix(palette.ink, palette.ground(0.5), 0.4),
            mix(palette.ground(0.5), palette.ink, 0.2),
        )
    layers = [backdrop(stage, *night), _nebula(stage), stars(stage, 1.0, 420)]
    x, y = a * stage.between(0.38, 0.62), stage.between(0.34, 0.46)
    layers.append(_planet(stage, x, y, stage.between(0.19, 0.25) * u, ringed=stage.chance(0.75)))
    side = -1 if x > a / 2 else 1
    layers.append(_moon(stage, x + side * 0.33 * u, y - 0.2, 0.045 * u))
    if stage.chance(0.6):
        layers.append(_moon(stage, x - side * 0.36 * u, y + 0.17, 0.022 * u))
    for i, near in enumerate((0.35, 0.7, 1.0)):
        line = ridge_line(stage, 0.8 + 0.075 * i, 0.08, jagged=0.5, frequency=2.8)
        layers.append(Layer((ridge(stage, line, near, haze=0.15),), depth=0.4 + 0.25 * i))
    if stage.wants("rocket", "astronaut", "ship", "launch") or stage.chance(0.35):
        layers.append(_rocket(stage, a * stage.between(0.15, 0.85), 0.62, 0.12 * u))
    return layers


def _nebula(stage: Stage) -> Layer:
    palette = stage.palette
    colours = (palette.ground(0.05), palette.spark, palette.sky[2], palette.ground(0.3))
    shapes: list[Shape] = []
    lean = stage.between(-0.5, 0.5)
    for i in range(16):
        part = stage.between(-0.6, 0.6)
        x = stage.aspect / 2 + part * stage.aspect
        y = 0.42 + part * lean + stage.between(-0.14, 0.14)
        cloud = ellipse(x, y, stage.between(0.12, 0.3), stage.between(0.05, 0.13), turn=lean, points=40)
        shapes.append(shape(flat(colours[i % 4], stage.between(0.1, 0.22)), cloud, blur=0.07))
    return Layer(tuple(shapes), depth=0.02, backdrop=True)


def _planet(stage: Stage, x: float, y: float, radius: float, *, ringed: bool) -> Layer:
    """A banded planet lit from the upper left, with or without rings."""
    palette = stage.palette
    base = (palette.accent, palette.spark, palette.haze, palette.ground(0.1))[int(stage.rng.integers(4))]
    tilt = stage.between(-0.5, 0.5)
    shapes = [
        shape(
            fading(mix(base, palette.sun, 0.4), 0.0, 0.0, 0.28, 0.08, 0, way="round"),
            disc(x, y, radius * 1.9),
        )
    ]
    if ringed:
        shapes.extend(_rings(stage, x, y, radius, tilt, behind=True))
    shapes.append(shape(flat(base), disc(x, y, radius, 180)))
    for _ in range(9):
        middle, thick = stage.between(-0.9, 0.9), stage.between(0.03, 0.12)
        colour = mix(
            base, palette.sun if stage.chance(0.5) else palette.ground(0.4), stage.between(0.2, 0.55)
        )
        shapes.append(
            shape(flat(colour, 0.6), placed(_band(stage, middle, thick), x, y, size=radius, turn=tilt))
        )
    if stage.chance(0.6):
        storm = placed(ellipse(0.25, 0.3, 0.16, 0.075), x, y, size=radius, turn=tilt)
        shapes.append(shape(round_fill(mix(base, palette.sun, 0.6), mix(base, palette.ink, 0.3)), storm))
    # Night creeps over the lower right in many thin veils, so that its edge is soft but stays on the disc.
    shapes.extend(
        shape(flat(palette.ink, 0.12), placed(_crescent(0.55 - 0.105 * step), x, y, size=radius, turn=0.7))
        for step in range(14)
    )
    shapes.append(shape(fading(_WHITE, 0.0, 0.0, 0.0, 0.0, 0.22, way="round"), disc(x, y, radius, 180)))
    if ringed:
        shapes.extend(_rings(stage, x, y, radius, tilt, behind=False))
    return Layer(tuple(shapes), depth=0.12, drift=(0.0, -0.004))


def _band(stage: Stage, middle: float, thick: float) -> Ring:
    """A wavy belt across the unit disc, ending on its rim."""
    low, high = max(-0.985, middle - thick), min(0.985, middle + thick)
    upper = np.linspace(-1, 1, 60) * math.sqrt(1 - low**2)
    lower = np.linspace(1, -1, 60) * math.sqrt(1 - high**2)
    phase = stage.between(0, 6.28)
    fade = np.sin(np.linspace(0, np.pi, 60))
    top = low + 0.018 * fade * np.sin(upper * 6 + phase)
    bottom = high + 0.018 * fade * np.sin(lower * 5 + phase * 2)
    return np.concatenate([np.stack([upper, top], 1), np.stack([lower, bottom], 1)])


def _crescent(edge: float) -> Ring:
    """The part of the unit disc right of a terminator that crosses the x axis at `edge`."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 60)
    outer = np.stack([np.cos(angle), np.sin(angle)], 1)
    inner = np.stack([np.cos(angle) * edge, np.sin(angle)], 1)
    return np.concatenate([outer, inner[::-1]])


def _rings(stage: Stage, x: float, y: float, radius: float, tilt: float, *, behind: bool) -> list[Shape]:
    start = np.pi if behind else 0.0
    angle = np.linspace(start, start + np.pi, 90)
    shapes: list[Shape] = []
    for inner, outer, alpha in ((1.35, 1.55, 0.45), (1.58, 1.9, 0.8), (1.95, 2.1, 0.35)):
        arcs = [np.stack([np.cos(angle) * far, np.sin(angle) * far * 0.24], 1) for far in (inner, outer)]
        band = placed(np.concatenate([arcs[0], arcs[1][::-1]]), x, y, size=radius, turn=tilt)
        colour = mix(stage.palette.sun, stage.palette.ground(0.2), 0.3 if outer < 1.8 else 0.1)
        shapes.append(shape(fading(colour, alpha, alpha * 0.9, alpha * 0.45, way="across"), band))
    return shapes


def _moon(stage: Stage, x: float, y: float, radius: float) -> Layer:
    colour = mix(stage.palette.sun, stage.palette.ground(0.2), 0.25)
    shapes = [shape(flat(colour), disc(x, y, radius))]
    for _ in range(6):
        angle, way = stage.between(0, 6.28), stage.between(0, 0.65) * radius
        spot = disc(x + np.cos(angle) * way, y + np.sin(angle) * way, radius * stage.between(0.08, 0.2), 24)
        shapes.append(shape(flat(stage.palette.ground(0.4), 0.3), spot))
    shapes.extend(
        shape(
            flat(stage.palette.ink, 0.16), placed(_crescent(0.5 - 0.13 * step), x, y, size=radius, turn=0.7)
        )
        for step in range(9)
    )
    return Layer(tuple(shapes), depth=0.16, drift=(0.004, -0.002))


def _rocket(stage: Stage, x: float, y: float, size: float) -> Layer:
    """A small rocket on its way up, its trail behind it."""
    palette = stage.palette
    turn = stage.between(0.15, 0.5)

    def part(outline: Ring) -> Ring:
        return placed(outline, x, y, size=size, turn=turn)

    hull = curve(
        [(0, -0.6), (0.13, -0.32), (0.14, 0.05), (0.09, 0.25), (-0.09, 0.25), (-0.14, 0.05), (-0.13, -0.32)],
        closed=True,
    )
    fins = [ring((side * 0.12, 0.0), (side * 0.27, 0.3), (side * 0.09, 0.23)) for side in (-1, 1)]
    flame = curve([(0.08, 0.25), (0.06, 0.5), (0, 0.75), (-0.06, 0.5), (-0.08, 0.25)], closed=True)
    trail = ring((-0.07, 0.3), (0.07, 0.3), (0.2, 4.5), (-0.2, 4.5))
    white = mix(palette.haze, _WHITE, 0.6)
    shapes = (
        shape(fading(palette.haze, 0.4, 0.12, 0), part(trail), blur=0.006),
        shape(down(palette.spark, palette.accent), part(flame)),
        shape(flat(palette.spark), *(part(fin) for fin in fins)),
        shape(across(white, mix(white, palette.ink, 0.45)), part(hull)),
        shape(flat(palette.ground(0.5)), part(disc(0, -0.2, 0.06, 24))),
    )
    return Layer(shapes, depth=0.5, drift=(0.012, -0.03))
