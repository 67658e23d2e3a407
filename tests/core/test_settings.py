from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from studio.core.errors import InputError
from studio.core.settings import LONGEST, Preferences, Settings


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


def test_what_was_set_aside_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for content in ("[first", "[second"):
        path.write_text(content)
        Settings(path)
    kept = {file.read_text() for file in tmp_path.glob("settings.unreadable*.toml")}
    assert kept == {"[first", "[second"}
    for _ in range(20):
        path.write_text("[later")
        Settings(path)
    assert len(list(tmp_path.glob("settings.unreadable*.toml"))) == 9, "a loop of crashes fills no disk"


@pytest.mark.parametrize(
    "content",
    [
        b"[look]\nfont_scale = " + b"9" * 5000,
        b"[look]\ntheme = 0x" + b"f" * 9000,
        b"[unknown]\nx = 0x" + b"f" * 9000,
        b"a = " + b"[" * 5000 + b"]" * 5000,
        b"a = " + b"{a=" * 3000 + b"1" + b"}" * 3000,
        b"a" + b".a" * 5000 + b" = 1",
        b"a" + b".a" * 200 + b" = 1",
        b"# " + b"x" * LONGEST,
        b"\xff\xfe",
        b"\0",
    ],
    ids=["digits", "hex", "hex unknown", "lists", "tables", "dots", "kept dots", "long", "no text", "null"],
)
def test_a_file_that_cannot_be_used_is_kept_and_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    settings = Settings(path)
    assert settings.values == Preferences()
    assert settings.set_aside is not None
    assert settings.set_aside.read_bytes() == content
    assert len(settings.problems) == 1
    settings.change("look", theme="dark")
    assert Settings(path).values.look.theme == "dark"


def test_a_pipe_or_a_folder_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for make in (os.mkfifo, os.mkdir):
        make(path)
        settings = Settings(path)
        assert settings.set_aside is not None
        settings.change("look", theme="dark")
        assert path.is_file()
        path.unlink()


_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.dates() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    [(section, key) for section, table in Preferences()._asdict().items() for key in table._fields]
)


@given(
    st.dictionaries(_NAMES, _VALUES, max_size=8), st.dictionaries(st.text(max_size=9), _VALUES, max_size=3)
)
def test_any_values_are_survived_and_written_again(
    known: dict[tuple[str, str], Any], unknown: dict[str, Any]
) -> None:
    data: dict[str, Any] = {key: value for key, value in unknown.items() if key not in Preferences._fields}
    for (section, key), value in known.items():
        data.setdefault(section, {})[key] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(tomli_w.dumps(data).encode())
        settings = Settings(path)
        settings.change("look", theme="dark" if settings.values.look.theme != "dark" else "light")
        again = Settings(path)
        assert again.values == settings.values
        assert again.set_aside is None


@examples(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes_are_survived(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(content)
        settings = Settings(path)
        settings.change("look", theme="dark")
        assert Settings(path).values == settings.values


def test_a_name_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.toml")
    with pytest.raises(InputError, match="cannot be kept"):
        settings.change("files", library="/media/\udcff")
    assert settings.values == Preferences()
    settings.change("look", theme="dark")
    assert Settings(settings.path).values.look.theme == "dark"


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
