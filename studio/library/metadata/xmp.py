"""XMP packets: the mark that says "made by AI", rating and tags for other programs, and our own JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET  # DTDs are refused below, so no entity can expand

from studio import __version__

OWN_NAMESPACE = "tag:nectary,2026:xmp/1.0/"
GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# What XML 1.0 cannot hold, escaped or not.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="{rdf}">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:nectary="{own}">
{properties}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class XmpValues:
    """What goes into a packet.

    Args:
        source_type: one of `GENERATED` and `COMPOSITE`, or empty for no mark.
        parameters: our JSON, or empty when it does not fit.
    """

    source_type: str = GENERATED
    creator: str = ""
    rating: int = 0
    tags: tuple[str, ...] = ()
    parameters: str = ""


def build_xmp(values: XmpValues) -> bytes:
    """A packet as UTF-8."""
    lines = [_simple("xmp:CreatorTool", f"Nectary {__version__}"), _simple("xmp:Rating", str(values.rating))]
    if values.source_type:
        lines.append(_simple("Iptc4xmpExt:DigitalSourceType", values.source_type))
    if values.creator:
        lines.append(_list("dc:creator", "Seq", (values.creator,)))
    if values.tags:
        lines.append(_list("dc:subject", "Bag", values.tags))
    if values.parameters:
        lines.append(_simple("nectary:parameters", values.parameters))
    return _PACKET.format(rdf=_RDF, own=OWN_NAMESPACE, properties="\n".join(lines)).encode()


def read_parameters(packet: bytes) -> str:
    """Our JSON from a packet, or "" when it has none or is not XML."""
    return _read(packet, f"{{{OWN_NAMESPACE}}}parameters")


def read_user_comment(packet: bytes) -> str:
    """`exif:UserComment` of a packet, plain or in a list of languages, or ""."""
    return _read(packet, f"{{{_EXIF}}}UserComment")


def _read(packet: bytes, name: str) -> str:
    if not packet:
        return ""
    if b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return ""
    try:
        root = ET.fromstring(packet.decode(errors="replace").strip("\0 \n\ufeff"))  # noqa: S314 - no DTD, see above
    except ET.ParseError:
        return ""
    for description in root.iter(f"{{{_RDF}}}Description"):
        element = description.find(name)
        found = "".join(element.itertext()).strip() if element is not None else description.get(name)
        if found:
            return found
    return ""


def _simple(name: str, value: str) -> str:
    return f"   <{name}>{_text(value)}</{name}>"


def _list(name: str, kind: str, values: tuple[str, ...]) -> str:
    items = "".join(f"<rdf:li>{_text(value)}</rdf:li>" for value in values)
    return f"   <{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>"


def _text(value: str) -> str:
    return _ILLEGAL.sub("", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
