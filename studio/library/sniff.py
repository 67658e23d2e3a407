"""What a file really is: told by its first bytes, then proved by decoding it.

What the sender claimed is never believed: a ".png" may be a JPEG, and an HTTP 200 may carry a web page, half
a picture, or the stand-in that a busy service sends.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from studio.core.errors import StudioError
from studio.core.i18n import tr
from studio.domain.media import MediaKind

HEAD_BYTES = 4096
_IMAGE, _VIDEO, _AUDIO = MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.MUSIC
# Pillow's own limit warns at 89 million pixels; what the service makes stays far below this.
_MAX_PIXELS = 400_000_000
_MOST_DECODED = 100_000_000
_BLANK_RANGE = 2
_MOST_BOXES = 50_000

# Magic bytes, at an offset: mime, kind, extension.
_MAGIC: tuple[tuple[int, bytes, str, MediaKind, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png", _IMAGE, ".png"),
    (0, b"\xff\xd8\xff", "image/jpeg", _IMAGE, ".jpg"),
    (0, b"GIF87a", "image/gif", _IMAGE, ".gif"),
    (0, b"GIF89a", "image/gif", _IMAGE, ".gif"),
    (0, b"BM", "image/bmp", _IMAGE, ".bmp"),
    (0, b"II*\x00", "image/tiff", _IMAGE, ".tif"),
    (0, b"MM\x00*", "image/tiff", _IMAGE, ".tif"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", _VIDEO, ".webm"),
    (0, b"ID3", "audio/mpeg", _AUDIO, ".mp3"),
    (0, b"fLaC", "audio/flac", _AUDIO, ".flac"),
    (0, b"OggS", "audio/ogg", _AUDIO, ".ogg"),
    (0, b"FLV\x01", "video/x-flv", _VIDEO, ".flv"),
)
_RIFF = {
    b"WEBP": ("image/webp", _IMAGE, ".webp"),
    b"WAVE": ("audio/wav", _AUDIO, ".wav"),
    b"AVI ": ("video/x-msvideo", _VIDEO, ".avi"),
}
_BRANDS = {
    b"avif": ("image/avif", _IMAGE, ".avif"),
    b"avis": ("image/avif", _IMAGE, ".avif"),
    b"M4A ": ("audio/mp4", _AUDIO, ".m4a"),
    b"M4B ": ("audio/mp4", _AUDIO, ".m4a"),
    b"qt  ": ("video/quicktime", _VIDEO, ".mov"),
}
_TEXT_EXTENSIONS = {
    "application/json": ".json",
    "application/x-subrip": ".srt",
    "text/srt": ".srt",
    "text/vtt": ".vtt",
    "text/markdown": ".md",
    "text/html": ".html",
}
_DOCUMENT_EXTENSIONS = {"application/pdf": ".pdf"}
TEXT_KINDS = frozenset({MediaKind.TEXT, MediaKind.TRANSCRIPT})
AUDIO_KINDS = frozenset({MediaKind.SPEECH, MediaKind.MUSIC})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A file that proved good. `width` and `height` in pixels, `duration` in seconds."""

    mime: str
    kind: MediaKind
    extension: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None


class DamagedFileError(StudioError):
    """A file is not what it should be: torn, empty, blank, a stand-in, or something else altogether."""


def sniff(head: bytes) -> Checked | None:
    """The format that the first bytes (4,096 are plenty) tell, or None for text and the unknown."""
    for offset, magic, mime, kind, extension in _MAGIC:
        if head.startswith(magic, offset):
            return Checked(mime=mime, kind=kind, extension=extension)
    found: tuple[str, MediaKind, str] | None = None
    if head[:4] in (b"RIFF", b"RF64"):  # the latter is a WAV of more than 4 GiB
        found = _RIFF.get(head[8:12])
    elif head[4:8] == b"ftyp":
        found = _BRANDS.get(head[8:12], ("video/mp4", _VIDEO, ".mp4"))
    elif len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6):
        found = ("audio/mpeg", _AUDIO, ".mp3")
    elif len(head) > 2 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        found = ("audio/aac", _AUDIO, ".aac")
    return Checked(mime=found[0], kind=found[1], extension=found[2]) if found else None


