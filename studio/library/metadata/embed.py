"""Write an asset's parameters into the bytes of a picture, film or sound, and read them back."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from studio import __version__
from studio.core.json_text import parse_json
from studio.domain.asset import Asset
from studio.domain.codec import to_json
from studio.library.metadata import containers, exif, foreign, jpeg, png, webp, xmp
from studio.library.metadata.c2pa import Credentials, read_credentials
from studio.library.metadata.foreign import Foreign
from studio.library.metadata.infotext import Infotext, build_infotext
from studio.library.metadata.tags import MediaTags

log = logging.getLogger(__name__)

OWN_KEYWORD = "pollinations_studio"
# Facts about the file, which embedding changes; what is private; and what is long and in the sidecar anyway.
_LEFT_OUT = frozenset({"path", "size", "sha256", "note", "collections", "trashed_at"})
_PROVENANCE_LEFT_OUT = frozenset({"model_info", "headers"})
# JPEG segments end at 64 KiB; the packet around the JSON takes about 1 KiB.
_LONGEST_JSON = 60_000
_LONGEST_TITLE = 120
# The formats whose comment may have to stay out, so that the packet carries the JSON as well.
_BOXES = frozenset({"video/mp4", "audio/mp4", "video/quicktime"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What a file carries about its making.

    Args:
        own: our JSON (an `Asset` without the facts about the file), or None.
        infotext: `parameters` or the EXIF UserComment, as it is; may be another program's JSON.
        texts: every PNG text by keyword; `exif_tags`: Make, Model and Software by name.
        xmp_comment: the UserComment inside an XMP packet.
        manifest: a C2PA manifest, or None when it carries none.
    """

    own: Mapping[str, Any] | None = None
    infotext: str = ""
    texts: Mapping[str, str] | None = None
    exif_tags: Mapping[str, str] | None = None
    xmp_comment: str = ""
    manifest: bytes | None = None

    def foreign(self) -> Foreign | None:
        """What another program said, in the order that tells the programs apart (`foreign`)."""
        return (
            foreign.read_texts(self.texts or {})
            or foreign.read_xmp_comment(self.xmp_comment)
            or foreign.read_comment(self.infotext)
            or foreign.read_exif_tags(self.exif_tags or {})
        )

    def unread(self) -> str:
        """The text that another program, or a damaged disk, left where parameters are kept; for when neither
        `own` nor `foreign` made sense of it."""
        texts = self.texts or {}
        kept = [texts[name] for name in (OWN_KEYWORD, *foreign.KEYWORDS) if texts.get(name)]
        return next((text for text in (*kept, self.infotext, self.xmp_comment) if text.strip()), "")

    def credentials(self) -> Credentials:
        """Who says to have made it, where it carries a C2PA manifest; unverified."""
        return read_credentials(self.manifest) if self.manifest else Credentials()


def embed(data: bytes, asset: Asset) -> bytes | None:
    """The file with the asset's parameters; None when the format takes none or they must stay out.

    What is there already stays: another program's `parameters` or XMP is not replaced. An EXIF block keeps
    its entries and gets our UserComment.
    """
    try:
        if asset.mime == "image/png":
            return _into_png(data, asset)
        if asset.mime == "image/jpeg":
            return _into_jpeg(data, asset)
        if asset.mime == "image/webp":
            return _into_webp(data, asset)
        if containers.knows(asset.mime) and len(data) <= containers.LARGEST:
            return containers.write(data, asset.mime, _tags(asset))
    except ValueError as error:
        # It decoded, so it is good; its structure is just too odd to add to.
        log.info("no parameters embedded in %s: %s", asset.id, error)
    return None


def read_embedded(data: bytes, mime: str) -> Embedded:
    """What a file's bytes carry; damaged metadata reads as none."""
    try:
        if containers.knows(mime):
            return _from_tags(containers.read(io.BytesIO(data), len(data), mime))
        if mime == "image/png":
            texts = png.read_texts(data)
            packet = texts.get(png.XMP_KEYWORD, "").encode()
            return Embedded(
                own=_own(texts.get(OWN_KEYWORD) or xmp.read_parameters(packet)),
                infotext=texts.get("parameters", ""),
                texts=texts,
                xmp_comment=xmp.read_user_comment(packet),
                manifest=png.manifest(data),
            )
        if mime == "image/jpeg":
            block, packet, manifest = jpeg.metadata(data)
            return _from_blocks(block, packet, manifest=manifest)
        if mime == "image/webp":
            block, packet = webp.read_chunk(data, b"EXIF") or b"", webp.read_chunk(data, b"XMP ") or b""
            return _from_blocks(block, packet, manifest=webp.manifest(data))
    except ValueError as error:
        log.info("unreadable metadata: %s", error)
    return Embedded()


