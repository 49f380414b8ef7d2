"""A folder (or one file) of examples: TSV, CSV, JSON Lines or Parquet with named columns, or a task's published format.

File names say split and language: `dev.ar.tsv`, `test-sw.parquet`, `train.jsonl`. Without a language in the name, a `language`
column decides, and without one the text is English. `validation`, `val` and `heldout` are read as dev, and of BUCC's files
(`de-en.sample.de`) `sample` as dev and `training` as train. A folder per language works too (`sib200/arb_Arab/dev.tsv`, `xcopa/sw/val.sw.jsonl`), and files that name no split (`xquad.ar.json`) are read as test. TSV
has no quoting, as XNLI and PAWS-X are published; CSV has. A TSV of two texts and a label a line may lack its header, as XTREME's
has none. CoNLL-U (`de_gsd-ud-test.conllu`) is read for `pos` alone.

Where several files are the same split and language, as in a folder that `data export` wrote, a Parquet file is read before others,
since it holds every field, and CoNLL-U after others: beside XTREME's `test-de.tsv` a treebank is left out.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine import tasks
from engine.data import formats
from engine.errors import InputError
from engine.languages import ISO3, LANGUAGES
from engine.results import Example
from engine.tasks import Classification

SUFFIXES = (".tsv", ".csv", ".jsonl", ".json", ".parquet")
"""Files of every task; formats.READERS adds those of one task."""
SHARD = re.compile(r"-\d+-of-\d+$")
"""How the hub numbers the pieces of a split."""
SPLIT_NAMES = {"train": "train", "dev": "dev", "validation": "dev", "val": "dev", "heldout": "dev", "test": "test"}
PAIR_LABELS = {name for task in tasks.TASKS.values() if isinstance(task, Classification) and task.pair_columns for name in task.labels} | {"0", "1"}
"""What the third column of a TSV without a header holds."""


def _files(argument: str, task: str) -> dict[tuple[str, str], Path]:
    """Files by (split, language); language is "" where the name does not say it."""
    folder = _place(argument)
    inside = [folder] if folder.is_file() else sorted(p for pattern in ("*", "*/*") for p in folder.glob(pattern) if p.is_file())
    suffixes = list(dict.fromkeys([*SUFFIXES, *(name.removeprefix(task) for name in formats.READERS if name.startswith(f"{task}."))]))
    paths = [p for p in inside if p == folder or p.suffix in suffixes or task == "retrieval" and _bitext(p)]
    unsplit = not any(_split(path) for path in paths)
    found: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        language = _language(path, folder)
        split = _split(path) or ("test" if unsplit and (language or path == folder) else "")
        if split:
            found.setdefault((split, language), []).append(path)
    if not found:
        raise InputError(f"{argument} holds no file named after a split (train, dev, test) ending in {', '.join(suffixes)}.")
    return {key: _chosen(candidates, folder) for key, candidates in found.items()}


def _chosen(paths: list[Path], folder: Path) -> Path:
    """The one of several files of a split and language that is read. Raises InputError where two have the same right to it."""
    first = [p for p in paths if p.suffix == ".parquet"] or [p for p in paths if p.suffix != ".conllu"] or paths
    if len(first) > 1:
        names = " and ".join(p.relative_to(folder).as_posix() for p in first)
        raise InputError(f"{names} are the same split and language; keep one, or join them into one file.")
    return first[0]


def _parts(path: Path) -> list[str]:
    return re.split(r"[.\-_]", SHARD.sub("", path.stem))


def _bitext(path: Path) -> re.Match[str] | None:
    """The parts of the name of a file with its translation beside it, as Tatoeba and BUCC have them; None for another name."""
    return formats.BITEXT.fullmatch(path.name)


def _split(path: Path) -> str:
    """The split that a file's name says; empty when it says none."""
    if bitext := _bitext(path):
        return formats.BITEXT_SPLITS[bitext["split"] or "test"]
    return next((SPLIT_NAMES[p] for p in _parts(path) if p in SPLIT_NAMES), "")


