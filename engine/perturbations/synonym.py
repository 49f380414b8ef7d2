"""Synonyms: words become other words for the same concept, in the same grammatical form.

The miniature's lexicon says which words those are; label and grammar are kept because only entries with the same features
(gender, classifier ...) and the same set of forms are exchanged, and a surface form with several readings only takes what
fits all of them. A JSON file {word: [neighbours]} can stand in, such as the counter-fitted neighbours of Jia et al. (2019,
arXiv:1909.00986) that RS-DA was published with (Huang et al. 2021); those are not all synonyms.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from engine.errors import InputError
from engine.miniature import lexicon
from engine.miniature.meanings import NOUN_CLASSES, concepts
from engine.perturbations.edits import Perturbation, drawn, how_many, unchanged
from engine.perturbations.forms import Neighbours, Phrase, build
from engine.perturbations.surfaces import Reading, continuations, readings, rest, said
from engine.results import Edit, Perturbed
from engine.text import words


def neighbours(language: str, source: str = "lexicon") -> Neighbours:
    """The replacements of one language's words: from its lexicon, or from the JSON file whose path `source` is.

    Raises InputError for a language without a lexicon and for a file that cannot be read.
    """
    return _from_lexicon(language) if source == "lexicon" else neighbours_from_file(source, language)


def neighbours_from_file(path: str | Path, language: str = "en") -> Neighbours:
    """The replacements that a JSON file {word: [neighbours]} lists. Raises InputError, naming the file, for any other content."""
    file = Path(path)
    try:
        return _from_json(file, language, file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"The neighbour file {file} cannot be read as JSON: {error}.") from None


@cache
def _from_json(file: Path, language: str, modified: int) -> Neighbours:
    values = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise InputError(f"The neighbour file {file} must hold one object {{word: [neighbours]}}, got a {type(values).__name__}.")
    phrases = []
    for word, others in values.items():
        if not isinstance(others, list) or not all(isinstance(o, str) and o.strip() for o in others):
            raise InputError(f"The neighbour file {file} must list words for {word!r}, got {str(others)[:60]}.")
        if others and words(word, language):
            phrases.append(Phrase(word, tuple(dict.fromkeys(o for o in others if o != word))))
    return build(language, str(file), phrases)


@cache
def _from_lexicon(language: str) -> Neighbours:
    later = continuations(language)
    phrases = []
    for surface, ways in readings(language).items():
        held = tuple((words_later, _fitting(language, surface, ways, words_later)) for words_later in later.get(surface, ()))
        phrases.append(Phrase(surface, _fitting(language, surface, ways, ()), held))
    return build(language, "lexicon", phrases)


def _fitting(language: str, surface: str, ways: Sequence[Reading], words_later: tuple[str, ...]) -> tuple[str, ...]:
    """What may replace a word under all its readings that have these words later in the sentence."""
    sets = [_others(language, way) for way in ways if way.rest == words_later]
    return tuple(o for o in sets[0] if o != surface and all(o in s for s in sets)) if sets else ()


def _others(language: str, way: Reading) -> dict[str, None]:
    """The same form of every other entry of the concept that agrees with its surroundings in the same way, in file order."""
    own = said(language, way.entry)
    found: dict[str, None] = {}
    for other in lexicon.load(language)[way.entry.concept]:
        theirs = said(language, other)
        alike = other.features == way.entry.features and rest(other) == way.rest and theirs.keys() == own.keys()
        if other is not way.entry and alike and _same_place(language, way, own[way.key], theirs[way.key]):
            found[theirs[way.key]] = None
    return found


def _same_place(language: str, way: Reading, first: str, second: str) -> bool:
    """Whether both forms stand in one and the same place. Swahili puts adjectives and numerals between the head of a noun of
    several words and its rest, and an adjective of several words after them, so there only like is exchanged for like."""
    free = concepts()[way.entry.concept].kind not in (*NOUN_CLASSES, "quality")
    return language != "sw" or free or (" " in first) == (" " in second)


def replaced(table: Neighbours, text: str, severity: float, rng: random.Random, reason: str) -> Perturbed:
    """The text with a share of its words replaced from a table. `reason` is given where the table knows none of them."""
    places = [
        partial(lambda span, others: [Edit(span.start, span.end, span.text, o) for o in others], span, others)
        for span, others in table.candidates(text)
    ]
    return drawn(text, how_many(severity, len(words(text, table.language))), places, rng, reason)


def apply(text: str, language: str, severity: float, rng: random.Random, source: str = "lexicon") -> Perturbed:
    """The text with a share of its words replaced by synonyms from `source`."""
    if source == "lexicon" and language not in lexicon.languages():
        how_many(severity, 1)
        return unchanged(text, f"There is no lexicon of synonyms for the language {language}.")
    return replaced(neighbours(language, source), text, severity, rng, "No word of this text has a synonym in the lexicon.")


def synonym(source: str = "lexicon") -> Perturbation:
    """The perturbation that draws its synonyms from here."""
    name = "synonym" if source == "lexicon" else f"synonym:{source}"
    where = f"Languages of the miniature ({', '.join(lexicon.languages())})." if source == "lexicon" else "The language of the file."
    text = "Words become other words for the same thing, in the same grammatical form."
    return Perturbation(name, "Synonyms", text, where, partial(apply, source=source))
