"""The fixed splits as files: one line per pair, `label<TAB>premise<TAB>hypothesis`, each scene as `slot=concept` words.

`python -m engine.miniature.splits` writes them anew from `pairs`; `FINGERPRINTS` says what they must be, so that an edited
file or a changed sampler cannot go unnoticed.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields
from functools import cache
from pathlib import Path

from engine.errors import InputError
from engine.miniature.meanings import Scene, check
from engine.miniature.pairs import SPLIT_SIZES, pairs

FOLDER = Path(__file__).parent / "splits"
FINGERPRINTS = {
    "train": "8caef16f06b3a24fc48ccba737e25d60371ce6dfcb8249f5f46169fc7c512e9b",
    "dev": "e345a13d93e63dffb1722a17a9a881dd93c4c53169ee74b0058eb7ef6a18ea5d",
    "test": "98c86741729dc22f810cfeaf300a95e587163e89d3b393e82ae87377fc01957a",
}


def say(scene: Scene) -> str:
    """A scene as words: `who=teacher action=read number=three negated`."""
    words = [f"{f.name}={getattr(scene, f.name)}" for f in fields(Scene) if f.name != "negated" and getattr(scene, f.name)]
    return " ".join([*words, "negated"] if scene.negated else words)


def parse(text: str) -> Scene:
    """The scene that `say` wrote. Raises InputError for an unknown slot or a concept of the wrong class."""
    words = text.split(" ")
    slots = dict(w.split("=", 1) for w in words if "=" in w)
    try:
        return check(Scene(**slots, negated="negated" in words))
    except TypeError as error:
        raise InputError(f"{text!r} is no scene: {error}.") from None


@cache
def read(split: str) -> tuple[tuple[Scene, Scene, str], ...]:
    """Premise, hypothesis and label of every pair of a split. Raises InputError when the file is not the fixed one."""
    path = FOLDER / f"{split}.tsv"
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != FINGERPRINTS[split]:
        raise InputError(f"{path.name} is not the fixed {split} split of the miniature; restore it from the repository.")
    lines = content.decode("utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return tuple((parse(premise), parse(hypothesis), label) for label, premise, hypothesis in rows)


def write() -> None:
    """Sample all splits, write their files and print their fingerprints."""
    FOLDER.mkdir(exist_ok=True)
    for split in SPLIT_SIZES:
        text = "".join(f"{label}\t{say(p)}\t{say(h)}\n" for p, h, label in pairs(split))
        (FOLDER / f"{split}.tsv").write_text(text, encoding="utf-8")
        print(f'    "{split}": "{hashlib.sha256(text.encode()).hexdigest()}",')


if __name__ == "__main__":
    write()
