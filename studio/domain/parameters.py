"""What one may ask of a model that makes pictures or films: one table of parameters and one of media slots.

The form, recall and the request are all made from these tables, so a model released tomorrow gets its
fields from what the catalogue says of it (CONTRACT 2.2, 5.1 to 5.4). Where the catalogue is silent, as for
quality, the families of the contract's table decide; a name in `supported_parameters` always does.

Names are those of the request's fields. An empty value ("", 0, False) is not sent: the model's own default
holds. `no-cache` is left out on purpose: a seed is always concrete, so it would only make a repetition after
a break be billed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from studio.core.i18n import tr
from studio.domain.models import ModelInfo

Value = str | int | float | bool
Control = Literal["words", "switch", "choice", "number", "decimal"]
VISUAL_KINDS: Final = ("image", "video")
MOST_SECONDS: Final = 120
SEED_ERA_SECONDS: Final = (1, 10)
LONG_PROMPT: Final = 2000
"""Characters from which on a prompt does not belong into an address (CONTRACT 3)."""
MOST_PROMPT: Final = 32_000
"""Characters that the service takes (CONTRACT 5.2)."""
_NO_LIMIT_SAID: Final = 16
_FILM_REFERENCES: Final = 9
_SEED_ERA_SHAPES: Final = ("16:9", "9:16")
_SHAPES: Final = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "9:21", "adaptive")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Numbers from `low` to `high` in steps of `step`, counted from `low`."""

    low: float
    high: float
    step: float = 1

    def holds(self, value: float) -> bool:
        """Whether `value` is one of them."""
        steps = (value - self.low) / self.step
        return self.low <= value <= self.high and abs(steps - round(steps)) < 1e-6


def _no_choices(_model: ModelInfo) -> tuple[Value, ...]:
    return ()


def _no_bounds(_model: ModelInfo) -> Bounds | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One line of the table.

    Args:
        name: of the request's field.
        kinds: which of the requests has it.
        control: how it is asked for; `offered` tells for which models.
        choices: the values there are with a model; a number without any lies within `bounds`.
        usual: what holds when nothing is sent: the value that is shown as chosen then.
        words: what values are called, where the value itself would not do.
        suffix: the unit behind a number.
        main: shown at once, and not among "More options".
    """

    name: str
    label: str
    control: Control
    offered: Callable[[ModelInfo], bool]
    kinds: tuple[str, ...] = VISUAL_KINDS
    choices: Callable[[ModelInfo], tuple[Value, ...]] = _no_choices
    bounds: Callable[[ModelInfo], Bounds | None] = _no_bounds
    usual: Callable[[ModelInfo], Value] = lambda _model: ""
    words: dict[str, str] = field(default_factory=dict[str, str])
    suffix: str = ""
    tip: str = ""
    main: bool = False

    @property
    def empty(self) -> Value:
        """The value that is not sent."""
        return {"switch": False, "number": 0, "decimal": 0.0}.get(self.control, "")

    def allows(self, model: ModelInfo | None, value: Value) -> bool:
        """Whether `value` may be sent to the model; the empty value always may."""
        if not value:
            return True
        if model is None or kind_of(model) not in self.kinds or not self.offered(model):
            return False
        choices, bounds = self.choices(model), self.bounds(model)
        if choices:
            return value in choices
        return bounds is None or (isinstance(value, int | float) and bounds.holds(value))

    def name_of(self, value: Value) -> str:
        """A value for the eye."""
        return self.words.get(str(value)) or f"{value}{self.suffix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSlot:
    """A place for files in a request: `most` tells how many a model takes there, 0 for none.

    Args:
        name: of the form's field; `start_frame` and `end_frame` become `image` of a film.
        media: "image", "video" or "audio".
    """

    name: str
    label: str
    media: str
    kinds: tuple[str, ...]
    most: Callable[[ModelInfo], int]
    tip: str = ""


# ---------------------------------------------------------------- what the catalogue says


def kind_of(model: ModelInfo) -> str:
    """ "image", "video", or "" for a model that makes neither from a prompt."""
    if model.makes_images:
        return "image"
    routes = model.supported_endpoints
    by_prompt = not routes or any(route in routes for route in ("/video/{prompt}", "/image/{prompt}"))
    return "video" if model.makes_videos and by_prompt else ""


def is_seed_era(model: ModelInfo) -> bool:
    """Whether the entry has the catalogue's older shape, which lists no endpoints (CONTRACT 2.1)."""
    return not model.supported_endpoints


