"""The hand-picked colours: each palette is one time of day in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studio.sandbox.make.art.scene import Colour, mix


@dataclass(frozen=True, slots=True)
class Palette:
    """`sky` runs from the zenith to the horizon, `land` from the farthest ridge to the nearest."""

    name: str
    sky: tuple[Colour, Colour, Colour]
    sun: Colour
    land: tuple[Colour, Colour, Colour]
    accent: Colour
    spark: Colour
    """A second bright colour, away from the accent on the wheel."""
    dark: bool = False

    def ground(self, near: float) -> Colour:
        """The land's colour at a depth from 0 (far) to 1 (near)."""
        if near < 0.5:
            return mix(self.land[0], self.land[1], near * 2)
        return mix(self.land[1], self.land[2], near * 2 - 1)

    @property
    def haze(self) -> Colour:
        return self.sky[2]

    @property
    def ink(self) -> Colour:
        return self.land[2]

    @property
    def paper(self) -> Colour:
        return (
            mix(self.sky[2], (255, 250, 240), 0.35) if not self.dark else mix(self.sky[0], self.sky[1], 0.5)
        )


def _rgb(text: str) -> Colour:
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def _palette(name: str, colours: str, *, dark: bool = False) -> Palette:
    c = [_rgb(part) for part in colours.split()]
    return Palette(name, (c[0], c[1], c[2]), c[3], (c[4], c[5], c[6]), c[7], c[8], dark)


# Order: three of the sky, the sun, three of the land, the accent, the spark.
_ALL = (
    _palette("dusk", "f7a76c ffc98a ffe3b5 fff3d6 d0655c 84395f 3a1a4c ffdf8a e2574c"),
    _palette("violet", "1d1847 4b3a7c c7a3bd fdf3d8 6a3a82 2f1a4a 090620 ffd873 ff7a93", dark=True),
    _palette("slate", "6f88bb a0b0d2 d9dce2 fdf6dc 5a7097 2a3c62 0b1224 ffd98a e88873"),
    _palette("gold", "f6d98c f9e7b4 fdf5dc fffbe9 d5a548 a06a24 5a2a0e fff0b8 bb4a24"),
    _palette("rose", "f79ab3 ffbdbd ffdccf fff6dc bd5684 7d2a63 2d0d3a ffe39a ff6f6f"),
    _palette("mint", "a5dcc8 c9ecd6 eef4dc fdf9df 5ea392 2d6a69 0d2f3b ffe38f f08a62"),
    _palette("sand", "f1c99a f8dfbd fdf0da fff8e6 cb9068 8b5a42 40251f ffe6ae c4512f"),
    _palette("azure", "7cbbeb aed9f4 e9f3ee fffae0 5f92c4 2c5c98 0d2149 ffe48c f27f5c"),
    _palette("winter", "a9c3de cfdfee f3f6f8 fffdf2 a5bcd4 5f7fa2 233a59 ffdc9c d8604f"),
    _palette("neon", "120733 4a1178 ff4f9d ffe08a 8a2aa8 3c1170 0a0424 35f0e6 ff5fc4", dark=True),
    _palette("dawn", "8f93cf d3b6d6 ffdcc4 fff4dc 9d8fbe 57538f 201f45 ffd9a0 f2828a"),
    _palette("noon", "4fb4e4 9bd9ee eef8ec fffbe2 8bbf7c 3f8360 123a34 fff0a0 f4734f"),
    _palette("ember", "2b0f1e 8a2a2c ff9a52 ffe6a8 94302e 4b1420 12050c ffcf6a ff6238", dark=True),
    _palette("autumn", "efb677 f7d3a0 fdeed4 fff7e0 d07c3c 8f3d22 3b1613 ffdf8c b5312a"),
    _palette("storm", "46566a 8294a2 ced4d2 f3f1e4 70818c 3c4b57 10171f f7d58a d9775a"),
    _palette("midnight", "060f2b 16345f 5f93b8 f4f3e2 2d557f 122c50 030814 ffdc84 7fd6e8", dark=True),
    _palette("sage", "c9d5bb dfe5d0 f4f3e4 fffbe8 a3b497 647d68 24362f ffe9a6 d9825b"),
)
PALETTES = {palette.name: palette for palette in _ALL}

_MOODS = {
    "dusk": "dusk sunset evening twilight dusky",
    "violet": "night moonlight moonlit moon nocturne magic mystic",
    "midnight": "night midnight stars starry moonlight deep underwater",
    "dawn": "dawn sunrise morning early dreamy pastel",
    "azure": "noon day daylight blue clear summer",
    "noon": "noon midday sunny summer spring bright tropical green",
    "winter": "winter snow snowy ice frozen cold frost arctic",
    "neon": "neon cyberpunk synthwave retro futuristic vaporwave",
    "ember": "fire lava volcano ember inferno blaze",
    "autumn": "autumn fall october harvest rust",
    "storm": "storm stormy grey gray overcast basalt",
    "gold": "golden gold desert honey bee amber yellow",
    "sand": "sand dune desert vintage film sepia brown warm",
    "rose": "rose pink romantic blossom cherry love valentine",
    "mint": "mint jungle lagoon teal turquoise calm emerald",
    "sage": "sage fog foggy mist misty linen minimal botanical",
    "slate": "cold moonlight steel blue twilight noir",
}


def choose_palette(words: Sequence[str], rng: np.random.Generator, favourites: str = "") -> Palette:
    """The palette the words ask for; else one of the scene's `favourites`; else any."""
    votes = {name: sum(word in mood.split() for word in words) for name, mood in _MOODS.items()}
    most = max(votes.values())
    if most:
        names = [name for name, count in votes.items() if count == most]
    else:
        names = favourites.split() or list(PALETTES)
    return PALETTES[names[int(rng.integers(len(names)))]]
