"""Commands that take minutes: train, evaluate, pretrain, measure."""

from __future__ import annotations

import argparse
import dataclasses
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import config as configs
from engine import settings
from engine.commands import given
from engine.commands.answers import say
from engine.config import Evaluation, RunConfig, Stage, TaskData
from engine.errors import InputError, did_you_mean
from engine.lookup import looked_up
from engine.runs import Run

STAGE_NUMBERS = tuple(f for f in dataclasses.fields(Stage) if f.name not in ("tasks", "objective"))
"""The settings of a stage that have an option each."""


def run_config(options: argparse.Namespace) -> RunConfig:
    """The run that the options of `train` describe: those given change the last stage of the configuration."""
    config = configs.from_dict(given.json_file(options.config)) if options.config else RunConfig()
    if not config.stages:
        raise InputError("The configuration has no stages, so there is nothing to train; use evaluate, or give it a stage.")
    named = {name: value for name in ("encoder", "seed") if (value := getattr(options, name)) is not None}
    stage, evaluation = _stage(config.stages[-1], options), config.evaluation
    if stage.tasks != config.stages[-1].tasks:
        evaluation = replace(evaluation, tasks=(replace(stage.tasks[0], limit=0),))
    if options.perturbations is not None:
        evaluation = replace(evaluation, perturbations=given.perturbations(options.perturbations))
    return replace(config, **named, stages=(*config.stages[:-1], stage), evaluation=evaluation)


def _stage(stage: Stage, options: argparse.Namespace) -> Stage:
    changes: dict[str, Any] = {f.name: v for f in STAGE_NUMBERS if (v := getattr(options, f.name)) is not None}
    if options.objective:
        changes["objective"] = configs.OBJECTIVE_SETTINGS[options.objective]()
    sources = options.source.split("+") if options.source is not None else [t.source for t in stage.tasks]
    task = stage.tasks[0].task if options.task is None else options.task
    limits = [t.limit for t in stage.tasks] if options.source is None else [stage.tasks[0].limit] * len(sources)
    if options.limit is not None:
        limits = [options.limit] * len(sources)
    return replace(stage, **changes, tasks=tuple(TaskData(task, s, n) for s, n in zip(sources, limits, strict=True)))


def train(options: argparse.Namespace) -> dict[str, Any]:
    """Train, resume, or say that the run is finished."""
    from engine import runs

    root = given.root(options)
    run = runs.find(options.run, root) if options.run is not None else runs.create(looked_up(run_config(options), root), root)
    if run.state == "finished":
        say(f"The run {run.id} is finished already; nothing is left to do.")
        return {"run_id": run.id, "state": run.state, "resumed": False}
    if run.state == "running" and runs.process(run) is not None:
        raise InputError(f"The run {run.id} is running already; watch it in the dashboard, or cancel it first.")
    resumed = runs.resume_file(run).exists()
    say(f"{'Resuming' if resumed else 'Starting'} {run.id}.")
    return {"run_id": run.id, "state": _carry_out(run), "resumed": resumed}


def _carry_out(run: Run) -> str:
    from engine.training.loop import Cancelled
    from engine.training.recipe import execute

    try:
        return execute(run).state
    except Cancelled:
        raise KeyboardInterrupt from None  # a cancelled run leaves like one interrupted at the keyboard


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Score a model and save the result as a run."""
    from engine import runs

    root = given.root(options)
    languages = tuple(dict.fromkeys(c.strip() for c in options.languages.split(",") if c.strip()))
    if options.languages and not languages:
        raise InputError("--languages names none; write codes separated by commas, such as en,sw, or leave it out.")
    perturbations = given.perturbations(options.perturbations or "")
    task = TaskData(options.task, options.source)
    evaluation = Evaluation((task,), languages, perturbations, options.generalized, options.split, options.limit)
    run = runs.create(looked_up(RunConfig(options.model, (), evaluation, options.seed), root), root)
    if run.state == "finished":
        say(f"The run {run.id} is finished already; these are its scores.")
    else:
        _carry_out(run)
    return {"run_id": run.id, "scores": runs.read_scores(runs.find(run.id, root)).to_dict("records")}


def pretrain(options: argparse.Namespace) -> dict[str, Any]:
    """Pretrain an encoder."""
    from engine.pretraining.config import SIZES, PretrainConfig
    from engine.pretraining.pretrain import pretrain as run

    if options.size not in SIZES:
        raise InputError(did_you_mean(options.size, list(SIZES), "size of encoder"))
    changes = given.json_file(options.config) if options.config else {}
    changed = settings.to_dict(SIZES[options.size]) | changes if isinstance(changes, dict) else changes
    config = settings.from_dict(PretrainConfig, changed, "config")
    folder = _real_text(options)
    if options.tokenizer and (options.start or options.share):
        raise InputError(f"--{'start' if options.start else 'share'} brings its own tokenizer; leave --tokenizer out.")
    tokenizer, start, teacher, share = (Path(place) if place else None for place in (options.tokenizer, options.start, options.teacher, options.share))
    run(config, folder, Path(options.out), tokenizer, start, teacher, options.workers, share)
    return {"encoder": options.out}


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure encoders without fine-tuning."""
    from engine import catalog
    from engine.pretraining import measures

    for name in options.encoder:
        catalog.resolve(name)  # a name that is misspelt is refused before minutes are spent on the others
    folder = _real_text(options)
    if folder and not options.data and not (folder / "parallel" / "ntrex").is_dir():
        folder = None  # real data for something else
    return [row for name in options.encoder for row in measures.measure(name, folder)]


def _real_text(options: argparse.Namespace) -> Path | None:
    folder = options.data or os.environ.get("BABELPROOF_DATA")
    if folder and not Path(folder).is_dir():
        raise InputError(f"There is no folder {folder}; give --data a folder of real text, or leave it out to use the miniature alone.")
    return Path(folder) if folder else None
