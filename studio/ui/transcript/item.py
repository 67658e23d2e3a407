"""One row of the transcript: a question in its bubble, or an answer with everything it is made of."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.core.i18n import tr
from studio.domain.conversation import (
    AttachmentPiece,
    BlockPiece,
    Message,
    MessageState,
    Piece,
    ReasoningPiece,
    TextPiece,
    ToolCallPiece,
    ToolState,
)
from studio.domain.markdown import Block, CodeBlock
from studio.domain.media import MediaKind
from studio.qt_models.transcript import LiveMessage, LiveText, TranscriptModel, Turn
from studio.ui.mirror import MIRRORED
from studio.ui.sound_deck import SoundStatus
from studio.ui.theme import Space
from studio.ui.transcript import words
from studio.ui.transcript.cards import PermissionCard, Status, ToolCard
from studio.ui.transcript.document import Document, DocumentCache
from studio.ui.transcript.footer import Footer, FooterWords, answer_actions, question_actions
from studio.ui.transcript.look import BUBBLE_SHARE, Look
from studio.ui.transcript.parts import (
    Caption,
    Citations,
    FileChips,
    FoldHead,
    MediaGrid,
    Part,
    SoundStrip,
    Waiting,
)
from studio.ui.transcript.pictures import PictureCache
from studio.ui.transcript.question import question_blocks
from studio.ui.transcript.sections import PartSection, Section, TextSection
from studio.ui.transcript.style import TextStyle

SEEN = (MediaKind.IMAGE, MediaKind.VIDEO)
HEARD = (MediaKind.SPEECH, MediaKind.MUSIC)
ENDED_EARLY = (MessageState.STOPPED, MessageState.FAILED, MessageState.INTERRUPTED)
CUT_SHORT = ("length", "max_tokens", "content_filter")
SKELETON = (0.9, 0.97, 0.6)


@dataclass(slots=True)
class Stage:
    """What all items share: how things look, what is kept for them, what the user opened."""

    model: TranscriptModel
    look: Look
    text: TextStyle
    quiet: TextStyle
    documents: DocumentCache
    pictures: PictureCache
    sounds: Callable[[AttachmentPiece], SoundStatus]
    call_words: Callable[[str, ToolCallPiece], tuple[str, str]]
    opened: set[Hashable] = field(default_factory=set[Hashable])
    raw: set[str] = field(default_factory=set[str])


class Item:
    """A row, laid out for a column. Coordinates are the item's own; `height` has the room above it, too."""

    def __init__(self, turn: Turn, stage: Stage) -> None:
        self.turn = turn
        self.sections: list[Section] = []
        self.width = 0.0
        self.height = 0.0
        self.lead = 0.0
        """Room above for the line that says where the context begins."""
        self.bubble = QRectF()
        self._stage = stage
        self._shape: Hashable = None
        self.rebuild()

    # ------------------------------------------------------------------ what it is made of

    @property
    def question(self) -> bool:
        return self.turn.question

    def rebuild(self) -> None:
        """Make the sections anew from what the model knows; texts and boxes that are the same stay."""
        old = {section.key: section for section in self.sections}
        self._shape = self._live_shape()
        builder = _Builder(self.turn, self._stage, old)
        self.sections = builder.question() if self.question else builder.answer()
        kept = {id(section) for section in self.sections}
        for section in old.values():
            if isinstance(section, TextSection) and id(section) not in kept:
                self._stage.documents.keep(section.document)
        if self.width:
            self.set_width(self.width, again=True)

    def let_go(self) -> None:
        """The item scrolled far away; what was parsed is kept for a while."""
        for section in self.text_sections():
            self._stage.documents.keep(section.document)

    def text_sections(self) -> list[TextSection]:
        return [section for section in self.sections if isinstance(section, TextSection)]

    @property
    def behind(self) -> bool:
        """Whether texts are not wholly parsed."""
        return any(section.document.behind for section in self.text_sections())

    def _live(self) -> list[tuple[str, LiveMessage]]:
        model = self._stage.model
        return [(i, live) for i in self.turn.ids if (live := model.live(i)) is not None]

    def _live_shape(self) -> Hashable:
        return tuple(
            (
                message_id,
                tuple(sorted(live.texts)),
                tuple((at, id(piece)) for at, piece in live.whole.items()),
                live.waiting,
            )
            for message_id, live in self._live()
        )

    def pull(self) -> bool:
        """Take what streamed in since; whether something came."""
        if self._live_shape() != self._shape:
            self.rebuild()
            return True
        pulled = False
        by_key = {section.key: section for section in self.sections}
        for message_id, live in self._live():
            for at, text in live.texts.items():
                section = by_key.get((message_id, at, text.kind))
                if isinstance(section, TextSection) and text.length > section.document.length:
                    section.document.append(text.text_from(section.document.length))
                pulled = True
        return pulled

    def advance(self, seconds: float) -> bool:
        """Parse more of what is behind; whether something changed."""
        changed = False
        for section in self.text_sections():
            if section.document.behind:
                changed = section.advance(seconds) or changed
        if changed:
            self.stack()
        return changed

    # ------------------------------------------------------------------ layout

    def set_width(self, width: float, *, again: bool = False) -> None:
        if width == self.width and not again:
            return
        self.width = width
        if self.question:
            self._lay_out_bubble()
        else:
            for section in self.sections:
                section.set_width(width - section.indent)
        self.stack()

    def _lay_out_bubble(self) -> None:
        """A question is as wide as it needs to be, up to its share of the column, at the end of lines."""
        look = self._stage.look
        pad = Space.LG
        most = self.width * BUBBLE_SHARE - 2 * pad
        wanted = float(look.px(48))
        for section in self.sections:
            if isinstance(section, TextSection):
                text = section.document.text
                lines = text.split("\n") if len(text) < 2000 else [text]
                wide = max((look.width(line, look.reading) for line in lines[:40]), default=0.0) + 2
                has_code = any(isinstance(block, CodeBlock) for block in section.document.blocks)
                wanted = max(wanted, most if has_code or len(text) >= 2000 else wide)
            elif isinstance(section, PartSection) and isinstance(section.part, MediaGrid | FileChips):
                wanted = max(wanted, section.part.natural_width())
        inner = min(wanted, most)
        for section in self.sections:
            if isinstance(section, PartSection) and isinstance(section.part, Footer):
                section.set_width(self.width)
            else:
                section.x = pad if MIRRORED else self.width - inner - pad
                section.set_width(inner)
        left = 0.0 if MIRRORED else self.width - inner - 2 * pad
        self.bubble = QRectF(left, 0, inner + 2 * pad, 0)

    def stack(self) -> None:
        """Put the sections one under another after a height changed."""
        y = self.lead + (Space.XL if self.question else self._air())
        top = y
        if self.question:
            y += Space.MD
        for at, section in enumerate(self.sections):
            footer = isinstance(section, PartSection) and isinstance(section.part, Footer)
            if footer and self.question:
                y += Space.MD
                self.bubble = QRectF(self.bubble.left(), top, self.bubble.width(), y - top)
            if at:
                y += Space.HAIR if footer and self.question else section.gap
            section.y = y = float(round(y))
            if not self.question:
                section.x = section.indent
            y += section.height
        self.height = float(math.ceil(y))

    def _air(self) -> int:
        """Room over an answer: the head of folded reasoning has its own."""
        first = self.sections[0] if self.sections else None
        folded = isinstance(first, PartSection) and isinstance(first.part, FoldHead)
        return Space.NONE if folded else Space.SM

    def lay_out(self, top: float, bottom: float) -> bool:
        """Lay out what lies between; whether the height changed."""
        before = self.height
        changed = False
        for section in self.sections:
            if changed:
                self.stack()
                changed = False
            if section.y < bottom and section.y + section.height > top:
                changed = section.lay_out(top - section.y, bottom - section.y)
        self.stack()
        return self.height != before

    def release(self, top: float, bottom: float) -> None:
        """Let boxes outside go."""
        for section in self.sections:
            section.release(top - section.y, bottom - section.y)

    def section_at(self, y: float) -> int:
        """The section at or nearest above y."""
        found = 0
        for at, section in enumerate(self.sections):
            if section.y <= y:
                found = at
        return found

    # ------------------------------------------------------------------ paint

    def paint_ground(self, painter: QPainter) -> None:
        """What lies under the sections: the bubble."""
        if self.question:
            look = self._stage.look
            look.panel(painter, self.bubble, look.tokens.raised, radius=Space.MD)

    def streaming_section(self) -> Section | None:
        """Where the caret of a running answer stands."""
        last = self.turn.last
        if (
            self.question
            or self._stage.model.state(self._stage.model.row_of(last)) is not MessageState.STREAMING
        ):
            return None
        texts = self.text_sections()
        return texts[-1] if texts and texts[-1].message_id == last else None

    def spoken(self) -> str:
        """Everything a screen reader says for the item, without its author."""
        parts: list[str] = []
        for section in self.sections:
            if isinstance(section, TextSection):
                parts.append(section.spoken())
            elif isinstance(section, PartSection):
                parts.append(section.part.spoken())
        return "\n".join(part for part in parts if part)


