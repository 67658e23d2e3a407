"""One branch of a conversation as a page to read elsewhere: Markdown, or one HTML file that fetches nothing.

What the model wrote stands in the page as it came, as Markdown; everything around it is escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from studio.core.i18n import date_and_time, tr, trn
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Conversation,
    Message,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
)
from studio.domain.media import MediaKind
from studio.domain.money import pollen

Render = Callable[[str, str], str]
SOUNDS = frozenset({MediaKind.SPEECH, MediaKind.MUSIC})
_WEB = ("https://", "http://")
_TICKS = re.compile("`+")
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 18%, Canvas);
  --soft: color-mix(in srgb, CanvasText 62%, Canvas); --panel: color-mix(in srgb, CanvasText 5%, Canvas); }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1.5rem;
  color: CanvasText; background: Canvas; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; }
article { padding: 1rem 0; border-top: 1px solid var(--line); }
article.user > .body { background: var(--panel); border-radius: 12px; padding: .25rem 1rem; }
header, .about, .ended, figcaption, summary { color: var(--soft); font-size: .875rem; }
header b { color: CanvasText; margin-right: .5em; }
pre { background: var(--panel); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto;
  font: 14px/1.5 ui-monospace, monospace; }
details { border-left: 2px solid var(--line); padding-left: 1rem; margin: .75rem 0; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .3rem .6rem; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: 2px solid var(--line); }
.t-keyword, .t-tag, .t-operator { color: light-dark(#8b2f8f, #dda0e0); }
.t-string, .t-inserted { color: light-dark(#2f6b3a, #9bd3a5); }
.t-deleted, .t-error { color: light-dark(#a3302c, #f0a3a0); }
.t-number, .t-constant { color: light-dark(#8a4b00, #e7b878); } .t-comment { color: var(--soft); }
.t-function, .t-type, .t-attribute, .t-name { color: light-dark(#24539b, #9cc0f5); }
figure { margin: 1rem 0; } img, video { max-width: 100%; border-radius: 8px; } audio { width: 100%; }
"""
_POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """What goes along besides questions and answers."""

    system_prompt: bool = True
    reasoning: bool = False
    tool_calls: bool = False
    costs: bool = True


STANDARD = PageOptions()


def markdown_page(
    conversation: Conversation,
    messages: Sequence[Message],
    files: Mapping[str, str],
    options: PageOptions = STANDARD,
) -> str:
    """The branch as CommonMark.

    Args:
        messages: of one branch, the first question first.
        files: paths of attached files by asset id, relative to the page, with forward slashes; those that are
            not there are named.
    """
    parts = [
        f"# {_escaped(conversation.title) or tr('Conversation')}",
        f"*{_escaped(_about(messages, options))}*",
    ]
    if options.system_prompt and conversation.system_prompt:
        parts += [f"## {tr('System prompt')}", _quoted(conversation.system_prompt)]
    for message in messages:
        body = [part for piece in message.pieces for part in _markdown_piece(message, piece, files, options)]
        if message.role == "tool" and not body:
            continue
        if message.role != "tool":
            parts += ["---", f"## {_escaped(_author(message))}", f"*{_escaped(_facts(message, options))}*"]
        parts += body
        if message.citations:
            lines = [f"{n}. {_link(url)}" for n, url in enumerate(message.citations, 1)]
            parts += [f"{tr('Sources')}:", "\n".join(lines)]
        if ended := _ended(message):
            parts.append(f"*{_escaped(ended)}*")
    return _unicode("\n\n".join(parts) + "\n")


def html_page(
    conversation: Conversation,
    messages: Sequence[Message],
    data: Mapping[str, str],
    options: PageOptions,
    render: Render,
) -> str:
    """The branch as one HTML file, which loads nothing and runs nothing.

    Args:
        data: `data:` addresses of attached files by asset id; those that are not there are named.
        render: safe HTML of a Markdown text, and a prefix for ids in it that nothing else on the page has.
    """
    title = html.escape(conversation.title) or tr("Conversation")
    parts = [
        "<!doctype html>",
        '<html><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f'<h1>{title}</h1><p class="about">{html.escape(_about(messages, options))}</p>',
    ]
    if options.system_prompt and conversation.system_prompt:
        prompt = html.escape(conversation.system_prompt)
        parts.append(f"<details><summary>{tr('System prompt')}</summary><pre>{prompt}</pre></details>")
    for number, message in enumerate(messages, 1):
        body = "\n".join(
            part
            for at, piece in enumerate(message.pieces, 1)
            for part in _html_piece(
                message,
                piece,
                data,
                options,
                lambda text, at=at, number=number: render(text, f"m{number}-{at}"),
            )
        )
        if message.role == "tool" and not body:
            continue
        facts = html.escape(_facts(message, options))
        parts.append(f'<article class="{message.role}">')
        if message.role != "tool":
            parts.append(f"<header><b>{html.escape(_author(message))}</b>{facts}</header>")
        parts.append(f'<div class="body">{body}</div>')
        if message.citations:
            items = "".join(f"<li>{_html_link(url)}</li>" for url in message.citations)
            parts.append(f'<p class="about">{tr("Sources")}</p><ol>{items}</ol>')
        if ended := _ended(message):
            parts.append(f'<p class="ended">{html.escape(ended)}</p>')
        parts.append("</article>")
    return _unicode("\n".join([*parts, "</body></html>\n"]))


# ---------------------------------------------------------------- pieces


