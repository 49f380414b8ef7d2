"""Everyday pairs as a source: authored premises, each with a hypothesis of every label, sentence by sentence in every language.

They are written as people write who try a model out, without regard to the miniature's words and frames. Training labels are English
alone; the training texts are there in the other languages too, those that are translated, without labels, to learn from translations.
A row of a language's file holds a premise and its hypotheses; the same row is the same item in every language.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine import tasks
from engine.errors import InputError, did_you_mean
from engine.miniature import lexicon
from engine.results import Example

FOLDER = Path(__file__).parents[1] / "miniature" / "everyday"
LABELS = tasks.classification("nli").labels
COLUMNS = ("premise", *LABELS)
SCORED = range(400, 800)
"""Rows that are not trained on; one of every four is for development."""


def languages(argument: str, task: str) -> list[str]:
    """The languages that the miniature speaks."""
    if task != "nli":
        raise InputError(did_you_mean(task, ["nli"], "task of the everyday pairs"))
    return lexicon.languages()


def splits(argument: str, task: str, language: str) -> list[str]:
    """All three in every language; train has labels in English alone."""
    return ["train", "dev", "test"]


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """All pairs of a split, a premise's three after each other."""
    return list(_read(language, split, FOLDER))


@lru_cache(maxsize=64)
def _read(language: str, split: str, folder: Path) -> tuple[Example, ...]:
    labelled = language == "en" or split != "train"
    return tuple(
        Example(f"{split}-{number:04d}-{label[0]}", "nli", language, row[0], said, language, label if labelled else None, split)
        for number, row in enumerate(rows(folder / f"{language}.tsv"))
        if _split(number) == split
        for label, said in zip(LABELS, row[1:], strict=True)
    )


def _split(number: int) -> str:
    return "train" if number not in SCORED else "dev" if number % 4 == 0 else "test"


def rows(path: Path) -> list[tuple[str, ...]]:
    """The rows of a file, a text for each of COLUMNS. Raises InputError with file, line and reason for one that is malformed."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    if tuple(header.split("\t")) != COLUMNS:
        raise InputError(f"{path.name}, line 1: the columns are {', '.join(COLUMNS)}, got {header[:80]!r}.")
    found: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, 2):
        row = tuple(line.split("\t"))
        if len(row) != len(COLUMNS) or not all(text.strip() for text in row):
            raise InputError(f"{path.name}, line {number}: {len(COLUMNS)} texts separated by tabs are needed, got {line[:80]!r}.")
        found.append(row)
    return found


def forget() -> None:
    """Let go of what was read."""
    _read.cache_clear()
