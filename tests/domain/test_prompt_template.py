"""Choices and wildcards: nothing is refused, every number has its prompt, and text stays text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.prompt_template import apply_style, escape, parse

WILD = {"time": ("dawn", "dusk", "{noon|night}"), "empty": ()}
templates = st.lists(
    st.sampled_from(["{", "}", "|", "\\", "__time__", "__none__", "_", "a", "boat ", "é"]), max_size=14
).map("".join)


def test_choices_in_reading_order() -> None:
    template = parse("a {red|{light|dark} blue|} boat")
    assert template.expansions({}, 10) == [
        "a red boat", "a light blue boat", "a dark blue boat", "a  boat",
    ]  # fmt: skip
    assert template.count({}) == 4


def test_wildcards_are_lines_taken_as_they_stand() -> None:
    template = parse("sea at __time__, {a|b}")
    assert template.wildcard_names() == ("time",)
    assert template.expansions(WILD, 9) == [
        "sea at dawn, a", "sea at dawn, b", "sea at dusk, a", "sea at dusk, b",
        "sea at {noon|night}, a", "sea at {noon|night}, b",
    ]  # fmt: skip


def test_what_is_no_choice_is_text() -> None:
    for text in ("{", "}{", "{prompt}", '{"a": 1}', "a | b", "__", "__nobody__ here", "snake_case_name"):
        assert parse(text).expansions(WILD, 5) == [text]
    assert parse("__empty__").expansions(WILD, 5) == ["__empty__"]
    assert parse(r"\{a|b\} \_\_time__ c\|d \x").expansions(WILD, 5) == [r"{a|b} __time__ c|d \x"]


@given(templates)
def test_every_number_has_its_own_place(text: str) -> None:
    template = parse(text)
    count = template.count(WILD)
    assert count >= 1
    found = template.expansions(WILD, 60)
    assert len(found) == min(count, 60)
    assert template.expand(count, WILD) == found[0]
    if not template.has_choices and "\\" not in text:
        assert found == [text]


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    assert parse(text).expansions({}, 3)


@given(st.lists(st.lists(st.text("abc ", max_size=4), min_size=2, max_size=4), min_size=1, max_size=4))
def test_all_combinations_come_and_the_last_changes_fastest(choices: list[list[str]]) -> None:
    import itertools

    text = "-".join("{" + "|".join(options) + "}" for options in choices)
    expected = ["-".join(combination) for combination in itertools.product(*choices)]
    assert parse(text).expansions({}, 1000) == expected


def test_deep_and_long_prompts_do_no_harm() -> None:
    deep = "{a|" * 2000 + "b" + "}" * 2000
    assert parse(deep).count({}) == 21
    many = "{a|b}" * 300
    assert parse(many).count({}) == 2**300
    assert parse(many).expand(2**300 - 1, {}) == "b" * 300


def test_styles_have_a_slot_or_follow_the_prompt() -> None:
    assert (
        apply_style("oil painting of {prompt}, thick paint", "a boat")
        == "oil painting of a boat, thick paint"
    )
    assert apply_style("oil painting", "a boat") == "a boat, oil painting"
    assert apply_style(" ", "a boat") == "a boat"


@given(templates)
def test_an_escaped_prompt_is_read_as_it_stands(text: str) -> None:
    template = parse(escape(text))
    assert not template.has_choices
    assert template.expand(0, WILD) == text


@given(templates, st.integers(0, 400))
def test_an_expansion_is_its_picks(text: str, number: int) -> None:
    template = parse(text)
    choices = template.choices(WILD, 1000)
    picked = {template.chosen([]), *(template.chosen([ways[0] for ways in choices]),)}
    assert template.expand(0, WILD) in picked
    if len(choices) == 1:
        assert template.expand(number, WILD) in {template.chosen([pick]) for pick in choices[0]}


def test_choices_are_told_apart() -> None:
    template = parse("a {red|{light|dark} blue} boat at __time__")
    assert template.choices(WILD, 9) == [["red", "light blue", "dark blue"], ["dawn", "dusk", "{noon|night}"]]
    assert template.chosen(["green", "noon"]) == "a green boat at noon"
    assert template.choices(WILD, 2)[0] == ["red", "light blue"]
