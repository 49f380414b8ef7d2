"""A sentence encoder of English to learn from: multilingual knowledge distillation (Reimers and Gurevych 2020).

What a text is to the teacher in English, it and its translations shall be to the student. English words in running text are matched one by one
as well, so that the student's states, and not just their mean, carry what words mean where they stand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import XLMRobertaForMaskedLM

from engine import models
from engine.errors import InputError
from engine.pretraining.objectives import mean_pool, word_means

LENGTH = 64
"""Tokens of a text that teacher and student read."""


@dataclass(frozen=True)
class Teacher:
    """An encoder whose sentence vector is the mean of its tokens' last states, in evaluation mode."""

    tokenizer: Any
    network: Any
    sha256: str

    @property
    def width(self) -> int:
        """Width of its states."""
        return int(self.network.config.hidden_size)


def load(folder: Path) -> Teacher:
    """The teacher in a folder of the Hugging Face format, such as all-MiniLM-L6-v2. Raises InputError where it cannot be read."""
    if not (folder / "model.safetensors").is_file():
        raise InputError(f"There is no teacher in {folder}: it holds no model.safetensors. Give --teacher the folder of a sentence encoder.")
    try:
        tokenizer, network = models.load_encoder(str(folder))
    except InputError as error:
        raise InputError(f"There is no teacher in {folder}: {error} Give --teacher the folder of a sentence encoder.") from error
    tokenizer.model_max_length = models.max_length(tokenizer, network)
    return Teacher(tokenizer, network, hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest())


def heads(width: int, teacher: Teacher) -> nn.ModuleDict:
    """Linear maps from the student's states to the teacher's, of the mean, of the first token, and of words. They are not kept with the encoder.

    They begin as the identity, as far as it goes, for a student may have begun with the teacher's layers (see inherited).
    """
    maps = {name: nn.Linear(width, teacher.width) for name in ("mean", "first", "word")}
    for one in maps.values():
        nn.init.eye_(one.weight)
        nn.init.zeros_(one.bias)
    return nn.ModuleDict(maps)


Lesson = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""Ids, mask and word numbers of the student (B, T) thrice; the same of the teacher (B, U) thrice; how many words there are, a number."""


def lesson(texts: Sequence[tuple[str, str]], student: Any, teacher: Any) -> Lesson:
    """Texts for the student with the English ones for the teacher. Words are numbered where both read the same text (-1: no word)."""
    links: list[list[list[int]]] = [[], []]
    encoded = [
        tokenizer([pair[side] for pair in texts], padding=True, truncation=True, max_length=min(LENGTH, tokenizer.model_max_length), return_offsets_mapping=True, return_tensors="pt")
        for side, tokenizer in enumerate((student, teacher))
    ]
    count = 0
    for row, (text, english) in enumerate(texts):
        spans = [m.span() for m in re.finditer(r"\w+", text)] if text == english else []
        word_at = [-1] * len(text)
        for n, (start, end) in enumerate(spans):
            word_at[start:end] = [count + n] * (end - start)
        for side in (0, 1):
            offsets = encoded[side]["offset_mapping"][row].tolist()
            links[side].append([word_at[end - 1] if spans and end > start else -1 for start, end in offsets])
        count += len(spans)
    (ids, mask), (ids_t, mask_t) = ((e["input_ids"], e["attention_mask"]) for e in encoded)
    return ids, mask, torch.tensor(links[0]), ids_t, mask_t, torch.tensor(links[1]), torch.tensor(count)


def distillation_loss(model: XLMRobertaForMaskedLM, maps: Any, teacher: Teacher, given: Lesson) -> Tensor:
    """1 - cosine between what the student's states map to and what the teacher says, the mean of three parts.

    The parts are the mean of a text's tokens, its first token (which classification heads read), and its words where both read the same text. The paper's
    squared error of unit vectors is twice this. Words cut from one side's text alone are left out.
    """
    ids, mask, words, ids_t, mask_t, words_t, count = given
    with torch.no_grad():
        states = teacher.network(input_ids=ids_t, attention_mask=mask_t).last_hidden_state.float()
        text, word = mean_pool(states, mask_t), word_means(states, words_t, int(count))
    hidden = model.roberta(input_ids=ids, attention_mask=mask).last_hidden_state.float()
    parts = [_apart(maps["mean"](mean_pool(hidden, mask)), text), _apart(maps["first"](hidden[:, 0]), text)]
    if int(count):
        own = word_means(hidden, words, int(count))
        both = (own.norm(dim=-1) > 0) & (word.norm(dim=-1) > 0)
        parts.append(_apart(maps["word"](own)[both], word[both]))
    return torch.stack(parts).mean()


def _apart(one: Tensor, other: Tensor) -> Tensor:
    """Mean of 1 - cosine over rows. (N, D) twice -> scalar."""
    return (1 - functional.cosine_similarity(one.float(), other, dim=-1)).mean()
