"""What made a run: code, packages, machine, data, time; and what sets two runs apart."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from engine import config as configs
from engine.config import RunConfig

PACKAGES = ("torch", "transformers", "tokenizers", "datasets", "safetensors", "numpy", "pandas", "pyarrow", "duckdb", "captum")
ABSENT = "(not set)"
REPOSITORY = Path(__file__).resolve().parents[1]


def provenance(
    config: RunConfig,
    data_fingerprints: Mapping[str, str],
    seconds: float,
    tokens: int,
    device: str,
    dtype: str = "float32",
) -> dict[str, Any]:
    """The record of how a run came about, as JSON values.

    `seconds` is wall time, `tokens` how many the training read, `data_fingerprints` maps a source and split to its hash.
    No host or user name is recorded, so that a run folder can be handed on.
    """
    return {
        "seed": config.seed,
        "encoder": config.encoder,
        "data": dict(data_fingerprints),
        "seconds": round(float(seconds), 3),
        "tokens": int(tokens),
        "device": device,
        "dtype": dtype,
        "cpu_count": os.cpu_count(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "commit": commit(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Installed versions of the packages that can change a result."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str | None:
    """The git commit of this code, with "+changes" when files differ from it; None outside a repository."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return None
    return head + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def flatten(values: Any, name: str = "") -> dict[str, str]:
    """Nested JSON values as `stages[0].objective.name` -> text, in their order."""
    if isinstance(values, Mapping):
        parts = [(f"{name}.{key}" if name else str(key), value) for key, value in values.items()]
    elif isinstance(values, list | tuple):
        parts = [(f"{name}[{i}]", value) for i, value in enumerate(values)]
    else:
        return {name: str(values)}
    return {key: text for part, value in parts for key, text in flatten(value, part).items()}


def record(config: RunConfig | None, made: Mapping[str, Any]) -> dict[str, str]:
    """All settings of a run, and of its provenance the code, packages, data and hardware, flattened."""
    settings = flatten(configs.to_dict(config)) if config else {}
    circumstances = {k: v for k, v in made.items() if k not in ("seed", "encoder", "seconds", "tokens")}
    return settings | flatten(circumstances, "provenance")


def difference(a: Mapping[str, str], b: Mapping[str, str]) -> pd.DataFrame:
    """Rows [setting, a, b] of what differs between two flattened records; text throughout, ABSENT where one has none."""
    names = list(a) + [name for name in b if name not in a]
    rows = [(name, a.get(name, ABSENT), b.get(name, ABSENT)) for name in names if a.get(name) != b.get(name)]
    return pd.DataFrame(rows, columns=["setting", "a", "b"])
