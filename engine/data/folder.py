"""A folder (or one file) of examples: TSV, CSV, JSON Lines or Parquet with named columns, or a task's published format.

File names say split and language: `dev.ar.tsv`, `test-sw.parquet`, `train.jsonl`. Without a language in the name, a `language`
column decides, and without one the text is English. `validation`, `val` and `heldout` are read as dev. A folder per language
works too (`sib200/arb_Arab/dev.tsv`, `xcopa/sw/val.sw.jsonl`), and files that name no split (`xquad.ar.json`) are read as test. TSV
has no quoting, as XNLI and PAWS-X are published; CSV has.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine import tasks
from engine.data import formats
from engine.errors import InputError
from engine.languages import ISO3
from engine.results import Example
from engine.tasks import Classification

SUFFIXES = (".tsv", ".csv", ".jsonl", ".json", ".parquet")
SHARD = re.compile(r"-\d+-of-\d+$")
"""How the hub numbers the pieces of a split."""
SPLIT_NAMES = {"train": "train", "dev": "dev", "validation": "dev", "val": "dev", "heldout": "dev", "test": "test"}


def _files(argument: str) -> dict[tuple[str, str], Path]:
    """Files by (split, language); language is "" where the name does not say it."""
    folder = _place(argument)
    paths = [folder] if folder.is_file() else sorted(p for pattern in ("*", "*/*") for p in folder.glob(pattern) if p.suffix in SUFFIXES)
    unsplit = not any(_split(path) for path in paths)
    found: dict[tuple[str, str], Path] = {}
    for path in paths:
        language = _language(path, folder)
        split = _split(path) or ("test" if unsplit and (language or path == folder) else "")
        if split and (split, language) in found:
            raise InputError(f"{found[split, language].name} and {path.name} are the same split and language; keep one, or join them into one file.")
        if split:
            found[split, language] = path
    if not found:
        raise InputError(f"{argument} holds no file named after a split (train, dev, test) ending in {', '.join(SUFFIXES)}.")
    return found


def _parts(path: Path) -> list[str]:
    return re.split(r"[.\-_]", SHARD.sub("", path.stem))


def _split(path: Path) -> str:
    """The split that a file's name says; empty when it says none."""
    return next((SPLIT_NAMES[p] for p in _parts(path) if p in SPLIT_NAMES), "")


def _language(path: Path, folder: Path) -> str:
    """The language that a file's name says, or the folder that it lies in; empty when neither does."""
    named = next((p for p in _parts(path)[1:] if re.fullmatch(r"[a-z]{2,3}", p) and p not in SPLIT_NAMES), "")
    if named or path.parent == folder or folder.is_file():
        return named
    code = path.parent.name.split("_")[0]
    return ISO3.get(code, code if re.fullmatch(r"[a-z]{2,3}", code) else "")


def _place(argument: str) -> Path:
    """The path as given, or below the folder of real data that BABELPROOF_DATA names: then settings hold no machine's paths."""
    given = Path(argument).expanduser()
    data = os.environ.get("BABELPROOF_DATA")
    if not given.exists() and data and not given.is_absolute() and (Path(data) / given).exists():
        return Path(data) / given
    if not given.exists():
        raise InputError(
            f"There is no folder or file {argument}{f' here or in {data}' if data else ''}; "
            "give the path of a folder with files such as dev.ar.tsv, or one below the folder that BABELPROOF_DATA names."
        )
    return given


def languages(argument: str, task: str) -> list[str]:
    """Languages named by the files, or by the `language` column of files whose name does not say it; English first."""
    codes: set[str] = set()
    for (_, language), path in _files(argument).items():
        codes |= {language} if language else {str(r.get("language") or "en") for r in _rows(path, path.stat().st_mtime_ns)}
    return sorted(codes, key=lambda c: (c != "en", c))


def splits(argument: str, task: str, language: str) -> list[str]:
    """Splits that have this language."""
    have = {split for split, code in _files(argument) if code in (language, "")}
    return [s for s in ("train", "dev", "test") if s in have]


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """The examples of one split and language. Raises InputError with file and row for a missing column or unknown label."""
    files = _files(argument)
    path = files.get((split, language)) or files.get((split, ""))
    if path is None:
        return []
    named = (split, language) in files
    if task in formats.READERS and path.suffix != ".parquet":
        return list(_published(path, path.stat().st_mtime_ns, task, language, split))
    rows = _rows(path, path.stat().st_mtime_ns)
    kept = [(i, r) for i, r in enumerate(rows, 1) if (named or str(r.get("language") or "en") == language) and str(r.get("ns", "0")) != "1"]
    return [_example(row, f"{path.name}, row {i}", str(i), task, language, split) for i, row in kept]


def _example(row: dict[str, Any], where: str, number: str, task: str, language: str, split: str) -> Example:
    """One row with named columns: of a classification task, or of a Parquet file that was exported for another task."""
    kind = tasks.get(task)
    id = str(row.get("id") or row.get("index_id") or number)
    domain = str(row.get("domain") or row.get("genre") or "")
    if not isinstance(kind, Classification):
        start, end = row.get("answer_start"), row.get("answer_end")
        pair, many = row.get("text_pair"), {name: tuple(row.get(name) or ()) for name in ("words", "tags", "choices")}
        return Example(
            id, task, language, _column(row, ("text",), where), pair, row.get("language_pair"), row.get("label"), split, domain,
            question=str(row.get("question") or ""), answer=None if start is None or end is None else (start, end), **many,
        )  # fmt: skip
    raw = next((row[c] for c in ("label", "gold_label", "category") if c in row), None)
    paired = bool(kind.pair_columns)
    return Example(
        id=id, task=task, language=language, text=_column(row, kind.text_columns, where), split=split, domain=domain,
        text_pair=_column(row, kind.pair_columns, where) if paired else None, language_pair=language if paired else None,
        label=None if raw is None else kind.label(raw, where),
    )


def _column(row: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    name = next((n for n in names if row.get(n) is not None), None)
    if name is None:
        raise InputError(f"{where}: no column {' or '.join(names)}; the columns are {', '.join(map(str, row))}.")
    return str(row[name])


@lru_cache(maxsize=32)
def _published(path: Path, changed: int, task: str, language: str, split: str) -> tuple[Example, ...]:
    """All examples of a file in its task's published format; `changed` as in _rows."""
    try:
        content = path.read_text(encoding="utf-8-sig")
        return tuple(formats.READERS[task](content, Example("", task, language, "", split=split), path.name))
    except (UnicodeDecodeError, json.JSONDecodeError, csv.Error, OSError) as error:
        raise InputError(f"{path.name} cannot be read as {task} data: {error}.") from error


@lru_cache(maxsize=32)
def _rows(path: Path, changed: int) -> list[dict[str, Any]]:
    """All rows of a file; `changed` is its modification time, so that an edited file is read anew."""
    try:
        return list(_read_rows(path))
    except (UnicodeDecodeError, json.JSONDecodeError, pa.ArrowException, csv.Error, OSError) as error:
        raise InputError(f"{path.name} cannot be read as {path.suffix[1:]}: {error}.") from error


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.suffix == ".parquet":
        yield from pq.read_table(path).to_pylist()
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".jsonl":
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _object(json.loads(line), f"{path.name}, line {number}")
        elif path.suffix == ".tsv":
            yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        else:
            yield from csv.DictReader(file)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected an object with named columns, got {type(value).__name__}.")
    return value
