from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.schema_form import (
    MOST_FIELDS,
    OTHERS,
    SchemaField,
    SchemaForm,
    defaults_of,
    files_in,
    parse_form,
    read_input,
    read_value,
    text_of,
    values_of,
)

SAMPLES = Path(__file__).parent.parent / "api" / "samples"


def form_of(properties: dict[str, Any], *, required: list[str] | None = None, **schemas: Any) -> SchemaForm:
    schema = {"type": "object", "properties": properties, "required": required or []}
    return parse_form({"components": {"schemas": {"Input": schema, **schemas}}})


def only(schema: Any, **schemas: Any) -> SchemaField:
    (field,) = form_of({"x": schema}, **schemas).fields
    return field


def test_a_real_model() -> None:
    form = parse_form(
        json.loads((SAMPLES / "legacy_model_openapi.stable-diffusion-private.json").read_bytes())
    )
    assert [field.name for field in form.fields][:3] == ["prompts", "prompt_scale", "num_frames_per_prompt"]
    kinds = {field.name: field.kind for field in form.fields}
    assert kinds["prompts"] == "words"
    assert kinds["width"] == "integer"
    assert kinds["prompt_scale"] == "number"
    assert kinds["init_image"] == "file"
    assert form.prompt is not None
    assert form.prompt.name == "prompts"
    image = form.field("init_image")
    assert image is not None
    assert image.media == "image"
    sent, problems = read_input(form, defaults_of(form))
    assert not problems
    assert sent["width"] == 512
    assert "init_image" not in sent


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "default": "a\nb"}, "words"),
        ({"type": "string", "enum": ["a", "b"]}, "choice"),
        ({"enum": [1, 2, 3]}, "choice"),
        ({"const": "only"}, "choice"),
        ({"type": "integer", "minimum": 1}, "integer"),
        ({"type": ["integer", "null"]}, "integer"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number"),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "json"),
        ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "choice"),
        ({"type": "boolean"}, "switch"),
        ({"type": "string", "format": "uri"}, "file"),
        ({"type": "array", "items": {"type": "string", "format": "uri"}}, "files"),
        ({"type": "array", "items": {"type": "integer"}}, "json"),
        ({"type": "object", "properties": {}}, "json"),
        ({"properties": {"a": {}}}, "json"),
        ({"default": 3}, "integer"),
        ({"default": 0.5}, "number"),
        ({"default": True}, "switch"),
        ({"type": "strange"}, "text"),
        ({}, "text"),
        (None, "text"),
        ([], "text"),
        (5, "text"),
    ],
)
def test_each_kind_of_field(schema: Any, kind: str) -> None:
    assert only(schema).kind == kind


def test_references_are_followed_and_circles_end() -> None:
    size = {"type": "integer", "enum": [128, 256], "title": "Size"}
    field = only({"allOf": [{"$ref": "#/components/schemas/size"}], "default": 256}, size=size)
    assert (field.kind, field.choices, field.default, field.title) == ("choice", (128, 256), 256, "Size")
    assert only({"$ref": "#/components/schemas/a"}, a={"$ref": "#/components/schemas/b"},
                b={"allOf": [{"$ref": "#/components/schemas/a"}], "type": "integer"},
                ).kind == "integer"  # fmt: skip
    assert only({"$ref": "#/components/schemas/Input"}).kind == "json"
    assert only({"$ref": 5}).kind == "text"
    looped: dict[str, Any] = {"type": "object", "properties": {}}
    looped["allOf"] = [looped] * 3
    assert parse_form({"components": {"schemas": {"Input": looped}}}) == SchemaForm()


def test_ten_thousand_properties_cost_little_and_none_is_lost() -> None:
    properties: dict[str, Any] = {f"p{n}": {"type": "integer", "x-order": n} for n in range(10_000)}
    properties["late"] = {"type": "string", "x-order": 99_999}
    begun = time.perf_counter()
    form = form_of(properties, required=["late"])
    assert time.perf_counter() - begun < 1
    assert len(form.fields) == MOST_FIELDS + 1
    assert form.hidden == 10_001 - MOST_FIELDS
    assert form.field("late") is not None
    sent, problems = read_input(form, {"late": "x", OTHERS: '{"p9999": 4, "p1": 5}', "p1": "6"})
    assert not problems
    assert sent == {"late": "x", "p9999": 4, "p1": 6}
    values, lost = values_of(form, sent)
    assert not lost
    assert read_input(form, values)[0] == sent


