"""A student that begins as its teacher: some of the teacher's layers, and for every piece a vector that says what the teacher's vectors of English words say.

The body of a model of one language works in others once the embeddings are right (Artetxe et al. 2020), and parallel text tells where they should lie
(RAMEN, Tran 2020). Here they are fitted in closed form: what the pieces of a text are in the mean is to be what the pieces of its English version are to
the teacher in the mean. Training then has to mend what a fit of bags of words cannot say, instead of beginning from nothing.
"""

from __future__ import annotations

import itertools
import math
import re
import warnings
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from engine import models
from engine.errors import InputError
from engine.pretraining.batches import Texts
from engine.pretraining.corpus import Unit
from engine.pretraining.objectives import mean_pool
from engine.pretraining.teacher import Teacher

PENALTY, ITERATIONS = 1.0, 22
"""Of the ridge regression: the penalty, and steps of conjugate gradients, after which the squared residual of the shipped encoder's fit had fallen by nearly four orders of magnitude."""

COLUMNS = 64
"""Columns of the vectors that are fitted at a time: they do not depend on each other, and all at once took gigabytes."""

LONGEST = 64
"""Pieces after which a longer text weighs no more: its mean is known well enough."""

PASSAGE = 600
"""Characters of English from which a text is a passage."""

COMMONEST = 400
"""Occurrences after which a word of running English weighs no more."""

Example = tuple[str, str, float]
"""A text, its English version, and its weight."""


def check(teacher: Teacher, width: int, heads: int, layers: int, positions: int) -> None:
    """Raises InputError where a student of this shape cannot begin with layers of this teacher."""
    config = teacher.network.config
    if config.model_type != "bert":
        raise InputError(f"The teacher is of the type {config.model_type}; `inherited` reads layers of the type bert. Leave it off, or take another teacher.")
    has = config.hidden_size, config.num_attention_heads
    if has != (width, heads) or config.num_hidden_layers < layers or config.max_position_embeddings < positions:
        raise InputError(
            f"The teacher has width {has[0]}, {has[1]} heads, {config.num_hidden_layers} layers and {config.max_position_embeddings} positions; a student "
            f"of width {width} with {heads} heads, {layers} layers and {positions} positions cannot begin with its layers."
        )


def student(
    texts: Texts, tokenizer: PreTrainedTokenizerFast, teacher: Teacher, layers: int, positions: int, vectors: Tensor | None = None
) -> XLMRobertaForMaskedLM:
    """The student at its start: XLM-R's architecture, the teacher's nearest layers, and these token vectors, or fitted ones whose special tokens are the
    teacher's own."""
    chosen = nearest_layers(teacher, layers, texts.english or [unit["en"] for unit in texts.miniature])
    vectors = token_vectors(texts, tokenizer, teacher) if vectors is None else vectors
    config, given = teacher.network.config, teacher.network
    model = XLMRobertaForMaskedLM(
        XLMRobertaConfig(
            vocab_size=len(tokenizer), hidden_size=config.hidden_size, num_hidden_layers=layers, num_attention_heads=config.num_attention_heads,
            intermediate_size=config.intermediate_size, max_position_embeddings=positions + 2, type_vocab_size=1, bos_token_id=0,
            pad_token_id=1, eos_token_id=2, layer_norm_eps=config.layer_norm_eps, attention_probs_dropout_prob=0.0,
        )
    )  # fmt: skip
    embeddings: Any = model.roberta.embeddings
    with torch.no_grad():
        embeddings.word_embeddings.weight.copy_(vectors)
        embeddings.position_embeddings.weight.zero_()
        embeddings.position_embeddings.weight[2:] = given.embeddings.position_embeddings.weight[:positions]
        embeddings.token_type_embeddings.weight.copy_(given.embeddings.token_type_embeddings.weight[:1])
    embeddings.LayerNorm.load_state_dict(given.embeddings.LayerNorm.state_dict())
    own: Any = model.roberta.encoder.layer
    for layer, source in zip(own, chosen, strict=True):
        layer.load_state_dict(given.encoder.layer[source].state_dict())
    return model


