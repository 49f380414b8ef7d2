"""Turns a finished run into a sample run that ships with the project: `python -m engine.training.ship RUN NAME`.

Weights are stored in fp16, which halves the repository's growth; they are read back as fp32. `--share NAME` leaves out the
weights that a shipped encoder or model has as well (see engine.shared). `--without-text` leaves out the texts
and gold labels of data whose licence does not let them be handed on.
"""

from __future__ import annotations

import argparse

from engine import catalog, models, runs, shared
from engine.errors import InputError


def ship(run_id: str, name: str, without_text: bool = False, share: str = "") -> runs.Run:
    """Copy a finished run to the shipped ones under a fixed name. Raises InputError when it or what it is to share with is unknown, or the name is taken."""
    run = runs.find(run_id)
    if share and share not in catalog.shareable():
        raise InputError(f"There is no {share} to share weights with; make it first, or name one of {', '.join(catalog.shareable())}.")
    predictions = runs.read_predictions(run)
    if without_text:
        predictions = predictions.assign(text=None, text_pair=None, gold=None)
    copy = runs.start_copy(run, name, runs.SHIPPED)
    if runs.checkpoint(run).exists():
        model = models.load(run.id)
        model.network.half().save_pretrained(runs.checkpoint(copy))
        model.tokenizer.save_pretrained(runs.checkpoint(copy))
        if share:
            shared.slim(runs.checkpoint(copy), share, catalog.shareable())
    return runs.finish(copy, predictions, runs.read_scores(run), runs.read_provenance(run))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("name")
    parser.add_argument("--without-text", action="store_true")
    parser.add_argument("--share", choices=sorted(catalog.shareable()), default="")
    options = parser.parse_args()
    try:
        print(ship(options.run, options.name, options.without_text, options.share).path)
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
