"""Training objectives: standard, adversarial (ADV), randomized smoothing by noise (RS-RP) or by neighbours (RS-DA), and code-switching.

The first four follow Huang et al. 2021 (arXiv 2104.08645). The paper gives neither radius, steps nor norm of ADV, nor the distribution of
RS-RP: they are settings here, with our defaults. Radii are shares of the mean norm of the embedding matrix's rows, so that one
value fits encoders of any width.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine.config import Adv, CodeSwitch, RsDa, RsRp, Standard
from engine.models import Batch, logits
from engine.perturbations import apply, codeswitch, neighbours
from engine.results import Example


@dataclass(frozen=True)
class Objective:
    """A loss on a batch, and a change of examples before they are tokenised."""

    title: str
    loss: Callable[[Any, Batch, Tensor, Any], Tensor]
    """(network, batch, gold labels (B,), settings) -> scalar."""
    augment: Callable[[Example, Any, random.Random], Example]
    """(example, settings, rng) -> the example to train on this time."""


def standard_loss(network: Any, batch: Batch, gold: Tensor, settings: Any) -> Tensor:
    """Cross-entropy of the examples as they are."""
    return functional.cross_entropy(logits(network, batch).float(), gold)


def adv_loss(network: Any, batch: Batch, gold: Tensor, settings: Adv) -> Tensor:
    """max over d in the ball of L(f(E(x) + d), y), found by K steps of projected gradient ascent from a random start.

    d <- Proj(d + a g / ||g||) for every token by itself (l2), or d <- Proj(d + a sign(g)) (linf), with g = grad_d L. Costs K + 1
    forward and backward passes, one more where `clean_weight` mixes the clean loss in.
    """
    embeddings = _embed(network, batch)
    room = _room(network, settings.norm)
    radius, step = settings.radius * room, settings.step_size * room
    real = _real_tokens(batch)
    noise = _sampled(embeddings, radius, settings.norm) * real
    for _ in range(settings.steps):
        noise = noise.detach().requires_grad_(True)
        loss = functional.cross_entropy(logits(network, batch, embeddings.detach() + noise).float(), gold)
        (gradient,) = torch.autograd.grad(loss, noise)
        noise = project(noise + step * _direction(gradient, settings.norm), radius, settings.norm) * real
    worst = functional.cross_entropy(logits(network, batch, embeddings + noise.detach()).float(), gold)
    if settings.clean_weight == 0:
        return worst
    clean = functional.cross_entropy(logits(network, batch).float(), gold)
    return settings.clean_weight * clean + (1 - settings.clean_weight) * worst


def rsrp_loss(network: Any, batch: Batch, gold: Tensor, settings: RsRp) -> Tensor:
    """E over d ~ uniform in the ball of L(f(E(x) + d), y), one sample per example and step."""
    embeddings = _embed(network, batch)
    noise = _sampled(embeddings, settings.radius * _room(network, settings.norm), settings.norm) * _real_tokens(batch)
    return functional.cross_entropy(logits(network, batch, embeddings + noise).float(), gold)


def project(noise: Tensor, radius: float | Tensor, norm: str) -> Tensor:
    """The nearest point of the ball, for every token by itself. (B, T, D) -> (B, T, D)."""
    if norm == "linf":
        return noise.clamp(-float(radius), float(radius))
    lengths = noise.norm(dim=-1, keepdim=True)
    return noise * (radius / lengths.clamp(min=1e-12)).clamp(max=1.0)


def _embed(network: Any, batch: Batch) -> Tensor:
    return network.get_input_embeddings()(batch["input_ids"])


def _room(network: Any, norm: str) -> Tensor:
    """The unit of radii: the mean norm of an embedding (l2), or the mean absolute coordinate (linf)."""
    weight = network.get_input_embeddings().weight.detach()
    return weight.abs().mean() if norm == "linf" else weight.norm(dim=-1).mean()


def _real_tokens(batch: Batch) -> Tensor:
    """1 for tokens of the text, 0 for padding. (B, T, 1)."""
    return batch["attention_mask"].unsqueeze(-1).float()


def _sampled(like: Tensor, radius: Tensor, norm: str) -> Tensor:
    """Noise uniform in the ball around every token. In the l2 ball the length is radius * u^(1/D)."""
    if norm == "linf":
        return (torch.rand_like(like) * 2 - 1) * radius
    directions = functional.normalize(torch.randn_like(like), dim=-1)
    return directions * radius * torch.rand_like(like[..., :1]) ** (1 / like.shape[-1])


def _direction(gradient: Tensor, norm: str) -> Tensor:
    return gradient.sign() if norm == "linf" else gradient / gradient.norm(dim=-1, keepdim=True).clamp(min=1e-12)


def as_is(example: Example, settings: Any, rng: random.Random) -> Example:
    """No change."""
    return example


def with_neighbours(example: Example, settings: RsDa, rng: random.Random) -> Example:
    """Every word drawn uniformly from itself and its neighbours, both texts independently (perturb.py of Robust-XLT)."""
    pair = None if example.text_pair is None else _redrawn(example.text_pair, example.language_pair or example.language, settings, rng)
    return replace(example, text=_redrawn(example.text, example.language, settings, rng), text_pair=pair)


def _redrawn(text: str, language: str, settings: RsDa, rng: random.Random) -> str:
    chosen = []
    for span, others in neighbours(language, settings.neighbours).candidates(text):
        if rng.random() < settings.rate:
            chosen.append((span.start, span.end, rng.choice([span.text, *others])))
    for start, end, word in reversed(chosen):
        text = text[:start] + word + text[end:]
    if settings.noise:
        text = apply("typo", text, language, settings.noise, rng.getrandbits(32)).text
    return text


def mixed(example: Example, settings: CodeSwitch, rng: random.Random) -> Example:
    """Some texts with a share of their words in another language, both texts of a pair independently (Qin et al. 2020, CoSDA-ML).

    The paper draws a language for every word; here a text is mixed with one, as the perturbation of the same name mixes it.
    """
    pair = None if example.text_pair is None else _mixed(example.text_pair, example.language_pair or example.language, settings, rng)
    return replace(example, text=_mixed(example.text, example.language, settings, rng), text_pair=pair)


def _mixed(text: str, language: str, settings: CodeSwitch, rng: random.Random) -> str:
    if rng.random() >= settings.texts:
        return text
    return codeswitch.apply(text, language, settings.rate, rng, settings.dictionary).text


OBJECTIVES: dict[str, Objective] = {
    Standard.name: Objective("Standard", standard_loss, as_is),
    Adv.name: Objective("Adversarial training (ADV)", adv_loss, as_is),
    RsRp.name: Objective("Randomized smoothing, random perturbation (RS-RP)", rsrp_loss, as_is),
    RsDa.name: Objective("Randomized smoothing, data augmentation (RS-DA)", standard_loss, with_neighbours),
    CodeSwitch.name: Objective("Code-switching augmentation", standard_loss, mixed),
}
