"""Generalized transfer: the second text of a pair in another language than the first (Huang et al. 2021, section 4.3)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from engine.perturbations.edits import Perturbation, how_many, unchanged
from engine.results import Edit, Example, Perturbed

NAME = "hypothesis_language"
_NO_EFFECT = "Only the second text of a pair changes its language."


def in_another_language(
    example: Example, severity: float, rng: random.Random, parallel: Mapping[str, Example] | None
) -> tuple[Example, Perturbed]:
    """The example with its second text taken from the same item in a language drawn at random, and what became of that text.

    `parallel` maps language codes to the same item. Any severity above 0 exchanges the whole text.
    """
    old = example.text_pair or ""
    if how_many(severity, 1) == 0:
        return example, unchanged(old, "A severity of 0 changes nothing.")
    if example.text_pair is None:
        return example, unchanged(old, "This example is a single text; only pairs can mix languages.")
    own = (example.language, example.language_pair or example.language)
    usable = sorted(code for code, other in (parallel or {}).items() if code not in own and _same_item(example, other))
    if not usable:
        return example, unchanged(old, "The source has no translation of this item with the same label.")
    language = rng.choice(usable)
    new = (parallel or {})[language].text_pair or ""
    changed = replace(example, text_pair=new, language_pair=language)
    return changed, Perturbed(new, (Edit(0, len(old), old, new),))


def _same_item(example: Example, other: Example) -> bool:
    return bool(other.text_pair) and (other.id, other.label) == (example.id, example.label)


def _alone(text: str, language: str, severity: float, rng: random.Random) -> Perturbed:
    how_many(severity, 1)
    return unchanged(text, _NO_EFFECT)


HYPOTHESIS_LANGUAGE = Perturbation(
    NAME,
    "Hypothesis in another language",
    "The second text of a pair is exchanged for its translation into another language; severity does not matter.",
    "Every script; needs a parallel source.",
    _alone,
)
