"""Parallel text for pretraining: units that say one thing in several languages.

Real text comes from a folder laid out as `parallel/bible/LL.VERSION.tsv`, `parallel/ntrex/newstest2019-*.txt`,
`sib200/<code>/train.tsv`, `xquad/xquad.LL.json`, `tydiqa/tydiqa.goldp.LL.train.json`, `dictionaries/en-LL.txt` and, English alone,
`nli_en/train.tsv` (its texts, never its labels); authored text comes from the miniature's training scenes. Text that anything is scored on stays out: XNLI, every development or test split, the
last 500 lines of NTREX, and all development and test scenes of the miniature. (Question answering is not trained here; XQuAD's
passages are read, so nothing may be claimed on XQuAD with these encoders.)
"""

from __future__ import annotations

import csv
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from engine.languages import ISO3
from engine.miniature.changes import changed
from engine.miniature.items import Saying, spoken
from engine.miniature.lexicon import languages
from engine.miniature.meanings import CONTENT_SLOTS, TOPICS, Scene, slot_relations
from engine.miniature.realisation import Sentence, at_random, canonical, sentence
from engine.miniature.scenes import in_split, named_scene, random_scene, some_manner, split_of, topic_scene

Unit = dict[str, str]
"""Language code to text. Two versions in one language have keys such as en and en~2."""

NTREX_LINES = 1_497
"""Lines used; the other 500 are kept for measuring retrieval."""

def verse_units(data: Path, verses: int) -> list[Unit]:
    """This many verses of the Bible, spread evenly over it, in the languages that the miniature speaks."""
    return _parallel(_bible(data / "parallel" / "bible", verses))


def real_units(data: Path) -> list[Unit]:
    """All other real units under the folder in the order of their texts; passages of TyDiQA are in one language only.

    Languages that the miniature does not speak are left out.
    """
    sources = _ntrex(data / "parallel" / "ntrex"), _sib(data / "sib200"), _xquad(data / "xquad")
    return [*_parallel(itertools.chain(*sources)), *filter(None, map(_spoken, _tydiqa(data / "tydiqa")))]


def _parallel(units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in map(_spoken, units) if len(unit) > 1]


def _spoken(unit: Unit) -> Unit:
    """The versions in languages of the miniature."""
    return {version: text for version, text in unit.items() if version.split("~")[0] in _languages()}


_languages = cache(languages)


