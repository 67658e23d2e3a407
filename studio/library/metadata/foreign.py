"""Parameters as other programs write them, read in the order that tells those programs apart.

    parameters                    SwarmUI or Fooocus as JSON, A1111, Forge, SD.Next as infotext
    invokeai_metadata             InvokeAI 3 and later; `sd-metadata`, `Dream` before
    Software = NovelAI            `Comment` as JSON
    prompt, workflow              ComfyUI: a graph; what can be found in it
    Description, Comment          Midjourney and others
    XMP UserComment               Draw Things
    EXIF UserComment, Make, Model SwarmUI, Easy Diffusion, Fooocus, infotext; ComfyUI in WebP

Nothing here raises: what cannot be understood reads as nothing, and the file is kept all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from studio.core.json_text import parse_json
from studio.library.metadata import comfy
from studio.library.metadata.infotext import parse_infotext

KEYWORDS = (
    "imagemetahub_data", "parameters", "invokeai_metadata", "sd-metadata", "Dream", "prompt", "workflow",
    "Comment", "comment",
)  # fmt: skip
"""Where programs keep parameters, in the order they are looked at."""
_LONGEST_VALUE = 4_000
_WHOLE = re.compile(r"-?\d{1,19}(?:\.0+)?")
_DREAM = re.compile(r'^\s*"(?P<prompt>.*)"\s*(?P<rest>(?:-\S+.*)?)$', re.DOTALL)
_DREAM_OPTION = re.compile(r"-([A-Za-z_]+)\s*([\d.]+)?")
_DREAM_NAMES = {"s": "steps", "S": "seed", "W": "width", "H": "height", "C": "cfg_scale", "A": "sampler"}
_MIDJOURNEY = re.compile(
    r"^(?P<prompt>.*?)(?P<flags>(?:\s--[a-z]+\b[^-]*)*)\s*Job ID:\s*(?P<job>[\w-]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What a file of another program says about its making.

    Args:
        program: its name, "" when the layout is everybody's.
        seed: None when there is none, or it was left to chance.
        parameters: everything else that is one short value, by the program's own names.
    """

    program: str = ""
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    seed: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        return bool(self.prompt or self.negative_prompt or self.model or self.seed is not None)


def read_texts(texts: Mapping[str, str]) -> Foreign | None:
    """From the text chunks of a PNG, or the tags of a film or sound."""
    readers: tuple[tuple[str, Callable[[str], Foreign | None]], ...] = (
        ("imagemetahub_data", _hub),
        ("parameters", read_comment),
        ("invokeai_metadata", _invoke),
        ("sd-metadata", _invoke_2),
        ("Dream", _dream),
    )
    for keyword, read in readers:
        found = read(texts[keyword]) if texts.get(keyword) else None
        if found:
            return found
    if texts.get("Software") == "NovelAI" and (found := _novel(texts)):
        return found
    graph = texts.get("prompt", "").lstrip().startswith("{")
    if graph and (found := _comfy(_object(texts["prompt"]))):
        return found
    if not graph and (texts.get("prompt") or texts.get("Prompt")):
        return _easy({name.lower(): value for name, value in texts.items()})
    for keyword in ("Comment", "comment", "Description"):
        if found := read_comment(texts.get(keyword, ""), words_are_prompt=keyword == "Description"):
            return found
    return None


def read_comment(text: str, *, words_are_prompt: bool = True) -> Foreign | None:
    """From one text that may be infotext or any program's JSON: `parameters`, UserComment, a `.txt` beside.

    Args:
        words_are_prompt: text that is neither counts as a prompt.
    """
    text = text.strip("\0 \n")
    if not text:
        return None
    if text.startswith("{"):
        data = _object(text)
        return _from_object(data) if data else None
    if found := _MIDJOURNEY.match(text):
        values: dict[str, Any] = dict(re.findall(r"--([a-z]+)\s*([^\s-][^-]*)?", found["flags"]))
        return _make("Midjourney", {**values, "prompt": found["prompt"].strip(), "job": found["job"]})
    info = parse_infotext(text)
    if not info.parameters and not words_are_prompt:
        return None
    rest = dict(info.parameters)
    model, seed = rest.pop("Model", ""), rest.pop("Seed", "")
    return Foreign(
        program=_program_of(rest.get("Version", "")),
        prompt=info.prompt, negative_prompt=info.negative_prompt, model=model, seed=_seed(seed),
        parameters=_short(rest),
    )  # fmt: skip


def read_xmp_comment(text: str) -> Foreign | None:
    """From the UserComment of an XMP packet (Draw Things)."""
    data = _object(text)
    if "c" not in data:
        return None
    return _make("Draw Things", data, prompt="c", negative="uc")


def read_exif_tags(tags: Mapping[str, str]) -> Foreign | None:
    """From Make and Model of a WebP's EXIF block, where ComfyUI puts its graph."""
    for value in tags.values():
        if value.startswith("prompt:") and (graph := _object(value.removeprefix("prompt:"))):
            return _comfy(graph)
    return None


# ---------------------------------------------------------------- program by program


