"""A folder (or one file) of examples as TSV, CSV, JSON Lines or Parquet with named columns.

File names say split and language: `dev.ar.tsv`, `test-sw.parquet`, `train.jsonl`. Without a language in the name, a `language`
column decides, and without one the text is English. `validation`, `val` and `heldout` are read as dev. TSV has no quoting,
as XNLI and PAWS-X are published; CSV has.
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
from engine.errors import InputError
from engine.results import Example

SUFFIXES = (".tsv", ".csv", ".jsonl", ".parquet")
SHARD = re.compile(r"-\d+-of-\d+$")
"""How the hub numbers the pieces of a split."""
SPLIT_NAMES = {"train": "train", "dev": "dev", "validation": "dev", "val": "dev", "heldout": "dev", "test": "test"}


def _files(argument: str) -> dict[tuple[str, str], Path]:
    """Files by (split, language); language is "" where the name does not say it."""
    folder = _place(argument)
    paths = [folder] if folder.is_file() else sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES)
    found: dict[tuple[str, str], Path] = {}
    for path in paths:
        parts = re.split(r"[.\-_]", SHARD.sub("", path.stem))
        split = next((SPLIT_NAMES[p] for p in parts if p in SPLIT_NAMES), "test" if folder.is_file() else "")
        language = next((p for p in parts[1:] if re.fullmatch(r"[a-z]{2,3}", p) and p not in SPLIT_NAMES), "")
        if split and (split, language) in found:
            raise InputError(f"{found[split, language].name} and {path.name} are the same split and language; keep one, or join them into one file.")
        if split:
            found[split, language] = path
    if not found:
        raise InputError(f"{argument} holds no file named after a split (train, dev, test) ending in {', '.join(SUFFIXES)}.")
    return found


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
    rows = _rows(path, path.stat().st_mtime_ns)
    kept = [(i, r) for i, r in enumerate(rows, 1) if (named or str(r.get("language") or "en") == language) and str(r.get("ns", "0")) != "1"]
    return [_example(row, f"{path.name}, row {i}", str(i), task, language, split) for i, row in kept]


def _example(row: dict[str, Any], where: str, number: str, task: str, language: str, split: str) -> Example:
    kind = tasks.get(task)
    text = _column(row, kind.text_columns, where)
    pair = _column(row, kind.pair_columns, where)
    raw = row.get("label", row.get("gold_label"))
    return Example(
        id=str(row.get("id") or number), task=task, language=language, text=text, text_pair=pair, language_pair=language,
        label=None if raw is None else kind.label(raw, where), split=split,
    )


def _column(row: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    name = next((n for n in names if row.get(n) is not None), None)
    if name is None:
        raise InputError(f"{where}: no column {' or '.join(names)}; the columns are {', '.join(map(str, row))}.")
    return str(row[name])


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
