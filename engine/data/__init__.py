"""Where examples come from. Every source in `SOURCES` gives the same table: a list of `Example`.

A source is written `miniature`, `everyday`, `folder:PATH` or `hub:NAME`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from engine.config import TaskData
from engine.data import everyday, folder, hub, miniature
from engine.errors import InputError, did_you_mean
from engine.results import Example


@dataclass(frozen=True)
class Source:
    """How one kind of source lists its languages and splits, and reads one language of one split."""

    languages: Callable[[str, str], list[str]]
    """(argument, task) -> language codes."""
    splits: Callable[[str, str, str], list[str]]
    """(argument, task, language) -> names among train, dev, test."""
    read: Callable[[str, str, str, str], list[Example]]
    """(argument, task, language, split) -> all its examples."""
    forget: Callable[[], None]
    """Lets go of the examples that it keeps in memory."""


SOURCES: dict[str, Source] = {
    "miniature": Source(miniature.languages, miniature.splits, miniature.read, miniature.forget),
    "everyday": Source(everyday.languages, everyday.splits, everyday.read, everyday.forget),
    "folder": Source(folder.languages, folder.splits, folder.read, folder.forget),
    "hub": Source(hub.languages, hub.splits, hub.read, hub.forget),
}

AUTHORED = ("miniature", "everyday")
"""Sources that come with the project and need no name after theirs."""


def _source(name: str) -> tuple[Source, str]:
    kind, _, argument = name.partition(":")
    if kind not in SOURCES:
        raise InputError(did_you_mean(kind, [*SOURCES], "data source") + " Write miniature, everyday, folder:PATH or hub:NAME.")
    if kind in AUTHORED and name != kind:
        raise InputError(f"The source {kind} takes nothing after its name, got {name[:60]!r}; write {kind}.")
    if kind not in AUTHORED and not argument.strip():
        raise InputError(f"The source {kind} needs a {'path' if kind == 'folder' else 'name'} after a colon, for example {kind}:...")
    return SOURCES[kind], argument.strip()


def check_source(name: str) -> None:
    """Raises InputError for a source of an unknown kind, and for one without the path or name that it needs."""
    _source(name)


def languages(data: TaskData) -> list[str]:
    """Codes of the languages that a source has for a task."""
    source, argument = _source(data.source)
    return source.languages(argument, data.task)


def splits(data: TaskData, language: str) -> list[str]:
    """Names among train, dev and test that a source has in a language."""
    source, argument = _source(data.source)
    return source.splits(argument, data.task, language)


def split_for(data: TaskData, language: str, split: str) -> str:
    """The split itself; dev where test is asked for and the source has no test split. InputError where there is neither."""
    have = splits(data, language)
    if split in have:
        return split
    if split == "test" and "dev" in have:
        return "dev"
    raise InputError(f"{data.source} has no {split} split in {language}; it has {', '.join(have) or 'none'}.")


def examples(data: TaskData, language: str, split: str, limit: int = 0) -> list[Example]:
    """The examples of one language and split (see split_for), at most `limit` of them (0: all).

    Of training data these are spread evenly, because files are often sorted by origin or label; of others the first, which are the same
    items in every language.
    """
    source, argument = _source(data.source)
    have = languages(data)
    if language not in have:
        raise InputError(did_you_mean(language, have, f"language of {data.source}"))
    found = source.read(argument, data.task, language, split_for(data, language, split))
    if not found:
        raise InputError(f"{data.source} has no examples in {language} ({split}).")
    limit = min(filter(None, (limit, data.limit)), default=0)
    if not limit or limit >= len(found):
        return found
    return [found[i * len(found) // limit] for i in range(limit)] if split == "train" else found[:limit]


def forget(data: TaskData) -> None:
    """Let go of the examples that a source keeps in memory for the next call."""
    _source(data.source)[0].forget()


def parallel(data: TaskData, split: str, limit: int = 0, among: tuple[str, ...] = ()) -> dict[str, dict[str, Example]]:
    """Examples by id and then language, for sources whose ids name the same item in every language."""
    found: dict[str, dict[str, Example]] = {}
    for language in among or languages(data):
        for example in examples(data, language, split, limit):
            found.setdefault(example.id, {})[language] = example
    return found


def table(data: TaskData, language: str, split: str) -> pd.DataFrame:
    """All examples of a language and split, a row each; only columns that the task fills, tags as one text."""
    rows = []
    for e in examples(data, language, split):
        choices = dict(zip(("choice1", "choice2"), e.choices, strict=False))
        texts = {"id": e.id, "text": e.text, "text_pair": e.text_pair or "", **choices, "question": e.question}
        rows.append(texts | {"tags": " ".join(e.tags), "label": e.label or "", "domain": e.domain})
    found = pd.DataFrame(rows)
    return found[[c for c in found if (found[c] != "").any()]]


def fingerprint(data: TaskData, language: str, split: str) -> str:
    """SHA-256 over ids, texts and labels in order: equal data have equal fingerprints."""
    digest = hashlib.sha256()
    for e in examples(data, language, split):
        more = [*e.words, *e.tags, e.question, *e.choices] if e.words or e.choices else []
        digest.update("\x1f".join((e.id, e.text, e.text_pair or "", e.label or "", *more)).encode("utf-8", "surrogatepass") + b"\x1e")
    return digest.hexdigest()
