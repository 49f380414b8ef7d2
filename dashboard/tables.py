"""Tables: what a column is called, how its values read and what they mean; and a CSV download beside every table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st


@dataclass(frozen=True)
class Column:
    """How a column is shown. `kind` is text, percent (a share, shown times 100), points (a difference of shares), p, count,
    number, time (ISO), flag (yes or no), run (a link to the run's page). `width` is in pixels, for texts that are cut otherwise."""

    label: str
    help: str = ""
    kind: str = "text"
    width: int | None = None


COLUMNS = {
    "run_id": Column("Run", "Opens the run's own page.", "run", 176),
    "state": Column("State", "Finished, running, queued, cancelled, failed, or lost (it went silent)."),
    "shipped": Column("Sample", "Ships with Babelproof, so that there is something to look at before anything is trained.", "flag"),
    "kind": Column("Kind", "Trained here, or only evaluated."),
    "encoder": Column("Encoder", "What training started from."),
    "objective": Column("Objective", "How the last stage was trained."),
    "task": Column("Task"),
    "source": Column("Source", "Where the examples come from."),
    "seed": Column("Seed", "Seed of everything random in the run.", "count"),
    "created": Column("Created", "In UTC.", "time"),
    "accuracy_source": Column("Source acc.", "Clean accuracy in the language of training, times 100.", "percent"),
    "accuracy_others": Column("Others", "Mean clean accuracy of the other languages, the source left out, times 100.", "percent"),
    "message": Column("Message"),
    "language": Column("Language", "ISO 639-1 code of the first text, and of both unless the second is named."),
    "language_pair": Column("Second language", "Language of the second text; another one in generalized transfer."),
    "perturbation": Column("Perturbation", width=150),
    "severity": Column("Severity", "Share of the words that were changed.", "number"),
    "metric": Column("Metric", "Accuracy, or consistency: the share of predictions equal to the clean ones."),
    "value": Column("Value", "Times 100.", "percent"),
    "low": Column("95% from", "Lower end of the 95% interval.", "percent"),
    "high": Column("95% to", "Upper end of the 95% interval.", "percent"),
    "n": Column("n", "Examples.", "count"),
    "applicable": Column("Changed", "Share of the examples that the perturbation changed at all, times 100.", "percent"),
    "source_accuracy": Column("Source acc.", "Accuracy in the language of training, times 100.", "percent"),
    "others": Column("Others", "Mean over the other languages, the source left out, times 100.", "percent"),
    "mean": Column("All", "Mean over all languages, the source included, times 100.", "percent"),
    "gap": Column("Gap", "Transfer gap: source accuracy minus the mean of the others, in points.", "points"),
    "worst_language": Column("Worst in", "The language of the lowest accuracy."),
    "worst": Column("Worst", "Lowest accuracy of all languages, times 100.", "percent"),
    "languages": Column("Languages", "How many were scored.", "count"),
    "difference": Column("Difference", "In points of accuracy; the interval is a paired bootstrap over the examples.", "points"),
    "p": Column("p", "McNemar's test on the examples on which the two runs disagree.", "p"),
    "p_holm": Column("p (Holm)", "Adjusted by Holm for all rows tested: the chance of any false alarm stays below it.", "p"),
    "discordant": Column("Discordant", "Examples that exactly one of the two runs gets right.", "count"),
    "setting": Column("Setting"),
    "gold": Column("Gold", "The right label."),
    "predicted": Column("Predicted"),
    "sure": Column("Probability", "What the model gave its own label.", "percent"),
}
RUNS = ["run_id", "state", "shipped", "accuracy_source", "accuracy_others", "objective", "encoder", "task", "seed", "created", "message"]
"""Columns of the list of runs, in the order of what people look for."""
BOARD = {
    "value": Column("Accuracy", "Times 100.", "percent"),
    "drop": Column("Drop", "Clean accuracy minus this one, in points.", "points"),
    "consistency": Column("Consistency", "Share of predictions equal to the clean ones, times 100.", "percent"),
}
"""Columns of one run's scores."""
WHOLE = 20
"""Rows that a table shows at once; a longer one scrolls."""
FORMATS = {"percent": "%.1f", "points": "%+.1f", "p": "%.3g", "count": "%d", "number": "%.3g"}
FACTOR = {"percent": 100, "points": 100}


def show(frame: pd.DataFrame, name: str, columns: dict[str, Column] | None = None) -> None:
    """A table with readable columns and a button that downloads it as CSV; `name` names the widget and the file."""
    described = {c: (columns or {}).get(c) or COLUMNS.get(c) or Column(str(c)) for c in frame.columns}
    st.dataframe(
        _for_display(frame, described),
        hide_index=True,
        column_config={c: _config(column) for c, column in described.items()},
        height="content" if len(frame) <= WHOLE else "auto",
        placeholder="–",
        key=f"table_{name}",
        alt=f"Table {name} with the columns {', '.join(column.label for column in described.values())}",
    )
    download(frame, name)


def download(frame: pd.DataFrame, name: str) -> None:
    """The button that downloads a table as CSV: raw values, UTF-8 with a mark so that spreadsheets read every script."""
    st.download_button(
        "Download CSV",
        csv(frame),
        file_name=f"babelproof-{re.sub(r'[^A-Za-z0-9._-]+', '-', name).strip('-')}.csv",
        mime="text/csv",
        key=f"download_{name}",
        icon=":material/download:",
        on_click="ignore",
    )


def csv(frame: pd.DataFrame) -> bytes:
    """The table as CSV bytes. A text that a spreadsheet would run as a formula gets a quote in front."""
    texts = frame.select_dtypes(include=["object", "string"]).columns
    safe = frame.assign(**{str(c): frame[c].map(_no_formula) for c in texts})
    return safe.to_csv(index=False).encode("utf-8-sig")


def _no_formula(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _for_display(frame: pd.DataFrame, described: dict[str, Column]) -> pd.DataFrame:
    shown = frame.copy()
    for name, column in described.items():
        if column.kind in FACTOR:
            shown[name] = pd.to_numeric(shown[name]) * FACTOR[column.kind]
        elif column.kind == "time":
            shown[name] = pd.to_datetime(shown[name], utc=True, errors="coerce", format="ISO8601")
        elif column.kind == "run":
            shown[name] = "run?run=" + shown[name].astype(str)
    return shown


def _config(column: Column) -> Any:
    if column.kind == "run":
        return st.column_config.LinkColumn(column.label, help=column.help, width=column.width, display_text=r"run\?run=(.*)", pinned=True)
    if column.kind == "time":
        return st.column_config.DatetimeColumn(column.label, help=column.help or None, format="YYYY-MM-DD HH:mm", timezone="UTC")
    if column.kind == "flag":
        return st.column_config.CheckboxColumn(column.label, help=column.help or None)
    if column.kind in FORMATS:
        return st.column_config.NumberColumn(column.label, help=column.help or None, format=FORMATS[column.kind])
    return st.column_config.TextColumn(column.label, help=column.help or None, width=column.width)
