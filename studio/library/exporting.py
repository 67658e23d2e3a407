"""Copies of assets for the world outside: as they are, or as another format, smaller, without parameters.

An original is copied byte for byte, unless its rating or tags were changed since they were written into it.
A converted picture keeps its colour profile and, when wanted, carries the same parameters as the original;
converting never drops a field.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.core.errors import StorageError, StudioError
from studio.core.files import PARTIAL_SUFFIX, storage_error, write_atomically
from studio.core.i18n import tr
from studio.domain.asset import Asset, AssetDraft
from studio.domain.export import Exported, ExportOptions
from studio.domain.media import MediaKind
from studio.library.files import sidecar_of, stem_from_template
from studio.library.metadata import containers
from studio.library.metadata.embed import embed, read_embedded
from studio.library.metadata.strip import strip

log = logging.getLogger(__name__)

_MIMES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_CLEANED = frozenset(_ENDINGS)
_MOST_TRIES = 10_000
_BLANK = (255, 255, 255)
_MOST_PIXELS = 120_000_000
"""Larger pictures are not converted: that takes seven bytes of memory per pixel."""
_LONGEST_SIDES = {"image/webp": 16_383, "image/jpeg": 65_500}


Sources = Sequence[tuple[Asset, Path]]
"""Assets with the place of their files."""


def export_to_folder(
    sources: Sources, target: Path, options: ExportOptions, progress: Callable[[int], object] | None = None
) -> Exported:
    """Write a copy of each into a folder; a name that is taken gets a number, nothing is overwritten.

    Args:
        progress: is told how many are done, on this thread.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    written: list[Path] = []
    refused: list[tuple[str, StudioError]] = []
    for number, (asset, path) in enumerate(sources, start=1):
        try:
            data, ending = copy_of(asset, path, options)
        except StudioError as error:
            refused.append((path.name, error))
        else:
            place = _free(target, name_of_copy(asset, path.stem, number, options.names), ending)
            write_atomically(place, data)
            written.append(place)
            if options.sidecar:
                _copy_sidecar(path, place)
        if progress is not None:
            progress(number)
    return Exported(written=tuple(written), refused=tuple(refused))


def export_to_zip(
    sources: Sources, target: Path, options: ExportOptions, progress: Callable[[int], object] | None = None
) -> Exported:
    """Write a copy of each into one archive at `target`, which is replaced if it is there.

    Raises:
        StorageError: the archive cannot be written, or the disk is full.
    """
    names: set[str] = set()
    refused: list[tuple[str, StudioError]] = []
    temporary = target.with_name(f".{target.name}{PARTIAL_SUFFIX}")
    try:
        # Pictures, films and sounds are packed already; packing them again takes time and saves nothing.
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for number, (asset, path) in enumerate(sources, start=1):
                try:
                    data, ending = copy_of(asset, path, options)
                except StudioError as error:
                    refused.append((path.name, error))
                else:
                    stem = name_of_copy(asset, path.stem, number, options.names)
                    name = _free_name(names, stem, ending)
                    archive.writestr(name, data)
                    if options.sidecar and (beside := _sidecar_bytes(path)):
                        archive.writestr(f"{name}.json", beside)
                if progress is not None:
                    progress(number)
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise storage_error(error, target) from error
    return Exported(written=(target,), refused=tuple(refused))


def name_of_copy(asset: Asset, stem: str, number: int, template: str) -> str:
    """What a copy is called, without its ending.

    Args:
        stem: what the original is called.
        number: which of the copies it is, from 1.
        template: "" keeps the name.
    """
    if not template.strip():
        return stem
    draft = AssetDraft(
        kind=asset.kind, title=asset.title, prompt=asset.prompt, provenance=asset.provenance
    )  # fmt: skip
    more = {"name": stem, "n": f"{number:03}"}
    return stem_from_template(template, draft, asset.created_at, asset.id, more)


