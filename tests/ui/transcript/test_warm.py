"""What is loaded before the first answer (`studio.ui.transcript.warm`)."""

from __future__ import annotations

from studio.domain.highlight import highlight
from studio.ui.transcript.warm import LANGUAGES, warm


def test_its_languages_are_known() -> None:
    warm()
    assert all(highlight("one = 1", language) for language in LANGUAGES)
