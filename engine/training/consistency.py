"""Cross-lingual consistency: what is predicted of a translation shall be what is predicted of the original, under any objective.

xTune's example consistency (Zheng et al. 2021, arXiv 2106.08226) with translations that a source has. Theirs is symmetric, with the gradient stopped
on one side of each half; here the original alone teaches, for it has the label. Labels of translations are never read.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from engine import data
from engine.config import Stage
from engine.errors import InputError
from engine.models import Model, logits
from engine.results import Example
from engine.training.batches import SOURCE_LANGUAGE

Known = dict[Example, list[Example]]
"""By training example the same item in other languages."""


def translations(stage: Stage, sets: Sequence[Sequence[Example]]) -> Known:
    """The translations of a stage's training examples, found by their ids in the training splits of other languages.

    Raises InputError where no example has any.
    """
    found: Known = {}
    for task, examples in zip(stage.tasks, sets, strict=True):
        by_id: dict[str, list[Example]] = {}
        for code in data.languages(task):
            if code != SOURCE_LANGUAGE and "train" in data.splits(task, code):
                for said in data.examples(replace(task, limit=0), code, "train"):
                    by_id.setdefault(said.id, []).append(said)
        found |= {e: by_id[e.id] for e in examples if e.id in by_id}
    if not found:
        names = " and ".join(task.source for task in stage.tasks)
        raise InputError(f"Consistency needs training texts with translations, and {names} has none; add the source everyday, or one with a training split in several languages.")
    return found


def drawn(batch: Sequence[Example], known: Known, rng: random.Random) -> list[tuple[Example, Example]]:
    """The examples of a batch that have translations, each with one of them, its language drawn evenly."""
    return [(e, rng.choice(known[e])) for e in batch if e in known]


def loss(model: Model, pairs: Sequence[tuple[Example, Example]]) -> Tensor:
    """The mean KL divergence of what is predicted of translations from what is predicted, without dropout or gradient, of the originals."""
    network = model.network
    with torch.no_grad():
        network.eval()
        wanted = logits(network, model.encode([original for original, _ in pairs])).float().softmax(-1)
        network.train()
    found = logits(network, model.encode([said for _, said in pairs])).float().log_softmax(-1)
    return functional.kl_div(found, wanted, reduction="batchmean")