def takes_edits(model: ModelInfo | None) -> bool:
    """Whether pictures can be sent to it with the request, to be changed by a prompt (CONTRACT 5.3)."""
    if model is None or kind_of(model) != "image":
        return False
    return model.takes_images and "/v1/images/edits" in model.supported_endpoints


def takes_posts(model: ModelInfo | None) -> bool:
    """Whether a prompt that is too long for an address can be sent in a body (CONTRACT 5.2)."""
    return model is not None and "/v1/images/generations" in model.supported_endpoints


def size_step(model: ModelInfo | None) -> int:
    """Of which number the sides must be multiples (CONTRACT 5.1)."""
    return 16 if model is not None and _is_a(model, "flux.2-pro", "flux.2-flex", "flux-2-") else 1


def _is_a(model: ModelInfo, *families: str) -> bool:
    names = " ".join((model.name, *model.aliases)).lower()
    return any(family in names for family in families)


def _listed(name: str) -> Callable[[ModelInfo], bool]:
    return lambda model: name in model.supported_parameters


def _takes_quality(model: ModelInfo) -> bool:
    return _is_a(model, "gptimage", "gpt-image", "grok-imagine-image-2.0") or _listed("quality")(model)


def _takes_transparent(model: ModelInfo) -> bool:
    return _is_a(model, "gptimage", "gpt-image") or _listed("transparent")(model)


def _takes_negative(model: ModelInfo) -> bool:
    """Flux and Z-Image read it (CONTRACT 5.1); the families that carry their names later do not."""
    plain = any(model.answers_to(name) for name in ("flux", "zimage", "z-image"))
    return plain or _listed("negative_prompt")(model)


def _takes_reasoning(model: ModelInfo) -> bool:
    return _is_a(model, "nanobanana") or _listed("reasoning")(model)


def _takes_enhance(model: ModelInfo) -> bool:
    return is_seed_era(model) or _listed("enhance")(model)


def _reasoning_levels(model: ModelInfo) -> tuple[Value, ...]:
    return ("true",) if is_seed_era(model) else ("fast", "balanced", "pro")


def _seconds(model: ModelInfo) -> tuple[Value, ...]:
    """The lengths of a film where the catalogue lists them, or where there are few."""
    if model.allowed_durations:
        return tuple(int(seconds) for seconds in model.allowed_durations)
    return ()


def _seconds_range(model: ModelInfo) -> Bounds | None:
    if model.allowed_durations:
        return None
    low, high = SEED_ERA_SECONDS
    if model.min_duration or model.max_duration:
        low, high = int(model.min_duration or 1), int(model.max_duration or MOST_SECONDS)
    return Bounds(low, high, int(model.duration_step or 1))


def _takes_duration(model: ModelInfo) -> bool:
    bounds = _seconds_range(model)
    return len(_seconds(model)) > 1 or (bounds is not None and bounds.high > bounds.low)


def _usual_seconds(model: ModelInfo) -> Value:
    bounds = _seconds_range(model)
    first = _seconds(model)[0] if _seconds(model) else bounds.low if bounds else 0
    return int(model.default_duration or first)


def _shapes(model: ModelInfo) -> tuple[Value, ...]:
    return _SEED_ERA_SHAPES if is_seed_era(model) else _SHAPES


def _makes_sound(model: ModelInfo) -> bool:
    if not model.video_capabilities:
        return is_seed_era(model)
    return "audio_output" in model.video_capabilities


# ---------------------------------------------------------------- the table

