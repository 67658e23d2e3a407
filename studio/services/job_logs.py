"""What a running job tells about itself beside its result: status, place in the service's queue, log.

Kept for as long as the program runs, a little of each job: it is for the eye, and nothing depends on it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from studio.core.events import Event

LONGEST = 64_000
"""Characters of a log that are kept: its end, where it says what went wrong."""
MOST_JOBS = 200


@dataclass(frozen=True, slots=True)
class JobLog:
    """`status` in the service's own word, `position` in its queue if it told one, `text` the log's end."""

    status: str = ""
    position: int | None = None
    text: str = ""

    @property
    def last_line(self) -> str:
        """The last line with something in it; progress bars write over a line with carriage returns."""
        lines = [line.strip() for line in self.text[-2000:].replace("\r", "\n").split("\n")]
        return next((line for line in reversed(lines) if line), "")


class JobLogs:
    """The logs by job id; `changed` tells the id."""

    def __init__(self) -> None:
        self.changed: Event[str] = Event("job_logs.changed")
        self._logs: OrderedDict[str, JobLog] = OrderedDict()

    def of(self, job_id: str) -> JobLog | None:
        return self._logs.get(job_id)

    def tell(self, job_id: str, status: str, position: int | None, text: str) -> None:
        """A message of the service: its whole log so far, or only what is new in it."""
        before = self._logs.get(job_id, JobLog())
        log = JobLog(status, position, _joined(before.text, _shown(text))[-LONGEST:])
        if log == before:
            return
        self._logs[job_id] = log
        self._logs.move_to_end(job_id)
        while len(self._logs) > MOST_JOBS:
            self._logs.popitem(last=False)
        self.changed.emit(job_id)

    def add(self, job_id: str, line: str) -> None:
        """A line of the program's own."""
        before = self._logs.get(job_id, JobLog())
        self.tell(job_id, before.status, before.position, line)


def _shown(text: str) -> str:
    """Without control characters, which a terminal would obey."""
    kept = text[-LONGEST:].replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in kept if c.isprintable() or c in "\n\t").rstrip()


def _joined(before: str, text: str) -> str:
    if not text or before.endswith(text):
        return before
    if not before or text.startswith(before):
        return text
    return f"{before}\n{text}"
