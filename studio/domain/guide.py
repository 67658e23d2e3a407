"""The documentation as the Help window shows it: pages, their places, and search over all of them.

Pages are the Markdown files under `docs/` that `guide/index.md` leads to; a page's id is its path from there
("guide/create.md"). They are our own files, so what they hold is trusted, but not the links of a stranger.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

INDEX: Final = "guide/index.md"
BEFORE, SHOWN = 12, 120
"""Letters of a page that a hit shows before what was found, and in all."""
_NOT_SLUG: Final = re.compile(r"[^\w\- ]")
_COMMENT: Final = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the plain text below it, up to the next heading."""

    anchor: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One document.

    Args:
        id: its path below `docs/`, with "/" between folders.
        html: for `QTextDocument`; addresses of pages and pictures are paths below `docs/`.
        links: where it leads within the documentation, as "page.md#anchor".
        pictures: paths of its pictures below `docs/`.
    """

    id: str
    title: str
    html: str
    sections: tuple[Section, ...]
    links: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def anchors(self) -> frozenset[str]:
        return frozenset(section.anchor for section in self.sections)


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that has every word that was looked for; `excerpt` is the text around the first of them."""

    page: str
    anchor: str
    title: str
    section: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Guide:
    """All pages in the order of the contents. `groups`: headings of the index with the pages below each."""

    pages: dict[str, Page] = field(default_factory=dict[str, Page])
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def place(self, name: str) -> tuple[str, str] | None:
        """Page and anchor of "page.md#anchor", or of a short name as "create" or "search#fields"; None when
        there is no such page. An anchor that is not there leads to the top of its page."""
        path, _, anchor = name.partition("#")
        for page_id in (path, f"guide/{path}.md", f"{path}.md"):
            if page_id in self.pages:
                return page_id, anchor if anchor in self.pages[page_id].anchors else ""
        return None

    def find(self, wanted: str, *, headings: bool = False) -> list[Hit]:
        """The sections that have every word of `wanted`; those that have them in their heading first.

        Args:
            headings: only those with one of the words in their heading, and the others in it or the page's.
        """
        words = wanted.casefold().split()
        if not words:
            return []
        ranked: list[tuple[int, int, Hit]] = []
        for page in self.pages.values():
            for section in page.sections:
                head = f"{page.title} {section.title}".casefold()
                if not all(word in head or word in section.text.casefold() for word in words):
                    continue
                own = section.title.casefold()
                named = all(word in own for word in words)
                if headings and not (all(word in head for word in words) and any(w in own for w in words)):
                    continue
                rank = 0 if named else 1 if all(word in head for word in words) else 2
                excerpt = _excerpt(section.text, words)
                hit = Hit(page.id, section.anchor, page.title, section.title, excerpt)
                ranked.append((rank, len(ranked), hit))
        return [hit for _rank, _number, hit in sorted(ranked, key=lambda entry: entry[:2])]


def make_guide(read: Callable[[str], str]) -> Guide:
    """The documentation, from its index on.

    Args:
        read: gives the text of a page by its id. OSError when there is none.
    """
    index = make_page(INDEX, read(INDEX))
    groups = tuple(_groups(INDEX, read(INDEX)))
    pages = {INDEX: index}
    for _title, ids in groups:
        for page_id in ids:
            pages.setdefault(page_id, make_page(page_id, read(page_id)))
    return Guide(pages, (("", (INDEX,)), *groups))


def make_page(page_id: str, text: str) -> Page:
    """A page from its Markdown."""
    tokens = _parser().parse(_COMMENT.sub("", text))
    sections = _sections(tokens)
    links: list[str] = []
    pictures: list[str] = []
    for token in _spread(tokens):
        if token.type == "link_open":
            href = str(token.attrGet("href"))
            if not is_outside(href):
                href = resolved(page_id, href)
                if href.startswith("../"):
                    del token.attrs["href"]  # into the source, which only a checkout has: the words stay
                else:
                    links.append(href)
                    token.attrSet("href", href)
        elif token.type == "image":
            source = resolved(page_id, str(token.attrGet("src")))
            pictures.append(source)
            token.attrSet("src", source)
    title = sections[0].title if sections else page_id
    html = _parser().renderer.render(_with_captions(tokens), _parser().options, {})
    return Page(page_id, title, html, sections, tuple(links), tuple(pictures))


def is_outside(href: str) -> bool:
    """Whether a link leaves the documentation."""
    return "://" in href or href.startswith("mailto:")


def resolved(page_id: str, href: str) -> str:
    """A link of a page as a path below `docs/`, with its anchor."""
    path, _, anchor = unquote(href).partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page_id), path)) if path else page_id
    return f"{target}#{anchor}" if anchor else target


def slug(heading: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    return _NOT_SLUG.sub("", heading.lower()).strip().replace(" ", "-")


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _spread(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _words(token: Token) -> str:
    """The text of a line without its marks."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content for child in token.children or ()
    )


def _sections(tokens: Sequence[Token]) -> tuple[Section, ...]:
    """The headings with what stands below each; gives each heading its anchor."""
    sections: list[Section] = []
    heading, anchor, lines = "", "", list[str]()

    def close() -> None:
        if heading:
            sections.append(Section(anchor, heading, " ".join(lines)))

    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            close()
            heading, lines = _words(tokens[at + 1]), []
            anchor = slug(heading)
            token.attrSet("id", anchor)
        elif token.type in ("fence", "code_block") or (
            token.type == "inline" and tokens[at - 1].type != "heading_open"
        ):
            lines.append(" ".join((_words(token) if token.children else token.content).split()))
    close()
    return tuple(sections)


def _with_captions(tokens: Sequence[Token]) -> list[Token]:
    """What stands for a picture in words is read by everyone: a line below it."""
    made: list[Token] = []
    for at, token in enumerate(tokens):
        made.append(token)
        if token.type != "paragraph_close":
            continue
        children = tokens[at - 1].children or []
        if len(children) == 1 and children[0].type == "image" and children[0].content:
            tokens[at - 2].attrSet("class", "picture")
            caption = Token("inline", "", 0, children=[Token("text", "", 0, content=children[0].content)])
            begin = Token("paragraph_open", "p", 1, attrs={"class": "caption"})
            made += [begin, caption, Token("paragraph_close", "p", -1)]
    return made


def _groups(page_id: str, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The headings of the index, each with the pages that it links to."""
    title, ids = "", list[str]()
    tokens = _parser().parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            if ids:
                yield title, tuple(ids)
            title, ids = _words(tokens[at + 1]), []
        for child in token.children or ():
            href = str(child.attrGet("href") or "") if child.type == "link_open" else ""
            if href and not is_outside(href):
                target = resolved(page_id, href).partition("#")[0]
                if target not in ids:
                    ids.append(target)
    if ids:
        yield title, tuple(ids)


def _excerpt(text: str, words: Sequence[str]) -> str:
    """The text around the first word that is in it; its beginning when none is."""
    places = [place for word in words if (place := text.casefold().find(word)) >= 0]
    first = min(places, default=0)
    begin = text.rfind(" ", 0, max(first - BEFORE, 0)) + 1 if first > BEFORE else 0
    end = begin + SHOWN
    return f"{'… ' if begin else ''}{text[begin:end].strip()}{' …' if end < len(text) else ''}"
