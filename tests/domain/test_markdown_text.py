"""Words without markup, and sentences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.markdown_parser import parse
from studio.domain.markdown_text import plain_text, sentences


def test_plain_text() -> None:
    text = (
        "# Head\n\n- **a**\n- [x] b\n  1. c\n\n| x | y |\n|---|---|\n| 1 | 2 |\n"
        "\n---\n\n```py\nz\n```\n$v$[^n]\n\n[^n]: note"
    )
    assert plain_text(parse(text)) == ("Head\n\n• a\n[x] b\n1. c\n\nx\ty\n1\t2\n\nz\n\nv[1]\n\n[1] note")


def test_sentences() -> None:
    text = 'Dr. Ada lives at 5 St. Mary. Really? Yes, e.g. here!  "Fine." 你好。再见 1. One'
    assert list(sentences(text)) == [
        "Dr. Ada lives at 5 St. Mary. ", "Really? ", "Yes, e.g. here!  ", "\"Fine.\" ", "你好。", "再见 1. ",
        "One",
    ]  # fmt: skip
    assert list(sentences("3.5 is a number")) == ["3.5 is a number"]
    assert list(sentences("1. First")) == ["1. First"]


@given(st.text(alphabet='ab .!?\n。"1', max_size=80))
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text
