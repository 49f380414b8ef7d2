"""The order of the data: which examples are seen in which step, decided by the seed alone so that a resumed run agrees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from engine import data
from engine.config import Stage
from engine.errors import InputError
from engine.results import Example

SOURCE_LANGUAGE = "en"
DEV_LIMIT = 600
"""Development examples per task that checkpoints are chosen by, fewer where `limit` is smaller: a fixed sample of the whole
file, since files are often sorted by source or label."""


def training_sets(stage: Stage) -> list[list[Example]]:
    """The labelled source-language training examples of every task of a stage."""
    found = []
    for task in stage.tasks:
        examples = [e for e in data.examples(task, SOURCE_LANGUAGE, "train") if e.label is not None]
        if not examples:
            raise InputError(f"{task.source} has no labelled {SOURCE_LANGUAGE} training examples.")
        found.append(examples)
    return found


def development_set(stage: Stage) -> list[Example]:
    """Source-language development examples of all tasks; empty where no source has any."""
    found: list[Example] = []
    for task in stage.tasks:
        try:
            labelled = [e for e in data.examples(replace(task, limit=0), SOURCE_LANGUAGE, "dev") if e.label is not None]
        except InputError:
            continue  # a source may have no development split; then the last weights are kept
        found += random.Random(DEV_LIMIT).sample(labelled, min(DEV_LIMIT, task.limit or DEV_LIMIT, len(labelled)))
    return found


def shares(sizes: Sequence[int], mixing: float) -> list[int]:
    """How many examples of each set an epoch sees: in proportion to size ** mixing, as many in all as there are."""
    weights = [size**mixing for size in sizes]
    return [max(1, round(sum(sizes) * w / sum(weights))) for w in weights]


def epoch_batches(sets: Sequence[Sequence[Example]], stage: Stage, seed: str) -> list[list[Example]]:
    """One epoch: shuffled, and cut into batches of about equal length so that little is padding."""
    rng = random.Random(seed)
    drawn: list[Example] = []
    for examples, count in zip(sets, shares([len(s) for s in sets], stage.mixing), strict=True):
        while count > 0:
            drawn += rng.sample(examples, min(count, len(examples)))
            count -= len(examples)
    rng.shuffle(drawn)
    pool = stage.batch_size * 50
    batches = []
    for start in range(0, len(drawn), pool):
        some = sorted(drawn[start : start + pool], key=lambda e: len(e.text) + len(e.text_pair or ""))
        batches += [some[i : i + stage.batch_size] for i in range(0, len(some), stage.batch_size)]
    rng.shuffle(batches)
    return batches
