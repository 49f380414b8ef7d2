"""Sentence similarity from 0 to 5 (STS format; Cer et al. 2017), scored by how much of what two sentences say is the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from engine.miniature.changes import changed
from engine.miniature.items import Item, Saying
from engine.miniature.meanings import Scene, concepts, relation
from engine.miniature.scenes import SEED, in_split, random_scene, some_manner, split_of

WEIGHTS = {"who": 2.0, "action": 3.0, "whom": 2.0, "where": 1.0, "when": 1.0, "who_quality": 0.5, "whom_quality": 0.5, "number": 0.5}
"""What each slot counts for: the event and its participants most, as in the guidelines of STS (3: important information differs)."""


def score(first: Scene, second: Scene) -> float:
    """0 to 5: five times the weighted share of slots that say the same, half of that where only one sentence denies.

    A hypernym or hyponym counts 0.6, another concept of the same class 0.15 (0.3 for the same topic), one side unsaid 0.3.
    """
    slots = [s for s in WEIGHTS if getattr(first, s) or getattr(second, s)]
    same = sum(WEIGHTS[s] * _alike(getattr(first, s), getattr(second, s)) for s in slots)
    share = same / sum(WEIGHTS[s] for s in slots)
    return round(5 * share * (0.5 if first.negated != second.negated else 1.0), 1)


def _alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if not a or not b:
        return 0.3
    if relation(a, b) in ("forward", "reverse"):
        return 0.6
    first, second = concepts()[a], concepts()[b]
    if first.topic and first.topic == second.topic:
        return 0.3
    return 0.15 if first.kind == second.kind else 0.0


def sample(split: str, size: int) -> list[Item]:
    """The items of a split, about as many in every sixth of the scale."""
    rng = random.Random(f"{SEED}-similarity-{split}")
    found: dict[tuple[Scene, Scene], Item] = {}
    filled = [0] * 6
    for first, second in _candidates(rng, split):
        value = score(first, second)
        level = min(5, round(value))
        if filled[level] <= size // 6 and (first, second) not in found:
            filled[level] += 1
            found[first, second] = Item(f"{value:.1f}", (Saying(first, some_manner(rng)), Saying(second, some_manner(rng))))
        if len(found) == size:
            break
    items = list(found.values())
    rng.shuffle(items)
    return items


def _candidates(rng: random.Random, split: str) -> Iterator[tuple[Scene, Scene]]:
    """The same scene, scenes ever more changes away, and unrelated ones."""
    while True:
        first = in_split(rng, split)
        for changes in range(9):
            second = first
            for _ in range(changes):
                second = changed(rng, second)
            if rng.random() < 0.15:
                second = replace(second, negated=not second.negated)
            if split_of(second) == split:
                yield first, second
        yield first, in_split(rng, split, random_scene)