@torch.inference_mode()
def nearest_layers(teacher: Teacher, count: int, sentences: Sequence[str], sample: int = 200) -> list[int]:
    """The teacher's layers, in order, with which alone it says most nearly what it says with all: the highest mean cosine of sentence vectors.

    Every choice is tried: 15 for four layers of six, which takes seconds; 924 for six of twelve, which takes many minutes.
    """
    step = max(1, len(sentences) // sample)
    encoded = teacher.tokenizer(list(sentences[::step][:sample]), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
    ids, mask = encoded["input_ids"], encoded["attention_mask"]
    stack = teacher.network.encoder
    every = stack.layer

    def said(layers: Sequence[int]) -> Tensor:
        stack.layer = torch.nn.ModuleList(every[i] for i in layers)
        return mean_pool(teacher.network(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    try:
        whole = said(range(len(every)))
        choices = [list(c) for c in itertools.combinations(range(len(every)), count)]
        return max(choices, key=lambda layers: float(functional.cosine_similarity(said(layers), whole, dim=-1).mean()))
    finally:
        stack.layer = every


def examples(texts: Texts, teacher: Teacher) -> Iterator[Example]:
    """What token vectors are fitted to: texts with their English versions, dictionary entries, English sentences, and single English words, the commoner
    the heavier, with the teacher's own vocabulary for words that no text holds."""
    for unit in texts.real:
        yield from _versions(unit, 1.0)
    for unit in texts.miniature[: len(texts.miniature) // 2]:
        yield from _versions(unit, 0.5)
    for unit in texts.words:
        yield from _versions(unit, 1.0)
    yield from ((sentence, sentence, 1.0) for sentence in texts.english)
    running = itertools.chain(texts.english, (unit.get("en", "") for unit in texts.real))
    counts = Counter(word for sentence in running for word in re.findall(r"[A-Za-z']+", sentence))
    yield from ((word, word, math.sqrt(min(count, COMMONEST)) / 2) for word, count in counts.items() if count > 1)
    for word in sorted(teacher.tokenizer.get_vocab()):
        if len(word) > 2 and word.isascii() and word.isalpha():
            yield from ((word, word, 1.0), (word.capitalize(), word, 0.5))


def _versions(unit: Unit, weight: float) -> Iterator[Example]:
    """Every version with the English one; a second English version with itself. Passages are left out: cut, they would not say the same."""
    english = unit.get("en", "")
    if 0 < len(english) < PASSAGE:
        yield from ((text, text if version == "en~2" else english, weight) for version, text in unit.items())


def token_vectors(texts: Texts, tokenizer: PreTrainedTokenizerFast, teacher: Teacher) -> Tensor:
    """A vector of the teacher's width for every piece, (vocabulary, width), by ridge regression around the teacher's mean vector.

    Minimises sum w (mean of the pieces' vectors - mean of the English pieces' vectors at the teacher)^2 + PENALTY |vectors - mean|^2. The mean of n
    pieces is the surer the more there are, so w is the example's weight times n, up to LONGEST. A piece that no text holds gets the teacher's mean vector.
    """
    where = models.device()
    given = teacher.network.embeddings.word_embeddings.weight.detach().float()
    seen = list(examples(texts, teacher))
    distinct = {english: row for row, english in enumerate(dict.fromkeys(english for _, english, _ in seen))}
    bags, lengths = _bags([text for text, _, _ in seen], tokenizer)
    english, english_lengths = _bags(list(distinct), teacher.tokenizer)
    centre = (torch.ones(1, english.shape[0]) @ english @ given / english_lengths.sum()).squeeze(0)
    targets = (english @ (given - centre)) / english_lengths.clamp(min=1)[:, None]
    weights = torch.tensor([weight for _, _, weight in seen]).sqrt() * lengths.clamp(max=LONGEST).sqrt()
    rows = torch.tensor([distinct[text] for _, text, _ in seen])
    found = _ridge(_scaled(bags, weights / lengths.clamp(min=1)), targets, rows, weights, where)
    vectors = found + centre
    for own, theirs in (("bos", "cls"), ("pad", "pad"), ("eos", "sep"), ("unk", "unk"), ("mask", "mask")):
        vectors[getattr(tokenizer, f"{own}_token_id")] = given[getattr(teacher.tokenizer, f"{theirs}_token_id")]
    return vectors


def _bags(texts: Sequence[str], tokenizer: Any) -> tuple[Tensor, Tensor]:
    """How often every piece occurs in every text, a sparse matrix (texts, vocabulary), and the number of pieces of each."""
    pieces = array("i")
    ends = [0]
    for start in range(0, len(texts), 20_000):
        part = list(texts[start : start + 20_000])
        for ids in tokenizer(part, add_special_tokens=False, truncation=True, max_length=2 * LONGEST)["input_ids"]:
            pieces.extend(ids)
            ends.append(len(pieces))
    starts = torch.tensor(ends)
    return _rows(starts, torch.frombuffer(pieces, dtype=torch.int32).long(), torch.ones(len(pieces)), (len(texts), len(tokenizer))), starts.diff().float()


def _rows(starts: Tensor, columns: Tensor, values: Tensor, shape: Sequence[int]) -> Tensor:
    """A sparse matrix by rows."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(starts, columns, values, tuple(shape), check_invariants=False)


def _scaled(matrix: Tensor, rows: Tensor) -> Tensor:
    """A sparse matrix with every row times a number."""
    starts = matrix.crow_indices()
    return _rows(starts, matrix.col_indices(), matrix.values() * rows.repeat_interleave(starts.diff()), matrix.shape)


def _ridge(matrix: Tensor, targets: Tensor, rows: Tensor, weights: Tensor, where: torch.device) -> Tensor:
    """argmin |matrix x - weights targets[rows]|^2 + PENALTY |x|^2, some columns at a time, for each by itself takes megabytes."""
    matrix = matrix.to(where)
    back = matrix.t().to_sparse_csr()
    squares = _rows(back.crow_indices(), back.col_indices(), back.values().square(), back.shape)
    scale = (squares @ torch.ones(back.shape[1], 1, device=where)) + PENALTY
    parts = ((part[rows] * weights[:, None]).to(where) for part in targets.split(COLUMNS, dim=1))
    return torch.cat([_conjugate_gradients(matrix, back, scale, part) for part in parts], dim=1).cpu()


def _conjugate_gradients(matrix: Tensor, back: Tensor, scale: Tensor, targets: Tensor) -> Tensor:
    """The ridge solution, preconditioned with the diagonal `scale` (Saad 2003, algorithms 8.4 and 9.1); `back` is the transpose. (N, V), (V, N), (V, 1), (N, D) -> (V, D)."""
    residual = back @ targets
    found = torch.zeros_like(residual)
    nearer = residual / scale
    direction, product = nearer.clone(), (residual * nearer).sum(0)
    for _ in range(ITERATIONS):
        image = back @ (matrix @ direction) + PENALTY * direction
        step = product / (direction * image).sum(0).clamp(min=1e-30)
        found += step * direction
        residual -= step * image
        nearer = residual / scale
        before, product = product, (residual * nearer).sum(0)
        direction = nearer + product / before.clamp(min=1e-30) * direction
    return found
