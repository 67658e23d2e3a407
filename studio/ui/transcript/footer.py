"""Under a message: its versions, what it cost, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from studio.core.i18n import tr
from studio.ui.mirror import MIRRORED
from studio.ui.theme import Size, Space
from studio.ui.transcript.look import Look
from studio.ui.transcript.parts import LOCAL, Control, PaintState, Part

Action = tuple[str, str, str]
"""Icon, name, verb."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterWords:
    """What a footer tells.

    Args:
        version: which of how many.
        words: tokens and cost; `tip` more of it.
        pinned, left_out: marks of the message.
        streaming: it still goes on, so there is little to do with it yet.
        can_switch: other versions can be shown now.
    """

    version: tuple[int, int] = (1, 1)
    words: str = ""
    tip: str = ""
    pinned: bool = False
    left_out: bool = False
    streaming: bool = False


def answer_actions() -> list[Action]:
    return [
        ("copy", tr("Copy"), LOCAL + "copy"),
        ("refresh", tr("Ask again"), "regenerate"),
        ("branch", tr("Branch into new chat"), "fork"),
        ("more", tr("More"), LOCAL + "menu"),
    ]


def question_actions() -> list[Action]:
    return [
        ("copy", tr("Copy"), LOCAL + "copy"),
        ("edit", tr("Edit"), "edit"),
        ("more", tr("More"), LOCAL + "menu"),
    ]


class Footer(Part):
    """One line: `‹ 2/3 ›  412 tokens · 0.0071 pollen`, and a row of actions while the message is looked at.

    Its height never changes, so nothing moves when the actions appear.
    """

    gap = Space.XS

    def __init__(self, look: Look, told: FooterWords, actions: Sequence[Action], *, right: bool) -> None:
        super().__init__(look)
        self.told = told
        self._actions = self._shown = tuple(actions)
        self._at_right = right != MIRRORED
        self.height = look.px(22 if right else 26)
        self._versions: tuple[Control, ...] = ()
        self._buttons: tuple[Control, ...] = ()
        self._words_at = QRectF()
        self._number_at = QRectF()

    def set_width(self, width: float) -> None:
        super().set_width(width)
        look, side = self.look, self.height
        which, count = self.told.version
        number = look.width(f"{which}/{count}", look.figures) + Space.SM
        versions = 2 * side + number if count > 1 else 0.0
        marks = self._marks()
        words = look.width(self._line(), look.figures) + (Space.SM if versions else 0)
        words += (look.icon + Space.XS) * len(marks)
        # Where it is narrow the words give way first, then all actions but the last ones.
        self._shown = self._actions[-max(1, min(len(self._actions), int((width - versions) // side))) :]
        actions = len(self._shown) * side
        words = max(min(words, width - versions - actions - 2 * Space.MD), 0.0)
        x = width - versions - words - actions - Space.SM if self._at_right else -Space.XS
        if self._at_right:
            self._buttons = self._row(x, side)
            x += actions + Space.SM
        self._versions = ()
        if versions:
            self._versions = (
                Control(tr("Previous version"), QRectF(x, 0, side, side), "version", -1),
                Control(tr("Next version"), QRectF(x + side + number, 0, side, side), "version", 1),
            )
            self._number_at = QRectF(x + side, 0, number, side)
            x += versions
        else:
            x += 0 if self._at_right else Space.XS
        self._words_at = QRectF(x + (Space.SM if versions else 0), 0, words, side)
        if not self._at_right:
            x += words + (Space.MD if words else 0 if versions else -Space.XS)
            self._buttons = self._row(x, side)

    def _row(self, x: float, side: float) -> tuple[Control, ...]:
        return tuple(
            Control(name, QRectF(x + at * side, 0, side, side), verb, tip=name)
            for at, (_icon, name, verb) in enumerate(self._shown)
        )

    def _line(self) -> str:
        return " · ".join(part for part in (self.told.words, self._mark_words()) if part)

    def _mark_words(self) -> str:
        return tr("not sent along") if self.told.left_out else ""

    def _marks(self) -> list[str]:
        return ["pin"] if self.told.pinned else []

    def controls(self) -> Sequence[Control]:
        return (*self._versions, *self._buttons)

    def paint(self, painter: QPainter, state: PaintState) -> None:
        look, t = self.look, self.look.tokens
        which, count = self.told.version
        small = look.px(Size.ICON_TINY)
        for control in self._versions:
            ends = (control.argument == -1 and which == 1) or (control.argument == 1 and which == count)
            icon = "chevron-left" if control.argument == -1 else "chevron-right"
            hovered = state.hovers(control) and not ends
            if hovered:
                look.panel(painter, control.rect, t.hover, radius=Space.XS)
            look.icon_at(painter, icon, control.rect, t.border_strong if ends else t.text2, small)
            if state.focuses(control):
                look.ring(painter, control.rect)
        if count > 1:
            words = f"{which}/{count}"
            look.text(
                painter,
                self._number_at.adjusted(Space.XS, 0, 0, 0),
                words,
                look.figures,
                t.text2,
            )
        at = QRectF(self._words_at)
        for mark in self._marks():
            look.icon_at(painter, mark, QRectF(at.left(), 0, look.icon, self.height), t.accent_text, small)
            at.setLeft(at.left() + look.icon + Space.XS)
        if at.width() > self.height:
            look.text(painter, at.adjusted(0, 0, 2, 0), self._line(), look.figures, t.text3)
        shown = state.active or any(state.focuses(control) for control in self._buttons)
        if not shown or self.told.streaming:
            return
        for control, (icon, _name, _verb) in zip(self._buttons, self._shown, strict=True):
            hovered = state.hovers(control)
            if hovered:
                look.panel(painter, control.rect, t.hover, radius=Space.XS)
            look.icon_at(painter, icon, control.rect, t.text if hovered else t.text2)
            if state.focuses(control):
                look.ring(painter, control.rect)

    def control_at(self, x: float, y: float) -> Control | None:
        found = super().control_at(x, y)
        return None if self.told.streaming and found in self._buttons else found

    def spoken(self) -> str:
        which, count = self.told.version
        version = tr("version {n} of {count}", n=which, count=count) if count > 1 else ""
        pinned = tr("pinned") if self.told.pinned else ""
        return ", ".join(part for part in (version, self._line(), pinned) if part)