PARAMETERS: Final = (
    Parameter(
        name="duration", label=tr("Length"), control="number", kinds=("video",), offered=_takes_duration,
        choices=_seconds, bounds=_seconds_range, usual=_usual_seconds, suffix=tr(" s"),
        main=True,
    ),
    Parameter(
        name="aspectRatio", label=tr("Shape"), control="choice", kinds=("video",),
        offered=lambda _model: True, choices=_shapes, usual=lambda _model: "16:9",
        words={"adaptive": tr("Like the start frame")}, main=True,
    ),
    Parameter(
        name="resolution", label=tr("Resolution"), control="choice",
        offered=lambda model: len(model.resolutions) > 1, choices=lambda model: model.resolutions,
        usual=lambda model: model.resolutions[0] if model.resolutions else "", main=True,
    ),
    Parameter(
        name="audio", label=tr("Sound"), control="switch", kinds=("video",), offered=_makes_sound,
        tip=tr("A film with sound may cost more."), main=True,
    ),
    Parameter(
        name="quality", label=tr("Quality"), control="choice", kinds=("image",), offered=_takes_quality,
        choices=lambda _model: ("low", "medium", "high", "hd"), usual=lambda _model: "medium",
        words={"low": tr("Low"), "medium": tr("Medium"), "high": tr("High"), "hd": tr("HD")}, main=True,
    ),
    Parameter(
        name="transparent", label=tr("Transparent background"), control="switch", kinds=("image",),
        offered=_takes_transparent,
    ),
    Parameter(
        name="reasoning", label=tr("Thinking"), control="choice", kinds=("image",),
        offered=_takes_reasoning, choices=_reasoning_levels,
        usual=lambda model: "" if is_seed_era(model) else "balanced",
        words={"": tr("Off"), "true": tr("On"), "fast": tr("Fast"), "balanced": tr("Balanced"),
               "pro": tr("Thorough")},
        tip=tr("More thinking follows long prompts better and takes longer."),
    ),
    Parameter(
        name="negative_prompt", label=tr("Negative prompt"), control="words", offered=_takes_negative,
        tip=tr("What should not be in it"),
    ),
    Parameter(
        name="guidance_scale", label=tr("Guidance"), control="decimal", offered=_listed("guidance_scale"),
        bounds=lambda _model: Bounds(0, 30, 0.1), tip=tr("How closely the prompt is followed; 0 is usual."),
    ),
    Parameter(
        name="fps", label=tr("Frames per second"), control="number", kinds=("video",),
        offered=_listed("fps"), bounds=lambda _model: Bounds(0, 60), tip=tr("0 is the model's own."),
    ),
    Parameter(
        name="enhance", label=tr("Enhance the prompt"), control="switch", offered=_takes_enhance,
        tip=tr("The service rewrites the prompt in more detail."),
    ),
)  # fmt: skip
BY_NAME: Final = {parameter.name: parameter for parameter in PARAMETERS}


def parameters_of(model: ModelInfo | None) -> tuple[Parameter, ...]:
    """What the model takes, in the order of the form."""
    if model is None:
        return ()
    kind = kind_of(model)
    return tuple(one for one in PARAMETERS if kind in one.kinds and one.offered(model))


# ---------------------------------------------------------------- the media slots


def _references(model: ModelInfo) -> int:
    return (model.max_reference_images or _NO_LIMIT_SAID) if model.takes_images else 0


def _keyframes(model: ModelInfo) -> int:
    return (model.max_reference_images or _NO_LIMIT_SAID) if "keyframes" in model.video_capabilities else 0


def _start_frame(model: ModelInfo) -> int:
    if _keyframes(model):
        return 0
    if not model.video_capabilities:
        return int(is_seed_era(model) and model.takes_images)
    return int("start_frame" in model.video_capabilities)


def _end_frame(model: ModelInfo) -> int:
    return int("end_frame" in model.video_capabilities and not _keyframes(model))


def _film_references(name: str) -> Callable[[ModelInfo], int]:
    def most(model: ModelInfo) -> int:
        if name not in model.video_capabilities:
            return 0
        said = {
            "reference_images": model.max_reference_images,
            "reference_videos": model.max_reference_videos,
        }
        return said.get(name) or _FILM_REFERENCES

    return most


SLOTS: Final = (
    MediaSlot(name="image", label=tr("References"), media="image", kinds=("image",), most=_references),
    MediaSlot(name="image", label=tr("Key frames"), media="image", kinds=("video",), most=_keyframes,
              tip=tr("The film goes from one to the next.")),
    MediaSlot(name="start_frame", label=tr("Start frame"), media="image", kinds=("video",),
              most=_start_frame),
    MediaSlot(name="end_frame", label=tr("End frame"), media="image", kinds=("video",), most=_end_frame),
    MediaSlot(name="reference_images", label=tr("Reference pictures"), media="image", kinds=("video",),
              most=_film_references("reference_images")),
    MediaSlot(name="reference_videos", label=tr("Reference films"), media="video", kinds=("video",),
              most=_film_references("reference_videos")),
    MediaSlot(name="reference_audios", label=tr("Reference sounds"), media="audio", kinds=("video",),
              most=_film_references("reference_audios")),
)  # fmt: skip
SLOT_NAMES: Final = tuple(dict.fromkeys(slot.name for slot in SLOTS))


def slots_of(model: ModelInfo | None) -> tuple[MediaSlot, ...]:
    """Where the model takes files, in the order of the form."""
    if model is None:
        return ()
    kind = kind_of(model)
    return tuple(slot for slot in SLOTS if kind in slot.kinds and slot.most(model))
