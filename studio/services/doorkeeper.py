"""Listens for a second start on the same library, see `core/door.py`.

Who may reach the port: every program and every user of this machine. So whoever does not say the secret of
the note within two seconds is sent away without an answer, and nobody keeps others out by holding the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
from pathlib import Path
from typing import Final

from studio.core.door import LONGEST, NOTE, Call, Note, note_text, read_call, read_note
from studio.core.errors import StorageError
from studio.core.events import Event
from studio.core.files import write_atomically
from studio.services.tasks import TaskSupervisor

log = logging.getLogger(__name__)
CALL_SECONDS: Final = 2.0
CALLERS: Final = 4
ONLY_OWNER: Final = 0o600


class Doorkeeper:
    """Opens a port of this machine and writes down where; `called` tells who came.

    Args:
        library: its folder; this program holds its lock.
        tasks: runs the connections.
    """

    def __init__(self, library: Path, tasks: TaskSupervisor) -> None:
        self.called: Event[Call] = Event("doorkeeper.called")
        self._library = library
        self._tasks = tasks
        self._note: Note | None = None
        self._server: asyncio.Server | None = None
        self._open: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        """Listen. A machine that does not allow it, or a disk that is full, only costs this convenience."""
        try:
            listening = _listening()
        except OSError as error:
            log.warning("a second start cannot be heard: %s", error)
            return
        host, port = listening.getsockname()[:2]
        note = Note(
            socket.gethostname(),
            host,
            port,
            token=secrets.token_urlsafe(32),
            answer=secrets.token_urlsafe(32),
        )
        self._server = await asyncio.start_server(self._accept, sock=listening, limit=LONGEST)
        try:
            await asyncio.to_thread(
                write_atomically, self._library / NOTE, note_text(note), mode=ONLY_OWNER, sync_name=False
            )
        except StorageError as error:
            log.warning("a second start will not find this one: %s", error)
        self._note = note

    async def close(self) -> None:
        """Hear nobody any more; the note goes, unless it is another program's by now."""
        server, self._server = self._server, None
        note, self._note = self._note, None
        if server is not None:
            server.close()
        for writer in self._open:
            writer.transport.abort()
        if note is not None:
            await asyncio.to_thread(self._take_down, note)

    def _take_down(self, note: Note) -> None:
        if read_note(self._library) == note:
            with contextlib.suppress(OSError):
                (self._library / NOTE).unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The eldest goes, not the newest: whoever keeps connections open must not keep the second start out.
        while len(self._open) >= CALLERS:
            self._open.pop(0).transport.abort()
        self._open.append(writer)
        self._tasks.spawn(self._serve(reader, writer), name="a second start", owner=self)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                line = await reader.readuntil(b"\n")
                note = self._note
                call = read_call(line, note.token) if note is not None else None
                if note is None or call is None:
                    log.info("somebody knocked without the secret")
                    return
                writer.write(note.answer.encode() + b"\n")
                await writer.drain()
                self.called.emit(call)
                writer.close()
                await writer.wait_closed()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            log.info("somebody knocked and said nothing of use")
        finally:
            if writer in self._open:
                self._open.remove(writer)
            writer.transport.abort()


def _listening() -> socket.socket:
    """A socket on 127.0.0.1, or on ::1 where IPv4 is off, with a port the system chooses."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            found = socket.socket(family, socket.SOCK_STREAM)
        except OSError:
            continue
        try:
            found.bind((host, 0))
            found.setblocking(False)
        except OSError:
            found.close()
        else:
            return found
    raise OSError("no port of this machine can be opened")
