"""How far a reader gets without understanding: naive Bayes over surface features of the miniature's English pairs.

`python -m tests.artifacts` prints the accuracies on the development split, after 3,000 training pairs, that docs/miniature.md
quotes. One third is chance.
"""

import math
from collections import Counter, defaultdict
from functools import cache

from engine.miniature import splits
from engine.miniature.realisation import sentence
from engine.miniature.splits import Scene

TRAINED_ON = 3_000


@cache
def words(scene: Scene) -> tuple[str, ...]:
    return tuple(sentence(scene, "en").text.lower().rstrip(".").split())


def hypothesis_only(premise: Scene, hypothesis: Scene) -> list[str]:
    """The hypothesis's words and their neighbours, as if there were no premise."""
    said = words(hypothesis)
    return [*said, *(f"{a} {b}" for a, b in zip(said, said[1:], strict=False)), f"length {len(said)}"]


def shared(premise: Scene, hypothesis: Scene) -> list[str]:
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


FEATURES = {"hypothesis only": hypothesis_only, "shared words": shared, "overlap": overlap, "overlap and denials": overlap_and_denials}


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


def report() -> dict[str, float]:
    """Accuracy on the development split by kind of feature."""
    train, dev = splits.read("train")[:TRAINED_ON], splits.read("dev")
    return {name: accuracy(features, train, dev) for name, features in FEATURES.items()}


if __name__ == "__main__":
    for name, value in report().items():
        print(f"{name}: {value:.3f}")
