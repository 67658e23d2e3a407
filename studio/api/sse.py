"""Server-sent events, read liberally (CONTRACT 4.3).

Works on bytes: lines are cut at line ends only, so a character split between two pieces of the network is
never decoded in halves. LF, CRLF and CR end a line; comments and fields other than `data` are skipped.
"""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"


class SseParser:
    """Feed it pieces of a body; it gives back the data of whole events.

    The events do not depend on where the pieces were cut.
    """

    __slots__ = ("_after_cr", "_data", "_parts", "_started")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # the unfinished last line, in pieces
        self._data: list[bytes] = []  # the data lines of the unfinished event
        self._after_cr = False
        self._started = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of each event that `piece` completes; several data lines are joined with a newline."""
        piece = self._with_plain_line_ends(piece)
        head, end, rest = piece.partition(b"\n")
        self._parts.append(head)
        if not end:
            return []
        first = b"".join(self._parts)
        if not self._started:
            self._started = True
            first = first.removeprefix(_BOM)
        lines = rest.split(b"\n")
        self._parts = [lines.pop()]
        events: list[bytes] = []
        self._take(first, events)
        for line in lines:
            self._take(line, events)
        return events

    def finish(self) -> list[bytes]:
        """The end of the body: the last event counts even when its closing blank line is missing."""
        events: list[bytes] = []
        last, self._parts = b"".join(self._parts), []
        self._take(last if self._started else last.removeprefix(_BOM), events)
        self._take(b"", events)
        return events

    def _take(self, line: bytes, events: list[bytes]) -> None:
        if not line:
            if self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data = []
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._data.append(b"")

    def _with_plain_line_ends(self, piece: bytes) -> bytes:
        if self._after_cr and piece:
            self._after_cr = False
            piece = piece.removeprefix(b"\n")
        if b"\r" in piece:
            self._after_cr = piece.endswith(b"\r")
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return piece
