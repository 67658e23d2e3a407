"""Wide scenes of nature: mountains, sea, dunes, forest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    fading,
    flat,
    mirrored,
    mix,
    noise,
    ring,
    shape,
    under,
)
from studio.sandbox.make.art.scenery import (
    Stage,
    birds,
    clouds,
    conifer,
    fog,
    lighthouse,
    ridge,
    ridge_line,
    shimmer,
    sky,
    stars,
    sun,
)


def mountains(stage: Stage) -> list[Layer]:
    """Ridges behind ridges under a low sun, sometimes above a lake."""
    if stage.wants("lake", "water", "river", "reflection", "fjord"):
        return _mountain_lake(stage)
    layers = [sky(stage, 0.62)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.6))
    x = stage.aspect * stage.between(0.25, 0.75)
    layers.append(sun(stage, x, stage.between(0.24, 0.36), stage.size * stage.between(0.07, 0.115)))
    layers.append(clouds(stage, 0.08, 0.32, count=4, alpha=0.3))
    count = int(stage.rng.integers(4, 7))
    first = stage.between(0.42, 0.5)
    for i in range(count):
        near = i / (count - 1)
        level = first + (0.9 - first) * near**0.95
        height = stage.between(0.2, 0.3) * (1 - 0.45 * near)
        line = ridge_line(stage, level, height, jagged=0.62)
        shapes = [ridge(stage, line, near)]
        if i == count - 1:
            shapes.insert(0, tree_line(stage, line, near, 0.055))
        layers.append(Layer(tuple(shapes), depth=0.12 + 0.75 * near))
        if i < count - 1:
            layers.append(fog(stage, level + 0.1, 0.085, 0.4 * (1 - 0.6 * near), depth=0.16 + 0.75 * near))
    if stage.chance(0.6):
        layers.insert(-3, birds(stage, stage.aspect * stage.between(0.25, 0.75), 0.27, 5))
    return layers


def _mountain_lake(stage: Stage) -> list[Layer]:
    level = 0.63
    layers = [sky(stage, level)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.5))
    x, y = stage.aspect * stage.between(0.3, 0.7), stage.between(0.22, 0.3)
    layers.append(sun(stage, x, y, stage.size * 0.085))
    layers.append(clouds(stage, 0.08, 0.3, count=4, alpha=0.3))
    lands: list[Layer] = []
    for near, base, height in ((0.0, 0.5, 0.26), (0.3, 0.57, 0.18), (0.6, 0.625, 0.1)):
        line = np.minimum(ridge_line(stage, base, height, jagged=0.65), level)
        lands.append(Layer((_shore(stage, line, level, near),), depth=0.12 + 0.4 * near))
    layers.extend(lands)
    top, middle, low = stage.palette.sky
    water = box(stage.left, level, stage.right, 1 + MARGIN)
    layers.append(Layer((shape(down(low, middle, mix(top, stage.palette.ink, 0.4)), water),), depth=0.3))
    for land in lands:
        held = tuple(
            Shape(tuple(mirrored(one, level) for one in part.rings), _dimmed(part.fill, 0.55), 0.003)
            for part in land.shapes
        )
        layers.append(Layer(held, depth=land.depth))
    layers.append(Layer((shimmer(stage, x, level + 0.01, 0.98, 0.09, stage.palette.sun),), depth=0.06))
    layers.append(fog(stage, level, 0.05, 0.5, depth=0.35))
    line = ridge_line(stage, 0.97, 0.07, jagged=0.3)
    layers.append(
        Layer((tree_line(stage, line, 1, 0.1), ridge(stage, line, 1)), depth=0.95),
    )
    return layers


def _shore(stage: Stage, line: NDArray[np.float64], level: float, near: float) -> Shape:
    colour = stage.palette.ground(near)
    foot = mix(colour, stage.palette.haze, 0.4 * (1 - near))
    return shape(down(mix(colour, stage.palette.sun, 0.1), colour, foot), under(stage.xs(), line, level))


def _dimmed(fill: Fill, alpha: float) -> Fill:
    """The fill upside down and fainter: what water shows of it."""
    return Fill(tuple(Stop(1 - s.at, s.colour, s.alpha * alpha) for s in reversed(fill.stops)), fill.way)


def tree_line(stage: Stage, line: NDArray[np.float64], near: float, height: float) -> Shape:
    """Firs in loose groups along a skyline."""
    xs = stage.xs()
    thick = noise(stage.rng, xs, 2.5, octaves=2)
    trees: list[Ring] = []
    x = stage.left
    while x < stage.right:
        at = int(np.clip(np.searchsorted(xs, x), 0, len(xs) - 1))
        if thick[at] > -0.12:
            tall = height * stage.between(0.5, 1.15)
            trees.append(conifer(stage.rng, x, float(line[at]) + tall * 0.12, tall))
        x += height * stage.between(0.16, 0.5)
    return shape(flat(stage.palette.ground(near)), *trees)


def sea(stage: Stage) -> list[Layer]:
    """A lighthouse on a headland, the sun on the water, waves rolling in."""
    horizon = stage.between(0.56, 0.62)
    side = 1 if stage.chance(0.5) else -1
    layers = [sky(stage, horizon)]
    if stage.palette.dark:
        layers.append(stars(stage, horizon * 0.8))
    x = stage.aspect * (0.5 - side * stage.between(0.1, 0.24))
    layers.append(sun(stage, x, horizon - stage.between(0.05, 0.2), stage.size * 0.09))
    layers.append(clouds(stage, 0.1, horizon - 0.14, count=6, alpha=0.42))
    line = np.minimum(ridge_line(stage, horizon - 0.015, 0.07, frequency=1.4), horizon + 0.002)
    layers.append(Layer((_shore(stage, line, horizon + 0.003, 0.05),), depth=0.1))
    low, deep = mix(stage.palette.haze, stage.palette.ground(0.2), 0.45), stage.palette.ground(0.72)
    water = box(stage.left, horizon, stage.right, 1 + MARGIN)
    layers.append(
        Layer(
            (
                shape(down(low, mix(low, deep, 0.62), deep, stage.palette.ink), water),
                shimmer(stage, x, horizon + 0.005, 1.0, 0.1, stage.palette.sun, 0.7),
            ),
            depth=0.16,
        )
    )
    layers.append(fog(stage, horizon, 0.07, 0.45, depth=0.2))
    if not stage.wants("lighthouse") or stage.wants("boat", "sail", "ship", "harbour", "harbor"):
        boat_x = stage.aspect * (0.5 - side * stage.between(0.2, 0.32))
        layers.append(_sailing_boat(stage, boat_x, horizon + 0.06, 0.12 * stage.size))
    layers.append(_headland(stage, side, horizon))
    layers.append(birds(stage, stage.aspect * (0.5 - side * 0.1), horizon - 0.3, 6))
    layers.extend(_waves(stage, horizon))
    return layers


def _headland(stage: Stage, side: int, horizon: float) -> Layer:
    """A cliff reaching in from one side, the lighthouse on its brow."""
    a, size = stage.aspect, stage.size
    reach = 0.5 * a if a < 1.2 else 0.38 * a
    brow = horizon - stage.between(0.02, 0.07)
    xs = np.linspace(-MARGIN * a, reach, 120)
    fall = np.clip((xs - reach * 0.62) / (reach * 0.38), 0, 1)
    rough = noise(stage.rng, xs, 9, octaves=5) * 0.014
    ys = brow + rough + fall**1.6 * (horizon + 0.17 - brow) + noise(stage.rng, xs, 26) * 0.02 * fall
    cliff = under(xs, ys, horizon + 0.26)
    beam = lighthouse(stage, reach * 0.6, brow + 0.015, 0.36 * size)
    near, light = stage.palette.ground(0.86), mix(stage.palette.ground(0.5), stage.palette.haze, 0.1)
    house = _cottage(stage, reach * 0.6 - 0.1 * size, brow + 0.02, 0.06 * size)
    stone = Fill((Stop(0, near), Stop(0.6, near), Stop(1, light)), "across")
    shapes = [*beam, *house, shape(stone, cliff)]
    for _ in range(9):
        part = stage.between(0.55, 0.98)
        x0 = reach * part
        y0 = float(np.interp(x0, xs, ys)) + 0.004
        facet = ring((x0, y0), (x0 + 0.03 * size, y0 + 0.05), (x0 + 0.012, y0 + stage.between(0.09, 0.16)))
        shapes.append(shape(fading(mix(light, stage.palette.sun, 0.25), 0.3, 0), facet))
    if side > 0:
        shapes = [_flipped(one, a) for one in shapes]
    return Layer(tuple(shapes), depth=0.42)


def _flipped(one: Shape, aspect: float) -> Shape:
    rings = tuple(np.stack([aspect - r[:, 0], r[:, 1]], axis=1) for r in one.rings)
    fill = one.fill
    if fill.way == "across":
        fill = Fill(tuple(Stop(1 - s.at, s.colour, s.alpha) for s in reversed(fill.stops)), "across")
    return Shape(rings, fill, one.blur)


def _cottage(stage: Stage, x: float, foot: float, width: float) -> list[Shape]:
    wall, roof = mix(stage.palette.ink, stage.palette.haze, 0.25), stage.palette.ink
    tall = width * 0.55
    window = box(x + width * 0.2, foot - tall * 0.62, x + width * 0.36, foot - tall * 0.32)
    gable = ring((x - width * 0.08, foot - tall), (x + width * 0.2, foot - tall * 1.6))
    ridge_end = ring((x + width * 0.85, foot - tall * 1.6), (x + width * 1.08, foot - tall))
    return [
        shape(across(wall, roof), box(x, foot - tall, x + width, foot + 0.02)),
        shape(flat(roof), np.concatenate([gable, ridge_end])),
        shape(flat(stage.palette.accent), window),
    ]


def _sailing_boat(stage: Stage, x: float, y: float, size: float) -> Layer:
    sail = mix(stage.palette.sun, stage.palette.haze, 0.25)
    main = curve([(x, y - size), (x + size * 0.3, y - size * 0.45), (x + size * 0.42, y - size * 0.1)])
    jib = curve(
        [
            (x - size * 0.03, y - size * 0.9),
            (x - size * 0.22, y - size * 0.4),
            (x - size * 0.36, y - size * 0.1),
        ]
    )
    hull = ring(
        (x - size * 0.42, y - size * 0.05),
        (x + size * 0.48, y - size * 0.05),
        (x + size * 0.3, y + size * 0.1),
        (x - size * 0.3, y + size * 0.1),
    )
    shapes = (
        shape(
            fading(stage.palette.ink, 0.3, 0),
            box(x - size * 0.35, y + size * 0.1, x + size * 0.35, y + size * 0.4),
            blur=0.006,
        ),
        shape(
            across(sail, mix(sail, stage.palette.ground(0.4), 0.45)),
            np.concatenate([main, ring((x, y - size * 0.1))]),
        ),
        shape(
            across(mix(sail, stage.palette.ground(0.4), 0.3), sail),
            np.concatenate([jib, ring((x - size * 0.03, y - size * 0.1))]),
        ),
        shape(flat(stage.palette.ink), hull, box(x - size * 0.008, y - size * 1.04, x + size * 0.008, y)),
    )
    return Layer(shapes, depth=0.3, drift=(0.012, 0.0))


def _waves(stage: Stage, horizon: float) -> list[Layer]:
    layers: list[Layer] = []
    xs = stage.xs()
    for i in range(4):
        part = (i + 1) / 4
        level = horizon + (1.02 - horizon) * (0.34 + 0.6 * part**1.2)
        turn = xs * (11 - 1.8 * i) + noise(stage.rng, xs, 2.0, octaves=2) * 2.6 + i * 1.7
        swell = np.sin(turn) + 0.3 * np.sin(2 * turn + 0.6) + 0.25 * noise(stage.rng, xs, 7.0)
        line = level + 0.02 - swell * (0.005 + 0.009 * part)
        colour = stage.palette.ground(0.5 + 0.5 * part)
        foam = mix(colour, stage.palette.sun, 0.5 - 0.15 * part)
        crest = np.concatenate(
            [np.stack([xs, line], 1), np.stack([xs, line + 0.002 + 0.004 * part], 1)[::-1]]
        )
        body = shape(down(mix(colour, stage.palette.haze, 0.12), colour), under(xs, line))
        layers.append(
            Layer(
                (body, shape(flat(foam, 0.55), crest)), depth=0.45 + 0.5 * part, drift=(0.01 * (-1) ** i, 0)
            )
        )
    return layers


def dunes(stage: Stage) -> list[Layer]:
    """Smooth dunes, each with a lit and a shaded face."""
    layers = [sky(stage, 0.55)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.5))
    x = stage.aspect * stage.between(0.2, 0.8)
    layers.append(sun(stage, x, stage.between(0.2, 0.32), stage.size * stage.between(0.09, 0.14)))
    line = ridge_line(stage, 0.48, 0.08, frequency=1.6)
    layers.append(Layer((ridge(stage, line, 0.0, haze=0.7),), depth=0.08))
    layers.append(fog(stage, 0.5, 0.07, 0.5, depth=0.1))
    from_left = x < stage.aspect / 2
    layers.extend(_dune(stage, i / 3, 0.55 + 0.125 * i, light_from_left=from_left) for i in range(4))
    layers.insert(-2, _caravan(stage, stage.aspect * stage.between(0.3, 0.6), 0.655))
    return layers


def _dune(stage: Stage, part: float, level: float, *, light_from_left: bool) -> Layer:
    xs = stage.xs(320)
    wide = 1.15 - 0.35 * part
    phase = stage.between(0, 6.28)
    swing = np.sin(xs / wide * 3.6 + phase) + 0.35 * np.sin(xs / wide * 8.1 + phase * 2)
    line = level - (0.045 + 0.05 * part) * swing
    near = 0.12 + 0.7 * part
    colour = stage.palette.ground(near)
    lit = mix(colour, stage.palette.sun, 0.34 - 0.18 * part)
    shade = mix(colour, stage.palette.ink, 0.34)
    shapes = [shape(down(lit, colour, mix(colour, stage.palette.ink, 0.2)), under(xs, line))]
    peaks = [i for i in range(1, len(xs) - 1) if line[i] < line[i - 1] and line[i] <= line[i + 1]]
    for peak in peaks:
        step = 1 if light_from_left else -1
        end = peak
        while 0 < end + step < len(xs) - 1 and line[end + step] >= line[end]:
            end += step
        points = np.stack([xs, line], 1)
        brow = points[peak : end + 1] if step > 0 else points[end : peak + 1][::-1]
        shapes.append(_dune_shadow(brow, shade, 0.16 + 0.2 * part))
    return Layer(tuple(shapes), depth=0.2 + 0.7 * part)


def _dune_shadow(brow: Ring, colour: Colour, drop: float) -> Shape:
    """The dark face below a crest line that runs from its peak down to the next hollow."""
    (px, py), (ex, ey) = brow[0].tolist(), brow[-1].tolist()
    foot, long = min(1 + MARGIN, ey + drop), ex - px
    # From the peak the shadow's edge runs down in one long S; from the hollow it thins out under the sand.
    near = curve(
        [
            (px, py),
            (px + long * 0.14, py + (foot - py) * 0.3),
            (px - long * 0.08, py + (foot - py) * 0.62),
            (px + long * 0.2, foot),
        ]
    )
    far = curve([(px + long * 0.2, foot), (px + long * 0.62, ey + drop * 0.45), (ex, ey)])
    fill = Fill((Stop(0, colour, 0.95), Stop(0.45, colour, 0.62), Stop(1, colour, 0.0)))
    return shape(fill, np.concatenate([brow, far[::-1], near[::-1]]))


def _caravan(stage: Stage, x: float, y: float) -> Layer:
    """A few walkers, small against the sand."""
    rings: list[Ring] = []
    for i in range(int(stage.rng.integers(2, 5))):
        wx, tall = x + i * 0.034, 0.03 * stage.between(0.85, 1.1)
        rings.append(
            ring((wx - 0.005, y), (wx - 0.003, y - tall * 0.8), (wx + 0.003, y - tall * 0.8), (wx + 0.006, y))
        )
        rings.append(disc(wx, y - tall * 0.92, 0.0042, 20))
    colour = stage.palette.ink
    shadow = [
        ring((x + i * 0.034, y), (x + i * 0.034 + 0.05, y + 0.011), (x + i * 0.034 + 0.01, y))
        for i in range(2)
    ]
    return Layer((shape(flat(colour, 0.35), *shadow), shape(flat(colour), *rings)), depth=0.55)


def forest(stage: Stage) -> list[Layer]:
    """Firs fading into fog, light slanting through."""
    layers = [sky(stage, 0.7)]
    if stage.palette.dark:
        layers.append(stars(stage, 0.4, 90))
    x = stage.aspect * stage.between(0.35, 0.65)
    layers.append(sun(stage, x, stage.between(0.26, 0.36), stage.size * 0.08))
    line = ridge_line(stage, 0.46, 0.16)
    layers.append(Layer((ridge(stage, line, 0.0, haze=0.8),), depth=0.08))
    for i in range(5):
        near = 0.1 + 0.9 * i / 4
        level = 0.56 + 0.1 * i
        height = 0.14 + 0.085 * i
        layers.append(_wood(stage, near, level, height, gap=x if i > 1 else None))
        if i < 4:
            layers.append(fog(stage, level - 0.01, 0.11, 0.62 * (1 - 0.14 * i), depth=0.2 + 0.16 * i))
        if i == 2:
            layers.append(_shafts(stage, x))
    if stage.wants("deer", "stag", "animal") or stage.chance(0.35):
        layers.insert(-1, _deer(stage, x - 0.02, 0.9, 0.12 * stage.size))
    return layers


def _wood(stage: Stage, near: float, level: float, height: float, gap: float | None) -> Layer:
    """One row of firs on uneven ground; the rows in front part before the light (`gap`)."""
    xs = stage.xs()
    line = level + 0.03 * noise(stage.rng, xs, 2.0)
    trees: list[Ring] = []
    x = stage.left
    while x < stage.right:
        away = 1.0 if gap is None else min(1.0, abs(x - gap) / (0.42 * stage.size))
        tall = height * stage.between(0.65, 1.2) * (0.3 + 0.7 * away)
        if away > 0.38 or gap is None:
            foot = float(np.interp(x, xs, line)) + 0.012
            trees.append(conifer(stage.rng, x, foot, tall))
        x += height * stage.between(0.18, 0.42)
    colour = stage.palette.ground(near)
    foot_colour = mix(colour, stage.palette.haze, 0.45 * (1 - near))
    fill = Fill((Stop(0, colour), Stop(0.5, colour), Stop(1, foot_colour)))
    return Layer((shape(fill, *trees, under(xs, line)),), depth=0.15 + 0.8 * near)


def _shafts(stage: Stage, x: float) -> Layer:
    shapes: list[Shape] = []
    for i in range(5):
        lean = (i - 2) * 0.16 + stage.between(-0.04, 0.04)
        wide = stage.between(0.03, 0.08)
        beam = ring(
            (x + lean * 0.2, 0.3), (x + lean * 0.2 + 0.012, 0.3), (x + lean + wide, 0.98), (x + lean, 0.98)
        )
        shapes.append(shape(fading(stage.palette.sun, 0.34, 0.14, 0), beam, blur=0.012))
    return Layer(tuple(shapes), depth=0.3, backdrop=True)


def _deer(stage: Stage, x: float, foot: float, size: float) -> Layer:
    """A stag standing side on."""
    body = curve(
        [
            (-0.42, -0.5),
            (-0.3, -0.6),
            (0.05, -0.57),
            (0.24, -0.64),
            (0.4, -0.9),
            (0.5, -0.93),
            (0.62, -0.82),
            (0.47, -0.76),
            (0.36, -0.5),
            (0.22, -0.4),
            (-0.2, -0.38),
            (-0.38, -0.4),
        ],
        closed=True,
        steps=6,
    )
    legs = [
        ring((at, -0.45), (at + 0.09, -0.45), (at + 0.055 + lean, 0.0), (at + 0.02 + lean, 0.0))
        for at, lean in ((-0.4, 0.03), (-0.3, -0.02), (0.14, 0.02), (0.24, -0.01))
    ]
    antlers = [
        ring((0.45, -0.9), (0.36, -1.12), (0.4, -1.3), (0.385, -1.12), (0.48, -0.92)),
        ring((0.37, -1.1), (0.27, -1.2), (0.39, -1.14)),
        ring((0.47, -0.92), (0.52, -1.14), (0.49, -1.32), (0.545, -1.14), (0.5, -0.9)),
        ring((0.53, -1.12), (0.63, -1.24), (0.54, -1.18)),
    ]
    rings = [one * size + np.array([x, foot]) for one in (body, *legs, *antlers)]
    return Layer((shape(flat(mix(stage.palette.ink, stage.palette.ground(0.6), 0.2)), *rings),), depth=0.8)
