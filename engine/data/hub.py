"""Data sets of the Hugging Face hub, through `datasets`: XNLI and PAWS-X by short name, or namespace/name[@revision].

Works offline from the hub's cache (HF_HUB_OFFLINE=1) and against another address (HF_ENDPOINT).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine import tasks
from engine.errors import InputError
from engine.results import Example


@dataclass(frozen=True)
class HubData:
    """A known data set: its namespaced id (bare ids no longer load) and its languages, which are its configurations."""

    id: str
    task: str
    languages: tuple[str, ...]


KNOWN = {
    "xnli": HubData("facebook/xnli", "nli", ("en", "ar", "bg", "de", "el", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")),
    "pawsx": HubData("google-research-datasets/paws-x", "paraphrase", ("en", "de", "es", "fr", "ja", "ko", "zh")),
}
LABELS = ("label", "category")
"""Columns that hold the label; the second is SIB-200's."""
SPLITS = {"train": "train", "dev": "validation", "test": "test"}


def _where(argument: str) -> tuple[str, str | None]:
    name, _, revision = argument.partition("@")
    if name in KNOWN:
        name = KNOWN[name].id
    if name.count("/") != 1:
        raise InputError(f"hub:{argument} is neither one of {', '.join(KNOWN)} nor of the form namespace/name.")
    return name, revision or None


def languages(argument: str, task: str) -> list[str]:
    """The data set's configurations, which are its language codes."""
    name, revision = _where(argument)
    for known in KNOWN.values():
        if known.id == name:
            if known.task != task:
                raise InputError(f"hub:{argument} is {known.task} data, not {task}.")
            return list(known.languages)
    return list(_configurations(name, revision))


@lru_cache(maxsize=32)
def _configurations(name: str, revision: str | None) -> tuple[str, ...]:
    from datasets import get_dataset_config_names

    try:
        return tuple(c for c in get_dataset_config_names(name, revision=revision) if c != "default") or ("en",)
    except Exception as error:
        raise InputError(_failed(name, error)) from error


def _failed(name: str, error: Exception) -> str:
    return (
        f"The data set {name} could not be loaded from the hub: {(str(error) or type(error).__name__).splitlines()[0][:200]} "
        "Check the name and the network, or fill the hub's cache beforehand and set HF_HUB_OFFLINE=1."
    )


def splits(argument: str, task: str, language: str) -> list[str]:
    """Those of train, dev and test that a language has: of XNLI and PAWS-X all, of others as the hub or its cache says."""
    name, revision = _where(argument)
    have = SPLITS.values() if any(known.id == name for known in KNOWN.values()) else _split_names(name, revision, language)
    return [split for split, published in SPLITS.items() if published in have]


@lru_cache(maxsize=256)
def _split_names(name: str, revision: str | None, language: str) -> tuple[str, ...]:
    from datasets import get_dataset_split_names

    try:
        return tuple(get_dataset_split_names(name, language, revision=revision))
    except Exception as error:
        raise InputError(_failed(name, error)) from error


def read(argument: str, task: str, language: str, split: str) -> list[Example]:
    """One language of one split. Raises InputError where the hub cannot be reached or a label is unknown."""
    name, revision = _where(argument)
    return list(_read(name, revision, task, language, split))


def forget() -> None:
    """Let go of what was read; it stays in the hub's cache."""
    _read.cache_clear()


@lru_cache(maxsize=64)
def _read(name: str, revision: str | None, task: str, language: str, split: str) -> tuple[Example, ...]:
    from datasets import load_dataset

    try:
        table = load_dataset(name, language, split=SPLITS[split], revision=revision)
    except Exception as error:
        raise InputError(_failed(name, error)) from error
    column = next((c for c in LABELS if c in table.features), "label")
    names = getattr(table.features.get(column), "names", None)
    return tuple(_example(row, names, index, name, task, language, split) for index, row in enumerate(table))


def _example(row: dict[str, Any], names: list[str] | None, index: int, name: str, task: str, language: str, split: str) -> Example:
    kind = tasks.classification(task)
    where = f"{name} ({language}, {split}), row {index}"
    text, pair = (next((row[c] for c in columns if c in row), None) for columns in (kind.text_columns, kind.pair_columns))
    if text is None or (kind.pair_columns and pair is None):
        raise InputError(f"{where}: columns {', '.join(row)} do not fit the task {task}.")
    raw = next((row[c] for c in LABELS if c in row), None)
    if isinstance(raw, int) and names and not str(names[raw]).isdigit():
        raw = names[raw]
    label = None if raw is None or raw == -1 else kind.label(raw, where)
    id = str(next((row[c] for c in ("id", "index_id") if c in row), index))
    if not kind.pair_columns:
        return Example(id, task, language, str(text), label=label, split=split)
    return Example(id, task, language, str(text), str(pair), language, label, split)
