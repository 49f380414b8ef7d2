"""Scenes into sentences, and the gold word alignment between languages that comes with them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.miniature.lexicon import Entry, grammar, load
from engine.miniature.meanings import Scene

Choose = Callable[[str], Entry]
"""Given a concept, the entry to say it with."""


@dataclass(frozen=True)
class Word:
    """One word of a realised sentence and the slot of the scene it says ("negation" for a denial)."""

    text: str
    slot: str
    glued: bool = False
    """Written without a space before it, as Arabic and Chinese particles and clitics may be."""


@dataclass(frozen=True)
class Span:
    """One word of a finished sentence: characters `start:end`, and its slot."""

    text: str
    start: int
    end: int
    slot: str


@dataclass(frozen=True)
class Sentence:
    """A realised scene: the text, and every word with its place and slot."""

    text: str
    language: str
    spans: tuple[Span, ...]


def canonical(language: str) -> Choose:
    """Always the first word of a concept."""
    lexicon = load(language)
    return lambda concept: lexicon[concept][0]


def at_random(language: str, rng: random.Random) -> Choose:
    """Any word of a concept, each equally likely; the same one throughout a sentence is not promised."""
    lexicon = load(language)
    return lambda concept: rng.choice(lexicon[concept])


def sentence(scene: Scene, language: str, choose: Choose | None = None) -> Sentence:
    """The scene said in a language, with canonical words unless `choose` picks others."""
    module = grammar(language)
    words = list(module.realise(scene, choose or canonical(language)))
    text = ""
    spans: list[Span] = []
    for word in _single_words(words, module.SPACED):
        if text and module.SPACED and not word.glued:
            text += " "
        shown = word.text
        if not text and module.CAPITALS:
            shown = shown[:1].upper() + shown[1:]
        spans.append(Span(shown, len(text), len(text) + len(shown), word.slot))
        text += shown
    return Sentence(text + module.STOP, language, tuple(spans))


def _single_words(words: list[Word], spaced: bool) -> Iterator[Word]:
    """Multi-word forms ("last week") as one Word each where the language writes spaces."""
    for word in words:
        parts = word.text.split(" ") if spaced else [word.text.replace(" ", "")]
        for index, part in enumerate(parts):
            yield Word(part, word.slot, word.glued and index == 0)


def align(first: Sentence, second: Sentence) -> list[tuple[int, int]]:
    """Gold alignment of two realisations of one scene: index pairs of words that say the same slot."""
    return [(i, j) for i, a in enumerate(first.spans) for j, b in enumerate(second.spans) if a.slot == b.slot]
