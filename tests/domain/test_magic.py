from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.magic import extension, sniff


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x18ftypavif", "image/avif"),
        (b"\x1aE\xdf\xa3", "video/webm"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b'\xef\xbb\xbf <?xml version="1.0"?><svg xmlns=""/>', "image/svg+xml"),
        (b" <svg/>", "image/svg+xml"),
        (b"\n<!DOCTYPE HTML><html>", "text/html"),
        (b' {"error":1}', "application/json"),
        (b"plain", ""),
        (b"", ""),
        (b"BMW is a car", ""),
        (b"\xff", ""),
    ],
)
def test_known_starts(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


@given(st.binary())
def test_anything_can_be_looked_at(head: bytes) -> None:
    assert isinstance(sniff(head), str)


def test_extensions() -> None:
    assert extension("image/jpeg; q=1") == ".jpg"
    assert extension("Audio/MPEG") == ".mp3"
    assert extension("strange/thing") == ".bin"
