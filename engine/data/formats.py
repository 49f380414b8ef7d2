"""The published file formats of XTREME and its sisters, read and written: one loader serves their files and ours.

Classification (XNLI, PAWS-X, SIB-200) has named columns and is read by `folder`; the formats here are the others: UD-POS and PANX
(a word and its tag a line), XQuAD (SQuAD's JSON), XCOPA (JSON Lines), STS-B (CSV without a header), and pairs of texts.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import languages, tasks
from engine.errors import InputError
from engine.results import Example


@dataclass(frozen=True)
class FileFormat:
    """How a task's published files are named and written."""

    name: str
    """File name, with {split} and {language}."""
    write: Callable[[Sequence[Example]], str]


# ---- Words and tags: UD-POS, PANX


def _read_tagged(content: str, base: Example, name: str) -> Iterator[Example]:
    """Sentences are separated by blank lines; PANX's original files write `ar:word`."""
    known, index = set(tasks.get(base.task).labels), 0
    words: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*content.splitlines(), ""], 1):
        if line.strip():
            word, _, tag = line.rstrip("\n").rpartition("\t")
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
    return "".join("".join(f"{w}\t{t}\n" for w, t in zip(e.words, e.tags, strict=True)) + "\n" for e in examples)


# ---- Passages and questions: XQuAD, MLQA, TyDiQA


def _read_squad(content: str, base: Example, name: str) -> Iterator[Example]:
    data = _json(content, name)
    for paragraph in (p for article in _list(data, "data", name) for p in _list(article, "paragraphs", name)):
        context = str(paragraph.get("context", ""))
        for item in _list(paragraph, "qas", name):
            answer = (item.get("answers") or [{}])[0]
            text, start = str(answer.get("text", "")), int(answer.get("answer_start", -1))
            if not text or context[start : start + len(text)] != text:
                raise InputError(f"{name}: the answer {text[:40]!r} of question {item.get('id')} does not stand at character {start} of its passage.")
            yield replace(
                base, id=str(item.get("id")), text=context, text_pair=str(item.get("question", "")), language_pair=base.language,
                label=text, answer=(start, start + len(text)),
            )  # fmt: skip


def _write_squad(examples: Sequence[Example]) -> str:
    paragraphs = [
        {"context": e.text, "qas": [{"id": e.id, "question": e.text_pair, "answers": [{"text": e.label, "answer_start": (e.answer or (0, 0))[0]}]}]}
        for e in examples
    ]
    return json.dumps({"version": "1.1", "data": [{"title": "miniature", "paragraphs": paragraphs}]}, ensure_ascii=False, indent=1) + "\n"


# ---- Cause and effect: XCOPA


def _read_choices(content: str, base: Example, name: str) -> Iterator[Example]:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        row = _json(line, f"{name}, line {number}")
        missing = [c for c in ("premise", "choice1", "choice2", "question") if not isinstance(row.get(c), str)]
        if missing or row.get("label") not in (0, 1, None):
            raise InputError(f"{name}, line {number}: expected premise, choice1, choice2, question and a label of 0 or 1; wrong: {', '.join(missing) or 'label'}.")
        label = None if row.get("label") is None else f"choice{row['label'] + 1}"
        yield replace(base, id=str(row.get("idx", number)), text=row["premise"], question=row["question"], choices=(row["choice1"], row["choice2"]), label=label)


def _write_choices(examples: Sequence[Example]) -> str:
    rows = (
        {"premise": e.text, "choice1": e.choices[0], "choice2": e.choices[1], "question": e.question, "label": int(e.label == "choice2"), "idx": e.id}
        for e in examples
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# ---- Similarity: STS-B


def _read_similarity(content: str, base: Example, name: str) -> Iterator[Example]:
    for number, row in enumerate(csv.reader(io.StringIO(content)), 1):
        try:
            first, second, score = row
            value = float(score)
        except ValueError:
            raise InputError(f"{name}, row {number}: expected two sentences and a score from 0 to 5, got {str(row)[:80]}.") from None
        if not 0 <= value <= 5:
            raise InputError(f"{name}, row {number}: the score {score} lies outside 0 to 5.")
        yield replace(base, id=str(number - 1), text=first, text_pair=second, language_pair=base.language, label=f"{value:g}")


def _write_similarity(examples: Sequence[Example]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows((e.text, e.text_pair, e.label) for e in examples)
    return file.getvalue()


# ---- Two texts: Tatoeba and BUCC (a sentence and its English translation), LAReQA (a question and its answer)


def _read_pairs(content: str, base: Example, name: str) -> Iterator[Example]:
    other = "en" if base.task == "retrieval" else base.language
    for number, line in enumerate(content.splitlines(), 1):
        columns = line.split("\t")
        if len(columns) != 3:
            raise InputError(f"{name}:{number}: expected an id and two texts separated by tabs, got {line[:60]!r}.")
        yield replace(base, id=columns[0], text=columns[1], text_pair=columns[2], language_pair=other)


def _write_pairs(examples: Sequence[Example]) -> str:
    return "".join(f"{e.id}\t{e.text}\t{e.text_pair}\n" for e in examples)


# ---- Classification: written here; its files have named columns, which folder reads


def _write_xnli(examples: Sequence[Example]) -> str:
    return _tsv(("id", "genre", "premise", "hypothesis", "label"), ((e.id, e.domain, e.text, e.text_pair, e.label) for e in examples))


def _write_pawsx(examples: Sequence[Example]) -> str:
    return _tsv(("id", "sentence1", "sentence2", "label"), ((e.id, e.text, e.text_pair, int(e.label == "paraphrase")) for e in examples))


def _write_sib(examples: Sequence[Example]) -> str:
    return _tsv(("index_id", "category", "text"), ((e.id, e.label, e.text) for e in examples))


def _tsv(header: Sequence[str], rows: Iterator[Sequence[Any]]) -> str:
    """Without quoting, as the published files are."""
    return "".join("\t".join(map(str, row)) + "\n" for row in (header, *rows))


FILES: dict[str, FileFormat] = {
    "nli": FileFormat("{split}.{language}.tsv", _write_xnli),
    "paraphrase": FileFormat("{split}.{language}.tsv", _write_pawsx),
    "topic": FileFormat("{split}.{language}.tsv", _write_sib),
    "choice": FileFormat("{split}.{language}.jsonl", _write_choices),
    "pos": FileFormat("{split}-{language}.tsv", _write_tagged),
    "ner": FileFormat("{split}-{language}.tsv", _write_tagged),
    "qa": FileFormat("{split}.{language}.json", _write_squad),
    "retrieval": FileFormat("{split}.{language}.tsv", _write_pairs),
    "answers": FileFormat("{split}.{language}.tsv", _write_pairs),
    "similarity": FileFormat("{split}.{language}.csv", _write_similarity),
}


READERS: dict[str, Callable[[str, Example, str], Iterator[Example]]] = {
    "choice": _read_choices,
    "pos": _read_tagged,
    "ner": _read_tagged,
    "qa": _read_squad,
    "retrieval": _read_pairs,
    "answers": _read_pairs,
    "similarity": _read_similarity,
}
"""(content, an example that carries task, language and split, file name) -> examples, for tasks whose files have no named columns."""


def _json(content: str, where: str) -> dict[str, Any]:
    value = json.loads(content)
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected a JSON object, got {type(value).__name__}.")
    return value


def _list(value: Any, key: str, name: str) -> list[dict[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, list):
        raise InputError(f"{name}: expected a list called {key}, as in SQuAD's files.")
    return found
