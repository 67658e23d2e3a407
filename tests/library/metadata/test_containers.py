"""Films and sounds: tags go in and come back, no packet changes, every player reads on."""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.domain.asset import Asset
from studio.domain.codec import from_json
from studio.domain.media import MediaKind
from studio.library.metadata import containers, id3, matroska, mp4, vorbis, wav, xmp
from studio.library.metadata.embed import embed, own_json, read_embedded
from studio.library.metadata.tags import MediaTags
from tests.library.metadata.test_embed import asset as picture

# How each is made: ending, format options, picture codec, sound codec.
Making = tuple[str, dict[str, str], str, str]
FILMS: dict[str, Making] = {
    "mp4": ("mp4", {}, "mpeg4", "aac"),
    "mp4 fast start": ("mp4", {"movflags": "faststart"}, "mpeg4", "aac"),
    "mp4 own keys": ("mp4", {"movflags": "use_metadata_tags"}, "mpeg4", ""),
    "mp4 fragmented": ("mp4", {"movflags": "frag_keyframe+empty_moov"}, "mpeg4", "aac"),
    "mov": ("mov", {}, "mpeg4", "aac"),
    "webm": ("webm", {}, "libvpx", "libopus"),
    "webm live": ("webm", {"live": "1"}, "libvpx", ""),
    "mkv": ("matroska", {}, "mpeg4", "aac"),
    "mkv cues in front": ("matroska", {"reserve_index_space": "4096"}, "mpeg4", ""),
}
SOUNDS: dict[str, Making] = {
    "m4a": ("ipod", {}, "", "aac"),
    "m4a fast start": ("ipod", {"movflags": "faststart"}, "", "aac"),
    "mp3": ("mp3", {}, "", "libmp3lame"),
    "mp3 old tag": ("mp3", {"id3v2_version": "3"}, "", "libmp3lame"),
    "mp3 bare": ("mp3", {"id3v2_version": "0", "write_xing": "0"}, "", "libmp3lame"),
    "flac": ("flac", {}, "", "flac"),
    "opus": ("opus", {}, "", "libopus"),
    "vorbis": ("ogg", {}, "", "vorbis"),
    "wav": ("wav", {}, "", "pcm_s16le"),
}
MIMES = {
    "mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "matroska": "video/webm",
    "ipod": "audio/mp4", "mp3": "audio/mpeg", "flac": "audio/flac", "opus": "audio/ogg", "ogg": "audio/ogg",
    "wav": "audio/wav",
}  # fmt: skip
ALL = {**FILMS, **SOUNDS}
_made: dict[tuple[str, tuple[tuple[str, str], ...]], bytes] = {}


def made(name: str, **metadata: str) -> bytes:
    """A short film or sound; with `metadata` its container has tags already."""
    key = (name, tuple(metadata.items()))
    if key not in _made:
        _made[key] = _make(ALL[name], metadata)
    return _made[key]


def _make(making: Making, metadata: dict[str, str]) -> bytes:
    form, options, seen, heard = making
    with tempfile.NamedTemporaryFile() as file:  # what moves its index to the front needs a name
        _write(file.name, form, options, seen, heard, metadata)
        return Path(file.name).read_bytes()


def _write(
    path: str, form: str, options: dict[str, str], seen: str, heard: str, metadata: dict[str, str]
) -> None:
    with av.open(path, "w", format=form, options=options) as container:
        container.metadata.update(metadata)
        video: Any = container.add_stream(seen, rate=10) if seen else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio: Any = container.add_stream(heard, rate=48000) if heard else None
        channels = 2 if heard == "vorbis" else 1
        if heard == "vorbis":  # ffmpeg's own encoder is on trial and knows stereo alone
            audio.layout, audio.options = "stereo", {"strict": "-2"}
        for number in range(12):
            if video is not None:
                level = np.full((48, 64, 3), 40 + number * 15, np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(level, format="rgb24")))
            if audio is not None:
                wave = (np.sin(np.arange(4800) / (9 + number)) * 9000).astype(np.int16)
                layout = "stereo" if channels == 2 else "mono"
                wave = np.repeat(wave, channels).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(wave, format="s16", layout=layout)
                frame.sample_rate, frame.pts = 48000, number * 4800
                container.mux(audio.encode(frame))
        for stream in (video, audio):
            if stream is not None:
                container.mux(stream.encode())


def mime_of(name: str) -> str:
    return MIMES[ALL[name][0]]


def packets(data: bytes) -> list[tuple[int, int | None, bytes]]:
    """Every packet as a player gets it."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            (packet.stream.index, packet.pts, bytes(packet)) for packet in container.demux() if packet.size
        ]


def frames(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        return sum(1 for _ in container.decode(container.streams[0]))


def told(data: bytes) -> dict[str, str]:
    """What ffmpeg reads; of Ogg the tags are the stream's."""
    with av.open(io.BytesIO(data), metadata_errors="replace") as container:
        found = dict(container.streams[0].metadata) | dict(container.metadata)
    return {name.lower(): text for name, text in found.items()}


