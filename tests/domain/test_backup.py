"""The manifest survives its way through JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.backup import FORMAT, BackupWish, Manifest, Part
from studio.domain.codec import from_json, to_json

PARTS = st.builds(
    Part,
    name=st.text(min_size=1),
    size=st.integers(0, 2**50),
    sha256=st.text(),
    mtime_ns=st.integers(0, 2**62),
)


@given(parts=st.lists(PARTS), library=st.booleans(), counts=st.dictionaries(st.text(), st.integers(0, 10**9)))
def test_there_and_back(parts: list[Part], library: bool, counts: dict[str, int]) -> None:
    manifest = Manifest(
        made_at=datetime(2026, 11, 20, tzinfo=UTC), program="1.0", schema=2, library=library, trash=False,
        parts=tuple(parts), counts=counts,
    )  # fmt: skip
    assert from_json(Manifest, json.loads(json.dumps(to_json(manifest)))) == manifest
    assert manifest.format == FORMAT
    assert manifest.library_size <= manifest.size


def test_the_trash_is_left_at_home_unless_wanted() -> None:
    assert BackupWish() == BackupWish(library=True, trash=False)
