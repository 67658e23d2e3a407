"""Blocks as markdown-it's own block parser finds them: another hand's CommonMark to compare with.

Only the shape of blocks is compared. What stands inside lines is parsed by the same rules in both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from studio.domain.markdown import (
    Block,
    CodeBlock,
    Container,
    Heading,
    HtmlBlock,
    Paragraph,
    Rule,
    Table,
)
from studio.domain.markdown_inline import References, markdown, parse_inline


def blocks(text: str) -> list[Block]:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 100}).enable(["table"])
    parser.validateLink = markdown().validateLink  # type: ignore[method-assign]
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    return _Flat(References(links=env.get("references", {}))).of(tokens)


def shape(found: list[Block]) -> list[Block]:
    """Without what the two do differently on purpose: offsets, how close blocks stand, and empty lines at the
    end of code and HTML that is never closed."""
    out: list[Block] = []
    for block in found:
        within = tuple(replace(each, tight=True) for each in block.within)
        if isinstance(block, CodeBlock | HtmlBlock):
            block = replace(block, text=block.text.rstrip(" \t\n"))
        out.append(replace(block, start=0, end=0, within=within))
    return out


class _Flat:
    def __init__(self, references: References) -> None:
        self.references = references
        self.around: list[Container] = []
        self.numbers: list[int] = []
        self.out: list[Block] = []
        self.table: list[list[Any]] = []
        self.align: list[str] = []

    def of(self, tokens: list[Token]) -> list[Block]:
        for index, token in enumerate(tokens):
            self.take(token, tokens[index - 1] if index else None)
        return self.out

    def take(self, token: Token, before: Token | None) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            self.numbers.append(int(token.attrs.get("start", 1)) - 1 if kind[0] == "o" else -1)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.numbers.pop()
        elif kind == "list_item_open":
            if self.numbers[-1] >= 0 or token.markup in ".)":
                self.numbers[-1] += 1
                self.around.append(Container("number", self.numbers[-1], first=True))
            else:
                self.around.append(Container("bullet", first=True))
        elif kind == "blockquote_open":
            self.around.append(Container("quote", first=True))
        elif kind in ("list_item_close", "blockquote_close"):
            if self.around[-1].first:
                self.out.append(Paragraph(within=self.labels(), inlines=()))
            self.around.pop()
        elif kind in ("th_open", "td_open"):
            style = str(token.attrs.get("style", ""))
            if kind == "th_open":
                self.align.append(style.removeprefix("text-align:"))
        elif kind == "tr_open":
            self.table.append([])
        elif kind == "table_close":
            rows = tuple(tuple(row) for row in self.table)
            self.out.append(
                Table(within=self.labels(), header=rows[0], rows=rows[1:], align=tuple(self.align))
            )
            self.table, self.align = [], []
        else:
            self.leaf(token, before)

    def leaf(self, token: Token, before: Token | None) -> None:
        match token.type:
            case "inline":
                inlines = parse_inline(token.content, self.references)
                opened = before.type if before else ""
                if opened in ("th_open", "td_open"):
                    self.table[-1].append(inlines)
                elif opened == "heading_open":
                    level = int(before.tag[1]) if before else 0
                    self.out.append(Heading(within=self.labels(), level=level, inlines=inlines))
                else:
                    self.out.append(Paragraph(within=self.labels(), inlines=inlines))
            case "fence":
                language = token.info.split(maxsplit=1)[0].lower() if token.info.strip() else ""
                text = token.content.removesuffix("\n")
                self.out.append(CodeBlock(within=self.labels(), text=text, language=language))
            case "code_block":
                self.out.append(CodeBlock(within=self.labels(), text=token.content))
            case "html_block":
                self.out.append(HtmlBlock(within=self.labels(), text=token.content))
            case "hr":
                self.out.append(Rule(within=self.labels()))
            case _:
                pass

    def labels(self) -> tuple[Container, ...]:
        found = tuple(self.around)
        self.around = [replace(each, first=False) for each in self.around]
        return found
