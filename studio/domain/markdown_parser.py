"""Markdown text into blocks: the text is cut into lines, the lines are parsed, references are resolved."""

from __future__ import annotations

from dataclasses import replace

from studio.domain.markdown import Block, Container, Heading, Inline, NoteRef, Paragraph, Table
from studio.domain.markdown_blocks import BlockParser
from studio.domain.markdown_inline import References, parse_inline
from studio.domain.markdown_leaves import Cells

LONG_LINE = 5_000


def parse(text: str) -> list[Block]:
    """The blocks of a whole text: CommonMark with GFM tables, task lists, strikethrough, bare addresses,
    footnotes and mathematics. Offsets (`start`, `end`) count characters of `text`; whole lines, with their
    markers, without the last line end."""
    parser = BlockParser()
    cutter = LineCutter(parser)
    cutter.feed(text)
    cutter.finish()
    parser.close()
    resolve(parser.blocks, parser)
    return parser.blocks


class LineCutter:
    """Cuts text into lines and gives complete ones to the parser; keeps the unfinished one.

    Lines end with LF, CR LF or CR. A line longer than `LONG_LINE` is given in parts, so that where it is cut
    depends on its letters alone and not on how they arrived.
    """

    def __init__(self, parser: BlockParser) -> None:
        self._parser = parser
        self._rest = ""
        self._offset = 0
        """Where `_rest` begins in the source."""
        self._within_line = False
        """`_rest` is not the beginning of its line."""

    def feed(self, text: str) -> None:
        text = self._rest + text
        position, length = 0, len(text)
        while position < length:
            end, following = _line_end(text, position)
            if end < 0:
                break
            position = self._long(text, position, end)
            self._give(text[position:end], self._offset + position, self._offset + end)
            self._within_line = False
            position = following
        # A CR at the end is no letter of the line, whatever comes behind it.
        position = self._long(text, position, length - text.endswith("\r"))
        self._rest = text[position:]
        self._offset += position

    def finish(self) -> None:
        rest = self._rest.removesuffix("\r")
        if rest or self._within_line:
            self._give(rest, self._offset, self._offset + len(rest))
        self._rest = ""

    def show_rest(self, parser: BlockParser) -> None:
        """Let another parser read the unfinished line, unless it is better not shown yet."""
        rest = self._rest.removesuffix("\r")
        if not rest:
            return
        start, end = self._offset, self._offset + len(rest)
        if self._within_line:
            parser.rest_of_line(rest, start, end)
        elif not parser.holds_back(rest):
            parser.line(rest, start, end)

    def _long(self, text: str, position: int, end: int) -> int:
        """Give as many full parts as the line has; returns where the last, shorter part begins."""
        while end - position > LONG_LINE:
            cut = text.rfind(" ", position + LONG_LINE // 2, position + LONG_LINE) + 1 or position + LONG_LINE
            self._give(text[position:cut], self._offset + position, self._offset + cut)
            self._within_line = True
            position = cut
        return position

    def _give(self, text: str, start: int, end: int) -> None:
        if self._within_line:
            self._parser.rest_of_line(text, start, end)
        else:
            self._parser.line(text, start, end)


def _line_end(text: str, position: int) -> tuple[int, int]:
    """Where the line ends and where the next begins; (-1, -1) when its end has not come. A CR at the very end
    may be half of a CR LF."""
    end = text.find("\n", position)
    carriage = text.find("\r", position, end if end >= 0 else len(text))
    if carriage >= 0:
        if carriage + 1 == len(text):
            return -1, -1
        return carriage, carriage + (2 if text[carriage + 1] == "\n" else 1)
    return (end, end + 1) if end >= 0 else (-1, -1)


# ---------------------------------------------------------------- references to what is defined further down


def resolve(blocks: list[Block], parser: BlockParser) -> int:
    """Parse again, in place, the blocks that refer to something defined below them.

    Returns:
        The number of the first block that changed; how many there are when none did.
    """
    references = parser.references
    numbers = _final_numbers(references)
    first = len(blocks)
    defined = references.links.keys() | {f"^{label}" for label in references.notes}
    for each in parser.unresolved:
        if not defined.isdisjoint(each.labels):
            blocks[each.number] = _again(blocks[each.number], each.sources, references)
            first = min(first, each.number)
    if all(old == new for old, new in numbers.items()):
        return first
    for index, block in enumerate(blocks):
        renumbered = _renumbered(block, numbers)
        if renumbered != block:
            blocks[index] = renumbered
            first = min(first, index)
    return first


def _again(block: Block, sources: list[list[str]], references: References) -> Block:
    """The block once more from its Markdown, with all definitions known."""
    if isinstance(block, Paragraph | Heading):
        return replace(block, inlines=parse_inline(sources[0][0], references))
    if isinstance(block, Table):
        width = len(block.align)

        def row(source: list[str]) -> Cells:
            cells = [parse_inline(each, references) for each in source[:width]]
            return (*cells, *((),) * (width - len(cells)))

        return replace(block, header=row(sources[0]), rows=tuple(row(each) for each in sources[1:]))
    return block


def _final_numbers(references: References) -> dict[int, int]:
    """The numbers of footnotes without gaps: a label that is mentioned but never defined takes none."""
    order = sorted(references.notes.values())
    return {old: new for new, old in enumerate(order, 1)}


def _renumbered(block: Block, numbers: dict[int, int]) -> Block:
    def line(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
        return tuple(
            replace(each, number=numbers[each.number]) if isinstance(each, NoteRef) else each
            for each in inlines
        )

    def label(container: Container) -> Container:
        return replace(container, number=numbers[container.number]) if container.kind == "note" else container

    if any(each.kind == "note" for each in block.within):
        block = replace(block, within=tuple(label(each) for each in block.within))
    match block:
        case Paragraph() | Heading():
            return replace(block, inlines=line(block.inlines))
        case Table():
            rows = tuple(tuple(line(cell) for cell in row) for row in block.rows)
            return replace(block, header=tuple(line(cell) for cell in block.header), rows=rows)
        case _:
            return block
