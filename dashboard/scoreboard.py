"""Scores on a page: headline numbers, the heat map, comparisons, and texts that models got wrong or disagree on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cards, charts, inputs, links, resources, tables, tokens
from dashboard.resources import Condition
from engine import languages, perturbations

SHOWN = 200
"""Texts in one table; a longer list is for the CSV."""


def percent(value: float) -> str:
    """A share times 100 with one decimal; a dash where there is none."""
    return "–" if pd.isna(value) else f"{value:.1%}"


def points(value: float) -> str:
    """A difference of shares in points, with its sign."""
    return "–" if pd.isna(value) else f"{round(100 * value, 1) + 0.0:+.1f}"  # adding 0.0 turns -0.0 into 0.0


def condition_name(perturbation: str, severity: float) -> str:
    """A perturbation and its severity in a few words."""
    title = perturbations.PERTURBATIONS[perturbation].title if perturbation in perturbations.PERTURBATIONS else perturbation.capitalize()
    return f"{title} {severity:g}" if severity else title


def language_label(code: str) -> str:
    """Code first, as papers write it, then the English name."""
    return f"{code} · {languages.LANGUAGES[code].name}" if code in languages.LANGUAGES else code


# ---- One run


def task_picker(frame: pd.DataFrame, key: str) -> tuple[str, str]:
    """Task and source; a picker only where the frame has several."""
    pairs = list(dict.fromkeys(zip(frame["task"], frame["source"], strict=True)))
    chosen = inputs.picker("Task and source", pairs, key, lambda pair: f"{pair[0]} from {pair[1]}")
    return chosen[0], chosen[1]


def say_samples(run_ids: Sequence[str]) -> None:
    """Which of the runs are samples; nothing where none is."""
    shipped = resources.catalog().set_index("run_id")["shipped"]
    if names := [name for name in run_ids if shipped.get(name, False)]:
        are = "is a sample" if len(names) == 1 else "are samples"
        st.caption(f":material/inventory_2: {', '.join(f'`{name}`' for name in names)} {are}: shipped with Babelproof, measured as the records on the run's page say.")


def of_task(frame: pd.DataFrame, task: str, source: str) -> pd.DataFrame:
    """The rows of one task and source."""
    return frame[(frame["task"] == task) & (frame["source"] == source)].reset_index(drop=True)


def headline(summary: pd.DataFrame) -> None:
    """Source accuracy, mean of the others, transfer gap and worst language on clean text."""
    clean = summary[summary["perturbation"] == "clean"]
    if clean.empty:
        return
    row = clean.iloc[0]
    worst = "" if pd.isna(row["worst_language"]) else f" ({row['worst_language']})"
    shown = (
        ("Source accuracy (en)", percent(row["source_accuracy"]), "Accuracy on clean text in English, the language of training."),
        ("Mean of the others", percent(row["others"]), "Mean over the other languages, English left out; each language counts the same."),
        ("Transfer gap (points)", points(row["gap"]), "Source accuracy minus the mean of the others."),
        (f"Worst language{worst}", percent(row["worst"]), "The lowest accuracy of all languages on clean text."),
    )
    for column, (title, value, help_text) in zip(st.columns(4), shown, strict=True):
        column.metric(title, value, help=help_text, border=True)


def table(board: pd.DataFrame, name: str) -> None:
    """All scores of one task; how much was changed is blank on clean text, where nothing is."""
    shown = board.assign(applicable=board["applicable"].where(board["perturbation"] != "clean"))
    tables.show(shown.drop(columns=["task", "source"]), name, tables.BOARD)


def heat(board: pd.DataFrame, metric: str) -> None:
    """Language by perturbation, the number in every cell."""
    value = "consistency" if metric == "Consistency" else "value"
    cells = board.assign(
        condition=[condition_name(p, s) for p, s in zip(board["perturbation"], board["severity"], strict=True)],
        language=board["language"].map(language_label),
    )
    if value == "consistency":
        # The interval belongs to the accuracy.
        cells = cells.assign(value=cells["consistency"], low=float("nan"), high=float("nan")).dropna(subset="value")
    if cells.empty:
        cards.empty("This run was scored on clean text only, so there is no consistency to show.")
        return
    st.altair_chart(charts.heatmap(cells, title=metric), key="benchmarks_heatmap", alt=f"{metric} per language and perturbation")


def pairs(matrix: pd.DataFrame) -> None:
    """Accuracy where the two texts are in different languages."""
    cells = matrix.rename(columns={"language": "first text", "language_pair": "second text"})
    st.altair_chart(charts.heatmap(cells, row="first text", column="second text"), key="benchmarks_pairs", alt="Accuracy per pair of languages")


# ---- Several runs


def shared(scores: pd.DataFrame, runs: Sequence[str]) -> pd.DataFrame:
    """The rows of the tasks and sources that every one of these runs was scored on."""
    counted = scores.groupby(["task", "source"])["run_id"].transform("nunique")
    return scores[counted == len(runs)]


def condition_picker(scores: pd.DataFrame, task: str, source: str, key: str) -> Condition:
    """The perturbation and severity that all chosen runs were scored under."""
    own = of_task(scores, task, source)
    shared = own.groupby(["perturbation", "severity"], sort=False)["run_id"].nunique()
    both = [pair for pair, count in shared.items() if count == scores["run_id"].nunique()] or [("clean", 0.0)]
    perturbation, severity = inputs.picker("Scored under", both, key, lambda pair: condition_name(*pair))
    return Condition(task, source, perturbation, float(severity))


def under(scores: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    """Accuracies of one condition whose two texts are in the same language."""
    rows = of_task(scores, condition.task, condition.source)
    same = rows["language_pair"].isna() | (rows["language_pair"] == rows["language"])
    exact = (rows["perturbation"] == condition.perturbation) & (rows["severity"] == condition.severity) & (rows["metric"] == "accuracy")
    return rows[same & exact].reset_index(drop=True)


def side_by_side(scores: pd.DataFrame, runs: Sequence[str]) -> None:
    """Accuracy per language, a colour and a shape per run."""
    st.altair_chart(charts.accuracy_by_language(scores, list(runs)), key="compare_chart", alt="Accuracy per language and run with 95% intervals")
    columns = ["run_id", "language", "value", "low", "high", "n", "applicable"]
    with st.expander("The same as a table"):
        tables.show(scores[columns], "compare-scores")


def differences(table: pd.DataFrame, means: pd.DataFrame, runs: Sequence[str]) -> None:
    """Differences from the first run per language, then over all languages together."""
    st.altair_chart(charts.differences(table, list(runs[1:])), key="compare_differences", alt="Differences from the first run with 95% intervals")
    shown = table.rename(columns={"a": "this_run", "b": "first_run"})
    order = ["run_id", "language", "n", "first_run", "this_run", "difference", "low", "high", "p", "p_holm", "discordant"]
    tables.show(shown[order], "compare-differences", DIFFERENCE)
    st.caption("All languages together; items are resampled with all their translations, which are not independent.")
    together = means.rename(columns={"a": "this_run", "b": "first_run"})
    tables.show(together[["run_id", "n", "rows", "first_run", "this_run", "difference", "low", "high"]], "compare-means", DIFFERENCE)


DIFFERENCE = {
    "first_run": tables.Column("First run", "Accuracy of the first run on the shared examples, times 100.", "percent"),
    "this_run": tables.Column("This run", "Accuracy of this run on the shared examples, times 100.", "percent"),
    "low": tables.Column("95% from", "Paired bootstrap over items, 10 000 samples, seed 1.", "points"),
    "high": tables.Column("95% to", "Paired bootstrap over items, 10 000 samples, seed 1.", "points"),
    "rows": tables.Column("Texts", "Items times languages.", "count"),
    "n": tables.Column("Items", "Examples that both runs were scored on.", "count"),
}


# ---- Texts


def texts(frame: pd.DataFrame, name: str, labels: Sequence[str]) -> None:
    """Examples with their pair of texts, each in its own direction, and the columns `labels`; a CSV beside it."""
    hidden = frame["text"].isna().all() if len(frame) else False
    if hidden:
        st.caption("The texts are left out of this run because their licence does not allow to pass them on.")
    rows = []
    for row in frame.head(SHOWN).to_dict("records"):
        pair = "" if pd.isna(row["text_pair"]) else tokens.text(row["text_pair"])
        body = "–" if pd.isna(row["text"]) else tokens.text(row["text"]) + pair
        rows.append([f"<code>{escape(str(row['id']))}</code>", body, *(_cell(row[column]) for column in labels)])
    headers = ["Id", "Texts", *(tables.COLUMNS[c].label if c in tables.COLUMNS else c for c in labels)]
    st.html(cards.table(headers, rows, wide=(1,)))
    if len(frame) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(frame):,}; all are in the CSV.")
    tables.download(frame, name)


def _cell(value: Any) -> str:
    return "–" if pd.isna(value) else escape(f"{value:.1%}" if isinstance(value, float) else str(value))


def open_run(run_id: str) -> None:
    """Links from a run's scores to the run itself and to the comparison."""
    with st.container(horizontal=True):
        links.to("run", "Open this run", "description", run=run_id)
        links.to("compare", "Compare it", "balance", run=[run_id, *resources.companions(run_id)[:1]])
