"""What an encoder knows before any fine-tuning.

For every language of the miniature: pieces per word; how often a sentence's nearest among 500 English ones is its translation, by the mean of
its tokens, at the best layer (the miniature's test split of `retrieval`, and where real data lie the last 500 lines of NTREX-128, which
pretraining never reads); and how often a content word's nearest content word in the English sentence is one that says the same, by the
miniature's gold alignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from engine import models, text
from engine.data.miniature import parallel_sentences
from engine.errors import InputError
from engine.languages import ISO3
from engine.miniature.lexicon import languages
from engine.miniature.realisation import CONTENT_TAGS, Sentence, align
from engine.pretraining.corpus import NTREX_LINES

SIZE = 500


@dataclass(frozen=True)
class Encoder:
    """A tokenizer and a network without a head."""

    tokenizer: Any
    network: Any

    @torch.inference_mode()
    def hidden(self, texts: Sequence[str], batch: int = 32) -> Iterator[tuple[list[int], Any, Tensor, Tensor]]:
        """Batches of like length: the texts' places, their encoding, mask (B, T), and hidden states of every layer (L + 1, B, T, D)."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        longest = min(128, models.max_length(self.tokenizer, self.network))
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            encoded = self.tokenizer([texts[i] for i in places], padding=True, truncation=True, max_length=longest, return_tensors="pt")
            found = self.network(input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"], output_hidden_states=True)
            yield places, encoded, encoded["attention_mask"], torch.stack(found.hidden_states)

    def sentences(self, texts: Sequence[str]) -> Tensor:
        """The mean of every text's tokens at every layer, of unit length. (L + 1, N, D)."""
        pooled: list[Tensor] = [torch.empty(0)] * len(texts)
        for places, _, mask, hidden in self.hidden(texts):
            weights = mask[None, :, :, None].float()
            means = functional.normalize((hidden * weights).sum(2) / weights.sum(2), dim=-1)
            for row, place in enumerate(places):
                pooled[place] = means[:, row]
        return torch.stack(pooled, dim=1)


def fertility(tokenizer: Any, texts: Sequence[str], language: str) -> float:
    """Pieces per word; languages without spaces are cut by the segmenter of engine.text."""
    pieces = sum(len(ids) for ids in tokenizer(list(texts), add_special_tokens=False)["input_ids"])
    return pieces / sum(len(text.words(t, language)) for t in texts)


def retrieval(first: Tensor, second: Tensor) -> list[float]:
    """Per layer, the share of texts whose nearest in `second` is the one at the same place. (L, N, D) twice."""
    gold = torch.arange(first.shape[1])
    return [float((a @ b.T).argmax(dim=1).eq(gold).float().mean()) for a, b in zip(first, second, strict=True)]


def word_alignment(encoder: Encoder, pairs: Sequence[tuple[Sentence, Sentence]]) -> list[float]:
    """Per layer, the share of content words whose nearest content word in the other sentence is aligned with it in the gold standard."""
    sides = [[_words(encoder, [pair[side] for pair in pairs]) for side in (0, 1)]][0]
    right: Tensor | None = None
    total = 0
    for index, (one, other) in enumerate(pairs):
        gold = set(align(one, other))
        rows = [[i for i, span in enumerate(said.spans) if span.tag in CONTENT_TAGS] for said in (one, other)]
        if not all(rows):
            continue
        first, second = (sides[side][index][:, rows[side]] for side in (0, 1))
        nearest = (first @ second.transpose(1, 2)).argmax(dim=2)  # (L + 1, words)
        hits = torch.tensor([[(rows[0][i], rows[1][int(j)]) in gold for i, j in enumerate(layer)] for layer in nearest]).sum(1)
        right = hits if right is None else right + hits
        total += len(rows[0])
    return [] if right is None else [float(r) / total for r in right]


def _words(encoder: Encoder, sentences: Sequence[Sentence]) -> list[Tensor]:
    """For every sentence, the mean of each word's pieces at every layer, of unit length. (L + 1, words, D)."""
    found: list[Tensor] = [torch.empty(0)] * len(sentences)
    for places, encoded, _, hidden in encoder.hidden([s.text for s in sentences]):
        for row, place in enumerate(places):
            spans = sentences[place].spans
            touching = [[t for t in range(hidden.shape[2]) if _touches(encoded.token_to_chars(row, t), span.start, span.end)] for span in spans]
            states = [hidden[:, row, tokens].mean(1) if tokens else torch.zeros_like(hidden[:, row, 0]) for tokens in touching]
            found[place] = functional.normalize(torch.stack(states, dim=1), dim=-1)
    return found


def _touches(chars: Any, start: int, end: int) -> bool:
    return chars is not None and chars.start < end and start < chars.end


def ntrex(data: Path) -> dict[str, list[str]]:
    """The lines of NTREX-128 that pretraining leaves out, by language. Raises InputError when there are none."""
    found = {}
    for path in sorted((data / "parallel" / "ntrex").glob("newstest2019-*.txt")):
        code = ISO3.get(path.name.split(".")[1])
        if code in languages():
            found[str(code)] = path.read_text(encoding="utf-8").splitlines()[NTREX_LINES : NTREX_LINES + SIZE]
    if "en" not in found:
        raise InputError(f"No English lines of NTREX-128 under {data}: expected parallel/ntrex/newstest2019-src.eng.txt or like it there.")
    return found


def _against_english(encoder: Encoder, texts: dict[str, list[str]]) -> dict[str, list[float]]:
    english = encoder.sentences(texts["en"])
    return {code: retrieval(encoder.sentences(lines), english) for code, lines in texts.items() if code != "en"}


def _best(by_language: dict[str, list[float]]) -> tuple[int, float]:
    """The layer with the highest mean over languages, and that mean."""
    means = torch.tensor(list(by_language.values())).mean(0)
    return int(means.argmax()), float(means.max())


def measure(name: str, data: Path | None = None) -> list[dict[str, Any]]:
    """All measures of an encoder by name or folder, a row per language and one of the means; a share is None where it is not measured.

    Rows have the keys encoder, language, pieces_per_word, miniature, words and, with `data`, ntrex. Raises InputError when the
    encoder cannot be loaded or `data` holds no lines of NTREX-128.
    """
    real = ntrex(data) if data is not None else {}
    encoder = Encoder(*models.load_encoder(name))
    ids = [f"test-{i:05d}" for i in range(SIZE)]
    pairs = {code: [parallel_sentences("retrieval", "test", i, code, "en")[0] for i in ids] for code in languages() if code != "en"}
    said = {code: [one.text for one, _ in found] for code, found in pairs.items()} | {"en": [two.text for _, two in next(iter(pairs.values()))]}
    found = {"miniature": _against_english(encoder, said), "words": {code: word_alignment(encoder, some[:200]) for code, some in pairs.items()}}
    if real:
        found["ntrex"] = _against_english(encoder, real)
    best = {column: _best(shares) for column, shares in found.items()}
    rows: list[dict[str, Any]] = [
        {
            "encoder": name, "language": code, "pieces_per_word": round(fertility(encoder.tokenizer, real.get(code) or said[code], code), 2),
            **{column: round(shares[code][best[column][0]], 3) if code in shares else None for column, shares in found.items()},
        }
        for code in languages()
    ]
    pieces = sum(row["pieces_per_word"] for row in rows) / len(rows)
    return [*rows, {"encoder": name, "language": "mean", "pieces_per_word": round(pieces, 2), **{column: round(mean, 3) for column, (_, mean) in best.items()}}]
