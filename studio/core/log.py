"""Logging without secrets: every formatted line, traces included, passes the redaction."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from studio.core.secrets import redact

_LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Removes keys and tokens from the whole text, so that no caller has to remember to."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def set_up(folder: Path | None, *, verbose: bool = False) -> None:
    """Log to `folder/nectary.log` (five files of 1 MB), and to stderr what is a warning or worse.

    A folder that cannot be written is no reason not to start: stderr alone then.
    """
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.DEBUG if verbose else logging.WARNING)
    console.setFormatter(RedactingFormatter(_LINE))
    root.addHandler(console)
    # Third parties print request lines at debug; ours say the same with the secrets removed.
    for name in ("httpcore", "httpx", "hpack", "asyncio", "PIL", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = RotatingFileHandler(
            folder / "nectary.log", maxBytes=1_000_000, backupCount=5, encoding="utf-8", delay=True
        )
    except OSError as error:
        root.warning("no log file: %s", error)
        return
    file.setFormatter(RedactingFormatter(_LINE))
    root.addHandler(file)
