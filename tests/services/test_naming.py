from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.services.naming import example_name, judge_template


def test_the_example_follows_the_library_s_own_rules() -> None:
    assert example_name("{prompt}/{seed}") == "A-lighthouse-on-a-basalt-cliff-at-dusk-1832551904"


@pytest.mark.parametrize(
    ("template", "bad", "words"),
    [
        ("", True, "at least one part"),
        ("   ", True, "at least one part"),
        ("{prompt", True, "between"),
        ("{colour} {date}", True, "{colour}"),
        ("x" * 300, True, "too long"),
        ("{date}/{prompt}", False, "dash"),
        ("..\\{date}", False, "dash"),
        ("../../etc", False, "dash"),
        ("..{date}..", False, "Dots"),
        ("a:b? {seed}", False, "dashes"),
        ("same", False, "number"),
        ("CON", False, "number"),
        ("{date}\u202e{seed}", False, "cannot be seen"),
        ("{date} 🦊 {seed}", False, ""),
    ],
)
def test_a_template_is_judged_in_one_sentence(template: str, bad: bool, words: str) -> None:
    judged = judge_template(template)
    assert judged.bad is bad
    assert words in judged.words
    assert judged.words.count(".") <= 1 + words.count(".")
    name = example_name(template)
    assert name
    assert not set(name) & set('/\\<>:"|?*')
    assert name not in ("CON", "..", ".")
    assert len(name.encode()) <= 200


@given(st.text(max_size=120))
def test_no_template_makes_a_name_that_leads_elsewhere(template: str) -> None:
    judge_template(template)
    name = example_name(template)
    assert name == name.strip(". ")
    assert "/" not in name
    assert "\\" not in name
