"""Scenes as SVG: the same shapes and fills, as paths, gradients and blurs. No scripts, no outside links."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from xml.sax.saxutils import escape

import numpy as np

from studio.sandbox.make.art.scene import Colour, Fill, Layer, Ring, Shape


class _Definitions:
    """The gradients and filters a drawing uses, each written once."""

    def __init__(self) -> None:
        self._ids: dict[object, str] = {}
        self.lines: list[str] = []

    def paint(self, fill: Fill) -> str:
        """The attributes that fill a path."""
        if len(fill.stops) == 1:
            only = fill.stops[0]
            clear = f' fill-opacity="{only.alpha:.3g}"' if only.alpha < 1 else ""
            return f'fill="{_hex(only.colour)}"{clear}'
        if fill not in self._ids:
            name = self._ids[fill] = f"g{len(self._ids)}"
            tag = "radialGradient" if fill.way == "round" else "linearGradient"
            ends = ' x1="0" y1="0" x2="0" y2="1"' if fill.way == "down" else ""
            stops = "".join(
                f'<stop offset="{stop.at:.3g}" stop-color="{_hex(stop.colour)}"'
                + (f' stop-opacity="{stop.alpha:.3g}"/>' if stop.alpha < 1 else "/>")
                for stop in fill.stops
            )
            self.lines.append(f'<{tag} id="{name}"{ends}>{stops}</{tag}>')
        return f'fill="url(#{self._ids[fill]})"'

    def blur(self, deviation: float) -> str:
        """The attribute that blurs a path by so many pixels."""
        key = round(deviation, 1)
        if key <= 0:
            return ""
        if key not in self._ids:
            name = self._ids[key] = f"b{len(self._ids)}"
            self.lines.append(
                f'<filter id="{name}" x="-50%" y="-50%" width="200%" height="200%">'
                f'<feGaussianBlur stdDeviation="{key}"/></filter>'
            )
        return f' filter="url(#{self._ids[key]})"'


def svg(
    layers: Iterable[Layer], aspect: float, width: int, height: int, title: str, underlay: bytes = b""
) -> bytes:
    """An SVG document of the layers, over a JPEG (`underlay`) when one is given."""
    definitions = _Definitions()
    scale = np.array([width / aspect, float(height)])
    body = [_path(one, scale, definitions) for layer in layers for one in layer.shapes if one.rings]
    if underlay:
        data = base64.b64encode(underlay).decode()
        body.insert(0, f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{data}"/>')
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">'
        ),
        f"<title>{escape(_printable(title))}</title>",
        f"<defs>{''.join(definitions.lines)}</defs>",
        *body,
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _printable(text: str) -> str:
    """The text without the control characters that XML cannot hold."""
    return "".join(c if c.isprintable() else " " for c in text)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _path(one: Shape, scale: np.ndarray, definitions: _Definitions) -> str:
    data = "".join(_outline(outline * scale) for outline in one.rings)
    blur = definitions.blur(one.blur * float(scale[1]))
    return f'<path {definitions.paint(one.fill)}{blur} d="{data}"/>'


def _outline(pixels: Ring) -> str:
    """One closed subpath. All run the same way round, so that overlaps count once and leave no holes."""
    x, y = pixels[:, 0], pixels[:, 1]
    if float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) < 0:
        pixels = pixels[::-1]
    points = [f"{px:.1f} {py:.1f}" for px, py in pixels.tolist()]
    return f"M{'L'.join(points)}Z"
