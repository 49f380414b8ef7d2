"""Checkpoints and encoders that share weights and tokenizer with a shipped encoder or model, so that what ships stays small.

Embeddings are most of a small multilingual model, and training that leaves them as they were (Stage.frozen) need not store them
again. Such a checkpoint holds `shared.json`, which names what it shares with and the SHA-256 of the weights there. A model that
another one shares with may share with an encoder itself. Functions get the places of all that can be named (catalog.shareable).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.errors import InputError

FILE = "shared.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def slim(checkpoint: Path, name: str, places: Mapping[str, Path]) -> int:
    """Leave out of a checkpoint what the encoder or model of this name has as well; the number of weights left out.

    Raises InputError when the two have no tensor or not the tokenizer in common, so that nothing would be saved.
    """
    from safetensors.torch import load_file, save_file

    folder = places[name]
    own, theirs = load_file(checkpoint / "model.safetensors"), _whole(folder, places)
    same = {k for k, v in own.items() if k in theirs and v.dtype == theirs[k].dtype and v.equal(theirs[k])}
    tokenizer = Path(tokenizer_place(str(folder), places)) / "tokenizer.json"
    if not same or (checkpoint / "tokenizer.json").read_bytes() != tokenizer.read_bytes():
        raise InputError(f"The checkpoint {checkpoint} shares no weights or not the tokenizer with {name}; train with frozen embeddings.")
    save_file({k: v for k, v in own.items() if k not in same}, checkpoint / "model.safetensors", metadata={"format": "pt"})
    for file in TOKENIZER_FILES:
        (checkpoint / file).unlink(missing_ok=True)
    named = {"with": name, "sha256": _fingerprint(folder), "tensors": sorted(same)}
    (checkpoint / FILE).write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")
    return sum(own[k].numel() for k in same)


def tokenizer_place(place: str, places: Mapping[str, Path]) -> str:
    """Where the tokenizer of a model lies: beside it, or with what it shares with."""
    named = _named(place, places)
    return tokenizer_place(str(named[1]), places) if named else place


def weights(place: str, places: Mapping[str, Path]) -> dict[str, Any] | None:
    """All weights of a checkpoint that shares some; None for any other place.

    Raises InputError when what it shares with is unknown or not what the checkpoint was made with.
    """
    named = _named(place, places)
    if named is None:
        return None
    from safetensors.torch import load_file

    content, folder = named
    if _fingerprint(folder) != content["sha256"]:
        raise InputError(f"The checkpoint {place} was made with other weights of {content['with']} than those in {folder}; restore them.")
    theirs = _whole(folder, places)
    return load_file(Path(place) / "model.safetensors") | {k: theirs[k] for k in content["tensors"]}


def _whole(folder: Path, places: Mapping[str, Path]) -> dict[str, Any]:
    from safetensors.torch import load_file

    shared = weights(str(folder), places)
    return load_file(folder / "model.safetensors") if shared is None else shared


@contextmanager
def completed(folder: Path, part: str, places: Mapping[str, Path]) -> Iterator[Path]:
    """A folder whose checkpoint `part` has all its weights and its tokenizer: this one, or a copy for as long as it is needed.

    Raises InputError as `weights` does, and for weights that cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        whole = weights(str(folder / part), places)
    except (OSError, SafetensorError) as error:
        raise InputError(f"The weights of {folder / part} cannot be read: {error}.") from error
    if whole is None:
        yield folder
        return

    with TemporaryDirectory() as beside:
        copy = shutil.copytree(folder, Path(beside) / folder.name)
        save_file(whole, copy / part / "model.safetensors", metadata={"format": "pt"})
        for name in TOKENIZER_FILES:
            if (file := Path(tokenizer_place(str(folder / part), places)) / name).exists():
                shutil.copy(file, copy / part)
        (copy / part / FILE).unlink()
        yield copy


def _named(place: str, places: Mapping[str, Path]) -> tuple[dict[str, Any], Path] | None:
    file = Path(place) / FILE
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return content, places[content["with"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} must name one of {', '.join(places)}: {error}.") from error


@cache
def _fingerprint(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
