"""Natural-language inference (XNLI format): premise, hypothesis, and the label that natural logic gives.

No label can be guessed from the hypothesis alone or from the overlap of the two sentences. Candidates are drawn in plenty, and a
pair is kept only while it leaves every shallow feature balanced over the labels, greedily: a constructive form of what
adversarial filtering (Le Bras et al. 2020, AFLite) does after the fact.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import replace
from functools import lru_cache

from engine.miniature.changes import changes, replaced
from engine.miniature.items import Item, Saying
from engine.miniature.meanings import CONTENT_SLOTS, LABELS, Scene, label
from engine.miniature.realisation import sentence
from engine.miniature.scenes import SEED, random_scene, some_manner, split_of

SHARE = 1.15
"""A label may have as many items with a shallow feature as the rarest label times SHARE, and some slack more."""
PATIENCE = 1_500
"""Draws in a row that come to nothing before the slack grows by one: some features cannot be balanced (numbers exclude each other,
so a changed number is never neutral) and must stay rare instead."""


def sample(split: str, size: int) -> list[Item]:
    """The items of a split: distinct, as many of each label (a multiple of six in all), shuffled."""
    rng = random.Random(f"{SEED}-nli-{split}")
    counts: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)
    kept: dict[tuple[Scene, Scene], Item] = {}
    # As many hypotheses deny under every label: the denial alone says nothing.
    missing = {(name, negated): size // len(LABELS) // 2 for name in LABELS for negated in (False, True)}
    slack, failed = 2, 0
    while any(missing.values()):
        wanted, negated = rng.choice([cell for cell, left in missing.items() if left])
        pair = _candidate(rng, split, wanted, negated, counts)
        if pair is None or pair in kept or not _balanced(counts, pair, wanted, slack):
            failed += 1
            if failed == PATIENCE:
                slack, failed = slack + 1, 0
            continue
        for feature in shallow(*pair):
            counts[feature][wanted] += 1
        missing[wanted, negated] -= 1
        failed = 0
        kept[pair] = Item(wanted, (Saying(pair[0], some_manner(rng)), Saying(pair[1], some_manner(rng))))
    items = list(kept.values())
    rng.shuffle(items)
    return items


def _balanced(counts: defaultdict[Hashable, Counter[str]], pair: tuple[Scene, Scene], name: str, slack: int) -> bool:
    """Whether one more item of this label leaves every shallow feature of the pair balanced over the labels."""
    for feature in shallow(*pair):
        rarest = min(counts[feature][other] for other in LABELS)
        # Concepts are many, and some cannot be balanced; numbers of words are few, and must be.
        limit = SHARE * rarest + slack if feature[0] in ("comes", "goes", "hypothesis") else 1.05 * rarest + 3
        if counts[feature][name] >= limit:
            return False
    return True


def shallow(premise: Scene, hypothesis: Scene) -> Iterator[tuple[Hashable, ...]]:
    """What can be seen without understanding: how many words come and go under which denials, each side's denial, which slots
    differ, and every concept that comes, goes, or stands in the hypothesis."""
    denials = premise.negated, hypothesis.negated
    old = {(s, getattr(premise, s)) for s in CONTENT_SLOTS if getattr(premise, s)}
    new = {(s, getattr(hypothesis, s)) for s in CONTENT_SLOTS if getattr(hypothesis, s)}
    yield "overlap", len(new - old), len(old - new), denials
    first, second = _words(premise), _words(hypothesis)
    comes, goes = (second - first).total(), (first - second).total()
    yield from (("comes_count", comes, denials), ("goes_count", goes, denials), ("longer", comes - goes, denials), ("words", comes, goes, denials))
    yield "length", len(new), hypothesis.negated
    for side, items in (("comes", new - old), ("goes", old - new), ("hypothesis", new)):
        for item in items:
            yield side, item
            if side == "hypothesis":
                yield side, item, hypothesis.negated


def _surplus(counts: defaultdict[Hashable, Counter[str]], name: str, negated: bool, slot: str, value: str) -> int:
    """How many more items of this label than of the rarest say this new value."""
    said = counts["hypothesis", (slot, value), negated]
    return said[name] - min(said[label] for label in LABELS)


STRUCTURES = {
    "forward": (("forward",), ("forward", "forward"), ("forward", "dropped")),
    "disjoint": (("disjoint",), ("disjoint", "forward"), ("disjoint", "forward"), ("disjoint", "dropped")),
    "reverse": (("reverse",), ("reverse", "forward"), ("reverse", "forward"), ("reverse", "forward"), ("reverse", "dropped"), ("added", "forward")),
}
"""Ways to make a hypothesis from a premise: changes by the relation that they make between the two (see meanings.relation). The
same numbers of words come and go in all three. Never a denied premise: with two denials nothing contradicts, and with the
premise's alone nothing is entailed, so the denials would tell the label. And at least one word comes new, since a hypothesis
that only leaves words out is entailed (or, denied, contradicted)."""
STRUCTURE_OF = {
    ("entailment", False): "forward", ("contradiction", False): "disjoint", ("neutral", False): "reverse",
    ("contradiction", True): "forward", ("entailment", True): "disjoint", ("neutral", True): "reverse",
}
"""What the hypothesis must be, by label and by whether it is denied."""


@lru_cache(maxsize=200_000)
def _words(scene: Scene) -> Counter[str]:
    """The English words of a scene but for its denial: places have three, qualities one, a number changes its noun's form, too, and
    a denial that of the verb."""
    return Counter(span.text.lower() for span in sentence(scene, "en").spans if span.slot != "negation" and span.text != "did")


def _candidate(
    rng: random.Random, split: str, wanted: str, negated: bool, counts: defaultdict[Hashable, Counter[str]]
) -> tuple[Scene, Scene] | None:
    """One pair with the wanted label, or None where the draw came to nothing. Of several changes that would do, the one is taken
    whose words are most lacking under this label: hypernyms come easily into what is entailed, and seldom into what is neutral."""
    premise = replace(random_scene(rng), negated=False)
    if split_of(premise) != split:
        return None
    hypothesis = premise
    for kind in rng.choice(STRUCTURES[STRUCTURE_OF[wanted, negated]]):
        ways = changes(premise, hypothesis, kind)
        # Most changes of who did what to whom leave a small split, so many are tried.
        drawn = [rng.choice(ways) for _ in range(20 if ways else 0)]
        drawn.sort(key=lambda way: _surplus(counts, wanted, negated, *way))
        changed = next((h for way in drawn if split_of(h := replaced(hypothesis, *way)) == split), None)
        if changed is None:
            return None
        hypothesis = changed
    hypothesis = replace(hypothesis, negated=negated)
    return (premise, hypothesis) if split_of(hypothesis) == split and label(premise, hypothesis) == wanted else None
