"""Collections lie in each other."""

from __future__ import annotations

from studio.domain.codec import from_json, to_json
from studio.domain.library import Collection, SavedSearch, Shelves


def test_children_are_found_at_any_depth_and_loops_end() -> None:
    shelves = Shelves(
        collections=(
            Collection(id="a", name="A", parent="c"),
            Collection(id="b", name="B", parent="a"),
            Collection(id="c", name="C", parent="b"),
            Collection(id="d", name="D"),
        )
    )
    assert shelves.with_children("a") == {"a", "b", "c"}
    assert shelves.with_children("d") == {"d"}


def test_shelves_read_back() -> None:
    shelves = Shelves(
        collections=(Collection(id="a", name="Ä"),), searches=(SavedSearch(id="s", name="S", text="tag:sea"),)
    )
    assert from_json(Shelves, to_json(shelves)) == shelves