def _language(path: Path, folder: Path) -> str:
    """The language that a file's name says, or the folder that it lies in; empty when neither does."""
    if bitext := _bitext(path):
        return formats.TATOEBA.get(bitext["language"], bitext["language"])
    # UD names files after the treebank (de_gsd-ud-dev.conllu), LAReQA after the language alone (de.json).
    first = path.suffix == ".conllu" or (path.suffix == ".json" and path.stem in LANGUAGES)
    parts = _parts(path)[0 if first else 1 :]
    named = next((p for p in parts if re.fullmatch(r"[a-z]{2,3}", p) and p not in SPLIT_NAMES), "")
    if named or path.parent == folder or folder.is_file():
        return named
    code = path.parent.name.split("_")[0]
    return ISO3.get(code, code if re.fullmatch(r"[a-z]{2,3}", code) else "")


def _place(argument: str) -> Path:
    """The path as given, or below the folder of real data that BABELPROOF_DATA names: then settings hold no machine's paths."""
    given = Path(argument).expanduser()
    data = os.environ.get("BABELPROOF_DATA")
    if not _exists(given) and data and not given.is_absolute() and _exists(Path(data) / given):
        return Path(data) / given
    if not _exists(given):
        raise InputError(
            f"There is no folder or file {argument}{f' here or in {data}' if data else ''}; "
            "give the path of a folder with files such as dev.ar.tsv, or one below the folder that BABELPROOF_DATA names."
        )
    return given


def _exists(path: Path) -> bool:
    """Whether there is such a path; no for a name that the system does not allow."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def languages(argument: str, task: str) -> list[str]:
    """Languages named by the files, or by the `language` column of files whose name does not say it; English first."""
    codes: set[str] = set()
    for (_, language), path in _files(argument, task).items():
        known = language or ("en" if _reader(task, path) else "")
        codes |= {known} if known else _column_languages(path, path.stat().st_mtime_ns)
    return sorted(codes, key=lambda c: (c != "en", c))


@lru_cache(maxsize=32)
def _column_languages(path: Path, changed: int) -> frozenset[str]:
    """Languages of a file whose name says none; `changed` as in _rows."""
    return frozenset(str(row.get("language") or "en") for row in _rows(path, changed))


def splits(argument: str, task: str, language: str) -> list[str]:
    """Splits that have this language."""
    have = {split for split, code in _files(argument, task) if code in (language, "")}
    return [s for s in ("train", "dev", "test") if s in have]


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """The examples of one split and language. Raises InputError with file and row for a missing column or unknown label."""
    files = _files(argument, task)
    path = files.get((split, language)) or files.get((split, ""))
    if path is None:
        return []
    named = (split, language) in files
    if reader := _reader(task, path):
        paths = (path, *_beside(path))
        return list(_published(paths, tuple(p.stat().st_mtime_ns for p in paths), reader, Example("", task, language, "", split=split)))
    rows = _rows(path, path.stat().st_mtime_ns)
    kept = [(i, r) for i, r in enumerate(rows, 1) if (named or str(r.get("language") or "en") == language) and str(r.get("ns", "0")) != "1"]
    return [_example(row, f"{path.name}, row {i}", str(i), task, language, split) for i, row in kept]


def forget() -> None:
    """Let go of what was read."""
    _rows.cache_clear()
    _published.cache_clear()


def _reader(task: str, path: Path) -> formats.Reader | None:
    """What reads a file in its task's published format; None for one with named columns."""
    return None if path.suffix == ".parquet" else formats.READERS.get(f"{task}{path.suffix}") or formats.READERS.get(task)


def _beside(path: Path) -> list[Path]:
    """The English file of a file with its translation beside it, and the pairs of ids where there are some."""
    bitext = _bitext(path)
    if not bitext:
        return []
    english, gold = (path.with_suffix(f".{end}") for end in (bitext["english"], "gold"))
    if not english.is_file():
        raise InputError(f"{path.name} has no {english.name} beside it, the same sentences in English.")
    return [english, gold] if gold.is_file() else [english]


def _example(row: dict[str, Any], where: str, number: str, task: str, language: str, split: str) -> Example:
    """One row with named columns: of a classification task, or of a Parquet file that was exported for another task."""
    kind = tasks.get(task)
    id = str(next((row[c] for c in ("id", "index_id") if row.get(c) not in (None, "")), number))
    domain = str(row.get("domain") or row.get("genre") or "")
    if not isinstance(kind, Classification):
        return _exported(row, where, Example(id, task, language, _column(row, ("text",), where), split=split, domain=domain))
    raw = next((row[c] for c in ("label", "gold_label", "category") if c in row), None)
    paired = bool(kind.pair_columns)
    return Example(
        id=id, task=task, language=language, text=_column(row, kind.text_columns, where), split=split, domain=domain,
        text_pair=_column(row, kind.pair_columns, where) if paired else None, language_pair=language if paired else None,
        label=None if raw in (None, "") else kind.label(raw, where),
    )


