"""Settings that explain and check themselves: frozen dataclasses whose fields carry help, bounds and choices.

The form in the browser, the command line and the error messages are all drawn from these fields.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from typing import Any

from engine.errors import InputError


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    label: str = "",
) -> Any:
    """A dataclass field with a default, one sentence of help, and what its value may be."""
    metadata = {"help": help, "low": low, "high": high, "choices": choices, "label": label}
    return dataclasses.field(default=default, metadata=metadata)


def check(settings: Any) -> None:
    """Raise InputError for the first field whose value has the wrong type or lies outside its bounds or choices."""
    hints = typing.get_type_hints(type(settings))
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        where = f"The setting {field.name} of {type(settings).__name__}"
        if isinstance(value, int) and not isinstance(value, bool) and hints[field.name] is float:
            value = float(value)
            object.__setattr__(settings, field.name, value)
        kind = typing.get_origin(hints[field.name]) or hints[field.name]
        plain = isinstance(kind, type) and kind in (int, float, str, bool)
        if plain and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise InputError(f"{where} must be of type {kind.__name__}, got {value!r}.")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where} must be a finite number, got {value!r}.")
        low, high = field.metadata.get("low"), field.metadata.get("high")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if low is not None and value < low:
                raise InputError(f"{where} must be at least {low}, got {value}.")
            if high is not None and value > high:
                raise InputError(f"{where} must be at most {high}, got {value}.")
        choices = field.metadata.get("choices")
        if choices and value not in choices:
            raise InputError(f"{where} must be one of {', '.join(choices)}; got {value!r}.")


def to_dict(settings: Any) -> Any:
    """The settings as plain JSON values."""
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        return {f.name: to_dict(getattr(settings, f.name)) for f in dataclasses.fields(settings)}
    if isinstance(settings, tuple | list):
        return [to_dict(s) for s in settings]
    return settings


def from_dict(kind: Any, values: Any, where: str = "settings") -> Any:
    """Settings of this dataclass from JSON values. Raises InputError for unknown, missing or ill-typed ones."""
    if not isinstance(values, dict):
        raise InputError(f"{where} must be an object with named fields, got {type(values).__name__}.")
    hints = typing.get_type_hints(kind)
    known = {f.name for f in dataclasses.fields(kind)}
    unknown = [name for name in values if name not in known]
    if unknown:
        raise InputError(f"{where} has no field {unknown[0]!r}; its fields are {', '.join(sorted(known))}.")
    read = {name: _read(hints[name], value, f"{where}.{name}") for name, value in values.items()}
    try:
        return kind(**read)
    except TypeError as error:
        raise InputError(f"{where} is incomplete: {error}.") from None


def _read(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise InputError(f"{where} must be a list, got {type(value).__name__}.")
        inner = typing.get_args(hint)[0]
        return tuple(_read(inner, v, f"{where}[{i}]") for i, v in enumerate(value))
    if origin in (types.UnionType, typing.Union):
        named = {c.name: c for c in typing.get_args(hint)}
        name = value.get("name") if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in named:
            raise InputError(f"{where}.name must be one of {', '.join(named)}; got {name!r}.")
        return from_dict(named[name], {k: v for k, v in value.items() if k != "name"}, where)
    if dataclasses.is_dataclass(hint):
        return from_dict(hint, value, where)
    if hint is str and not isinstance(value, str):
        raise InputError(f"{where} must be of type str, got {value!r}.")
    return value
