"""The miniature as a source: English train splits, and development and test splits parallel in every language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from engine.errors import InputError, did_you_mean
from engine.miniature import lexicon
from engine.miniature import splits as split_files
from engine.miniature.formats import FORMATS
from engine.miniature.items import Item, spoken
from engine.miniature.realisation import Sentence, entities
from engine.results import Example


def languages(argument: str, task: str) -> list[str]:
    """The languages that the miniature speaks."""
    if task not in FORMATS:
        raise InputError(did_you_mean(task, list(FORMATS), "task of the miniature"))
    return lexicon.languages()


def splits(argument: str, task: str, language: str) -> list[str]:
    """All in every language but train, which is English: transfer from it is zero-shot."""
    return [s for s in FORMATS[task].sizes if s != "train" or language == "en"]


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """All examples of a split; the same id is the same item in every language."""
    return list(_read(task, language, split))


@lru_cache(maxsize=64)
def _read(task: str, language: str, split: str) -> tuple[Example, ...]:
    items = split_files.read(task, split)
    return tuple(example(item, task, language, split, f"{split}-{index:05d}") for index, item in enumerate(items))


def forget() -> None:
    """Let go of what was read."""
    _read.cache_clear()


def example(item: Item, task: str, language: str, split: str, id: str) -> Example:
    """An item in a language, in the format of its task."""
    said = [spoken(saying, language) for saying in item.sayings]
    base = Example(id, task, language, said[0].text, split=split, domain=item.domain)
    return SHAPES[task](item, said, base)


def _single(item: Item, said: list[Sentence], base: Example) -> Example:
    return replace(base, label=item.label)


def _pair(item: Item, said: list[Sentence], base: Example) -> Example:
    return replace(base, text_pair=said[1].text, language_pair=said[1].language, label=item.label or None)


def _tagged(item: Item, said: list[Sentence], base: Example) -> Example:
    return replace(base, words=tuple(s.text for s in said[0].spans), tags=tuple(s.tag for s in said[0].spans))


def _named(item: Item, said: list[Sentence], base: Example) -> Example:
    return replace(_tagged(item, said, base), tags=tuple(entities(said[0], item.sayings[0].scene)))


def _choice(item: Item, said: list[Sentence], base: Example) -> Example:
    question, _, label = item.label.partition(":")
    return replace(base, question=question, choices=(said[1].text, said[2].text), label=label)


def _passage(item: Item, said: list[Sentence], base: Example) -> Example:
    """The sentences as one passage, and the words that say the asked slot as the answer."""
    *passage, question = said
    module, asked = lexicon.grammar(question.language), item.sayings[-1].ask
    space = " " if module.SPACED else ""
    right = int(item.label)
    before = sum(len(s.text) + len(space) for s in passage[:right])
    start, end = _phrase(passage[right], (asked, f"{asked}_quality", *(("number",) if asked == "who" else ())))
    return replace(
        base, text=space.join(s.text for s in passage), text_pair=question.text, language_pair=question.language,
        label=passage[right].text[start:end], answer=(before + start, before + end),
    )  # fmt: skip


def _phrase(said: Sentence, slots: tuple[str, ...]) -> tuple[int, int]:
    """The run of words of these slots that says the most; the "by" of a passive and the "it was" of a cleft do not belong to it."""
    runs: list[list[int]] = [[]]
    for i, span in enumerate(said.spans):
        if span.slot in slots and not (slots[0] in ("who", "whom") and span.tag in ("ADP", "AUX", "PRON", "SCONJ", "PUNCT")):
            runs[-1].append(i)
        elif runs[-1]:
            runs.append([])
    best = max(runs, key=lambda run: (sum(said.spans[i].tag in ("NOUN", "PROPN", "ADJ", "NUM") for i in run), len(run)))
    return said.spans[best[0]].start, said.spans[best[-1]].end


def _translation(item: Item, said: list[Sentence], base: Example) -> Example:
    return replace(base, text_pair=spoken(item.sayings[0], "en").text, language_pair="en")


SHAPES: dict[str, Callable[[Item, list[Sentence], Example], Example]] = {
    "nli": _pair, "paraphrase": _pair, "similarity": _pair, "answers": _pair, "choice": _choice, "pos": _tagged, "ner": _named,
    "qa": _passage, "retrieval": _translation, "topic": _single,
}  # fmt: skip


def parallel_sentences(task: str, split: str, id: str, first: str, second: str) -> list[tuple[Sentence, Sentence]]:
    """The sentences of an item in two languages, word by word with their slots (see realisation.align)."""
    item = split_files.read(task, split)[int(id.rsplit("-", 1)[1])]
    return [(spoken(saying, first), spoken(saying, second)) for saying in item.sayings]


def worked_examples(task: str, language: str) -> list[Example]:
    """A few test examples to start from in the browser: the first two of each label."""
    seen: dict[str, list[Example]] = {}
    for found in _read(task, language, "test"):
        of_label = seen.setdefault(found.label or "", [])
        if len(of_label) < 2:
            of_label.append(found)
    return [e for of_label in seen.values() for e in of_label]
