"""Character noise that knows scripts: swap, drop, insert, substitute, and typo, their mix.

Noise of this kind breaks neural models on clean-text benchmarks (Belinkov and Bisk 2018, arXiv:1711.02173; Pruthi et al. 2019,
arXiv:1905.11268). Everything is done to clusters, the characters that readers see, so a Hindi vowel sign never loses its
consonant, and new letters come from the text's own script and language. In alphabets the first and last letter of a word
stay, as both papers have it: words of up to two letters are never touched, and swap needs four. In other scripts a cluster
is a syllable or a word of its own, words have few of them, and every one may change, but no word vanishes whole
unless it is one of a run that is written without spaces.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine import text as texts
from engine.perturbations.alphabets import ALPHABETIC, letter, substitute
from engine.perturbations.edits import Perturbation, drawn, how_many
from engine.results import Edit, Perturbed
from engine.text import Span


@dataclass(frozen=True, slots=True)
class Word:
    """One word among the clusters of what is written together: clusters[first:last]."""

    clusters: list[Span]
    first: int
    last: int


Operation = Callable[[Word, str, random.Random], list[Edit]]
"""All the edits of one kind that a word allows, replacement letters drawn at random."""


def words(text: str, language: str) -> list[Word]:
    """Every word of the text with its clusters; words of scripts without spaces share the clusters of their run."""
    found: list[Word] = []
    for run, kind in texts.runs(text):
        clusters = texts.clusters(text, run)
        if kind == "spaced":
            found.append(Word(clusters, 0, len(clusters)))
            continue
        places = {c.start: i for i, c in enumerate(clusters)}
        starts = [places[w.start] for w in texts.segment(run, kind, language) if w.start in places]
        found.extend(Word(clusters, a, b) for a, b in zip(starts, [*starts[1:], len(clusters)], strict=True))
    return found


def _inner(word: Word) -> list[int]:
    """Indices of the clusters of a word that may change: letters, never a digit or an apostrophe."""
    ends = {word.first, word.last - 1} if texts.script_of(word.clusters[word.first].text) in ALPHABETIC else set()
    return [i for i in range(word.first, word.last) if i not in ends and word.clusters[i].text[0].isalpha()]


def swap(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """Two neighbouring clusters change places."""
    inner = set(_inner(word))
    found: list[Edit] = []
    for i in sorted(inner):
        # In a run without spaces the next word's first cluster is a neighbour like any other.
        reachable = i + 1 in inner or (i + 1 == word.last < len(word.clusters))
        if reachable and (a := word.clusters[i]).text != (b := word.clusters[i + 1]).text:
            found.append(Edit(a.start, b.end, a.text + b.text, b.text + a.text))
    return found


def drop(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """One cluster is left out."""
    if len(word.clusters) < 2:
        return []
    return [Edit(c.start, c.end, c.text, "") for i in _inner(word) for c in [word.clusters[i]]]


def insert(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """A letter is put in after a cluster, never at either end of a word in an alphabet."""
    found: list[Edit] = []
    for i in _inner(word):
        at = word.clusters[i].end
        if new := letter(word.clusters[i].text, language, rng):
            found.append(Edit(at, at, "", new))
    return found


def replace(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """One cluster becomes another of its script."""
    found: list[Edit] = []
    for i in _inner(word):
        old = word.clusters[i]
        if new := substitute(old.text, language, rng):
            found.append(Edit(old.start, old.end, old.text, new))
    return found


def typo(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """The edits of one of the four kinds, each kind equally likely among those that the word allows."""
    for operation in rng.sample((swap, drop, insert, replace), 4):
        if found := operation(word, language, rng):
            return found
    return []


def every(word: Word, language: str, rng: random.Random) -> list[Edit]:
    """The edits of all four kinds, for a search to choose from."""
    return [edit for operation in (swap, drop, replace, insert) for edit in operation(word, language, rng)]


def _apply(operation: Operation, text: str, language: str, severity: float, rng: random.Random) -> Perturbed:
    found = words(text, language)
    places = [partial(operation, word, language, rng) for word in found]
    reason = "No word of this text is long enough for this noise, or its script has no list of letters."
    return drawn(text, how_many(severity, len(found)), places, rng, reason)


_SCRIPTS = "Every script; new letters come from the text's own."

NOISE = tuple(
    Perturbation(name, title, help, scripts, partial(_apply, operation))
    for name, title, help, scripts, operation in (
        ("swap", "Swapped letters", "Two neighbouring letters inside a word change places.", "Every script.", swap),
        ("drop", "Dropped letters", "One letter inside a word is left out.", "Every script.", drop),
        ("insert", "Inserted letters", "A letter of the same script is put into a word.", _SCRIPTS, insert),
        ("substitute", "Wrong letters", "One letter inside a word becomes another of its script.", _SCRIPTS, replace),
        ("typo", "Typos", "Swapped, dropped, inserted and wrong letters, mixed.", _SCRIPTS, typo),
    )
)
