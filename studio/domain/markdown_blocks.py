"""Markdown into blocks, line by line, in one pass.

The block grammar is CommonMark's with GFM's tables and task lists, footnotes, and blocks of mathematics. It
is written here and not taken from a library because an answer arrives in pieces: this parser takes one line
after the other, never looks back at a closed block, and so can be copied anywhere on its way and gone on
with. What stands inside a line is markdown-it's affair (`markdown_inline`).

What is not as in CommonMark, and why:

- Blocks are flat leaves with labels for their containers (`studio.domain.markdown`). `tight` of a label says
  that no empty line stands before that block, which is known at once; CommonMark decides it at a list's end.
- Containers nest `NESTING` deep, then `>` and `-` are text. A line longer than `markdown_parser.LONG_LINE`
  comes in parts,
  and a paragraph longer than `LONG_PARAGRAPH` becomes several: nothing costs more than its length.
- A table has at most `markdown_lines.MOST_COLUMNS` columns.
- Control characters are shown as their code (`markdown_text.reveal`).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Literal

from studio.domain import markdown_lines as lines
from studio.domain.markdown import (
    Block,
    CodeBlock,
    Container,
    Heading,
    HtmlBlock,
    Inline,
    MathBlock,
    Paragraph,
    Rule,
    Run,
    Table,
)
from studio.domain.markdown_inline import NESTING, References, definitions, is_dense, labels, parse_inline
from studio.domain.markdown_leaves import Cells, Line, OpenParagraph, OpenTable, OpenVerbatim
from studio.domain.markdown_lines import Cursor
from studio.domain.markdown_math import display_formula, opens_block
from studio.domain.markdown_text import reveal

LONG_PARAGRAPH = 5_000

_STARTERS = frozenset("#`~<=-*+_>[|:$\\0123456789")


@dataclass(slots=True)
class _Open:
    """A container that is open. `indent` columns make a line belong to a list item or footnote; `marker` is
    the list's character; `fresh` while it holds no block yet. `list_marker` and `list_number` are of the last
    list directly inside it, which a following item goes on with."""

    kind: Literal["root", "bullet", "number", "quote", "note"]
    start: int = 0
    end: int = 0
    indent: int = 0
    number: int = 0
    checked: bool | None = None
    tight: bool = True
    fresh: bool = True
    list_marker: str = ""
    list_number: int = 0


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A closed block that a later definition would change: its number, the labels it uses, its Markdown."""

    number: int
    labels: frozenset[str]
    sources: list[list[str]]


