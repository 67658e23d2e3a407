"""Text for the user passes through here, so that it can be translated at the moment it is shown."""

from __future__ import annotations

import gettext
from pathlib import Path

_translations: gettext.NullTranslations = gettext.NullTranslations()


def use_language(folder: Path, languages: list[str]) -> None:
    """Load `folder/<language>/LC_MESSAGES/nectary.mo`; English stays where there is none."""
    global _translations  # noqa: PLW0603 - the one place that knows the language
    _translations = gettext.translation("nectary", folder, languages, fallback=True)


def tr(text: str, /, **values: object) -> str:
    """`text` in the user's language, with `{names}` filled in."""
    translated = _translations.gettext(text)
    return translated.format(**values) if values else translated


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """The form for `n` things; `{n}` is filled in."""
    return _translations.ngettext(one, many, n).format(n=n, **values)
