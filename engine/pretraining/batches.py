"""Draws padded batches for the pretraining objectives. All randomness comes in as a generator."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from engine.miniature.meanings import CONTENT_SLOTS, Scene
from engine.miniature.realisation import CONTENT_TAGS, ONE_WORD, Sentence
from engine.pretraining.corpus import Unit, changed_pair, said_twice
from engine.pretraining.teacher import Lesson, lesson

Tokens = dict[str, list[int]]
"""A unit as token ids by version."""

Places = tuple[list[tuple[int, str]], list[tuple[int, str]]]
"""Where units of a language stand and the version of each: verses of the Bible, and other texts."""

START, PAD, END = 0, 1, 2


def tokenise(units: Sequence[Unit], tokenizer: PreTrainedTokenizerFast, length: int) -> list[Tokens]:
    """Token ids of every version of every unit, without special tokens, cut at `length`."""
    versions = [(i, v) for i, unit in enumerate(units) for v in unit]
    found: list[Tokens] = [{} for _ in units]
    for start in range(0, len(versions), 20_000):
        part = versions[start : start + 20_000]
        ids = tokenizer([units[i][v] for i, v in part], add_special_tokens=False, truncation=True, max_length=length)["input_ids"]
        for (i, version), tokens in zip(part, ids, strict=True):
            found[i][version] = tokens
    return found


@dataclass(frozen=True)
class Texts:
    """The texts that units of tokens were made of, and English sentences without translation; the first `verses` real ones are the Bible's."""

    miniature: list[Unit]
    real: list[Unit]
    words: list[Unit]
    english: list[str]
    verses: int = 0


LESSONS = {"english": 4, "real": 4, "words": 1, "miniature": 1}
"""How often a batch for the teacher is of each kind."""


