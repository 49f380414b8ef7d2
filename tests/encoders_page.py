"""The tables of docs/encoders.md: `python -m tests.encoders_page` writes learning curves, `--data PATH` measures the shipped encoders as well (three minutes each).

Curves are what lies beside the encoders, and tests/test_docs.py fails when the page has others. The tables of ablations are tests.ablations's, that of typed sentences is tests.typed's.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
from pathlib import Path
from typing import Any

from engine import catalog
from engine.pretraining import measures
from engine.pretraining.further import SETTINGS
from engine.pretraining.pretrain import CURVE
from tests.results import table

PAGE = Path(__file__).parents[1] / "docs" / "encoders.md"
MEASURES = {"ntrex": "NTREX-128", "miniature": "miniature", "words": "aligned words"}
"""What engine.pretraining.measures calls each measure, and how a table is to."""
LOSSES = ("detection", "distillation", "ranking", "alignment", "masked")
MARKS = 4
"""Rows of every stretch in a learning curve on the page, each at about the double of the steps before."""


def place(name: str) -> re.Pattern[str]:
    """Where the page has the table of this name, with what stands before and after it."""
    return re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)


def put(page: str, name: str, text: str) -> str:
    """The page with this table. Raises ValueError where it has no place for it."""
    if not place(name).search(page):
        raise ValueError(f"{PAGE.name} has no place for the table {name}: <!-- {name} --> and <!-- /{name} --> on lines of their own.")
    return place(name).sub(lambda found: f"{found[1]}{text}\n{found[2]}", page)


def stretches(name: str) -> list[tuple[int, int]]:
    """First and last step of every stretch of an encoder's pretraining; of one that was grown, without those of the encoder that it grew from."""
    last = made = json.loads((catalog.ENCODERS[name] / SETTINGS).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = []
    while made:
        found.insert(0, made)
        made = made.get("start")
    ends = itertools.accumulate(one["steps"] for one in found)
    return [(end - one["steps"], end) for end, one in zip(ends, found, strict=True) if one["layers"] == last["layers"]]


def curve(name: str) -> str:
    """Running losses of an encoder, at steps that about double and at the last of every stretch."""
    rows = [json.loads(line) for line in (catalog.ENCODERS[name] / CURVE).read_text(encoding="utf-8").splitlines()]
    marks = [start + (end - start) / 2**halved for start, end in stretches(name) for halved in range(MARKS)]
    wanted = {min((abs(row["step"] - mark), row["step"]) for row in rows)[1] for mark in marks}
    losses = [loss for loss in LOSSES if any(loss in row for row in rows)]
    kept = [row for row in rows if row["step"] in wanted]
    return table([["step", *losses], *([f"{row['step']:,}", *(f"{row[loss]:.3f}" if loss in row else "" for loss in losses)] for row in kept)])


def curves(page: str) -> str:
    """The page with the curves of all encoders that ship."""
    for name in catalog.ENCODERS:
        page = put(page, f"curve {name}", curve(name))
    return page


def measured(data: Path) -> str:
    """What every encoder knows, language by language, side by side."""
    found = {name: {row["language"]: row for row in measures.measure(name, data)} for name in catalog.ENCODERS}
    first = next(iter(found.values()))
    rows = [["language", "pieces per word", *(f"{title}, `{name}`" for title in MEASURES.values() for name in found)]]
    for language, row in sorted(first.items(), key=lambda item: (item[0] != "en", item[0] == "mean")):
        cells = [rows_of[language][column] for column in MEASURES for rows_of in found.values()]
        rows.append([language, f"{row['pieces_per_word']:.2f}", *("" if cell is None else f"{100 * cell:.1f}" for cell in cells)])
    return table(rows)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of real text, to measure as well")
    options = parser.parse_args()
    page = curves(PAGE.read_text(encoding="utf-8"))
    if options.data:
        page = put(page, "measured", measured(options.data))
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
