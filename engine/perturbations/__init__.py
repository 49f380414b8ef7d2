"""Perturbations: changes to a text that leave its label as it is, and searches for the change that a model fails on.

`PERTURBATIONS` change a text at random, `ATTACKS` search with a model's answers. All are cut to words and graphemes as
readers of each script see them, say when they do not apply, and do the same for the same seed in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine import languages
from engine import text as texts
from engine.errors import InputError, did_you_mean
from engine.perturbations import codeswitch, generalized, synonym
from engine.perturbations.edits import Perturbation, generator
from engine.perturbations.forms import Neighbours
from engine.perturbations.noise import NOISE
from engine.perturbations.search import ATTACKS, AttackMethod, attack
from engine.perturbations.synonym import neighbours, neighbours_from_file
from engine.results import Example, Perturbed

__all__ = [
    "ATTACKS", "PERTURBATIONS", "AttackMethod", "Neighbours", "Perturbation",
    "apply", "attack", "get", "neighbours", "neighbours_from_file", "perturb", "perturb_example",
]  # fmt: skip

PERTURBATIONS: dict[str, Perturbation] = {
    p.name: p for p in (*NOISE, synonym.synonym(), codeswitch.codeswitch(), generalized.HYPOTHESIS_LANGUAGE)
}
"""Name to perturbation. `get` also knows synonym:FILE.json and codeswitch:FILE.txt."""

_FROM_FILES = {"synonym": synonym.synonym, "codeswitch": codeswitch.codeswitch}


def get(name: str) -> Perturbation:
    """The perturbation of this name; "synonym:PATH" and "codeswitch:PATH" take their words from a file. Raises InputError."""
    if name in PERTURBATIONS:
        return PERTURBATIONS[name]
    kind, separator, path = name.partition(":")
    if separator and path and kind in _FROM_FILES:
        return _FROM_FILES[kind](path)
    raise InputError(did_you_mean(name, list(PERTURBATIONS), "perturbation"))


def perturb(name: str, text: str, language: str, severity: float, seed: int, side: str = "text") -> Perturbed:
    """A text changed by this perturbation.

    Severity, between 0 and 1, is the share of its words that get one change each; a larger one makes the changes of a smaller
    one and more. Name, text, language, seed and side alone decide the result. Raises InputError for an unknown name or
    language, a severity out of bounds, and a text that `engine.text.check` refuses.
    """
    return apply(name, texts.check(text), language, severity, seed, side)


def apply(name: str, text: str, language: str, severity: float, seed: int, side: str = "text") -> Perturbed:
    """`perturb` for texts of a data set, which are taken as they are: one stray control character must not end an evaluation."""
    perturbation = get(name)
    languages.get(language)
    return perturbation.apply(text, language, severity, generator(seed, name, text, language, side))


def perturb_example(
    name: str, example: Example, severity: float, seed: int, parallel: Mapping[str, Example] | None = None
) -> tuple[Example, Perturbed, Perturbed | None]:
    """An example with each of its texts changed independently, and what became of the first and of the second text.

    hypothesis_language exchanges the second text for that of the same item in another language of `parallel`.
    """
    first = apply(name, example.text, example.language, severity, seed)
    if name == generalized.NAME:
        rng = generator(seed, name, example.text, example.text_pair or "", example.language)
        changed, second = generalized.in_another_language(example, severity, rng, parallel)
        return changed, first, second if example.text_pair is not None else None
    if example.text_pair is None:
        return replace(example, text=first.text), first, None
    pair = apply(name, example.text_pair, example.language_pair or example.language, severity, seed, "text_pair")
    return replace(example, text=first.text, text_pair=pair.text), first, pair
