"""Every word the user reads is collected, and translated into the languages that are whole."""

from __future__ import annotations

import re

import pytest

from scripts import messages

WHOLE: tuple[str, ...] = ()
"""Languages that have every message."""
_NAMES = re.compile(r"\{[^{}]*\}")


def test_template_catalogues_and_compiled_files_are_what_the_source_says() -> None:
    assert list(messages.complaints()) == []


def forms(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value or ""),)


@pytest.mark.parametrize("language", messages.languages())
def test_what_is_translated_fits_its_message(language: str) -> None:
    catalogue = messages.read(language)
    wrong: list[str] = []
    for one in catalogue:
        said = forms(one.string)
        if not one.id or not all(said):
            continue
        texts = forms(one.id)
        names = set(_NAMES.findall(texts[-1]))
        for at, text in enumerate(said):
            like = texts[min(at, len(texts) - 1)]
            # One thing may be said without its number.
            if not set(_NAMES.findall(text)) <= names or (
                set(_NAMES.findall(text)) != set(_NAMES.findall(like)) and len(texts) == 1
            ):
                wrong.append(f"{like!r} → {text!r}: other values")
            if (_edges(text) != _edges(like)) or _ending(text) != _ending(like):
                wrong.append(f"{like!r} → {text!r}: other spaces or another end")
        if one.fuzzy:
            wrong.append(f"{one.id!r}: not sure")
    assert wrong == []


@pytest.mark.parametrize("language", WHOLE)
def test_a_whole_language_has_every_message(language: str) -> None:
    catalogue = messages.read(language)
    assert [one.id for one in catalogue if one.id and not all(forms(one.string))] == []


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _ending(text: str) -> str:
    """The mark at the end, if it is one that means something."""
    last = text.rstrip()[-1:]
    return last if last in "….:?," else ""
