from __future__ import annotations

import pytest

from studio.ui import style
from studio.ui.theme import Theme


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_name_of_the_style_sheet_is_filled_in(mode: str) -> None:
    sheet = style.sheet(Theme(mode)._values())  # type: ignore[arg-type]  # one of the modes
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}") > 10


def test_a_name_the_theme_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError):
        style.sheet({})
