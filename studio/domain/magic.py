"""What a file is, by its first bytes."""

from __future__ import annotations

HEAD_BYTES = 512

_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"avif": "image/avif", b"avis": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"mif1": "image/heif", b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip


def sniff(head: bytes) -> str:
    """The media type of a file that starts with `head` (512 bytes are enough); empty when unknown.

    Besides pictures, films and sounds it knows PDF, ZIP, SVG, HTML and JSON, the last two because they are
    what arrives when something went wrong.
    """
    for prefix, mime in _PREFIXES:
        if head.startswith(prefix) and (prefix != b"BM" or head[6:10] == b"\0\0\0\0"):
            return mime
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    return _sniff_sound(head) or _sniff_text(head)


def _sniff_sound(head: bytes) -> str:
    """Raw MPEG frames: eleven set bits, then version and layer."""
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if head[1] & 0x06 and head[1] & 0x18 != 0x08 else ""


def _sniff_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if text.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in text:
        return "image/svg+xml"
    if text[:1] in (b"{", b"["):
        return "application/json"
    return ""


_EXTENSIONS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
    "image/svg+xml": ".svg", "image/avif": ".avif", "image/heic": ".heic", "image/bmp": ".bmp",
    "image/tiff": ".tif", "video/mp4": ".mp4", "video/webm": ".webm", "video/quicktime": ".mov",
    "video/x-msvideo": ".avi", "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/x-wav": ".wav",
    "audio/flac": ".flac", "audio/ogg": ".ogg", "audio/opus": ".opus", "audio/aac": ".aac",
    "audio/mp4": ".m4a", "audio/pcm": ".pcm", "application/pdf": ".pdf", "application/zip": ".zip",
    "application/json": ".json", "text/plain": ".txt", "text/vtt": ".vtt",
}  # fmt: skip


def extension(mime: str) -> str:
    """The usual file name extension with its dot, `.bin` when unknown."""
    return _EXTENSIONS.get(mime.partition(";")[0].strip().lower(), ".bin")
