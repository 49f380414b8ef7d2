"""The published file formats of XTREME and its sisters, read and written: one loader serves their files and ours.

Classification (XNLI, PAWS-X, SIB-200) has named columns and is read by `folder`; the formats here are the others: UD-POS and PANX
(a word and its tag a line, or CoNLL-U), XCOPA (JSON Lines), STS-B (CSV without a header), Tatoeba and BUCC (a file for each of two
languages), lines of an id and two texts, and in `squad` XQuAD and LAReQA.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import languages, tasks
from engine.data import squad
from engine.errors import InputError
from engine.results import Example


@dataclass(frozen=True)
class FileFormat:
    """How a task's published files are named and written."""

    name: str
    """File name, with {split} and {language}; Tatoeba's with {iso}, the code of three letters, and {part}, a split that is not test."""
    write: Callable[[Sequence[Example]], str]


# ---- Words and tags: UD-POS, PANX


def _read_tagged(content: str, base: Example, name: str) -> Iterator[Example]:
    """Sentences are separated by blank lines; PANX's original files write `ar:word`."""
    rows = ((number, line, *line.rpartition("\t")[::2]) for number, line in enumerate(_lines(content), 1))
    return _sentences(rows, base, name)


def _read_conllu(content: str, base: Example, name: str) -> Iterator[Example]:
    """Form (column 2) and universal tag (column 4) of the syntactic words. Comments, the lines of written words that UD splits (1-2)
    and words that are not written (1.1) are left out: am is read as an and dem, each with its tag."""
    rows = []
    for number, line in enumerate(_lines(content), 1):
        columns = line.split("\t")
        if line.strip() and not line.startswith("#") and len(columns) != 10:
            raise InputError(f"{name}:{number}: expected the ten columns of CoNLL-U separated by tabs, got {line[:60]!r}.")
        if not line.strip():
            rows.append((number, "", "", ""))
        elif columns[0].isdecimal():
            rows.append((number, line, columns[1], columns[3]))
    return _sentences(rows, base, name)


def _sentences(rows: Iterable[tuple[int, str, str, str]], base: Example, name: str) -> Iterator[Example]:
    """Sentences of (line number, line, word, tag), divided by blank lines."""
    known, index = set(tasks.get(base.task).labels), 0
    words: list[str] = []
    tags: list[str] = []
    for number, line, word, tag in (*rows, (0, "", "", "")):
        if line.strip():
            tag = tag.strip()
            if tag == "_":  # the tag of a word that UD splits (au = à + le), which the released files keep
                tag = "X"
            if not word or tag not in known:
                raise InputError(f"{name}:{number}: expected a word, a tab and one of {', '.join(sorted(known))}, got {line[:60]!r}.")
            words.append(word.removeprefix(f"{base.language}:"))
            tags.append(tag)
        elif words:
            yield replace(base, id=str(index), text=_joined(words, base.language), words=tuple(words), tags=tuple(tags))
            words, tags, index = [], [], index + 1


def _joined(words: Sequence[str], language: str) -> str:
    """Words as one text; tagged files do not say where spaces were."""
    return (" " if language not in languages.LANGUAGES or languages.get(language).spaced else "").join(words)


def _write_tagged(examples: Sequence[Example]) -> str:
    return "".join("".join(f"{_flat(w)}\t{t}\n" for w, t in zip(e.words, e.tags, strict=True)) + "\n" for e in examples)


# ---- Cause and effect: XCOPA


def _read_choices(content: str, base: Example, name: str) -> Iterator[Example]:
    for number, line in enumerate(_lines(content), 1):
        if not line.strip():
            continue
        row = squad.parsed(line, f"{name}, line {number}")
        missing = [c for c in ("premise", "choice1", "choice2", "question") if not isinstance(row.get(c), str)]
        if missing or row.get("label") not in (0, 1, None):
            raise InputError(f"{name}, line {number}: expected premise, choice1, choice2, question and a label of 0 or 1; wrong: {', '.join(missing) or 'label'}.")
        label = None if row.get("label") is None else f"choice{int(row['label']) + 1}"
        yield replace(base, id=str(row.get("idx", number)), text=row["premise"], question=row["question"], choices=(row["choice1"], row["choice2"]), label=label)


