"""Blocks are plain values: equal contents are equal, so what was laid out once is found again."""

from __future__ import annotations

from studio.domain.markdown import CODE_KINDS, Container, Paragraph, Run


def test_equal_blocks_are_one_key() -> None:
    item = Container("bullet", first=True)
    one = Paragraph(within=(item,), inlines=(Run("sea", bold=True),), start=2, end=9)
    two = Paragraph(
        within=(Container("bullet", first=True),), inlines=(Run("sea", bold=True),), start=2, end=9
    )
    assert {one: 1}[two] == 1


def test_kinds_of_code_are_named_once() -> None:
    assert len(set(CODE_KINDS)) == len(CODE_KINDS)
