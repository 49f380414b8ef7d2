"""Writes a split of any source as Parquet and in the published format of its task, with a data card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engine import data, files, languages, tasks
from engine.config import TaskData
from engine.data.formats import FILES
from engine.errors import InputError
from engine.results import Example


def export(source: TaskData, splits: Sequence[str], codes: Sequence[str], to: Path) -> list[Path]:
    """Write every split and language to `to/<task>/`, and `to/README.md`; the files that were written.

    A language that has no such split (training data are English) is left out. Raises InputError when nothing is left, for an
    unknown split, and when the folder cannot be written.
    """
    written: list[Path] = []
    counts: dict[tuple[str, str], int] = {}
    folder = to / source.task
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for code in codes or data.languages(source):
            for split in splits:
                if split in data.splits(source, code):
                    examples = data.examples(source, code, split)
                    written += _write(examples, source.task, split, code, folder)
                    counts[split, code] = len(examples)
        if not written:
            raise InputError(f"{source.source} has no {' or '.join(splits)} split of {source.task} in {', '.join(codes) or 'any language'}.")
        card = to / "README.md"
        files.write_atomically(card, lambda path: path.write_text(_card(source, counts, to), encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The export to {to} failed: {error.strerror or error}.") from error
    return [*written, card]


def _write(examples: Sequence[Example], task: str, split: str, code: str, folder: Path) -> list[Path]:
    published = folder / FILES[task].name.format(split=split, language=code)
    files.write_atomically(published, lambda path: path.write_text(FILES[task].write(examples), encoding="utf-8"))
    parquet = folder / f"{split}.{code}.parquet"
    files.write_atomically(parquet, lambda path: pq.write_table(table(examples), path))
    return [published, parquet]


def table(examples: Sequence[Example]) -> pa.Table:
    """Examples as an Arrow table with a column per field; the answer's span as answer_start and answer_end."""
    rows = []
    for e in examples:
        row = asdict(e)
        answer = row.pop("answer") or (None, None)
        rows.append(row | {"words": list(e.words), "tags": list(e.tags), "choices": list(e.choices), "answer_start": answer[0], "answer_end": answer[1]})
    return pa.Table.from_pylist(rows, schema=SCHEMA)


SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "task", "language", "text", "text_pair", "language_pair", "label", "split", "domain", "question")]
    + [(name, pa.list_(pa.string())) for name in ("words", "tags", "choices")]
    + [(name, pa.int64()) for name in ("answer_start", "answer_end")]
)


def _card(source: TaskData, counts: dict[tuple[str, str], int], to: Path) -> str:
    """A data card in the hub's form; tasks that earlier calls exported to the same folder are listed as well."""
    here = sorted({p.parent.name for p in to.glob("*/*.parquet")})
    codes = list(dict.fromkeys(code for _, code in counts))
    own = source.source == "miniature"
    head = [
        "---", "license: cc-by-4.0" if own else "license: other", "language:", *(f"- {code}" for code in codes),
        "multilinguality: translation" if own else "multilinguality: multilingual", "---", "",
    ]  # fmt: skip
    title = "# Babelproof miniature" if own else f"# {source.source}"
    about = (
        "An authored, parallel benchmark: the same scenes in every language, with labels that are right by construction. The same id is the\n"
        "same item in every language. Licence: CC BY 4.0, the Babelproof authors. How it is made: docs/miniature.md of Babelproof."
        if own
        else "Exported by Babelproof from a source whose own licence applies."
    )
    rows = [f"| {split} | {code} ({languages.get(code).name if code in languages.LANGUAGES else code}) | {n:,} |" for (split, code), n in sorted(counts.items())]
    sister = f"{tasks.get(source.task).title}, in the format of {tasks.get(source.task).sister}"
    return "\n".join(
        [*head, title, "", about, "", f"## {source.task}", "", sister + ".", "", "| split | language | items |", "|---|---|---|", *rows, "",
         f"Tasks in this folder: {', '.join(here)}. Every split is there twice: as Parquet, and in the published format.", ""]
    )  # fmt: skip
