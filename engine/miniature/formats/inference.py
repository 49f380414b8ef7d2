"""Natural-language inference (XNLI format): premise, hypothesis, and the label that natural logic gives.

Pairs come in threes: one hypothesis with three premises, one for each label, which in plain English share as many words with it and leave as many
out; they are said in one frame. So a reader of the hypothesis alone is right in exactly one of three, whatever it has learned, and one of the overlap
nearly so (not every premise has what a frame moves): contrast sets (Gardner et al. 2020) by construction. What premises say, and which slots differ, is balanced over the
labels as far as meanings allow.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from engine.miniature.changes import changes, replaced
from engine.miniature.items import Item, Saying
from engine.miniature.meanings import CONTENT_SLOTS, LABELS, Scene, label, relation
from engine.miniature.realisation import sentence
from engine.miniature.scenes import SEED, random_scene, some_manner, split_of

Premises = Mapping[str, Scene]
"""A premise for every label."""

DRAWS = 24
"""Premises that are drawn for a hypothesis and a label."""
TRIES = 20
"""Changes that are tried: most that touch who did what to whom leave a small split."""


def sample(split: str, size: int) -> list[Item]:
    """The items of a split: distinct, three with every hypothesis, one of each label, shuffled. `size` is a multiple of six: as many hypotheses deny."""
    rng = random.Random(f"{SEED}-nli-{split}")
    counts: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    missing = {negated: size // (2 * len(LABELS)) for negated in (False, True)}
    used: set[Scene] = set()
    items: list[Item] = []
    while any(missing.values()):
        negated = rng.choice([n for n, left in missing.items() if left])
        hypothesis = _hypothesis(rng, split, negated)
        premises = _premises(rng, split, hypothesis, counts) if hypothesis and hypothesis not in used else None
        if hypothesis is None or premises is None:
            continue
        said, manner = Saying(hypothesis, some_manner(rng)), some_manner(rng)
        for name, premise in premises.items():
            for feature in shallow(premise, hypothesis):
                counts[feature][name] += 1
            items.append(Item(name, (Saying(premise, manner), said)))
        used.add(hypothesis)
        missing[negated] -= 1
    rng.shuffle(items)
    return items


def overlap(premise: Scene, hypothesis: Scene) -> tuple[int, int, int, int]:
    """What is equal in three pairs with one hypothesis: how many English words and how many slots are new in it, and how many of the premise's are gone."""
    first, second = _words(premise), _words(hypothesis)
    old, new = _said(premise), _said(hypothesis)
    return (second - first).total(), (first - second).total(), len(new - old), len(old - new)


def shallow(premise: Scene, hypothesis: Scene) -> Iterator[tuple[Hashable, ...]]:
    """What is balanced as far as can be: what the premise says, and which slots differ."""
    old, new = _said(premise), _said(hypothesis)
    yield from (("premise", slot, value) for slot, value in sorted(old))
    yield "slots", tuple(sorted({slot for slot, _ in new ^ old})), hypothesis.negated


def _said(scene: Scene) -> set[tuple[str, str]]:
    return {(slot, value) for slot in CONTENT_SLOTS if (value := getattr(scene, slot))}


@lru_cache(maxsize=1_000)
def _words(scene: Scene) -> Counter[str]:
    return Counter(sentence(scene, "en").text.lower().rstrip(".").split())


def _hypothesis(rng: random.Random, split: str, negated: bool) -> Scene | None:
    """A scene in which up to two nouns are general ones, for what is entailed is often so. None where the draw came to nothing."""
    scene = replace(random_scene(rng), negated=False)
    if split_of(scene) != split:
        return None
    for _ in range(rng.choice((0, 1, 1, 2))):
        scene = _changed(rng, split, scene, changes(scene, scene, "forward")) or scene
    return replace(scene, negated=negated)


PREMISES = {
    "forward": (("narrower",), ("narrower", "narrower"), ("narrower", "added")),
    "disjoint": (("disjoint",), ("disjoint", "narrower"), ("disjoint", "added"), ("disjoint", "dropped"), ("disjoint", "forward")),
    "reverse": (("forward",), ("reverse",), ("forward", "reverse"), ("forward", "added"), ("dropped", "reverse"), ("dropped", "added")),
}
"""Ways to make a premise from a hypothesis, by the relation that is to hold from the one to the other (see meanings.relation): each change is the
opposite of what leads there (`narrower` is a hyponym). Never a denied premise: with two denials nothing contradicts, and with the premise's alone nothing is entailed."""
RELATION = {
    ("entailment", False): "forward", ("contradiction", False): "disjoint", ("neutral", False): "reverse",
    ("contradiction", True): "forward", ("entailment", True): "disjoint", ("neutral", True): "reverse",
}
"""The relation, by label and by whether the hypothesis denies."""


def _premises(rng: random.Random, split: str, hypothesis: Scene, counts: defaultdict[Hashable, Counter[str]]) -> Premises | None:
    """A premise for each label, equal in overlap; of several, those whose shallow features are most lacking. None where the draws came to nothing."""
    affirmed = replace(hypothesis, negated=False)
    ways: dict[tuple[Scene, str], list[tuple[str, str]]] = {}
    drawn: dict[tuple[int, ...], dict[str, list[Scene]]] = {}
    for number, name in enumerate(LABELS):
        for _ in range(DRAWS):
            premise: Scene | None = affirmed
            for kind in rng.choice(PREMISES[RELATION[name, hypothesis.negated]]):
                if premise:
                    if (premise, kind) not in ways:
                        ways[premise, kind] = _ways(affirmed, premise, kind)
                    premise = _changed(rng, split, premise, ways[premise, kind])
            if premise and label(premise, hypothesis) == name:
                drawn.setdefault(overlap(premise, hypothesis), {}).setdefault(name, []).append(premise)
        drawn = {alike: found for alike, found in drawn.items() if len(found) == number + 1}
        if not drawn:
            return None
    best = [{name: min((_surplus(counts, name, p, hypothesis), i, p) for i, p in enumerate(of_label)) for name, of_label in found.items()} for found in drawn.values()]
    return {name: premise for name, (_, _, premise) in min(best, key=lambda one: sum(surplus for surplus, *_ in one.values())).items()}


def _ways(hypothesis: Scene, premise: Scene, kind: str) -> list[tuple[str, str]]:
    if kind == "narrower":
        return [(slot, value) for slot, value in changes(hypothesis, premise, "reverse") if relation(getattr(hypothesis, slot), value) == "reverse"]
    return changes(hypothesis, premise, kind)


def _surplus(counts: defaultdict[Hashable, Counter[str]], name: str, premise: Scene, hypothesis: Scene) -> float:
    """How much oftener than the rarest label this one has the pair's shallow features, each as a share."""
    total = 0.0
    for feature in shallow(premise, hypothesis):
        of_all = [counts[feature][other] for other in LABELS]
        total += (counts[feature][name] - min(of_all)) / (1 + max(of_all))
    return total


def _changed(rng: random.Random, split: str, scene: Scene, ways: Sequence[tuple[str, str]]) -> Scene | None:
    """The scene with one of these changes, in its split; None where none is found."""
    for _ in range(TRIES if ways else 0):
        changed = replaced(scene, *rng.choice(ways))
        if split_of(changed) == split:
            return changed
    return None
