"""The miniature's lexicon seen from its sentences: which words show which entry in which form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.miniature import lexicon
from engine.miniature.lexicon import Entry
from engine.miniature.meanings import concepts


@dataclass(frozen=True)
class Reading:
    """One way to read a word or phrase: as this form of this entry."""

    entry: Entry
    key: str


@cache
def readings(language: str) -> dict[str, tuple[Reading, ...]]:
    """Every word and phrase that the lexicon of a language can put into a sentence, with all its readings."""
    found: dict[str, list[Reading]] = {}
    for entries in lexicon.load(language).values():
        for entry in entries:
            for key, surface in said(language, entry).items():
                found.setdefault(surface, []).append(Reading(entry, key))
    return {surface: tuple(ways) for surface, ways in found.items()}


def said(language: str, entry: Entry) -> dict[str, str]:
    """The forms of an entry as sentences show them. A Swahili verb carries its subject, tense and animate object."""
    if language == "sw" and concepts()[entry.concept].kind == "action":
        return dict(_swahili_verbs(entry.forms["past"], entry.forms["stem"]))
    return dict(entry.forms)


@cache
def continuations(language: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For words that can be the beginning of something longer, the words that then come later, maybe not at once: the
    prefix of a German verb ("las ... durch"), or the rest of a Swahili noun ("mtoto ... wa kike") that adjectives may part from its head."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for surface in readings(language):
        first, *others = surface.split(" ")
        if others and first in readings(language):
            found.setdefault(first, {})[tuple(others)] = None
    return {surface: tuple(later) for surface, later in found.items()}


def _swahili_verbs(past: str, stem: str) -> Iterator[tuple[str, str]]:
    animate = ("mw" if stem[0] in "aeiou" else "m") + stem
    for key, affirmed, denied in (("past", "ali", "haku"), ("pl", "wali", "hawaku")):
        yield key, affirmed + past
        yield f"{key}_negated", denied + stem
        yield f"{key}_animate", affirmed + animate
        yield f"{key}_animate_negated", denied + animate
