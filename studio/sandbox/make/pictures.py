"""Pictures for the sandbox: seeded illustrated scenes that follow the prompt's words.

The same arguments always give the same bytes (for one version of Pillow and NumPy).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Literal

from PIL import Image

from studio.sandbox.make.art.catalogue import scene_for
from studio.sandbox.make.art.edits import edited
from studio.sandbox.make.art.raster import Lens, add_grain, paint
from studio.sandbox.make.art.scene import Layer, Scene
from studio.sandbox.make.art.vector import svg
from studio.sandbox.make.dice import dice

PictureKind = Literal["jpeg", "png", "webp", "svg"]

# Larger pictures are painted at this many pixels on the long side and enlarged: the shapes are soft enough.
_PAINTED_SIDE = 1440


def picture(
    prompt: str,
    seed: int,
    width: int,
    height: int,
    *,
    kind: PictureKind = "jpeg",
    transparent: bool = False,
    references: Sequence[bytes] = (),
) -> bytes:
    """A picture of `width` x `height` pixels (16 to 4096 each), encoded as `kind`.

    With `references` it is an edit: the first of them, recoloured, with something of the prompt laid over
    it; a second lends its colours. `transparent` leaves sky, sun and walls out; JPEG shows white there.
    Raises ValueError for a size out of range or a reference that is no picture.
    """
    if not (16 <= width <= 4096 and 16 <= height <= 4096):
        raise ValueError(f"a picture is 16 to 4096 pixels a side, not {width} x {height}")
    if references:
        base, scene = edited(prompt, seed, width, height, references)
        if kind == "svg":
            return svg(scene.layers, scene.aspect, width, height, prompt, encoded(base, "jpeg"))
        canvas = overlaid(base, scene)
    else:
        scene = scene_for(prompt, seed, width / height)
        if kind == "svg":
            layers = [one for one in scene.layers if not (transparent and one.backdrop)]
            return svg(layers, scene.aspect, width, height, prompt)
        canvas = painted(scene, width, height, transparent=transparent)
    return encoded(add_grain(canvas, dice(seed, "grain")), kind)


def overlaid(base: Image.Image, scene: Scene) -> Image.Image:
    """The picture with all the scene's layers painted over it."""
    laid = base.convert("RGBA")
    laid.alpha_composite(_on(Image.new("RGBA", base.size), scene.layers, scene.aspect))
    return laid if base.mode == "RGBA" else laid.convert("RGB")


def painted(scene: Scene, width: int, height: int, *, transparent: bool = False) -> Image.Image:
    """The scene in pixels, without grain: RGB, or RGBA without its backdrop when transparent."""
    canvas = Image.new("RGBA" if transparent else "RGB", (width, height))
    return _on(canvas, [one for one in scene.layers if not (transparent and one.backdrop)], scene.aspect)


def _on(canvas: Image.Image, layers: Sequence[Layer], aspect: float) -> Image.Image:
    """The layers painted onto an empty canvas; very large ones are painted smaller and enlarged."""
    width, height = canvas.size
    part = min(1.0, _PAINTED_SIDE / max(width, height))
    small = (max(1, round(width * part)), max(1, round(height * part)))
    if small == canvas.size:
        paint(canvas, layers, Lens((width / aspect, float(height))))
        return canvas
    reduced = Image.new(canvas.mode, small)
    paint(reduced, layers, Lens((small[0] / aspect, float(small[1]))))
    return reduced.resize(canvas.size, Image.Resampling.BICUBIC)


def encoded(canvas: Image.Image, kind: PictureKind) -> bytes:
    """The picture's file; JPEG has no transparency, so it is laid on white first."""
    out = io.BytesIO()
    if kind == "jpeg":
        if canvas.mode == "RGBA":
            white = Image.new("RGBA", canvas.size, (255, 255, 255, 255))
            white.alpha_composite(canvas)
            canvas = white
        canvas.convert("RGB").save(out, "JPEG", quality=90, subsampling=0)
    elif kind == "webp":
        canvas.save(out, "WEBP", quality=88, method=1)
    else:
        canvas.save(out, "PNG", compress_level=2)
    return out.getvalue()
