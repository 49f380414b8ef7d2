"""One run in full: state, scores, mistakes, settings, provenance, curves, log; take it along or delete it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import cards, errors, forms, inputs, jobs, links, resources, scoreboard, tables
from engine import config as configs
from engine import runs
from engine.runs import Run
from engine.training import card

SECTIONS = {"scores": "Scores", "errors": "Mistakes", "settings": "Settings", "provenance": "Provenance", "card": "Model card", "progress": "Curves and log"}


def head(run: Run) -> None:
    """State, age and what is wrong with the run, if anything."""
    with st.container(horizontal=True, vertical_alignment="center"):
        cards.state(run.state)
        if run.shipped:
            st.badge("Sample, ships with Babelproof", icon=":material/inventory_2:", color="gray")
        st.caption(f"Created {run.created.replace('T', ' ')[:16]} UTC")
    if run.message:
        st.warning(run.message, icon=":material/warning:")
    if run.config and run.state != "finished":
        links.to("train", "Watch, stop or resume it", "model_training", run=run.id)


def show(run: Run, section: str) -> None:
    """One section of the run."""
    {"scores": _scores, "errors": _mistakes, "settings": _settings, "provenance": _provenance, "card": _card, "progress": _progress}[section](run)


def _unfinished(run: Run, what: str) -> bool:
    if run.state == "finished":
        return False
    cards.empty(f"There are no {what} here, because the run is not finished.")
    return True


def _scores(run: Run) -> None:
    if _unfinished(run, "scores"):
        return
    board = resources.board(run.id)
    task, source = scoreboard.task_picker(board, "run_task")
    scoreboard.headline(scoreboard.of_task(resources.summary([run.id]), task, source))
    scoreboard.table(scoreboard.of_task(board, task, source), f"run-{run.id}")
    links.to("benchmarks", "See them as a heat map", "grid_on", run=run.id)


def _mistakes(run: Run) -> None:
    """Wrong predictions of one language and perturbation."""
    if _unfinished(run, "mistakes"):
        return
    board = resources.board(run.id)
    left, right = st.columns(2)
    with left:
        language = inputs.picker("Language", list(dict.fromkeys(board["language"])), "run_language", scoreboard.language_label)
    with right:
        conditions = list(dict.fromkeys(zip(board["perturbation"], board["severity"], strict=True)))
        perturbation, severity = inputs.picker("Scored under", conditions, "run_condition", lambda pair: scoreboard.condition_name(*pair))
    rows = resources.predictions(run.id, language, perturbation)
    rows = rows[rows["severity"] == severity]
    wrong = rows[~rows["correct"]].drop(columns=["run_id", "queries"])
    if wrong.empty:
        cards.empty(f"No mistakes on these {len(rows)} examples.")
        return
    st.caption(f"{len(wrong):,} wrong of {len(rows):,}.")
    wrong = wrong.assign(sure=[_of(p, label) for p, label in zip(wrong["probabilities"], wrong["predicted"], strict=True)])
    scoreboard.texts(wrong, f"mistakes-{run.id}", ["gold", "predicted", "sure"])


def _of(probabilities: object, label: str) -> float:
    """The probability of a label, from a map as DuckDB or pandas hands it out."""
    return float(dict(probabilities)[label])  # type: ignore[call-overload]


def _settings(run: Run) -> None:
    if run.config is None:
        cards.empty("The settings cannot be read.")
        return
    _table(forms.flat(configs.to_dict(run.config)), f"settings-{run.id}")


def _provenance(run: Run) -> None:
    if _unfinished(run, "records of its making"):
        return
    _table(forms.flat(runs.read_provenance(run)), f"provenance-{run.id}")


def _card(run: Run) -> None:
    """What a stranger should know of the trained model, with the file to publish beside its weights."""
    if _unfinished(run, "figures for a model card"):
        return
    if run.config is not None and not run.config.stages:
        cards.empty(f"This run evaluated {run.config.encoder} and trained no model of its own.")
        return
    st.markdown(card.body(run))
    st.download_button("Download as Markdown", card.card(run), f"{run.id}.md", "text/markdown", key="run_card", icon=":material/description:", on_click="ignore")


def _table(values: dict[str, str], name: str) -> None:
    frame = pd.DataFrame({"setting": list(values), "value": list(values.values())})
    tables.show(frame, name, {"value": tables.Column("Value")})


def _progress(run: Run) -> None:
    jobs.curves(runs.read_progress(run))
    jobs.log(run)


def foot(run: Run) -> None:
    """Take the run along as a zip archive, or delete it after a second question."""
    st.divider()
    with st.container(horizontal=True, key="run_actions"):
        if run.state == "finished":
            st.download_button(
                "Download the run as zip", lambda: resources.archived(run.id), f"{run.id}.zip", "application/zip",
                key="run_export", icon=":material/folder_zip:", on_click="ignore",
            )
        if not run.shipped and run.state != "running":
            with st.popover("Delete", icon=":material/delete:", key="run_delete"):
                st.markdown("Deletes the run with its model, predictions and log. This cannot be undone.")
                st.button("Delete for good", type="primary", key="run_delete_confirm", on_click=_delete, args=(run.id,))


def _delete(run_id: str) -> None:
    with errors.shown("deleting"):
        runs.delete(run_id)
        st.toast(f"Deleted {run_id}.", icon=":material/delete:")
    resources.forget()
