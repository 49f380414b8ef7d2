"""Formats of one sentence: part of speech (UD-POS), named entities (PANX), retrieval (Tatoeba, BUCC) and topic (SIB-200)."""

from __future__ import annotations

import random
from collections.abc import Callable

from engine.miniature.items import Item, Saying
from engine.miniature.meanings import TOPICS, Scene
from engine.miniature.scenes import SEED, in_split, named_scene, random_scene, some_manner, topic_scene


def words(split: str, size: int) -> list[Item]:
    """Sentences whose words are to be tagged; a quarter of them hold names."""
    return _distinct("pos", split, size, lambda rng: named_scene(rng) if rng.random() < 0.25 else random_scene(rng))


def names(split: str, size: int) -> list[Item]:
    """Sentences whose names are to be found; one in six has none."""
    return _distinct("ner", split, size, lambda rng: named_scene(rng) if rng.random() < 0.85 else random_scene(rng))


def retrieval(split: str, size: int) -> list[Item]:
    """Sentences to be found among their translations; no two of a split say the same."""
    return _distinct("retrieval", split, size, random_scene)


def topic(split: str, size: int) -> list[Item]:
    """Sentences about the seven topics, as many of each."""
    rng = random.Random(f"{SEED}-topic-{split}")
    found: dict[Scene, Item] = {}
    while len(found) < size:
        label = TOPICS[len(found) % len(TOPICS)]
        scene = in_split(rng, split, lambda rng, label=label: topic_scene(rng, label))  # type: ignore[misc]
        found.setdefault(scene, Item(label, (Saying(scene, some_manner(rng)),)))
    return _shuffled(found, rng)


def _distinct(task: str, split: str, size: int, draw: Callable[[random.Random], Scene]) -> list[Item]:
    rng = random.Random(f"{SEED}-{task}-{split}")
    found: dict[Scene, Item] = {}
    while len(found) < size:
        scene = in_split(rng, split, draw)
        found.setdefault(scene, Item("", (Saying(scene, some_manner(rng)),)))
    return _shuffled(found, rng)


def _shuffled(found: dict[Scene, Item], rng: random.Random) -> list[Item]:
    items = list(found.values())
    rng.shuffle(items)
    return items
