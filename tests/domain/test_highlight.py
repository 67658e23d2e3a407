"""Colours of code: of the language named, and the same whether the code came whole or in pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.highlight import LONGEST_CODE, LONGEST_LINE, GrowingHighlight, highlight
from studio.domain.markdown import CODE_KINDS

CODE = {
    "python": '@cache\ndef f(x: int) -> str:\n    """Doc\n    more"""\n    # c\n    return f"{x:>3}" + "b"\n',
    "javascript": "/** doc\n * @param x\n */\nconst f = async (x) => `a ${x + 1}\nb`; // end\nclass A {}\n",
    "json": '{"a": [1, true, null],\n "b": "c"}\n',
    "bash": 'for f in *.txt; do\n  echo "$f ${HOME}" # x\ndone\ncat <<EOF\ntext $x\nEOF\n',
    "sql": "SELECT a, 'b' FROM t -- c\nWHERE x > 1;\n/* d\ne */\n",
    "html": "<div class='a'>\n<!-- no\nno -->\n<script>\nlet x = 1;\n</script>\n</div>\n",
    "css": "a:hover {\n  color: #fff; /* c\n d */\n}\n@media print { b { top: 1px } }\n",
    "c": "#include <a.h>\nint main(void) {\n  /* a\n b */\n  return 0; // c\n}\n",
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n",
    "rust": 'fn main() {\n    let s = r#"a\nb"#;\n    println!("{}", s);\n}\n',
    "yaml": 'a: 1\nb:\n  - "c" # d\n',
}


def test_kinds() -> None:
    code = "def f(): return 'x' # y"
    found = {(code[token.start : token.end], token.kind) for token in highlight(code, "python")}
    assert {("def", "keyword"), ("f", "function"), ("'x'", "string"), ("# y", "comment")} <= found
    assert {token.kind for token in highlight(CODE["diff"], "diff")} >= {"inserted", "deleted"}


@pytest.mark.parametrize("language", CODE)
def test_tokens_are_in_order_and_stay_in_their_line(language: str) -> None:
    code = CODE[language]
    done = 0
    tokens = highlight(code, language)
    assert tokens
    for token in tokens:
        assert done <= token.start < token.end <= len(code)
        assert "\n" not in code[token.start : token.end]
        assert token.kind in CODE_KINDS
        done = token.end


@pytest.mark.parametrize("language", CODE)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_growing_code_ends_in_the_same_colours(language: str, data: st.DataObject) -> None:
    code = CODE[language] * 4
    growing = GrowingHighlight(language)
    for cut in sorted(data.draw(st.lists(st.integers(0, len(code)), max_size=15))):
        before = list(growing.tokens)
        first = growing.update(code[:cut])
        kept = [token for token in before if token.end <= first]
        assert growing.tokens[: len(kept)] == kept
    growing.update(code)
    assert growing.tokens == highlight(code, language)


def test_a_line_costs_the_same_wherever_it_stands() -> None:
    growing = GrowingHighlight("python")
    code = ""
    for _ in range(200):
        code += CODE["python"]
        assert len(code) - growing.update(code) < 600


@pytest.mark.parametrize("language", ["", "text", "no such language", "x" * 1_000, "<script>"])
def test_unknown_languages_are_plain(language: str) -> None:
    assert highlight("def f(): pass", language) == []
    growing = GrowingHighlight(language)
    assert growing.update("def") == 3
    assert growing.tokens == []


def test_monstrous_code_is_plain() -> None:
    assert highlight("x = 1\n" * (LONGEST_CODE // 6 + 1), "python") == []
    tokens = highlight("if x: y\n" + "if " * LONGEST_LINE, "python")
    assert max(token.end for token in tokens) <= 8


@pytest.mark.parametrize(
    "name", ["js", "ts", "tsx", "jsonc", "yml", "c#", "c++", "sh", "console", "rs", "dockerfile"]
)
def test_names_used_in_fences(name: str) -> None:
    assert highlight("a: {'b': \"c\"} # $x FROM y\n$ ls", name)
