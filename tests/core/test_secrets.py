from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.secrets import MASK, Secret, redact

KEY = "sk_0123456789abcdefghijklmnopqrstuv"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def test_a_secret_shows_itself_on_request_only() -> None:
    secret = Secret(KEY)
    assert secret.reveal() == KEY
    assert {repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{secret:>3}", "%s" % secret} == {MASK}  # noqa: UP031
    assert secret == Secret(KEY) != Secret("other")
    assert not Secret("")
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.copy(secret)


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"Bearer {KEY}",
        f"authorization: Bearer {JWT}",
        f"https://x/callback#api_key={KEY}&state=1",
        f"https://x/image/a?key={KEY}",
        f"wss://x/ws?token={JWT}",
        f'{{"access_token": "{KEY}", "n": 1}}',
        f"('key', '{KEY}')",
        f"KEY={KEY}.",
        f"http://127.0.0.1/callback?code={KEY[3:]}&state=1",
    ],
)
def test_secrets_are_taken_out(text: str) -> None:
    assert KEY[3:] not in redact(text)
    assert JWT not in redact(text)
    assert MASK in redact(text)


def test_what_is_no_secret_stays() -> None:
    for text in (
        "a risk_assessment of task_force",
        "the monkey: a story",
        "prompt=cat&model=flux",
        "key: a",
        '{"code": "NOT_FOUND"}',
    ):
        assert redact(text) == text


@given(st.text(), st.text())
def test_a_key_between_anything_is_taken_out(before: str, after: str) -> None:
    assert KEY not in redact(f"{before} {KEY} {after}")


@given(st.text())
def test_redacting_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
