"""A form for any settings dataclass: one widget per field, its label, help and bounds taken from the field itself."""

from __future__ import annotations

import dataclasses
import itertools
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from engine import settings

ACROSS = 4
"""Values side by side."""
MOST = 4
"""Items of a repeated part, such as stages, that a form offers; longer lists are for the command line."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What the fields themselves do not know, by dotted path without indices (stages.tasks.source)."""

    choices: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    """Names to pick from: several for a tuple of strings, otherwise one; a name that is not listed may be typed."""
    most: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many items of a repeated part the form offers, where that is not MOST."""


def form(default: Any, key: str, options: Options | None = None) -> Any:
    """Widgets for every field of these settings, starting from their values; the settings as they were filled in.

    Widget keys are `key` and the field names (with indices), joined by dots. All widgets are drawn before anything is checked,
    so the form stays whole when a value is refused. Raises InputError for values that do not fit.
    """
    return settings.from_dict(type(default), _draw(type(default), key, default, options or Options(), ""), label(type(default).__name__))


def _draw(kind: type[Any], key: str, default: Any, options: Options, path: str) -> dict[str, Any]:
    """The widgets of one dataclass in the order of its fields: plain values side by side, parts below each other. JSON values."""
    hints = typing.get_type_hints(kind)
    fields = [f for f in dataclasses.fields(kind) if f.init]
    values: dict[str, Any] = {}
    for nested, group in itertools.groupby(fields, key=lambda f: _nested(hints[f.name])):
        widget, across = (_part, 1) if nested else (_field, ACROSS)
        for i, field in enumerate(group):
            if i % across == 0:
                columns = st.columns(across, vertical_alignment="bottom")
            with columns[i % across]:
                values[field.name] = widget(field, hints[field.name], f"{key}.{field.name}", getattr(default, field.name), options, path)
    return values


def _nested(hint: Any) -> bool:
    """Whether a field holds settings of its own rather than one value."""
    if typing.get_origin(hint) is tuple:
        return _nested(typing.get_args(hint)[0])
    return dataclasses.is_dataclass(hint) or _union(hint)


def _union(hint: Any) -> bool:
    return typing.get_origin(hint) in (types.UnionType, typing.Union)


def _part(field: dataclasses.Field[Any], hint: Any, key: str, start: Any, options: Options, path: str) -> Any:
    """A field that is itself a form: one dataclass, one of several, or a list of them."""
    name, path = field.name, f"{path}{field.name}."
    if typing.get_origin(hint) is tuple:
        return _several(typing.get_args(hint)[0], name, key, start, options, path)
    if _union(hint):
        return _one_of(hint, name, key, start, options, path)
    with st.container(border=True):
        st.markdown(f"**{label(name)}**")
        return _draw(hint, key, start, options, path)


def _several(kind: type[Any], name: str, key: str, start: tuple[Any, ...], options: Options, path: str) -> list[dict[str, Any]]:
    """A list of settings: how many, then a form for each."""
    title, most = label(name), options.most.get(path.rstrip("."), MOST)
    count = 1 if most == 1 else _remembered(st.number_input, f"Number of {title.lower()}", key=f"{key}.count", value=len(start), min_value=0, max_value=most, step=1, width=200)
    drawn = []
    for i in range(int(count or 0)):
        with st.container(border=True):
            st.markdown(f"**{title.removesuffix('s')}{f' {i + 1}' if most > 1 else ''}**")
            drawn.append(_draw(kind, f"{key}.{i}", start[i] if i < len(start) else kind(), options, path))
    return drawn


def _one_of(hint: Any, name: str, key: str, start: Any, options: Options, path: str) -> dict[str, Any]:
    """One of several dataclasses that carry a `name`: a picker, its first docstring sentence, and its own fields."""
    named = {kind.name: kind for kind in typing.get_args(hint)}
    chosen = _remembered(st.selectbox, label(name), key=f"{key}.name", value=start.name, options=list(named), width=300)
    st.caption((named[chosen].__doc__ or "").strip().split("\n")[0])
    own = start if start.name == chosen else named[chosen]()
    return {"name": chosen, **_draw(named[chosen], f"{key}.{chosen}", own, options, path)}


def _field(field: dataclasses.Field[Any], hint: Any, key: str, start: Any, options: Options, path: str) -> Any:
    """The widget of one value."""
    meta = field.metadata
    name, tip = label(field.name, meta.get("label", "")), meta.get("help")
    choices = [*(options.choices.get(f"{path}{field.name}", ()) or meta.get("choices") or ())]
    if typing.get_origin(hint) is tuple:
        everything = "All" if not start else None
        return _remembered(st.multiselect, name, key=key, value=list(start), help=tip, options=choices, placeholder=everything)
    if hint is bool:
        return _remembered(st.toggle, name, key=key, value=start, help=tip)
    if hint in (int, float):
        return _number(name, hint, key, start, meta, tip)
    if choices:
        free = not meta.get("choices")
        listed = choices if start in choices else [start, *choices]
        return _remembered(st.selectbox, name, key=key, value=start, help=tip, options=listed, accept_new_options=free) or ""
    return _remembered(st.text_input, name, key=key, value=start, help=tip) or ""


def _number(name: str, kind: type[Any], key: str, start: Any, meta: Mapping[str, Any], tip: str | None) -> Any:
    low, high = meta.get("low"), meta.get("high")
    small = kind is float and 0 < abs(start) < 0.01
    return _remembered(
        st.number_input, name, key=key, value=kind(start), help=tip,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        step=1 if kind is int else start / 2 if small else 0.05,
        format="%d" if kind is int else "%.2e" if small else "%.2f",
    )


def _remembered(widget: Any, name: str, *, key: str, value: Any, **given: Any) -> Any:
    """The widget with its first value put into the session, so that leaving the page and coming back keeps what was filled in."""
    if key not in st.session_state:
        st.session_state[key] = value
    return widget(name, key=key, persist_state="session", **given)


def label(name: str, given: str = "") -> str:
    """A field's name as a person reads it: its own label, or the name with spaces and a capital."""
    return given or name.replace("_", " ").capitalize()


def flat(value: Any, path: str = "") -> dict[str, str]:
    """Settings or JSON values as one line per value, dotted paths to what a person reads, for a table."""
    written = settings.to_dict(value)
    if isinstance(written, dict):
        return {k: v for name, inner in written.items() for k, v in flat(inner, f"{path}.{name}".lstrip(".")).items()}
    if isinstance(written, list) and any(isinstance(inner, dict) for inner in written):
        return {k: v for i, inner in enumerate(written) for k, v in flat(inner, f"{path}[{i}]").items()}
    return {path: ", ".join(map(str, written)) if isinstance(written, list) else str(written)}
