from __future__ import annotations

import json

import httpx
import pytest

from studio.sandbox.account import MODELS_KEY


@pytest.mark.parametrize("kind", ["image", "video", "text", "audio"])
def test_lists_are_the_samples(http: httpx.Client, sample, kind: str) -> None:
    assert http.get(f"/{kind}/models").json() == json.loads(sample(f"{kind}_models.json"))


@pytest.mark.parametrize("kind", ["image", "text", "audio"])
def test_seed_lists_are_the_samples(seed_http: httpx.Client, sample, kind: str) -> None:
    assert seed_http.get(f"/{kind}/models").json() == json.loads(sample(f"{kind}_models.seed_era.json"))


def test_openai_list_matches_the_sample_but_for_the_clock(http: httpx.Client, sample) -> None:
    def without_clock(items: list[dict]) -> list[dict]:
        # The sample leaves out the one field that the contract lists and the lists beside it show.
        left_out = ("created", "per_user_rpm")
        return [{name: value for name, value in item.items() if name not in left_out} for item in items]

    ours = http.get("/v1/models").json()["data"]
    assert without_clock(ours) == without_clock(json.loads(sample("v1_models.json"))["data"])
    assert all(item["created"] > 10**12 for item in ours)


def test_seed_openai_list_is_text_alone(seed_http: httpx.Client) -> None:
    items = seed_http.get("/v1/models").json()["data"]
    assert {tuple(sorted(item)) for item in items} == {("created", "id", "object")}
    assert "openai" in {item["id"] for item in items}
    assert "flux" not in {item["id"] for item in items}


def test_models_means_text_in_the_seed_era(seed_http: httpx.Client, http: httpx.Client) -> None:
    assert seed_http.get("/models").json() == seed_http.get("/text/models").json()
    assert len(http.get("/models").json()) == 136
    assert seed_http.get("/video/models").status_code == 404


def test_a_restricted_key_sees_its_models_alone(server, client_of) -> None:
    client = client_of(server, key=MODELS_KEY)
    assert [entry["aliases"][0] for entry in client.get("/image/models").json()] == ["flux"]


def test_paid_models_disappear_without_paid_pollen(server, http: httpx.Client, client_of) -> None:
    before = http.get("/image/models").json()
    server.set_balance(tier="5", paid="0")
    after = http.get("/image/models").json()
    assert any(entry.get("paid_only") for entry in before)
    assert not any(entry.get("paid_only") for entry in after)
    assert client_of(server, key=None).get("/image/models").json() == before


@pytest.mark.parametrize("value", ["yes", "2", ""])
def test_wrong_flags_are_refused(http: httpx.Client, value: str) -> None:
    answer = http.get("/models", params={"community": value})
    assert answer.status_code == 400
    assert "community" in answer.json()["error"]["details"]["fieldErrors"]


def test_queries_filter(http: httpx.Client) -> None:
    assert {entry["community"] for entry in http.get("/models?community=true").json()} == {True}
    assert {entry["community"] for entry in http.get("/models?source=official").json()} == {False}
    found = http.get("/models", params={"query": "veo 3.1"}).json()
    assert [entry["name"] for entry in found] == ["google/veo-3.1-fast"]
    assert len(http.get("/text/models?limit=3").json()) == 3
    reasoning = http.get("/text/models?capabilities=reasoning,tool_calling").json()
    assert reasoning
    assert all({"reasoning", "tool_calling"} <= set(entry["capabilities"]) for entry in reasoning)


def test_unknown_and_misplaced_models_are_refused(http: httpx.Client) -> None:
    unknown = http.get("/image/x?model=no-such-model")
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (400, "Invalid model: no-such-model")
    misplaced = http.get("/text/x?model=elevenlabs")
    assert misplaced.status_code == 400
    assert "Use the audio endpoint instead" in misplaced.json()["error"]["message"]
