"""Pieces that many scenes share: sky, sun, stars, clouds, ridges, trees, fog, birds, a lighthouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.sandbox.make.art.palettes import Palette
from studio.sandbox.make.art.scene import (
    MARGIN,
    Colour,
    Fill,
    Layer,
    Ring,
    Shape,
    Stop,
    across,
    box,
    curve,
    disc,
    down,
    ellipse,
    fading,
    flat,
    mix,
    noise,
    placed,
    ring,
    round_fill,
    shape,
    under,
)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene is built from. `size` is the shorter side: things that must not stretch scale with it."""

    rng: np.random.Generator
    palette: Palette
    aspect: float
    words: frozenset[str]

    @property
    def size(self) -> float:
        return min(1.0, self.aspect)

    @property
    def left(self) -> float:
        return -MARGIN * self.aspect

    @property
    def right(self) -> float:
        return self.aspect * (1 + MARGIN)

    def xs(self, points: int = 260) -> NDArray[np.float64]:
        return np.linspace(self.left, self.right, points)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def chance(self, part: float) -> bool:
        return float(self.rng.random()) < part

    def wants(self, *words: str) -> bool:
        return not self.words.isdisjoint(words)


def backdrop(stage: Stage, *colours: Colour) -> Layer:
    """The whole background, running through the colours from top to bottom."""
    edge = box(stage.left, -MARGIN, stage.right, 1 + MARGIN)
    return Layer((shape(down(*(colours or stage.palette.sky)), edge),), backdrop=True)


def sky(stage: Stage, horizon: float = 0.75) -> Layer:
    """The palette's sky, palest at the horizon."""
    top, middle, low = stage.palette.sky
    edge = box(stage.left, -MARGIN, stage.right, 1 + MARGIN)
    place = (horizon + MARGIN) / (1 + 2 * MARGIN)
    fill = Fill((Stop(0.0, top), Stop(place * 0.55, middle), Stop(place, low), Stop(1.0, low)))
    return Layer((shape(fill, edge),), backdrop=True)


def sun(stage: Stage, x: float, y: float, radius: float) -> Layer:
    """The sun, or in dark palettes the moon, with the light around it."""
    colour = stage.palette.sun
    glow = mix(colour, stage.palette.sky[2], 0.35)
    shapes = [
        shape(fading(glow, 0.62, 0.3, 0.1, 0.03, 0, way="round"), disc(x, y, radius * 6.5)),
        shape(fading(colour, 0.6, 0.42, 0.1, 0, way="round"), disc(x, y, radius * 2.1)),
        shape(round_fill(mix(colour, (255, 255, 255), 0.35), colour), disc(x, y, radius, 160)),
    ]
    if stage.palette.dark:
        crater = mix(colour, stage.palette.sky[1], 0.35)
        for _ in range(5):
            angle, way = stage.between(0, 6.28), stage.between(0.1, 0.62) * radius
            spot = ellipse(
                x + np.cos(angle) * way, y + np.sin(angle) * way, radius * 0.16, radius * 0.13, points=32
            )
            shapes.append(shape(flat(crater, 0.18), spot))
    return Layer(tuple(shapes), depth=0.03, drift=(0.0, -0.006), backdrop=True)


def stars(stage: Stage, bottom: float, count: int = 170, colour: Colour = (255, 250, 235)) -> Layer:
    """Stars that thin out towards `bottom`."""
    count = int(count * min(2.2, max(0.6, stage.aspect)))
    shapes: list[Shape] = []
    for radius, alpha, part in ((0.0011, 0.45, 0.6), (0.0017, 0.7, 0.3), (0.0027, 0.95, 0.1)):
        dots: list[Ring] = []
        for _ in range(int(count * part)):
            y = float(stage.rng.random()) ** 1.5 * bottom
            dots.append(disc(stage.between(stage.left, stage.right), y, radius * stage.between(0.8, 1.3), 10))
        shapes.append(shape(flat(colour, alpha), *dots))
    return Layer(tuple(shapes), depth=0.01, backdrop=True)


