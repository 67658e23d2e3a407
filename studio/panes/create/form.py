"""What the Create form holds, and the requests it makes. Pure values; no widgets.

The first frame imports this module, so what it needs beyond the standard library is imported where it is
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studio.core.settings import Create
    from studio.domain.image import ImageRequest, VideoRequest
    from studio.domain.media import MediaInput
    from studio.domain.models import ModelInfo
    from studio.domain.prompt_template import PromptTemplate

STEP = 16
MIN_SIDE = 64
MAX_SIDE = 4096
BASE_PIXELS = 1024 * 1024
ASPECTS: tuple[str, ...] = ("1:1", "4:3", "3:2", "16:9", "9:16")
VARIANTS = 8
"""How many expansions of a prompt are made unless the user wants more."""


class Form(NamedTuple):
    """The form's values. `count` results are made of each variant, with seeds that follow each other.

    Args:
        kind: "image" or "video".
        style: the text around the prompt, with a `{prompt}` slot; empty for none.
        variants: at most so many expansions of the prompt are made.
        edits: the pictures of `image` are changed as the prompt says (POST /v1/images/edits) instead of
            serving as references.
        image, ...: files by slot of `studio.domain.parameters.SLOTS`; they have no address yet.

    The rest are parameters of the table there; empty values are not sent.
    """

    prompt: str = ""
    negative_prompt: str = ""
    style: str = ""
    kind: str = "image"
    model: str = ""
    width: int = 1024
    height: int = 1024
    count: int = 1  # pyright: ignore[reportIncompatibleMethodOverride] - nobody counts in it
    variants: int = VARIANTS
    seed: int = 1
    seed_locked: bool = False
    safe: bool = False
    quality: str = ""
    transparent: bool = False
    reasoning: str = ""
    resolution: str = ""
    duration: int = 0
    aspectRatio: str = ""
    audio: bool = False
    enhance: bool = False
    guidance_scale: float = 0.0
    fps: int = 0
    edits: bool = False
    image: tuple[MediaInput, ...] = ()
    start_frame: tuple[MediaInput, ...] = ()
    end_frame: tuple[MediaInput, ...] = ()
    reference_images: tuple[MediaInput, ...] = ()
    reference_videos: tuple[MediaInput, ...] = ()
    reference_audios: tuple[MediaInput, ...] = ()

    def template(self) -> PromptTemplate:
        """The prompt in its style, taken apart."""
        from studio.domain.prompt_template import apply_style, parse

        return parse(apply_style(self.style, self.prompt.strip()))

    def prompts(self, wildcards: Mapping[str, Sequence[str]]) -> list[str]:
        """The prompts that are sent: the expansions, at most `variants`, picked by the seed."""
        from studio.domain.prompt_template import chosen

        return [text.strip() for text in chosen(self.template(), wildcards, self.variants, self.seed)]

    def effective(self, model: ModelInfo | None) -> Form:
        """This form with everything emptied that the model does not take."""
        from studio.domain.parameters import PARAMETERS, SLOT_NAMES, kind_of, slots_of, takes_edits

        changes: dict[str, Any] = {}
        for parameter in PARAMETERS:
            value = getattr(self, parameter.name)
            if parameter.control == "words":
                value = value.strip()
            changes[parameter.name] = value if parameter.allows(model, value) else parameter.empty
        offered = {slot.name for slot in slots_of(model)}
        changes |= {name: () for name in SLOT_NAMES if name not in offered}
        changes["edits"] = self.edits and takes_edits(model) and bool(self.image)
        if model is not None:
            changes["kind"] = kind_of(model) or self.kind
        return self._replace(**changes)

    def request(self, model: ModelInfo | None, prompt: str = "") -> ImageRequest | VideoRequest:
        """The request for the first result; what the model does not take is left out.

        Args:
            prompt: one of `prompts()`; the text as it was written when empty.
        """
        form = self.effective(model)
        text = prompt or form.prompt.strip()
        return form.film(text) if form.kind == "video" else form.picture(model, text)

    def picture(self, model: ModelInfo | None, prompt: str) -> ImageRequest:
        """The request for a picture, with all that is in the form."""
        from studio.domain.image import ImageRequest, ImageRoute
        from studio.domain.parameters import LONG_PROMPT, size_step, takes_posts

        route: ImageRoute = "edits" if self.edits else "image"
        if route == "image" and len(prompt) > LONG_PROMPT and takes_posts(model):
            route = "generations"
        step = size_step(model)
        return ImageRequest(
            prompt=prompt,
            model=self.model,
            seed=self.seed,
            route=route,
            width=self.width // step * step,
            height=self.height // step * step,
            negative_prompt=self.negative_prompt,
            enhance=self.enhance,
            safe="nsfw" if self.safe else "",
            quality=self.quality,
            transparent=self.transparent,
            reasoning=self.reasoning,
            guidance_scale=self.guidance_scale or None,
            resolution=self.resolution,
            image=self.image,
        )

    def film(self, prompt: str) -> VideoRequest:
        """The request for a film, with all that is in the form."""
        from studio.domain.image import VideoRequest

        return VideoRequest(
            prompt=prompt,
            model=self.model,
            seed=self.seed,
            duration=self.duration or None,
            aspectRatio=self.aspectRatio,
            resolution=self.resolution,
            audio=self.audio,
            fps=self.fps or None,
            negative_prompt=self.negative_prompt,
            enhance=self.enhance,
            safe="nsfw" if self.safe else "",
            guidance_scale=self.guidance_scale or None,
            image=self.image or (self.start_frame + self.end_frame),
            reference_images=self.reference_images,
            reference_videos=self.reference_videos,
            reference_audios=self.reference_audios,
        )

    def media(self) -> tuple[MediaInput, ...]:
        """All files of the form."""
        from studio.domain.parameters import SLOT_NAMES

        return tuple(item for name in SLOT_NAMES for item in getattr(self, name))


REMEMBERED = (
    "kind", "width", "height", "count", "variants", "seed", "seed_locked", "quality", "safe", "transparent",
    "reasoning", "resolution", "duration", "aspectRatio", "audio", "enhance", "guidance_scale", "fps",
)  # fmt: skip
"""What the preferences keep from one start to the next, under the same names; models have their own."""

DEFAULTS = (
    "negative_prompt", "width", "height", "safe", "quality", "transparent", "reasoning", "resolution",
    "duration", "aspectRatio", "audio", "enhance", "guidance_scale", "fps",
)  # fmt: skip
"""What can be kept as the defaults of a model."""


def remembered(kept: Create) -> Form:
    """The form as it was left."""
    model = kept.video_model if kept.kind == "video" else kept.model
    return Form(model=model, **{name: getattr(kept, name) for name in REMEMBERED})


def problem_of(form: Form, model: ModelInfo | None) -> tuple[str, str]:
    """What keeps the form from being sent to the model, in one sentence, and the field it is about; two
    empty words when nothing does."""
    from studio.core.i18n import tr, trn
    from studio.domain.parameters import MOST_PROMPT, slots_of, takes_posts

    if model is None:
        return "", ""
    title = model.title or model.name
    form = form.effective(model)
    for slot in slots_of(model):
        has, most = len(getattr(form, slot.name)), slot.most(model)
        if has > most:
            words = trn(
                "{title} takes {most} file there; you have {has}.",
                "{title} takes {most} files there; you have {has}.",
                most, title=title, most=most, has=has,
            )  # fmt: skip
            return words, slot.name
    if form.end_frame and not form.start_frame:
        return tr("An end frame needs a start frame, too."), "end_frame"
    frames = len(form.start_frame) + len(form.end_frame) + len(form.reference_images)
    most = model.max_reference_images
    if most and frames > most:
        return tr(
            "{title} takes {most} pictures in all; you have {has}.", title=title, most=most, has=frames
        ), ("reference_images")
    if len(form.prompt) > (MOST_PROMPT if takes_posts(model) else MOST_PROMPT // 4):
        return tr("The prompt is too long for {title}.", title=title), "prompt"
    return "", ""


def unmet(form: Form, model: ModelInfo | None) -> dict[str, str]:
    """What is set in the form and not sent, as the model does not take it: words by field.

    The wish stays in the form, and holds again with a model that takes it.
    """
    from studio.core.i18n import tr, trn
    from studio.domain.parameters import PARAMETERS, SLOTS, kind_of, slots_of, takes_edits

    if model is None or kind_of(model) != form.kind:
        return {}
    found: dict[str, str] = {}
    for parameter in PARAMETERS:
        value = getattr(form, parameter.name)
        if form.kind not in parameter.kinds or not value or parameter.allows(model, value):
            continue
        if value == parameter.usual(model):
            continue
        words = parameter.label
        if parameter.control in ("choice", "number", "decimal"):
            words = f"{parameter.label} {parameter.name_of(value)}"
        found[parameter.name] = words
    offered = {slot.name for slot in slots_of(model)}
    for slot in SLOTS:
        count = len(getattr(form, slot.name))
        if form.kind in slot.kinds and slot.name not in offered and count:
            found[slot.name] = trn("{label}: one file", "{label}: {n} files", count, label=slot.label)
    if form.edits and form.image and "image" not in found and not takes_edits(model):
        found["edits"] = tr("Edit this")
    return found


def size_of(aspect: str, pixels: int = BASE_PIXELS) -> tuple[int, int]:
    """Width and height of an aspect ratio like "3:2", about `pixels` in all, in steps of 16.

    >>> size_of("1:1")
    (1024, 1024)
    """
    wide, high = (int(part) for part in aspect.split(":"))
    height = round((pixels * high / wide) ** 0.5 / STEP) * STEP
    width = round(height * wide / (high * STEP)) * STEP
    return clamp(width), clamp(height)


def aspect_of(width: int, height: int) -> str:
    """The preset these sides came from, or "" for sides of one's own."""
    for aspect in ASPECTS:
        if size_of(aspect, width * height) == (width, height) or size_of(aspect) == (width, height):
            return aspect
    return ""


def clamp(side: int) -> int:
    """A side the service takes: 64 to 4096 pixels."""
    return min(max(side, MIN_SIDE), MAX_SIDE)