def dictionary_units(data: Path, texts: Iterable[Unit], limit: int) -> Iterator[Unit]:
    """Word pairs with English, per language those whose English word is commonest in `texts`, at most `limit`.

    Some dictionaries are in alphabetical order, so that their first words would be a poor choice.
    """
    known = Counter(word for unit in texts for word in re.findall(r"[a-z]+", unit.get("en", "").lower()))
    for path in sorted((data / "dictionaries").glob("en-??.txt")):
        code = path.stem.removeprefix("en-")
        if code in languages():
            lines = (re.split(r"[\t ]+", line, maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
            pairs = dict.fromkeys((line[0], line[1].strip()) for line in lines if len(line) == 2 and known[line[0]] and line[1].strip())
            for english, other in sorted(pairs, key=lambda pair: -known[pair[0]])[:limit]:
                yield {"en": english, code: other}


def english_texts(data: Path) -> Iterator[str]:
    """Distinct English sentences of three words or more of the collections whose licence lets weights be handed on: MNLI's and the
    counterfactually augmented ones; SICK, which excludes commercial use, is left out. None where there is no such file."""
    path = data / "nli_en" / "train.tsv"
    rows = [row for row in _rows(path) if row["split"].startswith(("mnli", "cad"))] if path.is_file() else []
    yield from dict.fromkeys(text for row in rows for text in (row["premise"], row["hypothesis"]) if text.count(" ") > 1)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _joined(texts: dict[str, dict[str, str]]) -> Iterator[Unit]:
    """Units from texts by language and key; a key said in one language only is left out."""
    keys = dict.fromkeys(itertools.chain.from_iterable(texts.values()))
    for key in keys:
        unit = {language: by_key[key] for language, by_key in texts.items() if by_key.get(key, "").strip()}
        if len(unit) > 1:
            yield unit


def _bible(folder: Path, verses: int) -> Iterator[Unit]:
    """One unit per verse. Psalms (book 19) are numbered differently between versions and stay out."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.*.tsv")):
        code = path.name.split(".")[0]
        code = f"{code}~2" if code in texts else code
        texts[code] = {row["ref"]: row["text"] for row in _rows(path) if not row["ref"].startswith("19.")}
    units = list(_joined(texts))
    count = min(verses, len(units))
    yield from (units[i * len(units) // count] for i in range(count))


def _ntrex(folder: Path) -> Iterator[Unit]:
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("newstest2019-*.txt")):
        code = ISO3.get(path.name.split(".")[1])
        if code:
            lines = path.read_text(encoding="utf-8").splitlines()[:NTREX_LINES]
            texts[code] = {str(i): line.strip() for i, line in enumerate(lines)}
    yield from _joined(texts)


def _sib(folder: Path) -> Iterator[Unit]:
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*/train.tsv")):
        code = ISO3.get(path.parent.name.split("_")[0])
        if code:
            # By their ids, in whose order the sentences of a text follow each other.
            texts[code] = {row["index_id"]: row["text"] for row in sorted(_rows(path), key=lambda row: (len(row["index_id"]), row["index_id"]))}
    yield from _joined(texts)


def _xquad(folder: Path) -> Iterator[Unit]:
    """Passages and questions of XQuAD, parallel by place and id."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("xquad.*.json")):
        of_language = texts.setdefault(path.name.split(".")[1], {})
        passages = (p for article in json.loads(path.read_text(encoding="utf-8"))["data"] for p in article["paragraphs"])
        for index, passage in enumerate(passages):
            of_language[str(index)] = passage["context"]
            of_language |= {question["id"]: question["question"] for question in passage["qas"]}
    yield from _joined(texts)


def _tydiqa(folder: Path) -> Iterator[Unit]:
    """Passages of TyDiQA's training split, each in one language."""
    for path in sorted(folder.glob("tydiqa.goldp.*.train.json")):
        code = path.name.split(".")[2]
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            yield from ({code: passage["context"]} for passage in article["paragraphs"])


def miniature_units(count: int, seed: int) -> Iterator[Unit]:
    """Training scenes said in every language twice: plainly with canonical words, and (key `xx~2`) in some manner with words drawn
    at random. One scene in four has named people and places, one in four is about a topic."""
    rng = random.Random(seed)
    spoken_here = languages()
    kinds = itertools.cycle((random_scene, named_scene, random_scene, lambda rng: topic_scene(rng, rng.choice(TOPICS))))
    for draw in itertools.islice(kinds, count):
        scene = in_split(rng, "train", draw)
        unit = {code: sentence(scene, code, canonical(code)).text for code in spoken_here}
        manner = Saying(scene, some_manner(rng))
        unit |= {f"{code}~2": spoken(manner, code, at_random(code, rng)).text for code in spoken_here}
        yield unit


DRAWN = (*CONTENT_SLOTS, "who", "action", "action", "whom", "whom", "whom_quality")
"""Slots as often as they are changed. Actions and what they are done to take longest to learn, for they have most words: after a stretch of
even draws 62 and 54% of their changes were detected, of times, places and numbers 91 to 99% (docs/LOG.md)."""


def changed_pair(scenes_of: list[Scene], rng: random.Random, same_language: float = 0.25) -> tuple[Sentence, Sentence, set[str], set[str]]:
    """A training scene and a changed copy, each in any language (this share of pairs in the same), and for each the slots in which it says what the
    other does not (maybe none): *rose* says more than *flower*, *flower* nothing that *rose* does not.

    Both scenes belong to the training split. Hypernyms are told word by word, in every language, as running text would tell them to a
    larger encoder; what follows from a pair of sentences is not told.
    """
    first = rng.choice(scenes_of)
    second = first
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3))):
        second = changed(rng, second, DRAWN)
    if rng.random() < 0.2:
        second = replace(second, negated=not second.negated)
    if split_of(second) != "train":
        second = first
    relations = slot_relations(first, second) | {"negation": "equal" if first.negated == second.negated else "disjoint"}
    more, less = ({slot for slot, kind in relations.items() if kind not in ("equal", nothing_new)} for nothing_new in ("reverse", "forward"))
    code = rng.choice(languages())
    other = code if rng.random() < same_language else rng.choice(languages())
    return _said(first, code, rng), _said(second, other, rng), more, less


def said_twice(scenes_of: list[Scene], rng: random.Random) -> tuple[Scene, Sentence, Sentence]:
    """A training scene, and it said in two languages."""
    scene = rng.choice(scenes_of)
    first, second = rng.sample(languages(), 2)
    return scene, _said(scene, first, rng), _said(scene, second, rng)


def _said(scene: Scene, code: str, rng: random.Random) -> Sentence:
    return sentence(scene, code, at_random(code, rng) if rng.random() < 0.5 else canonical(code))