def _exported(row: dict[str, Any], where: str, base: Example) -> Example:
    """The further columns of a row that `data export` wrote. Raises InputError for one that does not hold what the task needs."""
    pair, start, end, label = (row.get(name) for name in ("text_pair", "answer_start", "answer_end", "label"))
    words, tags, choices = (row.get(name) or [] for name in ("words", "tags", "choices"))
    right = {
        "text_pair": isinstance(pair, str) or len(tasks.get(base.task).text_names) == 1,
        "words": _texts(words),
        "tags": _texts(tags) and _texts(words) and len(tags) == len(words),
        "choices": _texts(choices) and (len(choices) == 2 or base.task != "choice"),
        "answer_start": start is None or type(start) is type(end) is int,
    }
    if wrong := [name for name, whole in right.items() if not whole]:
        raise InputError(f"{where}: the column {wrong[0]} does not hold what {base.task} data need; `data export` shows how such a file looks.")
    return replace(
        base, text_pair=pair, language_pair=row.get("language_pair"), label=None if label is None else str(label), words=tuple(words), tags=tuple(tags),
        question=str(row.get("question") or ""), choices=tuple(choices), answer=None if start is None or end is None else (start, end),
    )  # fmt: skip


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _column(row: dict[str, Any], names: tuple[str, ...], where: str) -> str:
    name = next((n for n in names if row.get(n) is not None), None)
    if name is None:
        raise InputError(f"{where}: no column {' or '.join(names)}; the columns are {', '.join(map(str, row))}.")
    return str(row[name])


@lru_cache(maxsize=32)
def _published(paths: tuple[Path, ...], changed: tuple[int, ...], read: formats.Reader, base: Example) -> tuple[Example, ...]:
    """All examples of a file (with what lies beside it) in its task's published format; `changed` as in _rows."""
    name = paths[0].name
    try:
        content, *beside = (path.read_text(encoding="utf-8-sig") for path in paths)
        if beside:
            return tuple(formats.read_bitext(content, beside[0], beside[1] if beside[1:] else None, base, name))
        return tuple(read(content, base, name))
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(f"{name} cannot be read as {base.task} data: {_reason(error)}.") from error


UNREADABLE = (ValueError, RecursionError, pa.ArrowException, csv.Error, OSError)
"""What the readers raise: ValueError for text that is not UTF-8, for JSON that is none and for numbers of too many digits."""


def _reason(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else (str(error) or type(error).__name__).rstrip(".")


@lru_cache(maxsize=32)
def _rows(path: Path, changed: int) -> list[dict[str, Any]]:
    """All rows of a file; `changed` is its modification time, so that an edited file is read anew."""
    try:
        return list(_read_rows(path))
    except InputError:
        raise
    except UNREADABLE as error:
        raise InputError(f"{path.name} cannot be read as {path.suffix[1:]}: {_reason(error)}.") from error


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
            yield from _read_tsv(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), path.name)
        else:
            yield from csv.DictReader(file)


def _read_tsv(rows: Iterator[list[str]], name: str) -> Iterator[dict[str, Any]]:
    """Rows by the names in the first; where that is two texts and a label, as in XTREME's XNLI and PAWS-X, all rows are such."""
    first = next(rows, [])
    if len(first) != 3 or first[2].strip().lower() not in PAIR_LABELS:
        yield from (dict(zip(first, row, strict=False)) for row in rows if row)
        return
    for number, row in enumerate(chain([first], rows), 1):
        if len(row) != 3:
            raise InputError(f"{name}, row {number}: expected two texts and a label separated by tabs, as in the rows before, got {len(row)} columns.")
        yield dict(zip(("sentence1", "sentence2", "label"), map(_unquoted, row), strict=True))


def _unquoted(cell: str) -> str:
    """Some versions of XTREME's scripts put texts with quotation marks between further ones and double those inside."""
    return cell[1:-1].replace('""', '"') if QUOTED.fullmatch(cell) else cell


QUOTED = re.compile(r'"(?:[^"]|"")*""(?:[^"]|"")*"')


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{where}: expected an object with named columns, got {type(value).__name__}.")
    return value
