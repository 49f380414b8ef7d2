"""Which words carried a prediction: Captum's gradient attributions, summed from sub-words to words of the original string.

Attributions are taken at the word embeddings, with explicit position ids, so they hold for XLM-R and BERT models alike. The
baseline replaces every token of the text by the mask token's embedding and keeps the special tokens: an input without content
that the model has seen in pretraining. (A padding baseline would also change XLM-R's positions.)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from captum.attr import InputXGradient, IntegratedGradients
from torch import Tensor

from engine import languages, text
from engine.errors import InputError, did_you_mean
from engine.models import Batch, Model, logits
from engine.results import Attribution, Example, WordScore

INTERNAL_BATCH = 16
"""Interpolation points per forward pass: Captum keeps all points at once in memory otherwise."""

TOLERANCE = 0.05
"""Largest convergence delta that is accepted, as a share of F(x) - F(x')."""

MOST_STEPS = 800


@dataclass(frozen=True)
class Method:
    """An attribution method: (forward, embeddings, baseline, target, steps) -> scores (1, T, D) and convergence delta."""

    title: str
    help: str
    run: Callable[[Callable[[Tensor], Tensor], Tensor, Tensor, int, int], tuple[Tensor, float]]


def integrated_gradients(
    forward: Callable[[Tensor], Tensor], embeddings: Tensor, baseline: Tensor, target: int, steps: int
) -> tuple[Tensor, float]:
    """Integrated gradients (Sundararajan et al. 2017): (x - x') times the mean gradient on the straight path from x' to x.

    Completeness: the scores sum to F(x) - F(x'); the convergence delta says by how much the numeric integral misses it.
    """
    scores, delta = IntegratedGradients(forward).attribute(
        embeddings, baselines=baseline, target=target, n_steps=steps, internal_batch_size=INTERNAL_BATCH, return_convergence_delta=True
    )
    return scores, float(delta.sum())


def input_x_gradient(
    forward: Callable[[Tensor], Tensor], embeddings: Tensor, baseline: Tensor, target: int, steps: int
) -> tuple[Tensor, float]:
    """Input x gradient (Shrikumar et al. 2016): the embedding times the gradient at it. It has no completeness identity."""
    return InputXGradient(forward).attribute(embeddings, target=target), math.nan


METHODS: dict[str, Method] = {
    "integrated_gradients": Method("Integrated gradients", "Mean gradient on the path from a masked text; sums to the change in the logit.", integrated_gradients),
    "input_x_gradient": Method("Input x gradient", "One gradient at the input; fast, without a sum that can be checked.", input_x_gradient),
}


def attribute(model: Model, method: str, example: Example, target: str | None = None, steps: int = 50, tolerance: float = TOLERANCE) -> Attribution:
    """Scores of every word for the logit of `target` (the model's own prediction where none is given).

    `steps` are doubled, up to 800, while the convergence delta is above this share of the change in the logit.

    Words are those of `text.units`: graphemes where a script has no spaces. Tokens that overlap no word (punctuation, special
    tokens) are left out, so the words' sum differs from F(x) - F(x') by what those carry. Raises InputError for unknown names.
    """
    if method not in METHODS:
        raise InputError(did_you_mean(method, list(METHODS), "attribution method"))
    if target is not None and target not in model.labels:
        raise InputError(did_you_mean(target, list(model.labels), f"label of {model.name}"))
    if not 1 <= steps <= 1000:
        raise InputError(f"Integration steps must be between 1 and 1000, got {steps}.")
    with model.locked() as network:
        batch = model.encode([example])
        encoding = model.tokenizer(example.text, example.text_pair, truncation=True, max_length=model.max_length, return_offsets_mapping=True)
        embeddings = network.get_input_embeddings()(batch["input_ids"]).detach()
        baseline = _baseline(model, network, batch["input_ids"], encoding.sequence_ids(0))
        forward = _forward(network, batch)
        if target is None:
            with torch.no_grad():
                target = model.labels[int(forward(embeddings).argmax())]
        index = model.labels.index(target)
        scores, delta = METHODS[method].run(forward, embeddings.requires_grad_(True), baseline, index, steps)
        while _unsettled(float(scores.detach().sum()), delta, tolerance) and (steps := 2 * steps) <= MOST_STEPS:
            scores, delta = METHODS[method].run(forward, embeddings, baseline, index, steps)
    per_token = scores.sum(-1)[0].detach().double().cpu().tolist()
    return Attribution(method, target, tuple(_words(example, encoding, per_token)), delta, model.truncated(example))


def _unsettled(total: float, delta: float, tolerance: float) -> bool:
    """Whether the numeric integral misses F(x) - F(x') = total - delta by more than the tolerance; never where there is no delta."""
    return abs(delta) > tolerance * abs(total - delta)


def _forward(network: Any, batch: Batch) -> Callable[[Tensor], Tensor]:
    """Logits from embeddings of shape (n, T, D), n of them being points of one example's path."""

    def forward(embeddings: Tensor) -> Tensor:
        return logits(network, {k: v.expand(len(embeddings), -1) for k, v in batch.items()}, embeddings)

    return forward


def _baseline(model: Model, network: Any, ids: Tensor, sides: list[int | None]) -> Tensor:
    """Embeddings of the input with every token of the text masked. (1, T, D)."""
    content = torch.tensor([side is not None for side in sides], device=ids.device)
    mask = model.tokenizer.mask_token_id
    masked = torch.where(content, mask if mask is not None else model.tokenizer.unk_token_id, ids)
    return network.get_input_embeddings()(masked).detach()


def _words(example: Example, encoding: Any, scores: list[float]) -> list[WordScore]:
    """Token scores summed to words: a token that covers several graphemes is shared between them by length."""
    sides, offsets = encoding.sequence_ids(0), encoding["offset_mapping"]
    found: list[WordScore] = []
    for index, (side, string, language) in enumerate(_texts(example)):
        tokens = [(*_trimmed(string, *o), score) for o, score, s in zip(offsets, scores, sides, strict=True) if s == index]
        for unit in text.units(string, language):
            total = sum(score * _overlap(a, b, unit.start, unit.end) / (b - a) for a, b, score in tokens if b > a)
            found.append(WordScore(side, unit.text, unit.start, unit.end, total))
    return found


def _trimmed(string: str, start: int, end: int) -> tuple[int, int]:
    """A token's characters without the space before it, which SentencePiece-like pieces include."""
    while start < end and string[start].isspace():
        start += 1
    return start, end


def _texts(example: Example) -> list[tuple[str, str, str]]:
    language = example.language or languages.detect(example.text)
    texts = [("text", example.text, language)]
    if example.text_pair is not None:
        texts.append(("text_pair", example.text_pair, example.language_pair or language))
    return texts


def _overlap(a: int, b: int, start: int, end: int) -> int:
    return max(0, min(b, end) - max(a, start))
