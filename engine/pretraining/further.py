"""Going on from an encoder: its history, its weights, grown where more are wanted, and the mean of the weights before and after."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import XLMRobertaForMaskedLM

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


def load(start: Path, wanted: Shape, seed: int) -> XLMRobertaForMaskedLM:
    """The weights to go on from, grown to a larger shape with random small weights by the seed. Raises InputError where that cannot be."""
    try:
        model: XLMRobertaForMaskedLM = XLMRobertaForMaskedLM.from_pretrained(start, use_safetensors=True, dtype=torch.float32)
    except Exception as error:  # safetensors and config errors have no common base
        raise InputError(f"The weights in {start} cannot be read: {error}") from error
    has = model.config.hidden_size, model.config.num_hidden_layers, model.config.num_attention_heads, model.config.max_position_embeddings - 2
    if has[3] != wanted[3] or has[0] * wanted[2] != wanted[0] * has[2] or any(a > b for a, b in zip(has, wanted, strict=True)):
        raise InputError(
            f"The encoder in {start} has width, layers, heads and positions {has}, the settings say {wanted}; give the --size it was made with, "
            "or a larger one with heads as wide."
        )
    if has != wanted:
        print(f"Growing {start} to width {wanted[0]} and {wanted[1]} layers.", file=sys.stderr, flush=True)
        return grow(model, *wanted[:3], seed)
    return model


@torch.no_grad()
def keep(encoder: XLMRobertaForMaskedLM, before: XLMRobertaForMaskedLM, share: float) -> None:
    """Moves the weights of `encoder` back to those of `before` by that share of the way."""
    for weight, old in zip(encoder.parameters(), before.parameters(), strict=True):
        weight.copy_((1 - share) * weight + share * old)
