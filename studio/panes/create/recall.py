"""Takes a form over from what an asset was made with, and says what cannot be taken over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from studio.core.i18n import tr
from studio.domain.asset import Asset
from studio.domain.codec import from_json
from studio.domain.image import SEED_MAX
from studio.domain.media import MediaInput, MediaKind
from studio.domain.models import ModelInfo
from studio.domain.parameters import PARAMETERS, SLOT_NAMES, SLOTS, kind_of
from studio.panes.create.form import DEFAULTS, Form, clamp

FindModel = Callable[[str], ModelInfo | None]
_HANDLED = {
    "prompt", "model", "seed", "route", "width", "height", "safe", "image", "reference_images",
    "reference_videos", "reference_audios", "no_cache",
}  # fmt: skip
SAFE_WORDS = ("nsfw", "sexual,violence")


class Recalled(NamedTuple):
    """The form that makes it again, and in one phrase each what that form cannot hold."""

    form: Form
    lost: tuple[str, ...] = ()


def recall(form: Form, asset: Asset, find: FindModel) -> Recalled:
    """The form with everything `asset` was made with; what was off then is off again.

    Its count and cap stay: an asset is one result.

    Args:
        find: the model of an id or alias, or None when it is not offered any more.
    """
    request, lost = asset.provenance.request, list[str]()
    form = with_prompt(form, asset)
    form, model = _with_model(form, asset, find, lost)
    form = with_seed(form, asset)
    for side in ("width", "height"):
        value = _number(request.get(side))
        if value:
            form = form._replace(**{side: clamp(int(value))})
    safe = str(request.get("safe") or "")
    if safe and safe not in SAFE_WORDS:
        lost.append(tr("Safety: {value}", value=safe))
    form = form._replace(safe=bool(safe) and safe != "false", edits=request.get("route") == "edits")
    asked = {"negative_prompt": asset.negative_prompt} | dict(request)
    form = _with_parameters(form, asked, model, lost)
    form = _with_media(form, request, model, lost)
    lost += [
        f"{name}: {value}"
        for name, value in request.items()
        if name not in _HANDLED and not any(one.name == name for one in PARAMETERS) and value
    ]
    return Recalled(form, tuple(lost))


def with_prompt(form: Form, asset: Asset) -> Form:
    """The prompt as it was written, before choices and wildcards were resolved."""
    made = asset.provenance
    return form._replace(
        prompt=made.template or asset.prompt, style=made.style, negative_prompt=asset.negative_prompt
    )


def with_seed(form: Form, asset: Asset) -> Form:
    """The seed, locked."""
    seed = asset.provenance.seed
    return form if seed is None else form._replace(seed=min(max(seed, 1), SEED_MAX), seed_locked=True)


def of_defaults(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept as a model's defaults, as far as the form has such fields still."""
    usual = Form()
    return {
        name: value for name, value in kept.items()
        if name in DEFAULTS and type(value) is type(getattr(usual, name))
    }  # fmt: skip


def differing(before: Form, after: Form) -> tuple[str, ...]:
    """The names of the fields that are not the same."""
    return tuple(name for name in Form._fields if getattr(before, name) != getattr(after, name))


def _with_model(form: Form, asset: Asset, find: FindModel, lost: list[str]) -> tuple[Form, ModelInfo | None]:
    made = asset.provenance
    model = find(made.model) if made.model else None
    if model is not None and kind_of(model):
        return form._replace(model=model.name, kind=kind_of(model)), model
    if made.model:
        lost.append(tr("Model: {name} is not offered now", name=made.model_title or made.model))
    kind = made.request_kind if made.request_kind in ("image", "video") else ""
    kind = kind or ("video" if asset.kind is MediaKind.VIDEO else "image")
    chosen = find(form.model)
    if kind != form.kind:
        # The presenter chooses a model of the kind.
        return form._replace(kind=kind, model=""), None
    return form, chosen


def _with_parameters(
    form: Form, request: Mapping[str, Any], model: ModelInfo | None, lost: list[str]
) -> Form:
    """The table's parameters, each checked against what the model takes today."""
    changes: dict[str, Any] = {}
    for parameter in PARAMETERS:
        value = request.get(parameter.name) or parameter.empty
        if parameter.control in ("number", "decimal"):
            value = _number(value) or 0
            value = float(value) if parameter.control == "decimal" else int(value)
        elif parameter.control == "switch":
            value = value is True
        else:
            value = str(value)
        if value and not parameter.allows(model, value):
            lost.append(
                f"{parameter.label}: {parameter.name_of(value)}" if value is not True else parameter.label
            )
            value = parameter.empty
        changes[parameter.name] = value
    return form._replace(**changes)


def _with_media(form: Form, request: Mapping[str, Any], model: ModelInfo | None, lost: list[str]) -> Form:
    """The files, each in its slot."""
    found: dict[str, tuple[MediaInput, ...]] = dict.fromkeys(SLOT_NAMES, ())
    for name in ("image", "reference_images", "reference_videos", "reference_audios"):
        found[name] = _inputs(request.get(name))
    if form.kind == "video" and "keyframes" not in (model.video_capabilities if model else ()):
        frames, found["image"] = found["image"], ()
        found["start_frame"], found["end_frame"] = frames[:1], frames[1:2]
    labels = {slot.name: slot.label for slot in SLOTS if form.kind in slot.kinds}
    for name, items in found.items():
        allowed = max((slot.most(model) for slot in SLOTS if slot.name == name and form.kind in slot.kinds),
                      default=0) if model else 0  # fmt: skip
        if len(items) > allowed:
            lost.append(tr("{label}: {n} of {all}", label=labels.get(name, name), n=len(items) - allowed,
                           all=len(items)))  # fmt: skip
            found[name] = items[:allowed]
    return form._replace(**found)


def _inputs(value: object) -> tuple[MediaInput, ...]:
    """Files of a request as the form holds them: those of the library without the address they had."""
    if not isinstance(value, list | tuple):
        return ()
    items: list[MediaInput] = []
    for entry in cast("list[Any]", value):
        try:
            item = from_json(MediaInput, entry)
        except (ValueError, TypeError):
            continue
        items.append(of_library(item) if item.asset_id else item)
    return tuple(items)


def of_library(item: MediaInput) -> MediaInput:
    """A file of the library as the form holds it."""
    return MediaInput(asset_id=item.asset_id, sha256=item.sha256, mime=item.mime)


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
