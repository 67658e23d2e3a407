"""Frozen dataclasses to JSON and back, tolerant of what other versions of the program wrote.

Unknown keys are ignored, missing ones take their default, `None` and empty values are left out on the way
out. Handles nested dataclasses, tuples, named tuples (as lists), enums, `Decimal` (as a string, so that no
price is rounded), timezone-aware `datetime` (ISO 8601), `Path` (as text), string-keyed mappings, and unions
of dataclasses that tell themselves apart by a `type`.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, TypeVar, cast

from studio.domain.money import read_amount

T = TypeVar("T")
# What a database column, a conversion to local time and a sum can take; nothing real comes near.
_LARGEST_INT = 2**63 - 1
_YEARS = range(2, 9999)
_AS_IT_IS = frozenset({str, int, float, bool, type(None)})
Json = dict[str, Any]


def to_json(value: object) -> Json:
    """A dataclass instance as a JSON object."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"not a dataclass instance: {value!r}")
    out: Json = {}
    for name, default in _fields(type(value)):
        item = getattr(value, name)
        if not item and item == default and _is_empty(item):
            continue
        out[name] = item if type(item) in _AS_IT_IS else _plain(item)
    return out


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """An instance of the dataclass `kind` from a JSON object.

    Raises:
        ValueError: a required key is missing or a value has the wrong shape.
    """
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for name, _ in _fields(kind):
        if name in data:
            hint, value = hints[name], data[name]
            if hint is str and type(value) is str:
                values[name] = value
                continue
            try:
                values[name] = _typed(hint, value)
            except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
                raise ValueError(f"{kind.__name__}.{name}: {error}") from error
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _is_empty(item: object) -> bool:
    return item is None or item == () or item == {} or item == ""


@functools.cache
def _fields(kind: type) -> tuple[tuple[str, object], ...]:
    """Names and defaults; the latter to compare with, never to hand out."""
    return tuple((field.name, _default(field)) for field in dataclasses.fields(kind))


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


@functools.cache
def _shape(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint's origin and arguments."""
    return typing.get_origin(hint), typing.get_args(hint)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _plain(value: Any) -> Any:
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal | PurePath):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_json(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in cast(Mapping[Any, Any], value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in cast("list[Any]", value)]
    return value


def _typed(hint: Any, value: Any) -> Any:
    origin, inner = _shape(hint)
    if origin is None:
        return value if hint is Any or hint is object else _from_class(hint, value)
    if origin is typing.Union or origin is types.UnionType:
        return _from_union(hint, value)
    if origin is typing.Literal:
        if value not in inner:
            raise ValueError(f"{value!r} is not one of {inner}")
        return value
    if origin is tuple:
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(_typed(inner[0], item) for item in value)
        return tuple(_typed(kind, item) for kind, item in zip(inner, value, strict=True))
    if origin in (dict, Mapping) or (origin is not None and issubclass(origin, Mapping)):
        item_hint = inner[1]
        return {str(k): _typed(item_hint, v) for k, v in value.items()}
    if hint is Any or hint is object:
        return value
    return _from_class(hint, value)


def _from_class(hint: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ValueError(f"an object was expected, not {value!r}")
        return from_json(cast("type[Any]", hint), cast("Mapping[str, Any]", value))
    if issubclass(hint, Enum):
        return hint(value)
    if getattr(hint, "_fields", None) is not None:
        return _from_row(hint, value)
    if issubclass(hint, datetime):
        return _moment(value)
    if hint is Decimal:
        return _amount(value)
    if hint is float and type(value) in (int, float):
        if not math.isfinite(value):
            raise ValueError(f"a finite number was expected, not {value!r}")
        return float(value)
    if issubclass(hint, PurePath):
        return PurePath(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ValueError(f"{hint.__name__} was expected, not {str(value)[:80]!r}")
    if hint is int and abs(value) > _LARGEST_INT:
        raise ValueError("a number is too large")
    return value  # pyright: ignore[reportUnknownVariableType] - checked against hint just above


def _from_row(hint: Any, value: Any) -> Any:
    """A named tuple, which is written as a list; what a newer program added at its end is left out."""
    if not isinstance(value, list | tuple):
        raise TypeError(f"a list was expected, not {str(value)[:80]!r}")
    hints = _hints(hint)
    items = cast("list[Any]", value)
    return hint(*(_typed(hints[name], item) for name, item in zip(hint._fields, items, strict=False)))


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.year not in _YEARS:
        raise ValueError(f"{value} is no date")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(value: object) -> Decimal:
    amount = read_amount(value)
    if amount is None:
        raise ValueError(f"{str(value)[:80]} is no amount")
    return amount


@functools.cache
def _tagged(hint: Any) -> dict[str, type[Any]]:
    """The dataclasses of a union by the `type` they carry as a Literal."""
    out: dict[str, type[Any]] = {}
    for kind in typing.get_args(hint):
        tag = _hints(kind).get("type") if dataclasses.is_dataclass(kind) else None
        if typing.get_origin(tag) is typing.Literal:
            out |= dict.fromkeys(typing.get_args(tag), cast("type[Any]", kind))
    return out


def _from_union(hint: Any, value: Any) -> Any:
    _, kinds = _shape(hint)
    if value is None and type(None) in kinds:
        return None
    if isinstance(value, Mapping):
        data = cast("Mapping[str, Any]", value)
        tag = data.get("type")
        if isinstance(tag, str) and (kind := _tagged(hint).get(tag)) is not None:
            return from_json(kind, data)
    last: Exception = ValueError("no kind fits")
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _typed(kind, value)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            last = error
    raise last
