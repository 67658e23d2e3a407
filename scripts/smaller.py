"""Makes the pictures of the documentation small: `python -m scripts.smaller FROM TO` turns PNG into WebP."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

QUALITY = 82
"""Where text of a window still has clean edges; a picture takes a tenth of its PNG."""


def shrink(source: Path, target: Path) -> None:
    """Write every PNG of one folder as WebP into another, which is made."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.png")):
        with Image.open(path) as picture:
            picture.convert("RGB").save(target / f"{path.stem}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    shrink(Path(sys.argv[1]), Path(sys.argv[2]))
