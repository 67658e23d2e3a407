from __future__ import annotations

import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core import i18n
from studio.core.i18n import (
    as_number,
    choose_language,
    date_and_time,
    from_number,
    language,
    languages,
    number,
    percent,
    right_to_left,
    source_of,
    tr,
    tr_noop,
    trn,
    use_language,
)
from studio.core.pseudo import CLOSE, OPEN, pseudo

HEADER = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def compiled(messages: dict[str, str]) -> bytes:
    """A .mo file: a header, two tables of length and place, and the texts (GNU gettext, "MO files")."""
    ids = sorted(messages)
    texts = [name.encode() for name in ids], [messages[name].encode() for name in ids]
    place = 28 + 16 * len(ids)
    tables, body = b"", b""
    for column in texts:
        for text in column:
            tables += struct.pack("<II", len(text), place + len(body))
            body += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(ids), 28, 28 + 8 * len(ids), 0, 0) + tables + body


def put(folder: Path, code: str, **messages: str) -> None:
    put_all(folder, code, messages)


def put_all(folder: Path, code: str, messages: dict[str, str]) -> None:
    home = folder / code / "LC_MESSAGES"
    home.mkdir(parents=True)
    (home / "nectary.mo").write_bytes(compiled({"": HEADER, **messages}))


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    use_language("en")


def test_english_is_what_stands_in_the_code() -> None:
    assert tr("Go to {pane}", pane="Chat") == "Go to Chat"
    assert tr("100 % {sure}") == "100 % {sure}", "without values nothing is filled in"
    assert trn("{n} file", "{n} files", 1) == "1 file"
    assert trn("{n} file", "{n} files", 2) == "2 files"
    assert tr_noop("Later") == "Later"
    assert (language(), right_to_left()) == ("en", False)


def test_a_language_is_loaded_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    put_all(tmp_path, "eo", {"Quit": "Ĉesi", "{n} file\0{n} files": "{n} dosiero\0{n} dosieroj"})
    use_language("eo", tmp_path)
    assert (tr("Quit"), language()) == ("Ĉesi", "eo")
    assert trn("{n} file", "{n} files", 3) == "3 dosieroj"
    assert tr("Open") == "Open"
    assert source_of("Ĉesi") == "Quit", "object names stay English"
    use_language("xx", tmp_path)
    assert (tr("Quit"), language()) == ("Quit", "en")
    assert languages(tmp_path) == ["en", "eo"]


@pytest.mark.parametrize("damage", [b"", b"\xde\x12\x04\x95", b"nonsense" * 20])
def test_a_damaged_catalogue_is_none(tmp_path: Path, damage: bytes) -> None:
    put(tmp_path, "eo", Quit="Ĉesi")
    (tmp_path / "eo" / "LC_MESSAGES" / "nectary.mo").write_bytes(damage)
    use_language("eo", tmp_path)
    assert (tr("Quit"), language()) == ("Quit", "en")


@pytest.mark.parametrize(
    ("preference", "environment", "system", "chosen"),
    [
        ("system", {}, [], "en"),
        ("system", {"LANG": "de_AT.UTF-8"}, [], "de"),
        ("system", {"LANG": "pt_BR.UTF-8"}, [], "pt_BR"),
        ("system", {"LANG": "de_DE", "LC_ALL": "C"}, [], "en"),
        ("system", {"LANG": "de_DE", "LC_MESSAGES": "en_GB.UTF-8"}, [], "en"),
        ("system", {"LANG": "en_US", "LANGUAGE": "xx:de:en"}, [], "de"),
        ("system", {"LANGUAGE": "en:de"}, [], "en"),
        ("system", {}, ["xx-YY", "de-DE"], "de"),
        ("system", {"LANG": "../../etc"}, [], "en"),
        ("de", {"LANG": "en_US"}, [], "de"),
        ("en", {"LANG": "de_DE"}, [], "en"),
        ("gone", {"LANG": "de_DE"}, [], "en"),
        ("en", {"NECTARY_LANGUAGE": "qpsr"}, [], "qpsr"),
        ("en", {"NECTARY_LANGUAGE": "de"}, [], "de"),
    ],
)
def test_the_language_is_the_preference_or_what_the_system_says(
    tmp_path: Path, preference: str, environment: dict[str, str], system: list[str], chosen: str
) -> None:
    for code in ("de", "pt_BR"):
        put(tmp_path, code, Quit=code)
    assert choose_language(preference, environment, system, tmp_path) == chosen


