"""Which finished runs can be read: damage to their tables, found in a footer at once and in a page when a query meets it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from engine import runs, tables
from engine.runs import Run

_Version = tuple[Path, int]
_inside: dict[_Version, str] = {}
"""Files whose footer is sound but whose pages are not, found when a query met them."""


def usable(found: Sequence[Run]) -> list[Run]:
    """The finished and sound ones among these runs."""
    return [run for run in found if run.state == "finished" and not problem(run)]


def problem(run: Run) -> str:
    """What is wrong with the files of a run; empty for a sound one, and for one that failed or is not finished."""
    if run.config is None or (run.state == "failed" and runs.finished(run)):
        return run.message
    if run.state != "finished":
        return ""
    for file, schema in ((runs.scores_file(run), tables.SCORES), (runs.predictions_file(run), tables.PREDICTIONS)):
        message = _inside.get(_version(file)) or _in_footer(_version(file), tuple(schema.names))
        if message:
            return f"The run {run.id} is left out: {file.name} {message}"
    return ""


def find_inside(files: Sequence[Path]) -> bool:
    """Read the files to the last page and note which cannot be read; whether there was one."""
    before = len(_inside)
    for file in files:
        try:
            pq.read_table(file)
        except (OSError, pa.ArrowException) as error:
            _inside[_version(file)] = f"is damaged ({error})."
    return len(_inside) > before


def _version(file: Path) -> _Version:
    try:
        return file, file.stat().st_mtime_ns
    except OSError:
        return file, 0


@lru_cache(maxsize=4096)
def _in_footer(version: _Version, columns: tuple[str, ...]) -> str:
    """Why the footer of a Parquet file cannot be used; a few hundred microseconds, once per version of the file."""
    try:
        names = pq.read_schema(version[0]).names
    except (OSError, pa.ArrowException) as error:
        return f"is damaged ({error})."
    missing = [name for name in columns if name not in names]
    return f"has no column {missing[0]}." if missing else ""
