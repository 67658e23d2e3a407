"""A form from a JSON schema that somebody else wrote: which fields, what each takes, whether a value fits.

Made for the inputs of legacy models (CONTRACT 12: `components.schemas.Input` of the model's own OpenAPI
document). The schema is not believed: references may run in circles, types may be missing or made up, bounds
may be upside down and there may be ten thousand properties. Whatever cannot be shown as a control of its own
is a JSON text with a check, and what is beyond `MOST_FIELDS` goes into one such text together. Nothing here
raises on a strange schema.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from studio.core.i18n import tr, trn
from studio.core.json_text import parse_json

FieldKind = Literal["text", "words", "choice", "integer", "number", "switch", "file", "files", "json"]
JsonShape = Literal["", "object", "array"]
Obj = dict[str, Any]

MOST_FIELDS = 80
MOST_CHOICES = 500
MOST_STEPS = 24
"""References and alternatives followed for one field; honest schemas need two or three."""
LONGEST_NAME = 120
LONGEST_DESCRIPTION = 600
LONGEST_VALUE = 200_000
ASSET = "asset:"
"""What a file of the library is written as until it has an address: "asset:" and its id."""
OTHERS = "…"
"""The name of the field that holds what has no field of its own; no schema can mean it by accident."""

_TYPES = ("string", "integer", "number", "boolean", "array", "object")
_FILE_FORMATS = frozenset({"uri", "url", "binary", "data-url", "data-uri", "path", "file", "uri-reference"})
_MEDIA_WORDS = {
    "image": ("image", "picture", "photo", "mask", "frame"),
    "video": ("video", "film", "clip"),
    "audio": ("audio", "sound", "music", "speech", "voice", "wav"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaField:
    """One field of the form.

    Args:
        kind: "text" is a line, "words" several lines, "file" an address or a file of the library, "files"
            several of them, "json" anything else.
        default: what the schema says, if it fits; None for nothing.
        minimum, maximum: of numbers, inclusive; None where the schema sets none that makes sense.
        choices: of "choice": strings, numbers, booleans.
        shape: what the JSON of "json" must be; "" for anything.
        media: "image", "video", "audio" or "": what a file is, as far as the words tell.
    """

    name: str
    title: str
    kind: FieldKind
    description: str = ""
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()
    required: bool = False
    shape: JsonShape = ""
    media: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("integer", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaForm:
    """The fields in the schema's own order. `hidden` counts the properties that are in `OTHERS` only."""

    fields: tuple[SchemaField, ...] = ()
    hidden: int = 0

    def field(self, name: str) -> SchemaField | None:
        return next((field for field in self.fields if field.name == name), None)

    @property
    def prompt(self) -> SchemaField | None:
        """The field with the words that the result is made of, to call it by; None if there is none."""
        texts = [field for field in self.fields if field.kind in ("text", "words")]
        by_name = [field for wanted in _PROMPTS for field in texts if field.name.lower() == wanted]
        return next(iter(by_name or [field for field in texts if field.kind == "words"] or texts), None)


_PROMPTS = ("prompt", "prompts", "text_prompt", "text_input", "text", "caption", "query")


# ---------------------------------------------------------------- reading a schema


def parse_form(document: object) -> SchemaForm:
    """The form of an OpenAPI document's `components.schemas.Input`, or of a bare object schema."""
    schemas = _object(_object(_object(document).get("components")).get("schemas"))
    schema = _object(schemas.get("Input")) or _object(document)
    schema = _resolved(schema, schemas)
    properties = _object(schema.get("properties"))
    needed = {name for name in _list(schema.get("required")) if isinstance(name, str)}
    named = [
        (name, _object(field)) for name, field in properties.items()
        if 0 < len(name) <= LONGEST_NAME and name != OTHERS and name.isprintable()
    ]  # fmt: skip
    # What must be filled in is shown whatever its place; the sort is stable.
    ordered = sorted(named, key=lambda item: (item[0] not in needed, _order(item[1])))[:MOST_FIELDS]
    shown = sorted(ordered, key=lambda item: _order(item[1]))
    fields = [_field(name, field, schemas, name in needed) for name, field in shown]
    hidden = len(properties) - len(fields)
    if hidden > 0:
        fields.append(
            SchemaField(
                name=OTHERS, title=tr("Other inputs"), kind="json", shape="object",
                description=trn(
                    "One more input has no field here. Write it as JSON.",
                    "{n} more inputs have no field here. Write them as JSON.", hidden,
                ),
            )
        )  # fmt: skip
    return SchemaForm(fields=tuple(fields), hidden=max(hidden, 0))


