"""Scenes into tagged sentences, and the gold word alignment between languages that comes with them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.errors import InputError, did_you_mean
from engine.miniature.lexicon import Entry, grammar, load
from engine.miniature.meanings import Scene, concepts
from engine.miniature.tags import apart, split_tag

Choose = Callable[[str], Entry]
"""Given a concept, the entry to say it with."""
ASKED = ("who", "whom", "where", "when", "number")
"""Slots that can be asked for."""
CONTENT_TAGS = ("NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV")
ONE_WORD = ("negation", "question", "connective")
"""Slots whose words say one thing in every language, whatever part of speech they are there."""
DEFAULT_TAGS = {"action": "VERB", "negation": "PART", "question": "PRON", "who_quality": "ADJ", "whom_quality": "ADJ", "number": "NUM", "connective": "ADV"}
"""Part of speech of a word that does not say its own, by slot; a noun otherwise."""


@dataclass(frozen=True)
class Word:
    """Words of a realised sentence and the slot of the scene that they say ("negation" for a denial, "question" for an
    interrogative). Several words are separated by spaces, in every language; each may carry its UD tag: "the/DET teacher"."""

    text: str
    slot: str
    glued: bool = False
    """The first word is written without a space before it, as clitics may be."""


@dataclass(frozen=True)
class Span:
    """One word of a finished sentence: characters `start:end`, its slot, and its part of speech (UD tag)."""

    text: str
    start: int
    end: int
    slot: str
    tag: str


@dataclass(frozen=True)
class Sentence:
    """A realised scene: the text, and every word and mark of punctuation with its place, slot and tag."""

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


def frames(scene: Scene, language: str) -> list[str]:
    """The sentence frames that a language has for this scene, the plain one first."""
    needs = {"time_first": scene.when, "place_first": scene.where, "object_first": scene.whom}
    return [f for f in grammar(language).FRAMES if needs.get(f, "yes")]


def sentence(scene: Scene, language: str, choose: Choose | None = None, frame: str = "plain", ask: str = "", opening: str = "") -> Sentence:
    """The scene said in a language, with canonical words unless `choose` picks others.

    `ask` makes it a question for that slot (one of ASKED); `opening` is a connective to begin with. Raises InputError for a frame
    that the language does not have for this scene, and for a slot that is empty or cannot be asked for.
    """
    module, choose = grammar(language), choose or canonical(language)
    if frame not in frames(scene, language):
        raise InputError(did_you_mean(frame, frames(scene, language), f"frame of this scene in {language}"))
    if ask and (ask not in ASKED or not getattr(scene, ask) or frame != "plain"):
        raise InputError(f"A question can ask for {', '.join(ASKED)} of a plain scene that says it, not for {ask} here.")
    if opening and frame == "plain" and not ask:
        # German, say, puts the verb second, so before the subject: "Dann las der Lehrer ...".
        frame = getattr(module, "AFTER_CONNECTIVE", frame)
    words = list(module.realise(scene, choose, frame, ask))
    if opening:
        words.insert(0, Word(choose(opening)["text"], "connective"))
    # Thai ends its sentences with no mark.
    if mark := module.QUESTION if ask else module.STOP:
        words.append(Word(f"{mark}/PUNCT", "punctuation"))
    return _written(words, language)


def _written(words: list[Word], language: str) -> Sentence:
    """Words into text with spaces, capitals and punctuation as the language writes them."""
    module = grammar(language)
    text = ""
    spans: list[Span] = []
    for shown, tag, slot, glued in _single_words(words):
        if text and module.SPACED and not glued and apart(text, tag):
            text += " "
        text += getattr(module, "BEFORE", {}).get(shown, "")
        if not text and module.CAPITALS:
            shown = module.capital(shown) if hasattr(module, "capital") else shown[:1].upper() + shown[1:]
        spans.append(Span(shown, len(text), len(text) + len(shown), slot, tag))
        text += shown
    return Sentence(text, language, tuple(spans))


def _single_words(words: list[Word]) -> Iterator[tuple[str, str, str, bool]]:
    """Word by word: text, tag, slot, and whether it is written without a space before it."""
    for word in words:
        for index, part in enumerate(word.text.split()):
            text, tag = split_tag(part)
            yield text, tag or DEFAULT_TAGS.get(word.slot, "NOUN"), word.slot, word.glued and index == 0


def entities(said: Sentence, scene: Scene) -> list[str]:
    """The IOB2 tag of every word: persons, organisations and locations are the proper nouns in slots that hold names."""
    kinds = {slot: NAMED.get(concepts()[getattr(scene, slot)].kind) for slot in ("who", "whom", "where") if getattr(scene, slot)}
    tags: list[str] = []
    for i, span in enumerate(said.spans):
        kind = kinds.get(span.slot) if span.tag == "PROPN" else None
        inside = kind and i and said.spans[i - 1].slot == span.slot and said.spans[i - 1].tag == "PROPN"
        tags.append(f"{'I' if inside else 'B'}-{kind}" if kind else "O")
    return tags


NAMED = {"name": "PER", "organisation": "ORG", "city": "LOC"}


def align(first: Sentence, second: Sentence) -> list[tuple[int, int]]:
    """Gold alignment of two realisations of one scene: index pairs of words that say the same slot, content words with content
    words and function words (articles, prepositions, auxiliaries) with function words. Punctuation stays out."""
    return [
        (i, j)
        for i, a in enumerate(first.spans)
        for j, b in enumerate(second.spans)
        if a.slot == b.slot != "punctuation" and (a.slot in ONE_WORD or (a.tag in CONTENT_TAGS) == (b.tag in CONTENT_TAGS))
    ]
