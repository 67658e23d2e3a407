"""What takes room."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.storage import OF_LIBRARY, DiskUse, Place, Used


def test_sums_and_finds() -> None:
    used = (
        Used(place=Place.PICTURES, folder=Path("a"), files=1, bytes=5),
        Used(place=Place.LOGS, folder=Path("b"), bytes=2),
    )
    use = DiskUse(used=used, free=None)
    assert use.total == 7
    assert use.of(Place.LOGS).bytes == 2
    with pytest.raises(KeyError):
        use.of(Place.TRASH)
    assert set(OF_LIBRARY) < set(Place)
