from __future__ import annotations

import json
import time

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from studio.sandbox.legacy import new_token
from studio.sandbox.server import SandboxServer

HORSE = {"image": "stability-ai/stable-diffusion", "input": {"prompt": "a horse made out of clouds"}}


def _told(server: SandboxServer, request: object, token: str | None = None) -> list[dict]:
    """All messages of one job, until the server closes normally."""
    address = f"{server.legacy_url.replace('http', 'ws')}/ws?token={token or new_token()}"
    with connect(address, proxy=None) as socket:
        socket.send(json.dumps(request))
        return [json.loads(message) for message in socket]


def _shape(message: dict) -> tuple:
    return message["status"], message["queue_position"], set(message)


def test_a_job_of_the_own_backend(server: SandboxServer, client_of, sample) -> None:
    told = _told(server, HORSE)
    expected = [json.loads(line) for line in sample("legacy_ws.messages.ndjson").splitlines()]
    assert [_shape(message) for message in told] == [_shape(message) for message in expected]
    assert told[-1]["image"].endswith("/stability-ai/stable-diffusion")
    assert set(told[-1]["output"]) == set(expected[-1]["output"])
    address = told[-1]["output"]["output"][0]
    assert client_of(server, key=None).get(address).headers["content-type"] == "image/png"
    cached = _told(server, HORSE)
    assert len(cached) == 1
    assert cached[0]["cid"].startswith("s3:")


def test_replicate_and_failing_jobs(server: SandboxServer, sample) -> None:
    told = _told(server, {**HORSE, "image": "replicate:stability-ai/stable-diffusion"})
    assert [message["status"] for message in told] == ["starting", "processing", "processing", "succeeded"]
    assert isinstance(told[-1]["output"], str)
    failed = _told(server, {**HORSE, "input": {"prompt": "please fail"}})[-1]
    expected = json.loads(sample("legacy_ws.messages.failed.ndjson").splitlines()[-1])
    assert (failed["status"], failed["output"]) == (expected["status"], expected["output"])


@pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
def test_bad_tokens_refuse_the_handshake(server: SandboxServer, token: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        _told(server, HORSE, token)
    assert refused.value.response.status_code == 403


def test_a_wrong_first_message_closes_without_a_word(server: SandboxServer) -> None:
    with pytest.raises(ConnectionClosedError):
        _told(server, {"image": 5})


def test_rest(server: SandboxServer, http: httpx.Client, client_of, sample) -> None:
    token = http.get("/legacy/token/").json()["token"]
    client = client_of(server, key=token)
    assert client.get("/legacy/user").json() == {"sub": "sandbox"}
    assert client.get("/legacy/models").json() == json.loads(sample("legacy_models.json"))
    described = client.get("/legacy/models/pollinations/stable-diffusion-private").json()
    assert described["components"]["schemas"]["Input"]["properties"]
    made = client.post("/legacy/pollen", json=HORSE).json()
    assert set(made) == set(json.loads(sample("legacy_pollen.response.json")))
    assert client.get(f"/legacy/pollen/{made['cid']}").json()["status"] == "success"
    assert len(client.get("/legacy/mine/").json()) == 1


def test_rest_errors(server: SandboxServer, client_of) -> None:
    expired = client_of(server, key=new_token(expires=int(time.time()) - 5))
    assert (expired.get("/legacy/user").status_code, expired.get("/legacy/user").json()) == (
        401,
        {"detail": "Token expired"},
    )
    assert client_of(server).get("/legacy/user").json() == {"detail": "Could not validate credentials"}
    client = client_of(server, key=new_token())
    missing = client.post("/legacy/pollen", json={"input": {}})
    assert missing.status_code == 422
    assert missing.json()["detail"][0]["loc"] == ["body", "image"]
    assert client.post("/legacy/pollen", json={"image": "no/body", "input": {}}).status_code == 404
    assert client.get("/legacy/nope").json() == {"detail": "Not Found"}