class _Builder:
    """Makes the sections of a turn, with those of before where they still fit."""

    def __init__(self, turn: Turn, stage: Stage, old: dict[Hashable, Section]) -> None:
        self._turn = turn
        self._stage = stage
        self._old = old
        self._made: list[Section] = []

    def _part(self, key: Hashable, part: Part, message_id: str, indent: float = 0.0) -> None:
        section = PartSection(key, part)
        section.message_id = message_id
        section.indent = indent
        self._made.append(section)

    def _text(
        self,
        key: Hashable,
        text: str,
        message_id: str,
        *,
        ended: bool = True,
        quiet: bool = False,
        blocks: list[Block] | None = None,
        indent: float = 0.0,
    ) -> None:
        """A section of text: the one there was, grown, or another one."""
        section = self._old.get(key)
        kept = isinstance(section, TextSection) and section.document.become(text, ended=ended)
        if not kept or not isinstance(section, TextSection):
            stage = self._stage
            if blocks is not None:
                document = Document.of_blocks(text, blocks)
            else:
                document = stage.documents.open(text, ended=ended)
            section = TextSection(key, document, stage.look, stage.quiet if quiet else stage.text)
        section.message_id = message_id
        section.indent = indent
        self._made.append(section)

    # ------------------------------------------------------------------ a question

    def question(self) -> list[Section]:
        stage, message_id = self._stage, self._turn.id
        message = stage.model.message(message_id)
        if message is None:
            return []
        text = message.text
        if text:
            self._text((message_id, 0, "text"), text, message_id, blocks=question_blocks(text))
        self._attachments(message_id, message.attachments, small=True)
        told = FooterWords(
            version=stage.model.version(message_id), pinned=message.pinned, left_out=not message.included
        )
        footer = Footer(stage.look, told, question_actions(), right=True)
        self._part((message_id, "footer"), footer, message_id)
        return self._made

    def _attachments(self, message_id: str, pieces: tuple[AttachmentPiece, ...], *, small: bool) -> None:
        """Pictures as tiles, sounds as strips, other files as chips; each kind together."""
        look = self._stage.look
        seen = [piece for piece in pieces if piece.kind in SEEN]
        files = [piece for piece in pieces if piece.kind not in (*SEEN, *HEARD)]
        where = len(self._made)
        if seen:
            self._part(
                (message_id, where, "media"),
                MediaGrid(look, seen, self._stage.pictures, small=small),
                message_id,
            )
        for piece in pieces:
            if piece.kind in HEARD:
                self._part(
                    (message_id, piece.asset_id, "sound"),
                    SoundStrip(look, piece, self._stage.sounds),
                    message_id,
                )
                if piece.transcript and not small:
                    self._text((message_id, piece.asset_id, "said"), piece.transcript, message_id)
        if files:
            self._part((message_id, where, "files"), FileChips(look, files), message_id)

    # ------------------------------------------------------------------ an answer

    def answer(self) -> list[Section]:
        stage = self._stage
        rounds: list[Message] = []
        for message_id in self._turn.ids:
            message = stage.model.message(message_id)
            if message is not None:
                rounds.append(message)
            self._pieces(message_id, message)
        messages = [message for message in rounds if message.role != "tool"]
        last = stage.model.message(self._turn.last)
        streaming = stage.model.state(stage.model.row_of(self._turn.id)) is MessageState.STREAMING
        if not messages and not self._made and not streaming:
            return []
        if streaming and not any(section.message_id == self._turn.last for section in self._made):
            live = stage.model.live(self._turn.last)
            waiting = Waiting(stage.look, live.waiting if live is not None else "")
            self._part((self._turn.last, "waiting"), waiting, self._turn.last)
        cited = {message.id: message.citations for message in messages if message.citations}
        for section in self._made:
            if isinstance(section, TextSection):
                section.set_citations(cited.get(section.message_id, ()))
        citations = [url for message in messages for url in message.citations]
        if citations:
            self._part((self._turn.id, "citations"), Citations(stage.look, citations), self._turn.last)
        ended = _ended(messages, last, streaming=streaming)
        if ended is not None:
            self._part((ended.id, "status"), Status(stage.look, ended), ended.id)
        told = FooterWords(
            version=stage.model.version(self._turn.id),
            words=words.cost_words(rounds),
            pinned=any(message.pinned for message in messages),
            left_out=any(not message.included for message in messages),
            streaming=streaming,
        )
        footer = Footer(stage.look, told, answer_actions(), right=False)
        self._part((self._turn.id, "footer"), footer, self._turn.last)
        return self._made

    def _pieces(self, message_id: str, message: Message | None) -> None:
        model = self._stage.model
        is_tool = message is not None and message.role == "tool"
        live = model.live(message_id)
        pieces = model.pieces(message_id)
        if message_id in self._stage.raw:
            self._raw(message_id, pieces)
            return
        attached: list[AttachmentPiece] = []
        for at, piece in enumerate(pieces):
            if isinstance(piece, AttachmentPiece):
                attached.append(piece)
                continue
            self._flush(message_id, attached)
            if not is_tool:
                self._piece(message_id, at, piece, live, last=at == len(pieces) - 1)
        self._flush(message_id, attached)

    def _flush(self, message_id: str, attached: list[AttachmentPiece]) -> None:
        if attached:
            self._attachments(message_id, tuple(attached), small=False)
            attached.clear()

    def _piece(self, message_id: str, at: int, piece: Piece, live: LiveMessage | None, *, last: bool) -> None:
        if isinstance(piece, TextPiece):
            if piece.text:
                ended = live is None or not last
                self._text((message_id, at, "text"), piece.text, message_id, ended=ended)
        elif isinstance(piece, ReasoningPiece):
            self._reasoning(message_id, at, piece, live, running=live is not None and last)
        elif isinstance(piece, ToolCallPiece):
            self._tool(message_id, at, piece)
        elif isinstance(piece, BlockPiece):
            self._block(message_id, at, piece)

    def _reasoning(
        self, message_id: str, at: int, piece: ReasoningPiece, live: LiveMessage | None, *, running: bool
    ) -> None:
        stage = self._stage
        key = (message_id, at, "head")
        is_open = key in stage.opened
        text = live.texts.get(at) if live is not None else None
        title = words.thought_words(piece.seconds, running and piece.seconds is None)
        last = _last_line_of(text) if running and text is not None else None
        self._part(key, FoldHead(stage.look, title, key, is_open=is_open, last=last), message_id)
        if is_open:
            self._text(
                (message_id, at, "reasoning"),
                piece.text,
                message_id,
                ended=not running,
                quiet=True,
                indent=float(stage.look.icon + Space.XS),
            )
            self._made[-1].gap = Space.XS

    def _tool(self, message_id: str, at: int, call: ToolCallPiece) -> None:
        stage = self._stage
        key = (message_id, at, "tool")
        if call.state is ToolState.ASKED:
            title, detail = stage.call_words(message_id, call)
            self._part(key, PermissionCard(stage.look, call, title=title, detail=detail), message_id)
            return
        is_open = key in stage.opened
        self._part(key, ToolCard(stage.look, call, key, is_open=is_open), message_id)
        if not is_open:
            return
        for name, text, language in (
            (tr("What was asked"), words.pretty_arguments(call), "json"),
            (tr("What came back"), call.result, "json" if call.result.lstrip()[:1] in ("{", "[") else ""),
        ):
            if text.strip():
                self._part((message_id, at, name, "caption"), Caption(stage.look, name), message_id)
                self._code((message_id, at, name), text, language, message_id)

    def _code(self, key: Hashable, text: str, language: str, message_id: str) -> None:
        block = CodeBlock(text=text, language=language, start=0, end=len(text))
        self._text(key, text, message_id, blocks=[block])
        self._made[-1].gap = Space.XS

    def _block(self, message_id: str, at: int, piece: BlockPiece) -> None:
        """A part of the wire that has no name here: code that ran, its output, or its JSON."""
        title, text, language = _block_words(piece.block)
        self._part((message_id, at, "caption"), Caption(self._stage.look, title), message_id)
        self._code((message_id, at, "block"), text, language, message_id)

    def _raw(self, message_id: str, pieces: tuple[Piece, ...]) -> None:
        """The source of a message, as it came."""
        for at, piece in enumerate(pieces):
            if isinstance(piece, TextPiece) and piece.text:
                self._code((message_id, at, "raw"), piece.text, "markdown", message_id)


def _ended(messages: Sequence[Message], last: Message | None, *, streaming: bool) -> Message | None:
    """The message of an answer that says why there is no more of it."""
    if last is None or streaming:
        return None
    if last.role == "tool":
        # Its tools are answered, and the answer did not go on.
        return next((one for one in reversed(messages) if one.error is not None), None)
    return last if last.state in ENDED_EARLY or last.finish_reason in CUT_SHORT else None


def _block_words(block: dict[str, Any]) -> tuple[str, str, str]:
    """Title, text and language of a content block."""
    code, result = block.get("executable_code"), block.get("code_execution_result")
    if isinstance(code, dict) and isinstance(code.get("code"), str):
        return tr("Code that ran"), code["code"], str(code.get("language") or "").lower()
    if isinstance(result, dict) and isinstance(result.get("output"), str):
        return tr("What it printed"), result["output"], ""
    title = str(block.get("type") or "").replace("_", " ").capitalize() or tr("Part of the answer")
    return title, json.dumps(block, ensure_ascii=False, indent=2), "json"


def _last_line_of(text: LiveText) -> Callable[[], str]:
    def last() -> str:
        lines = text.text_from(max(0, text.length - 240)).strip().splitlines()
        return lines[-1].strip() if lines else ""

    return last
