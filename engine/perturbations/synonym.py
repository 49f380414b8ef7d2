"""Synonyms: words become other words for the same concept, in the same grammatical form.

For the miniature's languages a file says which words and phrases those are; meaning and grammar are kept because only what the
grammars themselves can say is exchanged (see exchange). A JSON file {word: [neighbours]} can stand in, such as the counter-fitted neighbours of Jia et al. (2019,
arXiv:1909.00986) that RS-DA was published with (Huang et al. 2021); those are not all synonyms.
"""

from __future__ import annotations

import json
import random
from functools import cache, partial
from pathlib import Path

from engine.errors import InputError
from engine.miniature import lexicon
from engine.perturbations.edits import Perturbation, drawn, how_many, unchanged
from engine.perturbations.exchange import exchangeable
from engine.perturbations.forms import Neighbours, Phrase, build
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
    return build(language, "lexicon", (Phrase(phrase, others) for phrase, others in exchangeable(language).items()))


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