def check(path: Path, expected: MediaKind, mime: str = "") -> Checked:
    """Prove that `path` is a whole file of the `expected` kind, by decoding it.

    Args:
        expected: OTHER takes anything that is whole, and blank pictures, which nobody was asked for.
        mime: the sender's word, used to name text formats alone.

    Raises:
        DamagedFileError: it is empty, torn, blank, or another kind of thing.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head and expected is MediaKind.OTHER:
        raise DamagedFileError(tr("The file is empty."))
    if not head:
        raise DamagedFileError(tr("The result is empty."), tr("The service sent no data. Try again."))
    found = sniff(head)
    if expected in TEXT_KINDS and found is None:
        return _check_text(path, expected, mime)
    if found is None:
        if expected is MediaKind.OTHER:
            extension = _DOCUMENT_EXTENSIONS.get(mime, path.suffix)
            return Checked(mime=mime or "application/octet-stream", kind=expected, extension=extension)
        raise _unexpected(head, expected)
    if found.kind is MediaKind.IMAGE:
        found = _check_image(path, found, expected)
    else:
        found = _check_container(path, found, head, expected)
    if found.kind is MediaKind.MUSIC and expected is MediaKind.SPEECH:
        found = replace(found, kind=MediaKind.SPEECH)
    if expected not in (MediaKind.OTHER, found.kind):
        raise DamagedFileError(
            tr("The service sent {found} instead of {kind}.", found=_name(found.kind), kind=_name(expected)),
            tr("Try again, or choose another model."),
        )
    return found


def looks_blank(image: Any) -> bool:
    """True for a Pillow image of one colour, or one that is transparent all over."""
    from PIL.Image import Resampling

    # Some of its pixels tell nearly always, a hundred times as fast as all of them.
    return _has_one_colour(image.resize((16, 16), Resampling.NEAREST)) and _has_one_colour(image)


def _has_one_colour(image: Any) -> bool:
    if "A" in image.getbands() and image.getchannel("A").getextrema()[1] == 0:
        return True
    extrema = image.convert("RGB").getextrema()
    return all(high - low <= _BLANK_RANGE for low, high in extrema)


def _check_image(path: Path, found: Checked, expected: MediaKind) -> Checked:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                if image.width * image.height > _MAX_PIXELS:
                    raise DamagedFileError(tr("The picture is too large to open."))
                image.verify()
            with Image.open(path) as image:
                size, blank = image.size, False
                if size[0] * size[1] <= _MOST_DECODED:  # beyond that its structure has to do
                    image.load()
                    blank = looks_blank(image)
    except DamagedFileError:
        raise
    except Image.DecompressionBombError as error:
        raise DamagedFileError(tr("The picture is too large to open.")) from error
    except Exception as error:  # a damaged file makes the decoders raise whatever they like
        raise _damaged("picture", tr("It could not be decoded to its end."), expected) from error
    if blank and expected is not MediaKind.OTHER and min(size) > 1:
        raise DamagedFileError(
            tr("The service sent a blank picture."), tr("Every pixel has the same colour. Try again.")
        )
    return replace(found, width=size[0], height=size[1])


def _check_container(path: Path, found: Checked, head: bytes, expected: MediaKind) -> Checked:
    """Films and sounds: the first frame decodes, the length is known, and the index is not cut off."""
    import av
    from av.error import FFmpegError

    if head[4:8] == b"ftyp":
        _check_boxes(path, expected)
    what = "film" if found.kind is MediaKind.VIDEO else "sound"
    try:
        with av.open(str(path)) as container:
            video = [s for s in container.streams.video if not _is_cover(s)]
            if not video and not container.streams.audio:
                raise _damaged(what, tr("It has neither picture nor sound."), expected)
            duration = container.duration / av.time_base if container.duration else None
            stream = video[0] if video else container.streams.audio[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise _damaged(what, tr("Nothing in it could be decoded."), expected)
            if not video:
                mime = (
                    found.mime.replace("video/", "audio/") if found.mime != "video/quicktime" else found.mime
                )
                extension = ".m4a" if found.extension == ".mp4" else found.extension
                return replace(found, kind=MediaKind.MUSIC, mime=mime, extension=extension, duration=duration)
            kind_mime = "video/ogg" if found.extension == ".ogg" else found.mime
            codec = stream.codec_context
            return replace(
                found,
                kind=MediaKind.VIDEO,
                mime=kind_mime,
                width=getattr(codec, "width", None),
                height=getattr(codec, "height", None),
                duration=duration,
            )
    except (FFmpegError, ValueError, EOFError) as error:
        raise _damaged(what, tr("It could not be opened."), expected) from error


def _check_boxes(path: Path, expected: MediaKind) -> None:
    """An MP4 whose last box reaches beyond the file's end was cut off, though its first frames decode."""
    end = path.stat().st_size
    position = 0
    with path.open("rb") as file:
        for _ in range(_MOST_BOXES):
            if position + 8 > end:
                break
            file.seek(position)
            header = file.read(16)
            length = int.from_bytes(header[:4])
            if length == 1:
                length = int.from_bytes(header[8:16])
            if length == 0:
                return
            if length < 8:
                break
            position += length
    if position != end:
        raise _damaged("film", tr("Its end is missing."), expected)


