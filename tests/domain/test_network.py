from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import InputError
from studio.core.secrets import Secret
from studio.domain.network import (
    Network,
    checked_address,
    place_of,
    plain_place_of,
    proxy_of,
    read_proxy,
    straight_to,
)


@pytest.mark.parametrize(
    ("text", "url", "login"),
    [
        ("proxy.example:8080", "http://proxy.example:8080", None),
        (" https://proxy.example/ ", "https://proxy.example", None),
        ("socks5://[::1]:1080", "socks5://[::1]:1080", None),
        ("http://ada:s%40crt@proxy.example:3128", "http://proxy.example:3128", "ada:s@crt"),
    ],
)
def test_a_proxy_is_read_and_its_password_taken_out(text: str, url: str, login: str | None) -> None:
    assert read_proxy(text) == (url, Secret(login) if login else None)


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x",
        "http://",
        "proxy:99999",
        "http://a b",
        "http://x/path",
        "http://x?y",
        "x" * 3000,
        "http://u%0d%0aX:p@h",
        "http://%00:p@h",
    ],
)
def test_nonsense_is_no_proxy(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_proxy(text)
    assert caught.value.title.endswith(".")


@given(st.text(max_size=60))
def test_any_text_is_a_proxy_or_none(text: str) -> None:
    with suppress(InputError):
        url, _login = read_proxy(text)
        assert read_proxy(url) == (url, None)


@pytest.mark.parametrize(
    "text", ["gen", "http://x.example", "https://u:p@x", "https://x?y", "https://a b", "x:"]
)
def test_an_address_must_be_one(text: str) -> None:
    with pytest.raises(InputError):
        checked_address(text)


def test_good_addresses_lose_their_last_slash() -> None:
    assert checked_address(" https://gen.example/ ") == "https://gen.example"
    assert checked_address("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert checked_address("") == ""


def test_letters_that_look_like_others_show() -> None:
    assert plain_place_of("https://gen.pollinations.ai") == "gen.pollinations.ai"
    assert plain_place_of("http://[::1]:8080") == "::1:8080"
    assert plain_place_of("https://pollin\u0430tions.ai:81").startswith("xn--")
    assert plain_place_of("https://pollin\u0430tions.ai:81").endswith(":81")
    assert plain_place_of("https://" + "\u0430" * 200).isascii()


def test_what_the_environment_says() -> None:
    assert proxy_of({"https_proxy": "http://a:1", "ALL_PROXY": "http://b:2"}) == ("https_proxy", "http://a:1")
    assert proxy_of({"HTTPS_PROXY": " "}) == ("", "")
    assert straight_to({"NO_PROXY": "a.example, .B.example"}) == ("a.example", ".b.example")
    assert straight_to({"no_proxy": "x,*"}) == ("*",)
    assert place_of("http://ada:secret@proxy.example:8080") == "proxy.example:8080"


def test_patience_alone_needs_no_new_connections() -> None:
    assert Network().connects_as(Network(connect=3, answer=90))
    assert not Network().connects_as(Network(proxy="none"))
    assert not Network(proxy="own", login=Secret("a:b")).connects_as(Network(proxy="own"))
