"""Parameters inside pictures: no pixel and no other byte changes, and everybody can read them."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.asset import Asset, Provenance
from studio.domain.codec import from_json
from studio.domain.media import MediaKind
from studio.library.metadata import exif, jpeg, png, webp, xmp
from studio.library.metadata.embed import embed, infotext_of, own_json, read_embedded
from studio.library.metadata.infotext import Infotext, build_infotext, parse_infotext
from tests.library.makers import encoded

FORMATS = [
    ("image/png", "PNG", {}),
    ("image/png", "PNG", {"mode": "RGBA"}),
    ("image/png", "PNG", {"mode": "P"}),
    ("image/jpeg", "JPEG", {}),
    ("image/jpeg", "JPEG", {"progressive": True}),
    ("image/webp", "WEBP", {}),
    ("image/webp", "WEBP", {"lossless": True}),
    ("image/webp", "WEBP", {"lossless": True, "mode": "RGBA"}),
    ("image/webp", "WEBP", {"mode": "RGBA"}),
]


def asset(mime: str = "image/png", prompt: str = "a lighthouse", negative: str = "fog") -> Asset:
    return Asset(
        id="0123",
        kind=MediaKind.IMAGE,
        path="2026/11/a.png",
        mime=mime,
        size=1,
        sha256="ab",
        created_at=datetime(2026, 11, 5, tzinfo=UTC),
        width=48,
        height=32,
        prompt=prompt,
        negative_prompt=negative,
        rating=3,
        tags=("sea", "évening"),
        note="private",
        provenance=Provenance(
            model="flux, pro",
            seed=42,
            cost=Decimal("0.0064"),
            request={"prompt": prompt, "image": [{"path": "/somewhere/secret.png", "sha256": "cd"}]},
        ),
    )


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGBA").tobytes()


@pytest.mark.parametrize(("mime", "kind", "options"), FORMATS)
def test_embedding_changes_no_pixel_and_reads_back(mime: str, kind: str, options: dict[str, object]) -> None:
    data = encoded(kind, **options)
    value = asset(mime)
    written = embed(data, value)
    assert written is not None
    assert pixels(written) == pixels(data)
    found = read_embedded(written, mime)
    assert found.own is not None
    back = from_json(Asset, {**found.own, "path": "x", "size": 1, "sha256": "ab"})
    assert (back.id, back.prompt, back.tags, back.rating) == ("0123", "a lighthouse", ("sea", "évening"), 3)
    assert back.provenance.seed == 42
    assert parse_infotext(found.infotext).parameters["Model"] == "flux pro"
    assert b"secret.png" not in written
    assert b"private" not in written


def test_png_keeps_every_other_byte() -> None:
    data = encoded("PNG")
    written = embed(data, asset())
    assert written is not None
    added = len(written) - len(data)
    place = data.index(b"IDAT") - 4
    assert written[:place] + written[place + added :] == data
    for chunk in png.chunks(written):
        crc = written[chunk.start + 8 + len(chunk.data) : chunk.start + 12 + len(chunk.data)]
        assert int.from_bytes(crc) == zlib.crc32(chunk.kind + bytes(chunk.data))


def test_jpeg_keeps_every_other_byte() -> None:
    data = encoded("JPEG")
    written = embed(data, asset("image/jpeg"))
    assert written is not None
    added = len(written) - len(data)
    assert written[:20] + written[20 + added :] == data, "the JFIF header comes first, ours right behind it"


def test_webp_keeps_the_picture_chunk() -> None:
    data = encoded("WEBP")
    written = embed(data, asset("image/webp"))
    assert written is not None
    assert webp.read_chunk(written, b"VP8 ") == webp.read_chunk(data, b"VP8 ")
    assert [name for name, _ in webp.chunks(written)] == [b"VP8X", b"VP8 ", b"EXIF", b"XMP "]
    assert dict(webp.chunks(written))[b"VP8X"][0] == webp.EXIF_FLAG | webp.XMP_FLAG


def test_other_programs_read_the_mark_rating_and_tags(tmp_path: Path) -> None:
    import pyexiv2

    for mime, kind, _ in FORMATS[::3]:
        written = embed(encoded(kind), asset(mime))
        assert written is not None
        path = tmp_path / f"x.{kind.lower()}"
        path.write_bytes(written)
        with pyexiv2.Image(str(path)) as picture:
            values = picture.read_xmp()
        assert values["Xmp.xmp.Rating"] == "3"
        assert values["Xmp.dc.subject"] == ["sea", "évening"]
        assert values["Xmp.iptcExt.DigitalSourceType"] == xmp.GENERATED


def test_an_exif_block_keeps_its_entries() -> None:
    block = Image.Exif()
    block[0x0112] = 6
    block[0x010E] = "a description"
    data = encoded("JPEG", exif=block.tobytes())
    written = embed(data, asset("image/jpeg"))
    assert written is not None
    with Image.open(io.BytesIO(written)) as picture:
        assert picture.getexif()[0x0112] == 6
        assert picture.getexif()[0x010E] == "a description"
    assert "Seed: 42" in read_embedded(written, "image/jpeg").infotext
    assert pixels(written) == pixels(data)


def test_what_carries_a_manifest_is_left_alone() -> None:
    signed_png = encoded("PNG")
    place = signed_png.index(b"IDAT") - 4
    signed_png = signed_png[:place] + png.make_chunk(b"caBX", b"jumbc2pa") + signed_png[place:]
    assert embed(signed_png, asset()) is None
    box = b"JP\0\1\0\0\0\1" + b"\0\0\0\x20jumb" + b"\0\0\0\x18jumdc2pa"
    data = encoded("JPEG")
    signed = data[:2] + b"\xff\xeb" + (len(box) + 2).to_bytes(2) + box + data[2:]
    assert embed(signed, asset("image/jpeg")) is None
    assert embed(encoded("GIF"), asset("image/gif")) is None


def test_a_prompt_too_long_for_a_segment_goes_to_the_sidecar_alone() -> None:
    data = encoded("JPEG")
    written = embed(data, asset("image/jpeg", prompt="long " * 30_000))
    assert written is not None
    assert jpeg.exif_segment(written) is None
    assert read_embedded(written, "image/jpeg").own is None
    assert jpeg.xmp_segment(written) is not None, "the mark fits"


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg", "image/webp"])
@given(data=st.binary(max_size=400))
@settings(max_examples=40)
def test_damaged_metadata_never_fails(mime: str, data: bytes) -> None:
    start = {
        "image/png": png.SIGNATURE,
        "image/jpeg": b"\xff\xd8\xff\xe1",
        "image/webp": b"RIFF\x90\x01\0\0WEBP",
    }
    read_embedded(start[mime] + data, mime)
    exif.read_user_comment(data)
    xmp.read_parameters(data)


def test_a_packet_with_entities_is_not_opened() -> None:
    value = b'<x xmlns:n="tag:nectary,2026:xmp/1.0/"><n:parameters>&a;</n:parameters></x>'
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + value
    assert xmp.read_parameters(bomb) == ""


# ---------------------------------------------------------------- the readers' rules, restated

_FORGE = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_BROWSING = re.compile(r'\s*([\w ]+):\s*("(?:\\"[^,]|\\"|\\|[^\"])+"|[^,]*)(?:,|$)')


def line_reader(text: str, pattern: re.Pattern[str]) -> tuple[str, str, dict[str, str]]:
    """Forge's parser and Infinite Image Browsing's differ in the pattern alone."""
    *lines, last = text.strip().split("\n")
    if len(pattern.findall(last)) < 3:
        lines.append(last)
        last = ""
    prompt, negative, done = "", "", False
    for line in lines:
        line = line.strip()
        if line.startswith("Negative prompt:"):
            done = True
            line = line[16:].strip()
        if done:
            negative += ("" if negative == "" else "\n") + line
        else:
            prompt += ("" if prompt == "" else "\n") + line
    return prompt, negative, dict(pattern.findall(last))


def find_reader(text: str) -> tuple[str, str, str]:
    """SD Prompt Reader looks for the markers at line starts, the first of each."""
    steps = text.find("\nSteps:")
    if steps == -1:
        return text, "", ""
    if "Negative prompt:" in text:
        place = text.find("\nNegative prompt:")
        return text[:place].strip(), text[place + 17 : steps].strip(), text[steps:].strip()
    return text[:steps].strip(), "", text[steps:].strip()


_line = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
_nasty = st.sampled_from(
    [
        "Steps: 20, Seed: 1, Size: 1x1",
        "Negative prompt: cats",
        " Negative prompt:",
        'a, b: "c"',
        "🌊",
        "שלום",
        "",
    ]
)
_prompt = st.lists(_line | _nasty, max_size=5).map("\n".join)


def plain(text: str) -> str:
    """What every reader does to a text: blanks around lines and around the whole go."""
    text = re.sub(r"[\x85\u2028\u2029]", "\n", text)
    return "\n".join(line.strip() for line in text.strip().split("\n")).strip()


def unguarded(text: str) -> str:
    return "\n".join(
        re.sub("^\u200b(\u200b*(?:Steps|Negative prompt):)", r"\1", line) for line in text.split("\n")
    )


@given(prompt=_prompt, negative=_prompt)
@settings(max_examples=300, deadline=None)
def test_three_readers_agree(prompt: str, negative: str) -> None:
    text = infotext_of(asset(prompt=prompt, negative=negative))
    for pattern in (_FORGE, _BROWSING):
        found, found_negative, values = line_reader(text, pattern)
        assert unguarded(plain(found)) == plain(prompt)
        assert unguarded(plain(found_negative)) == plain(negative)
        assert (values["Seed"], values["Model"], values["Size"]) == ("42", "flux pro", "48x32")
    found, found_negative, settings_line = find_reader("\n" + text)
    assert unguarded(plain(found)) == plain(prompt)
    assert unguarded(plain(found_negative)) == plain(negative)
    assert settings_line.startswith("Steps: 0, Sampler: api, CFG scale: 0, Seed: 42")


@given(prompt=_prompt, negative=_prompt, name=_line)
@settings(max_examples=200, deadline=None)
def test_infotext_reads_back(prompt: str, negative: str, name: str) -> None:
    found = parse_infotext(build_infotext(Infotext(prompt, negative, {"Seed": "7", "Note": name})))
    assert plain(found.prompt) == plain(prompt)
    assert plain(found.negative_prompt) == plain(negative)
    assert found.parameters["Seed"] == "7"
    assert found.parameters["Note"] == " ".join(name.split())


def test_text_without_settings_is_all_prompt() -> None:
    assert parse_infotext("a cat\nSeed: 4, Size: 1x1") == Infotext("a cat\nSeed: 4, Size: 1x1")


@given(prompt=st.text(max_size=60), mime=st.sampled_from(["image/png", "image/jpeg", "image/webp"]))
@settings(max_examples=60, deadline=None)
def test_every_prompt_survives_in_our_own_json(prompt: str, mime: str) -> None:
    kind = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}[mime]
    value = replace(asset(mime), prompt=prompt)
    written = embed(encoded(kind), value)
    assert written is not None
    found = read_embedded(written, mime).own
    assert found is not None
    assert found["prompt"] == prompt if prompt else "prompt" not in found


def test_our_json_is_ascii() -> None:
    assert own_json(asset(prompt="🌊")).isascii()
