"""Search attacks: the few changes to one text that make a model change its mind, found by asking it.

The greedy search of TextFooler (Jin et al. 2020, arXiv:1907.11932) and DeepWordBug (Gao et al. 2018, arXiv:1801.04354): units
are ranked by how much the probability of the label falls when they are left out, then changed in that order, each to the
candidate that lowers it most, until the label flips. Unlike theirs it counts every scored text, the clean one and the
ranking included, scores no text twice, and works on graphemes where a script has no spaces.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import languages
from engine import text as texts
from engine.errors import InputError, did_you_mean
from engine.miniature import lexicon
from engine.perturbations import codeswitch, noise
from engine.perturbations.edits import applied, clashes, generator
from engine.perturbations.synonym import neighbours
from engine.results import AttackResult, AttackStep, Edit, Example, Prediction
from engine.text import Span

Predict = Callable[[Sequence[Example]], list[Prediction]]
Place = tuple[Span, list[Edit]]
"""A unit of the text and the edits to try on it."""

TYPOS_PER_UNIT = 12


@dataclass(frozen=True)
class AttackMethod:
    """One search attack; `places` gives the units of a text in a language, with the edits to try on each."""

    name: str
    title: str
    help: str
    places: Callable[[str, str, random.Random], list[Place]]
    nothing: str
    """Why there may be nothing to try on a text."""


def _typos(text: str, language: str, rng: random.Random) -> list[Place]:
    edits = [edit for word in noise.words(text, language) for edit in noise.every(word, language, rng)]
    places: list[Place] = []
    for unit in texts.units(text, language):
        # An insertion belongs to the unit that it comes after.
        inside = [e for e in edits if unit.start <= (e.start if e.before else e.start - 1) < unit.end]
        if inside:
            places.append((unit, rng.sample(inside, min(len(inside), TYPOS_PER_UNIT))))
    return places


def _synonyms(text: str, language: str, rng: random.Random) -> list[Place]:
    if language not in lexicon.languages():
        return []
    return [(span, [_replacing(span, o) for o in others]) for span, others in neighbours(language).candidates(text)]


def _codeswitches(text: str, language: str, rng: random.Random) -> list[Place]:
    found: dict[Span, list[Edit]] = {}
    for target in codeswitch.others(language):
        for span, others in codeswitch.counterparts(language, target).candidates(text):
            found.setdefault(span, []).extend(_replacing(span, o) for o in others)
    return sorted(found.items(), key=lambda place: place[0].start)


def _replacing(span: Span, after: str) -> Edit:
    return Edit(span.start, span.end, span.text, after)


_NO_WORDS = "the miniature's lexicon of this language, if there is one, knows none of its words"
ATTACKS: dict[str, AttackMethod] = {
    a.name: a
    for a in (
        AttackMethod("greedy_typo", "Typos (greedy)", "Tries swapped, dropped, wrong and inserted letters of the text's own script.", _typos, "no word is long enough for a typo"),
        AttackMethod("greedy_synonym", "Synonyms (greedy)", "Tries other words for the same thing in the same form.", _synonyms, _NO_WORDS),
        AttackMethod("greedy_codeswitch", "Code-switching (greedy)", "Tries the counterparts of words in every other language of the miniature.", _codeswitches, _NO_WORDS),
    )
}  # fmt: skip


class _Model:
    """The attacked model behind a budget: knows each text of the attacked side once, and how many it scored."""

    def __init__(self, predict: Predict, example: Example, side: str, budget: int) -> None:
        self._predict, self._example, self._side, self._budget = predict, example, side, budget
        self.seen: dict[str, Prediction] = {}

    @property
    def left(self) -> int:
        return self._budget - len(self.seen)

    def score(self, variants: Sequence[str]) -> list[Prediction | None]:
        """Predictions of these texts in one batch, None for those beyond the budget."""
        new = [v for v in dict.fromkeys(variants) if v not in self.seen][: self.left]
        if new:
            self.seen.update(zip(new, self._predict([self.example(v) for v in new]), strict=True))
        return [self.seen.get(v) for v in variants]

    def example(self, text: str) -> Example:
        changed: dict[str, Any] = {self._side: text}
        return replace(self._example, **changed)


def attack(
    predict: Predict, name: str, example: Example, budget: int = 300, seed: int = 1, side: str | None = None
) -> AttackResult:
    """Search for changes to one text of the example that flip the model's label.

    The label that must stay is the example's own, or without one the model's. `budget` bounds the texts that the model scores,
    the clean one included; `side` is text or text_pair (the second text if there is one). A model that is wrong from the
    start is `skipped`. Raises InputError for an unknown name or side, a label that the model does not have, and a text on
    which this attack has nothing to try: such a text says nothing about robustness.
    """
    if name not in ATTACKS:
        raise InputError(did_you_mean(name, list(ATTACKS), "attack"))
    if budget < 1:
        raise InputError(f"The budget of an attack must be at least 1 query, got {budget}.")
    side, text, language = _attacked(example, side)
    places = ATTACKS[name].places(text, language, generator(seed, name, text, language))
    if not places:
        raise InputError(f"{ATTACKS[name].title} cannot change this text: {ATTACKS[name].nothing}.")
    model = _Model(predict, example, side, budget)
    before = model.score([text])[0]
    assert before is not None
    target = before.label if example.label is None else example.label
    if target not in before.probabilities:
        raise InputError(f"The model has no label {target!r}; its labels are {', '.join(before.probabilities)}.")
    if before.label != target:
        return AttackResult(example, example, before, before, (), len(model.seen), "skipped", (), side)
    trace = _search(model, text, _by_importance(model, text, places, target), target, side)
    edits = tuple(sorted((step.edit for step in trace), key=lambda e: e.start))
    changed = applied(text, edits)
    after = model.seen[changed]
    outcome = "failed" if after.label == target else "succeeded"
    return AttackResult(example, model.example(changed), before, after, edits, len(model.seen), outcome, trace, side)


def _attacked(example: Example, side: str | None) -> tuple[str, str, str]:
    """Side, text and language of what is attacked."""
    side = side or ("text" if example.text_pair is None else "text_pair")
    if side not in ("text", "text_pair"):
        raise InputError(f"The side of an attack is text or text_pair, got {side!r}.")
    text = example.text if side == "text" else example.text_pair
    if text is None:
        raise InputError("This example has no second text to attack; attack its text.")
    language = example.language if side == "text" else example.language_pair or example.language
    languages.get(language)
    return side, texts.check(text), language


def _by_importance(model: _Model, text: str, places: list[Place], target: str) -> list[Place]:
    """Places in the order in which they are changed: by the label's probability without the unit, lowest first.

    At most half of the remaining budget goes into the ranking; units beyond it come last, in text order.
    """
    if len(places) == 1:
        return places
    without = [_without(text, span) for span, _ in places]
    affordable = [variant for variant in without if variant.strip()][: model.left // 2]
    scores = dict(zip(affordable, model.score(affordable), strict=True))

    def probability(variant: str) -> float:
        prediction = scores.get(variant)
        return prediction.probabilities[target] if prediction else float("inf")

    order = sorted(range(len(places)), key=lambda i: (probability(without[i]), i))
    return [places[i] for i in order]


def _without(text: str, span: Span) -> str:
    """The text without a unit and the space after it."""
    end = span.end + (span.end < len(text) and text[span.end] == " ")
    return text[: span.start] + text[end:]


def _search(model: _Model, text: str, places: list[Place], target: str, side: str) -> tuple[AttackStep, ...]:
    edits: list[Edit] = []
    trace: list[AttackStep] = []
    lowest = model.seen[text].probabilities[target]
    for _, candidates in places:
        options = [e for e in candidates if not clashes(e, edits)]
        scored = zip(options, model.score([applied(text, [*edits, e]) for e in options]), strict=True)
        known = [(e, p) for e, p in scored if p is not None]
        if known:
            edit, best = min(known, key=lambda k: (k[1].label == target, k[1].probabilities[target]))
            if best.label != target or best.probabilities[target] < lowest:
                edits.append(edit)
                lowest = best.probabilities[target]
                trace.append(AttackStep(side, edit, lowest, best.label, len(model.seen)))
            if best.label != target:
                break
        if model.left == 0:
            break
    return tuple(trace)
