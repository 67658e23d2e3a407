"""Blocks written as Markdown again: what is copied from a part of an answer.

A whole block is better copied from the text it came from (`start` to `end` of the block); this is for parts,
and it writes only the escapes without which the text would mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from studio.domain.markdown import (
    Block,
    CodeBlock,
    Container,
    Formula,
    Heading,
    HtmlBlock,
    Inline,
    LineBreak,
    MathBlock,
    NoteRef,
    Paragraph,
    Picture,
    Rule,
    Run,
    Table,
)

# Underscores inside a word and a lonely "<" mean themselves in CommonMark, so `snake_case` stays as it is.
_SPECIAL = re.compile(
    r"[\\`*]|~~|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\[(?=[^\]]*\][\[(:])|\[(?=\^)"
)
_LINE_START = re.compile(r"(?m)^(\s*)([#>+-](?=\s|$)|#{2,6}(?=\s|$)|>|~~~)|^(\s*\d{1,9})([.)])(?=\s|$)")


def inline_source(inlines: Iterable[Inline]) -> str:
    """Markdown of what stands in a line."""
    return "".join(_inline(inline) for inline in inlines)


def block_source(block: Block) -> str:
    """Markdown of a block, with the markers of the items and quotes it stands in."""
    first, rest = _prefixes(block.within)
    lines = _leaf(block).split("\n")
    return "\n".join((first if number == 0 else rest) + line for number, line in enumerate(lines))


def table_source(
    header: Sequence[Sequence[Inline]], rows: Iterable[Sequence[Sequence[Inline]]], align: Sequence[str]
) -> str:
    """A GFM table."""
    marks = {"left": ":--", "right": "--:", "center": ":-:"}
    lines = [_row(header), "| " + " | ".join(marks.get(side, "---") for side in align) + " |"]
    lines += [_row(row) for row in rows]
    return "\n".join(lines)


def code_source(text: str, language: str = "") -> str:
    """A fenced block, with a fence longer than any in the code."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.removesuffix(chr(10))}\n{fence}"


def escaped(text: str) -> str:
    """Text that stands for itself in Markdown."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), text)


def _inline(inline: Inline) -> str:
    match inline:
        case Run():
            return _run(inline)
        case Formula():
            return inline.raw
        case Picture():
            return f"![{escaped(inline.alt)}]({_address(inline.url)})"
        case NoteRef():
            return f"[^{inline.label}]"
        case LineBreak():
            return "  \n"


def _run(run: Run) -> str:
    text = run.text
    if run.code:
        longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
        fence = "`" * (longest + 1)
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        body = f"{fence}{pad}{text}{pad}{fence}"
    else:
        body = escaped(text)
    marks = ("**" if run.bold else "") + ("*" if run.italic else "") + ("~~" if run.strike else "")
    if marks and body.strip():
        # Emphasis must touch its words, so spaces at the ends go outside.
        bare = body.strip()
        lead, _, trail = body.partition(bare)
        body = f"{lead}{marks}{bare}{marks[::-1]}{trail}"
    if run.link:
        if run.link in (run.text, f"mailto:{run.text}") and not marks:
            return f"<{run.text}>"
        return f"[{body}]({_address(run.link)})"
    return body


def _address(url: str) -> str:
    return f"<{url}>" if re.search(r"[\s()]", url) else url


def _row(cells: Sequence[Sequence[Inline]]) -> str:
    words = (inline_source(cell).replace("|", "\\|").replace("\n", " ").strip() for cell in cells)
    return "| " + " | ".join(words) + " |"


def _leaf(block: Block) -> str:
    match block:
        case Paragraph():
            return _LINE_START.sub(_guard, inline_source(block.inlines))
        case Heading():
            return "#" * block.level + " " + inline_source(block.inlines).replace("\n", " ")
        case CodeBlock():
            return code_source(block.text, block.language)
        case MathBlock():
            return block.raw
        case Table():
            return table_source(block.header, block.rows, block.align)
        case Rule():
            return "---"
        case HtmlBlock():
            return block.text.removesuffix("\n")


def _guard(found: re.Match[str]) -> str:
    if found[3] is not None:
        return f"{found[3]}\\{found[4]}"
    return f"{found[1]}\\{found[2]}"


def _prefixes(within: Sequence[Container]) -> tuple[str, str]:
    """What stands before the first line and before the others. An item or note that began earlier is left
    out: on its own, its indentation would be code."""
    first = rest = ""
    for container in within:
        if container.kind == "quote":
            first, rest = first + "> ", rest + "> "
        elif container.first:
            marker = _marker(container)
            indent = " " * (4 if container.kind == "note" else len(marker.split(" ")[0]) + 1)
            first, rest = first + marker, rest + indent
    return first, rest


def _marker(container: Container) -> str:
    if container.kind == "note":
        return f"[^{container.number}]: "
    marker = f"{container.number}. " if container.kind == "number" else "- "
    if container.checked is None:
        return marker
    return marker + ("[x] " if container.checked else "[ ] ")
