"""Parallel text for pretraining: units that say one thing in several languages.

Real text comes from a folder laid out as `parallel/bible/LL.VERSION.tsv`, `parallel/ntrex/newstest2019-*.txt` and
`sib200/<code>/train.tsv`; authored text comes from the miniature's training scenes. Text that anything is scored on stays out:
XNLI, every development or test split, the last 497 lines of NTREX, and all development and test scenes of the miniature.
"""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.errors import InputError
from engine.miniature.lexicon import languages
from engine.miniature.meanings import Scene, slot_relations
from engine.miniature.pairs import changed, scenes, split_of
from engine.miniature.realisation import Sentence, at_random, canonical, sentence

Unit = dict[str, str]
"""Language code to text. Two versions in one language have keys such as en and en~2."""

NTREX_LINES = 1_500
"""Lines used; the rest is kept for measuring retrieval."""

ISO3 = {
    "arb": "ar", "bul": "bg", "deu": "de", "ell": "el", "eng": "en", "eng-US": "en~2", "spa": "es", "fin": "fi", "fra": "fr", "hin": "hi",
    "ind": "id", "jpn": "ja", "kor": "ko", "rus": "ru", "swa": "sw", "swh": "sw", "tam": "ta", "tha": "th", "tur": "tr", "urd": "ur",
    "vie": "vi", "zho-CN": "zh", "zho": "zh",
}


def real_units(data: Path, verses: int) -> Iterator[Unit]:
    """All real units under the folder, of the Bible this many spread evenly. Raises InputError when there is none."""
    found = False
    for unit in itertools.chain(_bible(data / "parallel" / "bible", verses), _ntrex(data / "parallel" / "ntrex"), _sib(data / "sib200")):
        found = True
        yield unit
    if not found:
        raise InputError(f"No parallel text under {data}: expected parallel/bible, parallel/ntrex or sib200 there.")


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
    yield from units[:: max(1, len(units) // max(1, verses))][:verses]


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
            texts[code] = {row["index_id"]: row["text"] for row in _rows(path)}
    yield from _joined(texts)


def miniature_units(count: int, seed: int) -> Iterator[Unit]:
    """Training scenes said in every language twice: with canonical words, and (key `xx~2`) with words drawn at random."""
    rng = random.Random(seed)
    spoken = languages()
    for scene in itertools.islice(scenes("train", seed), count):
        unit = {code: sentence(scene, code, canonical(code)).text for code in spoken}
        unit |= {f"{code}~2": sentence(scene, code, at_random(code, rng)).text for code in spoken}
        yield unit


def changed_pair(scenes_of: list[Scene], rng: random.Random) -> tuple[Sentence, Sentence, set[str]]:
    """A training scene and a changed copy, each in any language, and the slots in which they differ (maybe none).

    Both scenes belong to the training split, and nothing is told of what a difference means: no label is given away.
    """
    first = rng.choice(scenes_of)
    second = first
    for _ in range(rng.choice((0, 1, 1, 2))):
        second = changed(rng, second)
    if rng.random() < 0.2:
        second = replace(second, negated=not second.negated)
    if split_of(second) != "train":
        second = first
    differing = {slot for slot, kind in slot_relations(first, second).items() if kind != "equal"}
    if first.negated != second.negated:
        differing.add("negation")
    return _said(first, rng), _said(second, rng), differing


def _said(scene: Scene, rng: random.Random) -> Sentence:
    code = rng.choice(languages())
    return sentence(scene, code, at_random(code, rng) if rng.random() < 0.5 else canonical(code))
