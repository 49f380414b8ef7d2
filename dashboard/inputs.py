"""Pickers and forms: owns every widget key and query parameter, so that a link reopens what was chosen.

A parameter of the link sets its widget when the link changes; afterwards the widget decides, and `publish` writes what is
chosen back into the address. A value that this installation does not know is named, never silently replaced.

Options are named through dictionaries (`{...}.__getitem__`) and not lambdas: what a session holds must be picklable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from dashboard import forms, resources
from engine import languages, perturbations, text
from engine.catalog import ENCODERS
from engine.config import TASKS
from engine.data import AUTHORED, hub
from engine.errors import InputError, did_you_mean

# ---- Links


def linked(key: str, parameter: str, default: Any, read: Callable[[list[str]], Any], place: Any = st) -> None:
    """Give the widget `key` its value: the link's where the link is new, else what it has, else the default.

    What cannot be used of a link is said in `place`, a container or the page.
    """
    given = st.query_params.get_all(parameter)
    if given and given == st.session_state.get(f"link.{key}"):
        st.session_state.pop(f"overtaken.{key}", None)
    elif given and given != st.session_state.get(f"overtaken.{key}"):
        st.session_state[f"link.{key}"] = given
        try:
            st.session_state[key] = read(given)
        except (InputError, ValueError) as error:
            place.warning(f"The link's {parameter} was left out: {error}", icon=":material/link_off:")
    if key not in st.session_state:
        st.session_state[key] = default


def publish(keys: dict[str, str], state: dict[str, Any]) -> None:
    """Write the state of the page into the address; `keys` names the widget of each parameter."""
    written = {p: [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)] for p, value in state.items()}
    for parameter, key in keys.items():
        before = st.session_state.get(f"link.{key}")
        if before and before != written.get(parameter):
            st.session_state[f"overtaken.{key}"] = before
        st.session_state[f"link.{key}"] = written.get(parameter)
    if {p: st.query_params.get_all(p) for p in st.query_params} != written:
        st.query_params.from_dict(written)


def arrive(page: str) -> None:
    """Call this before the page is drawn: on another page than last time, every value of the link counts as new.

    On the same page a click can be faster than the address that the last one led to: it still carries the value before, which
    must not undo what was chosen meanwhile.
    """
    if st.session_state.get("link.page") != page:
        st.session_state["link.page"] = page
        for key in [key for key in st.session_state if str(key).startswith("overtaken.")]:
            del st.session_state[key]


def one_of(known: Sequence[str], what: str) -> Callable[[list[str]], str]:
    """Reads a link's value as one of the known names. Raises InputError for another one."""

    def read(given: list[str]) -> str:
        if given[-1] not in known:
            raise InputError(did_you_mean(given[-1], list(known), what))
        return given[-1]

    return read


def some_of(known: Sequence[str], what: str, most: int) -> Callable[[list[str]], list[str]]:
    """Reads a link's values as up to `most` of the known names. Raises InputError for another one."""
    return lambda given: [one_of(known, what)([name]) for name in given[:most]]


def number(low: float, high: float, kind: type = float) -> Callable[[list[str]], Any]:
    """Reads a link's value as a number within bounds. Raises InputError for one outside, ValueError for none at all."""

    def read(given: list[str]) -> Any:
        value = kind(given[-1])
        if not low <= value <= high:
            raise InputError(f"{given[-1]} lies outside {low:g} to {high:g}.")
        return value

    return read


# ---- Runs


def run_picker(known: Sequence[str], key: str, title: str = "Run") -> str | None:
    """One run by id; None when there is none to pick."""
    if not known:
        return None
    linked(key, "run", known[0], one_of(known, "run"))
    if st.session_state[key] not in known:
        st.session_state[key] = known[0]
    chosen = st.selectbox(title, list(known), key=key, persist_state="session")
    publish({"run": key}, {"run": chosen})
    return str(chosen)


