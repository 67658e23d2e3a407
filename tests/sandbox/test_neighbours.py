"""A web page in a browser on this computer cannot play with the sandbox."""

from __future__ import annotations

import httpx
import pytest

from studio.sandbox.server import SandboxServer

CONTROL = [
    ("POST", "/_sandbox/reset"),
    ("POST", "/_sandbox/balance"),
    ("POST", "/_sandbox/faults"),
    ("DELETE", "/_sandbox/faults"),
    ("POST", "/_sandbox/expire"),
    ("GET", "/_sandbox/requests"),
    ("GET", "/_sandbox/state"),
]


@pytest.mark.parametrize(("method", "path"), CONTROL)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "[bad"},
    ],
)
def test_a_page_of_another_site_is_refused(
    server: SandboxServer, http: httpx.Client, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = http.request(method, path, content=b'{"balance": "99"}', headers=headers)
    assert answer.status_code in (400, 403)
    assert "access-control-allow-origin" not in answer.headers
    assert server.state()["balance"]["paid"] != "99"


def test_a_name_that_was_pointed_at_this_machine_reaches_no_route(
    server: SandboxServer, http: httpx.Client
) -> None:
    for path in ("/account/key", "/image/bee?model=flux", "/enter/authorize", "/models"):
        assert http.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert not server.requests()


def test_programs_of_this_computer_are_served(server: SandboxServer, http: httpx.Client) -> None:
    port = server.base_url.rpartition(":")[2]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}", "127.0.0.1"):
        assert http.get("/_sandbox/state", headers={"Host": host}).status_code == 200
    assert http.get("/_sandbox/state", headers={"Origin": server.base_url}).status_code == 200
    assert http.get("/models", headers={"Origin": "https://app.example"}).status_code == 200
