from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument

from studio.core.tips import plain_tip


@pytest.mark.parametrize(
    "text",
    ["a <b>bold</b> prompt", '<img src="file:///etc/passwd">', "<a href='x'>y</a>", "1 < 2 & 3", "<\n>"],
)
def test_markup_in_a_prompt_is_shown_and_not_obeyed(text: str) -> None:
    document = QTextDocument()
    document.setHtml(plain_tip(text))
    assert document.toPlainText() == text


def test_other_text_stays_as_it_is() -> None:
    assert plain_tip("Fish & chips") == "Fish & chips"
