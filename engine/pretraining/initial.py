"""Token embeddings from the truncated SVD of the token x unit matrix: words that say the same start out close together."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import svds

from engine.errors import InputError


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
    start = np.random.default_rng(seed).standard_normal(min(weighted.shape)).astype(np.float32)
    left, _, _ = svds(weighted, k=width, v0=start)
    vectors = left[:, ::-1]
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors / np.maximum(norms, 1e-9) * 0.5
    unseen = norms.ravel() < 1e-6
    vectors[unseen] = np.random.default_rng(seed).normal(0, 0.02, (int(unseen.sum()), width))
    return torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))
