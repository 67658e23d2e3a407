"""Scenes as pixels: smooth-edged shapes painted back to front with Pillow, then a soft grain."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from studio.sandbox.make.art.scene import Fill, Layer, Ring, Shape
from studio.sandbox.make.dice import dice

# Outlines are drawn this many times too large and averaged down: smooth edges.
_OVERSAMPLE = 3
# A round fill is a smooth bump; it is computed this small and enlarged.
_ROUND_SIZE = 160


class Lens:
    """Maps scene units to pixels: `scale` pixels a unit in x and y, with the origin at `shift` pixels."""

    def __init__(self, scale: tuple[float, float], shift: tuple[float, float] = (0.0, 0.0)) -> None:
        self._scale = np.array(scale)
        self._shift = np.array(shift)

    def pixels(self, outline: Ring) -> NDArray[np.float64]:
        return outline * self._scale + self._shift

    @property
    def unit(self) -> float:
        """Pixels for one scene unit of height."""
        return float(self._scale[1])


def paint(canvas: Image.Image, layers: Iterable[Layer], lens: Lens) -> None:
    """Paint layers in order onto an RGB or RGBA canvas."""
    for layer in layers:
        for one in layer.shapes:
            _paint_shape(canvas, one, lens)


def _paint_shape(canvas: Image.Image, one: Shape, lens: Lens) -> None:
    outlines = [lens.pixels(outline) for outline in one.rings]
    if not outlines:
        return
    corners = np.concatenate(outlines)
    low, high = corners.min(axis=0), corners.max(axis=0)
    reach = one.blur * lens.unit * 2.5
    left, top = (max(0, int(v)) for v in np.floor(low - reach))
    right = min(canvas.width, int(np.ceil(high[0] + reach)))
    bottom = min(canvas.height, int(np.ceil(high[1] + reach)))
    if right <= left or bottom <= top:
        return
    area = (left, top, right, bottom)
    mask = _coverage(outlines, area, one.blur * lens.unit)
    pixels, alpha = _filling(one.fill, area, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    if alpha is not None:
        mask = ImageChops.multiply(mask, alpha)
    if canvas.mode == "RGBA":
        pixels.putalpha(mask)
        canvas.alpha_composite(pixels, (left, top))
    else:
        canvas.paste(pixels, (left, top), mask)


def _coverage(
    outlines: list[NDArray[np.float64]], area: tuple[int, int, int, int], blur: float
) -> Image.Image:
    """How much of each pixel of the area the outlines cover, as an L picture."""
    left, top, right, bottom = area
    size = (right - left, bottom - top)
    # A blurred outline needs no fine edges: it is drawn small, blurred cheaply and enlarged.
    shrink = max(1, int(blur / 3)) if blur > 0 else 1
    factor = 1 / shrink if blur > 1 else _OVERSAMPLE
    if blur > 1:
        drawn_size = (max(1, -(-size[0] // shrink)), max(1, -(-size[1] // shrink)))
    else:
        drawn_size = (size[0] * _OVERSAMPLE, size[1] * _OVERSAMPLE)
    mask = Image.new("L", drawn_size)
    pen = ImageDraw.Draw(mask)
    offset = np.array([left, top])
    for outline in outlines:
        pen.polygon(((outline - offset) * factor - 0.5).ravel().tolist(), fill=255)
    if blur > 1:
        mask = mask.filter(ImageFilter.GaussianBlur(blur * factor))
        if shrink > 1:
            mask = mask.resize((drawn_size[0] * shrink, drawn_size[1] * shrink), Image.Resampling.BILINEAR)
            mask = mask.crop((0, 0, *size))
        return mask
    return mask.reduce(_OVERSAMPLE)


def _filling(
    fill: Fill, area: tuple[int, int, int, int], bounds: tuple[float, float, float, float]
) -> tuple[Image.Image, Image.Image | None]:
    """The fill's colours over the area, and its opacity unless that is full."""
    left, top, right, bottom = area
    size = (right - left, bottom - top)
    first = fill.stops[0]
    if len(fill.stops) == 1:
        alpha = None if first.alpha >= 1 else Image.new("L", size, round(first.alpha * 255))
        return Image.new("RGB", size, first.colour), alpha
    if fill.way == "down":
        at = (np.arange(top, bottom) + 0.5 - bounds[1]) / max(bounds[3] - bounds[1], 1e-9)
        ramp = _ramp(fill, at)[:, None, :]
    elif fill.way == "across":
        at = (np.arange(left, right) + 0.5 - bounds[0]) / max(bounds[2] - bounds[0], 1e-9)
        ramp = _ramp(fill, at)[None, :, :]
    else:
        ramp = _ramp(fill, _radii(area, bounds))
    spread = Image.fromarray(ramp, "RGBA")
    if spread.size != size:
        way = Image.Resampling.BICUBIC if fill.way == "round" else Image.Resampling.NEAREST
        spread = spread.resize(size, way)
    if all(stop.alpha >= 1 for stop in fill.stops):
        return spread.convert("RGB"), None
    return spread.convert("RGB"), spread.getchannel("A")


def _radii(area: tuple[int, int, int, int], bounds: tuple[float, float, float, float]) -> NDArray[np.float64]:
    left, top, right, bottom = area
    columns, rows = min(right - left, _ROUND_SIZE), min(bottom - top, _ROUND_SIZE)
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    x = (x - (bounds[0] + bounds[2]) / 2) / max((bounds[2] - bounds[0]) / 2, 1e-9)
    y = (y - (bounds[1] + bounds[3]) / 2) / max((bounds[3] - bounds[1]) / 2, 1e-9)
    return np.hypot(x[None, :], y[:, None])


def _ramp(fill: Fill, at: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The fill's RGBA bytes at positions along it: shape `at.shape + (4,)`."""
    places = [stop.at for stop in fill.stops]
    values = [(*stop.colour, stop.alpha * 255) for stop in fill.stops]
    channels = [np.interp(at, places, [value[i] for value in values]) for i in range(4)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


@lru_cache(maxsize=4)
def _grain_tile(strength: float) -> NDArray[np.int16]:
    rough = dice("grain").normal(0, strength, (256, 256))
    return rough.round().astype(np.int16)


def add_grain(picture: Image.Image, rng: np.random.Generator, strength: float = 1.9) -> Image.Image:
    """The picture with a film-like grain, which also hides the steps of gradients."""
    across, along = (int(v) for v in rng.integers(0, 256, 2))
    tile = np.roll(_grain_tile(strength), (across, along), (0, 1))
    width, height = picture.size
    rough = np.tile(tile, (-(-height // 256), -(-width // 256)))[:height, :width, None]
    pixels = np.asarray(picture.convert("RGB")).astype(np.int16)
    grained = Image.fromarray(np.clip(pixels + rough, 0, 255).astype(np.uint8), "RGB")
    if picture.mode == "RGBA":
        grained.putalpha(picture.getchannel("A"))
    return grained
