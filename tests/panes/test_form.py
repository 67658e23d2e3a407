from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.models import ModelInfo
from studio.panes.create.form import ASPECTS, MAX_SIDE, MIN_SIDE, Form, aspect_of, clamp, size_of
from studio.panes.create.model_options import option_of, price_each


@pytest.mark.parametrize("aspect", ASPECTS)
def test_a_preset_is_found_again_by_its_sides(aspect: str) -> None:
    assert aspect_of(*size_of(aspect)) == aspect


@given(st.integers(-10, 100_000))
def test_sides_are_what_the_service_takes(side: int) -> None:
    assert MIN_SIDE <= clamp(side) <= MAX_SIDE


def test_what_a_model_does_not_take_is_not_sent() -> None:
    form = Form(prompt=" a heron ", negative_prompt="people", quality="high", transparent=True, safe=True)
    plain = form.request(ModelInfo(name="turbo", category="image"))
    assert (plain.prompt, plain.negative_prompt, plain.quality, plain.transparent, plain.safe) == (
        "a heron", "", "", False, "nsfw",
    )  # fmt: skip
    assert form.request(ModelInfo(name="flux", category="image")).negative_prompt == "people"
    assert form.request(ModelInfo(name="gptimage", category="image")).transparent


def test_a_model_without_a_price_shows_none() -> None:
    model = ModelInfo(name="flux", title="Flux Schnell", publisher="Black Forest Labs", paid_only=True)
    assert price_each(model) == ""
    option = option_of(model)
    assert (option.label, option.note) == ("Flux Schnell", "Black Forest Labs · paid pollen only")
