"""Everyday pairs as a source: authored pairs such as people type, sentence by sentence in every language.

They are written without regard to the miniature's words and frames. A row of a training file is a premise with a hypothesis for each label. Of a
file that is scored on it is a hypothesis with a premise for each label, so that the hypothesis alone tells nothing; in `turned` every row that is
trained on has one of its hypotheses turned into such a three. The same row is the same in every language. Training labels are English alone; the
training texts are there in the other languages too, those that are translated, without labels, to learn from translations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from engine import tasks
from engine.errors import InputError, did_you_mean
from engine.miniature import lexicon
from engine.results import Example

FOLDER = Path(__file__).parents[1] / "miniature" / "everyday"
LABELS = tasks.classification("nli").labels
SCORED = {"dev": (0,), "test": (1, 2, 3)}
"""Which of every four rows that are scored on belong to a split."""


def languages(argument: str, task: str) -> list[str]:
    """The languages that the miniature speaks."""
    if task != "nli":
        raise InputError(did_you_mean(task, ["nli"], "task of the everyday pairs"))
    return lexicon.languages()


def splits(argument: str, task: str, language: str) -> list[str]:
    """All three in every language; train has labels in English alone."""
    return ["train", "dev", "test"]


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """All pairs of a split, those of a row after each other; of training, the turned ones last."""
    return list(_read(language, split, FOLDER))


@lru_cache(maxsize=64)
def _read(language: str, split: str, folder: Path) -> tuple[Example, ...]:
    if split == "train":
        trained = rows(folder / "train" / f"{language}.tsv", "premise")
        turned = enumerate(rows(folder / "turned" / f"{language}.tsv", "hypothesis"))
        pairs = [(f"train-{number:04d}", row[0], said, label) for number, row in enumerate(trained) for label, said in _labelled(row)]
        pairs += [(f"turned-{number:04d}", said, row[0], label) for number, row in turned for label, said in _labelled(row) if said != trained[number][0]]
    else:
        scored = rows(folder / "scored" / f"{language}.tsv", "hypothesis")
        pairs = [(f"{split}-{number:04d}", said, row[0], label) for number, row in enumerate(scored) if number % 4 in SCORED[split] for label, said in _labelled(row)]
    labelled = language == "en" or split != "train"
    return tuple(
        Example(f"{item}-{label[0]}", "nli", language, premise, hypothesis, language, label if labelled else None, split)
        for item, premise, hypothesis, label in pairs
    )


def _labelled(row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What a row says beside its first text, with its labels."""
    return zip(LABELS, row[1:], strict=True)


def rows(path: Path, first: str) -> list[tuple[str, ...]]:
    """The rows of a file, a text in the column `first` and one for each label. Raises InputError with file, line and reason for one that is malformed."""
    columns = (first, *LABELS)
    place = f"{path.parent.name}/{path.name}"
    header, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    if tuple(header.split("\t")) != columns:
        raise InputError(f"{place}, line 1: the columns are {', '.join(columns)}, got {header[:80]!r}.")
    found: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, 2):
        row = tuple(line.split("\t"))
        if len(row) != len(columns) or not all(text.strip() for text in row):
            raise InputError(f"{place}, line {number}: {len(columns)} texts separated by tabs are needed, got {line[:80]!r}.")
        found.append(row)
    return found


def forget() -> None:
    """Let go of what was read."""
    _read.cache_clear()
