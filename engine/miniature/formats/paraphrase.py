"""Paraphrase identification with word-order traps (PAWS-X format; Zhang et al. 2019).

Both sentences of a pair have the same words. A paraphrase says the same scene in another frame (passive, cleft, adverbial in
front); otherwise two participants, or what they are like, have changed places. Frames differ as often in both kinds of pair.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from engine.miniature.items import Item, Saying
from engine.miniature.meanings import Scene, can_take, concepts, of_kind
from engine.miniature.scenes import SEED, in_split, qualities, random_scene, split_of

LABELS = ("different", "paraphrase")


def sample(split: str, size: int) -> list[Item]:
    """The items of a split: distinct, half of each label, shuffled."""
    rng = random.Random(f"{SEED}-paraphrase-{split}")
    found: dict[tuple[Scene, Scene], Item] = {}
    while len(found) < size:
        label = LABELS[len(found) % 2]
        first = in_split(rng, split, _two_people)
        traps = [s for s in swapped(first) if split_of(s) == split]
        if traps:
            second = first if label == "paraphrase" else rng.choice(traps)
            found.setdefault((first, second), Item(label, (Saying(first), Saying(second, rng.randrange(1, 13)))))
    items = list(found.values())
    rng.shuffle(items)
    return items


def _two_people(rng: random.Random) -> Scene:
    """One person doing something to another, by name or not, never more than one agent."""
    while True:
        scene = random_scene(rng, animals=0.0)
        if scene.whom and can_take(scene.action, "person"):
            people = of_kind("person", "name")
            who, whom = rng.sample(people, 2)
            scene = replace(scene, who=who, whom=whom, number="", who_quality="", whom_quality="")
            first, second = qualities(who), qualities(whom)
            if first and second and rng.random() < 0.7:
                shared = [q for q in first if q in second]
                scene = replace(scene, who_quality=rng.choice(first if rng.random() < 0.5 else shared or first), whom_quality=rng.choice(second))
            if scene.who_quality != scene.whom_quality or not scene.who_quality:
                return scene


def swapped(scene: Scene) -> Iterator[Scene]:
    """The scene with the two people in each other's place, and with their qualities exchanged where both fit."""
    if can_take(scene.action, concepts()[scene.who].parent or scene.who):
        yield replace(scene, who=scene.whom, whom=scene.who, who_quality=scene.whom_quality, whom_quality=scene.who_quality)
    if scene.who_quality and can_take(scene.who_quality, scene.whom) and can_take(scene.whom_quality, scene.who):
        yield replace(scene, who_quality=scene.whom_quality, whom_quality=scene.who_quality)
