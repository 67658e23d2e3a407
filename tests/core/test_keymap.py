from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.core import keymap

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


@given(st.dictionaries(WORDS, st.one_of(st.just(""), WORDS)))
def test_what_is_written_is_read(changed: dict[str, str]) -> None:
    assert keymap.read(keymap.write(changed)) == changed


def test_own_keys_go_before_the_usual_ones() -> None:
    assert keymap.keys_of("a Ctrl+1\n\nb", "a", "Ctrl+2") == "Ctrl+1"
    assert keymap.keys_of("a Ctrl+1\n\nb", "b", "Ctrl+2") == ""
    assert keymap.keys_of("", "a", "Ctrl+2") == "Ctrl+2"
