"""Going on from an encoder, or sharing weights with one: its history, its weights, grown where more are wanted, and the mean of weights before and after."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import catalog, shared
from engine.errors import InputError
from engine.pretraining.grow import grow

SETTINGS = "pretraining.json"
"""How an encoder was made, beside its weights."""

Shape = tuple[int, int, int, int]
"""Width, layers, heads and positions."""


def history(start: Path) -> dict[str, Any]:
    """How the encoder to go on from was made, and its weights' fingerprint. Raises InputError for a folder that this command did not write."""
    try:
        found: dict[str, Any] = json.loads((start / SETTINGS).read_text(encoding="utf-8"))
        return found | {"sha256": hashlib.sha256((start / "model.safetensors").read_bytes()).hexdigest()}
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{start} is no encoder to go on from: {error}. Give --start a folder that pretrain wrote.") from error


def load(start: Path, wanted: Shape, seed: int, together: int = 0) -> XLMRobertaForMaskedLM:
    """The weights to go on from, grown to a larger shape with random small weights by the seed, no new layer between the lowest `together`.

    Raises InputError where that cannot be.
    """
    model = read(start)
    has = shape(model)
    if has[3] != wanted[3] or has[0] * wanted[2] != wanted[0] * has[2] or any(a > b for a, b in zip(has, wanted, strict=True)):
        raise InputError(
            f"The encoder in {start} has width, layers, heads and positions {has}, the settings say {wanted}; give the --size it was made with, "
            "or a larger one with heads as wide."
        )
    if has != wanted:
        print(f"Growing {start} to width {wanted[0]} and {wanted[1]} layers.", file=sys.stderr, flush=True)
        return grow(model, *wanted[:3], seed, together)
    return model


def read(folder: Path) -> XLMRobertaForMaskedLM:
    """All weights of an encoder, also of one that shares some. Raises InputError where they cannot be read or some are missing."""
    try:
        state = shared.weights(str(folder), catalog.shareable()) or load_file(folder / "model.safetensors")
        model = XLMRobertaForMaskedLM(XLMRobertaConfig.from_pretrained(folder))
        lost = model.load_state_dict({key: weight.float() for key, weight in state.items()}, strict=False).missing_keys
    except InputError:
        raise
    except Exception as error:  # safetensors and config errors have no common base
        raise InputError(f"The weights in {folder} cannot be read: {error}") from error
    lost = [key for key in lost if not key.startswith("lm_head.decoder.")]  # which are the embeddings
    if lost:
        raise InputError(f"The weights in {folder} lack {len(lost)} of those that an encoder has, for example {lost[0]}; give a folder that pretrain wrote.")
    return model


def shape(model: XLMRobertaForMaskedLM) -> Shape:
    """Width, layers, heads and positions of an encoder."""
    config = model.config
    return config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.max_position_embeddings - 2


def read_to_share(folder: Path, wanted: Shape, layers: int) -> XLMRobertaForMaskedLM:
    """An encoder of which one of this shape can have embeddings and this many layers. Raises InputError where width, heads or positions differ, or it has fewer layers."""
    other = read(folder)
    (width, _, heads, positions), has = wanted, shape(other)
    if (width, heads, positions) != (has[0], has[2], has[3]) or layers > has[1]:
        raise InputError(
            f"The encoder to share with has width, layers, heads and positions {has}; one of width {width} with {heads} heads and {positions} positions "
            f"cannot share its embeddings and {layers} of its layers."
        )
    return other


@torch.no_grad()
def share_weights(encoder: XLMRobertaForMaskedLM, other: XLMRobertaForMaskedLM, layers: int) -> None:
    """Give `encoder` the embeddings and this many of the lowest layers of `other`, and keep them from being trained, so that they need be stored once."""
    ours, theirs = ([model.roberta.embeddings, *list(model.roberta.encoder.layer)[:layers]] for model in (encoder, other))
    for own, given in zip(ours, theirs, strict=True):
        own.load_state_dict(given.state_dict())
        own.requires_grad_(False)


@torch.no_grad()
def keep(encoder: XLMRobertaForMaskedLM, before: XLMRobertaForMaskedLM, share: float) -> None:
    """Moves the weights of `encoder` back to those of `before` by that share of the way."""
    for weight, old in zip(encoder.parameters(), before.parameters(), strict=True):
        weight.copy_((1 - share) * weight + share * old)
