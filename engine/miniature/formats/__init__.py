"""One sampler per task format. `FORMATS` maps a task's name to how its items are drawn from scenes and how many each split has.

Every format is drawn from the same scenes, and a combination of who did what to whom belongs to one split across all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.miniature.formats import choice, inference, paraphrase, questions, similarity, singles
from engine.miniature.items import Item


@dataclass(frozen=True)
class Format:
    """How the items of one split are drawn, and the size of each split."""

    sample: Callable[[str, int], list[Item]]
    sizes: dict[str, int]


def _sizes(train: int) -> dict[str, int]:
    return {"train": train, "dev": 600, "test": 600} if train else {"dev": 600, "test": 600}


FORMATS: dict[str, Format] = {
    "nli": Format(inference.sample, _sizes(20_004)),
    "paraphrase": Format(paraphrase.sample, _sizes(8_000)),
    "choice": Format(choice.sample, _sizes(4_000)),
    "pos": Format(singles.words, _sizes(4_000)),
    "ner": Format(singles.names, _sizes(4_000)),
    "qa": Format(questions.sample, _sizes(4_000)),
    "retrieval": Format(singles.retrieval, _sizes(0)),
    "answers": Format(questions.answers, _sizes(4_000)),
    "similarity": Format(similarity.sample, _sizes(4_000)),
    "topic": Format(singles.topic, _sizes(7_000)),
}
