"""Music: what each family of models is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.domain.models import ModelInfo
from studio.domain.music import MusicWish, abilities_of, requests_of, too_long

WISH = MusicWish(
    prompt=" harbour waltz ", lyrics="the tide", negative_prompt="drums", length=400.0, instrumental=False,
    loop=True, seed=7, count=3,
)  # fmt: skip


def model(name: str, **more: object) -> ModelInfo:
    return ModelInfo(name=name, category="audio", **more)  # type: ignore[arg-type]


def test_takes_differ_in_their_seed_alone() -> None:
    made = requests_of(WISH, model("elevenmusic"))
    assert [request.seed for request in made] == [7, 8, 9]
    assert len({replace(request, seed=0).input for request in made}) == 1
    assert made[0].input == "harbour waltz\n\nLyrics:\nthe tide"
    assert requests_of(replace(WISH, seed=2_147_483_647), model("music"))[1].seed == 1


@pytest.mark.parametrize(
    ("name", "duration", "seconds", "negative", "loop"),
    [
        ("elevenmusic", 300.0, None, "", None),
        ("stable-audio-3", None, 380.0, "drums", None),
        ("sfx", 30.0, None, "", True),
        ("lyria", None, None, "", None),
    ],
)
def test_a_model_gets_what_it_takes(
    name: str, duration: float | None, seconds: float | None, negative: str, loop: bool | None
) -> None:
    (request, *_rest) = requests_of(WISH, model(name))
    assert (request.duration, request.seconds, request.negative_prompt, request.loop) == (
        duration, seconds, negative, loop,
    )  # fmt: skip


def test_instrumental_leaves_the_lyrics_out() -> None:
    (request, *_rest) = requests_of(replace(WISH, instrumental=True), model("music"))
    assert (request.input, request.instrumental) == ("harbour waltz", True)


def test_the_catalogue_knows_better() -> None:
    can = abilities_of(model("music", min_duration=10.0, max_duration=60.0))
    assert (can.shortest, can.longest) == (10.0, 60.0)
    assert too_long(replace(WISH, lyrics="la " * 2000))
