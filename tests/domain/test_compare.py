"""What tells assets apart."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from studio.domain.asset import Asset, Provenance
from studio.domain.compare import compare
from studio.domain.media import MediaKind


def asset(seed: int, **request: Any) -> Asset:
    return Asset(
        id=str(seed), kind=MediaKind.IMAGE, path="a.png", mime="image/png", size=1, sha256="", prompt="fog",
        created_at=datetime(2026, 11, 5, tzinfo=UTC),
        provenance=Provenance(model="flux", seed=seed, request=request, cost=Decimal("0.002")),
    )  # fmt: skip


def test_every_parameter_of_any_of_them_has_a_row() -> None:
    rows = compare([asset(1, enhance=True, image=[{"url": "https://x/a.png"}]), asset(2, quality="high")])
    found = {row.name: row for row in rows}
    assert found["Seed"].values == ("1", "2")
    assert found["Enhance the prompt"].values == ("yes", "")
    assert found["Quality"].values == ("", "High")
    assert found["image"].values == ("url: https://x/a.png", "")
    assert {row.name for row in rows if row.differs} == {"Seed", "Enhance the prompt", "Quality", "image"}
    assert not found["Prompt"].differs
    assert "Without" not in found
