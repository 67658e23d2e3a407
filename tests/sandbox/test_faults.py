from __future__ import annotations

import hashlib
import io
import json
import time

import httpx
import pytest
from PIL import Image

from studio.sandbox.faults import NAMED, fault_from
from studio.sandbox.server import SandboxServer

PICTURE = "/image/bee?model=flux&width=64&height=64&seed=1"


def _next(http: httpx.Client, **fault: object) -> httpx.Response:
    http.post("/_sandbox/faults", json=[{"path": "/image/", **fault}])
    return http.get(PICTURE)


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        ("envelope", {"success", "error", "status"}),
        ("publishable", {"error", "message", "retryAfterSeconds"}),
        ("safety", {"error"}),
        ("media", {"error"}),
        ("oauth", {"error", "error_description"}),
        ("legacy", {"detail"}),
    ],
)
def test_every_json_shape(http: httpx.Client, shape: str, body: set[str]) -> None:
    answer = _next(http, status=429, shape=shape, message="Slow down", headers={"Retry-After": "3"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert set(answer.json()) == body


def test_plain_and_html_shapes(http: httpx.Client) -> None:
    assert _next(http, status=413, shape="plain", message="Payload Too Large").text == "Payload Too Large"
    page = _next(http, error="cloudflare_524")
    assert (page.status_code, page.headers["content-type"]) == (524, "text/html; charset=UTF-8")
    assert "<title>gen.pollinations.ai | 524: A timeout occurred</title>" in page.text


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_named_refusal(http: httpx.Client, name: str) -> None:
    assert _next(http, error=name).status_code >= 400
    assert http.get(PICTURE).status_code == 200


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("safety_blocked", "error.400.safety_blocked.json"),
        ("image_download", "error.400.image_input.json"),
        ("content_policy", "error.422.content_policy.json"),
        ("provider_busy", "error.502.json"),
        ("gateway_timeout", "error.504.json"),
        ("unavailable", "error.503.json"),
        ("edge_rate_limit", "error.429.edge_ip.json"),
        ("account_unavailable", "error.500.account_usage.json"),
        ("internal", "error.500.json"),
    ],
)
def test_named_refusals_are_the_samples(http: httpx.Client, sample, name: str, file: str) -> None:
    answer, expected = _next(http, error=name).json(), json.loads(sample(file))
    for body in (answer, expected):
        if isinstance(body["error"], dict):
            body["error"].pop("timestamp", None)
    assert answer == expected


def test_which_requests_are_hit(server: SandboxServer, http: httpx.Client) -> None:
    server.faults(
        [
            {
                "path": "/image/",
                "model": "black-forest-labs/flux.1-schnell",
                "status": 503,
                "skip": 1,
                "count": 2,
            }
        ]
    )
    assert http.get("/image/x?model=zimage&width=64&height=64").status_code == 200
    assert [http.get(PICTURE).status_code for _ in range(4)] == [200, 503, 503, 200]
    server.faults([{"method": "POST", "count": None, "status": 500}])
    assert http.get("/account/key").status_code == 200
    assert http.post("/v1/audio/speech", json={"input": "x"}).status_code == 500
    server.clear_faults()
    assert http.post("/v1/audio/speech", json={"input": "x"}).status_code == 200


def test_models_in_bodies_are_matched(server: SandboxServer, http: httpx.Client) -> None:
    server.faults([{"model": "kontext", "status": 503, "count": 2}])
    assert http.post("/v1/images/generations", json={"prompt": "x", "size": "64x64"}).status_code == 200
    assert http.post("/v1/images/generations", json={"prompt": "x", "model": "kontext"}).status_code == 503
    files = {"image": ("a.png", b"x")}
    assert (
        http.post("/v1/images/edits", data={"prompt": "x", "model": "kontext"}, files=files).status_code
        == 503
    )


def test_waiting(http: httpx.Client) -> None:
    began = time.monotonic()
    assert _next(http, latency=0.2).status_code == 200
    assert time.monotonic() - began >= 0.2
    began = time.monotonic()
    size = len(_next(http, byte_latency=0.02, piece=200).content)
    assert time.monotonic() - began >= 0.02 * (size // 200)


def test_cut_stalled_and_reset(server: SandboxServer, http: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        _next(http, cut_after=100)
    with pytest.raises(httpx.RemoteProtocolError):
        _next(http, cut_after=0)
    with pytest.raises(httpx.ReadError):
        _next(http, reset=True)
    server.faults([{"path": "/image/", "stall_after": 50}])
    with http.stream("GET", PICTURE, timeout=httpx.Timeout(5, read=0.2)) as answer:
        received = bytearray()
        with pytest.raises(httpx.ReadTimeout):
            for piece in answer.iter_raw():
                received += piece
    assert len(received) == 50


def test_bodies_that_are_not_what_they_should_be(http: httpx.Client) -> None:
    whole = http.get(PICTURE).content
    truncated = _next(http, body="truncated")
    assert truncated.content == whole[: len(whole) // 2]
    with pytest.raises(OSError):
        Image.open(io.BytesIO(truncated.content)).load()
    placeholder = _next(http, body="placeholder").content
    assert hashlib.sha256(placeholder).hexdigest().startswith("520a3405ba7f5f40")
    assert _next(http, body="html").headers["content-type"] == "text/html; charset=utf-8"
    assert _next(http, body="json").headers["content-type"] == "application/json"
    assert _next(http, body="empty").content == b""
    assert _next(http, content_type="text/plain").headers["content-type"] == "text/plain"
    assert len(_next(http, huge=1_000_000).content) == 1_000_000
    elsewhere = _next(http, redirect="http://other.example/x")
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (302, "http://other.example/x")


def test_work_behind_a_refusal_is_done_and_billed(server: SandboxServer, http: httpx.Client) -> None:
    assert _next(http, error="cloudflare_524", after_work=True, hold=0.1).status_code == 524
    assert http.get(PICTURE).status_code == 200
    assert server.requests()[1]["outcome"] in ("joined", "replayed")
    assert server.state()["charges"] == 1


def test_the_record_names_the_fault(server: SandboxServer, http: httpx.Client) -> None:
    _next(http, error="internal")
    entry = server.requests()[0]
    assert (entry["fault"], entry["status"], entry["outcome"]) == ("internal", 500, "refused")
    assert http.get("/_sandbox/requests").json()["requests"] == server.requests()


def test_wrong_faults_are_explained(http: httpx.Client) -> None:
    answer = http.post("/_sandbox/faults", json=[{"pth": "/"}])
    assert answer.status_code == 400
    assert "Unknown fields: pth" in answer.json()["error"]
    assert http.post("/_sandbox/faults", json={}).status_code == 400
    with pytest.raises(ValueError, match="Unknown error 'x'"):
        fault_from({"error": "x"})


def test_control(server: SandboxServer, http: httpx.Client) -> None:
    assert http.post("/_sandbox/balance", json={"balance": "3.5"}).json()["total"] == "3.5"
    assert http.post("/_sandbox/balance", json={"tier": "1"}).json() == {
        "tier": "1",
        "paid": "3.5",
        "total": "4.5",
    }
    assert http.post("/_sandbox/balance", json={"tier": "much"}).status_code == 400
    http.get(PICTURE)
    assert http.get("/_sandbox/state").json() == server.state()
    assert http.post("/_sandbox/reset").json()["results"] == 0
    assert server.state()["balance"]["total"] == "10"
    assert server.requests() == []
    assert http.delete("/_sandbox/faults").json() == {"waiting": 0}
