"""A folder of files that mean no good: torn, mislabelled, made to explode, to hang, or to reach elsewhere."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from studio.library.metadata.png import SIGNATURE, make_chunk
from tests.library.makers import encoded, film, sound

GOOD = "good.png"
LONG_PROMPT = "дождь на море 雨 🌧 \u202e" * 6_700
"""100,000 characters in several scripts, and one mark that turns what follows."""


def png(width: int, height: int, depth: int = 8, colour: int = 0, *, rows: bytes | None = None) -> bytes:
    """A PNG of one colour, whose size costs nothing to write."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    if rows is None:
        row = bytes(1 + (width * depth * channels + 7) // 8)
        packer = zlib.compressobj(6)
        data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    else:
        data = rows
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return SIGNATURE + make_chunk(b"IHDR", head) + make_chunk(b"IDAT", data) + make_chunk(b"IEND", b"")


def with_chunk(kind: bytes, body: bytes) -> bytes:
    data = encoded("PNG")
    place = data.index(b"IDAT") - 4
    return data[:place] + make_chunk(kind, body) + data[place:]


def with_text(keyword: str, text: str) -> bytes:
    info = PngInfo()
    info.add_itxt(keyword, text)
    out = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(out, "PNG", pnginfo=info)
    return out.getvalue()


def with_exif(block: bytes) -> bytes:
    data = encoded("JPEG")
    body = b"Exif\0\0" + block
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def riff(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + kind + body


FTYP = box(b"ftyp", b"isom\0\0\2\0isommp41")
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><x>&d;</x>'
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>fetch("http://127.0.0.1:9/")</script>'
    '<image href="file:///etc/passwd"/></svg>'
)


HEAD_OF_BMP = struct.pack("<IIIIiiHHIIIIII", 80, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
HEAD_OF_WEBP = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff" * 6
CIRCLES = {str(n): {"class_type": "K", "inputs": {"x": [str(n), 0]}} for n in range(6_000)}
XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
OWN = {"id": "../../x", "path": "/etc", "kind": 7}


def pictures() -> dict[str, bytes]:
    good, jpeg, webp, gif = (encoded(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF"))
    loop = b"II*\0" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return {
        "torn.png": good[: len(good) // 2],
        "torn.jpg": jpeg[: len(jpeg) // 2],
        "torn.webp": webp[: len(webp) // 2],
        "torn.gif": gif[: len(gif) // 2],
        "empty.png": b"",
        "one byte.jpg": b"\xff",
        "signature alone.png": SIGNATURE,
        "no picture data.png": SIGNATURE + make_chunk(b"IEND", b""),
        "bad checksum.png": good[:-20] + bytes([good[-20] ^ 0xFF]) + good[-19:],
        "endless chunk.png": SIGNATURE + b"\xff\xff\xff\xffIHDR" + bytes(40),
        "rubbish in the middle.png": good[:60] + os.urandom(30) + good[90:],
        "rubbish in the middle.jpg": jpeg[:300] + bytes(100) + jpeg[400:],
        "60000 x 1.png": png(60_000, 1),
        "1 x 60000.png": png(1, 60_000),
        "179 megapixels.png": png(13_400, 13_400, 1),
        "900 megapixels.png": png(30_000, 30_000, 1),
        "claims 3600 megapixels.png": png(60_000, 60_000, rows=zlib.compress(bytes(64))),
        "claims 2 billion.png": png(0x7FFFFFFF, 0x7FFFFFFF, rows=zlib.compress(b"")),
        "no size.png": png(0, 0, rows=zlib.compress(b"")),
        "claims much.gif": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + gif[10:],
        "many frames.gif": many_frames(3_000),
        "claims much.bmp": b"BM" + HEAD_OF_BMP,
        "claims much.webp": riff(b"WEBP", HEAD_OF_WEBP + webp[12:]),
        "wrong length.webp": webp[:4] + b"\xff\xff\xff\x7f" + webp[8:],
        "circle.tif": b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 3, 1, 1, 8),
        "broken exif.jpg": with_exif(b"MM\0*" + b"\xff" * 60),
        "circle in exif.jpg": with_exif(loop),
        "odd orientation.jpg": with_exif(b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0"),
        "broken exif.webp": riff(b"WEBP", webp[12:] + b"EXIF" + struct.pack("<I", 8) + b"Exif\0\0II"),
        "laughs in xmp.png": with_chunk(b"iTXt", XMP + LAUGHS.encode()),
        "deep xmp.png": with_chunk(b"iTXt", XMP + b"<a>" * 20_000 + b"</a>" * 20_000),
        "bomb in text.png": with_chunk(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(60 << 20))),
        "not text.png": with_chunk(b"iTXt", b"parameters\0\0\0\0\0" + os.urandom(200)),
        "deep json.png": with_text("parameters", '{"a":' * 50_000 + "1" + "}" * 50_000),
        "odd graph.png": with_text("prompt", json.dumps(CIRCLES)),
        "long prompt.png": with_text("parameters", f"{LONG_PROMPT}\nSteps: 1, Seed: 7, Model: flux"),
        "like parameters.png": with_text("parameters", "Steps: Steps: Negative prompt: ,,,\n\0\x1b[31m"),
        "own but wrong.png": with_text("pollinations_studio", json.dumps(OWN)),
    }  # fmt: skip


def mislabelled() -> dict[str, bytes]:
    return {
        "a jpeg.png": encoded("JPEG"),
        "a png.jpg": encoded("PNG", 2),
        "a webp.gif": encoded("WEBP", 3),
        "a page.jpg": b"<!doctype html><script>alert(1)</script>",
        "text.png": b"this is no picture\n" * 20,
        "a program.mp4": b"\x7fELF" + bytes(200),
        "an archive.webm": b"PK\3\4" + bytes(100),
        "scripts.svg": SVG.encode(),
        "scripts in svg.png": SVG.encode(),
        "a picture.mp4": encoded("PNG", 4),
        "no ending": encoded("PNG", 5),
        "zeroes.mp3": bytes(5_000),
        "noise.wav": os.urandom(3_000),
    }


def media(folder: Path) -> dict[str, bytes]:
    clip = film(folder / ".clip.mp4").read_bytes()
    wave = sound(folder / ".wave.wav").read_bytes()
    for made in (".clip.mp4", ".wave.wav"):
        (folder / made).unlink()
    moov = clip.index(b"moov") - 4
    deep = b""
    for _ in range(2_000):
        deep = box(b"moov", deep)
    return {
        "torn.mp4": clip[: len(clip) // 2],
        "no moov.mp4": clip[:moov],
        "boxes in a circle.mp4": FTYP + struct.pack(">I4s", 0, b"moov") + bytes(40),
        "a million boxes.mp4": FTYP + struct.pack(">I4s", 8, b"free") * 1_000_000,
        "64-bit box.mp4": FTYP + struct.pack(">I4sQ", 1, b"mdat", 1 << 62),
        "64-bit box too small.mp4": FTYP + struct.pack(">I4sQ", 1, b"mdat", 3),
        "deep boxes.mp4": FTYP + deep,
        "table of billions.mp4": clip.replace(b"stco\0\0\0\0\0\0\0", b"stco\0\0\0\0\xff\xff\xff"),
        "heads alone.mp4": FTYP,
        "rubbish.webm": b"\x1a\x45\xdf\xa3" + os.urandom(500),
        "endless.webm": b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\xec\x80" * 50_000,
        "torn.wav": wave[:60],
        "open length.wav": wave[:4] + b"\xff\xff\xff\xff" + wave[8:40] + b"\xff\xff\xff\xff" + wave[44:],
        "no sound.wav": riff(b"WAVE", b""),
        "pages.ogg": b"OggS\0\2" + bytes(20) + b"\xff" + b"\xff" * 255,
        "huge tag.mp3": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(500),
        "huge block.flac": b"fLaC\x04\xff\xff\xff" + bytes(50),
        "rubbish.avif": box(b"ftyp", b"avif\0\0\0\0mif1") + os.urandom(300),
    }


def names() -> dict[str | bytes, bytes]:
    """Good pictures under names that file systems, shells and readers stumble over."""
    good: list[str | bytes] = [
        "CON.png", "nul.png", "aux.tar.png", "trailing dots...png", "trailing space .png", "-rf.png",
        "..hidden dots.png", "%s%n.png", "quote\"'`$(id).png", "a\nline.png", "tab\there.png",
        "\u202egnp.exe", "bidi \u2066\u200f\u202b.png", "💥🌊.png", "ꦏꦧꦸꦥꦠꦺꦤ꧀.png", "é combining e\u0301.png",
        b"not utf-8 \xff\xfe\xc3.png", "x" * 251 + ".png", ("я" * 125) + ".png", "back\\slash.png",
        "C:\\windows.png", "*?<>|.png", "question?.png", "{a|b} __wild__.png", "&amp; <b>bold</b>.png",
    ]  # fmt: skip
    return {name: encoded("PNG", 100 + number) for number, name in enumerate(good)}


def places(folder: Path, outside: Path) -> list[str]:
    """Links, pipes, sockets and folders where a picture should be."""
    links = {
        "link to a picture.png": outside / "secret.png",
        "link to nowhere.png": outside / "nowhere.png",
        "link to itself.png": folder / "link to itself.png",
        "link to a folder": outside,
        "link upwards": folder,
        "link to zeroes.png": Path("/dev/zero"),
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    (folder / "a folder.png").mkdir()
    os.mkfifo(folder / "a pipe.png")
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as listening:  # the path may be too long
        listening.bind(str(folder / "a socket.png"))
    return [*links, "a folder.png", "a pipe.png"]


def beside() -> dict[str, bytes]:
    """Files that speak for others, and lie."""
    return {
        "good.txt": b"Steps: 1, Seed: 5, Model: flux\n" + b"\xff\xfe" * 50,
        "good.json": b'{"a":' * 100_000,
        "good.swarm.json": b"\0" * 100,
        "torn.png.json": b'{"id": "x", "version": 99',
        "60000 x 1.txt": LONG_PROMPT.encode(),
    }


def build(folder: Path, outside: Path) -> None:
    """Fill `folder`; links in it lead to `outside`, which gets a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    outside.mkdir(exist_ok=True)
    (outside / "secret.png").write_bytes(encoded("PNG", 77))
    groups: tuple[Callable[[], dict[str, bytes]], ...] = (
        pictures,
        mislabelled,
        lambda: media(folder),
        beside,
    )
    (folder / GOOD).write_bytes(encoded("PNG", 99))
    for group in groups:
        for name, data in group().items():
            (folder / name).write_bytes(data)
    for name, data in names().items():
        place = os.path.join(os.fsencode(folder), os.fsencode(name))  # noqa: PTH118 - bytes have no Path
        with contextlib.suppress(OSError), open(place, "wb") as file:  # noqa: PTH123 - not every disk takes them
            file.write(data)
    places(folder, outside)


def many_frames(count: int) -> bytes:
    """A GIF of frames as large as its head allows, which take a few bytes each."""
    head = b"GIF89a" + struct.pack("<HHBBB", 4_000, 4_000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\4\0\0\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2D\1\0"
    return head + frame * count + b";"
