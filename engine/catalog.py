"""Which models there are and where their files lie, without loading any. Imports no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from engine import runs, tasks
from engine.config import OBJECTIVE_SETTINGS
from engine.errors import InputError, did_you_mean

ENCODERS = {name: Path(__file__).parent / "miniature" / "encoders" / name for name in ("mini", "tiny", "small")}
"""Encoders that ship with the project; what is offered first is the one that the shipped models are trained on."""


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model before it is loaded."""

    name: str
    kind: str
    """shipped or run."""
    task: str
    encoder: str
    objective: str
    seed: int
    labels: tuple[str, ...]


def list_models(root: Path | None = None) -> list[ModelCard]:
    """Every model that is ready: the shipped ones and the finished training runs, shipped first."""
    cards = []
    for run in runs.all_runs(root):
        if run.state != "finished" or run.config is None or not run.config.stages:
            continue
        stage = run.config.stages[-1]
        labels = tasks.classification(stage.tasks[0].task).labels
        kind = "shipped" if run.shipped else "run"
        cards.append(ModelCard(run.id, kind, stage.tasks[0].task, run.config.encoder, stage.objective.name, run.config.seed, labels))
    return sorted(cards, key=_order)


def shareable() -> dict[str, Path]:
    """What a checkpoint may share weights with (see shared): the folders of the encoders and models that ship, by name."""
    return ENCODERS | runs.shipped_checkpoints()


def _order(card: ModelCard) -> tuple[bool, int, int, int]:
    """Shipped models first, by seed, task and objective, so that further seeds come last among them; other runs stay as they come."""
    if card.kind != "shipped":
        return True, 0, 0, 0
    return False, card.seed, list(tasks.TASKS).index(card.task), list(OBJECTIVE_SETTINGS).index(card.objective)


def resolve(name: str, root: Path | None = None) -> str:
    """Folder or hub id of a model or encoder by name. Raises InputError with near names for an unknown one."""
    name = name.strip()
    if name in ENCODERS:
        return str(ENCODERS[name])
    known = {run.id: run for run in runs.all_runs(root)}
    if name in known:
        return str(_checkpoint(known[name]))
    folder = Path(name).expanduser()
    if folder.is_dir():
        return str(_checked_folder(folder))
    if name.count("/") == 1 and not name.startswith((".", "/", "~")) and ".." not in name:
        return name
    raise InputError(did_you_mean(name, [*(c.name for c in list_models(root)), *ENCODERS], "model") + " A folder or a hub id (namespace/name) works too.")


def _checkpoint(run: runs.Run) -> Path:
    if run.config is not None and not run.config.stages:
        raise InputError(f"The run {run.id} evaluated {run.config.encoder} and has no model of its own; name that model instead.")
    if run.state != "finished":
        raise InputError(f"The run {run.id} has no model yet: it is {run.state}.")
    return runs.checkpoint(run)


def _checked_folder(folder: Path) -> Path:
    config = folder / "config.json"
    if not config.is_file():
        raise InputError(f"The folder {folder} holds no config.json, so it is no model.")
    try:
        json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The config.json in {folder} cannot be read: {error}.") from error
    return folder
