"""Thumbnails: one JPEG per content, 384 pixels on its longer side, named after the SHA-256 of the file.

They are disposable and shared by copies of a file. Views decode them; here they are made, in worker threads
(Pillow and PyAV release the interpreter lock while they decode).
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Container
from pathlib import Path
from typing import Any, cast

log = logging.getLogger(__name__)

LONGEST_SIDE = 384
_QUALITY = 85
# Frames looked at for one that is not black; films often fade in.
_POSTER_FRAMES = 48
_BLACK = 16


def make_thumbnail(path: Path, into: Path, mime: str = "") -> bool:
    """Make the thumbnail of a picture or a film's poster at `into`.

    Returns:
        False when there is nothing to show: the file has no picture, or it cannot be decoded.
    """
    try:
        if mime.startswith("video/"):
            data = poster(path, mime)
        elif mime.startswith("image/") or not mime:
            data = _picture(path)
        else:
            return False
        if data is None:
            return False
        # Disposable, so no flush to the disk; the rename alone keeps readers from half a file.
        into.parent.mkdir(parents=True, exist_ok=True)
        partial = into.with_name(f".{into.name}.{os.getpid()}.part")
        partial.write_bytes(data)
        partial.replace(into)
    except Exception as error:  # noqa: BLE001 - decoders raise anything, and the file itself is filed already
        log.info("no thumbnail for %s: %s", path.name, error)
        return False
    return True


def poster(path: Path, mime: str) -> bytes | None:
    """The first frame of a film that is not black, as a thumbnail JPEG; None when it has none."""
    if not mime.startswith("video/"):
        return None
    import av
    from av.error import FFmpegError

    chosen: Any = None
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                return None
            stream = container.streams.video[0]
            for number, frame in enumerate(container.decode(stream)):
                image = cast(Any, frame).to_image()
                chosen = chosen or image
                if image.convert("L").resize((8, 8)).getextrema()[1] > _BLACK:
                    chosen = image
                    break
                if number >= _POSTER_FRAMES:
                    break
    except FFmpegError as error:
        log.info("no poster for %s: %s", path.name, error)
    return None if chosen is None else _jpeg(chosen)


def remove_orphans(folder: Path, wanted: Container[str]) -> int:
    """Delete thumbnails of content that is in the library no more; how many it were."""
    removed = 0
    for entry in folder.glob("*/*.jpg"):
        if entry.stem not in wanted:
            with contextlib.suppress(OSError):  # a folder of that name is not ours
                entry.unlink(missing_ok=True)
                removed += 1
    return removed


def _picture(path: Path) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        # Lets the JPEG decoder skip what the thumbnail does not need; a no-op for other formats.
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        # Down to this size as sharp as a bicubic, in two thirds of its time.
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.HAMMING, reducing_gap=2.0)
        return _jpeg(ImageOps.exif_transpose(image))


def _jpeg(image: Any) -> bytes:
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        # Transparent pictures lie on middle grey, which suits light and dark surfaces.
        picture = image.convert("RGBA")
        ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
        image = Image.alpha_composite(ground, picture)
    image = image.convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
