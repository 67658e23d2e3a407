"""The table of parameters over every model of the sample catalogues."""

from __future__ import annotations

import json

import pytest

from studio.api.catalogue import parse_models
from studio.domain.image import ImageRequest, VideoRequest
from studio.domain.models import ModelInfo
from studio.domain.parameters import (
    PARAMETERS,
    SLOTS,
    Bounds,
    kind_of,
    parameters_of,
    size_step,
    slots_of,
    takes_edits,
    takes_posts,
)
from tests.conftest import SAMPLES


def catalogue(name: str) -> tuple[ModelInfo, ...]:
    return parse_models(json.loads((SAMPLES / name).read_text(encoding="utf-8")), "image")


CURRENT, SEED_ERA = catalogue("image_models.json"), catalogue("image_models.seed_era.json")


def model(alias: str, models: tuple[ModelInfo, ...] = CURRENT) -> ModelInfo:
    return next(one for one in models if one.answers_to(alias))


def names(one: ModelInfo) -> list[str]:
    return [parameter.name for parameter in parameters_of(one)] + [slot.name for slot in slots_of(one)]


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("flux", ["negative_prompt"]),
        ("zimage", ["negative_prompt"]),
        ("krea", []),
        ("gptimage", ["quality", "transparent", "image"]),
        ("grok-imagine-image-2.0", ["resolution", "quality", "image"]),
        ("nanobanana", ["reasoning", "image"]),
        ("kontext", ["image"]),
        ("veo", ["duration", "aspectRatio", "resolution", "audio", "start_frame", "end_frame"]),
        ("seedance-2.5", ["aspectRatio", "resolution", "audio", "start_frame", "end_frame",
                          "reference_images", "reference_videos", "reference_audios"]),
        ("nova-reel", ["duration", "aspectRatio", "start_frame"]),
    ],
)  # fmt: skip
def test_a_model_gets_what_it_takes_and_nothing_else(alias: str, expected: list[str]) -> None:
    assert names(model(alias)) == expected


def test_lengths_are_those_of_the_model() -> None:
    duration = next(parameter for parameter in PARAMETERS if parameter.name == "duration")
    assert duration.choices(model("veo")) == (4, 6, 8)
    assert (duration.allows(model("veo"), 6), duration.allows(model("veo"), 5)) == (True, False)
    assert duration.bounds(model("nova-reel")) == Bounds(6, 120, 6)
    assert (duration.allows(model("nova-reel"), 18), duration.allows(model("nova-reel"), 20)) == (True, False)
    assert duration.usual(model("veo")) == 4


def test_a_film_that_needs_a_film_is_not_made_from_a_prompt() -> None:
    assert kind_of(next(one for one in CURRENT if one.name == "sony/mmaudio-v2")) == ""


def test_older_catalogues_have_the_older_parameters() -> None:
    flux = model("flux", SEED_ERA)
    assert "enhance" in names(flux)
    assert not takes_edits(flux)
    assert not takes_posts(flux)
    assert takes_edits(model("gptimage"))
    assert not takes_edits(model("veo"))


def test_a_model_of_tomorrow_gets_its_fields_from_the_catalogue() -> None:
    tomorrow = ModelInfo(
        name="new/model", category="video", input_modalities=("text", "image"), resolutions=("1k", "8k"),
        video_capabilities=("keyframes", "audio_output"), min_duration=3, max_duration=9,
        max_reference_images=6,
        supported_endpoints=("/video/{prompt}",), supported_parameters=("fps", "guidance_scale"),
    )  # fmt: skip
    assert names(tomorrow) == [
        "duration", "aspectRatio", "resolution", "audio", "guidance_scale", "fps", "image",
    ]  # fmt: skip
    assert [slot.most(tomorrow) for slot in slots_of(tomorrow)] == [6]


def test_sides_are_multiples_where_the_model_wants_them() -> None:
    assert (size_step(model("flux-2-pro")), size_step(model("flux")), size_step(None)) == (16, 1, 1)


def test_every_parameter_is_a_field_of_the_request() -> None:
    for parameter in PARAMETERS:
        for kind, request in (("image", ImageRequest), ("video", VideoRequest)):
            if kind in parameter.kinds:
                assert parameter.name in request.__dataclass_fields__
    assert {slot.media for slot in SLOTS} == {"image", "video", "audio"}
