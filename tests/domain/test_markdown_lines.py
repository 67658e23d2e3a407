"""Lines by themselves: columns, rows, fences, and what does not tell yet what it is."""

from __future__ import annotations

import pytest

from studio.domain.markdown_leaves import OpenVerbatim
from studio.domain.markdown_lines import (
    MOST_COLUMNS,
    Cursor,
    alignments,
    cells,
    fence,
    heading,
    is_rule,
    undecided,
)


def test_a_tab_goes_to_the_next_column_of_four_and_may_be_used_in_part() -> None:
    cursor = Cursor(" \tx")
    assert (cursor.indent, cursor.next) == (4, 2)
    cursor.skip(2)
    assert (cursor.indent, cursor.rest()) == (2, "  x")
    cursor.skip_space()
    assert (cursor.indent, cursor.rest(), cursor.blank) == (0, "x", False)
    assert Cursor(" \t").blank


def test_headings() -> None:
    assert heading("## a ##") == (2, "a")
    assert heading("# a#") == (1, "a#")
    assert heading("#") == (1, "")
    assert heading("#a") is None
    assert heading("####### a") is None


def test_rules() -> None:
    assert all(is_rule(line) for line in ("***", "- - -", "_ __ _"))
    assert not any(is_rule(line) for line in ("**", "*-*", "***a", "==="))


def test_fences() -> None:
    mark = fence("~~~~ py `x`", 2)
    assert mark is not None
    assert (mark.char, mark.length, mark.indent, mark.info) == ("~", 4, 2, "py `x`")
    assert mark.closes(Cursor("  ~~~~~  "))
    assert not any(mark.closes(Cursor(line)) for line in ("~~~", "    ~~~~", "~~~~ x", "````", ""))
    assert mark.may_close("~~")
    assert fence("```a`b", 0) is None


def test_rows_of_tables() -> None:
    assert alignments("|:-|-:|:-:|-|") == ("left", "right", "center", "")
    assert alignments(":-") == ("left",)
    assert all(
        alignments(line) is None for line in ("---", "| a |", "|-|:|", "|-" * (MOST_COLUMNS + 1), "||")
    )
    assert cells(r"| a \| b | `c` |") == ["a | b", "`c`"]
    assert cells(r"a | b \|") == ["a", "b |"]


@pytest.mark.parametrize(
    "line",
    [
        "-",
        "**",
        "1",
        "1.",
        "- ",
        "- [",
        "- [ ]",
        "| --",
        "```",
        "  > ",
        "#",
        "$$",
        "\\",
        "\\[",
        "\\beg",
        "\\begin{al",
    ],
)
def test_what_is_undecided_is_not_shown(line: str) -> None:
    assert undecided(line)


@pytest.mark.parametrize(
    "line", ["- a", "**a", "1. a", "| a", "# a", "2024 was", "a", "- [ ] a", "[link", "\\alpha"]
)
def test_what_is_decided_is(line: str) -> None:
    assert not undecided(line)


def test_a_copy_of_an_open_block_leaves_the_block_alone() -> None:
    leaf = OpenVerbatim(kind="indented", start=0, end=0, tight=True)
    leaf.add("a", 1)
    twin = leaf.fork()
    twin.add("b", 3)
    leaf.add("c", 3, same_line=True)
    assert (leaf.text(), twin.text()) == ("ac", "a\nb")
