"""Commands over one text or pair: predict, perturb, attack, attribute."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from engine import text
from engine.commands import given
from engine.commands.answers import language_answer, say, say_detected, say_truncated, values
from engine.errors import InputError, did_you_mean
from engine.results import Example


def predict(options: argparse.Namespace) -> dict[str, Any]:
    """Label and probabilities of one text or pair."""
    example = given.example(options)
    from engine import models

    prediction = models.load(options.model, given.root(options)).predict([example])[0]
    say_detected(example, options.language, options.language_pair)
    say_truncated(prediction.truncated)
    return {"label": prediction.label, "probabilities": prediction.probabilities, **language_answer(example), "truncated": prediction.truncated}


def perturb(options: argparse.Namespace) -> dict[str, Any]:
    """A perturbed text and its edits."""
    from engine import perturbations

    string = text.check(options.text, "text")
    example = Example("typed", "nli", given.language(options.language, string), string)
    found = perturbations.perturb(options.name, string, example.language, options.severity, options.seed)
    say_detected(example, options.language, None)
    if not found.applicable:
        say(f"Not changed: {found.reason}")
    return {
        "text": found.text, "edits": values(found.edits), "language": example.language,
        "applicable": found.applicable, "reason": found.reason,
    }  # fmt: skip


def attack(options: argparse.Namespace) -> dict[str, Any]:
    """The outcome of one search attack."""
    from engine import perturbations

    example = given.example(options)
    if options.name not in perturbations.ATTACKS:
        raise InputError(did_you_mean(options.name, list(perturbations.ATTACKS), "attack"))
    if options.side == "text_pair" and example.text_pair is None:
        raise InputError("There is no second text to attack; give --text-pair, or leave --side out.")
    from engine import models

    model = models.load(options.model, given.root(options))
    if example.label is not None and example.label not in model.labels:
        raise InputError(did_you_mean(example.label, list(model.labels), f"label of {model.name}"))
    result = perturbations.attack(model.predict, options.name, example, budget=options.budget, seed=options.seed, side=options.side)
    say_detected(example, options.language, options.language_pair)
    return {
        "outcome": result.outcome,
        "before": dataclasses.asdict(result.before),
        "after": dataclasses.asdict(result.after),
        "perturbed": getattr(result.perturbed, result.side),
        "side": result.side,
        "edits": values(result.edits),
        "num_queries": result.num_queries,
        **language_answer(example),
    }


def attribute(options: argparse.Namespace) -> dict[str, Any]:
    """Word scores for one prediction."""
    example = given.example(options)
    from engine import attribution, models

    model = models.load(options.model, given.root(options))
    found = attribution.attribute(model, options.method, example, options.target, options.steps)
    say_detected(example, options.language, options.language_pair)
    say_truncated(found.truncated)
    return {
        "words": values(found.words), "target": found.target, "method": found.method,
        "convergence_delta": found.convergence_delta, **language_answer(example),
    }  # fmt: skip