class BlockParser:
    """Takes lines and makes blocks.

    `blocks` are closed and final, but for references to what is defined further down (`unresolved`). A `fork`
    goes on from here without touching this one; its `blocks` are only those that come from here on.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.references = References()
        self.unresolved: list[Unresolved] = []
        self._stack: list[_Open] = []
        self._root = _Open("root")
        self._leaf: OpenParagraph | OpenVerbatim | OpenTable | None = None
        self._blank = False
        self._forked = False
        self._kept: dict[tuple[int, bool], tuple[str, tuple[Inline, ...]]] = {}

    def fork(self) -> BlockParser:
        twin = copy.copy(self)
        twin.blocks = []
        twin._forked = True  # noqa: SLF001  # its own twin
        twin.references = self.references.copy()
        twin._stack = [copy.copy(each) for each in self._stack]  # noqa: SLF001  # its own twin
        twin._root = copy.copy(self._root)  # noqa: SLF001  # its own twin
        twin._leaf = self._leaf.fork() if self._leaf is not None else None  # noqa: SLF001  # its own twin
        return twin

    def holds_back(self, text: str) -> bool:
        """An unfinished line that does not tell yet what it will be, so that it is better not shown."""
        if isinstance(self._leaf, OpenVerbatim):
            return self._leaf.fence is not None and self._leaf.fence.may_close(text)
        return lines.undecided(text)

    def close(self, *, unfinished: bool = False) -> None:
        """The text ends here; `unfinished` when more of it will come."""
        self._close_leaf(unfinished=unfinished)
        self._close_beyond(0)

    # ------------------------------------------------------------ a line

    def line(self, text: str, start: int, end: int) -> None:
        """Take a line without its end; `start` and `end` are its offsets in the source."""
        cursor = Cursor(text)
        matched = self._match(cursor)
        leaf = self._leaf
        if (
            isinstance(leaf, OpenVerbatim)
            and matched == len(self._stack)
            and self._verbatim(leaf, cursor, end)
        ):
            return
        if matched < len(self._stack) and not isinstance(self._leaf, OpenParagraph):
            self._close_beyond(matched)
        if cursor.blank:
            self._close_beyond(matched)
            self._close_leaf()
            self._blank = True
            return
        if self._starts(cursor, matched, start, end):
            return
        self._text(cursor, start, end)

    def rest_of_line(self, text: str, start: int, end: int) -> None:
        """Take the next part of a line that is too long for one."""
        leaf = self._leaf
        if isinstance(leaf, OpenVerbatim):
            leaf.add(reveal(text, code=True), end, same_line=True)
            return
        if not isinstance(leaf, OpenParagraph):
            self._close_leaf()
        self._paragraph_line(text, start, end)

    def _match(self, cursor: Cursor) -> int:
        """How many of the open containers the line goes on with; the cursor is behind their markers then."""
        for index, container in enumerate(self._stack):
            if container.kind == "quote":
                if cursor.blank or cursor.indent > 3 or cursor.text[cursor.next] != ">":
                    return index
                self._skip_quote(cursor)
            elif cursor.blank:
                # An item that begins with an empty line holds nothing if a second one follows.
                if container.fresh and container is self._stack[-1] and self._leaf is None:
                    return index
                cursor.skip_space()
            elif cursor.indent >= container.indent:
                cursor.skip(container.indent)
            else:
                return index
        return len(self._stack)

    @staticmethod
    def _skip_quote(cursor: Cursor) -> None:
        cursor.skip_text(1)
        if cursor.indent:
            cursor.skip(1)

    def _text(self, cursor: Cursor, start: int, end: int) -> None:
        leaf = self._leaf
        if isinstance(leaf, OpenTable):
            source = lines.cells(cursor.rest())
            leaf.sources.append(source)
            leaf.rows.append(self._cells(source, len(leaf.align)))
            leaf.end = end
            return
        cursor.skip_space()
        self._paragraph_line(cursor.rest(), start, end)

    def _paragraph_line(self, text: str, start: int, end: int) -> None:
        leaf = self._leaf
        if isinstance(leaf, OpenParagraph) and leaf.size + len(text) > LONG_PARAGRAPH:
            self._close_leaf()
        if not isinstance(self._leaf, OpenParagraph):
            self._leaf = OpenParagraph(start=start, end=end, tight=self._opening())
        self._leaf.add(Line(text, start, end))

    def _opening(self) -> bool:
        """A block opens in the innermost container. Returns whether it stands close to the one before."""
        parent = self._stack[-1] if self._stack else self._root
        parent.list_marker = ""
        tight = not self._blank
        self._blank = False
        return tight

    # ------------------------------------------------------------ what a line begins

    def _starts(self, cursor: Cursor, matched: int, start: int, end: int) -> bool:
        """Open what the line begins. Returns whether that was all of the line."""
        while not cursor.blank:
            in_paragraph = isinstance(self._leaf, OpenParagraph)
            if cursor.indent > 3:
                if in_paragraph:
                    return False
                self._close_beyond(matched)
                self._close_leaf()
                cursor.skip(4)
                self._open_verbatim("indented", start, end).add(reveal(cursor.rest(), code=True), end)
                return True
            if cursor.text[cursor.next] not in _STARTERS:
                return self._no_start(matched)
            # A paragraph of a container that this line does not go on with is no paragraph to interrupt.
            here = in_paragraph and matched == len(self._stack)
            container = self._container(cursor, here, start, end) if matched < NESTING else None
            if container is None:
                return self._leaf_start(cursor, matched, here, start, end) or self._no_start(matched)
            self._close_beyond(matched)
            self._close_leaf()
            self._push(container)
            matched = len(self._stack)
        return True

    def _no_start(self, matched: int) -> bool:
        """The line begins nothing: text of the open paragraph, perhaps of a container it does not name."""
        if not isinstance(self._leaf, OpenParagraph):
            self._close_beyond(matched)
        return False

    def _push(self, container: _Open) -> None:
        parent = self._stack[-1] if self._stack else self._root
        if container.kind not in ("bullet", "number"):
            parent.list_marker = ""
        else:
            if parent.list_marker == container.list_marker:
                container.number = parent.list_number + (container.kind == "number")
            parent.list_marker, parent.list_number = container.list_marker, container.number
            container.list_marker = ""
        container.tight = not self._blank
        self._blank = False
        self._stack.append(container)

    def _container(self, cursor: Cursor, in_paragraph: bool, start: int, end: int) -> _Open | None:
        rest = cursor.text[cursor.next :]
        if rest[0] == ">":
            self._skip_quote(cursor)
            return _Open("quote", start, end)
        if rest[0] == "[":
            match = lines.FOOTNOTE.match(rest)
            if match is None:
                return None
            cursor.skip_text(match.end())
            return _Open("note", start, end, indent=4, number=self._note(match.group(1)))
        if lines.is_rule(rest) or (in_paragraph and lines.UNDERLINE.match(rest)):
            return None
        return self._item(cursor, rest, in_paragraph, start, end)

    def _note(self, label: str) -> int:
        mentioned = self.references.mentioned
        number = mentioned.setdefault(label, len(mentioned) + 1)
        return self.references.notes.setdefault(label, number)

    @staticmethod
    def _item(cursor: Cursor, rest: str, in_paragraph: bool, start: int, end: int) -> _Open | None:
        bullet = lines.BULLET.match(rest)
        number = None if bullet else lines.NUMBER.match(rest)
        match = bullet or number
        if match is None:
            return None
        width = match.end()
        if in_paragraph and (not rest[width:].strip() or (number and int(number.group(1)) != 1)):
            return None
        offset = cursor.indent
        cursor.skip_text(width)
        if cursor.blank or cursor.indent > 4:
            padding = 1
        else:
            padding = cursor.indent
        cursor.skip(padding)
        item = _Open("number" if number else "bullet", start, end, indent=offset + width + padding)
        item.number = int(number.group(1)) if number else 0
        item.list_marker = rest[width - 1]
        if not cursor.indent and (task := lines.TASK.match(cursor.text, cursor.next)):
            item.checked = task.group(1) != " "
            cursor.skip_text(task.end(1) + 1 - task.start())
            cursor.skip_space()
        return item

    def _leaf_start(self, cursor: Cursor, matched: int, in_paragraph: bool, start: int, end: int) -> bool:
        rest = cursor.text[cursor.next :]
        first = rest[0]
        if in_paragraph and self._underlined(rest, first, end):
            return True
        if first == "#" and (found := lines.heading(rest)):
            self._begin(matched)
            level, source = found
            self._heading(level, source, start, end, tight=self._opening())
            return True
        if first in "`~" and (fence := lines.fence(rest, cursor.indent)):
            self._begin(matched)
            self._open_verbatim("fence", start, end).fence = fence
            return True
        if first == "<" and (
            pattern := lines.html_end(rest, in_paragraph=isinstance(self._leaf, OpenParagraph))
        ):
            self._begin(matched)
            leaf = self._open_verbatim("html", start, end)
            leaf.pattern = pattern
            self._verbatim(leaf, cursor, end)
            return True
        if first in "*-_" and lines.is_rule(rest):
            self._begin(matched)
            tight = self._opening()
            self.blocks.append(Rule(within=self._labels(tight), start=start, end=end))
            return True
        if first in "$\\" and (closing := opens_block(rest)):
            self._begin(matched)
            self._open_math(rest, closing, start, end)
            return True
        return False

    def _begin(self, matched: int) -> None:
        self._close_beyond(matched)
        self._close_leaf()

    def _open_verbatim(
        self, kind: Literal["fence", "indented", "html", "math"], start: int, end: int
    ) -> OpenVerbatim:
        leaf = OpenVerbatim(kind=kind, start=start, end=end, tight=self._opening())
        self._leaf = leaf
        return leaf

    def _open_math(self, rest: str, closing: str, start: int, end: int) -> None:
        leaf = self._open_verbatim("math", start, end)
        leaf.closing = closing
        leaf.opening = rest.strip()
        if closing in leaf.opening[2:]:
            leaf.ended = closing
            self._close_leaf()

    def _underlined(self, rest: str, first: str, end: int) -> bool:
        """The line makes the open paragraph a heading, or its last line the header of a table."""
        leaf = self._leaf
        if not isinstance(leaf, OpenParagraph):
            return False
        if first in "=-" and lines.UNDERLINE.match(rest):
            taken, _ = definitions("\n".join(line.text for line in leaf.lines))
            if taken >= len(leaf.lines):
                return False
            self._define(leaf)
            self._leaf = None
            source = "\n".join(line.text for line in leaf.lines).strip()
            self._heading(1 if first == "=" else 2, source, leaf.lines[0].start, end, tight=leaf.tight)
            return True
        return first in "|:-" and self._table(leaf, rest, end)

    def _table(self, leaf: OpenParagraph, rest: str, end: int) -> bool:
        header = leaf.lines[-1]
        align = lines.alignments(rest) if "|" in header.text else None
        source = lines.cells(header.text) if align else []
        if align is None or len(source) != len(align):
            return False
        leaf.lines.pop()
        tight = leaf.tight if not leaf.lines else True
        self._close_leaf()
        self._leaf = OpenTable(
            start=header.start,
            end=end,
            tight=tight,
            header=self._cells(source, len(align)),
            align=align,
            sources=[source],
        )
        return True

    # ------------------------------------------------------------ verbatim blocks

    def _verbatim(self, leaf: OpenVerbatim, cursor: Cursor, end: int) -> bool:
        """Give the line to the open block. Returns False when it ended the block without belonging to it."""
        if leaf.kind == "fence" and leaf.fence is not None:
            if leaf.fence.closes(cursor):
                leaf.end = end
                leaf.ended = cursor.text[cursor.next :]
                self._close_leaf()
                return True
            cursor.skip(min(leaf.fence.indent, cursor.indent))
        elif leaf.kind == "indented":
            if not cursor.blank and cursor.indent < 4:
                self._close_leaf()
                return False
            cursor.skip(min(4, cursor.indent))
            leaf.add(reveal(cursor.rest(), code=True), leaf.end if cursor.blank else end)
            return True
        elif cursor.blank and (leaf.kind == "math" or _ends_at_blank(leaf)):
            self._close_leaf()
            return False
        rest = cursor.rest()
        if leaf.kind == "math" and (stop := rest.rstrip()).endswith(leaf.closing):
            leaf.add(reveal(stop[: -len(leaf.closing)], code=True), end)
            leaf.ended = leaf.closing
            self._close_leaf()
            return True
        leaf.add(reveal(rest, code=True), end)
        if leaf.pattern is not None and not _ends_at_blank(leaf) and leaf.pattern.search(rest):
            self._close_leaf()
        return True

    # ------------------------------------------------------------ closing

    def _close_beyond(self, count: int) -> None:
        """Close all containers but the first `count`, and with them the leaf inside."""
        if len(self._stack) > count:
            self._close_leaf()
        while len(self._stack) > count:
            container = self._stack[-1]
            if container.fresh:  # the marker of an empty item is still drawn
                within = self._labels(tight=True)
                self.blocks.append(
                    Paragraph(within=within, start=container.start, end=container.end, inlines=())
                )
            self._stack.pop()

    def _close_leaf(self, *, unfinished: bool = False) -> None:
        leaf, self._leaf = self._leaf, None
        match leaf:
            case OpenParagraph():
                self._close_paragraph(leaf, unfinished)
            case OpenVerbatim():
                self._close_verbatim(leaf, unfinished)
            case OpenTable():
                within = self._labels(leaf.tight)
                self._remember(leaf.sources)
                self.blocks.append(
                    Table(
                        within=within,
                        start=leaf.start,
                        end=leaf.end,
                        header=leaf.header,
                        rows=tuple(leaf.rows),
                        align=leaf.align,
                    )
                )
            case None:
                pass

    def _close_verbatim(self, leaf: OpenVerbatim, unfinished: bool) -> None:
        within, start, end = self._labels(leaf.tight), leaf.start, leaf.end
        text = leaf.text()
        if leaf.kind == "html":
            block: Block = HtmlBlock(within=within, start=start, end=end, text=text.rstrip(" \t\n"))
        elif leaf.kind == "indented":
            text = text.rstrip(" \t\n")
            block = CodeBlock(within=within, start=start, end=end, text=text, open=unfinished)
        elif leaf.kind == "math":
            source, raw = leaf.formula()
            block = MathBlock(within=within, start=start, end=end, source=source, raw=raw)
        else:
            language = leaf.language()
            if language == "math":
                raw = f"```math\n{text}\n```"
                block = MathBlock(within=within, start=start, end=end, source=text.strip(), raw=raw)
            else:
                block = CodeBlock(
                    within=within, start=start, end=end, text=text, language=language, open=unfinished
                )
        self.blocks.append(block)

    def _close_paragraph(self, leaf: OpenParagraph, unfinished: bool) -> None:
        self._define(leaf)
        texts = [line.text for line in leaf.lines]
        tight, done, index = leaf.tight, 0, 0
        while index < len(texts):
            found = display_formula(texts, index) if texts[index][:2] in ("$$", "\\[") else None
            if found is None:
                index += 1
                continue
            self._paragraph(leaf.lines[done:index], tight, unfinished=False)
            tight = tight or done < index
            first, (done, source) = index, found
            raw = "\n".join(texts[first:done])
            self.blocks.append(
                MathBlock(
                    within=self._labels(tight),
                    start=leaf.lines[first].start,
                    end=leaf.lines[done - 1].end,
                    source=reveal(source, code=True),
                    raw=reveal(raw, code=True),
                )
            )
            tight, index = True, done
        self._paragraph(leaf.lines[done:], tight, unfinished=unfinished)

    def _paragraph(self, part: list[Line], tight: bool, *, unfinished: bool) -> None:
        if not part:
            return
        source = "\n".join(line.text for line in part).rstrip()
        inlines = self._inline(source, unfinished)
        within = self._labels(tight)
        self._remember([[source]])
        self.blocks.append(Paragraph(within=within, start=part[0].start, end=part[-1].end, inlines=inlines))

    def _inline(self, source: str, unfinished: bool) -> tuple[Inline, ...]:
        """The inlines of a paragraph. The last ones are kept, because forks ask for the same again and again;
        and at the end of a paragraph that is costly to parse, a few words may stand plain for a moment."""
        if "[^" in source:
            return parse_inline(source, self.references, unfinished=unfinished)
        known = len(self.references.links), unfinished
        before = self._kept.get(known)
        if before and source.startswith(before[0]):
            added = source[len(before[0]) :]
            if not added or (unfinished and len(added) * 8 < len(source) and is_dense(source)):
                return (*before[1], Run(reveal(added.replace("\n", " ")))) if added else before[1]
        inlines = parse_inline(source, self.references, unfinished=unfinished)
        for other in [key for key in self._kept if key[0] != known[0]]:
            del self._kept[other]
        self._kept[known] = source, inlines
        return inlines

    def _define(self, leaf: OpenParagraph) -> None:
        """Take the link definitions a paragraph begins with out of it."""
        taken, links = definitions("\n".join(line.text for line in leaf.lines))
        for label, link in links.items():
            self.references.links.setdefault(label, link)
        if taken:
            leaf.lines = leaf.lines[taken:]

    def _heading(self, level: int, source: str, start: int, end: int, *, tight: bool) -> None:
        inlines = parse_inline(source, self.references)
        within = self._labels(tight)
        self._remember([[source]])
        self.blocks.append(Heading(within=within, start=start, end=end, level=level, inlines=inlines))

    def _cells(self, sources: list[str], columns: int) -> Cells:
        row = [parse_inline(source, self.references) for source in sources[:columns]]
        return (*row, *((),) * (columns - len(row)))

    def _labels(self, tight: bool) -> tuple[Container, ...]:
        """The containers of a block that is made now. After that none of them is fresh."""
        close = tight and all(each.tight for each in self._stack if each.fresh)
        labels: list[Container] = []
        for each in self._stack:
            if each.kind != "root":
                labels.append(Container(each.kind, each.number, each.checked, each.fresh, close))
            each.fresh = False
        return tuple(labels)

    def _remember(self, sources: list[list[str]]) -> None:
        """Keep the Markdown of the block that comes next if something defined later would change it."""
        if self._forked:
            return
        known = self.references
        open_labels = {
            label
            for row in sources
            for source in row
            for label in labels(source)
            if (label[1:] not in known.notes if label.startswith("^") else label not in known.links)
        }
        if open_labels:
            self.unresolved.append(Unresolved(len(self.blocks), frozenset(open_labels), sources))


def _ends_at_blank(leaf: OpenVerbatim) -> bool:
    return leaf.pattern is not None and leaf.pattern.pattern == "^$"
