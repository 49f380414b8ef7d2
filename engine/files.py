"""Files that are whole or absent: atomic writes, lines that survive a crash, and lists of what a folder holds."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import InputError


def now() -> str:
    """The UTC time in ISO format, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def modified(path: Path) -> str:
    """The UTC time of the last change in ISO format; empty when the file is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="milliseconds")
    except OSError:
        return ""


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn a full disk inside the block into an InputError that names the file; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        message = f"The disk is full: {path} could not be written. Free some space and start the run again; what is finished is kept."
        raise InputError(message) from error


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, force it to the disk, then rename it: readers see the old file or the new."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(beside)
            with open(beside, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def copy(source: Path, to: Path) -> None:
    """A copy of a file, atomically; nothing where there is no source."""
    if source.exists():
        write_atomically(to, lambda beside: shutil.copyfile(source, beside))


def write_json(path: Path, values: Any) -> None:
    """Values as indented JSON, atomically."""
    text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomically(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when the file is missing or is no JSON object."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def append_line(path: Path, line: str) -> None:
    """A line at the end; after a half-written one it begins anew, so that only the broken line is lost."""
    with disk(path), open(path, "ab+") as file:
        end = file.seek(0, os.SEEK_END)
        if end:
            file.seek(end - 1)
        broken = bool(end) and file.read(1) != b"\n"
        file.write(b"\n" * broken + line.encode("utf-8", "replace") + b"\n")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file; none when it is missing."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except OSError:
        return []


def append_record(path: Path, values: Mapping[str, Any]) -> None:
    """One line of JSON at the end. Numbers that are not finite become null, since JSON has none."""
    finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
    append_line(path, json.dumps(finite, ensure_ascii=False))


def read_records(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file with one a line, in order; a line that a crash left half written is skipped."""
    rows = []
    for line in read_lines(path):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            rows.append(row)
    return rows


def kept(folder: Path, left_out: Collection[str]) -> list[Path]:
    """All files below the folder, sorted, without the named top-level entries and hidden files."""
    found = [f for f in sorted(folder.rglob("*")) if f.is_file() and not f.name.startswith(".")]
    return [f for f in found if f.relative_to(folder).parts[0] not in left_out]


def inventory(folder: Path, left_out: Collection[str]) -> dict[str, dict[str, Any]]:
    """Size in bytes and SHA-256 of every kept file, by its path relative to the folder."""
    found = kept(folder, left_out)
    return {f.relative_to(folder).as_posix(): {"bytes": f.stat().st_size, "sha256": sha256(f)} for f in found}


def archive(folder: Path, to: Path, left_out: Collection[str]) -> None:
    """The kept files as a new zip archive, all below a folder of the same name. Raises InputError when `to` cannot be written."""
    if to.suffix != ".zip" or to.is_dir():
        raise InputError(f"{to} cannot be the archive; give the path of a new file that ends in .zip.")
    if to.exists():
        raise InputError(f"{to} exists already; remove it first, or give another name.")
    if not to.parent.is_dir():
        raise InputError(f"The folder {to.parent} does not exist; create it first.")
    write_atomically(to, lambda beside: _zip(folder, beside, left_out))


def _zip(folder: Path, to: Path, left_out: Collection[str]) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for file in kept(folder, left_out):
            zipped.write(file, f"{folder.name}/{file.relative_to(folder).as_posix()}")


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a folder, or nothing when it is not there; of a link only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_at_once(folder: Path) -> None:
    """Remove a folder so that nobody ever sees half of it: it is renamed to a hidden name first."""
    doomed = folder.with_name(f".{folder.name}.deleted.{os.getpid()}")
    folder.rename(doomed)
    remove(doomed)
