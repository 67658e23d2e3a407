"""Form state → request → sidecar → recalled form state, for every model of the sample catalogues."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.api.catalogue import parse_models
from studio.domain.asset import Asset, Provenance
from studio.domain.codec import from_json, to_json
from studio.domain.grid import Axis, Grid, grid_json, read_grid
from studio.domain.image import SEED_MAX, ImageRequest, VideoRequest
from studio.domain.job import Job
from studio.domain.media import MediaInput, MediaKind
from studio.domain.models import ModelInfo, find_model
from studio.domain.parameters import SLOT_NAMES, kind_of, parameters_of, slots_of
from studio.domain.prompt_template import chosen, parse
from studio.domain.service import MediaResult
from studio.panes.create.form import MAX_SIDE, MIN_SIDE, Form, problem_of
from studio.panes.create.grid_cells import base_of, cells_of
from studio.panes.create.recall import recall
from studio.services.visual_jobs import draft
from tests.conftest import SAMPLES

FILES = sorted(path.name for path in SAMPLES.glob("*models*.json") if not path.name.startswith("legacy"))


def models_of(name: str) -> tuple[ModelInfo, ...]:
    data = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    entries = data.get("data", data) if isinstance(data, dict) else data
    fallback = "image" if name.startswith("image") else ""
    return tuple(model for model in parse_models(entries, fallback) if kind_of(model))


MODELS = [(name, model) for name in FILES for model in models_of(name)]
texts = st.text(max_size=60).filter(lambda text: bool(text.strip()))


@st.composite
def files(draw: st.DrawFn) -> MediaInput:
    """A file as the form holds it: of the library, or an address that came with an import."""
    number = draw(st.integers(0, 50))
    if draw(st.booleans()):
        return MediaInput(asset_id=f"asset{number}", sha256=f"{number:064x}", mime="image/png")
    return MediaInput(url=f"https://example.org/{number}.png")


@st.composite
def forms(draw: st.DrawFn, model: ModelInfo) -> Form:
    """Everything that one can set in the form for a model, and the rest at random as well."""
    values: dict[str, Any] = {
        "prompt": draw(texts), "style": draw(st.sampled_from(["", "oil painting of {prompt}", "{a|b} ink"])),
        "model": model.name, "kind": kind_of(model), "seed": draw(st.integers(1, SEED_MAX)),
        "seed_locked": True, "safe": draw(st.booleans()), "edits": draw(st.booleans()),
        "width": draw(st.integers(MIN_SIDE // 16, MAX_SIDE // 16)) * 16,
        "height": draw(st.integers(MIN_SIDE // 16, MAX_SIDE // 16)) * 16,
    }  # fmt: skip
    for parameter in parameters_of(model):
        choices, bounds = parameter.choices(model), parameter.bounds(model)
        some: st.SearchStrategy[Any] = st.just(parameter.empty)
        if parameter.control == "switch":
            some = st.booleans()
        elif parameter.control == "words":
            some = st.text(max_size=20)
        elif choices:
            some = st.sampled_from([parameter.empty, *choices])
        elif bounds is not None:
            steps = range(int((bounds.high - bounds.low) // bounds.step) + 1)
            numbers = [bounds.low + step * bounds.step for step in steps]
            whole = parameter.control == "number"
            some = st.sampled_from([int(number) if whole else float(number) for number in numbers])
        values[parameter.name] = draw(some)
    for slot in slots_of(model):
        values[slot.name] = tuple(draw(st.lists(files(), max_size=slot.most(model))))
    if not values.get("start_frame"):
        values["end_frame"] = ()
    return Form(**values)


def sent(form: Form, model: ModelInfo, variant: int = 0) -> Asset:
    """The asset that this form makes of one of its variants, after its sidecar was written and read again."""
    prompts = form.prompts({})
    prompt = prompts[variant % len(prompts)]
    request = form.request(model, prompt)
    job = Job(
        id="j", kind=form.kind, request=to_json(request), created_at=datetime.now(UTC), model=model.name,
        model_info=to_json(model), style=form.style,
        template="" if (form.prompt, form.style) == (prompt, "") else form.prompt,
    )  # fmt: skip
    return filed(job, request)


def filed(job: Job, request: ImageRequest | VideoRequest) -> Asset:
    """The asset that a job makes, after its sidecar was written and read again."""
    made = draft(job, request, MediaResult(path=Path("x"), mime="image/png", size=1, sha256=""))
    asset = Asset(
        id="a", kind=MediaKind.IMAGE, path="x.png", mime="image/png", size=1, sha256="", prompt=made.prompt,
        created_at=datetime.now(UTC), negative_prompt=made.negative_prompt, provenance=made.provenance,
    )  # fmt: skip
    return from_json(Asset, json.loads(json.dumps(to_json(asset))))


def kept(form: Form) -> dict[str, Any]:
    """What is of one result: count and cap are the form's own, sides mean nothing for a film."""
    values = form._asdict()
    for name in ("count", "variants", *(("width", "height") if form.kind == "video" else ())):
        del values[name]
    return values


