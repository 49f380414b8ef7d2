"""Samples scenes that make sense: any, about one topic, or with named people, organisations and places."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from engine.miniature.meanings import NOUN_CLASSES, Scene, can_take, concepts, of_kind

ANIMAL_ACTIONS = ("sleep", "run", "swim", "wait", "fall", "eat", "drink_up", "see", "find", "hide", "jump", "rest", "follow")
ORGANISATION_ACTIONS = ("help", "thank", "praise", "criticise", "invite", "buy", "sell", "build", "sue", "test", "invent", "send", "receive", "show")

SEED = 20_261_121


def split_of(scene: Scene) -> str:
    """The split that a scene belongs to, by a hash of who did what to whom: no such combination is in two splits."""
    digest = hashlib.sha256(f"{scene.who} {scene.action} {scene.whom}".encode()).digest()
    return "test" if digest[0] < 26 else "dev" if digest[0] < 39 else "train"


def scenes(split: str, seed: int) -> Iterator[Scene]:
    """An endless stream of scenes of one split."""
    rng = random.Random(seed)
    while True:
        yield in_split(rng, split)


def in_split(rng: random.Random, split: str, draw: Callable[[random.Random], Scene] | None = None) -> Scene:
    """A scene of one split, drawn as `draw` does (any scene without it)."""
    while True:
        scene = (draw or random_scene)(rng)
        if split_of(scene) == split:
            return scene


def some_manner(rng: random.Random) -> int:
    """How to say a scene: plainly six times in ten (see items.Saying)."""
    return rng.randrange(1, 13) if rng.random() < 0.4 else 0


@cache
def objects(action: str) -> tuple[str, ...]:
    """Nouns that an action can have as its object."""
    return tuple(n for n in of_kind(*NOUN_CLASSES) if can_take(action, n))


@cache
def qualities(noun: str) -> tuple[str, ...]:
    """Qualities that can describe a noun; none for names."""
    return tuple(q for q in of_kind("quality") if concepts()[noun].kind in NOUN_CLASSES and can_take(q, noun))


def random_scene(rng: random.Random, animals: float = 0.12) -> Scene:
    """Any scene that makes sense; each optional slot is said about half of the time."""
    who = rng.choice(of_kind("animal") if rng.random() < animals else of_kind("person"))
    return around(rng, who, rng.choice(ANIMAL_ACTIONS if concepts()[who].kind == "animal" else of_kind("action")))


def around(rng: random.Random, who: str, action: str) -> Scene:
    """A scene with this agent and action."""
    fitting = [n for n in objects(action) if n != who]
    whom = rng.choice(fitting) if concepts()[action].takes else ""
    return Scene(
        who=who,
        action=action,
        number=maybe(rng, 0.35, of_kind("number")) if concepts()[who].kind in ("person", "animal") else "",
        who_quality=maybe(rng, 0.3, qualities(who)),
        whom=whom,
        whom_quality=maybe(rng, 0.5, qualities(whom)) if whom else "",
        where=maybe(rng, 0.6, of_kind("place")),
        when=maybe(rng, 0.6, of_kind("time")),
        negated=rng.random() < 0.3,
    )


def maybe(rng: random.Random, chance: float, values: tuple[str, ...]) -> str:
    """One of the values with this chance, otherwise nothing."""
    return rng.choice(values) if values and rng.random() < chance else ""


def named_scene(rng: random.Random) -> Scene:
    """A scene with a named person or organisation as agent or object, mostly in a named place."""
    people, organisations = of_kind("name"), of_kind("organisation")
    if rng.random() < 0.3:
        scene = around(rng, rng.choice(organisations), rng.choice(ORGANISATION_ACTIONS))
    else:
        scene = around(rng, rng.choice(people if rng.random() < 0.7 else of_kind("person")), rng.choice(of_kind("action")))
    if can_take(scene.action, "person") and rng.random() < 0.7:
        others = [n for n in (*people, *organisations) if n != scene.who]
        scene = replace(scene, whom=rng.choice(others), whom_quality="")
    return replace(scene, where=rng.choice(of_kind("city")) if rng.random() < 0.8 else scene.where)


def topic_scene(rng: random.Random, topic: str) -> Scene:
    """A scene that speaks of a topic: at least two of its words do, and no word speaks of another."""
    while True:
        scene = random_scene(rng)
        found = [concepts()[value].topic for value in said(scene)]
        if found.count(topic) >= 2 and set(found) <= {topic, ""}:
            return scene


def said(scene: Scene) -> Iterator[str]:
    """The concepts that a scene says."""
    for value in (scene.who, scene.number, scene.who_quality, scene.action, scene.whom, scene.whom_quality, scene.where, scene.when):
        if value:
            yield value
