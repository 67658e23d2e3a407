"""Families stand in columns, parents left of their children, whatever the files say."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.asset import Asset
from studio.domain.lineage import Lineage
from studio.domain.media import MediaKind

IDS = "abcdefgh"


def family(*links: str) -> Lineage:
    names = sorted({name for link in links for name in link})
    assets = tuple(
        Asset(id=name, kind=MediaKind.IMAGE, path=f"{name}.png", mime="image/png", size=1, sha256="",
              created_at=datetime.now(UTC))
        for name in names
    )  # fmt: skip
    return Lineage(names[0], assets, frozenset((link[0], link[1]) for link in links))


def test_parents_stand_left_of_their_children() -> None:
    assert family("ab", "ac", "bd", "cd").generations() == [["a"], ["b", "c"], ["d"]]
    assert family("ac", "bd", "cd").generations() == [["a", "b"], ["c"], ["d"]]


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), min_size=1))
def test_everybody_stands_somewhere_once_even_in_loops(links: list[tuple[str, str]]) -> None:
    lineage = family(*(a + b for a, b in links))
    placed = [name for generation in lineage.generations() for name in generation]
    assert sorted(placed) == sorted(asset.id for asset in lineage.assets)
