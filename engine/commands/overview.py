"""Commands that say what is there: doctor and models."""

from __future__ import annotations

import argparse
import dataclasses
import platform
from typing import Any

from engine.commands import given
from engine.errors import InputError
from engine.results import Example


def doctor(options: argparse.Namespace) -> dict[str, Any]:
    """What is installed and whether the models answer."""
    from engine import catalog, models, provenance, runs

    root = given.root(options)
    broken = {run.id: run.message for run in runs.all_runs(root) if run.message and run.state == "failed"}
    return {
        "python": platform.python_version(), "packages": provenance.versions(), "device": models.device().type,
        "bfloat16": models.has_bf16(models.device()), "runs": str(root or runs.root()), "encoders": list(catalog.ENCODERS),
        "models": _answers(options), "broken_runs": broken,
    }  # fmt: skip


def _answers(options: argparse.Namespace) -> dict[str, str]:
    """What every model says of one example, or why it cannot."""
    from engine import catalog, models

    root, found = given.root(options), {}
    example = Example("doctor", "nli", "en", "The teacher read the book.", "The person read the book.", "en")
    for card in catalog.list_models(root):
        try:
            found[card.name] = models.load(card.name, root).predict([example])[0].label
        except InputError as error:
            found[card.name] = f"not usable: {error}"
    return found


def list_models(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Every model that is ready."""
    from engine import catalog

    return [dataclasses.asdict(card) for card in catalog.list_models(given.root(options))]
