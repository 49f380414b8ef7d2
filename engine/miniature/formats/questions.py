"""Span question answering (XQuAD, MLQA, TyDiQA format) and retrieval of answers from a multilingual pool (LAReQA, Mewsli-X)."""

from __future__ import annotations

import random
from dataclasses import replace

from engine.miniature.items import Item, Saying
from engine.miniature.meanings import Scene, of_kind
from engine.miniature.scenes import SEED, around, in_split, named_scene, random_scene, some_manner, split_of

ASKED = ("who", "whom", "where", "when")


def sample(split: str, size: int) -> list[Item]:
    """Passages of four sentences and a question about one of them: the label says which (0 to 3), the last saying asks.

    Another sentence has the same agent, and another the same action, so no single word of the question finds the answer.
    """
    rng = random.Random(f"{SEED}-qa-{split}")
    items: dict[tuple[Scene, str], Item] = {}
    while len(items) < size:
        asked = ASKED[len(items) % len(ASKED)]
        answer = _answering(rng, split, asked)
        passage = _passage(rng, split, answer, asked)
        if passage is None or (answer, asked) in items:
            continue
        rng.shuffle(passage)
        openings = ["", *rng.sample(("then", "meanwhile", "however"), 2), "finally"]
        sayings = [Saying(s, 0 if opening else some_manner(rng), opening=opening) for s, opening in zip(passage, openings, strict=True)]
        items[answer, asked] = Item(str(passage.index(answer)), (*sayings, Saying(replace(answer, negated=False), ask=asked)))
    found = list(items.values())
    rng.shuffle(found)
    return found


def answers(split: str, size: int) -> list[Item]:
    """A question and the sentence that answers it, for pools of the answers in all languages."""
    rng = random.Random(f"{SEED}-answers-{split}")
    items: dict[Scene, Item] = {}
    while len(items) < size:
        asked = ASKED[len(items) % len(ASKED)]
        scene = _answering(rng, split, asked)
        items.setdefault(scene, Item(asked, (Saying(scene, ask=asked), Saying(scene, some_manner(rng)))))
    return list(items.values())


def _answering(rng: random.Random, split: str, asked: str) -> Scene:
    """An affirmed scene that says what is asked, and enough besides to be found."""
    while True:
        scene = replace(in_split(rng, split, lambda rng: named_scene(rng) if rng.random() < 0.3 else random_scene(rng, animals=0.0)), negated=False)
        said = sum(bool(getattr(scene, s)) for s in ("whom", "where", "when"))
        if getattr(scene, asked) and said >= 2:
            return scene


def _passage(rng: random.Random, split: str, answer: Scene, asked: str) -> list[Scene] | None:
    """The answering scene and three others of the split, none of which answers the question; None where the draw came to nothing."""
    others = [
        _drawn(rng, split, lambda: around(rng, answer.who, rng.choice(of_kind("action")))),
        _drawn(rng, split, lambda: around(rng, rng.choice(of_kind("person", "name")), answer.action)),
        in_split(rng, split),
    ]
    if None in others or any(_also_answers(o, answer, asked) for o in others if o):
        return None
    return [answer, *(o for o in others if o)]


def _drawn(rng: random.Random, split: str, draw: object) -> Scene | None:
    found = (draw() for _ in range(60))  # type: ignore[operator]
    return next((s for s in found if split_of(s) == split), None)


def _also_answers(other: Scene, answer: Scene, asked: str) -> bool:
    """Whether another scene has the action and all else that the question says."""
    said = [s for s in ("who", "action", "whom", "where", "when") if s != asked and getattr(answer, s)]
    return all(getattr(other, s) == getattr(answer, s) for s in said)