def _from_object(data: Mapping[str, Any]) -> Foreign | None:
    if "sui_image_params" in data:
        inside = data["sui_image_params"]
        if not isinstance(inside, dict):
            return None
        return _make("SwarmUI", cast("dict[str, Any]", inside), negative="negativeprompt")
    if "invokeai_metadata" in data:
        inside = data["invokeai_metadata"]
        return _invoke_object(cast("dict[str, Any]", inside)) if isinstance(inside, dict) else None
    if comfy.is_graph(data):
        return _comfy(data)
    if isinstance(data.get("prompt"), str) and (graph := _object(data["prompt"])):
        return _comfy(graph)  # VideoHelperSuite: a comment with the graph as text
    if "base_model" in data or "fooocus_version" in data or "base_model_name" in data:
        return _make("Fooocus", data, model=("base_model", "base_model_name"))
    if "prompt" in data or "positive_prompt" in data:
        return _easy(data)
    return None


def _hub(text: str) -> Foreign | None:
    data = _object(text)
    return _make(str(data.get("generator") or ""), data, negative="negativePrompt") if data else None


def _invoke(text: str) -> Foreign | None:
    data = _object(text)
    return _invoke_object(data) if data else None


def _invoke_object(data: Mapping[str, Any]) -> Foreign:
    return _make("InvokeAI", data, prompt="positive_prompt", negative="negative_prompt")


def _invoke_2(text: str) -> Foreign | None:
    data = _object(text)
    image = data.get("image")
    if not isinstance(image, dict):
        return None
    values = dict(cast("dict[str, Any]", image))
    prompt = values.get("prompt")
    if isinstance(prompt, list):
        pieces = cast("list[Any]", prompt)
        values["prompt"] = ", ".join(
            str(cast("dict[str, Any]", piece).get("prompt", ""))
            for piece in pieces
            if isinstance(piece, dict)
        )
    values["model"] = data.get("model_weights") or data.get("model") or ""
    return _make("InvokeAI", values)


def _dream(text: str) -> Foreign | None:
    found = _DREAM.match(text)
    if found is None:
        return None
    values: dict[str, Any] = {"prompt": found["prompt"]}
    for option in _DREAM_OPTION.finditer(found["rest"]):
        if option[2]:
            name = option[1]
            values[_DREAM_NAMES.get(name, name)] = option[2]
    return _make("InvokeAI", values)


def _novel(texts: Mapping[str, str]) -> Foreign | None:
    data = {**_object(texts.get("Comment", ""))}
    data.setdefault("prompt", texts.get("Description", ""))
    data.setdefault("model", texts.get("Source", ""))
    return _make("NovelAI", data, negative="uc")


def _comfy(graph: Mapping[str, Any]) -> Foreign | None:
    found = comfy.read_graph(graph)
    return _make("ComfyUI", found, negative="negative_prompt") if found else None


def _easy(data: Mapping[str, Any]) -> Foreign:
    program = str(data.get("program") or data.get("software") or "")
    return _make(
        program, data, prompt=("prompt", "positive_prompt"), negative=("negative_prompt", "negativePrompt"),
        model=("model", "use_stable_diffusion_model"),
    )  # fmt: skip


# ---------------------------------------------------------------- values


def _make(
    program: str,
    data: Mapping[str, Any],
    *,
    prompt: str | tuple[str, ...] = "prompt",
    negative: str | tuple[str, ...] = "negative_prompt",
    model: str | tuple[str, ...] = "model",
) -> Foreign:
    prompts, negatives, models = (
        (names,) if isinstance(names, str) else names for names in (prompt, negative, model)
    )
    seeds = ("seed", "noise_seed", "Seed")
    taken = {*prompts, *negatives, *models, *seeds}
    return Foreign(
        program=program,
        prompt=_text(data, prompts),
        negative_prompt=_text(data, negatives),
        model=_model(data, models),
        seed=next((s for name in seeds if (s := _seed(data.get(name))) is not None), None),
        parameters=_short({name: value for name, value in data.items() if name not in taken}),
    )


def _text(data: Mapping[str, Any], names: Iterable[str]) -> str:
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _model(data: Mapping[str, Any], names: Iterable[str]) -> str:
    """A name, or InvokeAI's object with one."""
    for name in names:
        value = data.get(name)
        if isinstance(value, dict):
            found = _text(cast("dict[str, Any]", value), ("name", "model_name", "key"))
            if found:
                return found
    return _text(data, names)


def _seed(value: object) -> int | None:
    """A seed that was really used: -1 and words mean that chance chose."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if not _WHOLE.fullmatch(text):
        return None
    seed = int(text.partition(".")[0])
    return seed if 0 <= seed < 2**63 else None


def _short(data: Mapping[str, Any]) -> dict[str, str]:
    """The values that are one word or number; lists, objects and novels stay in the file."""
    found: dict[str, str] = {}
    for name, value in data.items():
        if isinstance(value, bool):
            found[name] = "yes" if value else "no"
        elif isinstance(value, int | float | str):
            text = str(value).strip()
            if text and len(text) <= _LONGEST_VALUE:
                found[name] = text
    return found


def _object(text: str) -> dict[str, Any]:
    """The JSON object a text holds, or an empty one."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        # ComfyUI writes NaN where a widget has no value; Python reads it, and it is no number to keep.
        value = parse_json(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _program_of(version: str) -> str:
    lowered = version.lower()
    for mark, name in (
        ("nectary", "Nectary"),
        ("comfyui", "ComfyUI"),
        ("fooocus", "Fooocus"),
        ("f", "Forge"),
    ):
        if lowered.startswith(mark):
            return name
    return "A1111" if lowered.startswith("v1.") else ""
