from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.sentences import Boundary, paragraphs, split_sentences, split_speech

TEXTS = st.lists(
    st.sampled_from(
        ["Dr. Smith", "said", "“No.”", " ", "\n", "\n\n", ". ", "! ", "? ", "3.14", "1. ", "。", "「はい」",
         "、", "\t", "x" * 30,
         "…", "... ", "e.g. ", "J. R. R. ", "word", "U.S. ", ", ", "; ", " – ", "é", "👩‍👩‍👧", "e\u0301"]
    ) | st.text(max_size=8),
    max_size=40,
).map("".join)  # fmt: skip


@given(TEXTS)
def test_sentences_joined_are_the_text(text: str) -> None:
    pieces = split_sentences(text)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text.strip() for piece in pieces) or not text.strip()
    assert "".join(paragraphs(text)) == text


@given(TEXTS, st.integers(1, 60), st.booleans())
def test_pieces_joined_are_the_text_and_none_is_too_long(text: str, limit: int, join: bool) -> None:
    pieces = split_speech(text, limit, join=join)
    assert "".join(piece.text for piece in pieces) == text
    assert all(0 < len(piece.text) <= limit for piece in pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Dr. Smith met Mrs. Jones. They left.", ["Dr. Smith met Mrs. Jones. ", "They left."]),
        ("J. R. R. Tolkien wrote it. Yes.", ["J. R. R. Tolkien wrote it. ", "Yes."]),
        ("Pi is 3.14. It is not 3.", ["Pi is 3.14. ", "It is not 3."]),
        ("See No. 5 and Fig. 2. He said no. Then he left.",
         ["See No. 5 and Fig. 2. ", "He said no. ", "Then he left."]),
        ("At 5 p.m. we left. At 6 p.m. He came.", ["At 5 p.m. we left. ", "At 6 p.m. ", "He came."]),
        ("“Really?” she asked. “Yes.” He left.", ["“Really?” she asked. ", "“Yes.” ", "He left."]),
        ("Wait... what? Oh… Well.", ["Wait... what? ", "Oh… ", "Well."]),
        ("Am 3. Mai kam er. Dann ging er, z. B. heim.", ["Am 3. Mai kam er. ", "Dann ging er, z. B. heim."]),
        ("吾輩は猫である。名前はまだ無い。「はい。」",
         ["吾輩は猫である。", "名前はまだ無い。", "「はい。」"]),
        ("1. First\n2. Second\n", ["1. First\n", "2. Second\n"]),
        ("It works (really!). Good.", ["It works (really!). ", "Good."]),
        ("  \n Lead. Tail.  \n", ["  \n Lead. ", "Tail.  \n"]),
    ],
)  # fmt: skip
def test_known_sentences(text: str, expected: list[str]) -> None:
    assert [piece.text for piece in split_sentences(text)] == expected


def test_boundaries_tell_the_pause() -> None:
    kinds = [piece.boundary for piece in split_sentences("One. Two.\nThree.\n\nFour.")]
    assert kinds == [Boundary.SENTENCE, Boundary.SENTENCE, Boundary.PARAGRAPH, Boundary.PARAGRAPH]
    assert paragraphs("One. Two.\n\n\nThree.") == ["One. Two.\n\n\n", "Three."]


def test_long_sentences_are_cut_where_one_breathes() -> None:
    text = "When the lamp was lit, and the fog had come in, nobody on the shore could see it."
    pieces = split_speech(text, 50)
    assert [piece.text for piece in pieces] == [
        "When the lamp was lit, and the fog had come in, ", "nobody on the shore could see it."
    ]  # fmt: skip
    assert pieces[0].boundary is Boundary.CLAUSE
    assert [piece.text for piece in split_speech("one two three four", 9)] == ["one two ", "three ", "four"]
    assert [piece.boundary for piece in split_speech("x" * 25, 10)][:2] == [Boundary.CHARACTER] * 2


def test_accents_and_joined_emoji_stay_whole() -> None:
    family = "👩\u200d👩\u200d👧"
    pieces = split_speech(family * 6, 12)
    assert all(len(piece.text) % len(family) == 0 for piece in pieces)


def test_sentences_are_put_together_up_to_the_limit_but_not_over_paragraphs() -> None:
    text = "One is here. Two is here. Three is here.\n\nFour."
    assert [piece.text for piece in split_speech(text, 30)] == [
        "One is here. Two is here. ", "Three is here.\n\n", "Four."
    ]  # fmt: skip
    assert len(split_speech(text, 4096, join=False)) == 4
    assert all(len(piece.text) <= 4096 for piece in split_speech("A long one. " * 2000))


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        split_speech("x", 0)
