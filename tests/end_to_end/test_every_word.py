"""The running program in a language that shows what has not been translated."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from studio.core.pseudo import CLOSE, OPEN
from tests.end_to_end.programs import ROOT, environment

_TRANSLATED = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
DATA = re.compile(
    r"""
      0x5ea\ 4711 | 0x0                                   # the user's own words
    | \{\w+\} | sk_\w*…? | https?://\S+ | (/[\w.-]+){2,}  # forms, keys, addresses, paths
    | (?<=\d)\ (B|kB|MB|GB|s) | \d+p                      # units
    | \bz-image-turbo\b                                  # who made a picture
    | \b(MP3|WAV|FLAC|Opus|M4A|Nectary|octocat|Alloy|Python|Qt)\b  # names
    | \bSandbox\ (with|without|for|expired|publishable)\b[\w\ ]* | Pollinations\ CLI  # keys of an account
    | \b((Ctrl|Shift|Alt)\+)+\w* | \b(F\d+|[A-Z])\b | [\w-]+\ \d+\.jpg  # on the keyboard, of a file
    """,
    re.VERBOSE,
)


def left_over(text: str, models: list[str]) -> str:
    """What of a text is neither translated nor data."""
    before = ""
    while before != text:
        before, text = text, _TRANSLATED.sub("", text)
    for model in models:
        text = text.replace(model, "")
    return DATA.sub("", text)


@pytest.mark.end_to_end
def test_every_word_of_the_running_program_has_been_translated() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.word_round", "qps"],
        env=environment(), capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    heard = json.loads(done.stdout)
    models = sorted({text for place, _, text in heard if place == "models"}, key=len, reverse=True)
    said = [entry for entry in heard if entry[0] != "models"]
    assert len({place for place, *_ in said}) > 30
    assert sum(OPEN in text for *_, text in said) > 2000
    english = {
        text: f"{place}: {widget}"
        for place, widget, text in said
        if any(letter.isalpha() for letter in left_over(text, models))
    }
    assert english == {}


def test_what_is_left_over_is_found() -> None:
    assert left_over(f"{OPEN}Šáv́é {OPEN}x{CLOSE}{CLOSE} now", []) == " now"
    assert left_over("Flux: 12 kB", ["Flux"]) == ": 12"
