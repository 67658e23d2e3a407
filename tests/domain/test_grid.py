"""Grids: their cells, how they are kept and found again, and values as people write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.grid import (
    MOST_CELLS,
    MOST_VALUES,
    Axis,
    Grid,
    Place,
    grid_json,
    read_grid,
    read_lines,
    read_numbers,
    read_sizes,
    request_key,
    sides_of,
    why_not,
)
from studio.domain.models import ModelInfo

values = st.lists(
    st.one_of(st.text(max_size=8), st.integers(-9, 2**31), st.floats(0, 30, allow_nan=False), st.booleans()),
    min_size=1,
    max_size=12,
).map(tuple)


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    found = draw(values)
    return Axis(
        parameter=draw(st.sampled_from(["model", "seed", "replace", "choice:0"])),
        title=draw(st.text(max_size=8)),
        values=found,
        labels=tuple(draw(st.lists(st.text(max_size=6), max_size=len(found)))),
        find=draw(st.text(max_size=6)),
    )


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    base = draw(st.dictionaries(st.text(max_size=6), st.one_of(st.text(max_size=6), st.integers(-9, 9))))
    return Grid(id="g1", x=draw(axes()), y=draw(st.one_of(st.none(), axes())), base=base)


@given(grids())
def test_every_cell_has_its_place_and_comes_back_from_a_sidecar(grid: Grid) -> None:
    places = list(grid.places())
    assert len(places) == len(set(places)) == grid.columns * grid.rows
    for number, place in enumerate(places):
        assert grid.number(place) == number
        assert grid.holds(place)
        assert [value for _axis, value in grid.values_at(place)] == [
            axis.values[at] for axis, at in zip(grid.axes, (place.column, place.row), strict=False)
        ]
        kept = json.loads(json.dumps(grid_json(grid, place)))
        if len(places) <= MOST_CELLS:
            assert read_grid(kept) == (grid, place)


@given(st.dictionaries(st.sampled_from(["id", "x", "y", "base", "column", "row"]), st.one_of(
    st.none(), st.text(max_size=5), st.integers(-3, 3), st.just({"parameter": "model", "values": ["a"]}),
)))  # fmt: skip
def test_what_somebody_else_wrote_is_no_grid_rather_than_an_error(kept: dict[str, Any]) -> None:
    found = read_grid(kept)
    assert found is None or found[0].holds(found[1])


def test_a_file_counts_by_its_content_wherever_it_lies() -> None:
    one = {"prompt": "x", "seed": 3, "image": [{"sha256": "ab", "url": "https://a.example/1"}], "safe": ""}
    other = {"prompt": "x", "seed": 3, "image": [{"sha256": "ab", "asset_id": "q"}]}
    assert request_key(one) == request_key(other)
    assert request_key(one) != request_key({**other, "seed": 4})
    assert request_key({"image": [{"url": "https://a.example/1"}]}) != request_key({"image": []})


@pytest.mark.parametrize(
    ("text", "whole", "expected"),
    [
        ("3, 7, 9", True, (3, 7, 9)),
        ("1-5", True, (1, 2, 3, 4, 5)),
        ("1..10/4 steps", True, (1, 4, 7, 10)),
        ("1-10 [4]", True, (1, 4, 7, 10)),
        ("1-10 (+3)", True, (1, 4, 7, 10)),
        ("5 – 3; 3; 9\n", True, (5, 4, 3, 9)),
        ("1.5..3 (+0.5)", False, (1.5, 2.0, 2.5, 3.0)),
        ("0-1 [3]", False, (0.0, 0.5, 1.0)),
        (" , ", True, ()),
    ],
)
def test_numbers_as_people_write_them(text: str, whole: bool, expected: tuple[float, ...]) -> None:
    assert read_numbers(text, whole=whole) == expected


@pytest.mark.parametrize("text", ["x", "1.5", "1-", "1..9/0", "1-100", "1..5 (+0)", "9" * 40, "1-9 [99]"])
def test_what_is_no_number_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_numbers(text)


@given(st.lists(st.integers(0, 2**31 - 1), unique=True, max_size=MOST_VALUES))
def test_a_list_of_numbers_is_that_list(numbers: list[int]) -> None:
    assert read_numbers(", ".join(map(str, numbers))) == tuple(numbers)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in (read_numbers, read_sizes):
        try:
            found = read(text)
        except ValueError as error:
            said = str(error)
        else:
            said = "."
            assert len(found) <= max(MOST_VALUES, len(text))
        assert said.endswith(".")
    assert all(read_lines(text))


def test_sizes_and_lines() -> None:
    assert read_sizes("1024x768, 512 × 512; 16:9, 1024x768") == ("1024x768", "512x512", "16:9")
    assert sides_of("1024x768") == (1024, 768)
    assert sides_of("16:9") is None
    assert read_lines("dawn\n\n dusk \ndawn") == ("dawn", "dusk")


def test_a_cell_that_a_model_does_not_allow_says_why() -> None:
    flux = ModelInfo(name="flux", title="Flux", category="image")
    veo = ModelInfo(name="veo", title="Veo", category="video", allowed_durations=(4.0, 6.0))
    quality, length = Axis(parameter="quality", values=("", "high")), Axis(parameter="duration")
    assert why_not(flux, "", "image", [(quality, "high")]) == "Flux does not take “Quality”"
    assert why_not(flux, "", "image", [(quality, "")]) == ""
    assert why_not(veo, "", "video", [(length, 8)]) == "Veo does not take 8 s for “Length”"
    assert why_not(veo, "", "video", [(length, 6)]) == ""
    assert why_not(veo, "", "image", []) == "Veo makes no pictures"
    assert why_not(None, "old", "image", []) == "old is not offered now"
    files = Axis(parameter="image", values=(0, 1))
    assert why_not(flux, "", "image", [(files, 1)]) == "Flux does not take “References”"
    assert why_not(flux, "", "image", [(files, 0)]) == ""


def test_a_grid_has_words() -> None:
    grid = Grid(
        id="g",
        x=Axis(parameter="model", title="Model", values=("flux",), labels=("Flux",)),
        y=Axis(parameter="seed", title="Seed", values=(3, 4)),
    )
    assert grid.title == "Model × Seed"
    assert grid.words(Place(0, 1)) == "Flux, 4"
