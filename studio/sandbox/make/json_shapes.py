"""Values that fit a JSON schema, taken from a text where it has something suitable."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import cast

import numpy as np

Json = dict[str, object]
# Below this depth only what a schema requires is made, so that recursive schemas end.
_DEPTH = 4
_FORMATS = {
    "date": "2026-03-14",
    "date-time": "2026-03-14T09:26:53Z",
    "time": "09:26:53Z",
    "duration": "PT15M",
    "email": "sandbox@example.org",
    "hostname": "example.org",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.org/sandbox",
    "url": "https://example.org/sandbox",
    "uuid": "7f1c9d52-6d0e-4b53-9a63-0d5a2e1b8c41",
}
_PLACE = re.compile(r"\b(?:in|at|for|near|from|to)\s+([A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)*)")
_QUOTED = re.compile(r"[\"“«']([^\"”»']{2,80})[\"”»']")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_PROPER = re.compile(r"(?<=\s)([A-Z][\w'’-]+)")
_PLACES = ("city", "location", "place", "country", "destination", "town")
_WHOLE = ("query", "question", "prompt", "text", "input", "message", "search", "q", "expression", "topic")


def as_dict(value: object) -> Json:
    """The value when it is a JSON object, else an empty one."""
    return cast(Json, value) if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The value when it is a JSON array, else an empty one."""
    return cast(list[object], value) if isinstance(value, list) else []


def fitting(schema: Mapping[str, object], text: str, rng: np.random.Generator) -> object:
    """A value valid for `schema`: types, enum, const, properties, items, bounds, formats, local $ref,
    anyOf, oneOf and allOf are followed; `pattern` and other keywords are not.
    """
    return _Maker(dict(schema), text, rng).value(dict(schema), "", 0)


class _Maker:
    def __init__(self, root: Json, text: str, rng: np.random.Generator) -> None:
        self._root = root
        self._text = text.strip()
        self._rng = rng
        self._numbers = [float(found) for found in _NUMBER.findall(text)]

    def value(self, schema: object, name: str, depth: int) -> object:
        """A value for one (sub)schema; `name` is the property it belongs to."""
        if not isinstance(schema, dict):
            return self._text or name
        whole = self._resolved(as_dict(cast(object, schema)), depth)
        if "const" in whole:
            return whole["const"]
        choices = as_list(whole.get("enum"))
        if choices:
            return self._choice(choices)
        match self._type(whole):
            case "object":
                return self._object(whole, depth)
            case "array":
                return self._array(whole, name, depth)
            case "integer":
                return int(self._number(whole, whole_numbers=True))
            case "number":
                return self._number(whole, whole_numbers=False)
            case "boolean":
                return bool(self._rng.integers(2))
            case "null":
                return None
            case _:
                return self._string(whole, name)

    def _resolved(self, schema: Json, depth: int) -> Json:
        """The schema with references followed and combinations merged or chosen."""
        seen = 0
        while "$ref" in schema and seen < 20:
            target: object = self._root
            for part in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
                target = (
                    as_dict(target).get(part.replace("~1", "/").replace("~0", "~"), {}) if part else target
                )
            schema = {**as_dict(target), **{key: value for key, value in schema.items() if key != "$ref"}}
            seen += 1
        for part in as_list(schema.get("allOf")):
            schema = _merged(schema, self._resolved(as_dict(part), depth))
        options = as_list(schema.get("anyOf")) or as_list(schema.get("oneOf"))
        if options:
            # Deep down the simplest alternative ends a recursion.
            pick = min(options, key=lambda one: len(str(one))) if depth >= _DEPTH else options[0]
            schema = _merged(schema, self._resolved(as_dict(pick), depth))
        return schema

    @staticmethod
    def _type(schema: Json) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kinds = [str(one) for one in as_list(cast(object, kind))]
            return next((one for one in kinds if one != "null"), "null")
        if isinstance(kind, str):
            return kind
        if "properties" in schema:
            return "object"
        if "items" in schema:
            return "array"
        return "number" if "minimum" in schema or "maximum" in schema else "string"

    def _object(self, schema: Json, depth: int) -> Json:
        properties = as_dict(schema.get("properties"))
        required = [str(name) for name in as_list(schema.get("required"))]
        names = required if depth >= _DEPTH else [*properties, *(n for n in required if n not in properties)]
        return {name: self.value(properties.get(name, {}), name, depth + 1) for name in names}

    def _array(self, schema: Json, name: str, depth: int) -> list[object]:
        least = _whole(schema.get("minItems"), 0)
        most = _whole(schema.get("maxItems"), max(least, 3))
        count = least if depth >= _DEPTH else min(most, max(least, 3))
        first = as_list(schema.get("prefixItems"))
        items: list[object] = []
        for i in range(count):
            part = first[i] if i < len(first) else schema.get("items", {})
            made = self.value(part, name.removesuffix("s"), depth + 1)
            if schema.get("uniqueItems") is True and made in items:
                made = _another(made, i, as_dict(self._resolved(as_dict(part), depth)), items)
                if made in items:
                    break
            items.append(made)
        return items

    def _number(self, schema: Json, *, whole_numbers: bool) -> float:
        low, high = _bounds(schema, whole_numbers=whole_numbers)
        step = float(cast(float, schema.get("multipleOf", 1 if whole_numbers else 0)))
        for found in self._numbers:
            fits = low <= found <= high and (not step or math.isclose(found / step, round(found / step)))
            if fits and (not whole_numbers or found.is_integer()):
                return found
        if math.isinf(low) and math.isinf(high):
            low, high = 1.0, 100.0
        elif math.isinf(low):
            low = high - 100
        elif math.isinf(high):
            high = low + 100
        made = float(self._rng.uniform(low, high))
        if step:
            made = min(max(round(made / step), math.ceil(low / step)), math.floor(high / step)) * step
        else:
            made = min(high, max(low, round(made, 2)))
        return made

    def _choice(self, choices: list[object]) -> object:
        """The choice the text names, else any."""
        words = self._text.lower()
        named = [one for one in choices if isinstance(one, str) and one and one.lower() in words]
        return named[0] if named else choices[int(self._rng.integers(len(choices)))]

    def _string(self, schema: Json, name: str) -> str:
        known = _FORMATS.get(str(schema.get("format", "")))
        text = known if known is not None else self._words_for(name.lower())
        least, most = _whole(schema.get("minLength"), 0), _whole(schema.get("maxLength"), 400)
        if len(text) < least:
            text = (text + " sandbox" * least)[:least]
        return text[:most]

    def _words_for(self, name: str) -> str:
        """What the text says that a property of this name could mean."""
        quoted = _QUOTED.search(self._text)
        place = _PLACE.search(self._text)
        if any(part in name for part in _PLACES):
            proper = _PROPER.search(self._text)
            return place.group(1) if place else proper.group(1) if proper else "Lisbon"
        if quoted:
            return quoted.group(1)
        if name in _WHOLE and self._text:
            return self._text
        if "unit" in name:
            return "metric"
        if "date" in name:
            return _FORMATS["date"]
        words = re.findall(r"\w{4,}", self._text)
        if not words:
            return name or "sandbox"
        start = int(self._rng.integers(len(words)))
        return " ".join(words[start : start + 3])