def read_embedded_file(path: Path, mime: str) -> Embedded:
    """What a film or sound carries, of which only the parts with tags are read; damaged ones read as none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _from_tags(containers.read(file, path.stat().st_size, mime))
    except ValueError as error:
        log.info("unreadable metadata: %s", error)
    return Embedded()


def _from_tags(tags: MediaTags) -> Embedded:
    """From the tags of a film or a sound; some containers write all names in capitals."""
    texts = {name.lower(): text for name, text in tags.others.items()} | dict(tags.others)
    if tags.comment:
        texts["comment"] = tags.comment
    return Embedded(
        own=_own(tags.comment) or _own(xmp.read_parameters(tags.packet)),
        texts=texts,
        xmp_comment=xmp.read_user_comment(tags.packet),
        manifest=tags.manifest,
    )


def _from_blocks(block: bytes, packet: bytes, *, manifest: bytes | None) -> Embedded:
    """From an EXIF block and an XMP packet, either of which may be empty."""
    return Embedded(
        own=_own(xmp.read_parameters(packet)),
        infotext=exif.read_user_comment(block) if block else "",
        exif_tags=exif.read_tags(block) if block else {},
        xmp_comment=xmp.read_user_comment(packet),
        manifest=manifest,
    )


def infotext_of(asset: Asset) -> str:
    """The asset's parameters as infotext."""
    provenance = asset.provenance
    request = provenance.request
    parameters: dict[str, str] = {}
    if request.get("guidance_scale") is not None:
        parameters["CFG scale"] = str(request["guidance_scale"])
    if provenance.seed is not None:
        parameters["Seed"] = str(provenance.seed)
    if asset.width and asset.height:
        parameters["Size"] = f"{asset.width}x{asset.height}"
    if provenance.model:
        parameters["Model"] = provenance.model
    parameters["Version"] = f"Nectary {__version__}"
    if provenance.cost is not None:
        parameters["Cost"] = f"{provenance.cost} pollen"
    return build_infotext(Infotext(asset.prompt, asset.negative_prompt, parameters))


def own_json(asset: Asset) -> str:
    """The asset as ASCII JSON for embedding: no private notes, no paths of this machine."""
    data = {name: value for name, value in to_json(asset).items() if name not in _LEFT_OUT}
    provenance = data.get("provenance", {})
    data["provenance"] = {
        name: _without_paths(value) for name, value in provenance.items() if name not in _PROVENANCE_LEFT_OUT
    }
    data["program"] = f"Nectary {__version__}"
    return json.dumps(data)


def _into_png(data: bytes, asset: Asset) -> bytes | None:
    if png.manifest(data) is not None:
        return None
    there = png.read_texts(data)
    texts = {
        "parameters": infotext_of(asset),
        OWN_KEYWORD: own_json(asset),
        png.XMP_KEYWORD: xmp.build_xmp(_xmp_values(asset)).decode(),
    }
    return png.insert_texts(data, {name: text for name, text in texts.items() if name not in there})


def _into_jpeg(data: bytes, asset: Asset) -> bytes | None:
    if jpeg.manifest(data) is not None:
        return None
    old = jpeg.exif_segment(data)
    block = _exif(old.data[len(jpeg.EXIF_HEADER) :] if old else None, asset)
    packet = None if jpeg.xmp_segment(data) else xmp.build_xmp(_with_json(asset))
    return jpeg.insert(data, block, packet)


def _into_webp(data: bytes, asset: Asset) -> bytes | None:
    if webp.manifest(data) is not None:
        return None
    block = _exif(webp.read_chunk(data, b"EXIF"), asset)
    packet = None if webp.read_chunk(data, b"XMP ") else xmp.build_xmp(_with_json(asset))
    return webp.insert(data, block, packet)


def _tags(asset: Asset) -> MediaTags:
    values = _with_json(asset) if asset.mime in _BOXES else _xmp_values(asset)
    return MediaTags(
        title=_short(asset.title or asset.prompt),
        comment=own_json(asset),
        source_type=values.source_type,
        packet=xmp.build_xmp(values),
    )


def _short(text: str) -> str:
    """The first words on one line, as a title."""
    line = " ".join(text.replace("\0", "").split())
    if len(line) <= _LONGEST_TITLE:
        return line
    head = line[:_LONGEST_TITLE]
    return (head.rpartition(" ")[0] or head) + "…"


def _exif(old: bytes | None, asset: Asset) -> bytes | None:
    text = infotext_of(asset)
    return exif.build_exif(text) if old is None else exif.merge_exif(old, text)


def _xmp_values(asset: Asset) -> xmp.XmpValues:
    model = asset.provenance.model_title or asset.provenance.model
    return xmp.XmpValues(
        source_type=xmp.COMPOSITE if asset.provenance.parents else xmp.GENERATED,
        creator=f"{model} on Pollinations" if model else "Pollinations",
        rating=asset.rating,
        tags=asset.tags,
    )


def _with_json(asset: Asset) -> xmp.XmpValues:
    text = own_json(asset)
    return replace(_xmp_values(asset), parameters=text if len(text) <= _LONGEST_JSON else "")


def _own(text: str) -> Mapping[str, Any] | None:
    if not text:
        return None
    try:
        data: object = parse_json(text)
    except ValueError:
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) and "id" in data else None


def _without_paths(value: object) -> object:
    """Media inputs keep their hash and URL, not where they lay on this disk."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {name: _without_paths(item) for name, item in items if name != "path"}
    if isinstance(value, list):
        return [_without_paths(item) for item in cast("list[object]", value)]
    return value
