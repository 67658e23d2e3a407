from __future__ import annotations

from decimal import Decimal

import pytest

from studio.core.errors import InputError
from studio.domain.models import ModelInfo, find_model
from studio.domain.service import ServiceHosts, Usage, is_page_of


def test_the_defaults_and_the_environment() -> None:
    assert ServiceHosts.from_environment({}) == ServiceHosts()
    assert ServiceHosts().legacy_socket == "wss://rest.pollinations.ai/ws"
    hosts = ServiceHosts.from_environment(
        {
            "POLLINATIONS_BASE_URL": " http://127.0.0.1:1/v1/ ",
            "POLLINATIONS_ENTER_URL": "http://127.0.0.1:2/",
            "POLLINATIONS_MEDIA_URL": "",
            "POLLINATIONS_LEGACY_URL": "http://127.0.0.1:4",
        }
    )
    assert (hosts.gen, hosts.enter) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert hosts.media == "https://media.pollinations.ai"
    assert hosts.legacy_socket == "ws://127.0.0.1:4/ws"


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "ftp://x",
        "https://",
        "//host",
        "http://[::1",
        "https://u:p@h",
        "https://h?x",
        "https://h\r\nX: y",
    ],
)
def test_what_is_no_address_is_told(value: str) -> None:
    with pytest.raises(InputError, match="POLLINATIONS_BASE_URL"):
        ServiceHosts.from_environment({"POLLINATIONS_BASE_URL": value})


def test_usage_headers() -> None:
    usage = Usage.from_headers(
        {
            "X-Usage-Completion-Audio-Seconds": "30.04",
            "x-usage-prompt-cache-write-tokens": "7",
            "x-usage-prompt-text-tokens": "0",
            "x-usage-completion-text-tokens": "many",
            "x-usage-completion-image-tokens": "NaN",
            "x-other": "1",
        }
    )
    assert usage.amounts == {"completionAudioSeconds": Decimal("30.04"), "promptCacheWriteTokens": Decimal(7)}
    assert usage
    assert not Usage()


def test_a_name_wins_over_an_alias() -> None:
    alias, named = ModelInfo(name="a", aliases=("b",)), ModelInfo(name="b")
    assert find_model([alias, named], "b") is named
    assert find_model([alias], "b") is alias
    assert find_model([alias], "c") is None
    assert alias.answers_to("b")


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://enter.pollinations.ai/top-up?x=1", True),
        ("https://pollinations.ai/", True),
        ("https://auth.pollinations.ai/", True),
        ("http://enter.pollinations.ai/", False),
        ("https://enter.pollinations.ai:8443/", False),
        ("https://evilpollinations.ai/", False),
        ("https://enter.pollinations.ai.evil.example/", False),
        ("https://enter.pollinations.ai@evil.example/", False),
        ("https://evil.example/#https://enter.pollinations.ai", False),
        ("http://127.0.0.1:8080/enter/top-up", True),
        ("http://127.0.0.1:8081/", False),
        ("http://127.0.0.1.evil.example:8080/", False),
        ("http://localhost.evil.example/", False),
        ("http://192.168.0.1/", False),
        ("https://enter.pollinations.ai\\@evil.example/", False),
        ("https://enter.pollinations.ai/\n", False),
        ("https://[bad", False),
        ("https://a:99999999/", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_pages_of_the_service_are_handed_to_the_browser(address: str, own: bool) -> None:
    assert is_page_of(address, "https://enter.pollinations.ai", "http://127.0.0.1:8080/enter") is own
