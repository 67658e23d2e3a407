from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.api import errors as e
from studio.api.error_parsing import BODY_CHARACTERS, error_from_response, error_in_stream, plain_words

KEY = "sk_0123456789abcdefghijklmnopqrstuv"
WORDS = ["error", "message", "code", "details", "fieldErrors", "detail", "loc", "msg", "type"]
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(WORDS) | st.text(),
        inner,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=50)
@given(st.integers(400, 599), documents)
def test_any_json_becomes_an_error(status: int, document: object) -> None:
    error = error_from_response(status, {}, json.dumps(document).encode())
    assert error.status == status
    assert error.title


@given(st.integers(400, 599), st.binary())
def test_any_bytes_become_an_error(status: int, body: bytes) -> None:
    assert error_from_response(status, {}, body).title


@settings(max_examples=50)
@given(documents)
def test_any_frame_with_an_error_becomes_one(document: object) -> None:
    assert error_in_stream({"error": document}).title


def test_keys_do_not_get_into_errors() -> None:
    body = json.dumps({"error": {"code": "X", "message": f"bad key {KEY}"}, "echo": f"Bearer {KEY}"})
    error = error_from_response(400, {}, body.encode())
    assert KEY not in f"{error} {error.body} {error.code} {error.detail}"


def test_bodies_are_kept_short() -> None:
    assert len(error_from_response(500, {}, b"x" * 1_000_000).body) <= BODY_CHARACTERS


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"<html><head><title>Bad &amp; gone</title></head><body>x</body></html>", "Bad & gone"),
        (b"<p>just</p> <b>text</b>", "just text"),
        (b"plain words", "plain words"),
        (b'"a JSON string"', "a JSON string"),
        (b'{"error":"two words"}', "two words"),
        (b'{"error":"word","error_description":"what it means"}', "what it means"),
        (b'{"message":"top level"}', "top level"),
    ],
)
def test_prose_is_found(body: bytes, detail: str) -> None:
    assert error_from_response(400, {}, body).message == detail


def test_the_page_that_repairs_it_is_found_anywhere() -> None:
    link = "https://enter.pollinations.ai/top-up"
    for body in (
        {"error": {"message": "m", "fixUrl": link}},
        {"error": {"message": "m"}, "fixUrl": link},
        {"error": {"message": f"Top up at {link}."}},
    ):
        error = error_from_response(402, {}, json.dumps(body).encode())
        assert error.fix_url == link
        assert error.actions[0].argument == link


def test_quest_pollen_is_told_apart() -> None:
    body = {"error": {"code": "QUEST_POLLEN_ONLY", "message": "m"}}
    error = error_from_response(402, {}, json.dumps(body).encode())
    assert isinstance(error, e.ApiPaymentError)
    assert error.kind == "quest_only"


def test_an_error_can_be_read_as_one_sentence() -> None:
    error = error_from_response(401, {"x-request-id": "r-9"}, b"")
    assert str(error).startswith("The service does not accept your key. ")
    assert error.request_id == "r-9"
    assert error.actions == (e.SIGN_IN,)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Seed must be below 100. See https://x.y/docs for more.", "Seed must be below 100."),
        ("size must be at most 512 pixels", "Size must be at most 512 pixels."),
        ("Error 500: upstream returned 502", ""),
        ("TypeError: Cannot read properties of undefined", ""),
        ("Please check the `model` field!", ""),
        ("BAD_REQUEST", ""),
        ("", ""),
        ("long " * 100, ""),
    ],
)
def test_only_what_helps_a_user_is_passed_on(message: str, words: str) -> None:
    assert plain_words(message) == words
