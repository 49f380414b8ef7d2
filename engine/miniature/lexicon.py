"""One readable lexicon file per language: every concept with its inflected forms and synonyms.

A file is `lexicons/<code>.tsv` with three tab-separated columns: concept, forms, features. The first line of a concept is
its canonical word; further lines of the same concept are its synonyms. Forms are `key=text` pairs joined by "; "; features are
`key=value` pairs joined by "; ", the facts that other words must agree with. A text of several words says the UD tag of each
("at/ADP the/DET station/NOUN"), with spaces between them in every language. Which forms each class needs is said by the
language's grammar (`FORMS`). A file that lacks a form or a tag, or has a wrong one, is refused with its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, ModuleType

from engine.errors import InputError, did_you_mean
from engine.miniature.meanings import concepts

FOLDER = Path(__file__).parent / "lexicons"


@dataclass(frozen=True)
class Entry:
    """One word (or fixed phrase) for a concept."""

    concept: str
    variant: int
    forms: Mapping[str, str]
    """As sentences show them, without tags."""
    tagged: Mapping[str, str]
    """As the file has them: words separated by spaces, with their tags. This is what grammars build sentences from."""
    features: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.tagged[key]

    def __hash__(self) -> int:
        return hash((self.concept, self.variant, tuple(self.forms.values())))


TAGS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ", "SYM", "VERB", "X")
"""Universal parts of speech (Nivre et al. 2020)."""

Lexicon = Mapping[str, tuple[Entry, ...]]
"""Concept name to its entries, the canonical one first."""


def languages() -> list[str]:
    """Codes of the languages that the miniature speaks, English (the source language) first."""
    codes = sorted(p.stem for p in FOLDER.glob("*.tsv"))
    return ["en", *(c for c in codes if c != "en")]


@cache
def grammar(language: str) -> ModuleType:
    """The grammar module of a language: FORMS, FRAMES, SPACED, STOP, QUESTION, CAPITALS and realise()."""
    if language not in languages():
        raise InputError(did_you_mean(language, languages(), "miniature language"))
    return import_module(f"engine.miniature.grammars.{language}")


def _pairs(text: str, place: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        key, separator, value = part.partition("=")
        if not separator or not key.strip() or not value.strip() or key.strip() in found:
            raise InputError(f"{place}: expected distinct key=text pairs joined by ';', got {part!r}.")
        found[key.strip()] = value.strip()
    return MappingProxyType(found)


def split_tag(word: str) -> tuple[str, str]:
    """A word and its tag: "the/DET" gives ("the", "DET"), "the" gives ("the", "")."""
    text, _, tag = word.rpartition("/")
    return (text, tag) if text and tag.isupper() and tag.isascii() else (word, "")


def _plain(text: str, place: str, spaced: bool) -> str:
    """A form without its tags. Raises InputError for an unknown tag, and for a word among others that has none."""
    words = [split_tag(word) for word in text.split()]
    for word, tag in words:
        if (tag and tag not in TAGS) or "/" in word:
            raise InputError(f"{place}: {text!r} has a wrong tag; a word is followed by / and one of {', '.join(TAGS)}.")
        if not tag and len(words) > 1:
            raise InputError(f"{place}: {word!r} in {text!r} has no tag; every word of a longer form needs one, as in at/ADP the/DET station/NOUN.")
    text = ""
    for word, tag in words:
        text += (" " if spaced and text and apart(text, tag) else "") + word
    return text


def apart(before: str, tag: str) -> bool:
    """Whether a space stands between what is written so far and the next word: none before punctuation and after an elision (l')."""
    return tag != "PUNCT" and not before.endswith(("'", "’", "¿", "¡"))


def parse(text: str, name: str, required: Mapping[str, tuple[str, ...]], spaced: bool = True) -> Lexicon:
    """A lexicon from the text of its file. Raises InputError with file, line and reason for anything wrong or missing."""
    found: dict[str, list[Entry]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        place = f"{name}:{number}"
        columns = [c.strip() for c in line.split("\t")]
        if len(columns) not in (2, 3):
            raise InputError(f"{place}: expected concept, forms and features separated by tabs, got {line!r}.")
        concept = concepts().get(columns[0])
        if concept is None:
            raise InputError(f"{place}: {did_you_mean(columns[0], list(concepts()), 'concept')}")
        tagged = _pairs(columns[1], place)
        forms = MappingProxyType({key: _plain(form, place, spaced) for key, form in tagged.items()})
        missing = [key for key in required[concept.kind] if key not in forms]
        if missing:
            raise InputError(f"{place}: {concept.name} lacks the form {', '.join(missing)}.")
        entries = found.setdefault(concept.name, [])
        if any(dict(e.forms) == dict(forms) for e in entries):
            raise InputError(f"{place}: {concept.name} has this entry twice.")
        entries.append(Entry(concept.name, len(entries), forms, tagged, _pairs(columns[2] if len(columns) == 3 else "", place)))
    absent = [c for c in concepts() if c not in found]
    if absent:
        raise InputError(f"{name}: no entry for the concept {', '.join(absent)}.")
    return MappingProxyType({c: tuple(found[c]) for c in concepts()})


@cache
def load(language: str) -> Lexicon:
    """The lexicon of one language, checked against its grammar."""
    module = grammar(language)
    path = FOLDER / f"{language}.tsv"
    return parse(path.read_text(encoding="utf-8"), path.name, module.FORMS, module.SPACED)
