"""Task formats. `TASKS` maps a task's name to its labels and to the columns that its data sets use."""

from __future__ import annotations

from engine.errors import InputError, did_you_mean
from engine.tasks.classification import NLI, PARAPHRASE, TOPIC, Classification
from engine.tasks.formats import ANSWERS, CHOICE, NER, POS, QA, RETRIEVAL, SIMILARITY, Format

Task = Classification | Format

__all__ = ["TASKS", "Classification", "Format", "Task", "check_labels", "classification", "get"]

TASKS: dict[str, Task] = {task.name: task for task in (NLI, PARAPHRASE, CHOICE, POS, NER, QA, RETRIEVAL, ANSWERS, SIMILARITY, TOPIC)}


def get(name: str) -> Task:
    """The task of this name, or InputError that lists the known ones."""
    if name not in TASKS:
        raise InputError(did_you_mean(name, list(TASKS), "task"))
    return TASKS[name]


def classification(name: str) -> Classification:
    """The task of this name as one that models are trained and scored on; InputError for a task that has only data so far."""
    task = get(name)
    if not isinstance(task, Classification):
        trained = ", ".join(t.name for t in TASKS.values() if isinstance(t, Classification))
        raise InputError(f"Models are not trained or scored on the task {name} yet, its data can be browsed and exported; trained are {trained}.")
    return task


def check_labels(task: str, labels: tuple[str, ...], model: str, data_labels: set[str]) -> None:
    """Raise InputError, showing both sides, unless every label of the data is one of the model's label names."""
    missing = sorted(data_labels - set(labels))
    if missing:
        raise InputError(
            f"The labels of model {model} ({', '.join(labels)}) do not cover the labels of the {task} data "
            f"({', '.join(sorted(data_labels))}): {', '.join(missing)} is unknown to it. Choose a model trained for this task."
        )
