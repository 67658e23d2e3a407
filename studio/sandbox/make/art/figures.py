"""Sitters: a faceless portrait, a cat before the moon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.sandbox.make.art.garden import leaf
from studio.sandbox.make.art.scene import (
    Colour,
    Fill,
    Layer,
    Ring,
    Shape,
    Stop,
    across,
    curve,
    disc,
    down,
    ellipse,
    fading,
    flat,
    mix,
    noise,
    placed,
    ribbon,
    ring,
    shape,
    under,
)
from studio.sandbox.make.art.scenery import Stage, backdrop, clouds, fog, ridge, ridge_line, sky, stars, sun

_WHITE: Colour = (255, 252, 244)


_SKIN: tuple[Colour, ...] = ((246, 205, 178), (226, 171, 134), (188, 126, 90), (141, 88, 60), (96, 60, 44))
_HAIR: tuple[Colour, ...] = (
    (43, 30, 30),
    (92, 52, 34),
    (164, 98, 48),
    (222, 178, 110),
    (176, 64, 42),
    (210, 206, 204),
)


def portrait(stage: Stage) -> list[Layer]:
    """A calm, faceless sitter among leaves, a disc behind the head."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    x = a / 2 + stage.between(-0.02, 0.02)
    layers = [backdrop(stage, *palette.sky)]
    if palette.dark:
        layers.append(stars(stage, 0.8, 80))
    halo = disc(x, 0.4, 0.34 * u, 200)
    layers.append(
        Layer((shape(down(palette.sun, mix(palette.accent, palette.sky[1], 0.25)), halo),), depth=0.05)
    )
    layers.append(_foliage(stage, 0.4, 0.15, inner=0.3))
    layers.append(_sitter(stage, x, 0.42, 0.3 * u))
    layers.append(_foliage(stage, 0.95, 0.9, inner=0.42))
    return layers