@pytest.mark.parametrize(("name", "model"), MODELS, ids=[f"{name}-{model.name}" for name, model in MODELS])
@settings(max_examples=8)
@given(data=st.data())
def test_a_form_comes_back_from_its_sidecar(name: str, model: ModelInfo, data: st.DataObject) -> None:
    form = data.draw(forms(model)).effective(model)
    other = Form(quality="hd", duration=7, safe=True, transparent=True, image=(MediaInput(asset_id="x"),))
    found = recall(
        other,
        sent(form, model, data.draw(st.integers(0, 9))),
        lambda wanted: model if model.answers_to(wanted) else None,
    )
    assert found.lost == ()
    assert kept(found.form) == kept(form)
    assert found.form.request(model) == form.request(model)


@pytest.mark.parametrize("name", [name for name in FILES if models_of(name)])
@settings(max_examples=12)
@given(data=st.data())
def test_a_cell_of_a_grid_comes_back_from_its_sidecar(name: str, data: st.DataObject) -> None:
    """Over several models, prompt, style and seed: the form that makes this one cell, and the grid itself."""
    model = data.draw(st.sampled_from(models_of(name)))
    form = data.draw(forms(model))
    others = [other for other in models_of(name) if kind_of(other) == kind_of(model)][:3]
    models = list({m.name: m for m in (model, *others)}.values())
    grid = Grid(
        id="g",
        x=Axis(parameter="model", values=tuple(m.name for m in models)),
        y=data.draw(
            st.sampled_from([
                Axis(parameter="seed", values=(1, form.seed)),
                Axis(parameter="prompt", values=("a {curly|brace}", "__other__ \\\\ one")),
                Axis(parameter="style", values=("", "ink of {prompt}, {x|y}")),
            ])
        ),
        base=base_of(form, {}),
    )  # fmt: skip
    cell = data.draw(st.sampled_from(cells_of(grid, lambda wanted: find_model(models, wanted))))
    if cell.request is None or cell.model is None:
        assert cell.problem
        return
    job = Job(
        id="j", kind=form.kind, request=to_json(cell.request), created_at=datetime.now(UTC),
        model=cell.model.name, model_info=to_json(cell.model), template=cell.template, style=cell.style,
        grid=grid_json(grid, cell.place),
    )  # fmt: skip
    asset = filed(job, cell.request)
    assert read_grid(asset.provenance.grid) == (grid, cell.place)
    found = recall(Form(), asset, lambda wanted: find_model(models, wanted))
    assert found.lost == ()
    assert found.form.request(cell.model, found.form.prompts({})[0]) == cell.request


def made(**provenance: Any) -> Asset:
    return Asset(
        id="a", kind=MediaKind.IMAGE, path="x.png", mime="image/png", size=1, sha256="", prompt="a heron",
        created_at=datetime.now(UTC), provenance=Provenance(**provenance),
    )  # fmt: skip


def test_what_a_changed_catalogue_does_not_allow_is_named() -> None:
    model = ModelInfo(
        name="veo", category="video", allowed_durations=(4.0, 6.0), resolutions=("720p", "1080p"),
        video_capabilities=("start_frame",), supported_endpoints=("/video/{prompt}",),
    )  # fmt: skip
    frames = [{"asset_id": "one"}, {"asset_id": "two"}]
    asset = made(
        model="veo", request_kind="video",
        request={
            "prompt": "x", "duration": 8, "resolution": "4k", "audio": True, "image": frames, "steps": 20,
        },
    )  # fmt: skip
    found = recall(Form(), asset, lambda _name: model)
    assert (found.form.kind, found.form.duration, found.form.resolution, found.form.audio) == (
        "video", 0, "", False,
    )  # fmt: skip
    assert [item.asset_id for item in found.form.start_frame] == ["one"]
    assert found.lost == (
        "Length: 8 s", "Resolution: 4k", "Sound", "End frame: 1 of 1", "steps: 20",
    )  # fmt: skip


def test_a_model_that_is_gone_is_named_and_another_of_its_kind_is_chosen() -> None:
    asset = made(model="old", model_title="Old Film", request_kind="video", request={"prompt": "x"})
    found = recall(Form(model="flux"), asset, lambda _name: None)
    assert (found.form.kind, found.form.model) == ("video", "")
    assert found.lost == ("Model: Old Film is not offered now",)


def test_files_that_are_too_many_are_told_before_they_are_sent() -> None:
    model = ModelInfo(name="kontext", title="Kontext", category="image", input_modalities=("text", "image"),
                      max_reference_images=1)  # fmt: skip
    two = (MediaInput(asset_id="one"), MediaInput(asset_id="two"))
    assert problem_of(Form(image=two), model) == ("Kontext takes 1 file there; you have 2.", "image")
    assert problem_of(Form(image=two[:1]), model) == ("", "")
    film = ModelInfo(
        name="veo", title="Veo", category="video", video_capabilities=("start_frame", "end_frame")
    )
    assert problem_of(Form(kind="video", end_frame=two[:1]), film)[1] == "end_frame"


@given(st.lists(st.text(alphabet="ab{}|_ ", max_size=12), max_size=5), st.integers(1, 12), st.integers())
def test_the_same_seed_picks_the_same_variants(parts: list[str], limit: int, seed: int) -> None:
    template = parse(" ".join(parts))
    picked = chosen(template, {}, limit, seed)
    assert picked == chosen(template, {}, limit, seed)
    assert len(picked) == len(set(picked)) <= limit
    assert set(SLOT_NAMES) <= set(Form._fields)