def _is_cover(stream: Any) -> bool:
    """True for the cover picture of a sound file, which containers keep as a video stream."""
    return bool(stream.disposition & stream.disposition.__class__.attached_pic)


def _check_text(path: Path, expected: MediaKind, mime: str) -> Checked:
    try:
        path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFileError(tr("The text arrived damaged."), tr("It is not UTF-8. Try again.")) from error
    base = mime.partition(";")[0].strip().lower() or "text/plain"
    return Checked(mime=base, kind=expected, extension=_TEXT_EXTENSIONS.get(base, ".txt"))


def _unexpected(head: bytes, expected: MediaKind) -> DamagedFileError:
    start = head.lstrip()[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return DamagedFileError(
            tr("The service sent a web page instead of {kind}.", kind=_name(expected)),
            tr("It may be busy. Try again later."),
        )
    if start.startswith((b"{", b"[")):
        return DamagedFileError(
            tr("The service sent a message instead of {kind}.", kind=_name(expected)),
            head[:300].decode(errors="replace"),
        )
    return DamagedFileError(
        tr("The result is not {kind}.", kind=_name(expected)),
        tr("Its format is unknown. Try again, or choose another model."),
    )


def _damaged(what: str, why: str, expected: MediaKind) -> DamagedFileError:
    """For a result of the service, which may come again, or a file of the user's, which is what it is."""
    if expected is MediaKind.OTHER:
        return DamagedFileError(_BROKEN[what][0], why)
    return DamagedFileError(_BROKEN[what][1], f"{why} {tr('Try again.')}")


_BROKEN = {
    "picture": (tr("The picture is damaged."), tr("The picture arrived damaged.")),
    "film": (tr("The film is damaged."), tr("The film arrived damaged.")),
    "sound": (tr("The sound is damaged."), tr("The sound arrived damaged.")),
}


def _name(kind: MediaKind) -> str:
    return {
        MediaKind.IMAGE: tr("a picture"),
        MediaKind.VIDEO: tr("a film"),
        MediaKind.SPEECH: tr("speech"),
        MediaKind.MUSIC: tr("sound"),
        MediaKind.TRANSCRIPT: tr("a transcript"),
        MediaKind.TEXT: tr("text"),
        MediaKind.OTHER: tr("a file"),
    }[kind]
