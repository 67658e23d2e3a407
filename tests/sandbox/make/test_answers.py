"""Answers: they own up to being simulated, follow the message, and fit tools and schemas."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.sandbox.make.answers import answer, count_tokens
from studio.sandbox.make.dice import dice
from studio.sandbox.make.json_shapes import fitting

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather for a place",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1, "maximum": 7},
            },
            "required": ["city"],
        },
    },
}
SEARCH = {"type": "function", "function": {"name": "searchNotes", "parameters": {"type": "object"}}}


def user(text: object) -> dict[str, object]:
    return {"role": "user", "content": text}


def ask(text: object, **options: object) -> object:
    return answer([user(text)], model="openai", seed=1, **options)


@pytest.mark.parametrize("text", ["hi", "How do bees find flowers in a large garden?", "你好", "", "42 + 1"])
def test_the_first_sentence_says_that_it_is_simulated(text: str) -> None:
    made = [answer([user(text)], model="openai", seed=seed).content for seed in range(8)]
    firsts = {content.split(". ")[0] for content in made}
    assert len(firsts) > 2
    assert all("sandbox" in first and "simulated" in first for first in firsts)


def test_the_same_arguments_give_the_same_answer_and_the_seed_varies_it() -> None:
    made = [answer([user("Explain tides to me, please")], model="openai", seed=seed) for seed in (1, 1, 2, 3)]
    assert made[0] == made[1]
    assert len({one.content for one in made}) == 3


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("write python code for bees", "```python"),
        ("a javascript function for bees", "```javascript"),
        ("compare honey and sugar in a table", "|:--|--:|"),
        ("what is the formula for growth of honey", "$$"),
        ("a checklist for the honey week", "- [ ] "),
        ("tips for keeping honey fresh", "- **"),
        ("how can honey be stored for years", "1. "),
        ("tell me about honey storage", "[^1]:"),
    ],
)
def test_the_answer_has_what_the_words_ask_for(text: str, sign: str) -> None:
    content = ask(text).content
    assert sign in content
    assert "honey" in content.lower() or "bees" in content.lower()


def test_everything_shows_every_kind_of_passage() -> None:
    content = ask("show everything markdown offers").content
    for sign in ("```", "|:--|", "$$", "- [x]", "1. ", "\n> ", "- **", "[^1]:", "## "):
        assert sign in content


def test_short_questions_get_short_answers() -> None:
    assert len(ask("in one sentence: what is honey made from").content) < 350


def test_earlier_messages_and_pictures_are_noticed() -> None:
    parts = [
        {"type": "text", "text": "What is shown in this picture of a harbour?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]
    content = answer([user("About lighthouses"), user(parts)], model="openai", seed=1).content
    assert "1 picture" in content
    assert "About lighthouses" in content


def test_a_tool_whose_words_occur_is_called_with_fitting_arguments() -> None:
    made = ask("What will the weather be in Buenos Aires for 3 days, in celsius?", tools=[SEARCH, WEATHER])
    (call,) = made.tool_calls
    assert (call.name, made.content) == ("get_weather", "")
    arguments = json.loads(call.arguments)
    jsonschema.validate(arguments, WEATHER["function"]["parameters"])
    assert arguments == {"city": "Buenos Aires", "unit": "celsius", "days": 3}


def test_tool_choice_is_followed() -> None:
    assert not ask("Tell me a joke", tools=[WEATHER]).tool_calls
    assert not ask("weather in Rome", tools=[WEATHER], tool_choice="none").tool_calls
    assert ask("Tell me a joke", tools=[WEATHER], tool_choice="required").tool_calls
    named = {"type": "function", "function": {"name": "searchNotes"}}
    (call,) = ask("weather in Rome", tools=[WEATHER, SEARCH], tool_choice=named).tool_calls
    assert (call.name, call.arguments) == ("searchNotes", "{}")


@pytest.mark.parametrize(
    ("result", "shown"),
    [('{"temp": 21, "sky": "a|b"}', "| sky | a\\|b |"), ("It is sunny", "> It is sunny"), ("", "(nothing)")],
)
def test_after_a_tool_result_the_answer_reports_it(result: str, shown: str) -> None:
    messages = [
        user("weather in Rome"),
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]
    made = answer(messages, model="openai", seed=1, tools=[WEATHER])
    assert not made.tool_calls
    assert shown in made.content


def test_json_mode_is_json_with_the_note_inside() -> None:
    made = json.loads(ask("three facts on honey", json_mode=True).content)
    assert "simulated" in made["note"]
    assert made["topic"] == "three facts on honey"


def test_reasoning_and_citations_come_only_when_wanted() -> None:
    plain = ask("tides")
    assert (plain.reasoning, plain.citations) == ("", ())
    assert "tides" in ask("tides", reasoning=True).reasoning
    cited = answer([user("why do tides turn")], model="perplexity-fast", seed=1)
    assert cited.citations
    assert "[1]" in cited.content


def test_no_messages_at_all_still_get_an_answer() -> None:
    assert "simulated" in answer([], model="openai", seed=0).content


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("x" * 400, 100)])
def test_tokens_are_about_four_characters(text: str, count: int) -> None:
    assert count_tokens(text) == count


def _between(kind: str) -> st.SearchStrategy[dict[str, object]]:
    pair = st.tuples(st.integers(-50, 50), st.integers(0, 40))
    return pair.map(lambda p: {"type": kind, "minimum": p[0], "maximum": p[0] + p[1]})


_LEAVES = st.one_of(
    st.sampled_from(["boolean", "null", "integer", "number", "string"]).map(lambda kind: {"type": kind}),
    _between("integer"),
    _between("number"),
    st.integers(-9, 9).map(lambda low: {"type": "number", "exclusiveMinimum": low}),
    st.integers(2, 9).map(lambda n: {"type": "integer", "multipleOf": n}),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(
        lambda p: {"type": "string", "minLength": p[0], "maxLength": p[0] + p[1]}
    ),
    st.lists(st.one_of(st.integers(), st.text(max_size=5)), min_size=1, max_size=4).map(
        lambda v: {"enum": v}
    ),
    st.sampled_from(["date", "date-time", "email", "uri", "uuid"]).map(
        lambda name: {"type": "string", "format": name}
    ),
    st.just({"type": ["string", "null"]}),
)


def _nested(inner: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    fields = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=5), inner, max_size=3)
    objects = fields.map(
        lambda f: {"type": "object", "properties": f, "required": [*f], "additionalProperties": False}
    )
    arrays = st.tuples(inner, st.integers(0, 3), st.integers(0, 3)).map(
        lambda p: {"type": "array", "items": p[0], "minItems": p[1], "maxItems": p[1] + p[2]}
    )
    choices = st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options})
    return st.one_of(objects, arrays, choices)


@given(st.recursive(_LEAVES, _nested, max_leaves=6), st.text(max_size=40), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_values_fit_their_schema(schema: dict[str, object], text: str, seed: int) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    made = fitting(schema, text, dice(seed))
    jsonschema.validate(json.loads(json.dumps(made)), schema, format_checker=checker)


def test_references_and_combinations_are_followed_and_recursion_ends() -> None:
    schema = {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
                "required": ["name"],
            },
        },
        "allOf": [
            {"type": "object", "properties": {"tree": {"$ref": "#/$defs/node"}}, "required": ["tree"]},
            {"properties": {"kind": {"const": "tree"}}, "required": ["kind"]},
        ],
    }
    made = answer([user("a tree")], model="openai", seed=1, schema=schema)
    value = json.loads(made.content)
    jsonschema.validate(value, schema)
    assert value["kind"] == "tree"


def test_unique_items_are_unique() -> None:
    schema = {"type": "array", "items": {"enum": ["a", "b", "c"]}, "minItems": 3, "uniqueItems": True}
    assert sorted(fitting(schema, "", dice(1))) == ["a", "b", "c"]


def test_an_answer_that_broke_off_goes_on_where_it_was() -> None:
    asked = {"role": "user", "content": "Give me tips for a small garden"}
    begun = {"role": "assistant", "content": "The sandbox"}
    go_on = {"role": "user", "content": "Continue your last answer exactly where it broke off."}
    whole = answer([asked], model="openai", seed=1).content
    rest = answer([asked, begun, go_on], model="openai", seed=1).content
    assert rest.startswith(" …")
    assert rest.partition("\n\n")[2] == whole.partition("\n\n")[2]
    assert "Continue" not in rest
