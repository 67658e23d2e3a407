"""Collections and saved searches are changed without ever losing one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from studio.domain import shelves as edits
from studio.domain.library import Collection, LibraryQuery, Shelves
from studio.domain.media import MediaKind

COAST = Collection(id="coast", name="Coast")
LIGHTS = Collection(id="lights", name="Lighthouses", parent="coast")
POSTERS = Collection(id="posters", name="posters")
SHELVES = Shelves(collections=(POSTERS, LIGHTS, COAST))
IDS = st.sampled_from("abcdef")
ANY = st.lists(
    st.builds(Collection, id=IDS, name=st.sampled_from("xYz"), parent=st.sampled_from(["", *"abcdef", "?"])),
    unique_by=lambda c: c.id,
).map(lambda found: Shelves(collections=tuple(found)))  # fmt: skip


def test_the_tree_goes_by_name_and_depth() -> None:
    assert [(c.name, depth) for c, depth in edits.tree(SHELVES)] == [
        ("Coast", 0), ("Lighthouses", 1), ("posters", 0),
    ]  # fmt: skip
    assert edits.path_of(SHELVES, "lights") == "Coast / Lighthouses"
    assert edits.path_of(SHELVES, "unknown") == ""


@given(ANY)
def test_every_collection_stands_in_the_tree_once_even_in_loops(shelves: Shelves) -> None:
    assert sorted(c.id for c, _depth in edits.tree(shelves)) == sorted(c.id for c in shelves.collections)
    found = edits.families(shelves)
    for collection in shelves.collections:
        assert set(found[collection.id]) == shelves.with_children(collection.id)


@given(ANY, IDS, st.sampled_from(["", *"abcdef"]))
def test_moving_never_makes_a_loop(shelves: Shelves, moved: str, parent: str) -> None:
    if not edits.can_move(shelves, moved, parent):
        return
    old = edits.find(shelves, moved)
    assert old is not None
    after = edits.with_collection(shelves, replace(old, parent=parent))
    assert parent not in after.with_children(moved)


def test_removing_takes_what_is_nested() -> None:
    left, gone = edits.without_collection(SHELVES, "coast")
    assert left.collections == (POSTERS,)
    assert set(gone) == {COAST, LIGHTS}


def test_names_are_cleaned_and_taken_in_any_case() -> None:
    assert edits.clean_name("  two\n words " + "x" * 99) == ("two words " + "x" * 99)[:80]
    assert edits.taken(SHELVES, " COAST", "")
    assert not edits.taken(SHELVES, "coast", "", but="coast")
    assert not edits.taken(SHELVES, "coast", "posters")


def test_a_saved_search_asks_what_was_asked() -> None:
    query = LibraryQuery(
        text="fog", kinds=(MediaKind.VIDEO,), models=("flux",), tags=("sea",), min_rating=3, order="cost",
        stacked=True, unfolded=(4,), trash=True,
    )  # fmt: skip
    search = edits.search_of("s", "Fog at sea", query)
    assert search.query() == LibraryQuery(
        text="fog", kinds=(MediaKind.VIDEO,), models=("flux",), tags=("sea",), min_rating=3, order="cost"
    )
    shelves = edits.with_search(Shelves(), search)
    assert edits.find_search(shelves, "s") == search
    assert edits.without_search(shelves, "s") == Shelves()
