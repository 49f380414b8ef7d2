"""Run folders: the only file that knows their file names.

A run is finished when its manifest exists, which is written last; before that the folder alone says whether it is queued,
running, failed, cancelled or lost. A finished folder never changes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from engine import config as configs
from engine import files, run_state, tables
from engine import manifest as manifests
from engine import provenance as made
from engine.config import RunConfig
from engine.errors import InputError, did_you_mean

SHIPPED = Path(__file__).parent / "miniature" / "runs"
STATES = ("queued", "running", "finished", "failed", "cancelled", "lost")

provenance = made.provenance

_CONFIG, _PROVENANCE, _MANIFEST = "config.json", "provenance.json", "manifest.json"
_PREDICTIONS, _SCORES, _PARTS = "predictions.parquet", "scores.parquet", "parts"
_PROGRESS, _LOG, _CHECKPOINT, _RESUME = "progress.jsonl", "log.txt", "checkpoint", "resume.pt"
TRANSIENT = (*run_state.MARKS, _RESUME, _PARTS)
"""What only the work on a run needs."""


@dataclass(frozen=True)
class Run:
    """A run as its folder stood when it was looked at; `find` again for a fresh look."""

    id: str
    path: Path
    state: str
    config: RunConfig | None
    """None when config.json cannot be read; `message` then says why."""
    shipped: bool
    created: str
    """UTC time in ISO format."""
    message: str = ""


def root() -> Path:
    """Where runs live: the folder named by the environment variable BABELPROOF_RUNS, or ./runs."""
    return Path(os.environ.get("BABELPROOF_RUNS") or "runs")


def create(config: RunConfig, root: Path | None = None) -> Run:
    """The run of these settings: a new queued folder, or the one there already is, since equal settings are the same run."""
    folder = _root(root) / configs.run_id(config)
    existing = _read_config(folder)[0] if (folder / _CONFIG).exists() else None
    if existing is None:
        files.write_json(folder / _CONFIG, configs.to_dict(config))
    elif existing != config:
        raise InputError(f"The folder {folder} already holds a run with other settings. Delete it, or use another runs folder.")
    return _look(folder)


def start_copy(run: Run, name: str, parent: Path) -> Run:
    """A folder of another name with the run's settings and progress, to be finished with its own tables and weights."""
    copy = parent / name
    if not configs.is_run_id(name) or copy.exists():
        raise InputError(f"{name!r} is no run id, or {copy} exists already; choose another name.")
    for kept in (_CONFIG, _PROGRESS):
        files.copy(run.path / kept, copy / kept)
    return _look(copy)


def find(run_id: str, root: Path | None = None) -> Run:
    """The run of this id, among the user's and then the shipped ones. Raises InputError for an unknown or unusable id."""
    if not configs.is_run_id(run_id):
        shown = run_id if len(run_id) <= 60 else run_id[:57] + "..."
        raise InputError(f"{shown!r} is not a run id; ids are up to 100 small letters, digits, dots, dashes and underscores.")
    for parent in (_root(root), SHIPPED):
        if _is_run(parent / run_id):
            return _look(parent / run_id)
    known = [run.id for run in all_runs(root)]
    if not known:
        raise InputError(f"There is no run {run_id!r}: the folder {_root(root)} holds no runs yet.")
    raise InputError(did_you_mean(run_id, known, "run"))


def all_runs(root: Path | None = None, shipped: bool = True) -> list[Run]:
    """Every run, newest first; unreadable ones are there with state failed and a message. Never raises."""
    folders = {folder.name: folder for folder in _folders(SHIPPED)} if shipped else {}
    folders |= {folder.name: folder for folder in _folders(_root(root))}
    return sorted((_look(folder) for folder in folders.values()), key=lambda run: (run.created, run.id), reverse=True)


def shipped_checkpoints() -> dict[str, Path]:
    """The checkpoints of the models that ship, by name."""
    return {folder.name: folder / _CHECKPOINT for folder in sorted(_folders(SHIPPED)) if (folder / _CHECKPOINT).is_dir()}


def _root(given: Path | None) -> Path:
    return root() if given is None else Path(given)


def _folders(parent: Path) -> list[Path]:
    try:
        return [f for f in parent.iterdir() if configs.is_run_id(f.name) and _is_run(f)]
    except OSError:
        return []


def _is_run(folder: Path) -> bool:
    # A manifest alone is a run that lost its settings: shown as broken rather than hidden.
    return (folder / _CONFIG).exists() or (folder / _MANIFEST).exists()


def _look(folder: Path) -> Run:
    config, problem = _read_config(folder)
    manifest, damage = manifests.read(folder / _MANIFEST, (_PREDICTIONS, _SCORES), f"run {folder.name}")
    if problem or damage:
        state, message = "failed", problem or damage
    else:
        state, message = ("finished", "") if manifest else run_state.state(folder)
    created = (manifest or {}).get("created") or files.modified(folder / _CONFIG)
    return Run(folder.name, folder, state, config, folder.parent.resolve() == SHIPPED.resolve(), created, message)


def _read_config(folder: Path) -> tuple[RunConfig | None, str]:
    try:
        return configs.parse((folder / _CONFIG).read_text(encoding="utf-8")), ""
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return None, f"config.json of run {folder.name} cannot be read: {error}"


# ---- Before it is finished: process, heartbeat, cancelling, failure


def set_process(run: Run, pid: int) -> None:
    """Record the process that works on the run. A new one forgets an earlier failure or cancelling; the same one does not."""
    run_state.set_process(run.path, pid)


def process(run: Run) -> psutil.Process | None:
    """The living process on this machine that works on the run; None when there is none, or when it is this very process."""
    return run_state.process(run.path)