def _write_choices(examples: Sequence[Example]) -> str:
    rows = (
        {"premise": e.text, "choice1": e.choices[0], "choice2": e.choices[1], "question": e.question, "label": CHOICES.get(e.label or ""), "idx": index,
         "changed": False}
        for index, e in enumerate(examples)
    )  # fmt: skip
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


CHOICES = {"choice1": 0, "choice2": 1}


# ---- Similarity: STS-B


def _read_similarity(content: str, base: Example, name: str) -> Iterator[Example]:
    """Rows of two sentences and their score; of an empty one, without a label."""
    for number, row in enumerate(csv.reader(io.StringIO(content)), 1):
        try:
            first, second, score = row
            value = float(score) if score.strip() else None
        except ValueError:
            raise InputError(f"{name}, row {number}: expected two sentences and a score from 0 to 5, got {str(row)[:80]}.") from None
        if value is not None and not 0 <= value <= 5:
            raise InputError(f"{name}, row {number}: the score {score} lies outside 0 to 5.")
        label = None if value is None else f"{value:g}"
        yield replace(base, id=str(number - 1), text=first, text_pair=second, language_pair=base.language, label=label)


def _write_similarity(examples: Sequence[Example]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows((e.text, e.text_pair, e.label) for e in examples)
    return file.getvalue()


# ---- A sentence and its English translation: Tatoeba and BUCC

BITEXT_SPLITS = {"train": "train", "training": "train", "dev": "dev", "sample": "dev", "test": "test"}
"""The splits that their names say; `sample` and `training` are BUCC's."""
BITEXT = re.compile(rf"(?:\w+\.)?(?P<language>[a-z]{{2,3}})-(?P<english>eng?)(?:\.(?P<split>{'|'.join(BITEXT_SPLITS)}))?\.(?P=language)")
"""The file of the other language beside its English one: `tatoeba.deu-eng.deu`, `bucc2018.de-en.dev.de`, `de-en.training.de`."""
TATOEBA = {
    "ara": "ar", "heb": "he", "vie": "vi", "ind": "id", "jav": "jv", "tgl": "tl", "eus": "eu", "mal": "ml", "tel": "te", "afr": "af", "nld": "nl",
    "deu": "de", "ell": "el", "ben": "bn", "hin": "hi", "mar": "mr", "urd": "ur", "tam": "ta", "fra": "fr", "ita": "it", "por": "pt", "spa": "es",
    "bul": "bg", "rus": "ru", "jpn": "ja", "kat": "ka", "kor": "ko", "tha": "th", "swh": "sw", "cmn": "zh", "kaz": "kk", "tur": "tr", "est": "et",
    "fin": "fi", "hun": "hu", "pes": "fa", "aze": "az", "lit": "lt", "pol": "pl", "ukr": "uk", "ron": "ro",
}  # fmt: skip
"""The codes of XTREME-R's Tatoeba files and ours for the same languages."""


def read_bitext(content: str, english: str, gold: str | None, base: Example, name: str) -> Iterator[Example]:
    """Pairs of a file and its English one: line by line (Tatoeba), or of sentences with ids by the pairs of ids in `gold` (BUCC),
    where sentences without a translation are left out."""
    if gold is not None:
        first, second = _identified(content, name), _identified(english, f"the English file of {name}")
        for number, line in enumerate(_lines(gold), 1):
            ids = line.strip().split("\t")
            if len(ids) != 2 or ids[0] not in first or ids[1] not in second:
                raise InputError(f"The .gold file of {name}, line {number}: expected the ids of two sentences separated by a tab, got {line[:60]!r}.")
            yield replace(base, id=ids[0], text=first[ids[0]], text_pair=second[ids[1]], language_pair="en")
        return
    lines, others = _lines(content), _lines(english)
    if len(lines) != len(others) or any("\t" in line for line in lines):
        raise InputError(
            f"{name} and its English file, of {len(lines)} and {len(others)} lines, do not translate each other line by line as Tatoeba's do; "
            "BUCC's, which have an id and a tab before each sentence, need their .gold file beside them."
        )
    for number, (line, other) in enumerate(zip(lines, others, strict=True)):
        yield replace(base, id=str(number), text=line, text_pair=other, language_pair="en")


def _identified(content: str, name: str) -> dict[str, str]:
    rows = [line.partition("\t") for line in _lines(content)]
    if wrong := next((n for n, (_, tab, _text) in enumerate(rows, 1) if not tab), 0):
        raise InputError(f"{name}, line {wrong}: expected an id, a tab and a sentence, as in BUCC's files.")
    return {id: text for id, _, text in rows}


# ---- Lines of an id and two texts, read for retrieval and answers


def _read_pairs(content: str, base: Example, name: str) -> Iterator[Example]:
    other = "en" if base.task == "retrieval" else base.language
    for number, line in enumerate(_lines(content), 1):
        columns = line.split("\t")
        if len(columns) != 3:
            raise InputError(f"{name}:{number}: expected an id and two texts separated by tabs, got {line[:60]!r}.")
        yield replace(base, id=columns[0], text=columns[1], text_pair=columns[2], language_pair=other)


# ---- Classification: written here; its files have named columns, which folder reads


def _write_xnli(examples: Sequence[Example]) -> str:
    return _tsv(("id", "genre", "premise", "hypothesis", "label"), ((e.id, e.domain, e.text, e.text_pair, e.label or "") for e in examples))


def _write_pawsx(examples: Sequence[Example]) -> str:
    return _tsv(("id", "sentence1", "sentence2", "label"), ((e.id, e.text, e.text_pair, PARAPHRASE.get(e.label or "", "")) for e in examples))


def _write_sib(examples: Sequence[Example]) -> str:
    return _tsv(("index_id", "category", "text"), ((e.id, e.label or "", e.text) for e in examples))


PARAPHRASE = {"different": 0, "paraphrase": 1}


def _tsv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Without quoting, as the published files are."""
    return "".join("\t".join(_flat(str(value)) for value in row) + "\n" for row in (header, *rows))


def _sentences_only(examples: Sequence[Example]) -> str:
    return "".join(f"{_flat(e.text)}\n" for e in examples)


def _translations_only(examples: Sequence[Example]) -> str:
    return "".join(f"{_flat(e.text_pair or '')}\n" for e in examples)


FILES: dict[str, tuple[FileFormat, ...]] = {
    "nli": (FileFormat("{split}.{language}.tsv", _write_xnli),),
    "paraphrase": (FileFormat("{split}.{language}.tsv", _write_pawsx),),
    "topic": (FileFormat("{split}.{language}.tsv", _write_sib),),
    "choice": (FileFormat("{split}.{language}.jsonl", _write_choices),),
    "pos": (FileFormat("{split}-{language}.tsv", _write_tagged),),
    "ner": (FileFormat("{split}-{language}.tsv", _write_tagged),),
    "qa": (FileFormat("{split}.{language}.json", squad.write),),
    "retrieval": (FileFormat("tatoeba.{iso}-eng{part}.{iso}", _sentences_only), FileFormat("tatoeba.{iso}-eng{part}.eng", _translations_only)),
    "answers": (FileFormat("{split}.{language}.json", squad.write_sentences),),
    "similarity": (FileFormat("{split}.{language}.csv", _write_similarity),),
}


def published(task: str, split: str, language: str, examples: Sequence[Example]) -> dict[str, str]:
    """The published files of a split by their names; none for English sentences and their English translations."""
    if task == "retrieval" and language == "en":
        return {}
    iso = next((three for three, two in TATOEBA.items() if two == language), language)
    part = "" if split == "test" else f".{split}"
    return {f.name.format(split=split, language=language, iso=iso, part=part): f.write(examples) for f in FILES[task]}


Reader = Callable[[str, Example, str], Iterator[Example]]
READERS: dict[str, Reader] = {
    "choice": _read_choices,
    "pos": _read_tagged,
    "pos.conllu": _read_conllu,
    "ner": _read_tagged,
    "qa": squad.read,
    "retrieval": _read_pairs,
    "answers": _read_pairs,
    "answers.json": squad.read_sentences,
    "similarity": _read_similarity,
}
"""(content, an example that carries task, language and split, file name) -> examples, for tasks whose files have no named columns;
a task with a suffix reads files that end so."""


def _lines(content: str) -> list[str]:
    """Lines that end in a line break; str.splitlines would break texts at characters such as U+2028 as well."""
    return content.removesuffix("\n").split("\n") if content else []


def _flat(text: str) -> str:
    """A text as it fits a line without quoting: a tab or a line break becomes a space."""
    return re.sub(r"[\t\r\n]+", " ", text)
