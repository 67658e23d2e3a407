"""The way to the program that has a library already: a note beside its lock, and the port that it names.

A second start on the same library knocks, hands over what it was asked to open, and ends. The note says who
listens where, and holds two secrets: one lets in, the other proves that it was the program that answered and
not whoever got the port after it. The note is its owner's alone; one that anybody else could have written is
not believed. A plain socket and no library, because this is looked at before the first frame.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

NOTE = Path(".nectary") / "door.json"
HOSTS = ("127.0.0.1", "::1")
KNOCK_SECONDS = 1.5
LONGEST_NOTE = 4096
LONGEST = 1024 * 1024
"""Bytes of a message: many thousand file names."""
_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")


class Note(NamedTuple):
    """Where a program listens: a port of this machine.

    Args:
        computer: its name, as a library may lie on a drive that several machines see.
        token: what a caller has to say; `answer`: what proves who answered.
    """

    computer: str
    host: str
    port: int
    token: str
    answer: str


class Call(NamedTuple):
    """What a second start hands over: the files it was given, and the desktop's leave to come forward."""

    files: tuple[Path, ...] = ()
    activation: str = ""


def read_note(library: Path) -> Note | None:
    """The note of the program that has `library`; None when there is none that can be believed."""
    try:
        # A pipe in its place would be waited for.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(library / NOTE, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if sys.platform != "win32":
            state = os.fstat(descriptor)
            if not stat.S_ISREG(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
                return None
        data = file.read(LONGEST_NOTE)
    import json

    try:
        note = Note(**json.loads(data))
    except (ValueError, TypeError, RecursionError):
        return None
    *words, port = cast("tuple[Any, ...]", (note.computer, note.host, note.token, note.answer, note.port))
    fits = all(isinstance(word, str) and word and word.isascii() for word in words[1:])
    # A drive may come with a note from elsewhere: nothing is said to another machine.
    fits = fits and isinstance(words[0], str) and note.host in HOSTS
    return note if fits and type(port) is int and 0 < port < 65536 else None


def note_text(note: Note) -> bytes:
    """The note as it is written down."""
    import json

    return json.dumps(note._asdict()).encode()


def knock(library: Path, files: Sequence[Path] = ()) -> bool:
    """Ask the program that has `library` to come to the front and take `files`; whether it did."""
    note = read_note(library)
    if note is None:
        return False
    import socket

    if note.computer != socket.gethostname():
        return False
    token = next((value for name in _TOKENS if (value := os.environ.get(name))), "")
    said = call_text(note.token, Call(tuple(files), token))
    try:
        until = time.monotonic() + KNOCK_SECONDS
        with socket.create_connection((note.host, note.port), timeout=KNOCK_SECONDS) as line:
            line.sendall(said)
            heard = b""
            while len(heard) < LONGEST_NOTE and not heard.endswith(b"\n"):
                # In all, not for each byte: whoever got the port may answer drop by drop.
                line.settimeout(max(until - time.monotonic(), 0.01))
                part = line.recv(LONGEST_NOTE)
                if not part:
                    break
                heard += part
    except OSError:
        return False
    return heard == note.answer.encode() + b"\n"


def call_text(token: str, call: Call) -> bytes:
    """What is said at the door: one line. Files that do not fit are left out."""
    import json

    files = [str(path) for path in call.files]
    while True:
        line = json.dumps({"token": token, "files": files, "activation": call.activation}).encode() + b"\n"
        if len(line) <= LONGEST or not files:
            return line
        files = files[: len(files) // 2]


def read_call(line: bytes, token: str) -> Call | None:
    """What somebody said at the door; None when it is nonsense or the secret is wrong."""
    import hmac
    import json

    try:
        said: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    values = cast("dict[str, Any]", said)
    given, files, activation = values.get("token"), values.get("files"), values.get("activation")
    if not isinstance(given, str) or not isinstance(files, list) or not isinstance(activation, str):
        return None
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        return None
    names = cast("list[Any]", files)
    if not all(isinstance(name, str) and name and "\0" not in name for name in names):
        return None
    paths = tuple(Path(name) for name in names)
    return Call(paths, activation) if all(path.is_absolute() for path in paths) else None
