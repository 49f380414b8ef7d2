"""A wider and deeper encoder that begins by computing nearly what a smaller one computes."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

LAYER = "roberta.encoder.layer"
NEW = 0.01
"""Standard deviation of new dimensions of embeddings: small beside the old ones, so that layer norms hardly notice them."""


@torch.no_grad()
def grow(small: XLMRobertaForMaskedLM, width: int, layers: int, heads: int, seed: int, together: int = 0) -> XLMRobertaForMaskedLM:
    """The weights of `small` in a network of this size, whose heads are as wide as the small one's.

    Growing that keeps the function, as Net2Net (Chen et al. 2016) and bert2BERT (Chen et al. 2022) have it, but by new units beside the old
    instead of copies: old units do not read new ones, new ones read everything through small random weights. Layer norms are scaled to
    the larger width. New layers stand evenly between the old above the lowest `together` and begin as the identity: their projections back are zero.
    """
    old = small.config
    config = XLMRobertaConfig.from_dict(
        old.to_dict()
        | {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": old.intermediate_size * width // old.hidden_size}
    )
    rng = torch.Generator().manual_seed(seed)
    large = XLMRobertaForMaskedLM(config)
    above = old.num_hidden_layers - together
    places = [*range(together), *(together + layer * (layers - together) // above for layer in range(above))]
    weights, norm = small.state_dict(), math.sqrt(old.hidden_size / width)
    for name, weight in large.named_parameters():
        parts = name.removeprefix(LAYER + ".").split(".")
        layer = int(parts[0]) if name.startswith(LAYER) else None
        if layer is None or layer in places:
            source = name if layer is None else ".".join([LAYER, str(places.index(layer)), *parts[1:]])
            _fill(weight, weights[source], rng, NEW if "embeddings" in name else old.initializer_range)
            if name.lower().endswith("norm.weight"):
                weight[old.hidden_size :] = 1.0
                weight.mul_(norm)
        else:
            _fill(weight, weight[:0], rng, old.initializer_range)
    for layer in sorted(set(range(layers)) - set(places)):
        _identity(large, layer)
    return large


def _fill(weight: Tensor, old: Tensor, rng: torch.Generator, spread: float) -> None:
    """The old values first; new rows of a matrix are random, new columns of old rows and new biases zero. Of embeddings, columns are random."""
    weight.zero_()
    if weight.dim() == 2:
        columns = old.shape[1] if weight.shape[0] == old.shape[0] else 0
        first = 0 if columns else old.shape[0]
        weight[first:, columns:] = spread * torch.randn(weight[first:, columns:].shape, generator=rng)
    weight[tuple(slice(size) for size in old.shape)] = old


def _identity(network: Any, layer: int) -> None:
    """Lets a layer hand on what it is given: nothing is added, and its norms undo their own scaling of what the norm before them gave out."""
    block, below = network.roberta.encoder.layer[layer], network.roberta.encoder.layer[layer - 1].output.LayerNorm
    scale = (below.weight.square().mean() + below.bias.var(correction=0)).sqrt()
    for part in (block.attention.output, block.output):
        part.dense.weight.zero_()
        part.dense.bias.zero_()
        part.LayerNorm.weight.fill_(float(scale))
        part.LayerNorm.bias.fill_(float(below.bias.mean()))
