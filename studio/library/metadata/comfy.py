"""What a ComfyUI graph says about a picture: the words, the model and the seed that its sampler used.

A graph is an object of nodes by id: `{"class_type": …, "inputs": {name: value or [node id, output]}}`. Any
node may be anybody's, so nodes are known by what goes into them, not by their class.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

_MOST_NODES = 5_000
_WORDS = ("text", "text_g", "t5xxl", "clip_l", "prompt", "string", "value", "populated_text", "wildcard_text")
_MODELS = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name")
_SETTINGS = ("steps", "cfg", "sampler_name", "scheduler", "denoise", "guidance")

Inputs = Mapping[str, Any]


def is_graph(data: Mapping[str, Any]) -> bool:
    """True for an object of nodes."""
    nodes = [cast("dict[str, Any]", value) for value in data.values() if isinstance(value, dict)]
    return bool(nodes) and all("class_type" in node for node in nodes)


def read_graph(graph: Mapping[str, Any]) -> dict[str, Any]:
    """`prompt`, `negative_prompt`, `model`, `seed` and settings, as far as they can be found."""
    if len(graph) > _MOST_NODES or not is_graph(graph):
        return {}
    nodes = {name: _inputs(node) for name, node in graph.items()}
    sampler = _sampler(nodes)
    if sampler is None:
        words = _loose_words(nodes)
        return {"prompt": words} if words else {}
    found: dict[str, Any] = {name: sampler[name] for name in _SETTINGS if _plain(sampler.get(name))}
    seed = _follow(nodes, sampler, ("seed", "noise_seed", "noise"), ("seed", "noise_seed", "value"))
    if seed is not None:
        found["seed"] = seed
    for name, wanted in (
        ("prompt", ("positive", "guider", "conditioning")),
        ("negative_prompt", ("negative",)),
    ):
        words = _follow(nodes, sampler, wanted, _WORDS)
        if isinstance(words, str) and words.strip():
            found[name] = words.strip()
    model = _follow(nodes, sampler, ("model", "guider"), _MODELS)
    if isinstance(model, str):
        found["model"] = model
    return found


def _sampler(nodes: Mapping[str, Inputs]) -> Inputs | None:
    """The node that made the picture: the one with a seed and words, the last in the file if several."""
    found: Inputs | None = None
    for inputs in nodes.values():
        has_words = "positive" in inputs or "guider" in inputs
        if has_words and ({"seed", "noise_seed", "noise"} & inputs.keys()):
            found = inputs
    return found


def _follow(
    nodes: Mapping[str, Inputs], start: Inputs, through: tuple[str, ...], wanted: tuple[str, ...]
) -> Any:
    """The first plain value called one of `wanted`, upwards from `start` through the inputs `through`."""
    for name in through:
        value = start.get(name)
        if _plain(value):
            return value
        for inputs in _upstream(nodes, value):
            for key in wanted:
                inner = inputs.get(key)
                if _plain(inner) and inner != "":
                    return inner
    return None


def _upstream(nodes: Mapping[str, Inputs], link: Any) -> Iterator[Inputs]:
    """The node a link comes from and everything above it, nearest first, each once."""
    waiting: list[Any] = [link]
    seen: set[str] = set()
    while waiting:
        name = _target(waiting.pop(0))
        inputs = nodes.get(name) if name not in seen else None
        if inputs is None:
            continue
        seen.add(name)
        yield inputs
        waiting += [value for value in inputs.values() if _target(value)]


def _target(link: Any) -> str:
    if isinstance(link, list) and len(cast("list[Any]", link)) == 2:
        name = cast("list[Any]", link)[0]
        return str(name) if isinstance(name, str | int) else ""
    return ""


def _loose_words(nodes: Mapping[str, Inputs]) -> str:
    """With no sampler known: the longest text of the graph."""
    texts = [v for inputs in nodes.values() for k in _WORDS if isinstance(v := inputs.get(k), str)]
    return max(texts, key=len, default="").strip()


def _inputs(node: Any) -> Inputs:
    inputs: Any = cast("dict[str, Any]", node).get("inputs") if isinstance(node, dict) else None
    return cast("dict[str, Any]", inputs) if isinstance(inputs, dict) else {}


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
