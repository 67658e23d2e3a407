"""Blocks as HTML for export: safe to open anywhere, complete in itself.

Everything is escaped; nothing in the result runs, and nothing is loaded from elsewhere: pictures of the text
are links to where they are, unless the caller has them as files and says so. Formulas stand as their LaTeX in
`<code class="math">`. Code carries a class per kind of token, `t-keyword` and so on (`CODE_KINDS`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from html import escape

from studio.domain.highlight import highlight
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

PictureSource = Callable[[Picture], str]
"""Where a picture lies beside the HTML file (a relative path or a data address), "" if it is not there."""


def to_html(blocks: Iterable[Block], *, image: PictureSource | None = None, notes: str = "note") -> str:
    """HTML of an answer, without a page around it.

    Args:
        blocks: of one text.
        image: gives the file of a picture; without it, and where it gives none, pictures become links.
        notes: prefix of the ids of footnotes, so that answers on one page do not share them.
    """
    writer = _Writer(image, notes)
    body: list[Block] = []
    foot: list[Block] = []
    for block in blocks:
        in_note = bool(block.within) and block.within[0].kind == "note"
        (foot if in_note else body).append(block)
    parts = [writer.blocks(body)]
    if foot:
        parts.append(writer.footnotes(foot))
    return "".join(parts)


class _Writer:
    def __init__(self, image: PictureSource | None, notes: str) -> None:
        self._image = image
        self._notes = escape(notes, quote=True)
        self._referred: set[int] = set()

    # ------------------------------------------------------------ containers

    def blocks(self, blocks: Iterable[Block]) -> str:
        """Opens and closes lists and quotes as the labels of the blocks change."""
        out: list[str] = []
        around: tuple[Container, ...] = ()
        for block in blocks:
            self._move(out, around, block.within)
            out.append(self._leaf(block))
            around = block.within
        self._move(out, around, ())
        return "".join(out)

    def footnotes(self, blocks: Iterable[Block]) -> str:
        by_number: dict[int, list[Block]] = {}
        for block in blocks:
            by_number.setdefault(block.within[0].number, []).append(replace(block, within=block.within[1:]))
        out = ['<section class="notes"><ol>\n']
        for number, inside in sorted(by_number.items()):
            text = self.blocks(inside)
            back = f'<a href="#{self._notes}-ref-{number}">↩</a>' if number in self._referred else ""
            out.append(f'<li id="{self._notes}-{number}" value="{number}">{text}{back}</li>\n')
        out.append("</ol></section>\n")
        return "".join(out)

    def _move(self, out: list[str], around: Sequence[Container], within: Sequence[Container]) -> None:
        """Close and open what lies between two blocks."""
        shared = 0
        while (
            shared < min(len(around), len(within))
            and around[shared].kind == within[shared].kind
            and not within[shared].first
        ):
            shared += 1
        goes_on = shared < min(len(around), len(within)) and _same_list(around[shared], within[shared])
        for depth in range(len(around) - 1, shared - 1, -1):
            kind = around[depth].kind
            out.append(_ITEM_END[kind])
            if not (goes_on and depth == shared):
                out.append(_LIST_END[kind])
        for depth in range(shared, len(within)):
            if not (goes_on and depth == shared):
                out.append(_list_begin(within[depth]))
            out.append(self._item_begin(within[depth]))

    def _item_begin(self, container: Container) -> str:
        match container.kind:
            case "quote":
                return "<blockquote>\n"
            case "note":
                return f'<aside class="notes" id="{self._notes}-{container.number}">\n'
            case _ if container.checked is None:
                return "<li>"
            case _:
                checked = " checked" if container.checked else ""
                return f'<li class="task"><input type="checkbox" disabled{checked}> '

    # ------------------------------------------------------------ leaves

    def _leaf(self, block: Block) -> str:
        match block:
            case Paragraph():
                close = ' class="tight"' if block.within and block.within[-1].tight else ""
                return f"<p{close}>{self._line(block.inlines)}</p>\n"
            case Heading():
                return f"<h{block.level}>{self._line(block.inlines)}</h{block.level}>\n"
            case CodeBlock():
                return _code(block)
            case MathBlock():
                return f'<pre class="math"><code class="math">{_text(block.source)}</code></pre>\n'
            case Table():
                return self._table(block)
            case Rule():
                return "<hr>\n"
            case HtmlBlock():
                return f'<pre class="html">{_text(block.text)}</pre>\n'

    def _table(self, table: Table) -> str:
        def row(cells: Sequence[Sequence[Inline]], tag: str) -> str:
            styles = (f' style="text-align:{side}"' if side else "" for side in table.align)
            inner = (
                f"<{tag}{style}>{self._line(cell)}</{tag}>" for cell, style in zip(cells, styles, strict=True)
            )
            return f"<tr>{''.join(inner)}</tr>\n"

        body = "".join(row(cells, "td") for cells in table.rows)
        return f"<table>\n<thead>{row(table.header, 'th')}</thead>\n<tbody>{body}</tbody>\n</table>\n"

    def _line(self, inlines: Iterable[Inline]) -> str:
        return "".join(self._inline(each) for each in inlines)

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Run():
                return _run(inline)
            case Formula():
                return f'<code class="math">{_text(inline.source)}</code>'
            case LineBreak():
                return "<br>\n"
            case NoteRef():
                number = inline.number
                anchor = "" if number in self._referred else f' id="{self._notes}-ref-{number}"'
                self._referred.add(number)
                return f'<sup><a href="#{self._notes}-{number}"{anchor}>{number}</a></sup>'
            case Picture():
                source = self._image(inline) if self._image else ""
                if source and not source.lower().startswith(("http:", "https:", "//")):
                    return f'<img src="{_text(source)}" alt="{_text(inline.alt)}">'
                return _anchor(inline.url, _text(inline.alt or inline.url))


_ITEM_END = {"bullet": "</li>\n", "number": "</li>\n", "quote": "</blockquote>\n", "note": "</aside>\n"}
_LIST_END = {"bullet": "</ul>\n", "number": "</ol>\n", "quote": "", "note": ""}


def _list_begin(container: Container) -> str:
    match container.kind:
        case "bullet":
            return "<ul>\n"
        case "number":
            return "<ol>\n" if container.number == 1 else f'<ol start="{container.number}">\n'
        case _:
            return ""


def _same_list(before: Container, after: Container) -> bool:
    if before.kind != after.kind:
        return False
    return before.kind == "bullet" or (before.kind == "number" and after.number == before.number + 1)


def _text(text: str) -> str:
    return escape(text, quote=True)


def _anchor(url: str, inner: str) -> str:
    # Only addresses the parser lets through; checked once more, because blocks can be made elsewhere too.
    if not url.lower().startswith(("http://", "https://", "mailto:")):
        return inner
    return f'<a href="{_text(url)}" rel="noopener noreferrer">{inner}</a>'


def _run(run: Run) -> str:
    text = _text(run.text)
    for wanted, tag in ((run.code, "code"), (run.strike, "s"), (run.italic, "em"), (run.bold, "strong")):
        if wanted:
            text = f"<{tag}>{text}</{tag}>"
    return _anchor(run.link, text) if run.link else text


def _code(block: CodeBlock) -> str:
    out: list[str] = []
    done = 0
    for token in highlight(block.text, block.language):
        out.append(_text(block.text[done : token.start]))
        out.append(f'<span class="t-{token.kind}">{_text(block.text[token.start : token.end])}</span>')
        done = token.end
    out.append(_text(block.text[done:]))
    language = f' class="language-{_text(block.language)}"' if block.language else ""
    return f"<pre><code{language}>{''.join(out)}</code></pre>\n"
