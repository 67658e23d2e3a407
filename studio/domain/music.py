"""Music and sound effects: what each kind of model can be asked for (CONTRACT 6.1, 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from studio.domain.models import ModelInfo
from studio.domain.speech import SPEECH_CHARACTERS, SpeechRequest

SEED_MAX = 2_147_483_647


class Abilities(NamedTuple):
    """What a model takes beside the prompt.

    Args:
        shortest, longest: seconds; both 0 where the length cannot be chosen.
        field: what the length is called on the wire.
    """

    shortest: float = 3.0
    longest: float = 300.0
    field: str = "duration"
    instrumental: bool = False
    negative: bool = False
    loop: bool = False


def abilities_of(model: ModelInfo | None) -> Abilities:
    """What a model can be asked for, by its family; the catalogue's own bounds go first."""
    if model is None:
        return Abilities()
    names = " ".join((model.name, *model.aliases)).lower()
    if "lyria" in names:
        return Abilities(0.0, 0.0)
    if "stable-audio" in names:
        made = Abilities(1.0, 380.0, "seconds", negative=True)
    elif "sfx" in names or "text-to-sound" in names:
        made = Abilities(0.5, 30.0, loop=True)
    else:
        made = Abilities(3.0, 300.0, instrumental=True)
    return made._replace(
        shortest=model.min_duration or made.shortest, longest=model.max_duration or made.longest
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicWish:
    """What the form holds.

    Args:
        lyrics: what is sung; goes along with the prompt.
        length: seconds. `count`: takes, with seeds that follow each other.
    """

    prompt: str = ""
    lyrics: str = ""
    negative_prompt: str = ""
    model: str = ""
    length: float = 30.0
    instrumental: bool = False
    loop: bool = False
    seed: int = 1
    seed_locked: bool = False
    count: int = 2


def too_long(wish: MusicWish) -> bool:
    """Whether prompt and lyrics together are more than the service takes."""
    return len(_input(wish)) > SPEECH_CHARACTERS


def requests_of(wish: MusicWish, model: ModelInfo) -> list[SpeechRequest]:
    """One request per take; what the model does not take is left out."""
    can = abilities_of(model)
    length = min(max(wish.length, can.shortest), can.longest) if can.longest else None
    return [
        SpeechRequest(
            input=_input(wish),
            model=model.name,
            duration=length if can.field == "duration" else None,
            seconds=length if can.field == "seconds" else None,
            instrumental=True if can.instrumental and wish.instrumental else None,
            negative_prompt=wish.negative_prompt.strip() if can.negative else "",
            loop=True if can.loop and wish.loop else None,
            seed=(wish.seed - 1 + number) % SEED_MAX + 1,
        )
        for number in range(wish.count)
    ]


def _input(wish: MusicWish) -> str:
    lyrics = "" if wish.instrumental else wish.lyrics.strip()
    return f"{wish.prompt.strip()}\n\nLyrics:\n{lyrics}" if lyrics else wish.prompt.strip()
