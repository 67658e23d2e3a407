"""Numbers of citations lead where they stand for, and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.domain.markdown import Paragraph, Run, Table
from studio.domain.markdown_citations import link_citations
from studio.domain.markdown_parser import parse

URLS = ("https://example.org/a", "javascript:alert(1)", "http://example.org/c")


def links(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for block in parse(text):
        linked = link_citations(block, URLS)
        if isinstance(linked, Paragraph):
            found += [(i.text, i.link) for i in linked.inlines if isinstance(i, Run) and i.link]
        elif isinstance(linked, Table):
            cells = [cell for row in linked.rows for cell in row]
            found += [(i.text, i.link) for cell in cells for i in cell if isinstance(i, Run) and i.link]
    return found


def test_numbers_become_links() -> None:
    assert links("The tide turns[1][3], **twice [3]** a day.") == [
        ("[1]", URLS[0]), ("[3]", URLS[2]), ("[3]", URLS[2]),
    ]  # fmt: skip
    assert links("| a |\n|---|\n| b[1] |") == [("[1]", URLS[0])]


def test_what_is_no_citation_stays_text() -> None:
    assert links("[0] [2] [4] [99999] [x] `a[1]` array[ 1 ]") == []
    assert links("    a[1]") == []
    assert links("[see [1]](https://example.org/own)") == [("see [1]", "https://example.org/own")]


@given(st.text("[]123 a*`", max_size=40))
def test_no_letter_changes(text: str) -> None:
    for block in parse(text):
        linked = link_citations(block, URLS)
        if isinstance(block, Paragraph) and isinstance(linked, Paragraph):
            old, new = ("".join(i.text for i in one.inlines if isinstance(i, Run)) for one in (block, linked))
            assert old == new
        assert link_citations(block, ()) is block
