"""Films for the sandbox: the prompt's scene with a slow camera, or a given picture brought to life.

H.264 in MP4, index first, so that a player can start before the file is complete.
"""

# PyAV's stubs leave the type arguments of packets and streams open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from studio.sandbox.make.art.catalogue import scene_for, stage_for
from studio.sandbox.make.art.edits import opened
from studio.sandbox.make.art.raster import Lens, add_grain, paint
from studio.sandbox.make.art.scene import MARGIN, Layer, Scene
from studio.sandbox.make.art.scenery import fog
from studio.sandbox.make.audio_files import Sound, frame_of
from studio.sandbox.make.dice import dice
from studio.sandbox.make.tunes import tune

# Frames are composed at this many pixels on the long side and enlarged by the encoder's scaler.
_COMPOSED_SIDE = 960
# A layer may stand at quarters of a pixel, so that slow movement does not jump.
_PHASES = 4
_AUDIO_RATE = 48_000
# A film fades towards its end frame over this part of its length.
_FADE = 0.4


def film(
    prompt: str,
    seed: int,
    width: int,
    height: int,
    seconds: float,
    *,
    fps: int = 24,
    audio: bool = False,
    start: bytes = b"",
    end: bytes = b"",
) -> bytes:
    """An MP4 of `seconds` at `fps`; odd sizes lose a pixel, as H.264 wants them even.

    With a `start` picture the first frame is that picture; with an `end` picture the last frame is that.
    With `audio` there is quiet music (AAC). Raises ValueError when start or end are no pictures.
    """
    width, height = max(16, width - width % 2), max(16, height - height % 2)
    count = max(1, round(seconds * fps))
    first = opened(start, width, height).convert("RGB") if start else None
    last = opened(end, width, height).convert("RGB") if end else None
    if first is not None:
        frames = _from_still(first, prompt, seed, count, fps)
    else:
        frames = _from_scene(scene_for(prompt, seed, width / height), seed, (width, height), count, fps)
    if last is not None:
        frames = _faded(frames, last, count)
    music = tune(prompt, seed, count / fps, instrumental=True) if audio else None
    return _encoded(frames, (width, height), fps, music)


