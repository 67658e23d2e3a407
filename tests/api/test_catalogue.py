from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.api import errors as e
from studio.api.catalogue import parse_models
from studio.domain.codec import from_json, to_json
from studio.domain.models import ModelInfo
from tests.api.loopback import Received, Reply, reply_json, serve
from tests.api.support import client_for

SAMPLES = Path(__file__).parent / "samples"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(
    ["name", "aliases", "pricing", "pricing_variants", "pricing_adjustments", "health", "voices", "tools",
     "context_length", "allowed_durations", "pending_change", "added_date", "description", "per_user_rpm"]
)  # fmt: skip


def from_samples(request: Received) -> Reply:
    name = {"/v1/models": "v1_models.json", "/models": "models.json"}.get(request.path)
    name = name or request.path.strip("/").replace("/", "_") + ".json"
    return Reply(headers={"content-type": "application/json"}, body=(SAMPLES / name).read_bytes())


async def test_the_lists_become_one() -> None:
    async with serve(from_samples) as server, client_for(server.url) as client:
        everything = await client.catalogue.all()
        assert await client.catalogue.models("video")
        assert {model.name for model in everything} <= {m.name for m in await client.catalogue.models("all")}
        assert len(await client.catalogue.openai_models()) == 136
    assert len({model.name for model in everything}) == len(everything)
    assert {model.category for model in everything} >= {"image", "video", "text", "audio"}


async def test_a_list_that_is_missing_does_not_take_the_others_away() -> None:
    def handle(request: Received) -> Reply:
        return reply_json({}, 404) if "audio" in request.path else from_samples(request)

    async with serve(handle) as server, client_for(server.url) as client:
        assert await client.catalogue.all()
        server.handler = lambda _: reply_json({"error": "x"}, 403)
        with pytest.raises(e.ApiPermissionError):
            await client.catalogue.all()


@pytest.mark.parametrize("data", [{}, "x", None, 5, {"error": "x"}])
async def test_what_is_no_list_is_told(data: object) -> None:
    async with serve(lambda _: reply_json(data)) as server, client_for(server.url) as client:
        with pytest.raises(e.ApiBadAnswer):
            await client.catalogue.models("image")


async def test_an_empty_list_is_one() -> None:
    async with serve(lambda _: reply_json([])) as server, client_for(server.url) as client:
        assert await client.catalogue.models("image") == ()


@settings(max_examples=50)
@given(st.lists(st.dictionaries(fields, json_values), max_size=4))
def test_any_entries_are_survived(entries: list[dict[str, object]]) -> None:
    for model in parse_models(entries):
        assert model.name
        assert from_json(ModelInfo, to_json(model)) == model
