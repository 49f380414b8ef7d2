"""The miniature as a source: English train and development splits, and a test split parallel in every language."""

from __future__ import annotations

from functools import lru_cache

from engine.errors import InputError
from engine.miniature import lexicon
from engine.miniature import splits as split_files
from engine.miniature.pairs import SPLIT_SIZES
from engine.miniature.realisation import sentence
from engine.results import Example


def languages(argument: str, task: str) -> list[str]:
    """The languages that the miniature speaks."""
    if task != "nli":
        raise InputError(f"The miniature has no {task} data yet; it has nli.")
    return lexicon.languages()


def splits(argument: str, task: str, language: str) -> list[str]:
    """All three in every language but train, which is English: transfer from it is zero-shot."""
    return [s for s in SPLIT_SIZES if s != "train" or language == "en"]


@lru_cache(maxsize=64)
def _read(language: str, split: str) -> tuple[Example, ...]:
    return tuple(
        Example(
            id=f"{split}-{index:05d}",
            task="nli",
            language=language,
            text=sentence(premise, language).text,
            text_pair=sentence(hypothesis, language).text,
            language_pair=language,
            label=label,
            split=split,
        )
        for index, (premise, hypothesis, label) in enumerate(split_files.read(split))
    )


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """All examples of a split, said with canonical words; the same id is the same pair of scenes in every language."""
    return list(_read(language, split))


def worked_examples(task: str, language: str) -> list[Example]:
    """A few test examples to start from in the browser: the first two of each label."""
    seen: dict[str, list[Example]] = {}
    for example in _read(language, "test"):
        of_label = seen.setdefault(example.label or "", [])
        if len(of_label) < 2:
            of_label.append(example)
    return [e for of_label in seen.values() for e in of_label]
