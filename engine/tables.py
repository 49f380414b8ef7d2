"""The Parquet tables of a run, predictions and scores: their columns, written whole and read with a clear error."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engine import files
from engine.errors import InputError

PREDICTIONS = pa.schema(
    [
        ("task", pa.string()),
        ("source", pa.string()),
        ("id", pa.string()),
        ("language", pa.string()),
        ("language_pair", pa.string()),
        ("perturbation", pa.string()),
        ("severity", pa.float64()),
        ("gold", pa.string()),
        ("predicted", pa.string()),
        ("correct", pa.bool_()),
        ("probabilities", pa.map_(pa.string(), pa.float64())),
        ("text", pa.string()),
        ("text_pair", pa.string()),
        ("applicable", pa.bool_()),
        ("queries", pa.int64()),
        ("truncated", pa.int64()),
    ]
)
SCORES = pa.schema(
    [
        ("task", pa.string()),
        ("source", pa.string()),
        ("language", pa.string()),
        ("language_pair", pa.string()),
        ("perturbation", pa.string()),
        ("severity", pa.float64()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n", pa.int64()),
        ("applicable", pa.float64()),
    ]
)


COMPRESSION = 9
"""Level of zstd: a quarter smaller than its default on predictions with texts, and a second for 100,000 rows."""


def write_table(path: Path, frame: pd.DataFrame, schema: pa.Schema) -> None:
    """A frame as zstd Parquet with exactly the schema's columns. Raises InputError when the frame lacks one."""
    missing = [name for name in schema.names if name not in frame.columns]
    if missing:
        raise InputError(f"The table for {path.name} lacks the column {missing[0]}; it needs {', '.join(schema.names)}.")
    frame = frame[schema.names]
    if "probabilities" in schema.names:
        # Arrow builds a map from key-value pairs, pandas holds it as a dict.
        frame = frame.assign(probabilities=[list(p.items()) for p in frame["probabilities"]])
    table = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    files.write_atomically(path, lambda beside: pq.write_table(table, beside, compression="zstd", compression_level=COMPRESSION))


def read_table(path: Path, schema: pa.Schema, owner: str) -> pd.DataFrame:
    """The frame of a Parquet file. Raises InputError that names the owner when the file is missing, corrupt or misses columns."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(f"{owner} has no {path.name}; it has not finished, or the file was removed.") from None
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{owner} cannot be read: {path.name} is damaged ({error}). Delete the run and train it again.") from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise InputError(f"{owner} cannot be read: {path.name} has no column {missing[0]}.")
    frame: pd.DataFrame = table.select(schema.names).to_pandas(maps_as_pydicts="strict")
    return frame


def part(folder: Path, name: str) -> Path:
    """The file of a part of a table, saved by itself. Raises InputError for a name that could leave the folder."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}", name):
        raise InputError(f"{name!r} cannot name a part of a run; use letters, digits, dots, dashes and underscores.")
    return folder / f"{name}.parquet"


def parts(folder: Path) -> list[str]:
    """Names of the parts in a folder, sorted."""
    return sorted(file.stem for file in folder.glob("*.parquet") if not file.name.startswith("."))