def test_bounds_that_make_no_sense_are_none() -> None:
    assert (only({"type": "integer", "minimum": 5, "maximum": 1}).minimum) is None
    assert only({"type": "number", "minimum": float("nan")}).minimum is None
    assert only({"type": "integer", "exclusiveMinimum": 3}).minimum == 4
    assert only({"type": "integer", "minimum": 3, "exclusiveMinimum": True}).minimum == 4
    assert only({"type": "integer", "minimum": 1, "default": 0}).default is None


@pytest.mark.parametrize(
    ("schema", "raw", "value", "wrong"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 9}, "5", 5, False),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "10", None, True),
        ({"type": "integer"}, "5.5", None, True),
        ({"type": "integer"}, "many", None, True),
        ({"type": "integer"}, "90071992547409931", 90071992547409931, False),
        ({"type": "number"}, "nan", None, True),
        ({"type": "number"}, "1e999", None, True),
        ({"type": "number"}, "0.0001", 0.0001, False),
        ({"type": "boolean"}, True, True, False),
        ({"enum": [1, "1"]}, "1", "1", False),
        ({"enum": [1]}, True, None, True),
        ({"type": "string", "format": "uri"}, "https://a.example/b.png", "https://a.example/b.png", False),
        ({"type": "string", "format": "uri"}, "javascript:alert(1)", None, True),
        ({"type": "object"}, "[1]", None, True),
        ({"type": "object"}, '{"a": [1]}', {"a": [1]}, False),
        ({"type": "object"}, "{", None, True),
        ({"type": "object"}, '{"a": NaN}', None, True),
        ({"type": "array"}, "[1, 2]", [1, 2], False),
        ({"type": "string"}, "", None, False),
    ],
)
def test_values(schema: Any, raw: Any, value: Any, wrong: bool) -> None:
    assert (read_value(only(schema), raw)[0], bool(read_value(only(schema), raw)[1])) == (value, wrong)


def test_what_is_needed_is_asked_for() -> None:
    form = form_of({"a": {"type": "string"}, "b": {"type": "string"}}, required=["a"])
    assert list(read_input(form, {"b": "x"})[1]) == ["a"]


def test_files_of_the_library_are_found() -> None:
    assert list(files_in(["asset:1", "https://a.example", "asset:2"])) == ["1", "2"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["type", "enum", "default", "minimum", "maximum", "format", "items", "properties", "$ref", "allOf",
     "anyOf", "oneOf", "const", "title", "description", "x-order", "exclusiveMinimum", "required"]
)  # fmt: skip
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null", "file"])
REFERENCES = st.sampled_from(
    ["#/components/schemas/A", "#/components/schemas/B", "#/components/schemas/Input"]
)
SCHEMA = st.recursive(
    st.dictionaries(KEYS, JSON | TYPES | REFERENCES, max_size=6),
    lambda inner: st.dictionaries(
        KEYS, inner | JSON | TYPES | REFERENCES | st.lists(inner, max_size=3), max_size=6
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=10), SCHEMA | JSON, max_size=5), SCHEMA, SCHEMA)
def test_no_schema_breaks_it_and_what_it_sends_is_json(properties: Any, a: Any, b: Any) -> None:
    form = form_of(properties, required=list(properties)[:2], A=a, B=b)
    values = defaults_of(form)
    sent, problems = read_input(form, values)
    json.dumps(sent, allow_nan=False)
    # Only what is needed and has no default may be wrong in an untouched form.
    for name in problems:
        field = form.field(name)
        assert field is not None
        assert field.required
        assert field.default is None
    again, lost = values_of(form, sent)
    assert not lost
    assert read_input(form, again)[0] == sent


@given(JSON)
def test_any_document_gives_a_form(document: Any) -> None:
    assert isinstance(parse_form(document), SchemaForm)


@given(SCHEMA, JSON)
def test_any_value_is_read_or_refused(schema: Any, value: Any) -> None:
    (field,) = form_of({"x": schema}).fields
    read, problem = read_value(field, text_of(field, value))
    assert problem or read is None or json.dumps(read, allow_nan=False)
