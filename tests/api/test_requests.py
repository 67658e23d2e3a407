from __future__ import annotations

from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.api.errors import ApiRequestError
from studio.api.requests import encode_query, older_safe, path_prompt
from studio.core.errors import InputError

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(texts.filter(lambda text: text.strip() and text not in (".", "..")))
def test_a_prompt_is_one_segment_of_the_path_and_comes_back_whole(prompt: str) -> None:
    segment = path_prompt(prompt)
    assert not set(segment) & set("/?#\n ")
    assert unquote(segment) == prompt


@pytest.mark.parametrize("prompt", ["", "  \n", ".", "..", "a\ud800"])
def test_what_a_url_cannot_carry_is_refused_in_words(prompt: str) -> None:
    with pytest.raises(InputError) as caught:
        path_prompt(prompt)
    assert caught.value.field == "prompt"


@given(st.lists(st.tuples(texts.filter(bool), texts.filter(bool))))
def test_a_query_round_trips_in_order(params: list[tuple[str, str]]) -> None:
    assert parse_qsl(encode_query(params), strict_parsing=bool(params)) == params


def test_an_older_server_gets_the_older_word_for_safe_once() -> None:
    error = ApiRequestError("no", status=400)
    error.field = "safe"
    assert older_safe("nsfw", error) == "true"
    assert older_safe("true", error) == ""
    error.field = "prompt"
    assert older_safe("nsfw", error) == ""
