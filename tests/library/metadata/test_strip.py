"""A clean copy tells nothing and looks the same."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageOps

from studio.library.metadata.embed import embed, read_embedded
from studio.library.metadata.strip import strip
from tests.library.makers import encoded
from tests.library.metadata.test_embed import FORMATS, asset

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(("mime", "form", "options"), FORMATS)
def test_what_was_embedded_is_gone_and_the_pixels_are_the_same(
    mime: str, form: str, options: dict[str, object]
) -> None:
    original = encoded(form, icc_profile=PROFILE, **options)
    told = embed(original, asset(mime))
    assert told is not None
    clean = strip(told, mime)
    found = read_embedded(clean, mime)
    assert found.own is None
    assert not found.infotext
    assert not found.texts
    assert b"lighthouse" not in clean
    with Image.open(io.BytesIO(clean)) as one, Image.open(io.BytesIO(original)) as two:
        assert one.tobytes() == two.tobytes()
        assert one.info.get("icc_profile") == PROFILE
    assert strip(clean, mime) == clean


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stays_the_right_way_up(form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a secret"
    out = io.BytesIO()
    Image.new("RGB", (8, 4), "teal").save(out, form, exif=exif)
    clean = strip(out.getvalue(), f"image/{form.lower()}")
    assert b"secret" not in clean
    with Image.open(io.BytesIO(clean)) as picture:
        assert ImageOps.exif_transpose(picture).size == (4, 8)


def test_damage_is_told_and_unknown_formats_stay(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PNG"):
        strip(b"no picture", "image/png")
    with pytest.raises(ValueError, match="cut off"):
        strip(encoded("JPEG")[:100], "image/jpeg")
    assert strip(b"GIF89a", "image/gif") == b"GIF89a"
