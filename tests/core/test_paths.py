"""Where things live: the same places as platformdirs names, found without importing it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from platformdirs import PlatformDirs

from studio.core.paths import APP, Paths, portable_paths, system_paths, without_tilde

KINDS = ("CONFIG", "CACHE", "STATE")


def expected() -> Paths:
    dirs = PlatformDirs(APP, appauthor=False)
    return Paths(
        profile=Path(dirs.user_config_dir),
        library=Path(dirs.user_pictures_dir) / "Nectary",
        cache=Path(dirs.user_cache_dir),
        logs=Path(dirs.user_log_dir),
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (*(f"XDG_{kind}_HOME" for kind in KINDS), "XDG_PICTURES_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_usual_places(home: Path) -> None:
    assert system_paths() == expected()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG is Linux's")
def test_the_places_the_environment_names(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in KINDS:
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(home / kind))
    monkeypatch.setenv("XDG_PICTURES_DIR", str(home / "Photos"))
    assert system_paths() == expected()
    assert system_paths().library == home / "Photos" / "Nectary"


def test_blank_names_do_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", " ")
    assert system_paths() == expected()


@pytest.mark.parametrize("line", ['XDG_PICTURES_DIR="$HOME/Bilder"', 'XDG_PICTURES_DIR="/srv/pictures"'])
def test_the_folder_the_desktop_calls_pictures(home: Path, line: str) -> None:
    (home / ".config").mkdir()
    text = f'# written by xdg-user-dirs-update\nXDG_MUSIC_DIR="$HOME/Musik"\n{line}\n'
    (home / ".config" / "user-dirs.dirs").write_text(text, encoding="utf-8")
    assert system_paths() == expected()


def test_a_chosen_library_and_a_portable_profile(home: Path) -> None:
    assert system_paths(home / "art").library == home / "art"
    portable = portable_paths(home / "stick")
    assert portable.library == home / "stick" / "library"
    assert portable.settings == home / "stick" / "settings.toml"


def test_the_home_of_nobody_is_a_name_like_any_other(home: Path) -> None:
    assert without_tilde(Path("~/pictures")) == home / "pictures"
    nobody = Path("~nobody-of-this-name/pictures")
    assert without_tilde(nobody) == nobody
    assert portable_paths(nobody).profile == nobody.absolute()
