"""Where things live on disk. Nothing is created here; whoever writes creates."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

APP = "nectary"


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
    def sandbox(self) -> Path:
        """What the stand-in service remembers between two starts of the program."""
        return self.profile / "sandbox"

    @property
    def window_state(self) -> Path:
        return self.profile / "window.state"


def system_paths(library: Path | None = None) -> Paths:
    """The places this system has for such things (XDG on Linux)."""
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(APP, appauthor=False)
    pictures = Path(dirs.user_pictures_dir)
    return Paths(
        profile=Path(dirs.user_config_dir),
        library=library or pictures / "Nectary",
        cache=Path(dirs.user_cache_dir),
        logs=Path(dirs.user_log_dir),
    )


def portable_paths(profile: Path, library: Path | None = None) -> Paths:
    """Everything inside one folder, as `--profile DIR` promises."""
    root = profile.expanduser().absolute()
    return Paths(profile=root, library=library or root / "library", cache=root / "cache", logs=root / "logs")