def runs_picker(known: Sequence[str], key: str, default: Sequence[str], most: int = 6) -> list[str]:
    """Several runs by id, the first of them the one that the others are compared with."""
    linked(key, "run", list(default), some_of(known, "run", most))
    kept = [name for name in st.session_state[key] if name in known]
    # Writing the same value again would close the menu of somebody who is still choosing.
    if kept != st.session_state[key]:
        st.session_state[key] = kept
    chosen = st.multiselect(
        "Runs", list(known), key=key, max_selections=most, persist_state="session", placeholder="Choose two to six runs",
        help="Two to six runs; the others are compared with the first.",
    )
    publish({"run": key}, {"run": chosen})
    return [str(name) for name in chosen]


def picker(title: str, options: Sequence[Any], key: str, show: Callable[[Any], str] = str, help: str = "") -> Any:
    """One of several values; no widget where there is only one to choose from."""
    if len(options) == 1:
        return options[0]
    if st.session_state.get(key) not in options:
        st.session_state[key] = options[0]
    return st.selectbox(title, list(options), format_func={o: show(o) for o in options}.__getitem__, key=key, help=help or None, width=420)


def section(options: dict[str, str], key: str) -> str:
    """Which part of a page is shown: only that part is computed. `options` maps names to titles."""
    return str(st.segmented_control("Show", list(options), format_func=options.__getitem__, default=next(iter(options)), key=key, required=True, label_visibility="collapsed"))


# ---- Data


def source_picker(place: Any) -> str:
    """Where examples come from: the miniature, a data set of the hub that is known, or whatever is typed."""
    linked("data_source", "source", "miniature", lambda given: text.check(given[-1], "source"), place)
    known = [*AUTHORED, *(f"hub:{name}" for name in hub.KNOWN)]
    listed = known if st.session_state["data_source"] in known else [st.session_state["data_source"], *known]
    help = "miniature, everyday, folder:PATH (TSV, CSV, JSON Lines, Parquet), or hub:xnli, hub:pawsx, hub:namespace/name."
    return str(st.selectbox("Source", listed, key="data_source", accept_new_options=True, help=help) or "miniature")


def linked_picker(title: str, options: Sequence[str], key: str, parameter: str, titles: dict[str, str], place: Any) -> str:
    """One of several names; the link's where the link names one of them."""
    linked(key, parameter, options[0], one_of(options, title.lower()), place)
    if st.session_state[key] not in options:
        st.session_state[key] = options[0]
    shown = {o: titles.get(o, o) for o in options}
    return str(st.selectbox(title, list(options), format_func=shown.__getitem__, key=key))


def example_picker(ids: Sequence[str]) -> str:
    """One example by its id."""
    if st.session_state.get("data_id") not in ids:
        st.session_state["data_id"] = ids[0]
    return str(st.selectbox("Example", list(ids), key="data_id", width=260))


# ---- Train


def train_view(unfinished: int) -> str:
    """new (the form) or watch (a run)."""
    chosen = st.session_state.pop("train_next", None)
    if chosen:
        st.session_state["train_view"], st.session_state["train_run"] = "watch", chosen
    elif "train_view" not in st.session_state:
        st.session_state["train_view"] = "watch" if "run" in st.query_params else "new"
    titles = {"new": "New run", "watch": f"Watch or resume ({unfinished})"}
    view = str(st.segmented_control("View", list(titles), format_func=titles.__getitem__, key="train_view", required=True, label_visibility="collapsed"))
    if view == "new":
        publish({"run": "train_run"}, {})
    return view


def train_options() -> forms.Options:
    """Names for the pickers of the training form."""
    finished = [card.name for card in resources.models()]
    sources = [*AUTHORED, *(f"hub:{name}" for name in hub.KNOWN)]
    names: dict[str, Sequence[str]] = {"encoder": [*ENCODERS, *finished], "evaluation.languages": list(languages.LANGUAGES), "evaluation.perturbations.name": list(perturbations.PERTURBATIONS)}
    names |= {"stages.tasks.task": TASKS, "evaluation.tasks.task": TASKS}
    return forms.Options(names | {"stages.tasks.source": sources, "evaluation.tasks.source": sources})