def _field(name: str, raw: Obj, schemas: Obj, required: bool) -> SchemaField:
    schema = _resolved(raw, schemas)
    choices = _choices(schema)
    kind, shape = _kind(name, schema, choices, schemas)
    low, high = _bounds(schema, kind)
    words = f"{name} {schema.get('title')} {schema.get('description')}".lower()
    field = SchemaField(
        name=name,
        title=_title(schema.get("title"), name),
        kind=kind,
        description=_line(schema.get("description"), LONGEST_DESCRIPTION),
        minimum=low,
        maximum=high,
        choices=choices if kind == "choice" else (),
        required=required,
        shape=shape,
        media=_media(words) if kind in ("file", "files") else "",
    )
    default = schema.get("default")
    if default is None and kind == "choice" and len(choices) == 1:
        default = choices[0]
    return _with_default(field, default)


def _title(told: object, name: str) -> str:
    """The field's name for people; many schemas give the wire's own."""
    title = _line(told, LONGEST_NAME) or name
    title = _line(title.replace("_", " "), LONGEST_NAME) or name
    return title[:1].upper() + title[1:]


def _resolved(schema: Obj, schemas: Obj) -> Obj:
    """The schema with its references, `allOf` and nullable alternatives put into one object. A circle ends
    where it was met before; what stands beside a reference goes before what is behind it."""
    found: Obj = {}
    seen: set[str] = set()
    waiting: list[Obj] = [schema]
    steps = 0
    while waiting and steps < MOST_STEPS:
        steps += 1
        one = waiting.pop(0)
        found = {**one, **found}
        reference = one.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            waiting.append(_object(schemas.get(reference.rpartition("/")[2])))
        waiting += [_object(part) for part in _list(one.get("allOf"))[:MOST_STEPS]]
        alternatives = [
            part for part in map(_object, _list(one.get("anyOf")) or _list(one.get("oneOf")))
            if part and part.get("type") != "null"
        ]  # fmt: skip
        if len(alternatives) == 1:
            waiting.append(alternatives[0])
        elif alternatives and "type" not in found and not all("const" in part for part in alternatives):
            found["type"] = "mixed"
        elif alternatives and "enum" not in found:
            found["enum"] = [part.get("const") for part in alternatives]
    return found


def _kind(name: str, schema: Obj, choices: tuple[Any, ...], schemas: Obj) -> tuple[FieldKind, JsonShape]:
    if choices:
        return "choice", ""
    match _type(schema):
        case "integer":
            return "integer", ""
        case "number":
            return "number", ""
        case "boolean":
            return "switch", ""
        case "array":
            items = _resolved(_object(schema.get("items")), schemas)
            return ("files", "") if _is_file(items) else ("json", "array")
        case "object":
            return "json", "object"
        case "string":
            if _is_file(schema):
                return "file", ""
            return ("words" if _is_long(name, schema) else "text"), ""
        case _:
            return "json", ""


def _type(schema: Obj) -> str:
    """One of `_TYPES`, told or guessed; "" for what may be several of them."""
    told = schema.get("type")
    if isinstance(told, list):
        named = [one for one in cast("list[Any]", told) if one != "null"]
        told = named[0] if len(named) == 1 else "mixed"
    if isinstance(told, str):
        return told if told in _TYPES else ("" if told == "mixed" else "string")
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema:
        return "array"
    match schema.get("default"):
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case dict():
            return "object"
        case list():
            return "array"
        case _:
            pass
    return "number" if _finite(schema.get("minimum")) is not None else "string"


