"""Commands over data sources: data list, show, export."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from engine import data, tasks
from engine.config import TaskData
from engine.errors import InputError, did_you_mean
from engine.results import Example

ACTIONS = ("list", "show", "export")
SPLITS = ("train", "dev", "test")


def datasets(options: argparse.Namespace) -> Any:
    """One of the actions on a source."""
    chosen = _tasks(options)
    match options.action:
        case "list":
            return [row for task in chosen for row in _listed(options.source, task)]
        case "show":
            return _shown(options, chosen)
        case _:
            return _exported(options, chosen)


def _tasks(options: argparse.Namespace) -> list[str]:
    """The task that is asked for, or all of the miniature's."""
    data.check_source(options.source)
    if options.task:
        return [tasks.get(options.task).name]
    if options.source == "miniature":
        return list(tasks.TASKS)
    raise InputError(f"Name the task of {options.source} with --task; known are {', '.join(tasks.TASKS)}.")


def _source(source: str, task: str) -> TaskData:
    return TaskData(task=task, source=source)


def _codes(options: argparse.Namespace, source: TaskData) -> list[str]:
    """The languages that are asked for; none where all are. Raises InputError for one that the source does not have."""
    codes = list(dict.fromkeys(code.strip() for code in options.languages.split(",") if code.strip()))
    if options.languages and not codes:
        raise InputError("--languages names none; write codes separated by commas, such as en,sw, or leave it out.")
    for code in codes:
        if code not in data.languages(source):
            raise InputError(did_you_mean(code, data.languages(source), f"language of {options.source}"))
    return codes


def _listed(name: str, task: str) -> list[dict[str, Any]]:
    source = _source(name, task)
    codes = data.languages(source)
    found: dict[str, list[str]] = {}
    for code in codes:
        for split in data.splits(source, code):
            found.setdefault(split, []).append(code)
    return [
        {"task": task, "format": tasks.get(task).sister, "split": split, "items": len(data.examples(source, of[0], split)), "languages": " ".join(of)}
        for split, of in found.items()
    ]


def _shown(options: argparse.Namespace, chosen: list[str]) -> list[dict[str, Any]]:
    """The first examples, without the fields that the task leaves empty."""
    if len(chosen) != 1:
        raise InputError("data show takes one --task.")
    source = _source(options.source, chosen[0])
    found = []
    for code in _codes(options, source) or data.languages(source)[:1]:
        for split in data.splits(source, code) if options.split == "all" else [options.split or "test"]:
            found += [_row(e) for e in data.examples(source, code, split, options.limit)]
    return found


def _row(example: Example) -> dict[str, Any]:
    return {name: value for name, value in vars(example).items() if value not in (None, "", ())}


def _exported(options: argparse.Namespace, chosen: list[str]) -> dict[str, Any]:
    from engine.data.export import export

    if not options.to:
        raise InputError("data export needs --to DIR, the folder to write to.")
    splits = SPLITS if options.split in (None, "all") else (options.split,)
    sources = [_source(options.source, task) for task in chosen]
    written = export(sources, splits, _codes(options, sources[0]), Path(options.to).expanduser(), options.align)
    return {"folder": options.to, "files": len(set(written)), "card": written[-1].name}
