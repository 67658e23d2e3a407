"""Reads and checks what a request asks for, and names every field that is wrong (CONTRACT 9.1, 400)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from studio.sandbox.errors import ApiError, invalid

JsonObject = dict[str, Any]


class Parameters:
    """A query, a form or a JSON object; `strict` refuses text where JSON has numbers and booleans."""

    def __init__(self, values: Mapping[str, Any], *, strict: bool = False) -> None:
        self.values = dict(values)
        self._strict = strict
        self._wrong: defaultdict[str, list[str]] = defaultdict(list)

    def wrong(self, field: str, message: str) -> None:
        """Note that a field is wrong; `check()` tells all at once."""
        self._wrong[field].append(message)

    def check(self) -> None:
        """400 when anything was wrong."""
        if self._wrong:
            raise invalid(self._wrong)

    def text(self, field: str, default: str = "", *, longest: int = 0, required: bool = False) -> str:
        value = self.values.get(field)
        if value is None or (value == "" and not required):
            if required:
                self.wrong(field, "Invalid input: expected string, received undefined")
            return default
        if not isinstance(value, str):
            self.wrong(field, f"Invalid input: expected string, received {_kind(value)}")
            return default
        if required and not value.strip():
            self.wrong(field, "Too small: expected string to have >=1 characters")
        if longest and len(value) > longest:
            self.wrong(field, f"Too big: expected string to have <={longest} characters")
        return value

    def choice(self, field: str, default: str, allowed: Collection[str]) -> str:
        value = self.text(field, default)
        if value not in allowed:
            options = "|".join(f'"{option}"' for option in allowed)
            self.wrong(field, f"Invalid option: expected one of {options}")
            return default
        return value

    def number(self, field: str, low: float, high: float) -> float | None:
        """A number within limits, None when it was not given."""
        value = self.values.get(field)
        if value is None or value == "":
            return None
        number = self._as_number(value)
        if number is None:
            self.wrong(field, f"Invalid input: expected number, received {_kind(value)}")
            return None
        if number < low:
            self.wrong(field, f"Too small: expected number to be >={low:g}")
        elif number > high:
            self.wrong(field, f"Too big: expected number to be <={high:g}")
        return number

    def integer(self, field: str, low: int, high: int) -> int | None:
        """A whole number within limits, None when it was not given."""
        number = self.number(field, low, high)
        if number is not None and not number.is_integer():
            self.wrong(field, "Invalid input: expected int, received number")
            return None
        return None if number is None else int(number)

    def flag(self, field: str, default: bool = False) -> bool:
        """True for `true` alone: whatever a query says, the service's inner parser knows no other yes
        (CONTRACT 3)."""
        value = self.values.get(field)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if self._strict:
            self.wrong(field, f"Invalid input: expected boolean, received {_kind(value)}")
            return default
        return str(value).lower() == "true"

    def _as_number(self, value: Any) -> float | None:
        if isinstance(value, bool) or (self._strict and isinstance(value, str)):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        return number if math.isfinite(number) else None


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def path_text(request: Request, route: str) -> str:
    """The prompt in the path after `route`, decoded once; 400 when it is empty, only dots or not UTF-8."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    encoded = raw.split(b"?", 1)[0].split(route.encode(), 1)[1]
    try:
        prompt = unquote_to_bytes(encoded).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ApiError(400, "Malformed prompt: the path is not valid UTF-8.") from error
    if prompt.strip() in ("", ".", ".."):
        raise invalid({"prompt": ["Too small: expected string to have >=1 characters"]})
    return prompt


async def json_object(request: Request) -> JsonObject:
    """The JSON body; 400 when it is not an object, 415 when it is announced as something else."""
    kind = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if kind and "json" not in kind:
        raise ApiError(415)
    try:
        body: Any = await request.json()
    except ValueError as error:
        raise ApiError(400, "Malformed JSON in request body") from error
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid input: expected object")
    return cast(JsonObject, body)


def split_addresses(value: str) -> list[str]:
    """`image=` holds addresses separated by `|`, or by `,` when there is no `|` (CONTRACT 5.1)."""
    parts = value.split("|") if "|" in value else value.split(",")
    return [part.strip() for part in parts if part.strip()]


def safety_features(value: Any) -> list[str]:
    """The features `safe` switches on (CONTRACT 4.8); 400 in the safety shape for an unknown one."""
    named = {"privacy", "secrets", "sexual", "violence", "shield"}
    if value in (None, "", False, "false", "0", 0):
        return []
    features: list[str] = []
    for part in str(value).lower().split(","):
        match part.strip():
            case "true":
                features += ["privacy", "secrets"]
            case "nsfw":
                features += ["sexual", "violence"]
            case known if known in named:
                features.append(known)
            case unknown:
                raise ApiError(
                    400,
                    f"Unknown safe feature: {unknown}",
                    code="invalid_safe",
                    shape="safety",
                    extra={"safety": {"valid": "privacy,secrets,sexual,violence,shield,true,nsfw,false,0"}},
                )
    return list(dict.fromkeys(features))
