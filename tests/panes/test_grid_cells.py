"""What each cell of a grid asks for."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.grid import Axis, Grid, Place, grid_json, read_grid
from studio.domain.image import ImageRequest
from studio.domain.media import MediaInput
from studio.domain.models import ModelInfo
from studio.panes.create.form import Form
from studio.panes.create.grid_cells import base_of, cells_of, form_of

FLUX = ModelInfo(name="flux", title="Flux", category="image")
GPT = ModelInfo(
    name="gptimage", title="GPT Image", category="image", input_modalities=("text", "image"),
    supported_endpoints=("/image/{prompt}", "/v1/images/edits"),
)  # fmt: skip
MODELS = {"flux": FLUX, "gptimage": GPT}


def grid(form: Form, x: Axis, y: Axis | None = None, wildcards: dict[str, list[str]] | None = None) -> Grid:
    made = Grid(id="g", x=x, y=y, base=base_of(form, wildcards or {}))
    kept = read_grid(json.loads(json.dumps(grid_json(made, Place(0)))))
    assert kept is not None
    return kept[0]


def asked(made: Grid) -> list[ImageRequest | str]:
    found: list[Any] = [cell.request or cell.problem for cell in cells_of(made, MODELS.get)]
    return found


def test_model_by_quality_leaves_out_what_a_model_does_not_take() -> None:
    made = grid(
        Form(prompt="a heron", seed=7, quality="low"),
        Axis(parameter="model", values=("flux", "gptimage", "gone")),
        Axis(parameter="quality", values=("low", "high")),
    )
    found = asked(made)
    assert found[0] == "Flux does not take “Quality”"
    assert found[2] == found[5] == "gone is not offered now"
    assert isinstance(found[4], ImageRequest)
    assert (found[4].model, found[4].quality, found[4].seed, found[4].prompt) == (
        "gptimage", "high", 7, "a heron",
    )  # fmt: skip


def test_choices_words_and_styles_make_the_prompt() -> None:
    form = Form(prompt="a {red|blue} boat at {dusk|dawn}", model="flux", style="ink of {prompt}, {a|b}")
    made = grid(
        form,
        Axis(parameter="choice:1", values=("dusk", "dawn")),
        Axis(parameter="replace", values=("boat", "ship"), find="boat"),
    )
    prompts = [one.prompt for one in asked(made) if isinstance(one, ImageRequest)]
    assert prompts == [
        "ink of a red boat at dusk, a", "ink of a red boat at dawn, a",
        "ink of a red ship at dusk, a", "ink of a red ship at dawn, a",
    ]  # fmt: skip
    styled = grid(form, Axis(parameter="style", values=("", "oil of {prompt}")))
    assert [getattr(one, "prompt", one) for one in asked(styled)] == [
        "a red boat at dusk", "oil of a red boat at dusk",
    ]  # fmt: skip
    lost = grid(form, Axis(parameter="replace", values=("x",), find="whale"))
    assert asked(lost) == ["“whale” is not in the prompt"]
    whole = grid(form, Axis(parameter="prompt", values=("a {curly|brace}", "two")))
    assert [getattr(one, "prompt", one) for one in asked(whole)] == [
        "ink of a {curly|brace}, a", "ink of two, a",
    ]  # fmt: skip


def test_wildcard_files_may_change_afterwards() -> None:
    form = Form(prompt="a boat at __time__", model="flux")
    made = grid(form, Axis(parameter="seed", values=(1, 2)), wildcards={"time": ["noon", "night"]})
    assert [getattr(one, "prompt", one) for one in asked(made)] == ["a boat at noon"] * 2


def test_files_sizes_and_switches() -> None:
    files = (MediaInput(asset_id="one", sha256="1"), MediaInput(asset_id="two", sha256="2"))
    form = Form(prompt="x", model="gptimage", image=files)
    made = grid(
        form,
        Axis(parameter="image", values=(0, 1, 2, -1)),
        Axis(parameter="size", values=("512x768",)),
    )
    found = [one for one in asked(made) if isinstance(one, ImageRequest)]
    assert [one.image for one in found] == [(), files[:1], files[1:], files]
    assert {(one.width, one.height) for one in found} == {(512, 768)}
    edits = grid(form, Axis(parameter="edits", values=(False, True)))
    assert [getattr(one, "route", one) for one in asked(edits)] == ["image", "edits"]
    assert form_of(made).image == files


@given(st.text(max_size=30), st.text(max_size=12), st.text("ab{}|_\\ ", max_size=14))
def test_a_cell_is_recalled_as_it_was_sent(prompt: str, style: str, value: str) -> None:
    form = Form(prompt=prompt, model="flux", style=style, seed=5)
    made = grid(form, Axis(parameter="prompt", values=(value, prompt)))
    for cell in cells_of(made, MODELS.get):
        if cell.request is not None:
            again = Form(prompt=cell.template, style=cell.style, model="flux", seed=5)
            assert again.prompts({})[0] == cell.request.prompt


@given(st.dictionaries(st.sampled_from([*Form._fields, "picks"]), st.one_of(
    st.none(), st.text(max_size=5), st.integers(-3, 3), st.lists(st.text(max_size=2), max_size=2),
    st.just([{"asset_id": 3}]),
)))  # fmt: skip
def test_a_base_that_somebody_wrote_is_no_error(base: dict[str, Any]) -> None:
    made = Grid(id="g", x=Axis(parameter="seed", values=(1,)), base=base)
    assert len(cells_of(made, MODELS.get)) == 1
