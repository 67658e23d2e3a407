"""Writing requests: prompts in paths, query strings, and what older servers want instead (CONTRACT 3)."""

from __future__ import annotations

from urllib.parse import quote

from studio.api.errors import ApiRequestError
from studio.core.errors import InputError
from studio.core.i18n import tr

Params = list[tuple[str, str]]


def checked_prompt(prompt: str) -> str:
    """`prompt` when it can be sent.

    Raises:
        InputError: it is empty or not valid Unicode.
    """
    if not prompt.strip():
        raise InputError(tr("The prompt is empty."), tr("Describe what to make."), field="prompt")
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            tr("The prompt holds a damaged character."),
            tr("At position {position}.", position=error.start + 1),
            field="prompt",
        ) from error
    return prompt


def path_prompt(prompt: str) -> str:
    """A prompt as one path segment, every reserved character encoded (CONTRACT 3).

    Raises:
        InputError: it is empty, damaged, or made of dots alone, which a URL cannot carry.
    """
    checked_prompt(prompt)
    if prompt in (".", ".."):
        raise InputError(tr("This prompt cannot be sent."), tr("Write more than dots."), field="prompt")
    return quote(prompt, safe="")


def encode_query(params: Params) -> str:
    """Query parameters in their order, everything reserved encoded.

    Raises:
        InputError: a value is not valid Unicode.
    """
    try:
        return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params)
    except UnicodeEncodeError as error:
        raise InputError(tr("The text holds a damaged character."), tr("Type it again.")) from error


def older_safe(safe: str, error: ApiRequestError) -> str:
    """What an older server understands instead of a list of safety features (CONTRACT 4.8)."""
    return "true" if error.status == 400 and error.field == "safe" and safe not in ("", "true") else ""
