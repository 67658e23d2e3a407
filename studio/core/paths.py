"""Where things live on disk. Nothing is created here; whoever writes creates."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

APP = "nectary"
LIBRARY = "Nectary"


class Paths(NamedTuple):
    """The folders of one profile.

    Args:
        profile: settings, the jobs' database, the lock.
        library: the user's files (DESIGN 6).
        cache: what can be made again: rendered icons, the catalogue as last seen.
        logs: rotating log files, secrets removed.
    """

    profile: Path
    library: Path
    cache: Path
    logs: Path

    @property
    def settings(self) -> Path:
        return self.profile / "settings.toml"

    @property
    def key_file(self) -> Path:
        """A key behind a passphrase, where there is no keyring."""
        return self.profile / "key.json"

    @property
    def sandbox(self) -> Path:
        """What the stand-in service remembers between two starts of the program."""
        return self.profile / "sandbox"

    @property
    def window_state(self) -> Path:
        return self.profile / "window.state"


def system_paths(library: Path | None = None) -> Paths:
    """The places this system has for such things (XDG on Linux)."""
    if sys.platform.startswith("linux"):
        return _xdg_paths(library)
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(APP, appauthor=False)
    return Paths(
        profile=Path(dirs.user_config_dir),
        library=library or Path(dirs.user_pictures_dir) / LIBRARY,
        cache=Path(dirs.user_cache_dir),
        logs=Path(dirs.user_log_dir),
    )


def _xdg_paths(library: Path | None) -> Paths:
    """What platformdirs answers on Linux, without the 6 ms that it takes to import before the first frame."""
    return Paths(
        profile=_xdg_home("CONFIG", ".config") / APP,
        library=library or _xdg_pictures() / LIBRARY,
        cache=_xdg_home("CACHE", ".cache") / APP,
        logs=_xdg_home("STATE", ".local/state") / APP / "log",
    )


def _xdg_home(kind: str, usual: str) -> Path:
    named = os.environ.get(f"XDG_{kind}_HOME", "")
    return Path(named) if named.strip() else Path.home() / usual


def _xdg_pictures() -> Path:
    """The folder that the desktop calls Pictures in the user's language."""
    try:
        lines = (_xdg_home("CONFIG", ".config") / "user-dirs.dirs").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() == "XDG_PICTURES_DIR":
            return Path(value.strip().strip('"').replace("$HOME", str(Path.home())))
    named = os.environ.get("XDG_PICTURES_DIR", "").strip()
    return Path(named) if named else Path.home() / "Pictures"


def without_tilde(path: Path) -> Path:
    """`path` with the home folder for "~"; as it is where there is no such user."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def portable_paths(profile: Path, library: Path | None = None) -> Paths:
    """Everything inside one folder, as `--profile DIR` promises."""
    root = without_tilde(profile).absolute()
    return Paths(profile=root, library=library or root / "library", cache=root / "cache", logs=root / "logs")
