"""Small pieces of a page: probability bars, badges, tables of texts, empty states, a line that says what is being done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import streamlit as st

from dashboard import links, theme
from engine.results import Prediction

# ---- HTML, as strings


def bars(prediction: Prediction, labels: Sequence[str] = ()) -> str:
    """The probability of every label as a bar with its name and its value, the predicted one in bold."""
    order = [label for label in labels if label in prediction.probabilities] or list(prediction.probabilities)
    rows = []
    for i, label in enumerate(order):
        share = f"{prediction.probabilities[label]:.1%}"
        top = " bp-top" if label == prediction.label else ""
        fill = f'<span class="bp-fill" style="width:{share};background:{theme.LABELS[i % len(theme.LABELS)]}"></span>'
        rows.append(
            f'<div class="bp-bar{top}"><span class="bp-name" title="{escape(label)}">{escape(label)}</span>'
            f'<span class="bp-track">{fill}</span><span class="bp-value">{share}</span></div>'
        )
    return f'<div class="bp-bars">{"".join(rows)}</div>'


def verdict(before: Prediction, after: Prediction) -> str:
    """Label and probabilities after a change, and whether the label flipped, said in words."""
    flipped = after.label != before.label
    mark = '<span class="bp-flip">flips</span>' if flipped else '<span class="bp-hold">holds</span>'
    shares = "".join(f'<div class="bp-muted bp-share">{escape(label)} {share:.1%}</div>' for label, share in after.probabilities.items())
    return f"{mark} <b>{escape(after.label)}</b>{shares}"


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], off: Sequence[bool] = (), wide: Sequence[int] = ()) -> str:
    """A table of ready HTML cells that wraps long texts; rows in `off` are dimmed, columns in `wide` get the most room.

    Headers are escaped here; cells are HTML already.
    """
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in headers)
    body = []
    for i, row in enumerate(rows):
        cells = "".join(f'<td class="bp-wide">{cell}</td>' if j in wide else f"<td>{cell}</td>" for j, cell in enumerate(row))
        body.append(f'<tr class="bp-off">{cells}</tr>' if i < len(off) and off[i] else f"<tr>{cells}</tr>")
    return f'<div class="bp-scroll"><table class="bp-table"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


# ---- Drawn


@contextmanager
def working(doing: str, done: str) -> Iterator[None]:
    """One line that says what is being computed, and then what was; it keeps its height, so nothing jumps."""
    line = st.empty()
    line.caption(f":material/hourglass_top: {doing} …")
    try:
        yield
    except BaseException:
        line.caption(":material/block: Not done.")
        raise
    line.caption(done)


def state(name: str) -> None:
    """The state of a run as a badge: word, icon and colour."""
    word, colour, icon = theme.STATES[name]
    st.badge(word, icon=f":material/{icon}:", color=colour)  # type: ignore[arg-type]


def empty(sentence: str, page: str = "", label: str = "", **link: Any) -> None:
    """What is missing here, and where to get it."""
    with st.container(border=True):
        st.markdown(f":material/inbox: {sentence}")
        if page:
            links.to(page, label, **link)


def truncated(prediction: Prediction) -> None:
    """A warning where the model did not read the whole input."""
    if prediction.truncated:
        tokens = "token does" if prediction.truncated == 1 else "tokens do"
        st.warning(f"{prediction.truncated} {tokens} not fit this model and were not read.", icon=":material/content_cut:")


def duration(seconds: float | None) -> str:
    """Seconds as a person says them; a dash where the time is not known."""
    if seconds is None or seconds != seconds or seconds < 0:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
