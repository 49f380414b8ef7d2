"""Changes a scene in one slot: what pretraining detects and inference pairs are made of."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from engine.miniature.meanings import CONTENT_SLOTS, Scene, ancestors, can_take, concepts, of_kind, relation
from engine.miniature.scenes import ANIMAL_ACTIONS, objects, qualities


def changes(premise: Scene, scene: Scene, kind: str) -> list[tuple[str, str]]:
    """Slots of the scene that still say what the premise says, with new values that stand in this relation to it.

    `kind` is forward (a hypernym), reverse (a hyponym, or another quality, time or place that is compatible), disjoint (what excludes it), dropped, or added.
    """
    free = [s for s in CONTENT_SLOTS if getattr(scene, s) == getattr(premise, s)]
    if kind == "dropped":
        return [(s, "") for s in free if s in OPTIONAL and getattr(scene, s)]
    if kind == "added":
        return [(s, value) for s in free if s in OPTIONAL and not getattr(scene, s) for value in _values(scene, s)]
    found = []
    for slot in free:
        old = getattr(scene, slot)
        if old or slot == "number":
            wanted = ("reverse", "independent") if kind == "reverse" else (kind,)
            fitting = [v for v in _values(scene, slot) if v != old and ("disjoint" if slot == "number" else relation(old, v)) in wanted]
            found += [(slot, v) for v in fitting]
    return _evenly(found)


T = TypeVar("T")
OPTIONAL = ("who_quality", "whom_quality", "where", "when")


def _evenly(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The nouns' changes as often as all others together: only nouns have hypernyms, and the slot that changes must not tell."""
    nouns = [f for f in found if f[0] in ("who", "whom")]
    return _weighted(nouns, [f for f in found if f not in nouns])


def _values(scene: Scene, slot: str) -> tuple[str, ...]:
    """Every value that a slot can take in this scene."""
    match slot:
        case "where" | "when":
            return of_kind("place" if slot == "where" else "time")
        case "number":
            return ("", *of_kind("number")) if concepts()[scene.who].kind in ("person", "animal") else ("",)
        case "who_quality" | "whom_quality":
            noun = scene.who if slot == "who_quality" else scene.whom
            return qualities(noun) if noun else ()
        case "action":
            return _fitting_actions(concepts()[scene.who].kind == "animal", scene.whom)
    return _fitting_nouns(slot, scene.who if slot == "who" else scene.action, scene.who_quality if slot == "who" else scene.whom_quality)


@cache
def _fitting_nouns(slot: str, by: str, quality: str) -> tuple[str, ...]:
    pool = of_kind(concepts()[by].kind) if slot == "who" else objects(by)
    return tuple(n for n in pool if not quality or can_take(quality, n))


def replaced(scene: Scene, slot: str, value: str) -> Scene:
    """The scene with another value in one slot."""
    values: dict[str, Any] = {slot: value}
    return replace(scene, **values)


def changed(rng: random.Random, scene: Scene, slots: tuple[str, ...] = CONTENT_SLOTS) -> Scene:
    """The scene with one of these slots generalised, specialised, dropped, added or put in another's place."""
    slot = rng.choice(slots)
    value = getattr(scene, slot)
    return replaced(scene, slot, rng.choice(_alternatives(scene, slot, value) or [value]))


def _alternatives(scene: Scene, slot: str, value: str) -> list[str]:
    """Values that a slot can change to, hypernyms and hyponyms as often as all other values together."""
    if slot in ("where", "when"):
        rivals = [c for c in of_kind("place" if slot == "where" else "time") if relation(value, c) == "disjoint"]
        return _weighted([""] if value else [], rivals or list(of_kind("place" if slot == "where" else "time")))
    if slot == "number":
        return [n for n in ["", *of_kind("number")] if n != value]
    if slot in ("who_quality", "whom_quality"):
        noun = scene.who if slot == "who_quality" else scene.whom
        fitting = qualities(noun) if noun else ()
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
        pool = [n for n in objects(scene.action) if not quality or can_take(quality, n)]
    kin = [n for n in pool if n != value and (n in ancestors(value) or value in ancestors(n))]
    return _weighted(kin, [n for n in pool if n != value and n not in kin])


def _fits(scene: Scene, action: str) -> bool:
    return action in _fitting_actions(concepts()[scene.who].kind == "animal", scene.whom)


@cache
def _fitting_actions(animal: bool, whom: str) -> tuple[str, ...]:
    some = [a for a in of_kind("action") if a in ANIMAL_ACTIONS or not animal]
    return tuple(a for a in some if (can_take(a, whom) if whom else not concepts()[a].takes))


def _weighted(first: list[T], second: list[T]) -> list[T]:
    """Both lists, repeated so that each is drawn about equally often."""
    if not first or not second:
        return first or second
    return first * len(second) + second * len(first)
