"""What the first answer would wait for: the parser's modules and the lexers of usual languages."""

from __future__ import annotations

from studio.domain.highlight import highlight
from studio.domain.markdown_parser import parse

TEXT = "# One\n\nTwo *three* `four` [five](https://example.org)\n\n- six\n\n| a |\n|---|\n| b |\n\n$x$\n"
LANGUAGES = ("python", "javascript", "json", "bash", "cpp")


def warm() -> None:
    """Import and set up, in a thread: the window would stand still for 0.3 seconds at its first answer."""
    parse(TEXT)
    for language in LANGUAGES:
        highlight("one = 1", language)