def asset(name: str = "mp4", **changes: Any) -> Asset:
    kind = MediaKind.VIDEO if name in FILMS else MediaKind.SPEECH
    return replace(picture(mime_of(name)), kind=kind, **changes)


@pytest.mark.parametrize("name", ALL)
def test_tags_go_in_and_come_back_and_no_packet_changes(name: str) -> None:
    data, value = made(name), asset(name)
    written = embed(data, value)
    assert written is not None
    assert packets(written) == packets(data)
    assert frames(written) == frames(data)
    found = read_embedded(written, mime_of(name))
    assert found.own is not None
    back = from_json(Asset, {**found.own, "path": "x", "size": 1, "sha256": "ab"})
    assert (back.id, back.prompt, back.tags, back.rating) == ("0123", "a lighthouse", ("sea", "évening"), 3)
    assert b"secret.png" not in written
    assert b"private" not in written
    assert xmp.GENERATED.encode() in written, "the mark that says AI made it"


# Fragments, and lists of another kind, get the packet alone.
@pytest.mark.parametrize("name", [name for name in ALL if name not in ("mp4 fragmented", "mp4 own keys")])
def test_every_player_shows_title_and_comment(name: str) -> None:
    value = asset(name, title="The coast, évening", prompt="waves\nand wind")
    written = embed(made(name), value)
    assert written is not None
    tags = told(written)
    assert tags["title"] == "The coast, évening"
    assert json.loads(tags["comment"])["prompt"] == "waves\nand wind"


@pytest.mark.parametrize("name", ALL)
def test_what_is_there_already_stays(name: str) -> None:
    data = made(name, title="mine", comment="a note of mine", artist="somebody")
    written = embed(data, asset(name)) or data
    assert packets(written) == packets(data)
    before, after = told(data), told(written)
    assert {key: after.get(key) for key in before} == before


@pytest.mark.parametrize("name", ALL)
def test_a_clean_copy_tells_nothing_and_plays(name: str) -> None:
    data = made(name)
    written = embed(data, asset(name))
    assert written is not None
    clean = containers.clear(written, mime_of(name))
    assert packets(clean) == packets(data)
    assert b"lighthouse" not in clean
    assert b"trainedAlgorithmicMedia" not in clean
    assert read_embedded(clean, mime_of(name)).own is None
    again = embed(clean, asset(name, rating=5))
    assert again is not None
    own = read_embedded(again, mime_of(name)).own
    assert own is not None
    assert own["rating"] == 5
    assert packets(again) == packets(data)


@pytest.mark.parametrize("name", ALL)
def test_writing_twice_writes_once(name: str) -> None:
    once = embed(made(name), asset(name))
    assert once is not None
    assert embed(once, asset(name, rating=1)) is None


