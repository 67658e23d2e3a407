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


@pytest.mark.parametrize(
    ("text", "section", "name", "value"),
    [
        ("[look]\nfont_scale = 1e9", "look", "font_scale", 2.0),
        ("[look]\nfont_scale = -inf", "look", "font_scale", 1.0),
        ("[look]\nfont_scale = nan", "look", "font_scale", 1.0),
        ("[look]\nthumbnail_size = 0", "look", "thumbnail_size", 120),
        ("[money]\nconfirm_above = nan", "money", "confirm_above", 1.0),
        ("[money]\nday_budget = inf", "money", "day_budget", 1_000_000.0),
        ("[money]\nbatch_budget = -5", "money", "batch_budget", 0.0),
        ("[connection]\nparallel_jobs = -5", "connection", "parallel_jobs", 1),
        ("[connection]\nparallel_jobs = 1000000000", "connection", "parallel_jobs", 8),
        ("[create]\ncount = 1000000000", "create", "count", 64),
        ("[create]\nwidth = 99999999999999999999999", "create", "width", 4096),
        ("[create]\nseed = -1", "create", "seed", 0),
        ('[files]\nlibrary = "a\\u0000b"', "files", "library", ""),
        ("schema = 0", "look", "theme", "system"),
        ("schema = -1000000000000", "look", "theme", "system"),
    ],
)
def test_absurd_values_become_the_nearest_allowed(
    tmp_path: Path, text: str, section: str, name: str, value: object
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    found = getattr(getattr(Settings(path).values, section), name)
    assert found == value
    assert type(found) is type(value)