def _merged(base: Json, more: Json) -> Json:
    """Two schemas that both hold: properties and requirements add up, the second wins elsewhere."""
    kept = {key: value for key, value in base.items() if key not in ("anyOf", "oneOf", "allOf")}
    together: Json = {**kept, **more}
    properties = {**as_dict(base.get("properties")), **as_dict(more.get("properties"))}
    required = [*as_list(base.get("required")), *as_list(more.get("required"))]
    if properties:
        together["properties"] = properties
    if required:
        together["required"] = list(dict.fromkeys(str(name) for name in required))
    return together


def _another(made: object, number: int, schema: Json, taken: list[object]) -> object:
    """A value of the same type that is not taken yet."""
    choices = as_list(schema.get("enum"))
    if choices:
        return next((one for one in choices if one not in taken), made)
    if isinstance(made, bool) or made is None:
        return (not made) if isinstance(made, bool) else made
    if isinstance(made, (int, float)):
        low, high = _bounds(schema, whole_numbers=isinstance(made, int))
        step = cast(float, schema.get("multipleOf", 1))
        tries = [made + step * (i + 1) for i in range(-40, 40)]
        return next((one for one in tries if low <= one <= high and one not in taken), made)
    if isinstance(made, str):
        return f"{number} {made}"[: _whole(schema.get("maxLength"), 400)]
    return made


def _bounds(schema: Json, *, whole_numbers: bool) -> tuple[float, float]:
    """The least and the greatest number allowed; open bounds are moved in by a little."""
    step = 1.0 if whole_numbers else 1e-6
    low, high = _limit(schema.get("minimum"), -math.inf), _limit(schema.get("maximum"), math.inf)
    low = max(low, _limit(schema.get("exclusiveMinimum"), -math.inf) + step)
    high = min(high, _limit(schema.get("exclusiveMaximum"), math.inf) - step)
    return low, high


def _limit(value: object, default: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else default


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