def _foliage(stage: Stage, near: float, depth: float, inner: float) -> Layer:
    """Large leaves growing in from the lower corners."""
    shapes: list[Shape] = []
    u = stage.size
    for side in (-1, 1):
        for i in range(7):
            foot = stage.aspect / 2 + side * (inner + 0.04 * i) * min(stage.aspect, 1.2)
            turn = -np.pi / 2 + side * (0.02 + 0.11 * i + stage.between(-0.08, 0.08))
            long = u * stage.between(0.36, 0.6) * (0.75 + 0.3 * near)
            colour = mix(stage.palette.ground(near), stage.palette.spark, stage.between(0, 0.12))
            whole = placed(leaf(0.15), foot, 1.08, size=long, turn=turn)
            shapes.append(shape(down(mix(colour, stage.palette.sun, 0.12), colour), whole))
            shapes.append(shape(fading(stage.palette.sun, 0.24, 0.05), whole[: len(whole) // 2]))
    return Layer(tuple(shapes), depth=depth)


# Outlines of a sitter, in heights of the head from its middle.
_FACE = (
    (0, -0.5), (0.24, -0.42), (0.34, -0.16), (0.31, 0.16), (0.18, 0.4), (0, 0.5), (-0.18, 0.4),
    (-0.31, 0.16), (-0.34, -0.16), (-0.24, -0.42),
)  # fmt: skip
_TORSO = (
    (-0.2, 0.74), (0, 0.86), (0.2, 0.74), (0.62, 0.92), (0.9, 1.25), (1.0, 2.2), (0, 2.4), (-1.0, 2.2),
    (-0.9, 1.25), (-0.62, 0.92),
)  # fmt: skip


def _sitter(stage: Stage, x: float, y: float, size: float) -> Layer:
    """Head and shoulders; `size` is the height of the head, (x, y) its middle."""
    palette = stage.palette
    skin = mix(_SKIN[int(stage.rng.integers(len(_SKIN)))], palette.sun, 0.1)
    shade = mix(skin, palette.ink, 0.3)
    hair = mix(_HAIR[int(stage.rng.integers(len(_HAIR)))], palette.ink, 0.15)
    cloth = (palette.spark, palette.ground(0.6), mix(palette.ground(0.4), palette.accent, 0.3))[
        int(stage.rng.integers(3))
    ]
    here = np.array([x, y])

    def part(*points: tuple[float, float]) -> Ring:
        return curve(points, closed=True, steps=10) * size + here

    face = part(*_FACE)
    neck = part((-0.15, 0.2), (0.15, 0.2), (0.15, 0.6), (0.26, 0.82), (0, 1.0), (-0.26, 0.82), (-0.15, 0.6))
    torso = part(*_TORSO)
    collar = part((-0.22, 0.75), (0, 0.92), (0.22, 0.75), (0.27, 0.83), (0, 1.04), (-0.27, 0.83))
    back, front = _hair(stage, part)
    shine = mix(hair, palette.sun, 0.3)
    chin = part((-0.15, 0.42), (0, 0.52), (0.15, 0.42), (0.16, 0.62), (0.0, 0.72), (-0.15, 0.58))
    shapes = [shape(down(shine, hair, hair), *back)]
    shapes.append(shape(across(skin, skin, shade), neck))
    shapes.append(shape(flat(mix(skin, palette.ink, 0.42), 0.75), chin))
    shapes.append(
        shape(
            Fill(
                (Stop(0, mix(cloth, _WHITE, 0.18)), Stop(0.5, cloth), Stop(1, mix(cloth, palette.ink, 0.55)))
            ),
            torso,
        )
    )
    shapes.append(shape(flat(mix(cloth, _WHITE, 0.35)), collar))
    ears = [ellipse(x + side * 0.335 * size, y + 0.05 * size, 0.05 * size, 0.085 * size) for side in (-1, 1)]
    shapes.append(shape(flat(shade), *ears))
    shapes.append(shape(across(mix(skin, _WHITE, 0.12), skin, mix(skin, shade, 0.75)), face))
    cheeks = [disc(x + side * 0.19 * size, y + 0.16 * size, 0.085 * size, 40) for side in (-1, 1)]
    shapes.extend(shape(fading(palette.spark, 0.3, 0.1, 0, way="round"), one) for one in cheeks)
    rings = [disc(x + side * 0.34 * size, y + 0.2 * size, 0.034 * size, 30) for side in (-1, 1)]
    shapes.append(shape(flat(palette.accent), *rings))
    shapes.append(
        shape(
            Fill((Stop(0, shine), Stop(0.45, hair), Stop(1, mix(hair, palette.ink, 0.3))), "across"), *front
        )
    )
    return Layer(tuple(shapes), depth=0.5)


# Outlines of hair: close to the head, to the chin, over the shoulders.
_CAP = (
    (0, -0.62), (0.34, -0.5), (0.42, -0.15), (0.38, 0.08), (-0.38, 0.08), (-0.42, -0.15), (-0.34, -0.5),
)  # fmt: skip
_BOB = (
    (0, -0.64), (0.42, -0.5), (0.52, 0), (0.47, 0.42), (0.2, 0.55), (-0.2, 0.55), (-0.47, 0.42),
    (-0.52, 0), (-0.42, -0.5),
)  # fmt: skip
_LONG = (
    (0, -0.64), (0.4, -0.5), (0.48, 0), (0.58, 0.7), (0.46, 1.25), (0.1, 1.0), (-0.1, 1.0),
    (-0.46, 1.25), (-0.58, 0.7), (-0.48, 0), (-0.4, -0.5),
)  # fmt: skip


def _hair(stage: Stage, part: Callable[..., Ring]) -> tuple[list[Ring], list[Ring]]:
    """Hair behind the head and before it, in one of four cuts."""
    cut = int(stage.rng.integers(4))
    if cut == 0:
        back = [part(*_BOB)]
    elif cut == 1:
        back = [part(*_LONG)]
    elif cut == 2:
        back = [
            part(*_CAP),
            part((0, -0.98), (0.2, -0.88), (0.2, -0.66), (0, -0.56), (-0.2, -0.66), (-0.2, -0.88)),
        ]
    else:
        back = [part(*_CAP)]
    side = 1 if stage.chance(0.5) else -1
    sweep = [
        (-0.4, 0.06),
        (-0.44, -0.25),
        (-0.32, -0.53),
        (0.0, -0.63),
        (0.32, -0.53),
        (0.44, -0.25),
        (0.4, 0.06),
        (0.29, -0.2),
        (0.1, -0.3),
        (-0.12, -0.36),
        (-0.28, -0.2),
    ]
    return back, [part(*((px * side, py) for px, py in sweep))]


def cat(stage: Stage) -> list[Layer]:
    """A cat on a hill, watching a very large moon."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    layers = [sky(stage, 0.8)]
    if palette.dark:
        layers.append(stars(stage, 0.85, 200))
    x = a / 2 + stage.between(-0.08, 0.08)
    layers.append(sun(stage, x + stage.between(-0.06, 0.06), 0.42, 0.25 * u))
    layers.append(clouds(stage, 0.2, 0.65, count=6, alpha=0.35))
    for near, level in ((0.15, 0.72), (0.5, 0.79)):
        line = ridge_line(stage, level, 0.07, frequency=1.5, jagged=0.25)
        layers.append(Layer((ridge(stage, line, near, haze=0.5),), depth=0.15 + 0.4 * near))
        layers.append(fog(stage, level + 0.05, 0.06, 0.35, depth=0.3))
    xs = stage.xs()
    hill = 0.83 + 0.16 * (np.abs(xs - x) / max(0.5, a * 0.6)) ** 1.7 + 0.004 * noise(stage.rng, xs, 12)
    shapes = [
        *cat_shapes(stage, x, 0.845, 0.34 * u),
        shape(down(palette.ground(0.9), palette.ink), under(xs, hill)),
    ]
    blades: list[Ring] = []
    for _ in range(int(130 * max(0.7, a))):
        gx = stage.between(stage.left, stage.right)
        gy, tall = float(np.interp(gx, xs, hill)), stage.between(0.012, 0.045)
        lean = stage.between(-0.02, 0.02)
        blades.append(ring((gx - 0.003, gy + 0.01), (gx + lean, gy - tall), (gx + 0.003, gy + 0.01)))
    shapes.append(shape(flat(palette.ground(0.9)), *blades))
    layers.append(Layer(tuple(shapes), depth=0.9))
    return layers


def cat_shapes(stage: Stage, x: float, foot: float, size: float) -> list[Shape]:
    """A seated cat seen from behind, edged with moonlight."""
    body = curve(
        [
            (-0.26, 0.02),
            (-0.34, -0.16),
            (-0.27, -0.42),
            (-0.15, -0.62),
            (0, -0.68),
            (0.15, -0.62),
            (0.27, -0.42),
            (0.34, -0.16),
            (0.26, 0.02),
        ],
        closed=True,
    )
    head = ellipse(0, -0.78, 0.205, 0.165)
    ears = [
        ring((side * 0.2, -0.8), (side * 0.195, -1.05), (side * 0.15, -1.03), (side * 0.03, -0.9))
        for side in (-1, 1)
    ]
    side = 1 if stage.chance(0.5) else -1
    tail = ribbon(
        curve(
            [
                (side * 0.22, -0.04),
                (side * 0.46, -0.02),
                (side * 0.58, -0.16),
                (side * 0.5, -0.32),
                (side * 0.56, -0.44),
            ]
        ),
        0.085,
        0.045,
    )
    outline = [one * size + np.array([x, foot]) for one in (body, head, *ears, tail)]
    rim = [one + np.array([0.0, -0.0055]) for one in outline]
    light = mix(stage.palette.sun, stage.palette.accent, 0.4)
    collar = ellipse(x, foot - 0.635 * size, 0.15 * size, 0.022 * size)
    return [
        shape(flat(light, 0.75), *rim),
        shape(down(mix(stage.palette.ink, stage.palette.ground(0.5), 0.3), stage.palette.ink), *outline),
        shape(flat(stage.palette.spark), collar),
    ]
