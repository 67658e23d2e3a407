"""What the user can take back: one stack for the whole program, newest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from studio.core.events import Event
from studio.core.ids import new_id

KEPT = 100
TOPIC = "undo"
"""Of notices about what can be or was taken back: the newest replaces the rest, so no button is stale."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done. `label` completes "Undone: ", `take_back` makes it as it was."""

    label: str
    take_back: Callable[[], Awaitable[None]]
    id: str = field(default_factory=new_id)


class UndoStack:
    """The last hundred things that can be taken back. Nothing survives the end of the program."""

    def __init__(self) -> None:
        self.changed: Event[str] = Event("undo.changed")
        self._steps: deque[Step] = deque(maxlen=KEPT)

    @property
    def next_label(self) -> str:
        """What `undo` would take back; empty if there is nothing."""
        return self._steps[-1].label if self._steps else ""

    def push(self, label: str, take_back: Callable[[], Awaitable[None]]) -> Step:
        """Remember a step; its id is the handle for `undo_step`."""
        step = Step(label, take_back)
        self._steps.append(step)
        self.changed.emit(self.next_label)
        return step

    async def undo(self) -> str:
        """Take the newest step back; its label, or "" when there is none.

        Raises:
            StudioError: it could not be taken back; it stays on the stack.
        """
        if not self._steps:
            return ""
        step = self._steps[-1]
        await self.undo_step(step.id)
        return step.label

    async def undo_step(self, step_id: str) -> None:
        """Take one step back out of its turn, as the button of its notice does; once only."""
        step = next((step for step in self._steps if step.id == step_id), None)
        if step is None:
            return
        # Off the stack before the first await: pressing twice quickly must not take two steps for one.
        place = self._steps.index(step)
        self._steps.remove(step)
        try:
            await step.take_back()
        except BaseException:
            self._steps.insert(min(place, len(self._steps)), step)
            raise
        finally:
            self.changed.emit(self.next_label)
