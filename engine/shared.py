"""Checkpoints and encoders that share weights and tokenizer with a shipped encoder, so that what ships stays small.

Embeddings are most of a small multilingual model, and training that leaves them as they were (Stage.frozen) need not store them
again. Such a checkpoint holds `shared.json`, which names a shipped encoder and the SHA-256 of its weights.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from engine.errors import InputError

FILE = "shared.json"
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def slim(checkpoint: Path, encoder: str, folder: Path) -> int:
    """Leave out of a checkpoint what the encoder in `folder` has as well; the number of weights left out.

    Raises InputError when the two have no tensor or not the tokenizer in common, so that nothing would be saved.
    """
    from safetensors.torch import load_file, save_file

    own, theirs = load_file(checkpoint / "model.safetensors"), load_file(folder / "model.safetensors")
    same = {k for k, v in own.items() if k in theirs and v.dtype == theirs[k].dtype and v.equal(theirs[k])}
    if not same or (checkpoint / "tokenizer.json").read_bytes() != (folder / "tokenizer.json").read_bytes():
        raise InputError(f"The checkpoint {checkpoint} shares no weights or not the tokenizer with the encoder {encoder}; train with frozen embeddings.")
    save_file({k: v for k, v in own.items() if k not in same}, checkpoint / "model.safetensors", metadata={"format": "pt"})
    for name in TOKENIZER_FILES:
        (checkpoint / name).unlink(missing_ok=True)
    named = {"encoder": encoder, "sha256": _fingerprint(folder), "tensors": sorted(same)}
    (checkpoint / FILE).write_text(json.dumps(named, indent=1) + "\n", encoding="utf-8")
    return sum(own[k].numel() for k in same)


def tokenizer_place(place: str, encoders: dict[str, Path]) -> str:
    """Where the tokenizer of a model lies: beside it, or with the encoder that it shares."""
    named = _named(place, encoders)
    return str(named[1]) if named else place


def weights(place: str, encoders: dict[str, Path]) -> dict[str, Any] | None:
    """All weights of a checkpoint that shares some; None for any other place.

    Raises InputError when the encoder is unknown or is not the one that the checkpoint was made with.
    """
    named = _named(place, encoders)
    if named is None:
        return None
    from safetensors.torch import load_file

    content, folder = named
    if _fingerprint(folder) != content["sha256"]:
        raise InputError(f"The checkpoint {place} was made with other weights of the encoder {content['encoder']} than those in {folder}; restore them.")
    theirs = load_file(folder / "model.safetensors")
    return load_file(Path(place) / "model.safetensors") | {k: theirs[k] for k in content["tensors"]}


@contextmanager
def completed(folder: Path, part: str, encoders: dict[str, Path]) -> Iterator[Path]:
    """A folder whose checkpoint `part` has all its weights and its tokenizer: this one, or a copy for as long as it is needed.

    Raises InputError as `weights` does, and for weights that cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        whole = weights(str(folder / part), encoders)
    except (OSError, SafetensorError) as error:
        raise InputError(f"The weights of {folder / part} cannot be read: {error}.") from error
    if whole is None:
        yield folder
        return

    with TemporaryDirectory() as beside:
        copy = shutil.copytree(folder, Path(beside) / folder.name)
        save_file(whole, copy / part / "model.safetensors", metadata={"format": "pt"})
        for name in TOKENIZER_FILES:
            if (file := Path(tokenizer_place(str(folder / part), encoders)) / name).exists():
                shutil.copy(file, copy / part)
        (copy / part / FILE).unlink()
        yield copy


def _named(place: str, encoders: dict[str, Path]) -> tuple[dict[str, Any], Path] | None:
    file = Path(place) / FILE
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return content, encoders[content["encoder"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} must name one of the encoders {', '.join(encoders)}: {error}.") from error


@cache
def _fingerprint(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
