"""Looks up everything that a run's settings name, so that what is not there is refused before the run is made. Imports no torch."""

from __future__ import annotations

from pathlib import Path

from engine import catalog, data, perturbations
from engine.config import CodeSwitch, RunConfig
from engine.errors import InputError, did_you_mean
from engine.perturbations import codeswitch


def looked_up(config: RunConfig, root: Path | None = None) -> RunConfig:
    """The config itself. Raises InputError for an encoder, a perturbation, a source, a language or a dictionary that is not there."""
    catalog.resolve(config.encoder, root)
    for perturbation in config.evaluation.perturbations:
        perturbations.get(perturbation.name)
    for stage in config.stages:
        if isinstance(stage.objective, CodeSwitch) and stage.objective.dictionary != "lexicon":
            codeswitch.dictionary_from_file(stage.objective.dictionary, "en")  # the language of training
        for task in stage.tasks:
            data.languages(task)
    for task in config.evaluation.tasks:
        have = data.languages(task)
        for language in config.evaluation.languages:
            if language not in have:
                raise InputError(did_you_mean(language, have, f"language of {task.source}"))
    return config
