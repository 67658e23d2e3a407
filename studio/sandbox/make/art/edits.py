"""Edits: a given picture keeps its composition, takes on other colours and gains something of the prompt."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageOps

from studio.sandbox.make.art.catalogue import stage_for
from studio.sandbox.make.art.figures import cat_shapes
from studio.sandbox.make.art.garden import flower
from studio.sandbox.make.art.landscapes import tree_line
from studio.sandbox.make.art.palettes import Palette
from studio.sandbox.make.art.scene import Colour, Layer, Scene
from studio.sandbox.make.art.scenery import Stage, birds, fog, lighthouse, ridge, ridge_line, stars, sun
from studio.sandbox.make.art.towns import balloon

# How much of the new colours goes into the picture; the rest stays as it was.
_RECOLOUR = 0.62


def opened(data: bytes, width: int, height: int) -> Image.Image:
    """The picture cropped about its middle and scaled to the size, upright, RGB or RGBA.

    Raises ValueError when the bytes are not a picture Pillow can read.
    """
    try:
        with Image.open(io.BytesIO(data)) as source:
            upright = ImageOps.exif_transpose(source)
            clear = "A" in upright.getbands() or "transparency" in upright.info
            ready = upright.convert("RGBA" if clear else "RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError("the reference is not a picture") from error
    return ImageOps.fit(ready, (width, height), Image.Resampling.LANCZOS)


def edited(
    prompt: str, seed: int, width: int, height: int, references: Sequence[bytes]
) -> tuple[Image.Image, Scene]:
    """The recoloured first reference, and the layers to lay over it.

    The colours are the palette of the prompt's words, or those of the second reference when there is one.
    """
    base = opened(references[0], width, height)
    stage = stage_for(prompt, seed, width / height)
    if len(references) > 1:
        ramp = _colours_of(opened(references[1], 64, 64))
    else:
        ramp = _ramp_of(stage.palette)
    return _recoloured(base, ramp), Scene(stage.aspect, tuple(_additions(stage)))


def _ramp_of(palette: Palette) -> list[Colour]:
    """Five colours from the palette's darkest to its lightest."""
    return [palette.ink, palette.ground(0.55), palette.ground(0.1), palette.sky[2], palette.sun]


def _colours_of(style: Image.Image) -> list[Colour]:
    """Five colours of a picture, from its darkest fifth to its lightest."""
    pixels = np.asarray(style.convert("RGB")).reshape(-1, 3).astype(np.float64)
    ranked = pixels[np.argsort(pixels @ np.array([0.299, 0.587, 0.114]), kind="stable")]
    fifths = [part.mean(axis=0).round().astype(int).tolist() for part in np.array_split(ranked, 5)]
    return [(red, green, blue) for red, green, blue in fifths]


def _recoloured(base: Image.Image, ramp: list[Colour]) -> Image.Image:
    grey = ImageOps.autocontrast(base.convert("L"), cutoff=1)
    places = np.linspace(0, 255, len(ramp))
    table: list[int] = []
    for channel in range(3):
        values = np.interp(np.arange(256), places, [colour[channel] for colour in ramp])
        table.extend(values.round().astype(int).tolist())
    mapped = Image.merge("RGB", (grey, grey, grey)).point(table)
    mixed = Image.blend(base.convert("RGB"), mapped, _RECOLOUR)
    if base.mode == "RGBA":
        mixed.putalpha(base.getchannel("A"))
    return mixed


def _additions(stage: Stage) -> list[Layer]:
    """Something the prompt names, or else a low sun, birds and a wooded ridge in front."""
    a, u, palette = stage.aspect, stage.size, stage.palette
    side = 0.22 if stage.chance(0.5) else 0.78
    layers: list[Layer] = []
    if stage.wants("night", "star", "stars", "starry", "snow", "snowy"):
        layers.append(stars(stage, 0.9, 220))
    if stage.wants("fog", "mist", "misty", "foggy", "cloud"):
        layers.append(fog(stage, 0.7, 0.16, 0.8))
    if stage.wants("balloon"):
        layers.extend(balloon(stage, a * side, 0.24 + 0.1 * i, (0.12 - 0.05 * i) * u) for i in range(2))
    elif not stage.wants("night", "star", "fog", "mist"):
        layers.append(sun(stage, a * side, 0.2, 0.075 * u))
        layers.append(birds(stage, a * (1 - side), 0.2, 6, span=0.026))
    line = ridge_line(stage, 0.93, 0.06, jagged=0.3)
    ground = ridge(stage, line, 0.95)
    if stage.wants("lighthouse"):
        layers.append(Layer(lighthouse(stage, a * (1 - side), 0.93, 0.4 * u), depth=0.8))
    elif stage.wants("cat", "kitten"):
        layers.append(Layer(tuple(cat_shapes(stage, a * (1 - side), 0.93, 0.26 * u)), depth=0.9))
    elif stage.wants("flower", "garden", "bloom"):
        tall = (0.62, 0.56, 0.66)
        places = enumerate(tall)
        layers.extend(flower(stage, a * (0.2 + 0.3 * i), top, 0.8, 0.09 * u, bloom=True) for i, top in places)
    else:
        layers.append(Layer((tree_line(stage, line, 0.95, 0.1),), depth=0.9))
    layers.append(Layer((ground,), depth=0.95))
    if palette.dark:
        layers.insert(0, stars(stage, 0.5, 80))
    return layers
