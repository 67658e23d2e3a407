"""What stands inside a line: styles, links, code, pictures, formulas, footnotes.

The grammar is markdown-it's, with only the rules needed, and two of our own (formulas before escapes,
footnote references before links). Nothing leads anywhere but to http, https and mailto: all other addresses,
`javascript:` and `file:` and `data:` and relative ones, leave the text as it was written. HTML is text,
except `<br>`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from studio.domain.markdown import Formula, Inline, LineBreak, NoteRef, Picture, Run
from studio.domain.markdown_math import inline_formula
from studio.domain.markdown_text import inline_text, reveal

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

#: Emphasis and links nest this deep at most.
NESTING = 20

_ALLOWED = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SIMPLE = re.compile(r"(?i:https?://|mailto:)[A-Za-z0-9_./?=&#~+,;@:-]*")
_MARKUP = "[]*_<!`~$\\&"
_NOTE = re.compile(r"\[\^([^\]\[\s]{1,100})\]")
# GFM's extended autolinks: bare addresses in text.
_ADDRESS = re.compile(
    r"(?<![\w/@.])(?:(?P<web>https?://[^\s<>⟨⟩\"`]{1,2000})|(?P<www>www\.[^\s<>⟨⟩\"`]{1,2000})"
    r"|(?P<mail>[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}))",
    re.IGNORECASE,
)
_TRAILING = ".,:;!?'*_~”’»。，、"


@dataclass
class References:
    """What a text defines for all of its lines: link addresses and footnotes.

    `links` is in markdown-it's form (normalised label to `{"href", "title"}`); `notes` gives each defined
    footnote its number; `mentioned` numbers all labels of footnotes in the order in which they turn up.
    """

    links: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    notes: dict[str, int] = field(default_factory=dict[str, int])
    mentioned: dict[str, int] = field(default_factory=dict[str, int])

    def copy(self) -> References:
        return References(dict(self.links), dict(self.notes), dict(self.mentioned))


@lru_cache(maxsize=1)
def markdown() -> MarkdownIt:
    """The one parser, made at the first use: its import and set-up cost as much as a long answer."""
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        def validateLink(self, url: str) -> bool:  # noqa: N802  # markdown-it's name
            return _ALLOWED.match(url) is not None

        def normalizeLink(self, url: str) -> str:  # noqa: N802  # markdown-it's name
            # What has nothing to be encoded is most of them, and the full way costs a tenth of a millisecond.
            return url if _SIMPLE.fullmatch(url) else super().normalizeLink(url)

    parser = Parser(
        "commonmark", {"html": True, "linkify": False, "typographer": False, "maxNesting": NESTING}
    )
    parser.enable(["strikethrough"])
    parser.block.ruler.enableOnly(["reference", "paragraph"])
    # Where plain text stops. Fewer characters than markdown-it's own, which allow for plugins not used here.
    parser.inline.terminator_re = re.compile(r"[\n!$&*<\[\]\\_`~]")
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    parser.inline.ruler.before("link", "note", _note_rule)
    return parser


def _formula_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = inline_formula(state.src[: state.posMax], state.pos)
    if found is None:
        return False
    end, source = found
    if not silent:
        token = state.push("formula", "", 0)
        token.content = source
        token.markup = state.src[state.pos : end]
    state.pos = end
    return True


def _note_rule(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("[^", state.pos):
        return False
    match = _NOTE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    label = match.group(1)
    if not silent:
        mentioned = state.env["mentioned"]
        mentioned.setdefault(label, len(mentioned) + 1)
    if label not in state.env["notes"]:
        return False
    if not silent:
        state.push("note", "", 0).content = label
    state.pos = match.end()
    return True


def parse_inline(source: str, references: References, *, unfinished: bool = False) -> tuple[Inline, ...]:
    """The inlines of a paragraph, a heading or a cell.

    Args:
        source: Markdown, without what belongs to blocks.
        references: definitions known so far; footnotes mentioned here are added to it.
        unfinished: the text is still being written: code, emphasis and links begun at its end are closed as
        if
            their end had come.
    """
    if not source:
        return ()
    if _is_data(source):
        return (Run(reveal(source.replace("\n", " "))),)
    if unfinished:
        source = _closed(source, references)
    tokens: list[Token] = []
    parser = markdown()
    parser.inline.parse(source, parser, _environment(references), tokens)
    return _inlines(tokens, references.notes)


def _environment(references: References) -> dict[str, Any]:
    return {"references": references.links, "notes": references.notes, "mentioned": references.mentioned}


def is_dense(source: str) -> bool:
    """So many marks that parsing takes milliseconds."""
    return (
        len(source) > 400 and sum(map(source.count, _MARKUP)) + source.count("\n") + source.count(":") > 150
    )


def _is_data(source: str) -> bool:
    """Long and a quarter of it markup: not prose, and costly to parse for nothing."""
    return len(source) > 400 and sum(map(source.count, _MARKUP)) * 4 > len(source)


# ---------------------------------------------------------------- the end of a text on its way

_LINK_BEGUN = re.compile(r"!?\[([^\[\]]{0,500})\]\([^\s()<>]{0,2000}$")
_TICKS = re.compile(r"(?<!\\)`+")


def _closed(source: str, references: References) -> str:
    """The source with what is open at its end closed, so that it does not change its look a moment later."""
    source = _LINK_BEGUN.sub(r"\1", source.rstrip())
    code = _open_code(source)
    if code:
        inner = source.rpartition(code)[2]
        return source + code if inner.strip("`") else source[: len(source) - len(code) - len(inner)].rstrip()
    source = source.rstrip("*_~").rstrip() if source[-1:] in "*_~" and _dangles(source) else source
    return source + _open_emphasis(source, references)


def _dangles(source: str) -> bool:
    """Marks at the very end that open something: they follow a space or nothing."""
    bare = source.rstrip("*_~")
    return not bare or bare[-1].isspace()


def _open_code(source: str) -> str:
    """The run of backticks that begins a code span without an end, "" if there is none."""
    if "`" not in source:
        return ""
    runs = [match.group() for match in _TICKS.finditer(source)]
    index = 0
    while index < len(runs):
        try:
            index = runs.index(runs[index], index + 1) + 1
        except ValueError:
            return runs[index] if index == len(runs) - 1 else ""
    return ""


def _open_emphasis(source: str, references: References) -> str:
    """The delimiters that close what is still open, innermost first."""
    if not any(mark in source for mark in ("*", "_", "~~")):
        return ""
    from markdown_it.rules_inline import StateInline
    from markdown_it.rules_inline.balance_pairs import link_pairs

    parser = markdown()
    state = StateInline(source, parser, _environment(references), [])
    parser.inline.tokenize(state)
    link_pairs(state)
    closing: list[str] = []
    for delimiter in state.delimiters:
        if delimiter.open and delimiter.end < 0:
            mark = chr(delimiter.marker)
            closing.append(mark * 2 if mark == "~" else mark)
    return "".join(reversed(closing))


# ---------------------------------------------------------------- from tokens to inlines


class _Line:
    """Inlines on their way: the style at this place, and text of one style until another begins."""

    def __init__(self) -> None:
        self.out: list[Inline] = []
        self.bold = self.italic = self.strike = 0
        self.link = ""
        self._begun = 0
        self._style: tuple[bool, bool, bool, bool, str] | None = None
        self._parts: list[str] = []

    def write(self, text: str, *, code: bool = False) -> None:
        text = reveal(text, code=code)
        if not text:
            return
        style = (self.bold > 0, self.italic > 0, self.strike > 0, code, self.link)
        if style != self._style:
            self.flush()
            self._style = style
        self._parts.append(text)

    def add(self, inline: Inline) -> None:
        self.flush()
        self.out.append(inline)

    def flush(self) -> None:
        if self._parts and self._style is not None:
            bold, italic, strike, code, link = self._style
            text = "".join(self._parts)
            self.out.append(Run(text, bold=bold, italic=italic, strike=strike, code=code, link=link))
        self._parts = []
        self._style = None

    def begin_link(self, url: str) -> None:
        self.flush()
        self.link = url
        self._begun = len(self.out)

    def end_link(self) -> None:
        self.flush()
        words = [each for each in self.out[self._begun :] if isinstance(each, Run)]
        if self.link and not words:  # a picture alone: the chip is no link, so words are put beside it
            pictures = (each.alt for each in self.out[self._begun :] if isinstance(each, Picture))
            self.write(next(pictures, "") or self.link)
            self.flush()
        self.link = ""


def _inlines(tokens: list[Token], notes: Mapping[str, int]) -> tuple[Inline, ...]:
    line = _Line()
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                line.write(token.content)
            case "softbreak":
                line.write(" ")
            case "code_inline":
                line.write(token.content, code=True)
            case "html_inline" if _BREAK.fullmatch(token.content):
                line.add(LineBreak())
            case "html_inline":
                line.write(token.content)
            case "hardbreak":
                line.add(LineBreak())
            case "formula":
                line.add(Formula(reveal(token.content, code=True), reveal(token.markup, code=True)))
            case "note":
                line.add(NoteRef(notes[token.content], reveal(token.content)))
            case "image":
                line.add(_picture(token))
            case kind:
                _restyle(line, kind, token)
    line.flush()
    return tuple(_with_addresses(line.out))


def _restyle(line: _Line, kind: str, token: Token) -> None:
    match kind:
        case "strong_open" | "strong_close":
            line.bold += token.nesting
        case "em_open" | "em_close":
            line.italic += token.nesting
        case "s_open" | "s_close":
            line.strike += token.nesting
        case "link_open":
            line.begin_link(_address(str(token.attrs.get("href", ""))))
        case "link_close":
            line.end_link()
        case _:  # no other rule is switched on
            pass


def _address(url: str) -> str:
    """An address as it may be opened: with a scheme, without anything invisible in it."""
    return reveal(url, code=True)


def _picture(token: Token) -> Picture:
    words = inline_text(_inlines(token.children or [], {}))
    return Picture(_address(str(token.attrs.get("src", ""))), words)


def _with_addresses(inlines: list[Inline]) -> list[Inline]:
    out: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Run) and not inline.link and not inline.code and _may_hold_address(inline.text):
            out.extend(_linked(inline))
        else:
            out.append(inline)
    return out


def _may_hold_address(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text or "WWW." in text


def _linked(run: Run) -> list[Inline]:
    """The run with the bare addresses in it made links."""
    out: list[Inline] = []
    done = 0
    for match in _ADDRESS.finditer(run.text):
        words = _trimmed(match.group())
        if not words or match.start() < done:
            continue
        url = {"web": "", "www": "https://", "mail": "mailto:"}[match.lastgroup or "web"] + words
        if _ALLOWED.match(url) is None:
            continue
        if match.start() > done:
            out.append(replace(run, text=run.text[done : match.start()]))
        out.append(replace(run, text=words, link=_address(markdown().normalizeLink(url))))
        done = match.start() + len(words)
    if done < len(run.text):
        out.append(replace(run, text=run.text[done:]))
    return out


def _trimmed(address: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket belongs to it if it was opened in
    it."""
    while address:
        last = address[-1]
        unbalanced = last in ")]" and address.count(last) > address.count("(["[")]".index(last)])
        if last not in _TRAILING and not unbalanced:
            break
        address = address[:-1]
    return address


def definitions(source: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The link reference definitions a paragraph begins with.

    Returns:
        How many of its lines they take, and the links they define, in the form of `References.links`.
    """
    if not source.startswith("[") or "]:" not in source:
        return 0, {}
    found: dict[str, dict[str, Any]] = {}
    tokens: list[Token] = []
    parser = markdown()
    parser.block.parse(source, parser, {"references": found}, tokens)
    behind = tokens[0].map if tokens else None
    return (behind[0] if behind else source.count("\n") + 1), found


_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,300})\]")


def labels(source: str) -> list[str]:
    """Everything in the source that a later definition could make a link or a footnote, normalised as in
    `References.links`; footnotes with their `^`."""
    if "[" not in source or "]" not in source:
        return []
    from markdown_it.common.utils import normalizeReference

    found = (match.group(1) for match in _LABEL.finditer(source))
    return [label if label.startswith("^") else normalizeReference(label) for label in found]
