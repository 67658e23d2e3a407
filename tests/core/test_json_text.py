from __future__ import annotations

import pytest

from studio.core.json_text import MAX_DEPTH, parse_json


@pytest.mark.parametrize(
    "text", ["", "{", "nul", "[1,]", "\x00", "9" * 5000, "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    for given in (text, text.encode()):
        with pytest.raises(ValueError, match=r"."):
            parse_json(given)


def test_nesting_has_an_end() -> None:
    whole = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    parse_json(whole)
    with pytest.raises(ValueError, match="deep"):
        parse_json(f"[{whole}]")
    with pytest.raises(ValueError, match="deep"):
        parse_json(f'{{"a": 1, "b": {whole}}}'.encode())


def test_wide_is_not_deep() -> None:
    wide = [{"a": [number]} for number in range(1000)]
    assert parse_json(str(wide).replace("'", '"')) == wide
