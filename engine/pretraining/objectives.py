"""The pretraining objectives: translation ranking, word alignment, masked LM, and detection of changed words across languages."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM


def mean_pool(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean over real tokens. (B, T, D), (B, T) -> (B, D)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)


def ranking_loss(model: XLMRobertaForMaskedLM, ids: Tensor, mask: Tensor, scale: float = 20.0) -> Tensor:
    """Translation ranking with in-batch negatives (Chidambaram et al. 2019; Yang et al. 2019), both directions averaged.

    The first half of the batch are texts, the second half their translations in the same order. A text is ranked by the mean of its
    tokens and by its first token alike: the mean is what retrieval uses, the first token what classification heads read.
    (2B, T) -> scalar.
    """
    hidden = model.roberta(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    return (_ranked(mean_pool(hidden, mask), scale) + _ranked(hidden[:, 0], scale)) / 2


def _ranked(pooled: Tensor, scale: float) -> Tensor:
    """Cross-entropy of finding each text's translation among those of the batch, and back. (2B, D) -> scalar."""
    first, second = functional.normalize(pooled, dim=-1).chunk(2)
    scores = first @ second.T * scale  # (B, B)
    gold = torch.arange(len(scores), device=scores.device)
    return (functional.cross_entropy(scores, gold) + functional.cross_entropy(scores.T, gold)) / 2


def alignment_loss(model: XLMRobertaForMaskedLM, ids: Tensor, mask: Tensor, links: Tensor, says: Tensor, scale: float = 20.0) -> Tensor:
    """Word alignment with in-batch negatives (Cao et al. 2020; Wu and Dredze 2020), both directions averaged, at the middle layer.

    The first half of the batch are texts, the second half their translations; tokens with the same number in `links` say the same word, and
    `says` tells which links say the same thing, so that they are no negatives of each other. The middle layer, because what is above it
    compares, and because fine-tuning may freeze what is below. (2B, T) thrice, (K,) -> scalar.
    """
    layer = max(1, model.config.num_hidden_layers // 2)
    hidden = model.roberta(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[layer].float()
    first, second = (word_means(h, n, len(says)) for h, n in zip(hidden.chunk(2), links.chunk(2), strict=True))
    scores = first @ second.T * scale  # (K, K)
    same = (says[:, None] == says[None, :]).fill_diagonal_(False)
    scores = scores.masked_fill(same, float("-inf"))
    gold = torch.arange(len(scores), device=scores.device)
    return (functional.cross_entropy(scores, gold) + functional.cross_entropy(scores.T, gold)) / 2


def word_means(hidden: Tensor, links: Tensor, count: int) -> Tensor:
    """The mean of every link's tokens, of unit length; zero where a link has none. (B, T, D), (B, T) -> (K, D)."""
    linked = links >= 0
    sums = hidden.new_zeros(count, hidden.shape[-1]).index_add(0, links[linked], hidden[linked])
    return functional.normalize(sums, dim=-1)


def masked_lm_loss(model: XLMRobertaForMaskedLM, ids: Tensor, mask: Tensor, chosen: Tensor) -> Tensor:
    """Masked language modelling (Devlin et al. 2019): of the chosen tokens 80% become <mask>, 10% a random piece, 10% stay.

    With a sentence and its translation in one input this is translation LM (Lample and Conneau 2019). Logits are computed at the
    chosen places only: over the whole input they would cost more than the encoder. (B, T) -> scalar.
    """
    dice = torch.rand(ids.shape, device=ids.device)
    noisy = torch.where(chosen & (dice < 0.8), torch.full_like(ids, 4), ids)
    random_ids = torch.randint(5, model.config.vocab_size, ids.shape, device=ids.device)
    noisy = torch.where(chosen & (dice >= 0.9), random_ids, noisy)
    hidden = model.roberta(input_ids=noisy, attention_mask=mask).last_hidden_state
    return functional.cross_entropy(model.lm_head(hidden[chosen]), ids[chosen])


def choose_masked(ids: Tensor, rate: float) -> Tensor:
    """Which tokens are to be predicted: each real token with this chance, special ones never. (B, T) -> bool (B, T)."""
    return (torch.rand(ids.shape) < rate) & (ids > 4)


def changed_word_loss(model: XLMRobertaForMaskedLM, detector: torch.nn.Linear, ids: Tensor, mask: Tensor, changed: Tensor) -> Tensor:
    """Translation replaced-token detection (XLM-E, Chi et al. 2022): does this token say something that the other text does not?

    The input is a sentence and its translation in which a few words were exchanged; XLM-E draws those from a generator network, we
    from changed scenes. `changed` is 1 or 0 for tokens of words, -1 elsewhere. (B, T) -> scalar.
    """
    hidden = model.roberta(input_ids=ids, attention_mask=mask).last_hidden_state
    counted = changed >= 0
    return functional.binary_cross_entropy_with_logits(detector(hidden[counted]).squeeze(-1), changed[counted].float())
