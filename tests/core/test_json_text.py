from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.json_text import MAX_DEPTH, indented_json, parse_json

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.parametrize(
    "text", ["", "{", "nul", "[1,]", "\x00", "9" * 5000, "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    for each in (text, text.encode()):
        with pytest.raises(ValueError, match=r"."):
            parse_json(each)


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


@given(st.dictionaries(st.text(), values, max_size=6))
def test_the_indented_text_is_pythons_own(value: dict[str, Any]) -> None:
    assert indented_json(value) == json.dumps(value, ensure_ascii=False, indent=1)
