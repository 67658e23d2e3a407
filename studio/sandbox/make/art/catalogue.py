"""Which scene a prompt asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.sandbox.make.art import figures, garden, indoors, landscapes, space, towns
from studio.sandbox.make.art.palettes import choose_palette
from studio.sandbox.make.art.scene import Layer, Scene
from studio.sandbox.make.art.scenery import Stage
from studio.sandbox.make.dice import dice, words_of


@dataclass(frozen=True, slots=True)
class _Kind:
    build: Callable[[Stage], list[Layer]]
    words: frozenset[str]
    favourites: str


def _kind(build: Callable[[Stage], list[Layer]], words: str, favourites: str = "") -> _Kind:
    return _Kind(build, frozenset(words.split()), favourites)


_KINDS = (
    _kind(landscapes.mountains, "mountain peak alps valley canyon landscape hill ridge volcano lake cliff"),
    _kind(landscapes.sea, "lighthouse sea ocean beach coast harbour harbor boat ship wave gull island sail"),
    _kind(landscapes.dunes, "dune desert sand sahara camel oasis mars", "gold sand dusk ember autumn rose"),
    _kind(landscapes.forest, "forest tree wood pine jungle deer fox bear nature path"),
    _kind(
        towns.city,
        "city skyline street tokyo york building tower urban cyberpunk architecture",
        "violet neon midnight slate dusk ember",
    ),
    _kind(towns.balloons, "balloon sky cloud fly flying travel"),
    _kind(
        indoors.still_life,
        "abstract still shape geometric minimal art bowl vase table poster logo design bottle",
    ),
    _kind(
        garden.flowers,
        "flower botanical plant leaf bouquet rose tulip daisy poppy garden bloom floral bee honeycomb nectar",
    ),
    _kind(figures.portrait, "portrait person woman man girl boy face character headshot people avatar"),
    _kind(
        space.space,
        "space planet galaxy star astronaut saturn rocket nebula universe cosmos orbit",
        "midnight violet neon ember",
    ),
    _kind(
        indoors.rain,
        "rain window rainy bokeh glass cafe coffee cosy cozy",
        "midnight violet slate storm neon ember",
    ),
    _kind(figures.cat, "cat kitten pet feline"),
)


def scene_for(prompt: str, seed: int, aspect: float) -> Scene:
    """The scene for a prompt: its kind and colours by the words, its details by words and seed.

    Frames longer than 1:5 get the scene of 1:5, stretched.
    """
    kind, stage = _chosen(prompt, seed, aspect)
    return Scene(stage.aspect, tuple(kind.build(stage)))


def stage_for(prompt: str, seed: int, aspect: float) -> Stage:
    """The colours and chances that `scene_for` would build its scene from."""
    return _chosen(prompt, seed, aspect)[1]


def _chosen(prompt: str, seed: int, aspect: float) -> tuple[_Kind, Stage]:
    words = words_of(prompt)
    rng = dice(prompt, seed, "scene")
    votes = [sum(word in kind.words for word in words) for kind in _KINDS]
    best = max(votes)
    kinds = [kind for kind, count in zip(_KINDS, votes, strict=True) if count == best]
    kind = kinds[int(rng.integers(len(kinds)))]
    palette = choose_palette(words, rng, kind.favourites)
    return kind, Stage(rng, palette, min(5.0, max(0.2, aspect)), frozenset(words))