def _is_file(schema: Obj) -> bool:
    return _type(schema) == "string" and str(schema.get("format")).lower() in _FILE_FORMATS


def _is_long(name: str, schema: Obj) -> bool:
    default = schema.get("default")
    long = isinstance(default, str) and ("\n" in default or len(default) > 60)
    return long or "prompt" in name.lower() or name.lower() in _PROMPTS


def _media(words: str) -> str:
    return next((media for media, names in _MEDIA_WORDS.items() if any(name in words for name in names)), "")


def _choices(schema: Obj) -> tuple[Any, ...]:
    listed = _list(schema.get("enum")) or ([schema["const"]] if "const" in schema else [])
    plain = [one for one in listed[: 4 * MOST_CHOICES] if _is_plain(one)]
    # True and 1 are the same to Python and not to JSON.
    different: dict[tuple[str, Any], Any] = {(type(one).__name__, one): one for one in plain}
    return tuple(different.values())[:MOST_CHOICES]


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int | bool) and len(str(value)[: LONGEST_DESCRIPTION + 1]) <= (
        LONGEST_DESCRIPTION
    )


def _bounds(schema: Obj, kind: FieldKind) -> tuple[float | None, float | None]:
    """Inclusive bounds; both None when they leave no value."""
    if kind not in ("integer", "number"):
        return None, None
    step = 1 if kind == "integer" else 0
    low, high = _finite(schema.get("minimum")), _finite(schema.get("maximum"))
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is True and low is not None:
        low += step
    elif (bound := _finite(above)) is not None:
        low = bound + step
    if below is True and high is not None:
        high -= step
    elif (bound := _finite(below)) is not None:
        high = bound - step
    if kind == "integer":
        low = None if low is None else float(math.ceil(low))
        high = None if high is None else float(math.floor(high))
    return (None, None) if low is not None and high is not None and low > high else (low, high)


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) <= 1e15 else None


def _order(schema: Obj) -> float:
    """`x-order`; what has none stands behind, as it came."""
    found = _finite(schema.get("x-order"))
    return math.inf if found is None else found


def _with_default(field: SchemaField, default: object) -> SchemaField:
    """The field with the schema's default, if it is one that could be sent."""
    if default is None:
        return field
    text = text_of(field, default)
    value, problem = read_value(field, text if field.kind != "switch" else default)
    return field if problem or value is None else replace(field, default=value)


# ---------------------------------------------------------------- values


def text_of(field: SchemaField, value: object) -> Any:
    """A value as the field's control holds it: text for everything but switches and several files."""
    if value is None:
        return False if field.kind == "switch" else [] if field.kind == "files" else ""
    if field.kind == "switch":
        return value is True
    if field.kind == "files":
        return [str(one) for one in _list(value) or [value]]
    if field.kind == "json":
        return value if isinstance(value, str) and _is_json(value) else _written(value)
    if field.kind == "choice":
        return value
    return value if isinstance(value, str) else _written(value)


def read_value(field: SchemaField, raw: object) -> tuple[Any, str]:
    """What a control holds, as it is sent, and what is wrong with it in one sentence ("" if nothing is).

    None as value: nothing is sent, and the model takes its own default.
    """
    if raw is None or raw in ("", []):
        return None, tr("{field} is needed.", field=field.title) if field.required else ""
    match field.kind:
        case "switch":
            return raw is True, ""
        case "choice":
            known = any(type(raw) is type(one) and raw == one for one in field.choices)
            return (raw, "") if known else (None, tr("Choose one of the list."))
        case "integer" | "number":
            return _read_number(field, str(raw).strip())
        case "json":
            return _read_json(field, str(raw))
        case "files":
            items = [str(one).strip() for one in _list(raw) if str(one).strip()]
            wrong = next((one for one in items if not _is_address(one)), "")
            return (None, _no_address(wrong)) if wrong else (items or None, "")
        case "file":
            text = str(raw).strip()
            return (text, "") if _is_address(text) else (None, _no_address(text))
        case _:
            text = str(raw)
            if len(text) > LONGEST_VALUE:
                return None, tr("This is too long to be sent.")
            return text, ""