def copy_of(asset: Asset, path: Path, options: ExportOptions) -> tuple[bytes, str]:
    """The bytes of one copy, and the ending of its name.

    Raises:
        StorageError: the file is gone, cannot be read, or is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StorageError(tr("The file cannot be read."), error.strerror or str(error)) from error
    ending = path.suffix
    is_picture = asset.kind is MediaKind.IMAGE
    tells = (is_picture and asset.mime in _CLEANED) or containers.knows(asset.mime)
    too_large = options.longest_side is not None and max(asset.width or 0, asset.height or 0) > (
        options.longest_side
    )
    mime = asset.mime if options.format == "original" else _MIMES[options.format]
    if is_picture and (mime != asset.mime or too_large) and mime in _ENDINGS:
        data = _converted(data, mime, options)
        ending = _ENDINGS[mime]
        asset = replace(asset, mime=mime)
        if options.parameters:
            return embed(data, asset) or data, ending
    if options.parameters and tells:
        return _told_now(data, asset), ending
    if not options.parameters and tells:
        try:
            data = strip(data, asset.mime)
        except ValueError as error:
            raise StorageError(
                tr("The file is damaged, so nothing could be taken out."), str(error)
            ) from error
    return data, ending


def _told_now(data: bytes, asset: Asset) -> bytes:
    """The file as it is, unless it tells less than is known by now, or something else."""
    own = read_embedded(data, asset.mime).own
    if own is None:
        # Made before this format was written into, or while that was switched off.
        return (embed(data, asset) if asset.provenance.job_id else None) or data
    return _told_again(data, asset) if _is_outdated(own, asset) else data


def _is_outdated(own: Mapping[str, Any], asset: Asset) -> bool:
    """Whether the file tells another rating or other tags than the asset has by now: an edit changes the
    sidecar alone, so that a rating costs no rewriting of the picture."""
    return (own.get("rating") or 0, list(own.get("tags") or ())) != (asset.rating, list(asset.tags))


def _told_again(data: bytes, asset: Asset) -> bytes:
    """The same pixels or sound with what the asset is now in the place of what was embedded."""
    try:
        return embed(strip(data, asset.mime), asset) or data
    except ValueError as error:
        log.info("%s keeps what was embedded: %s", asset.id, error)
        return data


def _converted(data: bytes, mime: str, options: ExportOptions) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's opinion of damaged EXIF blocks is of no use to anybody
            picture, more = _decoded(data, mime, options)
    except Exception as error:  # a damaged file makes the decoders raise whatever they like
        raise StorageError(tr("The picture cannot be opened."), tr("It is damaged or too large.")) from error
    longest = _LONGEST_SIDES.get(mime, 0)
    if longest and max(picture.size) > longest:
        raise StorageError(
            tr("The picture is too large for this format."),
            tr("It takes at most {n:,} pixels on a side. Choose PNG or a smaller size.", n=longest),
        )
    out = io.BytesIO()
    picture.save(out, mime.removeprefix("image/").upper(), **more)
    return out.getvalue()


def _decoded(data: bytes, mime: str, options: ExportOptions) -> tuple[Any, dict[str, object]]:
    """The picture as it is to be written, and what the writer is told."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as opened:
        profile = opened.info.get("icc_profile")
        if opened.width * opened.height > _MOST_PIXELS:
            raise ValueError("too large")
        if options.longest_side is not None:
            opened.draft("RGB", (options.longest_side, options.longest_side))
        picture = ImageOps.exif_transpose(opened)
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    if options.longest_side is not None:
        side = options.longest_side
        picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if mime == "image/jpeg" and picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, _BLANK)
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    more: dict[str, object] = {"icc_profile": profile} if profile else {}
    if mime == "image/jpeg":
        more |= {"quality": min(options.quality, 95), "optimize": True, "subsampling": _sampling(options)}
    elif mime == "image/webp":
        more |= {"quality": options.quality, "lossless": options.quality >= 100, "method": 4}
    return picture, more


def _sampling(options: ExportOptions) -> int:
    """Colours at full resolution (0) from quality 90 on: drawings and type look bad without."""
    return 0 if options.quality >= 90 else 2


def _copy_sidecar(path: Path, target: Path) -> None:
    beside = _sidecar_bytes(path)
    if beside is not None:
        write_atomically(target.with_name(f"{target.name}.json"), beside)


def _sidecar_bytes(path: Path) -> bytes | None:
    try:
        return sidecar_of(path).read_bytes()
    except OSError as error:
        log.info("no sidecar goes along with %s: %s", path.name, error)
        return None


def _free(folder: Path, stem: str, ending: str) -> Path:
    for number in range(1, _MOST_TRIES):
        name = f"{stem}{ending}" if number == 1 else f"{stem} ({number}){ending}"
        if not (folder / name).exists():
            return folder / name
    raise StorageError(tr("There are too many files of this name."), tr("Choose another folder."))


def _free_name(taken: set[str], stem: str, ending: str) -> str:
    number, name = 1, f"{stem}{ending}"
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number}){ending}"
    taken.add(name.casefold())
    return name
