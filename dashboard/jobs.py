"""Start, watch, stop and resume runs. A run works in its own process and goes on when the page is left."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cards, charts, errors, links, resources
from engine import config as configs
from engine import queue, runs
from engine.config import RunConfig
from engine.lookup import looked_up
from engine.runs import Run

LIVE = ("queued", "running")
RESUMABLE = ("cancelled", "failed", "lost", "queued")
EVERY = 2.0
"""Seconds between two looks at a running run."""


def start(config: RunConfig) -> None:
    """The part under the form: what the run will be called, what it costs, and the button that starts it."""
    run_id = configs.run_id(config)
    st.markdown(f"These settings are the run `{run_id}`.")
    _estimate(config)
    existing = next((run for run in runs.all_runs() if run.id == run_id), None)
    if existing and existing.state == "finished":
        st.info("This run is finished already: equal settings are the same run. Change a setting, the seed say, for another one.", icon=":material/task_alt:")
        links.to("run", f"Open {run_id}", run=run_id)
    elif existing and existing.state == "running":
        st.info("This run is working already: equal settings are the same run.", icon=":material/play_circle:")
        st.button("Watch it", key="train_watch", on_click=_watch, args=(run_id,))
    elif st.button("Resume" if existing else "Start", type="primary", icon=":material/play_arrow:", key="train_start"):
        with errors.shown("the start"):
            with st.spinner("Looking up what the run names"):  # on the hub it can take seconds
                named = looked_up(config)
            begin(runs.create(named))


def _estimate(config: RunConfig) -> None:
    with errors.shown("the estimate"):
        if any(task.source.startswith("hub:") for task in [t for s in config.stages for t in s.tasks] + [*config.evaluation.tasks]):
            st.caption("The size of a hub data set is known once the run has loaded it.")
            return
        cost = resources.estimate(config)
        time = f"about {cards.duration(cost.seconds)}, judging by {cost.basis}" if cost.basis else "no like run has finished yet to tell the time"
        st.caption(f"{cost.steps:,} training steps, {cost.texts:,} texts to score; {time}.")


def begin(run: Run) -> None:
    """Put the run to work and show it."""
    queue.submit(run)
    resources.forget()
    _watch(run.id)
    st.rerun()


def _watch(run_id: str) -> None:
    st.session_state["train_next"] = run_id


def watch(run_id: str) -> None:
    """The run as it stands now, looked at again every two seconds while it works."""
    run = runs.find(run_id)
    panel = st.fragment(_panel, run_every=EVERY if run.state in LIVE else None)
    panel(run_id, run.state)


def _panel(run_id: str, state: str) -> None:
    with st.container(key="train_panel"), errors.shown(f"the run {run_id}"):
        run = runs.find(run_id)
        if run.state != state:
            # The rest of the page, and how often this part runs, depend on the state.
            resources.forget()
            st.rerun(scope="app")
        progress = runs.read_progress(run)
        _head(run, progress)
        curves(progress)
        log(run)


def _head(run: Run, progress: pd.DataFrame) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        with st.container(horizontal=True, vertical_alignment="center"):
            cards.state(run.state)
            st.markdown(f"`{run.id}`")
        st.caption(run.message or _phase(run, progress))
    with right:
        _buttons(run)
    last = progress.iloc[-1].to_dict() if len(progress) else {}
    st.progress(_share(run, last), text=_progress_text(run, last))


def _buttons(run: Run) -> None:
    if run.state in LIVE:
        asked = runs.cancel_requested(run)
        if st.button("Stopping …" if asked else "Cancel", key="train_cancel", icon=":material/stop_circle:", disabled=asked, width="stretch"):
            _stop(run)
            st.rerun(scope="app")
    if run.state in RESUMABLE and st.button("Resume", key="train_resume", icon=":material/play_arrow:", type="primary", width="stretch"):
        queue.submit(run)
        st.rerun(scope="app")
    if run.state == "finished":
        links.to("run", "Open", run=run.id)


def _stop(run: Run) -> None:
    """Ask the run to stop. Waiting for it, which takes up to ten seconds, must not hold up the page."""
    runs.request_cancel(run)
    threading.Thread(target=queue.cancel, args=(run.id, run.path.parent), name=f"cancel-{run.id}", daemon=True).start()


def _phase(run: Run, progress: pd.DataFrame) -> str:
    if run.state == "finished":
        return "Trained and scored."
    if runs.cancel_requested(run) and run.state in LIVE:
        return "Stopping at the next step; what is done is saved."
    if not len(progress):
        return "Loading the encoder and the data; the first numbers come with the first step." if run.state in LIVE else "It stopped before the first step."
    last = progress.iloc[-1]
    if last.get("phase") == "evaluate":
        return f"{'Scoring' if run.state in LIVE else 'Stopped while scoring'} the languages, one after the other; what is scored is saved."
    stages = len(run.config.stages) if run.config else 1
    doing = "Training" if run.state in LIVE else "Stopped while training"
    return f"{doing}, stage {int(last.get('stage') or 0) + 1} of {stages}."


def _share(run: Run, last: dict[str, Any]) -> float:
    if run.state == "finished":
        return 1.0
    step, steps = last.get("step"), last.get("steps")
    return min(1.0, step / steps) if _known(step) and _known(steps) and steps else 0.0


def _progress_text(run: Run, last: dict[str, Any]) -> str:
    if run.state == "finished":
        return "Finished"
    if not _known(last.get("step")) or not _known(last.get("steps")):
        return "Not started" if not last else "Working"
    if last.get("phase") == "evaluate":
        return f"{int(last['step'])} of {int(last['steps'])} languages scored"
    parts = [f"Step {int(last['step']):,} of {int(last['steps']):,}"]
    if _known(last.get("seconds")):
        parts.append(f"{cards.duration(last['seconds'])} so far")
    if _known(last.get("remaining")) and run.state in LIVE:
        parts.append(f"{cards.duration(last['remaining'])} left")
    return " · ".join(parts)


def _known(value: Any) -> bool:
    return value is not None and not pd.isna(value)


def curves(progress: pd.DataFrame) -> None:
    """Loss and development accuracy over the steps, in two frames of fixed height."""
    shown = (("loss", "Training loss", False), ("dev_accuracy", "Accuracy on English development data", True))
    for column, (name, title, percent) in zip(st.columns(2), shown, strict=True):
        with column, st.container(border=True, height=290):
            st.caption(title)
            if name in progress and "step" in progress and progress[name].notna().any():
                st.altair_chart(charts.curve(progress, name, title, percent), key=f"curve_{name}", alt=title)
            else:
                st.caption(":material/hourglass_empty: Nothing yet.")


def log(run: Run) -> None:
    """The end of the run's log, in a frame of fixed height."""
    st.caption("Log, the last 200 lines")
    with st.container(height=240, autoscroll=True, border=False, key="log"):
        st.code(runs.read_log(run) or "The log is empty.", language=None, wrap_lines=True)


def unfinished() -> list[Run]:
    """Runs that work or that can be resumed, the working ones first."""
    found = [run for run in runs.all_runs() if run.state != "finished" and run.config is not None]
    return sorted(found, key=lambda run: run.state not in LIVE)


def watchable(unfinished: list[Run]) -> list[str]:
    """Runs for the picker: the unfinished ones, and a finished one that was just watched or that a link names."""
    named = [st.session_state.get("train_run"), *st.query_params.get_all("run")]
    finished = [run for run in resources.finished() if run in named]
    return [*(run.id for run in unfinished), *finished]


def starting_point() -> RunConfig:
    """What the form shows first: the defaults, scored under the perturbations of the field."""
    perturbations = tuple(configs.PerturbationSetting(name, 0.2) for name in ("typo", "synonym"))
    return replace(RunConfig(), evaluation=replace(RunConfig().evaluation, perturbations=perturbations))
