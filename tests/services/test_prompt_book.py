"""Styles and wildcard files."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import InputError, StorageError
from studio.services.prompt_book import BUILT_IN, STYLES_KEY, Style, read_folder, read_styles
from tests.services.studio import opened


async def test_own_styles_outlast_the_program_and_go_before_those_of_the_same_name(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        book = studio.services.prompt_book
        await book.open()
        assert book.styles == BUILT_IN
        await book.put("  Chalk  ", " chalk drawing of {prompt} ")
        await book.put("watercolour", "{prompt}, wet paper")
        with pytest.raises(InputError):
            await book.put(" ", "x")
    async with opened(tmp_path, {}) as studio:
        book = studio.services.prompt_book
        await book.open()
        assert [(style.name, style.text) for style in book.styles if style.own] == [
            ("Chalk", "chalk drawing of {prompt}"), ("watercolour", "{prompt}, wet paper"),
        ]  # fmt: skip
        assert len(book.styles) == len(BUILT_IN) + 1
        assert book.name_of("chalk drawing of {prompt}") == "Chalk"
        await book.put("Crayon", "crayon drawing of {prompt}", instead_of="Chalk")
        await book.remove("watercolour")
        assert [style.name for style in book.styles if style.own] == ["Crayon"]
        await studio.services.profile.set_draft(STYLES_KEY, [["Good", "x"], ["bad"], 7])
        await book.open()
        assert [style.name for style in book.styles if style.own] == ["Good"]


async def test_wildcards_come_from_the_chosen_folder(tmp_path: Path) -> None:
    async with opened(tmp_path, {}) as studio:
        book, heard = studio.services.prompt_book, list[None]()
        assert book.folder == studio.services.paths.profile / "wildcards"
        assert not await book.read_wildcards()
        other = tmp_path / "elsewhere"
        other.mkdir()
        (other / "sea.txt").write_text("harbour\n\n# a note\nopen sea\n")
        studio.services.settings.change("create", wildcards=str(other))
        book.changed.connect(heard.append)
        assert await book.read_wildcards()
        assert book.wildcards == {"sea": ("harbour", "open sea")}
        assert not await book.read_wildcards()
        assert heard == [None]


def test_files_that_are_no_lists_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/fish.txt").write_bytes(b"\xef\xbb\xbfcod\r\nher\xffring\r\n")
    (tmp_path / "empty.txt").write_text("\n#\n")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder.txt").mkdir()
    assert read_folder(tmp_path) == {"deep/fish": ("cod", "her\ufffdring")}
    assert read_folder(tmp_path / "none") == {}


CSV = (
    'name,prompt,negative_prompt\r\n"--- Mine ---",,\r\nInk,"ink drawing of {prompt}, fine",colour\r\n'
    'Tidy,,"mess, noise"\r\nInk,"ink, {prompt}",\r\n,lost,\r\n'
)


async def test_styles_of_other_programs_are_taken_in(tmp_path: Path) -> None:
    assert [(one.name, one.text, one.negative) for one in read_styles(CSV)] == [
        ("Ink", "ink, {prompt}", ""), ("Tidy", "{prompt}", "mess, noise"),
    ]  # fmt: skip
    assert read_styles("name,text\nOld,an old style") == (Style("Old", "an old style", own=True),)
    assert read_styles('"broken') == ()
    path = tmp_path / "styles.csv"
    path.write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    async with opened(tmp_path / "profile", {}) as studio:
        book = studio.services.prompt_book
        assert await book.take_in(path) == 2
        await book.open()
        assert next(one for one in book.styles if one.name == "Tidy").negative == "mess, noise"
        path.write_text("nothing here")
        with pytest.raises(InputError):
            await book.take_in(path)
        with pytest.raises(StorageError):
            await book.take_in(tmp_path / "gone.csv")
