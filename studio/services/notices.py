"""The notice centre: whatever is told to the user passes here, also before a window exists."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from studio.core.errors import Action, StudioError
from studio.core.events import Event
from studio.core.i18n import tr
from studio.core.ids import new_id
from studio.core.secrets import redact

log = logging.getLogger(__name__)
KEPT = 200


class Severity(StrEnum):
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something told to the user. `topic` replaces an earlier notice on the same matter."""

    text: str
    detail: str = ""
    severity: Severity = Severity.INFO
    actions: tuple[Action, ...] = ()
    topic: str = ""
    id: str = field(default_factory=new_id)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class BugReport:
    """An error of the program itself: the error report shows it once per distinct trace."""

    summary: str
    trace: str
    context: str = ""


class NoticeCentre:
    """Keeps the last notices and tells views of new ones.

    Notices sent before the first view connects are waiting in `recent`.
    """

    def __init__(self) -> None:
        self.posted: Event[Notice] = Event("notices.posted")
        self.bug: Event[BugReport] = Event("notices.bug")
        self.recent: deque[Notice] = deque(maxlen=KEPT)
        self.bugs: list[BugReport] = []
        self._seen_traces: set[str] = set()

    def post(self, notice: Notice) -> None:
        self.recent.append(notice)
        self.posted.emit(notice)

    def tell(self, text: str, detail: str = "", *, severity: Severity = Severity.INFO, topic: str = "",
             actions: tuple[Action, ...] = ()) -> None:  # fmt: skip
        self.post(Notice(text=text, detail=detail, severity=severity, topic=topic, actions=actions))

    def report(self, error: BaseException, context: str = "") -> None:
        """Errors meant for the user become a notice; everything else is a bug and gets a report."""
        if isinstance(error, StudioError):
            self.post(
                Notice(
                    text=error.title,
                    detail=error.detail,
                    severity=Severity.ERROR,
                    actions=error.actions or _to_help(error),
                    topic=f"error:{error.title}",
                )
            )
            return
        trace = redact("".join(traceback.format_exception(error)))
        log.error("a bug%s:\n%s", f" while {context}" if context else "", trace)
        if trace in self._seen_traces:
            return
        self._seen_traces.add(trace)
        bug = BugReport(summary=redact(f"{type(error).__name__}: {error}"), trace=trace, context=context)
        self.bugs.append(bug)
        self.bug.emit(bug)


def _to_help(error: StudioError) -> tuple[Action, ...]:
    """The way on of an error that has none of its own."""
    return (Action("help.open", tr("Help"), error.help),) if error.help else ()