@dataclass(frozen=True)
class Batches:
    """Where batches are drawn from: texts and tokenised units of the miniature, of real text and of
    dictionaries, English sentences, and scenes to change, both said in one language with the chance `same_language`; a real text is cut at `length`
    tokens, and is a verse with the chance `verse_share` where its language has other text as well."""

    tokenizer: PreTrainedTokenizerFast
    texts: Texts
    miniature: list[Tokens]
    real: list[Tokens]
    words: list[Tokens]
    scenes: list[Scene]
    length: int
    same_language: float
    verse_share: float = 0.5

    def ranking(self, size: int, miniature_share: float, rng: random.Random, neighbours: float = 0.0) -> tuple[Tensor, Tensor]:
        """Ids and mask of `size` texts followed by their translations; of real texts this share by those of the next text. (2 * size, T)."""
        pairs = self._alike(size, miniature_share, rng, neighbours)
        return padded([[START, *a, END] for a, _ in pairs] + [[START, *b, END] for _, b in pairs])

    def masked(self, size: int, miniature_share: float, rng: random.Random) -> tuple[Tensor, Tensor]:
        """Ids and mask of translation pairs in one input, one in ten being a single text; one batch in five holds passages, one in five English
        sentences where there are any. (B, T)."""
        kind = rng.random()
        if self._passages and kind < 0.2:
            return padded([[START, *self._stretch(rng), END] for _ in range(size)])
        if self.texts.english and kind > 0.8:
            return padded(self.tokenizer(rng.sample(self.texts.english, min(2 * size, len(self.texts.english))), truncation=True, max_length=2 * self.length)["input_ids"])
        pairs = self._alike(size, miniature_share, rng)
        return padded([[START, *a, END] if rng.random() < 0.1 else [START, *a, END, END, *b, END] for a, b in pairs])

    def detection(self, size: int, rng: random.Random) -> tuple[Tensor, Tensor, Tensor]:
        """Ids, mask, and which tokens say what the other sentence does not (1, 0; -1 outside words). (size, T) each."""
        drawn = [changed_pair(self.scenes, rng, self.same_language) for _ in range(size)]
        encoded = self.tokenizer([a.text for a, *_ in drawn], [b.text for _, b, *_ in drawn], truncation=True, return_offsets_mapping=True)
        ids, mask = padded(encoded["input_ids"])
        changed = torch.full_like(ids, -1)
        for row, (*both, more, less) in enumerate(drawn):
            for column, (side, (start, end)) in enumerate(zip(encoded.sequence_ids(row), encoded["offset_mapping"][row], strict=True)):
                if side is not None:
                    changed[row, column] = _says(both[side], start, end, (more, less)[side])
        return ids, mask, changed

    def alignment(self, size: int, rng: random.Random) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Ids and mask of `size` scenes and as many dictionary entries, followed by their translations in the same order; the number of the
        link that each token belongs to, the same on both sides (-1: none); and of every link a number for what it says. (2N, T) thrice, (K,).
        """
        drawn = [said_twice(self.scenes, rng) for _ in range(size)]
        encoded = [self.tokenizer([one.text for one in side], truncation=True, return_offsets_mapping=True) for side in list(zip(*drawn, strict=True))[1:]]
        links: list[list[list[int]]] = [[], []]
        said: list[object] = []
        for row, (scene, *sentences) in enumerate(drawn):
            shared = [slot for slot in (*CONTENT_SLOTS, "negation") if all(_words(one, slot) for one in sentences)]
            for side, one in enumerate(sentences):
                offsets = encoded[side]["offset_mapping"][row]
                spans = [(start, end, len(said) + i) for i, slot in enumerate(shared) for start, end in _words(one, slot)]
                links[side].append([next((n for s, e, n in spans if s < end and start < e), -1) if end > start else -1 for start, end in offsets])
            said += [getattr(scene, slot, slot) for slot in shared]
        inputs = [list(encoded[side]["input_ids"]) for side in (0, 1)]
        for _ in range(size if self._entries else 0):
            language = rng.choice(list(self._entries))
            entry = rng.choice(self._entries[language])
            for side, tokens in enumerate((entry["en"], entry[language])):
                inputs[side].append([START, *tokens, END])
                links[side].append([-1, *[len(said)] * len(tokens), -1])
            said.append(tuple(entry["en"]))
        ids, mask = padded(inputs[0] + inputs[1])
        numbers = torch.tensor([one + [-1] * (ids.shape[1] - len(one)) for one in links[0] + links[1]])
        known = {what: i for i, what in enumerate(dict.fromkeys(said))}
        return ids, mask, numbers, torch.tensor([known[what] for what in said])

    def lesson(self, size: int, rng: random.Random, teacher: Any) -> Lesson:
        """Texts of about equal length with what a teacher of English reads for them: the same text, the English one, or the English word."""
        sources: dict[str, list[Any]] = {"english": self.texts.english, "real": list(self._taught), "words": self.texts.words, "miniature": self.texts.miniature}
        kinds = {kind: often for kind, often in LESSONS.items() if sources[kind]}
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        if kind == "english":
            drawn = [(text, text) for text in rng.choices(self.texts.english, k=4 * size)]
        elif kind == "real":
            drawn = [self._taught_pair(rng) for _ in range(4 * size)]
        else:
            drawn = [(unit[rng.choice(list(unit))], unit["en"]) for unit in rng.choices(sources[kind], k=4 * size)]
        by_length = sorted(drawn, key=lambda pair: len(pair[1]))
        start = rng.randrange(3 * size + 1)
        return lesson(by_length[start : start + size], self.tokenizer, teacher)

    def _taught_pair(self, rng: random.Random) -> tuple[str, str]:
        """A real text in a language drawn evenly, English among them, and the English text."""
        place, version = self._one(self._taught, rng)
        return self.texts.real[place][version], self.texts.real[place]["en"]

    def copying(self, size: int, rng: random.Random) -> tuple[Tensor, Tensor, Tensor]:
        """Ids, mask, and which tokens the other half does not have (1, 0; -1 elsewhere): random tokens, twice, the second time in another
        order and four in ten exchanged. This teaches to compare before any language is needed. (size, 28) each."""
        draw = torch.Generator().manual_seed(rng.getrandbits(62))
        length, pieces = 12, len(self.tokenizer)
        first = torch.randint(pieces // 80, pieces, (size, length), generator=draw)
        changed = torch.rand(size, length, generator=draw) < 0.4
        second = torch.where(changed, torch.randint(pieces // 80, pieces, (size, length), generator=draw), first)
        order = torch.rand(size, length, generator=draw).argsort(dim=1)
        edges = [torch.full((size, 1), token) for token in (START, END, END, END)]
        ids = torch.cat([edges[0], first, edges[1], edges[2], second.gather(1, order), edges[3]], dim=1)
        says = [torch.full((size, 1), -1)] * 4
        wanted = torch.cat([says[0], changed.long(), says[1], says[2], changed.long().gather(1, order), says[3]], dim=1)
        return ids, torch.ones_like(ids), wanted

    def _alike(self, size: int, miniature_share: float, rng: random.Random, neighbours: float = 0.0) -> list[tuple[list[int], list[int]]]:
        """Pairs of versions of about equal length, so that little is padding: a run out of four times as many, sorted."""
        short = not self._by_language or rng.random() < miniature_share
        size = 3 * size if short else size  # three miniature texts are about as long as one real one
        drawn = (_two(rng.choice(self.miniature), rng) if short else self._real_pair(rng, neighbours) for _ in range(4 * size))
        by_length = sorted(drawn, key=lambda pair: len(pair[0]) + len(pair[1]))
        start = rng.randrange(3 * size + 1)
        return by_length[start : start + size]

    def _real_pair(self, rng: random.Random, neighbours: float) -> tuple[list[int], list[int]]:
        """Two versions of a unit, or of two that follow each other, one in a language drawn evenly, the other mostly English; one pair in ten is a
        bag of words."""
        language = rng.choice(list(self._by_language))
        if (entries := self._entries.get(language)) and rng.random() < 0.1:
            bag = rng.sample(entries, min(6, len(entries)))
            return [t for entry in bag for t in entry[language]], [t for entry in bag for t in entry["en"]]
        place, version = self._one(self._by_language, rng, language)
        unit = self.real[place]
        following = self.real[place + 1] if neighbours and place + 1 < len(self.real) and rng.random() < neighbours else unit
        english = [v for v in following if v.startswith("en") and v != version]
        others = english if english and rng.random() < 0.6 else [v for v in following if v != version] or list(following)
        return unit[version][: self.length], following[rng.choice(others)][: self.length]

    def _stretch(self, rng: random.Random) -> list[int]:
        """Some of a passage, twice the length of another text."""
        tokens = rng.choice(self._passages)
        start = rng.randrange(max(1, len(tokens) - 2 * self.length))
        return tokens[start : start + 2 * self.length]

    def _one(self, places: dict[str, Places], rng: random.Random, language: str = "") -> tuple[int, str]:
        """A place and version of this language, or of one drawn evenly; a verse or other text by `verse_share` where it has both."""
        verses, others = places[language or rng.choice(list(places))]
        return rng.choice(verses if verses and (not others or rng.random() < self.verse_share) else others)

    @cached_property
    def _by_language(self) -> dict[str, Places]:
        """Parallel units by language, English left out: it is the other side of most pairs."""
        return self._places(lambda unit: [v for v in unit if not v.startswith("en")] if len(unit) > 1 else [], self.real)

    @cached_property
    def _taught(self) -> dict[str, Places]:
        """The real texts that are also said in English by language, English ones included."""
        return self._places(lambda unit: list(unit) if "en" in unit else [], self.texts.real)

    def _places(self, versions: Callable[[Any], list[str]], units: Sequence[Any]) -> dict[str, Places]:
        found: dict[str, Places] = {}
        for place, unit in enumerate(units):
            for version in versions(unit):
                found.setdefault(version.split("~")[0], ([], []))[int(place >= self.texts.verses)].append((place, version))
        return found

    @cached_property
    def _entries(self) -> dict[str, list[Tokens]]:
        """Dictionary entries by language."""
        found: dict[str, list[Tokens]] = {}
        for entry in self.words:
            found.setdefault(next(v for v in entry if v != "en"), []).append(entry)
        return found

    @cached_property
    def _passages(self) -> list[list[int]]:
        """Texts in one language only."""
        return [next(iter(unit.values())) for unit in self.real if len(unit) == 1]


def _two(unit: Tokens, rng: random.Random) -> tuple[list[int], list[int]]:
    """Two versions of one unit, in random order."""
    first, second = rng.sample(list(unit), 2)
    return unit[first], unit[second]


def _words(sentence: Sentence, slot: str) -> list[tuple[int, int]]:
    """Where the content words of a slot stand; of negation any word."""
    return [(span.start, span.end) for span in sentence.spans if span.slot == slot and (slot in ONE_WORD or span.tag in CONTENT_TAGS)]


def _says(sentence: Sentence, start: int, end: int, slots: set[str]) -> int:
    """1 where characters `start:end` touch a word of one of these slots, 0 where they touch other words, -1 elsewhere."""
    touched = [span.slot for span in sentence.spans if span.start < end and start < span.end]
    return int(any(slot in slots for slot in touched)) if touched else -1


def padded(inputs: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """Ids padded on the right to the longest input, and their mask. (B, T) each."""
    longest = max(map(len, inputs))
    ids = torch.tensor([i + [PAD] * (longest - len(i)) for i in inputs])
    return ids, (ids != PAD).long()