@dataclass(slots=True)
class _Sheet:
    """A painted layer, wider than the frame, that can be laid down at quarter pixels."""

    picture: Image.Image
    left: int
    top: int
    depth: float
    drift: tuple[float, float]
    shifted: dict[tuple[int, int], tuple[Image.Image, Image.Image]] = field(
        default_factory=dict[tuple[int, int], tuple[Image.Image, Image.Image]]
    )

    def lay(self, canvas: Image.Image, dx: float, dy: float) -> None:
        """Paste the layer, moved by pixels from where it was painted."""
        x, y = round(dx * _PHASES), round(dy * _PHASES)
        phase = (x % _PHASES, y % _PHASES)
        if phase not in self.shifted:
            self.shifted[phase] = self._moved(phase[0] / _PHASES, phase[1] / _PHASES)
        colours, mask = self.shifted[phase]
        canvas.paste(colours, (self.left + x // _PHASES, self.top + y // _PHASES), mask)

    def _moved(self, dx: float, dy: float) -> tuple[Image.Image, Image.Image]:
        picture = self.picture
        if dx or dy:
            way = (1.0, 0.0, -dx, 0.0, 1.0, -dy)
            picture = picture.transform(picture.size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)
        return picture.convert("RGB"), picture.getchannel("A")


def _sheets(scene: Scene, size: tuple[int, int], margin: tuple[int, int]) -> list[_Sheet]:
    """The scene's layers painted with a margin, neighbours that move alike merged into one."""
    wide, high = size[0] + 2 * margin[0], size[1] + 2 * margin[1]
    lens = Lens((size[0] / scene.aspect, float(size[1])), (float(margin[0]), float(margin[1])))
    groups: list[list[Layer]] = []
    for layer in scene.layers:
        if groups and groups[-1][0].drift == layer.drift and abs(groups[-1][0].depth - layer.depth) < 0.05:
            groups[-1].append(layer)
        else:
            groups.append([layer])
    sheets: list[_Sheet] = []
    for group in groups:
        canvas = Image.new("RGBA", (wide, high))
        paint(canvas, group, lens)
        box = canvas.getchannel("A").getbbox()
        if box is None:
            continue
        # One clear pixel around, into which the edge may move.
        box = (max(0, box[0] - 1), max(0, box[1] - 1), min(wide, box[2] + 1), min(high, box[3] + 1))
        lead = group[0]
        sheets.append(
            _Sheet(canvas.crop(box), box[0] - margin[0], box[1] - margin[1], lead.depth, lead.drift)
        )
    return sheets


def _from_scene(
    scene: Scene, seed: int, size: tuple[int, int], count: int, fps: int
) -> Iterator[Image.Image]:
    """The camera slides past the scene; sun, fog, boats and birds move on their own."""
    part = min(1.0, _COMPOSED_SIDE / max(size))
    small = (round(size[0] * part), round(size[1] * part))
    margin = (round(MARGIN * small[0]), round(MARGIN * small[1]))
    sheets = _sheets(scene, small, margin)
    base = Image.new("RGB", small)
    base.paste(sheets[0].picture.convert("RGB"), (sheets[0].left, sheets[0].top))
    base = add_grain(base, dice(seed, "film"), 1.1)
    way = 1 if dice(seed, "pan").random() < 0.5 else -1
    # A short film moves less, so that every film moves at about the same calm speed.
    travel = way * margin[0] * min(0.55, 0.1 * count / fps)
    unit = small[1] * min(1.0, scene.aspect)
    for i in range(count):
        pan = travel * (2 * i / max(1, count - 1) - 1)
        # Drifting things swing slowly instead of leaving the picture.
        sway = 6 * math.sin(i / fps / 6)
        canvas = base.copy()
        for sheet in sheets[1:]:
            dx = pan * sheet.depth + sheet.drift[0] * sway * unit
            sheet.lay(canvas, dx, sheet.drift[1] * sway * unit)
        yield canvas


def _from_still(still: Image.Image, prompt: str, seed: int, count: int, fps: int) -> Iterator[Image.Image]:
    """The picture itself at first; then the camera moves in and a veil of fog drifts by."""
    width, height = still.size
    stage = stage_for(prompt, seed, width / height)
    veil = Scene(stage.aspect, (fog(stage, 0.72, 0.16, 0.55),))
    part = min(1.0, 480 / max(still.size))
    small = (max(1, round(width * part)), max(1, round(height * part)))
    painted = Image.new("RGBA", small)
    paint(painted, veil.layers, Lens((small[0] / stage.aspect, float(small[1]))))
    painted = painted.resize(still.size, Image.Resampling.BILINEAR)
    colours, mask = painted.convert("RGB"), painted.getchannel("A")
    aim = (stage.between(0.35, 0.65), stage.between(0.35, 0.6))
    levels = [mask.point([round(value * step / 12) for value in range(256)]) for step in range(13)]
    for i in range(count):
        seconds = i / fps
        zoom = 1 + 0.045 * (seconds - math.sin(seconds)) / (1 + 0.1 * seconds)
        view = (width / zoom, height / zoom)
        left, top = (width - view[0]) * aim[0], (height - view[1]) * aim[1]
        if i == 0:
            frame = still.copy()
        else:
            box = (left, top, left + view[0], top + view[1])
            frame = still.resize(still.size, Image.Resampling.BILINEAR, box)
        strength = min(12, int(seconds * 5))
        if strength:
            frame.paste(colours, (round(12 * math.sin(seconds / 3)), 0), levels[strength])
        yield frame


def _faded(frames: Iterator[Image.Image], last: Image.Image, count: int) -> Iterator[Image.Image]:
    """The frames, running over into `last`, which the final frame shows alone."""
    begin = int(count * (1 - _FADE))
    for i, frame in enumerate(frames):
        part = (i - begin) / max(1, count - 1 - begin) if count > 1 else 1.0
        if part <= 0:
            yield frame
        else:
            part = min(1.0, part)
            whole = frame if frame.size == last.size else frame.resize(last.size, Image.Resampling.BICUBIC)
            yield Image.blend(whole, last, part * part * (3 - 2 * part))


def _encoded(
    frames: Iterator[Image.Image],
    size: tuple[int, int],
    fps: int,
    music: Sound | None,
) -> bytes:
    # Moving the index to the front means reading the file again, so it has to be one on disk.
    with tempfile.TemporaryDirectory(prefix="film-") as folder:
        path = Path(folder) / "film.mp4"
        _write(path, frames, size, fps, music)
        return path.read_bytes()


def _write(
    path: Path, frames: Iterator[Image.Image], size: tuple[int, int], fps: int, music: Sound | None
) -> None:
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(path), "w", format="mp4", options=options) as container:
        # The bytes must repeat: x264's output depends on the number of threads, and its macroblock tree
        # reads memory it has not set, which changes a block now and then.
        options = {"preset": "veryfast", "crf": "21", "threads": "2", "x264-params": "mbtree=0"}
        video = container.add_stream("libx264", rate=fps, options=options)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.time_base = Fraction(1, fps)
        sound = container.add_stream("aac", rate=_AUDIO_RATE, layout="stereo") if music is not None else None
        for i, picture in enumerate(frames):
            frame = VideoFrame.from_ndarray(np.asarray(picture), "rgb24")
            frame = frame.reformat(size[0], size[1], "yuv420p", interpolation="BICUBIC")
            frame.pts, frame.time_base = i, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if sound is not None and music is not None:
            container.mux(sound.encode(frame_of(music)))
            container.mux(sound.encode(None))
