"""Runs a whole experiment: its stages one after the other, then the evaluation, then the finished run folder."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType

import torch

from engine import catalog, data, models, runs, tasks
from engine.config import RunConfig, Stage, TaskData
from engine.errors import InputError
from engine.evaluation.evaluate import evaluate
from engine.evaluation.metrics import scores
from engine.models import Model
from engine.runs import Run
from engine.training.batches import SOURCE_LANGUAGE
from engine.training.loop import Cancelled, Watcher, saved_stage, train_stage


def execute(run: Run, stages: int | None = None) -> Run:
    """Carry a run to its end: train what is not trained yet, evaluate what is not evaluated yet, finish.

    With `stages` it ends after so many of them, and a later call goes on from there. A run that is finished is returned as it is. Cancelled (by request or SIGTERM) it keeps its state and raises Cancelled; on
    any other error it is marked as failed and the error is raised.
    """
    if run.state == "finished":
        return run
    if run.config is None:
        raise InputError(f"The settings of run {run.id} cannot be read: {run.message}")
    runs.set_process(run, os.getpid())
    cancelled = _stop_signal(run)
    try:
        return _execute(run, run.config, cancelled, stages)
    except Cancelled:
        runs.append_log(run, "Cancelled; the state is saved, and the run can be resumed.")
        raise
    except Exception as error:
        runs.fail(run, str(error) or type(error).__name__)
        raise


def _stop_signal(run: Run) -> Callable[[], bool]:
    """Whether the run is to stop: someone asked for it, or the process got SIGTERM."""
    told: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        told.append(number)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, remember)
    return lambda: bool(told) or runs.cancel_requested(run)


def _execute(run: Run, config: RunConfig, cancelled: Callable[[], bool], stages: int | None) -> Run:
    started = time.monotonic()
    torch.manual_seed(config.seed)
    tokens = 0
    if config.stages:
        model = _trainable(config, config.stages[0], run.path.parent)
        watch = Watcher(lambda **values: runs.append_progress(run, **values), cancelled, runs.resume_file(run))
        for number, stage in enumerate(config.stages):
            if number == stages:
                return run
            model = _with_head(model, stage, f"{config.seed}-{number}")
            if number >= saved_stage(watch.resume):
                runs.append_log(run, f"Stage {number + 1} of {len(config.stages)}: {stage.objective.name} on {stage.tasks[0].source}.")
                with models.plain_attention(model.network):
                    tokens += train_stage(model, stage, number, config.seed, watch).tokens
        model.network.save_pretrained(runs.checkpoint(run))
        model.tokenizer.save_pretrained(runs.checkpoint(run))
        model.network.eval().requires_grad_(False)
    else:
        model = models.load(config.encoder, run.path.parent)
    predictions = evaluate(model, config.evaluation, seed=config.seed, run=run, on_progress=_reporter(run, cancelled))
    seconds = time.monotonic() - started
    dtype = "bfloat16 autocast" if config.stages and models.has_bf16(model.device) else "float32"
    threads = torch.get_num_threads()
    where = f"{model.device.type}, {threads} thread{'s' if threads > 1 else ''}"
    made = runs.provenance(config, fingerprints(config), seconds, tokens, where, dtype)
    runs.append_log(run, "Finished.")
    return runs.finish(run, predictions, scores(predictions), made)


def _reporter(run: Run, cancelled: Callable[[], bool]) -> Callable[[int, int, str], None]:
    def report(done: int, total: int, what: str) -> None:
        runs.append_progress(run, phase="evaluate", step=done, steps=total, what=what)
        if cancelled():
            raise Cancelled

    return report


def _trainable(config: RunConfig, stage: Stage, root: Path) -> Model:
    """The encoder with a head for the first stage's labels, drawn from the run's seed where it has none for them."""
    place = catalog.resolve(config.encoder, root)
    labels = tasks.get(stage.tasks[0].task).labels
    network = models.load_network(config.encoder, place, labels, any_head=True)
    tokenizer = models.load_tokenizer(config.encoder, place, network)
    where = models.device()
    return Model(config.encoder, tokenizer, network.to(where), labels, models.max_length(tokenizer, network), where)


def _with_head(model: Model, stage: Stage, seed: str) -> Model:
    """The model as the stage needs it: its input length, and a new head where the labels are others than before.

    The head is drawn from `seed`, not from where torch's generator stands, which a resumed run would not know.
    """
    labels = tasks.get(stage.tasks[0].task).labels
    limit = min(stage.max_length, models.max_length(model.tokenizer, model.network))
    if labels == model.labels:
        return replace(model, max_length=limit)
    torch.manual_seed(random.Random(seed).getrandbits(62))
    fresh = models.new_head(model.network, labels)
    return replace(model, network=fresh.to(model.device), labels=labels, max_length=limit)


def fingerprints(config: RunConfig) -> dict[str, str]:
    """SHA-256 of every set of examples that the run trained on or was scored on in the source language."""
    found: dict[str, str] = {}

    def add(task: TaskData, language: str, split: str) -> None:
        found[f"{task.source} {task.task} {language} {split}"] = data.fingerprint(task, language, split)

    for stage in config.stages:
        for task in stage.tasks:
            add(task, SOURCE_LANGUAGE, "train")
    for task in config.evaluation.tasks:
        for language in config.evaluation.languages or data.languages(task):
            add(task, language, data.split_for(task, language, config.evaluation.split))
    return found
