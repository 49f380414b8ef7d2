"""What a run will cost before it is started: steps, scored texts, and the time that like runs took. Imports no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from engine import data, runs
from engine.config import Evaluation, RunConfig, Stage
from engine.runs import Run
from engine.training.batches import SOURCE_LANGUAGE, shares


@dataclass(frozen=True)
class Estimate:
    """Training steps (forward passes), texts to be scored, and seconds."""

    steps: int
    texts: int
    seconds: float
    """NaN where no finished run of the same encoder, objective and frozen parts tells."""
    basis: str
    """The run that the time was read from; empty without one."""


def estimate(config: RunConfig, root: Path | None = None) -> Estimate:
    """Steps and texts counted from the data; time per example from the newest like run, so only as good as the likeness.

    Reads the data sets, which a hub source downloads. Raises InputError where they cannot be read.
    """
    steps, texts = sum(map(_steps, config.stages)), _texts(config.evaluation)
    like = next((run for run in runs.all_runs(root) if run.state == "finished" and _alike(run, config)), None)
    if like is None or like.config is None:
        return Estimate(steps, texts, math.nan, "")
    seconds = float(runs.read_provenance(like).get("seconds", math.nan))
    # Training costs about three passes per example where scoring costs one: forward and backward.
    share = (3 * sum(_per_epoch(stage) * stage.epochs for stage in config.stages) + texts) / max(1, _passes(like, like.config))
    return Estimate(steps, texts, seconds * share, like.id)


def _steps(stage: Stage) -> int:
    return math.ceil(_per_epoch(stage) / stage.batch_size) * stage.epochs


def _per_epoch(stage: Stage) -> int:
    sizes = [len(data.examples(task, SOURCE_LANGUAGE, "train")) for task in stage.tasks]
    return sum(shares(sizes, stage.mixing))


def _texts(evaluation: Evaluation) -> int:
    total = 0
    for task in evaluation.tasks:
        languages = evaluation.languages or tuple(data.languages(task))
        versions = 1 + len(evaluation.perturbations) + (len(languages) - 1 if evaluation.generalized else 0)
        total += versions * sum(len(data.examples(task, code, evaluation.split, evaluation.limit)) for code in languages)
    return total


def _passes(run: Run, config: RunConfig) -> int:
    """What a finished run has done, from its own records: its data need not be on this machine (the shipped runs used real data)."""
    progress, scores = runs.read_progress(run), runs.read_scores(run)
    trained = progress[progress["phase"] == "train"].groupby("stage")["steps"].max() if "stage" in progress else {}
    examples = sum(steps * config.stages[int(stage)].batch_size for stage, steps in trained.items())
    return int(3 * examples + scores.loc[scores["metric"] == "accuracy", "n"].sum())


def _alike(run: Run, config: RunConfig) -> bool:
    """Whether the other run trained as much of the same encoder with the same objectives in the same order, with or without translations."""
    if run.config is None or run.config.encoder != config.encoder:
        return False
    first, second = ([(s.objective, s.frozen, s.consistency > 0) for s in one.stages] for one in (run.config, config))
    return first == second
