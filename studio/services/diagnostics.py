"""What a report says: versions, platform, preferences, sizes, checks, the last log lines.

Keys and tokens, passwords in addresses, the home folder, the names of user, computer and accounts, and
prompts are taken out of the whole text, whatever part of it they got into.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from studio import __version__
from studio.core.paths import Paths
from studio.core.secrets import MASK, redact
from studio.core.settings import Settings
from studio.services.notices import BugReport

LOG_LINES: Final = 60
LIBRARIES: Final = ("PySide6-Essentials", "qasync", "httpx", "Pillow", "av", "keyring")
SHORTEST_WORDS: Final = 6
"""A prompt shorter than this could be any word of the report."""
SHORTEST_NAME: Final = 3
_PERSONAL: Final = {
    "files": ("library",),
    "connection": ("account", "accounts"),
    "network": ("proxy_url", "trusted", "certificates"),
    "create": ("wildcards",),
    "chat": ("last", "folded"),
    "sound": ("input", "input_name", "output", "output_name"),
}
"""Preferences that may name people or folders: only whether they are set is told."""
_ENVIRONMENT: Final = re.compile(
    r"(?i)(POLLINATIONS_\w+|\w+_PROXY|SSL_CERT_\w+|QT_\w+|PYTHON\w+|LANG|LC_ALL)"
)
_MORE_SECRETS: Final = re.compile(
    r"(?i)([\w.-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|cookie|authorization|credential)s?)"
    r"(\"?'?\s*[=:]\s*\"?'?)(?!•)[^\s\"',;}&]+"
)
_PROMPT_IN_ADDRESS: Final = re.compile(r"(?i)(/(?:image|video|audio|text|prompt)/)(?![•\s])[^\s?\"']+")


def diagnostics(
    paths: Paths,
    settings: Settings,
    bug: BugReport | None = None,
    *,
    more: Sequence[str] = (),
    private: Iterable[str] = (),
) -> str:
    """The whole report as plain text. Reads the end of the log: call it from a thread.

    Args:
        more: lines about sizes and checks.
        private: texts that must not be in it, such as prompts.
    """
    parts = [f"Nectary {__version__}", *_system(), ""]
    if bug is not None:
        parts += ["What happened", bug.summary, *([f"While {bug.context}"] if bug.context else []), "",
                  bug.trace.rstrip(), ""]  # fmt: skip
    if more:
        parts += [*more, ""]
    parts += ["Preferences", *_preferences(settings), "", "Last log lines", *_log_tail(paths.logs)]
    names = (*settings.values.connection.accounts.splitlines(), settings.values.connection.account)
    text = without(redact("\n".join(parts)), private, "(your words)", shortest=SHORTEST_WORDS)
    text = _MORE_SECRETS.sub(rf"\1\2{MASK}", text)
    text = _PROMPT_IN_ADDRESS.sub(rf"\1{MASK}", text)
    return anonymous(without(text, names, "(account)", shortest=SHORTEST_NAME)) + "\n"


def without(text: str, private: Iterable[str], stand_in: str, *, shortest: int) -> str:
    """`text` with each of these in none of the ways a log writes it: plain, in an address, as JSON or `repr`.

    Args:
        shortest: what has fewer letters is left, since it could be any word.
    """
    from urllib.parse import quote, quote_plus

    forms: set[str] = set()
    for words in private:
        for line in (words, *words.splitlines()):
            plain = line.strip()
            if len(plain) >= shortest:
                forms |= {plain, quote(plain), quote(plain, safe=""), quote_plus(plain)}
                forms |= {repr(plain)[1:-1], plain.encode("unicode_escape").decode("ascii")}
    for form in sorted((form for form in forms if form in text), key=len, reverse=True):
        text = text.replace(form, stand_in)
    return text


def anonymous(text: str) -> str:
    """`text` with the home folder as "~" and the names of user and computer left out."""
    home = str(Path.home())
    if len(home) > 1:
        text = text.replace(home, "~")
    user = os.environ.get("USER") or os.environ.get("USERNAME") or ""
    if len(user) > 1:
        text = text.replace(f"/{user}/", "/…/").replace(f"\\{user}\\", "\\…\\")
    for name in (user, platform.node(), *_real_names()):
        if len(name) >= SHORTEST_NAME:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text)
    return text


def _real_names() -> list[str]:
    """What the system calls the user in full."""
    if sys.platform == "win32":
        return []
    import pwd

    try:
        name = pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0].strip()
    except KeyError:
        return []
    return [name, *name.split()]


def _system() -> list[str]:
    versions = [f"{name} {_version(name)}" for name in LIBRARIES]
    told = sorted(name for name in os.environ if _ENVIRONMENT.fullmatch(name))
    return [
        f"Python {platform.python_version()} on {platform.platform()}, {os.cpu_count()} processors",
        ", ".join(versions),
        f"Session {os.environ.get('XDG_SESSION_TYPE') or sys.platform}",
        f"Set in the environment: {', '.join(told) or 'nothing of interest'}",
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _preferences(settings: Settings) -> list[str]:
    lines: list[str] = []
    preferences = settings.values
    for name, section in preferences._asdict().items():
        personal = _PERSONAL.get(name, ())
        table = {
            key: ("(set)" if value else "") if key in personal else value
            for key, value in section._asdict().items()
        }
        lines.append(f"[{name}] " + ", ".join(f"{key} = {value!r}" for key, value in table.items()))
    # A value that cannot be used may be anything, a key that was pasted into the wrong place too.
    return lines + [f"problem: {problem.split(' = ')[0]}" for problem in settings.problems]


def _log_tail(folder: Path) -> list[str]:
    try:
        with (folder / "nectary.log").open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, LOG_LINES)] or ["(empty)"]
    except OSError:
        return ["(no log file)"]
