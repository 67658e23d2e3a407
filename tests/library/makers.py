"""Small real files and libraries for the tests."""

from __future__ import annotations

import io
import wave
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from PIL import Image, ImageDraw

from studio.domain.asset import Asset, AssetDraft, Provenance
from studio.domain.media import MediaKind
from studio.library.store import Library

START = datetime(2026, 11, 5, 12, tzinfo=UTC)


def image(number: int = 1, size: tuple[int, int] = (48, 32), mode: str = "RGB") -> Image.Image:
    """A picture that differs from every other number's."""
    picture = Image.new("RGB", size, (number % 256, number // 256 % 256, 90))
    ImageDraw.Draw(picture).line((0, 0, number % size[0], size[1]), (250, 10, number * 7 % 256), 2)
    return picture.convert(mode)


def encoded(kind: str = "PNG", number: int = 1, size: tuple[int, int] = (48, 32), **options: object) -> bytes:
    out = io.BytesIO()
    image(number, size, str(options.pop("mode", "RGB"))).save(out, kind, **options)
    return out.getvalue()


def film(path: Path, *, audio: bool = False, black_frames: int = 0) -> Path:
    """One second of H.264, ten frames a second, the first ones black."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            level = 0 if number < black_frames else 60 + number * 15
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def sound(path: Path, seconds: float = 0.25) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(range(256)) * int(seconds * 8000 * 2 / 256))
    return path


def draft(number: int = 1, **changes: object) -> AssetDraft:
    values: dict[str, object] = {
        "kind": MediaKind.IMAGE,
        "prompt": f"a lighthouse at dusk {number}",
        "created_at": START + timedelta(minutes=number),
        "provenance": Provenance(
            job_id=f"job{number}", model="flux", seed=number, cost=Decimal("0.0021"), request={"seed": number}
        ),
    }
    return AssetDraft(**(values | changes))  # type: ignore[arg-type]


def store(library: Library, number: int = 1, data: bytes | None = None, **changes: object) -> Asset:
    incoming = library.incoming_path(f"job{number}")
    incoming.write_bytes(encoded(number=number) if data is None else data)
    asset, _change = library.commit(library.prepare(incoming, draft(number, **changes)))
    return asset