def _markdown_piece(
    message: Message, piece: Piece, files: Mapping[str, str], options: PageOptions
) -> Iterator[str]:
    if isinstance(piece, AttachmentPiece):
        yield _markdown_file(piece, files.get(piece.asset_id, ""))
    elif message.role == "tool":
        return  # its text stands in the call as well
    elif isinstance(piece, TextPiece):
        if piece.text.strip():
            yield piece.text.strip("\n")
    elif isinstance(piece, ReasoningPiece):
        if options.reasoning:
            yield f"<details><summary>{_thought(piece)}</summary>"
            yield piece.text.strip("\n")
            yield "</details>"
    elif isinstance(piece, ToolCallPiece):
        if options.tool_calls:
            yield f"**{tr('Tool')}: {_escaped(piece.name)}**"
            yield _fenced(piece.arguments, "json")
            if piece.result:
                yield _fenced(piece.result)
    elif options.tool_calls:
        yield _fenced(_block_text(piece))


def _html_piece(
    message: Message,
    piece: Piece,
    data: Mapping[str, str],
    options: PageOptions,
    render: Callable[[str], str],
) -> Iterator[str]:
    if isinstance(piece, AttachmentPiece):
        yield _html_file(piece, data.get(piece.asset_id, ""))
    elif message.role == "tool":
        return
    elif isinstance(piece, TextPiece):
        yield render(piece.text)
    elif isinstance(piece, ReasoningPiece):
        if options.reasoning:
            yield f"<details><summary>{_thought(piece)}</summary>{render(piece.text)}</details>"
    elif isinstance(piece, ToolCallPiece):
        if options.tool_calls:
            texts = "".join(f"<pre>{html.escape(t)}</pre>" for t in (piece.arguments, piece.result) if t)
            name = html.escape(piece.name)
            yield f"<details><summary>{tr('Tool')}: {name}</summary>{texts}</details>"
    elif options.tool_calls:
        yield f"<pre>{html.escape(_block_text(piece))}</pre>"


def _markdown_file(piece: AttachmentPiece, path: str) -> str:
    name = _escaped(piece.name) or tr("file")
    if not path:
        return f"*{tr('Not included: {name}', name=name)}*"
    link = f"[{name}]({quote(path)})"
    shown = f"!{link}" if piece.kind is MediaKind.IMAGE else link
    return f"{shown}\n\n{_quoted(piece.transcript)}" if piece.transcript else shown


def _html_file(piece: AttachmentPiece, address: str) -> str:
    name = html.escape(piece.name) or tr("file")
    if not address:
        return f'<p class="about">{tr("Not included: {name}", name=name)}</p>'
    source = html.escape(address)
    if piece.kind is MediaKind.IMAGE:
        shown = f'<img alt="{name}" src="{source}">'
    elif piece.kind in SOUNDS:
        shown = f'<audio controls src="{source}"></audio>'
    elif piece.kind is MediaKind.VIDEO:
        shown = f'<video controls src="{source}"></video>'
    else:
        shown = f'<a download="{name}" href="{source}">{name}</a>'
    words = f"<blockquote>{html.escape(piece.transcript)}</blockquote>" if piece.transcript else ""
    return f"<figure>{shown}<figcaption>{name}</figcaption></figure>{words}"


# ---------------------------------------------------------------- words around


def _about(messages: Sequence[Message], options: PageOptions) -> str:
    number = sum(message.role != "tool" for message in messages)
    facts = [trn("{n} message", "{n} messages", number)]
    if messages:
        facts.append(_moment(messages[0]))
    cost = sum((m.cost for m in messages if m.cost is not None), Decimal(0))
    if options.costs and cost:
        facts.append(tr("{amount} pollen", amount=pollen(cost)))
    return " · ".join(facts)


def _author(message: Message) -> str:
    if message.role == "user":
        return tr("You")
    return message.model_title or message.model or tr("Answer")


def _facts(message: Message, options: PageOptions) -> str:
    facts = [_moment(message)]
    if options.costs and message.cost:
        facts.append(tr("{amount} pollen", amount=pollen(message.cost)))
    return " · ".join(facts)


def _moment(message: Message) -> str:
    return date_and_time(message.created_at.astimezone())


def _ended(message: Message) -> str:
    """How an answer ended, when it did not end by itself."""
    if message.error is not None:
        return f"{message.error.title} {message.error.detail}".strip()
    if message.state is MessageState.STOPPED:
        return tr("Stopped")
    if message.state is MessageState.FAILED:
        return tr("Failed")
    if message.state is MessageState.INTERRUPTED:
        return tr("Interrupted")
    return ""


def _thought(piece: ReasoningPiece) -> str:
    if piece.seconds is None:
        return tr("Reasoning")
    return tr("Reasoning, {seconds} s", seconds=round(piece.seconds))


def _block_text(piece: BlockPiece) -> str:
    return "\n".join(f"{name}: {value}" for name, value in piece.block.items())


# ---------------------------------------------------------------- escaping


def _escaped(text: str) -> str:
    """Text on one line that Markdown leaves as it is."""
    return re.sub(r"([\\`*_\[\]<>#|~&$])", r"\\\1", " ".join(text.split()))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _fenced(text: str, language: str = "") -> str:
    """A fence that nothing in `text` can end."""
    longest = max((len(found) for found in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _link(url: str) -> str:
    """A page of the web as a link, anything else as words."""
    if not url.lower().startswith(_WEB):
        return _escaped(url)
    return "<" + quote(url.encode(errors="replace"), safe=":/?#[]@!$&'()*+,;=%~") + ">"


def _html_link(url: str) -> str:
    shown = html.escape(url)
    if url.lower().startswith(_WEB):
        return f'<a rel="noreferrer noopener" href="{shown}">{shown}</a>'
    return shown


def _unicode(text: str) -> str:
    """Half surrogate pairs, which no file can hold, are shown as a question mark."""
    return text.encode(errors="replace").decode()