def heartbeat(run: Run) -> None:
    """Say that the run is alive; after two minutes without a heartbeat it counts as lost."""
    run_state.heartbeat(run.path)


def request_cancel(run: Run) -> None:
    """Ask the run to stop at its next step; a queued one is cancelled at once. Raises InputError for a finished one."""
    if finished(run):
        raise InputError(f"The run {run.id} is finished; there is nothing to cancel.")
    (run.path / run_state.CANCEL).touch()


def cancel_requested(run: Run) -> bool:
    """Whether someone asked the run to stop."""
    return (run.path / run_state.CANCEL).exists()


def fail(run: Run, message: str) -> None:
    """Mark the run as failed, with a sentence for the person who started it."""
    run_state.fail(run.path, message)


# ---- While it works: progress, log, checkpoint, parts


def append_progress(run: Run, **values: Any) -> None:
    """One line of numbers (step, loss, ...) with the time; also a heartbeat. Numbers that are not finite become null."""
    files.append_record(run.path / _PROGRESS, {"time": files.now(), **values})
    heartbeat(run)


def read_progress(run: Run) -> pd.DataFrame:
    """The lines of progress, oldest first; a line that a crash left half written is skipped."""
    rows = files.read_records(run.path / _PROGRESS)
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=["time"])


def append_log(run: Run, text: str) -> None:
    """Text into the run's log, with the time."""
    files.append_line(run.path / _LOG, f"{files.now()} {text}")


def read_log(run: Run, lines: int = 200) -> str:
    """The last lines of the log; empty when there is none."""
    return "\n".join(files.read_lines(run.path / _LOG)[-lines:]) if lines > 0 else ""


def log_file(run: Run) -> Path:
    """The file that a run's process may write its output to."""
    return run.path / _LOG


def checkpoint(run: Run) -> Path:
    """The folder of the trained model in the Hugging Face format; it need not exist yet."""
    return run.path / _CHECKPOINT


def resume_file(run: Run) -> Path:
    """Where training keeps what it needs to continue; removed when the run finishes."""
    return run.path / _RESUME


def write_part(run: Run, name: str, frame: pd.DataFrame) -> None:
    """Save predictions of one language (a frame with the columns of predictions.parquet) before the run is finished."""
    tables.write_table(tables.part(run.path / _PARTS, name), frame, tables.PREDICTIONS)
    heartbeat(run)


def parts(run: Run) -> list[str]:
    """Names of the saved parts, sorted."""
    return tables.parts(run.path / _PARTS)


def read_part(run: Run, name: str) -> pd.DataFrame:
    """The predictions of a part."""
    return tables.read_table(tables.part(run.path / _PARTS, name), tables.PREDICTIONS, f"The part {name} of run {run.id}")


# ---- Finishing, reading, deleting, handing on


def finished(run: Run) -> bool:
    """Whether the run was finished once; its state is still failed when its files were damaged afterwards."""
    return (run.path / _MANIFEST).exists()


def finish(run: Run, predictions: pd.DataFrame, scores: pd.DataFrame, provenance: Mapping[str, Any]) -> Run:
    """Write the tables and the provenance, then the manifest with sizes and hashes, then remove what only the work needed.

    Raises InputError when the run is finished already, when there is nothing to write, or when the disk is full.
    """
    if finished(run):
        raise InputError(f"The run {run.id} is finished, and a finished run never changes.")
    if predictions.empty:
        raise InputError(f"The run {run.id} has no predictions to save; give its evaluation languages that the source has.")
    tables.write_table(run.path / _PREDICTIONS, predictions, tables.PREDICTIONS)
    tables.write_table(run.path / _SCORES, scores, tables.SCORES)
    files.write_json(run.path / _PROVENANCE, dict(provenance))
    seal(run, run.path)
    for name in TRANSIENT:
        files.remove(run.path / name)
    return _look(run.path)


def seal(run: Run, folder: Path) -> None:
    """Write the manifest of a finished run's files in `folder`, its own or a copy."""
    manifests.write(folder / _MANIFEST, {"id": run.id, "created": run.created}, {*TRANSIENT, _LOG, _PROGRESS})


def read_predictions(run: Run) -> pd.DataFrame:
    """All predictions of a finished run. Raises InputError that names the run when they are missing or damaged."""
    return tables.read_table(run.path / _PREDICTIONS, tables.PREDICTIONS, f"The run {run.id}")


def read_scores(run: Run) -> pd.DataFrame:
    """All scores of a finished run. Raises InputError that names the run when they are missing or damaged."""
    return tables.read_table(run.path / _SCORES, tables.SCORES, f"The run {run.id}")


def predictions_file(run: Run) -> Path:
    """The Parquet file of a finished run's predictions."""
    return run.path / _PREDICTIONS


def scores_file(run: Run) -> Path:
    """The Parquet file of a finished run's scores."""
    return run.path / _SCORES


def read_provenance(run: Run) -> dict[str, Any]:
    """How the run came about; empty before it is finished."""
    return files.read_json(run.path / _PROVENANCE)


def diff(a: Run, b: Run) -> pd.DataFrame:
    """Rows [setting, a, b] of what differs between two runs: settings, objectives, data, packages, commit, hardware."""
    return made.difference(made.record(a.config, read_provenance(a)), made.record(b.config, read_provenance(b)))


def delete(run_id: str, root: Path | None = None) -> None:
    """Remove a run with all its files. Raises InputError for shipped and for running ones."""
    run = find(run_id, root)
    if run.shipped:
        raise InputError(f"The run {run.id} is shipped with the program and cannot be deleted.")
    if run.state == "running" or process(run):
        raise InputError(f"The run {run.id} is running; cancel it before you delete it.")
    files.remove_at_once(run.path)
