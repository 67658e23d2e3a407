"""Rooms: a still life on a table, a rainy window."""

from __future__ import annotations

import numpy as np

from studio.sandbox.make.art.garden import leaf
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
    placed,
    ribbon,
    ring,
    shape,
)
from studio.sandbox.make.art.scenery import Stage, backdrop

_WHITE: Colour = (255, 252, 244)


def still_life(stage: Stage) -> list[Layer]:
    """A vase, a ball, an arch and a disc on a table, in window light."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    wall = palette.paper
    table = 0.74
    layers = [backdrop(stage, mix(wall, palette.ground(0.2), 0.3), wall, mix(wall, palette.sun, 0.4))]
    middle, flip = a / 2, -1 if stage.chance(0.5) else 1
    halo = disc(middle - flip * 0.16 * u, 0.34, 0.25 * u, 160)
    layers.append(
        Layer((shape(down(palette.spark, mix(palette.spark, palette.accent, 0.6)), halo),), depth=0.1)
    )
    layers.append(_window_light(stage))
    layers.append(_arch(stage, middle + flip * 0.2 * u, table, 0.19 * u))
    top = shape(
        down(mix(palette.ground(0.3), wall, 0.35), palette.ground(0.45)),
        box(stage.left, table, stage.right, 1 + MARGIN),
    )
    edge = shape(fading(_WHITE, 0.35, 0), box(stage.left, table, stage.right, table + 0.012))
    layers.append(Layer((top, edge), depth=0.4))
    layers.append(_vase(stage, middle - flip * 0.05 * u, table + 0.1, 0.42 * u))
    layers.append(_ball(stage, middle + flip * 0.27 * u, table + 0.11, 0.085 * u, palette.spark))
    layers.append(_bowl(stage, middle - flip * 0.33 * u, table + 0.13, 0.12 * u))
    if stage.chance(0.7):
        layers.append(_ball(stage, middle + flip * 0.12 * u, table + 0.17, 0.042 * u, palette.accent))
    return layers


def _window_light(stage: Stage) -> Layer:
    """Slanting panes of sun on the wall."""
    panes: list[Ring] = []
    x0, u = stage.aspect * stage.between(0.05, 0.2), stage.size
    for i in range(3):
        for j in range(2):
            x, y = x0 + i * 0.17 * u + j * 0.05 * u, 0.1 + j * 0.25
            panes.append(
                ring((x, y), (x + 0.15 * u, y - 0.05), (x + 0.2 * u, y + 0.18), (x + 0.05 * u, y + 0.23))
            )
    return Layer((shape(flat(stage.palette.sun, 0.28), *panes, blur=0.005),), depth=0.12, backdrop=True)


def _shadow(x: float, y: float, width: float, colour: Colour) -> Shape:
    return shape(flat(colour, 0.42), ellipse(x + width * 0.35, y, width * 1.25, width * 0.24), blur=0.012)


def _arch(stage: Stage, x: float, foot: float, half: float) -> Layer:
    palette = stage.palette
    shapes: list[Shape] = []
    for i, part in enumerate((1.0, 0.72, 0.44)):
        wide = half * part
        top = foot - half * 2.1 + (half - wide)
        angle = np.linspace(np.pi, 2 * np.pi, 60)
        bow = np.stack([x + np.cos(angle) * wide, top + wide + np.sin(angle) * wide], 1)
        outline = np.concatenate([bow, ring((x + wide, foot), (x - wide, foot))])
        colour = (palette.ground(0.25), palette.ground(0.55), palette.ground(0.85))[i]
        shapes.append(shape(across(mix(colour, palette.sun, 0.22), colour), outline))
    return Layer(tuple(shapes), depth=0.3)


def _vase(stage: Stage, x: float, foot: float, height: float) -> Layer:
    """A thrown vase with a few dry stems in it."""
    palette = stage.palette
    belly, neck, lip = stage.between(0.26, 0.36), stage.between(0.07, 0.11), stage.between(0.1, 0.15)
    profile = curve(
        [(lip, -1), (neck, -0.92), (neck * 1.15, -0.78), (belly, -0.45), (belly * 0.86, -0.16), (0.16, 0)]
    )
    right = profile * height + np.array([x, foot])
    left = profile[::-1] * np.array([-height, height]) + np.array([x, foot])
    colour = mix(palette.ground(0.6), palette.spark, 0.25)
    light, dark = mix(colour, _WHITE, 0.45), mix(colour, palette.ink, 0.6)
    glaze = Fill(
        (Stop(0, mix(colour, light, 0.3)), Stop(0.28, light), Stop(0.6, colour), Stop(1, dark)), "across"
    )
    shapes = [_shadow(x, foot, height * 0.22, palette.ink)]
    mouth = (x, foot - height)
    for i in range(5):
        lean = (i - 2) * 0.16 + stage.between(-0.05, 0.05)
        tall = height * stage.between(0.6, 0.95)
        line = curve(
            [mouth, (x + lean * tall * 0.4, mouth[1] - tall * 0.5), (x + lean * tall, mouth[1] - tall)]
        )
        shapes.append(shape(flat(palette.ground(0.8)), ribbon(line, height * 0.012, height * 0.006)))
        shapes.extend(_sprig(stage, line, height * 0.1))
    shapes.append(shape(glaze, np.concatenate([right, left])))
    shapes.append(shape(flat(dark), ellipse(x, foot - height, lip * height, lip * height * 0.2)))
    band = ellipse(x, foot - height * 0.45, belly * height * 0.98, height * 0.014)
    shapes.append(shape(fading(dark, 0.35, 0.15, 0.4, way="across"), band))
    return Layer(tuple(shapes), depth=0.55)


def _sprig(stage: Stage, line: Ring, size: float) -> list[Shape]:
    """Small paired leaves along the upper half of a stem."""
    leaves: list[Ring] = []
    for i in range(len(line) // 3, len(line), 3):
        along = line[i] - line[i - 1]
        turn = float(np.arctan2(along[1], along[0]))
        for side in (-1, 1):
            grown = size * (0.5 + 0.5 * i / len(line)) * stage.between(0.8, 1.1)
            leaves.append(placed(leaf(), line[i][0], line[i][1], size=grown, turn=turn + side * 0.75))
    colour = mix(stage.palette.ground(0.5), stage.palette.accent, 0.3)
    return [shape(flat(colour), *leaves)]


def _ball(stage: Stage, x: float, foot: float, radius: float, colour: Colour) -> Layer:
    y = foot - radius
    dark = mix(colour, stage.palette.ink, 0.45)
    shapes = (
        _shadow(x, foot - radius * 0.06, radius, stage.palette.ink),
        shape(across(mix(colour, _WHITE, 0.12), colour, dark), disc(x, y, radius)),
        shape(
            fading(_WHITE, 0.65, 0.25, 0, way="round"),
            disc(x - radius * 0.34, y - radius * 0.36, radius * 0.52),
        ),
    )
    return Layer(shapes, depth=0.7)


def _bowl(stage: Stage, x: float, foot: float, half: float) -> Layer:
    palette = stage.palette
    angle = np.linspace(0, np.pi, 60)
    cup = np.stack([x + np.cos(angle) * half, foot - half * 0.75 + np.sin(angle) * half * 0.75], 1)
    colour = palette.ground(0.7)
    fruit = [disc(x + dx * half, foot - half * 0.86, half * 0.36) for dx in (-0.46, 0.44, 0.02)]
    shapes = [_shadow(x, foot - half * 0.03, half * 0.7, palette.ink)]
    shapes.extend(
        shape(across(palette.accent, mix(palette.accent, palette.spark, 0.8)), one) for one in fruit
    )
    shapes.append(shape(across(mix(colour, _WHITE, 0.4), colour, mix(colour, palette.ink, 0.6)), cup))
    return Layer(tuple(shapes), depth=0.75)


def rain(stage: Stage) -> list[Layer]:
    """City lights through a window on a wet night, a warm mug on the sill."""
    palette, a, u = stage.palette, stage.aspect, stage.size
    deep = mix(palette.ground(0.8), palette.sky[0], 0.4)
    layers = [backdrop(stage, mix(palette.sky[0], palette.ink, 0.35), mix(palette.sky[1], deep, 0.45), deep)]
    layers.append(_distant_street(stage))
    layers.append(_bokeh(stage))
    layers.append(_drops(stage))
    layers.append(_frame(stage))
    side = a / 2 + (0.24 if stage.chance(0.5) else -0.24) * u
    layers.append(_mug(stage, side, 0.905, 0.13 * u))
    layers.append(_pot(stage, a - side + stage.between(-0.05, 0.05), 0.905, 0.13 * u))
    return layers


def _distant_street(stage: Stage) -> Layer:
    shapes: list[Shape] = []
    for near in (0.3, 0.7):
        towers: list[Ring] = []
        x = stage.left
        while x < stage.right:
            wide = stage.between(0.06, 0.15) * stage.size
            towers.append(box(x, stage.between(0.25, 0.5) + near * 0.2, x + wide, 1.0))
            x += wide * stage.between(1, 1.5)
        colour = mix(stage.palette.ground(near), stage.palette.sky[1], 0.3 * (1 - near))
        shapes.append(shape(down(colour, mix(colour, stage.palette.ink, 0.3)), *towers, blur=0.012))
    return Layer(tuple(shapes), depth=0.08, backdrop=True)


def _bokeh(stage: Stage) -> Layer:
    palette = stage.palette
    colours = (
        palette.accent,
        palette.spark,
        palette.sun,
        palette.haze,
        mix(palette.accent, palette.spark, 0.5),
    )
    shapes: list[Shape] = []
    for _ in range(int(34 * max(0.7, stage.aspect))):
        x = stage.between(stage.left, stage.right)
        y = float(np.clip(stage.rng.normal(0.58, 0.16), 0.15, 0.86))
        radius = stage.size * stage.between(0.014, 0.05)
        colour = colours[int(stage.rng.integers(5))]
        alpha = stage.between(0.16, 0.5)
        shapes.append(
            shape(
                fading(colour, alpha * 0.75, alpha * 0.8, alpha, way="round"), disc(x, y, radius), blur=0.0022
            )
        )
    return Layer(tuple(shapes), depth=0.15, drift=(0.008, 0.0))


def _drops(stage: Stage) -> Layer:
    """Drops on the pane: each shows the sky upside down, so it is dark above and bright below."""
    palette = stage.palette
    bright, dark = mix(palette.haze, _WHITE, 0.4), mix(palette.ink, palette.sky[0], 0.4)
    small: list[Ring] = []
    for _ in range(int(240 * max(0.7, stage.aspect))):
        radius = 0.0016 + 0.003 * float(stage.rng.random()) ** 2
        small.append(
            ellipse(
                stage.between(stage.left, stage.right),
                stage.between(0.02, 0.9),
                radius,
                radius * 1.2,
                points=14,
            )
        )
    shapes = [shape(flat(bright, 0.34), *small)]
    for _ in range(int(46 * max(0.7, stage.aspect))):
        x, y = stage.between(stage.left, stage.right), stage.between(0.05, 0.85)
        size = 0.0045 + 0.009 * float(stage.rng.random()) ** 2
        if stage.chance(0.4):
            long = stage.between(0.05, 0.22)
            path = curve(
                [
                    (x, y),
                    (x + stage.between(-0.006, 0.006), y - long / 2),
                    (x + stage.between(-0.008, 0.008), y - long),
                ]
            )
            shapes.append(shape(fading(bright, 0.0, 0.22), ribbon(path, size * 1.3, size * 0.5)))
        body = Fill((Stop(0, dark, 0.55), Stop(0.5, dark, 0.18), Stop(1, bright, 0.75)))
        shapes.append(shape(body, ellipse(x, y, size, size * stage.between(1.1, 1.5), points=32)))
        shapes.append(shape(flat(_WHITE, 0.8), disc(x - size * 0.3, y - size * 0.5, size * 0.18, 10)))
    return Layer(tuple(shapes), depth=0.6)


def _frame(stage: Stage) -> Layer:
    palette, a = stage.palette, stage.aspect
    wood = mix(palette.ink, palette.ground(0.6), 0.25)
    lit = mix(wood, palette.accent, 0.3)
    bar, thick = 0.016, 0.035
    cross = [
        box(a * 0.5 - bar / 2, -MARGIN, a * 0.5 + bar / 2, 0.9),
        box(stage.left, 0.36, stage.right, 0.36 + bar),
    ]
    sides = [
        box(stage.left, -MARGIN, thick, 1),
        box(a - thick, -MARGIN, stage.right, 1),
        box(stage.left, -MARGIN, stage.right, thick),
    ]
    shapes = (
        shape(flat(wood), *cross, *sides),
        shape(down(lit, wood), box(stage.left, 0.88, stage.right, 1 + MARGIN)),
        shape(fading(palette.accent, 0.6, 0.1), box(stage.left, 0.88, stage.right, 0.886)),
    )
    return Layer(shapes, depth=0.85)


def _mug(stage: Stage, x: float, foot: float, size: float) -> Layer:
    palette = stage.palette
    colour = mix(palette.spark, palette.ground(0.5), 0.25)
    body = curve(
        [(-0.42, -0.8), (-0.42, -0.3), (-0.34, 0), (0.34, 0), (0.42, -0.3), (0.42, -0.8)], steps=10
    ) * size + np.array([x, foot])
    arc = np.linspace(-1.4, 1.4, 24)
    grip = np.stack([np.cos(arc) * 0.24 + 0.4, np.sin(arc) * 0.25 - 0.42], 1) * size + np.array([x, foot])
    shapes = [
        shape(flat(palette.ink, 0.5), ellipse(x, foot, size * 0.6, size * 0.1), blur=0.008),
        shape(flat(mix(colour, palette.ink, 0.3)), ribbon(grip, size * 0.11, size * 0.09)),
        shape(across(mix(colour, _WHITE, 0.4), colour, mix(colour, palette.ink, 0.55)), body),
        shape(flat(mix(colour, palette.ink, 0.75)), ellipse(x, foot - size * 0.8, size * 0.41, size * 0.085)),
    ]
    for i in range(3):
        at = x + (i - 1) * size * 0.18
        line = curve(
            [
                (at, foot - size * 0.95),
                (at + size * 0.1, foot - size * 1.3),
                (at - size * 0.08, foot - size * 1.65),
                (at + size * 0.07, foot - size * 2.0),
            ]
        )
        shapes.append(shape(fading(_WHITE, 0, 0.26), ribbon(line, size * 0.14, size * 0.05), blur=0.007))
    return Layer(tuple(shapes), depth=0.92)


def _pot(stage: Stage, x: float, foot: float, size: float) -> Layer:
    palette = stage.palette
    shapes: list[Shape] = []
    for i in range(9):
        turn = -np.pi / 2 + (i - 4) * 0.3 + stage.between(-0.08, 0.08)
        colour = mix(palette.ground(0.35 + 0.06 * (i % 4)), palette.accent, 0.12)
        whole = placed(leaf(0.16), x, foot - size * 0.7, size=size * stage.between(1.2, 1.9), turn=turn)
        shapes.append(shape(down(mix(colour, palette.sun, 0.15), mix(colour, palette.ink, 0.25)), whole))
        shapes.append(shape(flat(mix(colour, palette.sun, 0.25), 0.7), whole[: len(whole) // 2]))
    clay = mix(palette.spark, palette.ink, 0.35)
    pot = ring(
        (x - size * 0.42, foot - size * 0.75),
        (x + size * 0.42, foot - size * 0.75),
        (x + size * 0.3, foot),
        (x - size * 0.3, foot),
    )
    rim = box(x - size * 0.47, foot - size * 0.8, x + size * 0.47, foot - size * 0.62)
    shapes.append(shape(across(mix(clay, _WHITE, 0.2), clay, mix(clay, palette.ink, 0.6)), pot, rim))
    return Layer(tuple(shapes), depth=0.92)
