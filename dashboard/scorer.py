"""A loaded model with a memory, so that pages can ask again for what it has said."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from engine.results import Example, Prediction

REMEMBERED = 20_000
"""Predictions kept per model; a probability table is small, a forward pass is not."""


class Scorer:
    """A model that remembers what it has said: every distinct text pair goes through it once, whoever asks."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._known: OrderedDict[tuple[str, str | None], Prediction] = OrderedDict()
        self._lock = Lock()

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Predictions in order; only texts that were never scored cost a forward pass."""
        with self._lock:
            fresh = {(e.text, e.text_pair): e for e in examples if (e.text, e.text_pair) not in self._known}
            if fresh:
                self._known.update(zip(fresh, self.model.predict(list(fresh.values())), strict=True))
            found = [self._known[e.text, e.text_pair] for e in examples]
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return found
