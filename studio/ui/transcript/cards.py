"""Cards of an answer: tools that were called, and the question whether a picture may be made."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.core.i18n import tr
from studio.domain.conversation import UNSENT, Message, MessageState, ToolCallPiece, ToolState
from studio.ui.theme import Radius, Size, Space
from studio.ui.transcript import words
from studio.ui.transcript.look import Look
from studio.ui.transcript.parts import LOCAL, Control, PaintState, Part, flow

TOOL_ICONS = {
    "google_search": "globe",
    "web_search": "globe",
    "url_context": "globe",
    "google_maps": "globe",
    "code_execution": "code",
    words.IMAGE_TOOL: "picture",
}
OFFERED = ("continue", "retry")
"""Ways on that stand under every answer that ended early."""
ERROR_ICONS = {MessageState.FAILED: "error", MessageState.INTERRUPTED: "warning"}


class ToolCard(Part):
    """A tool's call in a line: what, how it went, how long; a press shows arguments and result."""

    gap = Space.MD

    def __init__(self, look: Look, call: ToolCallPiece, key: object, *, is_open: bool) -> None:
        super().__init__(look)
        self.call = call
        self._key = key
        self._open = is_open
        self.height = look.px(40)

    def _control(self) -> Control:
        return Control(
            words.tool_title(self.call),
            QRectF(0, 0, self.width, self.height),
            LOCAL + "fold",
            self._key,
            checked=self._open,
        )

    def controls(self) -> Sequence[Control]:
        return (self._control(),)

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t, call = self.look, self.look.tokens, self.call
        control = self._control()
        box = control.rect
        look.panel(painter, box, t.raised if state.hovers(control) else t.surface, t.border)
        pad = Space.MD
        icon = TOOL_ICONS.get(call.name, "tool")
        failed = call.state is ToolState.FAILED
        ink = t.bad if failed else t.accent_text if call.state is ToolState.RUNNING else t.text2
        look.icon_at(painter, icon, QRectF(pad, 0, look.icon, self.height), ink)
        right = self.width - pad - look.px(Size.ICON_TINY)
        arrow = "chevron-down" if self._open else "chevron-right"
        side = look.px(Size.ICON_TINY)
        look.icon_at(painter, arrow, QRectF(right, 0, side, self.height), t.text3, side)
        detail = words.tool_detail(call)
        wide = look.width(detail, look.figures) if detail else 0
        look.text(
            painter,
            QRectF(right - wide - Space.SM, 0, wide + 1, self.height),
            detail,
            look.figures,
            t.bad if failed else t.text3,
        )
        x = pad + look.icon + Space.SM
        title = words.tool_title(call)
        look.text(painter, QRectF(x, 0, right - wide - x - Space.LG, self.height), title, look.strong, t.text)
        x += look.width(title, look.strong) + Space.SM
        room = right - wide - Space.LG - x
        if room > look.px(60):
            look.text(painter, QRectF(x, 0, room, self.height), self._about(), look.body, t.text2)
        if state.focuses(control):
            look.ring(painter, box, Radius.CARD)

    def _about(self) -> str:
        """The first argument that is text: what was searched, read, drawn."""
        if self.call.name == words.IMAGE_TOOL:
            return words.permission_detail(self.call)
        values = words.arguments_of(self.call).values()
        first = next((value for value in values if isinstance(value, str) and value.strip()), "")
        return " ".join(first.split())[:200]

    def spoken(self) -> str:
        return " ".join((words.tool_title(self.call), words.tool_detail(self.call))).strip()


class PermissionCard(Part):
    """The model wants pictures made: how many, with what, for how much, and the four answers."""

    gap = Space.MD

    def __init__(self, look: Look, call: ToolCallPiece, *, title: str, detail: str) -> None:
        super().__init__(look)
        self.call = call
        self._title = title
        self._detail = detail
        self._controls: tuple[Control, ...] = ()
        self._text_right = 0.0

    def set_width(self, width: float) -> None:
        super().set_width(width)
        look = self.look
        pad, small = Space.LG, look.px(22)
        main = [(tr("Not now"), "not now"), (tr("Allow once"), "once")]
        wide = [look.button_width(label) for label, _ in main]
        beside = width - sum(wide) - 2 * pad - Space.SM > look.px(300)
        text_height = 2 * look.px(20)
        head = pad - Space.XS + text_height
        if beside:
            left = width - pad - sum(wide) - Space.SM
            top = (head + pad - Space.XS - look.control) / 2
            places = [QRectF(left, top, wide[0], look.control)]
            places.append(QRectF(left + wide[0] + Space.SM, top, wide[1], look.control))
            self._text_right = left - Space.SM
            bottom = head
        else:
            places = [
                box.translated(pad, head + Space.SM) for box in flow(wide, width - 2 * pad, look.control)
            ]
            self._text_right = width - pad
            bottom = places[-1].bottom()
        rest = [(tr("Always in this chat"), "always"), (tr("Never in this chat"), "never")]
        x = pad + look.px(Size.ICON) + Space.MD if beside else float(pad)
        widths = [look.width(label, look.caption) + 2 * Space.SM for label, _ in rest]
        lower = [box.translated(x - Space.SM, bottom + Space.XS) for box in flow(widths, width - x, small)]
        self._controls = tuple(
            Control(label, place, "permit", (self.call.id, choice))
            for (label, choice), place in zip((*main, *rest), (*places, *lower), strict=True)
        )
        self.height = lower[-1].bottom() + Space.SM

    def controls(self) -> Sequence[Control]:
        return self._controls

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        look.panel(painter, QRectF(0, 0, self.width, self.height), t.surface, t.border)
        pad, line = Space.LG, look.px(20)
        side = look.px(Size.ICON)
        top = pad - Space.XS
        look.icon_at(painter, "picture", QRectF(pad, top, side, line), t.accent_text, side)
        x = pad + side + Space.MD
        room = self._text_right - x
        look.text(painter, QRectF(x, top, room, line), self._title, look.strong, t.text)
        look.text(painter, QRectF(x, top + line, room, line), self._detail, look.body, t.text2)
        for at, control in enumerate(self._controls):
            hover, focus = state.hovers(control), state.focuses(control)
            if at < 2:
                kind = "accent" if at else "plain"
                look.button(painter, control.rect, control.name, kind=kind, hover=hover, focus=focus)
                continue
            ink = t.text if hover else t.text3
            inner = control.rect.adjusted(Space.SM, 0, 0, 0)
            look.text(painter, inner, control.name, look.caption, ink)
            if focus:
                look.ring(painter, control.rect)

    def spoken(self) -> str:
        return f"{self._title}. {self._detail}"