def clouds(stage: Stage, top: float, bottom: float, count: int = 5, alpha: float = 0.4) -> Layer:
    """Long flat clouds, lit from below."""
    pale = mix(stage.palette.sky[2], stage.palette.sun, 0.5)
    shapes: list[Shape] = []
    for _ in range(count):
        x = stage.between(stage.left, stage.right)
        y, long = stage.between(top, bottom), stage.between(0.1, 0.3)
        puffs: list[Ring] = []
        for i in range(5):
            part = (i - 2) / 2.4
            height = long * (0.075 - 0.05 * abs(part)) * stage.between(0.6, 1.1)
            puffs.append(
                ellipse(x + part * long * 0.62, y - height * 0.4, long * stage.between(0.3, 0.48), height)
            )
        shapes.append(
            shape(fading(pale, alpha * 0.25, alpha, alpha * stage.between(0.5, 1)), *puffs, blur=0.004)
        )
    return Layer(tuple(shapes), depth=0.06, drift=(0.006, 0.0), backdrop=True)


def ridge_line(
    stage: Stage, level: float, height: float, *, frequency: float = 2.2, jagged: float = 0.5
) -> NDArray[np.float64]:
    """A skyline's y for each of `stage.xs()`: sharp peaks on broad shoulders."""
    xs = stage.xs()
    # Seen through a narrow frame, mountains must still have slopes within it.
    frequency = frequency / max(0.45, min(1.0, stage.aspect))
    broad = noise(stage.rng, xs, frequency, octaves=2, gain=0.45)
    sharp = noise(stage.rng, xs, frequency * 1.6, octaves=6, gain=0.5, ridged=True)
    return level - height * (broad * 0.55 + (sharp - 0.2) * jagged)


def ridge(stage: Stage, line: NDArray[np.float64], near: float, *, haze: float = 0.4) -> Shape:
    """The land under a skyline, its foot lost in haze."""
    colour = stage.palette.ground(near)
    lit = mix(colour, stage.palette.sun, 0.10 * (1 - near))
    foot = mix(colour, stage.palette.haze, haze * (1 - near))
    top = float(line.min())
    reach = max(0.05, 1 + MARGIN - top)
    fill = Fill((Stop(0.0, lit), Stop(min(0.45, 0.22 / reach), colour), Stop(min(0.98, 0.42 / reach), foot)))
    return shape(fill, under(stage.xs(), line))


def fog(stage: Stage, level: float, thickness: float, alpha: float = 0.5, depth: float = 0.3) -> Layer:
    """A bank of fog: a soft band with slow swells in it."""
    colour = mix(stage.palette.haze, stage.palette.sun, 0.2)
    band = box(stage.left, level - thickness, stage.right, level + thickness)
    shapes = [shape(fading(colour, 0, alpha * 0.45, alpha * 0.6, alpha * 0.4, 0), band)]
    for _ in range(5):
        x, long = stage.between(stage.left, stage.right), stage.between(0.18, 0.4)
        swell = ellipse(x, level + stage.between(-0.3, 0.5) * thickness, long, thickness * 0.42, points=48)
        shapes.append(shape(flat(colour, alpha * 0.4), swell, blur=thickness * 0.35))
    return Layer(tuple(shapes), depth=depth, drift=(0.014, 0.0), backdrop=True)


def conifer(rng: np.random.Generator, x: float, foot: float, height: float) -> Ring:
    """A fir: tiers of drooping branches around a straight trunk."""
    tiers = 7
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for i in range(tiers):
        part = (i + 1) / tiers
        reach = height * (0.05 + 0.19 * part)
        y = foot - height * (1 - part * 0.9)
        for side, sign in ((left, -1), (right, 1)):
            wide = reach * float(rng.uniform(0.78, 1.12))
            side.append((x + sign * wide, y + height * float(rng.uniform(-0.01, 0.02))))
            side.append((x + sign * wide * 0.48, y - height * 0.012))
    trunk = height * 0.022
    return ring((x, foot - height), *right, (x + trunk, foot), (x - trunk, foot), *reversed(left))


def broadleaf(rng: np.random.Generator, x: float, foot: float, height: float) -> list[Ring]:
    """A round-headed tree."""
    rings = [ring((x - height * 0.025, foot), (x, foot - height * 0.6), (x + height * 0.025, foot))]
    for _ in range(7):
        angle, way = float(rng.uniform(0, 6.28)), float(rng.uniform(0.05, 0.2)) * height
        spot = (x + np.cos(angle) * way, foot - height * 0.68 + np.sin(angle) * way * 0.9)
        rings.append(disc(spot[0], spot[1], height * float(rng.uniform(0.12, 0.2)), 28))
    return rings


