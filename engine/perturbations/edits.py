"""Edits of a text, and how a severity becomes a number of them."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import InputError
from engine.results import Edit, Perturbed


@dataclass(frozen=True)
class Perturbation:
    """One way of changing a text that leaves its label as it is. `scripts` says in a sentence where it applies."""

    name: str
    title: str
    help: str
    scripts: str
    apply: Callable[[str, str, float, random.Random], Perturbed]
    """(text, language, severity, rng) -> Perturbed."""


def applied(text: str, edits: Sequence[Edit]) -> str:
    """The text with these edits made. They are given in positions of the original and must not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        parts += (text[at : edit.start], edit.after)
        at = edit.end
    return "".join(parts) + text[at:]


def clashes(edit: Edit, others: Sequence[Edit]) -> bool:
    """Whether an edit overlaps one of the others or touches the same place as one that only inserts."""
    return any(edit.start < o.end and o.start < edit.end or edit.start == o.start for o in others)


def generator(seed: int, *what: str) -> random.Random:
    """A generator that the seed and these strings decide, the same in every process."""
    digest = hashlib.sha256("\0".join((str(seed), *what)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8]))


def how_many(severity: float, words: int) -> int:
    """The number of words that a severity asks for: its share of them, rounded, and at least one unless it is 0."""
    if not (isinstance(severity, int | float) and math.isfinite(severity) and 0 <= severity <= 1):
        raise InputError(f"The severity of a perturbation must be between 0 and 1, got {severity!r}.")
    return max(1, round(severity * words)) if severity else 0


def unchanged(text: str, reason: str) -> Perturbed:
    """The text as it is, and why the perturbation could not change it."""
    return Perturbed(text, (), False, reason)


def drawn(
    text: str, count: int, places: Sequence[Callable[[], list[Edit]]], rng: random.Random, reason: str
) -> Perturbed:
    """The text with one edit at each of `count` places taken at random, or unchanged for `reason` where no place has any.

    Places are tried in one random order that does not depend on `count`, so a stronger severity makes the edits of the
    weaker one and more. A place without an edit, or whose edit clashes with an earlier one, is passed over.
    """
    if count == 0:
        return unchanged(text, "A severity of 0 changes nothing.")
    edits: list[Edit] = []
    for place in rng.sample(places, len(places)):
        possible = [e for e in place() if not clashes(e, edits)]
        if possible:
            edits.append(rng.choice(possible))
        if len(edits) == count:
            break
    edits.sort(key=lambda e: e.start)
    return Perturbed(applied(text, edits), tuple(edits)) if edits else unchanged(text, reason)
