"""Turns a finished run into a sample run that ships with the project: `python -m engine.training.ship RUN NAME`.

Weights are stored in fp16, which halves the repository's growth; they are read back as fp32. `--share ENCODER` leaves out the
weights that a shipped encoder has as well (see engine.shared). `--without-text` leaves out the texts
and gold labels of data whose licence does not let them be handed on.
"""

from __future__ import annotations

import argparse

from engine import catalog, models, runs, shared
from engine.errors import InputError


def ship(run_id: str, name: str, without_text: bool = False, share: str = "") -> runs.Run:
    """Copy a finished run to the shipped ones under a fixed name. Raises InputError when it is unknown or the name is taken."""
    run = runs.find(run_id)
    predictions = runs.read_predictions(run)
    if without_text:
        predictions = predictions.assign(text=None, text_pair=None, gold=None)
    copy = runs.start_copy(run, name, runs.SHIPPED)
    if runs.checkpoint(run).exists():
        model = models.load(run.id)
        model.network.half().save_pretrained(runs.checkpoint(copy))
        model.tokenizer.save_pretrained(runs.checkpoint(copy))
        if share:
            shared.slim(runs.checkpoint(copy), share, catalog.ENCODERS[share])
    return runs.finish(copy, predictions, runs.read_scores(run), runs.read_provenance(run))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("name")
    parser.add_argument("--without-text", action="store_true")
    parser.add_argument("--share", choices=sorted(catalog.ENCODERS), default="")
    options = parser.parse_args()
    try:
        print(ship(options.run, options.name, options.without_text, options.share).path)
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
