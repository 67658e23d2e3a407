"""Text for the user passes through here, in the user's language.

The language is fixed once per process: `app.py` calls `use_language` right after it has read the preferences
and before any module with words is imported. So `tr` may stand in a table that is made at import, and nothing
has to be built again while the program runs; another choice in the preferences holds from the next start.

A text stands in the code in English, as a literal, where it is said: `tr("Go to {pane}", pane=title)`. Texts
are whole sentences with named values, never glued. `python -m scripts.messages` collects them;
docs/translating.md tells how a language is added.

Numbers are written as the language writes them, too (`number`, `as_number`); what other programs read is not.
"""

from __future__ import annotations

import gettext
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.assets import resource

if TYPE_CHECKING:
    from datetime import datetime

DOMAIN = "nectary"
SOURCE = "en"
VARIABLE = "NECTARY_LANGUAGE"
PSEUDO, PSEUDO_MIRRORED = "qps", "qpsr"
"""Languages for tests: English with accents, brackets and more length; the second from right to left."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", PSEUDO_MIRRORED})
_SYSTEM = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = SOURCE
_marks = (",", ".")
# What a translated text is in the code: object names of widgets do not change with the language.
_sources: dict[str, str] = {}


def use_language(language: str, folder: Path | None = None) -> None:
    """Say everything in `language` from now on; English where there is no catalogue.

    Args:
        language: "de", "pt_BR". `folder`: of `<language>/LC_MESSAGES/nectary.mo`, the program's own unless
        given.
    """
    global _translations, _language, _marks  # noqa: PLW0603 - the one place that knows the language
    _sources.clear()
    _translations, _language, _marks = gettext.NullTranslations(), SOURCE, (",", ".")
    if language in (PSEUDO, PSEUDO_MIRRORED):
        from studio.core.pseudo import PseudoTranslations

        _translations, _language = PseudoTranslations(), language
    elif language != SOURCE:
        path = _catalogue(language, folder or resource("translations"))
        try:
            with path.open("rb") as file:
                _translations, _language = gettext.GNUTranslations(file), language
        except (OSError, ValueError, IndexError, struct.error):
            return  # a damaged catalogue is none: the program speaks English
    if _language != SOURCE:
        # Translators write the same digits with the marks of their language: "1.234,5".
        sample = tr("1,234.5")
        _marks = (sample[1], sample[-2]) if len(sample) == len("1,234.5") else _marks


def language() -> str:
    """The language in use: "en", "de"."""
    return _language


def right_to_left() -> bool:
    """Whether the language in use is written from right to left."""
    return _language.partition("_")[0] in RIGHT_TO_LEFT


def languages(folder: Path | None = None) -> list[str]:
    """The languages there are, English first."""
    home = folder or resource("translations")
    found = sorted(path.parent.parent.name for path in home.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return [SOURCE, *found]


def choose_language(
    preference: str, environment: Mapping[str, str], system: Sequence[str] = (), folder: Path | None = None
) -> str:
    """The language to speak.

    Args:
        preference: "system" or a language. `environment`: of the process; `NECTARY_LANGUAGE` wins over all.
        system: what the desktop says, best first, where it does not say it in the environment.
    """
    home = folder or resource("translations")
    wanted = [environment.get(VARIABLE, "")]
    if preference != "system":
        wanted.append(preference)
    else:
        said = next((value for name in _SYSTEM if (value := environment.get(name))), "")
        wanted += said.split(":") if said else system
    for one in wanted:
        name = one.partition(".")[0].partition("@")[0].replace("-", "_")
        short = name.partition("_")[0].lower()
        if name in (PSEUDO, PSEUDO_MIRRORED):
            return name
        if short == SOURCE or name in ("C", "POSIX"):
            return SOURCE
        for code in (name, short):
            if code and code.replace("_", "").isalnum() and _catalogue(code, home).is_file():
                return code
    return SOURCE


def tr(text: str, /, **values: object) -> str:
    """`text` in the user's language, with `{names}` filled in."""
    translated = _translations.gettext(text)
    if values:
        return translated.format(**(values if _language == SOURCE else _spoken(values)))
    if _language != SOURCE:
        _sources.setdefault(translated, text)
    return translated


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """The form for `n` things; `{n}` is filled in."""
    translated = _translations.ngettext(one, many, n)
    values["n"] = n
    return translated.format(**(values if _language == SOURCE else _spoken(values)))


def tr_noop(text: str, /) -> str:
    """`text` as it is, collected for translation; `tr` says it later, where the text comes in a variable."""
    return text


def source_of(text: str) -> str:
    """The English of a text that `tr` gave out; other texts as they are."""
    return _sources.get(text, text)


def number(value: float, places: int = 0) -> str:
    """A number as people write it: "1,234.5" in English, "1.234,5" in German.

    >>> number(1234), number(0.25, 1)
    ('1,234', '0.2')
    """
    return as_number(f"{value:,.{places}f}")


def as_number(text: str) -> str:
    """A number that is written the English way ("1,234.5"), the way of the language in use."""
    thousands, point = _marks
    if (thousands, point) == (",", "."):
        return text
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)


def percent(share: float) -> str:
    """A share of 1 in hundredths: "40%"."""
    return tr("{n}%", n=round(share * 100))


def date_and_time(moment: datetime, *, seconds: bool = False) -> str:
    """A moment of the clock it carries, to the minute: "2026-01-31 09:05"."""
    year, month, day = f"{moment:%Y}", f"{moment:%m}", f"{moment:%d}"
    time = f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"
    return tr("{year}-{month}-{day} {time}", year=year, month=month, day=day, time=time)


def from_number(text: str) -> str:
    """What somebody typed as a number, with the point that programs read; "0.5" and "0,5" are the same
    where a comma is the decimal mark."""
    text = text.strip()
    return text.replace(",", ".") if _marks[1] == "," and text.count(",") == 1 and "." not in text else text


class _Whole(int):
    """A whole number in a sentence: "{n:,}" is written as the language writes it."""

    def __format__(self, spec: str, /) -> str:
        return as_number(super().__format__(spec))


class _Real(float):
    """The same with a fraction: "{size:.1f}"."""

    def __format__(self, spec: str, /) -> str:
        return as_number(super().__format__(spec))


def _spoken(values: Mapping[str, object]) -> dict[str, object]:
    """Values of a sentence, whose numbers are written as the language writes them."""
    return {
        name: _Whole(value) if type(value) is int else _Real(value) if type(value) is float else value
        for name, value in values.items()
    }


def _catalogue(language: str, folder: Path) -> Path:
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
