"""Task formats. `TASKS` maps a task's name to its labels and to the columns that its data sets use."""

from __future__ import annotations

from engine.errors import InputError, did_you_mean
from engine.tasks.classification import NLI, PARAPHRASE, Classification

TASKS: dict[str, Classification] = {task.name: task for task in (NLI, PARAPHRASE)}


def get(name: str) -> Classification:
    """The task of this name, or InputError that lists the known ones."""
    if name not in TASKS:
        raise InputError(did_you_mean(name, list(TASKS), "task"))
    return TASKS[name]


def check_labels(task: str, labels: tuple[str, ...], model: str, data_labels: set[str]) -> None:
    """Raise InputError, showing both sides, unless every label of the data is one of the model's label names."""
    missing = sorted(data_labels - set(labels))
    if missing:
        raise InputError(
            f"The labels of model {model} ({', '.join(labels)}) do not cover the labels of the {task} data "
            f"({', '.join(sorted(data_labels))}): {', '.join(missing)} is unknown to it. Choose a model trained for this task."
        )
