"""Puts a pretrained encoder among those that ship: `python -m engine.pretraining.ship FOLDER NAME [--share ENCODER]`.

`--share` leaves out what a shipped encoder has as well (see engine.shared).
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from engine import catalog, shared
from engine.errors import InputError
from engine.pretraining.further import SETTINGS
from engine.pretraining.pretrain import CURVE

FILES = ("config.json", "model.safetensors", *shared.TOKENIZER_FILES, SETTINGS, CURVE)


def ship(folder: Path, name: str, share: str = "") -> Path:
    """Copy what `pretrain` wrote to the encoder of this name. Raises InputError when a file is missing or nothing is shared."""
    if share == name:
        raise InputError(f"{name} cannot share its weights with itself; name another encoder, or leave --share out.")
    for file in ("config.json", "model.safetensors", SETTINGS, CURVE):
        if not (folder / file).is_file():
            raise InputError(f"There is no {file} in {folder}; give a folder that pretrain wrote.")
    place = catalog.ENCODERS[name]
    place.mkdir(parents=True, exist_ok=True)
    (place / shared.FILE).unlink(missing_ok=True)
    for file in FILES:
        if (folder / file).is_file():
            shutil.copyfile(folder / file, place / file)
    if share:
        shared.slim(place, share, catalog.ENCODERS)
    return place


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("name", choices=sorted(catalog.ENCODERS))
    parser.add_argument("--share", choices=sorted(catalog.ENCODERS), default="")
    options = parser.parse_args()
    try:
        print(ship(options.folder, options.name, options.share))
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
