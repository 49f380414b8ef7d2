"""Finds, from the miniature's sentences, which words and phrases of a language are exchangeable.

    python -m engine.perturbations.exchange [LANGUAGE ...]     # writes engine/miniature/synonyms/LL.tsv, all without arguments

A lexicon lists the entries of a concept, but what of them can be exchanged in a text depends on gender, government, elision,
separable verbs, counters and much else that only the grammars know. So the grammars are asked: every scene of a large sample is
said with one entry and with another, what differs is a pair of phrases, and a pair stays if every sentence that it changes is
again one that the grammar can say. The result is one readable file per language, `synonyms/LL.tsv`: a phrase and what may
stand in for it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from engine import languages as known_languages
from engine.miniature.items import Saying, spoken
from engine.miniature.lexicon import Entry, languages, load
from engine.miniature.meanings import of_kind
from engine.miniature.realisation import ASKED, CONTENT_TAGS, Sentence
from engine.miniature.scenes import SEED, named_scene, random_scene, said, some_manner
from engine.perturbations.forms import Phrase, build
from engine.text import lower

FOLDER = Path(__file__).parents[1] / "miniature" / "synonyms"

Exchange = dict[str, dict[str, None]]
"""A phrase to what may stand in for it, in order."""


@cache
def exchangeable(language: str) -> dict[str, tuple[str, ...]]:
    """Phrases of a language and what may stand in for each, as its file lists them."""
    found: dict[str, tuple[str, ...]] = {}
    for line in (FOLDER / f"{language}.tsv").read_text(encoding="utf-8").splitlines():
        phrase, *others = line.split("\t")
        found[phrase] = tuple(others)
    return found


def learn(language: str, scenes: int = 6_000, checks: int = 3_000) -> Exchange:
    """Phrases that are exchangeable in every sentence of a sample in which they are found."""
    rng = random.Random(f"{SEED}-synonyms-{language}")
    found: Exchange = {}
    for _ in range(scenes):
        plain, variants = sayable(language, rng)
        for other in variants:
            if pair := difference(plain, other):
                found.setdefault(pair[0], {})[pair[1]] = None
                found.setdefault(pair[1], {})[pair[0]] = None
    seed = rng.random()
    while wrong := set(_wrong(language, found, checks, random.Random(seed))):
        for phrase, replacement in wrong:
            found[phrase].pop(replacement, None)
        # A phrase that keeps no other stays: it holds its words together, so that none of them is replaced alone.
    return found


def _wrong(language: str, found: Exchange, checks: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Pairs that make a sentence which the grammar cannot say."""
    table = build(language, "lexicon", (Phrase(phrase, tuple(others)) for phrase, others in found.items()))
    cased: dict[str, str] = {}
    for phrase in found:
        cased.setdefault(lower(phrase, language), phrase)
    for _ in range(checks):
        plain, variants = sayable(language, rng)
        known = {other.text for other in variants}
        for span, others in table.candidates(plain.text):
            phrase = span.text if span.text in found else cased[lower(span.text, language)]
            for other in others:
                if plain.text[: span.start] + other + plain.text[span.end :] not in known:
                    meant = {lower(o, language): o for o in found[phrase]}
                    yield phrase, meant[lower(other.strip(), language)]


def write(language: str) -> None:
    """Write the file of one language, sorted by phrase."""
    lines = ("\t".join((phrase, *others)) for phrase, others in sorted(learn(language).items()))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{language}.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def sayable(language: str, rng: random.Random) -> tuple[Sentence, list[Sentence]]:
    """A sentence of any kind in words drawn at random, and all sentences that differ from it by another entry of one concept."""
    scene = named_scene(rng) if rng.random() < 0.1 else random_scene(rng)
    kind = rng.random()
    ask = next((slot for slot in rng.sample(ASKED, len(ASKED)) if getattr(scene, slot)), "") if kind < 0.1 else ""
    opening = rng.choice(of_kind("connective")) if kind > 0.5 else ""
    saying = Saying(scene, 0 if ask or opening else some_manner(rng), ask, opening)
    lexicon, drawn = load(language), dict[str, Entry]()

    def choose(concept: str) -> Entry:
        return drawn.setdefault(concept, rng.choice(lexicon[concept]))

    plain = spoken(saying, language, choose)
    variants = []
    for concept in dict.fromkeys(said(scene)):
        for entry in lexicon[concept]:
            if entry is not drawn.get(concept):
                variants.append(spoken(saying, language, lambda c, concept=concept, entry=entry: entry if c == concept else choose(c)))  # type: ignore[misc]
    return plain, variants


def difference(first: Sentence, second: Sentence) -> tuple[str, str] | None:
    """The one phrase in which two sentences differ, as each says it: whole written words, with a content word on either side.

    None where they agree, where they differ in words of more than one slot or in the order of words, and at the beginning of a
    sentence, where capital letters hide how a word is written.
    """
    a, b = ([(span.text, span.slot) for span in said.spans] for said in (first, second))
    if a == b:
        return None
    start = end = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    slots = {slot for words in (a, b) for _, slot in words[start : len(words) - end]}
    if len(slots) != 1 or slots & {"punctuation"}:
        return None
    slot = slots.pop()
    # Korean joins particles to nouns, and Arabic pronouns to the word before them; "in" and "during" are no synonyms, but "in May"
    # and "during May" are. So the phrase grows, within its slot, until both sides are whole words with content.
    while not all(_begins_a_word(said, start, len(said.spans) - end) for said in (first, second)):
        if not start or a[start - 1][1] != slot:
            return None
        start -= 1
    while not all(_ends_a_word(said, len(said.spans) - end) for said in (first, second)):
        if not end or a[-end][1] != slot:
            return None
        end -= 1
    if not all(any(span.tag in CONTENT_TAGS for span in said.spans[start : len(said.spans) - end]) for said in (first, second)):
        while start and a[start - 1][1] == slot:
            start -= 1
        while end and a[-end][1] == slot:
            end -= 1
    if not start:
        return None
    inside = first.spans[start : len(a) - end], second.spans[start : len(b) - end]
    return first.text[inside[0][0].start : inside[0][-1].end], second.text[inside[1][0].start : inside[1][-1].end]


def _begins_a_word(said: Sentence, start: int, stop: int) -> bool:
    """Whether these spans are some, and no letter stands right before them where words have spaces."""
    return start < stop and not (_spaced(said) and said.text[max(0, said.spans[start].start - 1) : said.spans[start].start].isalnum())


def _ends_a_word(said: Sentence, stop: int) -> bool:
    """Whether no letter stands right after the span before this one where words have spaces."""
    end = said.spans[stop - 1].end
    return not (_spaced(said) and said.text[end : end + 1].isalnum())


def _spaced(said: Sentence) -> bool:
    return known_languages.get(said.language).spaced


if __name__ == "__main__":
    for code in sys.argv[1:] or languages():
        write(code)
