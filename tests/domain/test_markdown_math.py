"""Formulas are found, money and variables are left alone."""

from __future__ import annotations

import pytest

from studio.domain.markdown import Formula, MathBlock, Paragraph
from studio.domain.markdown_parser import parse


def formulas(text: str) -> list[str]:
    found: list[str] = []
    for block in parse(text):
        if isinstance(block, MathBlock):
            found.append(block.source)
        elif isinstance(block, Paragraph):
            found += [each.source for each in block.inlines if isinstance(each, Formula)]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "It costs $4 today and $5 tomorrow.", "Between $5 and $10.", "US$ 5 and US$6", "A$20, NZ$30",
        "$20/month, or $200/year", "from $100k to $200k.", "($5-$10)", "It is 5$ and 10$.",
        "**$5** or **$6**",
        "$HOME and $PATH", "$HOME/$USER", "echo $A$B", "cd $HOME/src && ls $PWD", "$1,000.00 – $2,000.00",
        "$5 or 10$", "a $ b $ c", "100 $ per $ 3", "`$x$`", "``a $x$ b``", "\\$x\\$", "$ x$", "$x $",
        "Price: $4.99\nand $5.99", "$AAPL and $TSLA rose", "$5, $6, $7", "tip of $3 (or $4)", "\\[1\\]",
        "\\[to do\\]", "\\\\(x\\\\)", "    $x$", "```\n$x$\n```", "https://a.b/?x=$y", "($5) or ($)", "$",
        "$$$",
    ],
)  # fmt: skip
def test_no_formula(text: str) -> None:
    assert formulas(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$x$", ["x"]),
        ("the value $x_1$, and $y$.", ["x_1", "y"]),
        ("$5 for $x$ items", ["x"]),
        ("$20$ ways", ["20"]),
        ("$2x + 1$", ["2x + 1"]),
        (r"$3 \times 4$", [r"3 \times 4"]),
        (r"$a\$b$", [r"a\$b"]),
        ("函数$f$是", ["f"]),
        ("**$x$** and *($y$)*", ["x", "y"]),
        (r"\(x\) and \(y_1\)", ["x", "y_1"]),
        (r"see \[ x = 1 \] here", ["x = 1"]),
        ("see $$x$$ here", ["x"]),
        ("- item $x$\n- \\(y\\)", ["x", "y"]),
        ("$a < b$ and $b > c$", ["a < b", "b > c"]),
        ("$x*y*z$", ["x*y*z"]),
        (
            r"\begin{equation*}" + "\nx\n" + r"\end{equation*}",
            [r"\begin{equation*}" + "\nx\n" + r"\end{equation*}"],
        ),
        ("> $$\n> x\n> $$", ["x"]),
        ("1. Then:\n   $$\n   x\n   $$\n   so", ["x"]),
        ("| $a$ |\n|---|", []),
    ],
)
def test_formulas(text: str, expected: list[str]) -> None:
    assert formulas(text) == expected


def test_an_environment_that_does_not_end_stops_at_an_empty_line() -> None:
    blocks = parse("$$\nx + y\n\nafter")
    assert [type(each) for each in blocks] == [MathBlock, Paragraph]
    assert isinstance(blocks[0], MathBlock)
    assert blocks[0].raw == "$$\nx + y"
