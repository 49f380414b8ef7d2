"""Samples premise and hypothesis scenes with balanced labels, in fixed splits that share no content words combination."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from engine.miniature.meanings import (
    CONTENT_SLOTS,
    LABELS,
    NOUN_CLASSES,
    Scene,
    ancestors,
    can_take,
    concepts,
    label,
    of_kind,
    relation,
    slot_relations,
)

SPLIT_SIZES = {"train": 12_000, "dev": 600, "test": 600}
SEED = 20_261_121
OPTIONAL = ("who_quality", "whom_quality", "where", "when")


def split_of(scene: Scene) -> str:
    """The split that a scene belongs to, by a hash of who did what to whom: no such combination is in two splits."""
    digest = hashlib.sha256(f"{scene.who} {scene.action} {scene.whom}".encode()).digest()
    return "test" if digest[0] < 26 else "dev" if digest[0] < 39 else "train"


@cache
def _objects(action: str) -> tuple[str, ...]:
    return tuple(n for n in of_kind(*NOUN_CLASSES) if can_take(action, n) and concepts()[n].kind != "person")


@cache
def _qualities(noun: str) -> tuple[str, ...]:
    return tuple(q for q in of_kind("quality") if can_take(q, noun))


def random_scene(rng: random.Random) -> Scene:
    """Any scene that makes sense; each optional slot is said about half of the time."""
    who = rng.choice(of_kind("person", "animal")) if rng.random() < 0.25 else rng.choice(of_kind("person"))
    human = concepts()[who].kind == "person"
    action = rng.choice(of_kind("action") if human else _animal_actions())
    whom = rng.choice(_objects(action)) if concepts()[action].takes else ""
    return Scene(
        who=who,
        action=action,
        number=rng.choice(of_kind("number")) if rng.random() < 0.35 else "",
        who_quality=_maybe(rng, 0.3, _qualities(who)),
        whom=whom,
        whom_quality=_maybe(rng, 0.5, _qualities(whom)) if whom else "",
        where=_maybe(rng, 0.6, of_kind("place")),
        when=_maybe(rng, 0.6, of_kind("time")),
        negated=rng.random() < 0.3,
    )


@cache
def _animal_actions() -> tuple[str, ...]:
    return ("sleep", "run", "swim", "wait", "fall", "eat", "drink_up", "see", "find", "hide")


def _maybe(rng: random.Random, chance: float, values: tuple[str, ...]) -> str:
    return rng.choice(values) if values and rng.random() < chance else ""


def scenes(split: str, seed: int) -> Iterator[Scene]:
    """An endless stream of scenes of one split."""
    rng = random.Random(seed)
    while True:
        scene = random_scene(rng)
        if split_of(scene) == split:
            yield scene


def pairs(split: str, size: int | None = None) -> list[tuple[Scene, Scene, str]]:
    """The split's premise, hypothesis and label triples: fixed, distinct, a third each, shuffled."""
    rng = random.Random(f"{SEED}-{split}")
    wanted = size or SPLIT_SIZES[split]
    found: dict[tuple[Scene, Scene], str] = {}
    while len(found) < wanted:
        target = LABELS[len(found) % 3]
        pair = _pair(rng, target, split)
        if pair and pair not in found:
            found[pair] = target
    items = [(p, h, named) for (p, h), named in found.items()]
    rng.shuffle(items)
    return items


DENIED = {"entailment": (True, False), "neutral": (True, False), "contradiction": (False,)}
"""Whether the premise can be denied where the hypothesis is denied, by label (see meanings.label)."""


def _plan(rng: random.Random, target: str) -> tuple[bool, bool, int]:
    """Denials of premise and hypothesis, and whether the hypothesis says less (-1), as much or more (1).

    The hypothesis's denial and its length are drawn with the same chances for every label, so that neither gives the label
    away; a longer hypothesis is entailed only under two denials, so those few are denied.
    """
    length = rng.choices((-1, 0, 1), (45, 45, 10))[0]
    denied = rng.random() < 0.35
    if length == 1:
        denied = {"entailment": True, "contradiction": False}.get(target, denied)
    if denied:
        return (length == 1 and target == "entailment") or rng.choice(DENIED[target]), True, length
    return target != "entailment" and rng.random() < 0.25, False, length


