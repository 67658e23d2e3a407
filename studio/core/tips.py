"""Tool tips show words of users, files and services as they are."""

from __future__ import annotations


def plain_tip(text: str) -> str:
    """A tool tip that shows `text` letter by letter.

    Qt takes a tool tip for HTML when it looks like some, and would lay it out and open the local files it
    names; there is no switch for plain text.
    """
    if "<" not in text:
        return text
    # Not html.escape: the first frame waits for what this module imports.
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<p style="white-space: pre-wrap">{escaped}</p>'
