"""Where the weights start: words that say the same close together, and attention that looks for the same word elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags
from torch import nn
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM

from engine import models
from engine.errors import InputError

EXTRA, ITERATIONS = 32, 6
"""Further dimensions of the subspace, and how often it is multiplied with the matrix and its transpose: enough for the retrieval of exact vectors."""


def svd_embeddings(units: list[list[list[int]]], weights: list[float], vocabulary: int, width: int, seed: int) -> torch.Tensor:
    """Embeddings of shape (vocabulary, width), rows of unit length times 0.5; tokens never seen get small noise.

    `units` holds, per unit, the token ids of each of its versions. An entry is log(1 + count) times the token's inverse document
    frequency; columns are scaled to the unit's weight. The left singular vectors are Latent Semantic Analysis (Deerwester et al.
    1990) over parallel text (cross-language LSA: Dumais et al. 1997), without its singular values: they let the commonest
    directions drown the others, and retrieval of translations fell from 35 to 23% with their square root (docs/LOG.md).
    """
    if len(units) <= width:
        raise InputError(f"{len(units)} texts are too few for embeddings of width {width}; give more text, or a smaller width.")
    rows: list[int] = []
    columns: list[int] = []
    for index, versions in enumerate(units):
        for ids in versions:
            rows += ids
            columns += [index] * len(ids)
    counts = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(vocabulary, len(units)))
    counts.sum_duplicates()
    document_frequency = np.asarray((counts > 0).sum(axis=1)).ravel()
    counts.data = np.log1p(counts.data)
    weighted = diags(np.log((1 + len(units)) / (1 + document_frequency)).astype(np.float32)) @ counts
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=0)).ravel())
    weighted = (weighted @ diags(np.asarray(weights) / np.maximum(lengths, 1e-6))).astype(np.float32)
    vectors = _left_singular(weighted.tocoo(), width, seed)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.maximum(norms, 1e-9) * 0.5
    unseen = norms.ravel() < 1e-6
    vectors[unseen] = np.random.default_rng(seed).normal(0, 0.02, (int(unseen.sum()), width))
    return torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))


def _left_singular(matrix: Any, width: int, seed: int) -> np.ndarray:
    """The left singular vectors of the largest singular values, by subspace iteration from a random start (Halko et al. 2011, algorithm 5.1)."""
    places = torch.from_numpy(np.stack([matrix.row, matrix.col]).astype(np.int64))
    where = models.device()
    sparse = torch.sparse_coo_tensor(places, torch.from_numpy(matrix.data), matrix.shape, check_invariants=True).coalesce().to(where)
    with torch.random.fork_rng():  # a resumed job does not come here, and draws what follows all the same
        torch.manual_seed(seed)
        left, values, _ = torch.svd_lowrank(sparse, q=min(width + EXTRA, *matrix.shape), niter=ITERATIONS)
    left *= values > 1e-9 * values[0]  # what lies in the null space is arbitrary
    return left[:, :width].cpu().numpy()


def positions_apart(width: int) -> int:
    """Dimensions, the last ones, that positions have for themselves at the start: an eighth of the width."""
    return max(1, width // 8)


def look_for_equals(model: XLMRobertaForMaskedLM, vectors: torch.Tensor, scale: float = 0.75) -> None:
    """Start with these token vectors (vocabulary, width - positions_apart(width)) and with attention to equal tokens elsewhere.

    A form of mimetic initialisation (Trockman and Kolter 2023). Positions get dimensions of their own; in every head, query and
    key projections are one orthogonal matrix on the dimensions of words, so that equal tokens (and, their vectors being close, translations) attend to
    each other, and opposite ones on those of positions, so that no token attends to itself. With equal query and key
    alone a token looks at itself, and the comparison of two sentences is learned late or never (docs/LOG.md).
    """
    embeddings: Any = model.roberta.embeddings
    apart = positions_apart(model.config.hidden_size)
    with torch.no_grad():
        words, positions = embeddings.word_embeddings.weight, embeddings.position_embeddings.weight
        words.zero_()
        words[:, :-apart] = vectors
        embeddings.token_type_embeddings.weight.zero_()
        positions.zero_()
        positions[:, -apart:] = functional.normalize(torch.randn(len(positions), apart), dim=-1) * 0.3
        layers: Any = model.roberta.encoder.layer
        for layer in layers:
            attention = layer.attention.self
            heads = range(attention.num_attention_heads)
            same, place = (torch.cat([nn.init.orthogonal_(torch.empty(attention.attention_head_size, size)) for _ in heads]) for size in (vectors.shape[1], apart))
            attention.query.weight.copy_(torch.cat([same, place], dim=1) * scale)
            attention.key.weight.copy_(torch.cat([same, -place], dim=1) * scale)
