"""Words, graphemes and their places in texts of every script; what a usable text is.

A word is letters, marks and digits as readers see them: combining marks stay with their letter (Python's `\\w` tears
Hindi and Tamil words apart), joiners stay inside (Persian, Sinhala), and so do apostrophes and hyphens between letters.
Scripts without spaces are cut into words by script, whatever language the text is said to be in:

* Han, Thai, and kana with the Han around it: BudouX's models, whose units are words since release 0.10 (they were
  phrases before). They guess from characters, without a word list: names and rare words may be cut in two.
* Burmese and Khmer: syllables (a consonant with all that is stacked below or attached); Lao: grapheme clusters.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import regex

from engine.errors import InputError

MAX_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: characters `start:end` of the original Python string."""

    text: str
    start: int
    end: int


_SCRIPTS = (
    "Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Bengali", "Tamil", "Telugu", "Kannada",
    "Malayalam", "Gujarati", "Gurmukhi", "Oriya", "Sinhala", "Thai", "Lao", "Myanmar", "Khmer", "Georgian",
    "Armenian", "Ethiopic", "Hangul", "Han", "Hiragana", "Katakana", "Tibetan", "Mongolian", "Thaana", "Syriac",
    "Nko", "Cherokee", "Tifinagh", "Javanese", "Balinese", "Sundanese", "Bopomofo", "Yi", "Coptic", "Adlam",
    "Ol_Chiki", "Meetei_Mayek",
)
# The prolonged sound mark belongs to both kana in Unicode; words that are written with it are katakana.
_SCRIPT = regex.compile("|".join(rf"(?P<{s}>\p{{Script={s}}}{'|ー' if s == 'Katakana' else ''})" for s in _SCRIPTS))
_LETTER = regex.compile(r"\p{L}")
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}]|[0-9#*]\uFE0F?\u20E3")
_GRAPHEME = regex.compile(r"\X")
_CLUSTER = regex.compile(r"\X(?:(?=\p{M})\X)*+")
_JOINER = "'’ʼ‘\\-‐‑·‧׳״־"
_OUTSIDE = "'’ʼ‘-‐‑·‧׳״־.,٫٬"
_BASE = r"(?![0-9]\uFE0F?\u20E3)[\p{L}\p{N}][\p{M}\u200C\u200D]*+"
_WORD = regex.compile(rf"{_BASE}(?:[{_JOINER}]?{_BASE}|(?<=\p{{N}})[.,٫٬](?=\p{{N}}){_BASE})*+")
# The same for plain ASCII, several times as fast.
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:(?:['-]|(?<=[0-9])[.,](?=[0-9]))[A-Za-z0-9]+)*")
_CJK, _SYLLABIC = r"\p{Han}\p{Hiragana}\p{Katakana}ー", r"\p{Myanmar}\p{Khmer}"
_MARKS = r"\p{M}\u200C\u200D"
_UNSPACED = regex.compile(rf"[{_CJK}{_SYLLABIC}\p{{Thai}}\p{{Lao}}]")
_RUN = regex.compile(
    rf"(?P<cjk>[{_CJK}][{_CJK}{_MARKS}]*+)|(?P<thai>\p{{Thai}}[\p{{Thai}}{_MARKS}]*+)"
    rf"|(?P<syllables>[{_SYLLABIC}][{_SYLLABIC}{_MARKS}]*+)|(?P<lao>\p{{Lao}}[\p{{Lao}}{_MARKS}]*+)"
    rf"|(?P<spaced>[^{_CJK}{_SYLLABIC}\p{{Thai}}\p{{Lao}}]++)"
)
# A syllable starts at a consonant or free-standing vowel that is neither stacked (after U+1039 or U+17D2) nor a final (before U+103A or a stack).
_SYLLABLE = regex.compile(r"(?<![\u1039\u17D2])(?=[\p{L}\p{N}])(?!\p{L}[\u1037]?[\u103A\u1039])")
_KANA = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_CONTROL = regex.compile(r"[\p{Cc}--[\t\n\r]]", flags=regex.V1)
_SURROGATE = regex.compile(r"\p{Cs}")
_VISIBLE = regex.compile(r"[^\s\p{Cf}\p{Cc}\p{Cs}]")


def check(text: str, what: str = "text") -> str:
    """The text itself, unchanged. Raises InputError, naming `what` and the place, for one that no model should be given:
    blank, longer than MAX_CHARACTERS, or with lone surrogates or control characters other than tab and line ends."""
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"The {what} has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read at once. Shorten or split it.")
    if found := _SURROGATE.search(text):
        raise InputError(f"The {what} has half a character (a lone surrogate) at position {found.start() + 1}; paste it again from the source.")
    if found := _CONTROL.search(text):
        code = f"U+{ord(found.group()):04X}"
        raise InputError(f"The {what} has the control character {code} at position {found.start() + 1}; remove it.")
    if not _VISIBLE.search(text):
        raise InputError(f"The {what} is empty; enter at least one word.")
    return text


def graphemes(text: str) -> list[Span]:
    """All user-perceived characters of a text (extended grapheme clusters, Unicode Standard Annex 29), spaces included."""
    return [Span(m.group(), m.start(), m.end()) for m in _GRAPHEME.finditer(text)]


def words(text: str, language: str) -> list[Span]:
    """The words of a text in order, without punctuation, symbols and emoji. `language` only decides how Han is read."""
    return [word for run, kind in runs(text) for word in (segment(run, kind, language) if kind != "spaced" else (run,))]


def units(text: str, language: str) -> list[Span]:
    """What attributions and attacks work on: words where the script puts spaces between them, graphemes where it does not,
    and emoji. So a Latin name in a Chinese text is one unit, and each of the Chinese characters is one."""
    found: list[Span] = []
    for run, kind in runs(text):
        found.extend([run] if kind == "spaced" else clusters(text, run))
    if not text.isascii() and _EMOJI.search(text):
        inside = [(w.start, w.end) for w in found]
        pictures = [g for g in graphemes(text) if script_of(g.text) == "Emoji"]
        found.extend(p for p in pictures if not any(s <= p.start < e for s, e in inside))
        found.sort(key=lambda s: s.start)
    return found


@lru_cache(maxsize=50_000)
def script_of(grapheme: str) -> str:
    """The Unicode script of a grapheme's base (Latin, Devanagari, Han ...), "Emoji" for pictures, "Common" for digits,
    spaces, punctuation and symbols, and "Other" for letters of scripts not listed here."""
    if found := _SCRIPT.search(grapheme):
        return str(found.lastgroup)
    if _EMOJI.search(grapheme):
        return "Emoji"
    return "Other" if _LETTER.search(grapheme) else "Common"


def clusters(text: str, within: Span) -> list[Span]:
    """The graphemes of one stretch of a text, with marks that Unicode cuts off (the Burmese vowel aa) put back on their letter:
    the smallest pieces that can be moved, removed or replaced and leave well-formed text."""
    found: list[Span] = []
    for piece in _CLUSTER.finditer(text, within.start, within.end):
        found.append(Span(piece.group(), piece.start(), piece.end()))
    return found


def runs(text: str) -> Iterator[tuple[Span, str]]:
    """Words as spaces and punctuation divide them, cut again where scripts without spaces begin and end. Each comes with its
    kind: spaced (it is a word), or cjk, thai, syllables, lao (it may hold several)."""
    if text.isascii():
        for word in _ASCII_WORD.finditer(text):
            yield Span(word.group(), word.start(), word.end()), "spaced"
        return
    for word in _WORD.finditer(text):
        shown = word.group()
        if not _UNSPACED.search(shown):
            yield Span(shown, word.start(), word.end()), "spaced"
            continue
        for run in _RUN.finditer(shown):
            kept = run.group().strip(_OUTSIDE) if run.lastgroup == "spaced" else run.group()
            if kept:
                start = word.start() + run.start() + run.group().index(kept)
                yield Span(kept, start, start + len(kept)), str(run.lastgroup)


def segment(run: Span, kind: str, language: str) -> list[Span]:
    """The words of a run in one script without spaces; every cut is a grapheme boundary."""
    match kind:
        case "cjk" if language == "ja" or (language != "zh" and _KANA.search(run.text)):
            lengths = [len(p) for p in _parser("ja_word").parse(run.text)]
        case "cjk":
            lengths = [len(p) for p in _parser("zh-hans").parse(run.text)]
        case "thai":
            lengths = [len(p) for p in _parser("th").parse(run.text)]
        case "syllables":
            cuts = [m.start() for m in _SYLLABLE.finditer(run.text) if m.start()]
            lengths = [b - a for a, b in zip([0, *cuts], [*cuts, len(run.text)], strict=True)]
        case _:
            return [Span(g.text, g.start + run.start, g.end + run.start) for g in graphemes(run.text)]
    boundaries = {g.end for g in graphemes(run.text)}
    spans: list[Span] = []
    start = end = 0
    for length in lengths:
        end += length
        # A model may cut inside a grapheme; such a piece is widened to the next boundary.
        if end in boundaries:
            spans.append(Span(run.text[start:end], run.start + start, run.start + end))
            start = end
    return spans


@cache
def _parser(model: str) -> Any:
    import budoux

    weights = resources.files("budoux").joinpath("models", f"{model}.json").read_text(encoding="utf-8")
    return budoux.Parser(json.loads(weights))


def upper(text: str, language: str) -> str:
    """Capitals as the language writes them: Turkish and Azerbaijani have an i with a dot and one without."""
    return (text.replace("i", "İ") if language in ("tr", "az") else text).upper()


def lower(text: str, language: str) -> str:
    """Small letters as the language writes them."""
    return (text.replace("İ", "i").replace("I", "ı") if language in ("tr", "az") else text).lower()


def capital(text: str, language: str) -> str:
    """The text with its first letter as a capital."""
    return upper(text[:1], language) + text[1:]