def _pair(rng: random.Random, target: str, split: str) -> tuple[Scene, Scene] | None:
    """One pair with the target label, or None where the draw came out otherwise."""
    premise_denied, hypothesis_denied, length = _plan(rng, target)
    premise = next(s for s in iter(lambda: random_scene(rng), None) if split_of(s) == split)
    premise = replace(premise, negated=premise_denied)
    for _ in range(60):
        hypothesis = premise
        for _ in range(rng.choice((1, 2, 2))):
            hypothesis = changed(rng, hypothesis)
        hypothesis = replace(hypothesis, negated=hypothesis_denied)
        if (
            _length(hypothesis) - _length(premise) == length
            and label(premise, hypothesis) == target
            and split_of(hypothesis) == split
            and _indisputable(premise, hypothesis)
        ):
            return premise, hypothesis
    return None


def _length(scene: Scene) -> int:
    return sum(bool(getattr(scene, slot)) for slot in CONTENT_SLOTS)


def _indisputable(premise: Scene, hypothesis: Scene) -> bool:
    """No pair whose label hangs on the same-event convention twice: at most one slot may exclude the other's."""
    kinds = list(slot_relations(premise, hypothesis).values())
    return hypothesis != premise and kinds.count("disjoint") <= 1


def changed(rng: random.Random, scene: Scene) -> Scene:
    """The scene with one slot generalised, specialised, dropped, added or put in another's place."""
    slot = rng.choice(CONTENT_SLOTS)
    value = getattr(scene, slot)
    return replace(scene, **{slot: rng.choice(_alternatives(scene, slot, value) or [value])})


def _alternatives(scene: Scene, slot: str, value: str) -> list[str]:
    """Values that a slot can change to, hypernyms and hyponyms as often as all other values together."""
    if slot in ("where", "when"):
        rivals = [c for c in of_kind("place" if slot == "where" else "time") if relation(value, c) == "disjoint"]
        return _weighted([""] if value else [], rivals or list(of_kind("place" if slot == "where" else "time")))
    if slot == "number":
        return [n for n in ["", *of_kind("number")] if n != value]
    if slot in ("who_quality", "whom_quality"):
        noun = scene.who if slot == "who_quality" else scene.whom
        fitting = _qualities(noun) if noun else ()
        rivals = [q for q in fitting if relation(value, q) == "disjoint"]
        return _weighted([""] if value else [], rivals or list(fitting))
    if slot == "action":
        same = [a for a in of_kind("action") if a != value and _fits(scene, a)]
        return _weighted([a for a in same if relation(value, a) == "disjoint"], same)
    if slot == "whom" and not value:
        return []
    return _nouns(scene, slot, value)


def _nouns(scene: Scene, slot: str, value: str) -> list[str]:
    """Other nouns for who or whom that keep the action and the quality sensible."""
    if slot == "who":
        quality = scene.who_quality
        pool = [n for n in of_kind(concepts()[value].kind) if not quality or can_take(quality, n)]
    else:
        quality = scene.whom_quality
        pool = [n for n in _objects(scene.action) if not quality or can_take(quality, n)]
    kin = [n for n in pool if n != value and (n in ancestors(value) or value in ancestors(n))]
    return _weighted(kin, [n for n in pool if n != value and n not in kin])


def _fits(scene: Scene, action: str) -> bool:
    if concepts()[scene.who].kind == "animal" and action not in _animal_actions():
        return False
    return can_take(action, scene.whom) if scene.whom else not concepts()[action].takes


def _weighted(first: list[str], second: list[str]) -> list[str]:
    """Both lists, repeated so that each is drawn about equally often."""
    if not first or not second:
        return first or second
    return first * len(second) + second * len(first)
