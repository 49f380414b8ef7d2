"""How far a reader gets without understanding: naive Bayes over surface features of the miniature's English pairs and of the everyday ones.

`python -m tests.artifacts` prints the accuracies that docs/miniature.md quotes: on the development and the test split after all training
pairs. One third is chance.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

from engine import data
from engine.config import TaskData
from engine.miniature import splits
from engine.miniature.items import Item
from engine.miniature.meanings import CONTENT_SLOTS, Scene
from engine.miniature.realisation import sentence


@cache
def words(said: Scene | str) -> tuple[str, ...]:
    return tuple((said if isinstance(said, str) else sentence(said, "en").text).lower().rstrip(".").split())


def hypothesis_only(premise: Scene | str, hypothesis: Scene | str) -> list[str]:
    """The hypothesis's words and their neighbours, as if there were no premise."""
    said = words(hypothesis)
    return [*said, *(f"{a} {b}" for a, b in zip(said, said[1:], strict=False)), f"length {len(said)}"]


def premise_only(premise: Scene | str, hypothesis: Scene | str) -> list[str]:
    """The premise's words and their neighbours, as if there were no hypothesis."""
    return hypothesis_only(hypothesis, premise)


def slots(premise: Scene, hypothesis: Scene) -> list[str]:
    """Which parts of the scene differ (who, what is done, where, and so on) and whether the hypothesis denies: no word itself."""
    return [f"{' '.join(s for s in CONTENT_SLOTS if getattr(premise, s) != getattr(hypothesis, s))} {hypothesis.negated}"]


def shared(premise: Scene | str, hypothesis: Scene | str) -> list[str]:
    """How many words the two sentences share, and nothing else."""
    return [f"shared {(Counter(words(premise)) & Counter(words(hypothesis))).total()}"]


def overlap(premise: Scene, hypothesis: Scene) -> list[str]:
    """How many words the hypothesis adds to the premise, leaves out of it, and how the lengths differ: no word itself."""
    first, second = (Counter(w for w in words(s) if w not in ("did", "not")) for s in (premise, hypothesis))
    return [f"new {(second - first).total()}", f"gone {(first - second).total()}", f"longer {second.total() - first.total()}"]


def overlap_and_denials(premise: Scene, hypothesis: Scene) -> list[str]:
    """Overlap, and which of the two sentences deny: the logic of denial itself, without the meaning of any other word."""
    denied = f"denied {premise.negated} {hypothesis.negated}"
    return [denied, *(f"{denied} {feature}" for feature in overlap(premise, hypothesis))]


FEATURES = {
    "hypothesis only": hypothesis_only, "shared words": shared, "overlap": overlap, "overlap and denials": overlap_and_denials,
    "premise only": premise_only, "differing slots": slots,
}  # fmt: skip


def accuracy(features, train, test) -> float:
    """Accuracy of multinomial naive Bayes with add-one smoothing."""
    counts, labels = defaultdict(Counter), Counter(label for *_, label in train)
    for premise, hypothesis, label in train:
        counts[label].update(features(premise, hypothesis))
    known = len(set().union(*counts.values()))
    totals = {label: counts[label].total() + known for label in labels}

    def score(label, seen):
        likelihood = sum(math.log((counts[label][feature] + 1) / totals[label]) for feature in seen)
        return math.log(labels[label]) + likelihood

    guesses = (max(sorted(labels), key=lambda label, p=p, h=h: score(label, features(p, h))) for p, h, _ in test)
    return sum(guess == label for guess, (*_, label) in zip(guesses, test, strict=True)) / len(test)


def report(train: Sequence[Item], test: Sequence[Item]) -> dict[str, float]:
    """Accuracy on the second items, learnt from the first, by kind of feature. Scenes are read plainly, whatever their frame."""
    first, second = ([(*(s.scene for s in item.sayings), item.label) for item in items] for items in (train, test))
    return {name: accuracy(features, first, second) for name, features in FEATURES.items()}


@cache
def shipped() -> dict[str, dict[str, float]]:
    """Accuracy on the shipped splits, by split and kind of feature."""
    return {split: report(splits.read("nli", "train"), splits.read("nli", split)) for split in ("dev", "test")}


def everyday() -> dict[str, float]:
    """Accuracy on the test split of the everyday pairs, learnt from their training split, by kind of feature that needs no scenes."""
    first, second = ([(e.text, e.text_pair, e.label) for e in data.examples(TaskData("nli", "everyday"), "en", split)] for split in ("train", "test"))
    return {name: accuracy(FEATURES[name], first, second) for name in ("hypothesis only", "shared words", "premise only")}


if __name__ == "__main__":
    for split, found in shipped().items():
        print(split, {features: round(value, 3) for features, value in found.items()})
    print("everyday", {features: round(value, 3) for features, value in everyday().items()})
