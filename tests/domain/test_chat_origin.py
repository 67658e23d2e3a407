"""Assets and the messages they come from (`chat_origin`)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.asset import Asset, Provenance
from studio.domain.chat_origin import batch_name, message_of, message_of_batch
from studio.domain.media import MediaKind


@given(st.text(min_size=1), st.integers(min_value=0, max_value=99))
def test_a_batch_names_its_message(message_id: str, number: int) -> None:
    assert message_of_batch(batch_name(message_id, number)) == message_id


@pytest.mark.parametrize("batch", ["", "chat", "01m7", "grid-1-2"])
def test_other_batches_name_none(batch: str) -> None:
    assert message_of_batch(batch) == ""


@pytest.mark.parametrize(
    ("made", "message_id"),
    [
        (Provenance(batch="chat-m1-0"), "m1"),
        (Provenance(request={"message_id": "m2"}), "m2"),
        (Provenance(request={"message_id": 5}), ""),
        (Provenance(), ""),
    ],
)
def test_an_asset_leads_to_its_message(made: Provenance, message_id: str) -> None:
    asset = Asset(
        id="a", kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="0" * 64,
        created_at=datetime.now(UTC), provenance=made,
    )  # fmt: skip
    assert message_of(asset) == message_id
