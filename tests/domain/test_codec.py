from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.asset import Asset, Provenance
from studio.domain.codec import from_json, to_json
from studio.domain.conversation import Conversation, Message, ReasoningPiece
from studio.domain.image import ImageRequest
from studio.domain.job import Job, JobState
from studio.domain.media import MediaInput, MediaKind
from tests.domain import talks

NOW = datetime(2026, 11, 20, 9, 30, 1, 250000, tzinfo=UTC)

requests = st.builds(
    ImageRequest,
    prompt=st.text(),
    model=st.text(min_size=1),
    seed=st.integers(1, 2**31 - 1),
    width=st.none() | st.integers(0, 8192),
    guidance_scale=st.none() | st.floats(0, 30),
    image=st.lists(st.builds(MediaInput, url=st.text(), sha256=st.text())).map(tuple),
    extra=st.lists(st.tuples(st.text(), st.text())).map(tuple),
)


@given(requests)
def test_a_request_survives_the_round_trip(request: ImageRequest) -> None:
    assert from_json(ImageRequest, to_json(request)) == request


def test_an_asset_survives_with_its_price_exact() -> None:
    asset = Asset(
        id="a", kind=MediaKind.IMAGE, path="2026/11/a.png", mime="image/png", size=3, sha256="00",
        created_at=NOW, tags=("sea",), provenance=Provenance(cost=Decimal("0.000000000012"), seed=7),
    )  # fmt: skip
    assert from_json(Asset, to_json(asset)) == asset
    assert to_json(asset)["provenance"]["cost"] == "1.2E-11"


@settings(max_examples=40)
@given(talks.trees(), talks.conversations)
def test_messages_survive_with_every_kind_of_piece(
    messages: list[Message], conversation: Conversation
) -> None:
    for message in messages:
        assert from_json(Message, json.loads(json.dumps(to_json(message)))) == message
    assert from_json(Conversation, json.loads(json.dumps(to_json(conversation)))) == conversation


def test_pieces_are_told_apart_by_their_type() -> None:
    values = {"id": "m", "conversation_id": "c", "role": "user", "created_at": NOW.isoformat()}
    read = from_json(Message, values | {"pieces": [{"type": "reasoning", "text": "t", "future": 1}]})
    assert read.pieces == (ReasoningPiece(text="t"),)
    with pytest.raises(ValueError, match=r"ReasoningPiece\.text"):
        from_json(Message, values | {"pieces": [{"type": "reasoning", "text": 4}]})
    with pytest.raises(ValueError, match="pieces"):
        from_json(Message, values | {"pieces": [{"type": "from the future", "text": "t"}]})


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default() -> None:
    assert from_json(MediaInput, {"url": "u", "from_the_future": {}}) == MediaInput(url="u")


@pytest.mark.parametrize(
    "data", [{}, {"prompt": 3, "model": "m", "seed": 1}, {"prompt": "p", "model": "m", "seed": True}]
)
def test_wrong_shapes_are_value_errors_that_name_the_field(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="ImageRequest"):
        from_json(ImageRequest, data)


def test_a_job_refuses_steps_it_cannot_take() -> None:
    job = Job(id="j", kind="image", request={}, created_at=NOW)
    assert job.to(JobState.RUNNING, attempts=1).attempts == 1
    with pytest.raises(ValueError, match="cannot go"):
        job.to(JobState.DONE)


@pytest.mark.parametrize(
    "change",
    [
        {"duration": float("nan")}, {"duration": float("inf")}, {"size": 2**63}, {"width": 10**400},
        {"created_at": "0001-01-01T00:00:00+14:00"}, {"created_at": "9999-12-31T23:59:59-14:00"},
        {"provenance": {"cost": "NaN"}}, {"provenance": {"cost": "Infinity"}},
        {"provenance": {"cost": "1e999999"}}, {"provenance": {"cost": "1e-999999"}},
    ],
)  # fmt: skip
def test_numbers_that_nothing_could_hold_are_refused(change: dict[str, object]) -> None:
    data = {
        "id": "a", "kind": "image", "path": "a.png", "mime": "image/png", "size": 3, "sha256": "00",
        "created_at": NOW.isoformat(),
    }  # fmt: skip
    from_json(Asset, data)
    with pytest.raises(ValueError, match="Asset"):
        from_json(Asset, data | change)
