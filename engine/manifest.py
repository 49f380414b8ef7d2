"""The manifest of a folder: sizes and hashes of its files. It is written last, so a folder that has one is complete."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from engine import files


def write(path: Path, values: Mapping[str, Any], left_out: Collection[str]) -> None:
    """Values, the time, and every file beside `path` without the named ones and the manifest itself."""
    listed = files.inventory(path.parent, {*left_out, path.name})
    files.write_json(path, {**values, "finished": files.now(), "files": listed})


def read(path: Path, checked: Collection[str], owner: str) -> tuple[dict[str, Any] | None, str]:
    """The manifest (None where it is missing or anything is wrong), and what is wrong with it or the `checked` files it lists."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for name in checked:
            listed, size = manifest["files"][name]["bytes"], path.with_name(name).stat().st_size
            if listed != size:
                return None, f"{name} of {owner} is damaged: {size} bytes, but the manifest says {listed}."
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        return None, "" if name == path.name else f"{name} of {owner} is missing."
    except (OSError, ValueError, KeyError, TypeError) as error:
        return None, f"{path.name} of {owner} cannot be read: {error!r}"
    return manifest, ""
