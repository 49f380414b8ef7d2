"""Neighbours: finds the words and phrases of a text that a table knows, longest first, and what may stand in for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from engine import languages
from engine import text as texts
from engine.text import Span


@dataclass(frozen=True)
class Phrase:
    """A word or phrase, what may replace it, and what may when the words `held[i][0]` come later in the sentence, as the
    prefix of a German verb does ("las ... durch") or the rest of a Swahili noun ("mtoto ... wa kike")."""

    text: str
    replacements: tuple[str, ...]
    held: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What may replace which words of one language; a table equals only itself. Make one with `neighbours`, `neighbours_from_file` or `counterparts`."""

    language: str
    source: str
    _phrases: Mapping[str, list[tuple[tuple[str, ...], Phrase]]] = field(repr=False)
    """First word (the whole phrase in languages without spaces) to its phrases as (further words, phrase), longest first."""
    _longest: int = field(default=1, repr=False)

    def candidates(self, text: str) -> list[tuple[Span, list[str]]]:
        """Every place of the text that has a replacement, in order and without overlaps, with all its replacements.

        Letter case follows the text: "Dogs" gives "Hounds". A place stays out when its word is only part of a longer phrase.
        """
        return [(span, list(replacements)) for span, replacements in _find(self, text)]


def build(language: str, source: str, phrases: Iterable[Phrase]) -> Neighbours:
    """The table of these phrases; each is also found with capital first letters, in capitals, and in small letters."""
    spaced = languages.get(language).spaced
    exact: dict[str, Phrase] = {}
    for phrase in phrases:
        exact.setdefault(phrase.text if spaced else phrase.text.replace(" ", ""), phrase)
    every = dict(exact)
    for shown, phrase in exact.items():
        title = " ".join(texts.capital(part, language) for part in shown.split(" "))
        for variant in (texts.capital(shown, language), texts.lower(shown, language), texts.upper(shown, language), title):
            # Words that differ by case alone, as German "Junge" and "junge", keep their own meanings.
            if variant not in every:
                every[variant] = _in_case(phrase, variant, language)
    index: dict[str, list[tuple[tuple[str, ...], Phrase]]] = {}
    for shown, phrase in every.items():
        # isalnum spares the search for word ends in most of a large dictionary.
        first, *rest = [w.text for w in texts.words(shown, language)] if spaced and not shown.isalnum() else [shown]
        index.setdefault(first, []).append((tuple(rest), phrase))
    for known in index.values():
        known.sort(key=lambda k: -len(k[0]))
    return Neighbours(language, source, index, max(map(len, index), default=1))


def _in_case(phrase: Phrase, variant: str, language: str) -> Phrase:
    def cased(replacement: str) -> str:
        if len(variant) > 1 and variant.isupper():
            return texts.upper(replacement, language)
        if variant.islower() and not phrase.text.islower():
            return texts.lower(replacement, language)
        return texts.capital(replacement, language)

    held = tuple((rest, tuple(map(cased, others))) for rest, others in phrase.held)
    return Phrase(variant, tuple(map(cased, phrase.replacements)), held)


# Training asks for the same sentences in every epoch.
@lru_cache(maxsize=100_000)
def _find(table: Neighbours, text: str) -> tuple[tuple[Span, tuple[str, ...]], ...]:
    return tuple(_among_words(table, text) if languages.get(table.language).spaced else _among_characters(table, text))


def _among_words(table: Neighbours, text: str) -> Iterable[tuple[Span, tuple[str, ...]]]:
    words = texts.words(text, table.language)
    shown = [w.text for w in words]
    at = 0
    while at < len(words):
        for rest, phrase in table._phrases.get(shown[at], ()):
            end = at + 1 + len(rest)
            if tuple(shown[at + 1 : end]) == rest and _only_spaces_between(text, words[at:end]):
                start = words[at].start
                replacements = _allowed(phrase, shown[end:])
                if start == 0 and not text[0].islower():
                    replacements = tuple(texts.capital(r, table.language) for r in replacements)
                if at and shown[at - 1].lower() in ("a", "an") and table.language == "en":
                    replacements = tuple(r for r in replacements if _with_an(r) == _with_an(phrase.text))
                if replacements:
                    yield Span(text[start : words[end - 1].end], start, words[end - 1].end), replacements
                at = end - 1
                break
        at += 1


def _only_spaces_between(text: str, words: list[Span]) -> bool:
    return all(text[a.end : b.start].isspace() for a, b in zip(words, words[1:], strict=False))


def _allowed(phrase: Phrase, later: list[str]) -> tuple[str, ...]:
    for rest, replacements in phrase.held:
        if any(tuple(later[i : i + len(rest)]) == rest for i in range(len(later) - len(rest) + 1)):
            return replacements
    return phrase.replacements


def _with_an(word: str) -> bool:
    return word[:1].lower() in "aeiou"


def _among_characters(table: Neighbours, text: str) -> Iterable[tuple[Span, tuple[str, ...]]]:
    alone: set[int] | None = None
    at = 0
    while at < len(text):
        for length in range(min(table._longest, len(text) - at), 0, -1):
            known = table._phrases.get(text[at : at + length])
            if not known:
                continue
            if length == 1:
                # One character is often a part of a longer word that no table knows, so here the segmenter has a say.
                if alone is None:
                    alone = {w.start for w in texts.words(text, table.language) if w.end == w.start + 1}
                if at not in alone:
                    continue
            if replacements := tuple(_spaced_out(r, text, at) for r in known[0][1].replacements):
                yield Span(text[at : at + length], at, at + length), replacements
            at += length - 1
            break
        at += 1


def _spaced_out(replacement: str, text: str, at: int) -> str:
    """The replacement with a space before it where it would run into what stands there, as Latin beside Latin does."""
    apart = texts.script_of(replacement[0]) not in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Common")
    return f" {replacement}" if apart and at and not text[at - 1].isspace() else replacement