def birds(stage: Stage, x: float, y: float, count: int, span: float = 0.022) -> Layer:
    """A few gulls with curved wings."""
    rings: list[Ring] = []
    for _ in range(count):
        bx, by = x + stage.between(-0.13, 0.13), y + stage.between(-0.07, 0.07)
        wide, lift = span * stage.between(0.6, 1.1), stage.between(0.25, 0.5)
        upper = curve([(-1, -lift * 0.4), (-0.5, -lift), (0, 0), (0.5, -lift), (1, -lift * 0.4)], steps=8)
        lower = curve([(1, -lift * 0.4), (0.5, -lift * 0.68), (0, 0.16), (-0.5, -lift * 0.68)], steps=8)
        rings.append(
            placed(np.concatenate([upper, lower]), bx, by, size=wide, turn=stage.between(-0.25, 0.25))
        )
    colour = mix(stage.palette.ink, stage.palette.haze, 0.12)
    return Layer((shape(flat(colour, 0.85), *rings),), depth=0.2, drift=(0.025, -0.006))


def lighthouse(stage: Stage, x: float, foot: float, height: float, *, lit: bool = True) -> tuple[Shape, ...]:
    """A lighthouse standing at (x, foot), its lamp burning."""
    palette = stage.palette
    dark, light = palette.ink, mix(palette.ink, palette.haze, 0.32)
    wide = height * 0.1
    top = foot - height * 0.8

    def tower(a: float, b: float) -> Ring:
        """A slice of the tapering tower, a and b from its top (0) to its foot (1)."""
        half = [wide * (0.62 + 0.38 * part) for part in (a, b)]
        ys = [top + (foot - top) * part for part in (a, b)]
        return ring((x - half[0], ys[0]), (x + half[0], ys[0]), (x + half[1], ys[1]), (x - half[1], ys[1]))

    shapes: list[Shape] = []
    lamp = (x, top - height * 0.055)
    if lit:
        shapes.extend(_beams(palette, lamp, height))
    shapes.append(shape(across(light, dark, dark), tower(0, 1)))
    band = mix(palette.spark, palette.ink, 0.25)
    pale = mix(palette.haze, (255, 255, 255), 0.2)
    shapes.extend(
        shape(across(mix(pale, dark, 0.1), mix(pale, dark, 0.55)), tower(a, a + 0.17)) for a in (0.08, 0.46)
    )
    shapes.append(shape(across(band, mix(band, dark, 0.55)), tower(0.27, 0.44)))
    gallery = box(x - wide * 0.95, top - height * 0.014, x + wide * 0.95, top + height * 0.012)
    room = box(x - wide * 0.44, top - height * 0.1, x + wide * 0.44, top - height * 0.01)
    roof = curve(
        [
            (x - wide * 0.66, top - height * 0.098),
            (x, top - height * 0.175),
            (x + wide * 0.66, top - height * 0.098),
        ]
    )
    finial = box(x - wide * 0.05, top - height * 0.2, x + wide * 0.05, top - height * 0.15)
    shapes.append(shape(flat(palette.accent), room))
    shapes.append(shape(fading(palette.accent, 0.95, 0.4, 0.08, 0, way="round"), disc(*lamp, height * 0.2)))
    shapes.append(shape(across(light, dark), gallery, roof, finial))
    return tuple(shapes)


def _beams(palette: Palette, lamp: tuple[float, float], height: float) -> list[Shape]:
    x, y = lamp
    reach = height * 2.1
    left = ring((x, y - height * 0.01), (x - reach, y - height * 0.26), (x - reach, y + height * 0.08))
    right = ring((x, y - height * 0.01), (x + reach, y - height * 0.02), (x + reach, y + height * 0.24))
    strength = 0.42 if palette.dark else 0.5
    return [
        shape(fading(palette.accent, 0, strength * 0.4, strength, way="across"), left, blur=0.006),
        shape(fading(palette.accent, strength, strength * 0.4, 0, way="across"), right, blur=0.006),
    ]


def shimmer(
    stage: Stage, x: float, top: float, bottom: float, width: float, colour: Colour, alpha: float = 0.55
) -> Shape:
    """Light lying on water: short strokes that spread and part towards the viewer."""
    strokes: list[Ring] = []
    for i in range(34):
        part = (i / 34) ** 1.35
        y = top + (bottom - top) * part
        half = width * (0.28 + part * 0.9) * stage.between(0.35, 1)
        middle = x + stage.between(-0.35, 0.35) * width * (0.3 + part)
        thick = 0.0013 + 0.0048 * part
        strokes.append(ring((middle - half, y), (middle, y - thick), (middle + half, y), (middle, y + thick)))
    return shape(fading(colour, alpha, alpha * 0.75, alpha * 0.35), *strokes)
