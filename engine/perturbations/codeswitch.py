"""Code-switching: words become their counterparts in another language, the rest of the sentence stays.

After Qin et al. (2020, CoSDA-ML, arXiv:2006.06402) and Tan and Joty (2021, arXiv:2103.09593); as in spontaneous
code-switching a sentence mixes two languages, not six. Counterparts come from the miniature's lexicons, or from a
bilingual dictionary in the format of MUSE: "source target" on each line.
"""

from __future__ import annotations

import random
from functools import cache, partial
from pathlib import Path

from engine import languages
from engine.errors import InputError
from engine.miniature import lexicon
from engine.perturbations.edits import Perturbation, how_many, unchanged
from engine.perturbations.forms import Neighbours, Phrase, build
from engine.perturbations.surfaces import Reading, continuations, readings, said
from engine.perturbations.synonym import replaced
from engine.results import Perturbed
from engine.text import words


def others(language: str) -> list[str]:
    """The languages that a text can be mixed with; none where the language itself has no lexicon."""
    known = lexicon.languages()
    return [code for code in known if code != language] if language in known else []


@cache
def counterparts(language: str, target: str) -> Neighbours:
    """For every word of one lexicon the canonical word of the same concept in another: the form of the same name
    (singular for singular) where there is one, else its first form. Words of several concepts have none, nor have verbs
    that carry their own negation (Swahili "hakusoma"), which would lose it."""
    later = continuations(language)
    phrases = []
    for surface, ways in readings(language).items():
        unclear = len({way.entry.concept for way in ways}) != 1 or any(way.key.endswith("negated") for way in ways)
        other = "" if unclear else _counterpart(ways[0], target)
        found = () if other.lower() in ("", surface.lower()) else (other,)
        phrases.append(Phrase(surface, found, tuple((words_later, ()) for words_later in later.get(surface, ()))))
    return build(language, f"lexicon {target}", phrases)


def _counterpart(way: Reading, target: str) -> str:
    forms = said(target, lexicon.load(target)[way.entry.concept][0])
    return forms.get(way.key) or next(iter(forms.values()))


def dictionary_from_file(path: str | Path, language: str) -> Neighbours:
    """The translations of a bilingual dictionary in MUSE's format: "source target" on each line, parted by a tab or a space,
    a word with several translations on several lines. Raises InputError, naming file and line, for anything else."""
    file = Path(path)
    try:
        return _from_lines(file, language, file.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"The dictionary {file} cannot be read: {reason}. Give the path of a bilingual dictionary in MUSE's format, or lexicon.") from None


@cache
def _from_lines(file: Path, language: str, modified: int) -> Neighbours:
    found: dict[str, dict[str, None]] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        source, _, target = line.partition("\t") if "\t" in line else line.partition(" ")
        if not source.strip() or not target.strip():
            raise InputError(f"{file}:{number}: expected a word and its translation, parted by a tab or a space, got {line[:60]!r}.")
        if source.strip() != target.strip() and words(source, language):
            found.setdefault(source.strip(), {})[target.strip()] = None
    return build(language, str(file), (Phrase(source, tuple(targets)) for source, targets in found.items()))


def apply(text: str, language: str, severity: float, rng: random.Random, source: str = "lexicon") -> Perturbed:
    """The text with a share of its words in one other language: drawn from the miniature's, or the dictionary's."""
    if source != "lexicon":
        return replaced(dictionary_from_file(source, language), text, severity, rng, "No word of this text is in the dictionary.")
    if not others(language):
        how_many(severity, 1)
        return unchanged(text, f"There is no lexicon for the language {language} to find counterparts with.")
    target = rng.choice(others(language))
    reason = f"No word of this text has a counterpart in the lexicon of {languages.get(target).name}."
    return replaced(counterparts(language, target), text, severity, rng, reason)


def codeswitch(source: str = "lexicon") -> Perturbation:
    """The perturbation that draws its counterparts from here."""
    name = "codeswitch" if source == "lexicon" else f"codeswitch:{source}"
    where = f"Languages of the miniature ({', '.join(lexicon.languages())})." if source == "lexicon" else "The source language of the file."
    return Perturbation(name, "Code-switching", "Words become their counterparts in another language.", where, partial(apply, source=source))
