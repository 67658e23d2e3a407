"""Tool tips show words of users, files and services as they are."""

from __future__ import annotations

import html


def plain_tip(text: str) -> str:
    """A tool tip that shows `text` letter by letter.

    Qt takes a tool tip for HTML when it looks like some, and would lay it out and open the local files it
    names; there is no switch for plain text.
    """
    return f'<p style="white-space: pre-wrap">{html.escape(text)}</p>' if "<" in text else text
