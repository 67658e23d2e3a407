"""Which scene a prompt asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.sandbox.make.art import landscapes
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
        landscapes.city,
        "city skyline street tokyo york building tower urban cyberpunk architecture",
        "violet neon midnight slate dusk ember",
    ),
    _kind(landscapes.balloons, "balloon sky cloud fly flying travel"),
)


def scene_for(prompt: str, seed: int, aspect: float) -> Scene:
    """The scene for a prompt: its kind and colours by the words, its details by words and seed.

    Frames longer than 1:5 get the scene of 1:5, stretched.
    """
    words = words_of(prompt)
    rng = dice(prompt, seed, "scene")
    votes = [sum(word in kind.words for word in words) for kind in _KINDS]
    best = max(votes)
    kinds = [kind for kind, count in zip(_KINDS, votes, strict=True) if count == best]
    kind = kinds[int(rng.integers(len(kinds)))]
    palette = choose_palette(words, rng, kind.favourites)
    aspect = min(5.0, max(0.2, aspect))
    stage = Stage(rng, palette, aspect, frozenset(words))
    return Scene(aspect, tuple(kind.build(stage)))