@pytest.mark.parametrize("name", ["mp4", "mp4 fast start", "webm", "opus", "vorbis", "mp3", "flac", "wav"])
@given(prompt=st.text(max_size=300), long=st.sampled_from((0, 3_000, 90_000)))
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_words_come_back(name: str, prompt: str, long: int) -> None:
    words = prompt + "word " * (long // 5)
    data = made(name)
    written = embed(data, asset(name, prompt=words))
    assert written is not None
    own = read_embedded(written, mime_of(name)).own
    assert own is not None
    assert own.get("prompt", "") == words
    assert packets(written) == packets(data)


def test_samples_in_front_and_behind_are_found_again() -> None:
    """64-bit tables, as long films have them."""
    data = made("mp4 fast start")
    wide = _with_wide_tables(data)
    assert packets(wide) == packets(data)
    written = embed(wide, asset())
    assert written is not None
    assert packets(written) == packets(data)


def _with_wide_tables(data: bytes) -> bytes:
    """The same film with `co64` in the place of `stco`."""
    tables: list[mp4.Box] = []
    parents: dict[int, list[mp4.Box]] = {}

    def walk(start: int, end: int, above: list[mp4.Box]) -> None:
        for box in mp4.boxes(io.BytesIO(data), start, end):
            if box.kind == b"stco":
                tables.append(box)
                parents[box.start] = above
            elif box.kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
                walk(box.body, box.end, [*above, box])

    walk(0, len(data), [])
    grows = sum((t.end - t.body - 8) for t in tables)
    out = bytearray(data)
    for table in reversed(tables):
        count = int.from_bytes(data[table.body + 4 : table.body + 8])
        offsets = struct.unpack_from(f">{count}I", data, table.body + 8)
        body = data[table.body : table.body + 8] + struct.pack(f">{count}Q", *(o + grows for o in offsets))
        out[table.start : table.end] = struct.pack(">I4s", len(body) + 8, b"co64") + body
        for box in parents[table.start]:
            length = int.from_bytes(out[box.start : box.start + 4]) + count * 4
            out[box.start : box.start + 4] = length.to_bytes(4)
    return bytes(out)


def test_a_film_with_a_manifest_is_left_alone() -> None:
    data = made("mp4")
    signed = data + struct.pack(">I4s", 28, b"uuid") + mp4.C2PA_UUID + b"jumb"
    assert embed(signed, asset()) is None
    assert read_embedded(signed, "video/mp4").manifest == b"jumb"


def test_a_film_of_open_length_gets_nothing_behind_it() -> None:
    data = bytearray(made("mp4 fast start"))
    last = list(mp4.boxes(io.BytesIO(bytes(data)), 0, len(data)))[-1]
    assert last.kind == b"mdat"
    data[last.start : last.start + 4] = bytes(4)
    assert embed(bytes(data), asset()) is None


def test_a_sound_stream_of_open_length_is_left_alone() -> None:
    data = bytearray(made("wav"))
    data[4:8] = b"\xff\xff\xff\xff"
    assert embed(bytes(data), asset("wav")) is None


def test_pages_of_ogg_are_numbered_on() -> None:
    value = asset("opus", prompt="word " * 40_000)
    written = embed(made("opus"), value)
    assert written is not None
    pages = list(vorbis.pages(io.BytesIO(written), len(written)))
    assert [page.number for page in pages] == list(range(len(pages)))
    assert len(pages) > len(list(vorbis.pages(io.BytesIO(made("opus")), len(made("opus"))))) + 2
    assert packets(written) == packets(made("opus"))


def test_comfyui_speaks_through_the_keys_of_a_film() -> None:
    from tests.library.metadata.test_foreign import COMFY

    for name in ("mp4 own keys", "webm", "mkv", "flac", "opus", "mp3"):
        data = made(name, prompt=json.dumps(COMFY), workflow="{}")
        found = read_embedded(data, mime_of(name)).foreign()
        assert found is not None, name
        assert (found.program, found.prompt, found.seed) == ("ComfyUI", "a boat, dusk", 8566257), name


def test_video_helper_speaks_through_the_comment() -> None:
    from tests.library.metadata.test_foreign import COMFY

    comment = json.dumps({"prompt": json.dumps(COMFY), "workflow": {}})
    for name in ("mp4", "webm"):
        found = read_embedded(made(name, comment=comment), mime_of(name)).foreign()
        assert found is not None
        assert (found.program, found.seed) == ("ComfyUI", 8566257)


def test_other_programs_read_the_packet_of_a_film(tmp_path: Path) -> None:
    """By ffmpeg's own reading of the box, as pyexiv2 knows no films."""
    written = embed(made("mp4"), asset())
    assert written is not None
    with av.open(io.BytesIO(written), options={"export_xmp": "1"}) as container:
        packet = container.metadata["xmp"]
    assert xmp.GENERATED in packet
    assert "<xmp:Rating>3<" in packet


KEYS = st.sampled_from(
    ["mp4", "mp4 fast start", "mov", "webm", "mkv", "opus", "vorbis", "mp3", "flac", "wav"]
)


@given(name=KEYS, data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_files_are_read_and_written_without_fear(name: str, data: st.DataObject) -> None:
    """Cut off, and with any bytes in any place: an answer or a ValueError, in no time."""
    whole = bytearray(embed(made(name), asset(name)) or made(name))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, min(len(whole) - 1, 6_000)))
        whole[at : at + 4] = data.draw(st.binary(min_size=1, max_size=8))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    mime = mime_of(name)
    calls: list[Callable[[], object]] = [
        lambda: containers.read(io.BytesIO(damaged), len(damaged), mime),
        lambda: containers.write(damaged, mime, MediaTags(title="t", comment=own_json(asset(name)))),
        lambda: containers.clear(damaged, mime),
    ]
    for call in calls:
        try:
            call()
        except ValueError:
            continue
    read_embedded(damaged, mime)
    embed(damaged, asset(name))


def test_boxes_that_keep_a_reader_busy_are_refused() -> None:
    head = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"mp42")
    many = head + struct.pack(">I4s", 8, b"free") * 50_000
    with pytest.raises(ValueError, match="too many"):
        containers.read(io.BytesIO(many), len(many), "video/mp4")
    deep = b""
    for _ in range(3_000):
        deep = struct.pack(">I4s", len(deep) + 8, b"udta") + deep
    deep = head + struct.pack(">I4s", len(deep) + 8, b"moov") + deep
    containers.read(io.BytesIO(deep), len(deep), "video/mp4")


def test_what_each_format_calls_its_fields() -> None:
    """By the bytes, as the formats' own documents name them."""
    for name, marks in {
        "mp3": (b"TIT2", b"COMM", b"PRIV", id3._XMP_OWNER),
        "wav": (b"INAM", b"ICMT", wav.XMP_CHUNK),
        "mp4": (b"\xa9nam", b"\xa9cmt", mp4.XMP_UUID),
        "webm": (b"TITLE", b"COMMENT", b"DIGITALSOURCETYPE", matroska._identity(matroska._TAGS)),
        "opus": (b"TITLE=", b"DESCRIPTION=", b"DIGITALSOURCETYPE="),
    }.items():
        written = embed(made(name), asset(name))
        assert written is not None
        for mark in marks:
            assert mark in written, (name, mark)
