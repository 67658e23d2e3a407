from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.settings import Preferences, Settings


def test_defaults_without_a_file(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    assert settings.values == Preferences()
    assert not settings.path.exists(), "looking writes nothing"


def test_a_change_is_written_told_and_read_back(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "deep" / "settings.toml")
    heard: list[Preferences] = []
    settings.changed.connect(heard.append)
    settings.change("look", theme="dark", font_scale=1.5)
    settings.change("look", theme="dark")
    assert len(heard) == 1, "setting what already holds tells nobody"
    assert Settings(settings.path).values.look.theme == "dark"


def test_what_a_newer_program_wrote_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('schema = 1\n[look]\ntheme = "light"\nhue = 7\n[future]\nx = 1\n')
    settings = Settings(path)
    settings.change("look", theme="dark")
    text = path.read_text()
    assert "hue = 7" in text
    assert "[future]" in text


def test_wrong_values_fall_back_and_are_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('look = {theme = "purple", font_scale = 2}\nmoney = 3\n')
    settings = Settings(path)
    assert settings.values.look.theme == "system"
    assert settings.values.look.font_scale == 2.0
    assert len(settings.problems) == 2


def test_a_damaged_file_is_set_aside_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"\xff\xfe not toml [")
    settings = Settings(path)
    assert settings.problems
    settings.change("look", theme="dark")
    assert (tmp_path / "settings.unreadable.toml").read_bytes().startswith(b"\xff\xfe")


def test_there_is_no_such_setting(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Settings(tmp_path / "s.toml").change("look", colour="red")
