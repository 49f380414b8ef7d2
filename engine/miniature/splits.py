"""The fixed splits as files: `splits/<task>/<split>.tsv`, one item a line: its label and its sayings, separated by tabs.

`python -m engine.miniature.splits [TASK ...]` samples them anew; `splits/fingerprints.json` says what they must be, so that an
edited file or a changed sampler cannot go unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from pathlib import Path

from engine.errors import InputError, did_you_mean
from engine.miniature.formats import FORMATS
from engine.miniature.items import Item, parse, say

FOLDER = Path(__file__).parent / "splits"
FINGERPRINTS = FOLDER / "fingerprints.json"


@cache
def fingerprints() -> dict[str, dict[str, str]]:
    """SHA-256 of every file, by task and split. Raises InputError for a damaged list."""
    try:
        found: dict[str, dict[str, str]] = json.loads(FINGERPRINTS.read_text(encoding="utf-8"))
        return {task: {split: found[task][split] for split in made.sizes} for task, made in FORMATS.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{FINGERPRINTS.name} of the miniature's splits is damaged ({type(error).__name__}: {error}); restore it from the repository.") from error


@cache
def read(task: str, split: str) -> tuple[Item, ...]:
    """The items of a split. Raises InputError when the file is not the fixed one."""
    path = FOLDER / task / f"{split}.tsv"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{task}/{path.name} of the miniature cannot be read: {error}.") from error
    if hashlib.sha256(content).hexdigest() != fingerprints()[task][split]:
        raise InputError(f"{task}/{path.name} is not the fixed {split} split of the miniature; restore it from the repository.")
    rows = [line.split("\t") for line in content.decode("utf-8").splitlines()]
    return tuple(Item(label, tuple(map(parse, sayings))) for label, *sayings in rows)


def write(names: list[str]) -> None:
    """Sample the splits of these tasks (all when none is named), and write their files and fingerprints. Raises InputError for an unknown task."""
    for task in names:
        if task not in FORMATS:
            raise InputError(did_you_mean(task, list(FORMATS), "task of the miniature"))
    known = json.loads(FINGERPRINTS.read_text(encoding="utf-8")) if FINGERPRINTS.exists() else {}
    for task in names or list(FORMATS):
        (FOLDER / task).mkdir(parents=True, exist_ok=True)
        for split, size in FORMATS[task].sizes.items():
            items = FORMATS[task].sample(split, size)
            text = "".join("\t".join([item.label, *map(say, item.sayings)]) + "\n" for item in items)
            (FOLDER / task / f"{split}.tsv").write_text(text, encoding="utf-8")
            known.setdefault(task, {})[split] = hashlib.sha256(text.encode()).hexdigest()
            print(f"{task} {split}: {len(items)} items", flush=True)
    FINGERPRINTS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        write(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