def read_input(form: SchemaForm, values: Mapping[str, object]) -> tuple[Obj, dict[str, str]]:
    """What is sent for these controls, and the problems by field; it is not sent while there are any."""
    found: Obj = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        value, problem = read_value(field, values.get(field.name))
        if problem:
            problems[field.name] = problem
        elif field.name == OTHERS:
            # What has a field is read from there.
            found = {**_object(value), **found}
        elif value is not None:
            found[field.name] = value
    return found, problems


def defaults_of(form: SchemaForm) -> Obj:
    """What the controls of an untouched form hold."""
    return {field.name: text_of(field, field.default) for field in form.fields}


def values_of(form: SchemaForm, sent: Mapping[str, Any]) -> tuple[Obj, list[str]]:
    """What the controls hold to send `sent` again, and the names of what the form of today does not take."""
    values: Obj = {field.name: text_of(field, None) for field in form.fields}
    lost: list[str] = []
    rest: Obj = {}
    for name, value in sent.items():
        field = form.field(name)
        if field is None or field.name == OTHERS:
            rest[name] = value
            continue
        text = text_of(field, value)
        _value, problem = read_value(field, text)
        if problem:
            lost.append(field.title)
            text = text_of(field, field.default)
        values[name] = text
    if rest and form.field(OTHERS) is not None:
        values[OTHERS] = json.dumps(rest, ensure_ascii=False, indent=1)
    else:
        lost += list(rest)
    return values, lost


def files_in(value: object) -> Iterator[str]:
    """The ids of the library's files among what a form sends."""
    if isinstance(value, str):
        if value.startswith(ASSET):
            yield value.removeprefix(ASSET)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            yield from files_in(one)


def _read_number(field: SchemaField, text: str) -> tuple[Any, str]:
    try:
        number = float(text)
        value: int | float = int(text) if field.kind == "integer" and "." not in text else number
    except ValueError:
        return None, tr("This is not a number.")
    if not math.isfinite(number) or len(text) > 30:
        return None, tr("This is not a number.")
    if field.kind == "integer":
        if number != int(number):
            return None, tr("Only whole numbers are taken.")
        value = int(value)
    if field.minimum is not None and number < field.minimum:
        return None, tr("The least is {n}.", n=_short(field.minimum))
    if field.maximum is not None and number > field.maximum:
        return None, tr("The most is {n}.", n=_short(field.maximum))
    return value, ""


def _read_json(field: SchemaField, text: str) -> tuple[Any, str]:
    if len(text) > LONGEST_VALUE:
        return None, tr("This is too long to be sent.")
    try:
        value: Any = parse_json(text)
        json.dumps(value, allow_nan=False)
    except json.JSONDecodeError as error:
        return None, tr("Not JSON: line {line}, character {column}.", line=error.lineno, column=error.colno)
    except ValueError:
        return None, tr("This JSON cannot be sent.")
    if field.shape == "object" and not isinstance(value, dict):
        return None, tr("An object is needed, such as {example}.", example='{"a": 1}')
    if field.shape == "array" and not isinstance(value, list):
        return None, tr("A list is needed, such as {example}.", example="[1, 2]")
    return cast(Any, value), ""


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _is_address(text: str) -> bool:
    known = text.startswith(("http://", "https://", "data:", ASSET))
    return known and len(text) <= LONGEST_VALUE and text.isprintable() and " " not in text


def _no_address(text: str) -> str:
    return tr("{text} is no web address.", text=text[:40])


def _written(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1 if isinstance(value, dict) else None)
    except (TypeError, ValueError, RecursionError):
        return ""


def _short(number: float) -> str:
    return f"{number:.10g}"


def _line(value: object, limit: int) -> str:
    """Text for one line: no control or direction marks, which could pose as something else."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value[: limit * 4]).split())[:limit]


def _object(value: object) -> Obj:
    if not isinstance(value, dict):
        return {}
    return {name: item for name, item in cast("dict[Any, Any]", value).items() if isinstance(name, str)}


def _list(value: object) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []
