from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.core.i18n import tr, trn, use_language


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


@pytest.fixture(autouse=True)
def _english_afterwards(tmp_path: Path) -> Iterator[None]:
    yield
    use_language(tmp_path / "nowhere", [])


def test_english_is_what_stands_in_the_code() -> None:
    assert tr("Go to {pane}", pane="Chat") == "Go to Chat"
    assert tr("100 % {sure}") == "100 % {sure}", "without values nothing is filled in"
    assert trn("{n} file", "{n} files", 1) == "1 file"
    assert trn("{n} file", "{n} files", 2) == "2 files"


def test_a_language_is_loaded_and_a_missing_one_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "eo" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    messages = {"": header, "Quit": "Ĉesi", "{n} file\0{n} files": "{n} dosiero\0{n} dosieroj"}
    (folder / "nectary.mo").write_bytes(compiled(messages))
    use_language(tmp_path, ["eo"])
    assert tr("Quit") == "Ĉesi"
    assert trn("{n} file", "{n} files", 3) == "3 dosieroj"
    assert tr("Open") == "Open"
    use_language(tmp_path, ["xx"])
    assert tr("Quit") == "Quit"