class Status(Part):
    """Under an answer that ended early: the state or the error in words, and the ways on."""

    gap = Space.MD

    def __init__(self, look: Look, message: Message) -> None:
        super().__init__(look)
        self.message = message
        self._buttons: tuple[Control, ...] = ()
        self._text_top = 0.0
        self._text_width = 0.0

    def _words(self) -> tuple[str, str]:
        error, state = self.message.error, self.message.state
        if error is not None and state is not MessageState.STOPPED:
            return error.title, error.detail
        if state is MessageState.COMPLETE:
            return words.CUT_SENTENCES.get(self.message.finish_reason, words.CUT_SENTENCES["length"]), ""
        return words.STATE_SENTENCES.get(state, ""), ""

    @property
    def _unsent(self) -> bool:
        """Whether nothing went wrong but the connection, before anything was asked."""
        return self.message.error is not None and self.message.error.kind == UNSENT

    def _choices(self) -> list[tuple[str, str, object]]:
        message = self.message
        choices: list[tuple[str, str, object]] = []
        error = message.error
        if error is not None and message.state is MessageState.COMPLETE and error.kind == "rounds":
            # The answer itself is whole; what is missing is the next one, after its tools.
            return [(label, command, None) for command, label, _argument in error.actions]
        if message.text and message.state is not MessageState.FAILED:
            choices.append((tr("Continue"), "continue", None))
        elif message.text:
            choices.append((tr("Continue from here"), "continue", None))
        choices.append((tr("Send now") if self._unsent else tr("Try again"), "retry", None))
        more = [action for action in (error.actions if error is not None else ()) if action[0] not in OFFERED]
        return [*choices, *((action[1], "action", action) for action in more)]

    def set_width(self, width: float) -> None:
        super().set_width(width)
        look = self.look
        choices = self._choices()
        line = look.px(20)
        detail = bool(self._words()[1])
        wide = [look.button_width(label) for label, _verb, _argument in choices]
        words = max(look.width(text, look.body) for text in self._words()) + 2 * look.icon + 2 * Space.MD
        row = sum(wide) + Space.SM * (len(wide) - 1) + Space.SM
        if words + row <= width:
            self.height = line * (1 + detail) + 2 * Space.SM
            self.height = max(self.height, look.small + 2 * Space.XS)
            top = (self.height - look.small) / 2
            places = [box.translated(width - row, top) for box in flow(wide, row, look.small)]
            self._text_top, self._text_width = (self.height - line * (1 + detail)) / 2, width - row
        else:
            top = Space.SM + line * (1 + detail) + Space.SM
            places = [box.translated(Space.MD, top) for box in flow(wide, width - 2 * Space.MD, look.small)]
            self.height = places[-1].bottom() + Space.MD
            self._text_top, self._text_width = float(Space.SM), width
        self._buttons = tuple(
            Control(label, place, verb, argument)
            for (label, verb, argument), place in zip(choices, places, strict=True)
        )

    def controls(self) -> Sequence[Control]:
        return self._buttons

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        failed = self.message.state is MessageState.FAILED and not self._unsent
        fill = t.bad_soft if failed else t.raised
        look.panel(painter, QRectF(0, 0, self.width, self.height), fill, radius=Radius.LARGE)
        title, detail = self._words()
        line, x, top = look.px(20), float(Space.MD), self._text_top
        icon = "offline" if self._unsent else ERROR_ICONS.get(self.message.state, "stop")
        ink = t.bad if failed else t.text2
        look.icon_at(painter, icon, QRectF(x, top, look.icon, line), ink)
        x += look.icon + Space.SM
        room = self._text_width - x - Space.SM
        look.text(painter, QRectF(x, top, room, line), title, look.body, t.text)
        if detail:
            look.text(painter, QRectF(x, top + line, room, line), detail, look.body, t.text2)
        for control in self._buttons:
            look.button(
                painter,
                control.rect,
                control.name,
                kind="outline",
                hover=state.hovers(control),
                focus=state.focuses(control),
            )

    def spoken(self) -> str:
        return " ".join(self._words()).strip()