def test_numbers_and_dates_are_written_as_the_language_writes_them(tmp_path: Path) -> None:
    moment = datetime(2026, 1, 31, 9, 5, 7)  # noqa: DTZ001 - only its digits matter
    assert (number(12345), number(0.25, 2), as_number("1,234.5")) == ("12,345", "0.25", "1,234.5")
    assert (percent(0.5), date_and_time(moment)) == ("50%", "2026-01-31 09:05")
    assert from_number(" 0,5 ") == "0,5", "a comma is no decimal mark in English"
    messages = {
        "1,234.5": "1.234,5", "{n}%": "{n} %", "{n:,} of {all:,}": "{n:,} von {all:,}",
        "{year}-{month}-{day} {time}": "{day}.{month}.{year} {time}", "{size:.1f} kB": "{size:.1f} kB",
        "{n} file\0{n:,} files": "{n} Datei\0{n:,} Dateien",
    }  # fmt: skip
    put_all(tmp_path, "de", messages)
    use_language("de", tmp_path)
    assert (number(12345), number(0.25, 2), as_number("1,234.5")) == ("12.345", "0,25", "1.234,5")
    assert (percent(0.5), date_and_time(moment, seconds=True)) == ("50 %", "31.01.2026 09:05:07")
    assert tr("{n:,} of {all:,}", n=1234, all=9999) == "1.234 von 9.999"
    assert tr("{size:.1f} kB", size=1.25) == "1,2 kB"
    assert trn("{n} file", "{n:,} files", 1234) == "1.234 Dateien"
    assert (from_number("0,5"), from_number("0.5"), from_number("1.234,5")) == ("0.5", "0.5", "1.234,5")


@given(st.text(alphabet=st.characters(exclude_characters="{}")), st.integers())
def test_the_pseudo_language_brackets_words_and_keeps_values(text: str, value: int) -> None:
    said = pseudo(text + "{value}")
    assert said.format(value=value).count(str(value)) >= 1
    if any(letter.isalpha() for letter in text):
        assert said.startswith(OPEN)
        assert said.endswith(CLOSE)
        assert len(said) >= len(text) + len("{value}") + 2
    else:
        assert said == text + "{value}"


def test_the_pseudo_language_can_be_read_from_the_right() -> None:
    use_language(i18n.PSEUDO)
    assert tr("Go to {pane}", pane="Chat") == "⟦Ĝö ţö Chat~~⟧"
    assert trn("{n} file", "{n} files", 2).startswith("⟦2 ")
    assert not right_to_left()
    use_language(i18n.PSEUDO_MIRRORED)
    assert right_to_left()


def test_the_language_is_known_before_any_module_with_words_is_imported() -> None:
    """`app.run` chooses it; what it imports before must not have said anything yet."""
    code = "import sys, studio.app; print(*(name for name in sys.modules if name.startswith('studio')))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    root = Path(__file__).parent.parent.parent
    early = [root / f"{name.replace('.', '/')}.py" for name in done.stdout.split()]
    imports_words = re.compile(r"^from .* import .*\btrn?\b", re.MULTILINE)
    speaking = [
        str(path)
        for path in early
        # What a function imports is there when it speaks.
        if path.is_file() and imports_words.search(path.read_text(encoding="utf-8"))
    ]
    assert "studio.core.i18n" in done.stdout
    assert speaking == []
